//! Bybit's records as common ones (facts/bybit.md, 13).

use crate::base::decimal;
use crate::model::common_query::CommonQuery;
use crate::model::common_records::{CommonBalance, CommonOrder, CommonTrade, CommonTransaction, Fee, VenueRecord};
use crate::model::history_query::{AssetsQuery, TradingQuery, WalletQuery};
use crate::model::history_records::{Execution, PastOrder};
use crate::model::page_records::Records;
use crate::model::query::ReadQuery;
use crate::model::record_enums::{BalanceAccount, DealRole, MarketCategory, MaybeKnown, OrderType, TransactionKind};
use crate::model::wallet_records::{CoinBalance, Deposit, InternalTransfer, Withdrawal};
use crate::venue::reads::{Answer, CommonReads};
use crate::venues::bybit::reads::rules::{TEN_YEARS_MS, TWO_YEARS_MS};

pub(super) const COMMON: CommonReads = CommonReads {
    reach_ms: |query, now_ms| match query {
        CommonQuery::Balances => 0,
        CommonQuery::Transactions(_) => now_ms.saturating_sub(TEN_YEARS_MS - BOUND_MS),
        CommonQuery::Orders(_) | CommonQuery::Trades(_) => now_ms.saturating_sub(TWO_YEARS_MS - BOUND_MS),
    },
    lists,
    answer: |query, answer| Answer { records: records(query, answer.records), ..answer },
};

/// 13.1: how bounds are rounded and whether they are included is unstated. Where a row has one time, which must be what it is
/// found by, a list is asked for so much more, and what lies outside the span left out.
const BOUND_MS: u64 = 1_000;

fn lists(query: &CommonQuery) -> Vec<ReadQuery> {
    let each = |(from_ms, to_ms): Span, list: fn(TradingQuery) -> ReadQuery| {
        let of = |category: &MarketCategory| TradingQuery {
            category: Some(*category),
            from_ms,
            to_ms,
            ..TradingQuery::default()
        };
        MarketCategory::ALL.iter().map(of).map(list).collect()
    };
    match query {
        CommonQuery::Balances => vec![ReadQuery::WalletBalance(WalletQuery::default())],
        CommonQuery::Transactions(query) => {
            let asked = |(from_ms, to_ms)| AssetsQuery { from_ms, to_ms, ..AssetsQuery::default() };
            let span = (query.from_ms, query.to_ms);
            let wanted = TransactionKind::ALL.iter().filter(|kind| query.kind.is_none_or(|own| own == **kind));
            let list = |kind: &TransactionKind| match kind {
                TransactionKind::Deposit => ReadQuery::Deposits(asked(span)),
                TransactionKind::Withdrawal => ReadQuery::Withdrawals(asked(span)),
                TransactionKind::Transfer => ReadQuery::InternalTransfers(asked(around(span))),
            };
            wanted.map(list).collect()
        }
        CommonQuery::Orders(query) => each((query.from_ms, query.to_ms), ReadQuery::OrderHistory),
        CommonQuery::Trades(query) => each(around((query.from_ms, query.to_ms)), ReadQuery::Executions),
    }
}

type Span = (Option<u64>, Option<u64>);

fn around((from_ms, to_ms): Span) -> Span {
    (from_ms.map(|ms| ms.saturating_sub(BOUND_MS)), to_ms.map(|ms| ms.saturating_add(BOUND_MS)))
}

fn records(query: &CommonQuery, records: Records) -> Records {
    let is_inside = |times_ms: &[Option<u64>]| {
        let told: Vec<u64> = times_ms.iter().copied().flatten().collect();
        !query.is_outside(&told)
    };
    match records {
        Records::WalletBalance(list) => {
            let coins = list.into_iter().flat_map(|wallet| wallet.coins).filter(is_something);
            Records::CommonBalances(coins.map(balance).collect())
        }
        // 13.3: by which of its times a deposit is found is unstated, and only one of them is told.
        Records::Deposits(list) => Records::CommonTransactions(list.into_iter().map(deposit).collect()),
        Records::Withdrawals(list) => {
            let inside = list.into_iter().filter(|row| is_inside(&[Some(row.created_at_ms), row.updated_at_ms]));
            Records::CommonTransactions(inside.map(withdrawal).collect())
        }
        Records::InternalTransfers(list) => {
            let inside = list.into_iter().filter(|row| is_inside(&[Some(row.created_at_ms)]));
            Records::CommonTransactions(inside.map(transfer).collect())
        }
        Records::OrderHistory(list) => {
            let inside = list.into_iter().filter(|row| is_inside(&[Some(row.created_at_ms), row.updated_at_ms]));
            Records::CommonOrders(inside.map(order).collect())
        }
        Records::Executions(list) => {
            let inside = list.into_iter().filter(|row| is_trade(row) && is_inside(&[Some(row.executed_at_ms)]));
            Records::CommonTrades(inside.map(trade).collect())
        }
        other => other,
    }
}

/// A coin that is owed or hedged is one too. What is not told is not nothing.
fn is_something(coin: &CoinBalance) -> bool {
    let CoinBalance { wallet_balance, locked, equity, borrow_amount, spot_borrow, .. } = coin;
    let is_nothing = |figure: &Option<String>| figure.as_ref().is_none_or(|figure| decimal::is_zero(figure));
    wallet_balance.is_none()
        || ![wallet_balance, locked, equity, borrow_amount, spot_borrow].into_iter().all(is_nothing)
}

/// 13.2: what is free is not told, and `locked` is what spot orders hold.
fn balance(coin: CoinBalance) -> CommonBalance {
    CommonBalance {
        account: BalanceAccount::Unified,
        currency: coin.coin.clone(),
        free: None,
        used: coin.locked.clone(),
        total: coin.wallet_balance.clone(),
        venue_record: VenueRecord::CoinBalance(coin),
    }
}

/// 13.3.
fn deposit(deposit: Deposit) -> CommonTransaction {
    CommonTransaction {
        id: deposit.id.clone(),
        kind: Some(TransactionKind::Deposit),
        state: deposit.state,
        currency: deposit.coin.clone(),
        amount: deposit.amount.clone(),
        fee: deposit.fee.clone(),
        network: deposit.chain.clone(),
        address: deposit.to_address.clone(),
        tag: deposit.tag.clone(),
        tx_id: deposit.tx_id.clone(),
        from_account: None,
        to_account: None,
        at_ms: deposit.success_at_ms,
        venue_record: VenueRecord::Deposit(deposit),
    }
}

/// 13.4.
fn withdrawal(withdrawal: Withdrawal) -> CommonTransaction {
    CommonTransaction {
        id: Some(withdrawal.id.clone()),
        kind: Some(TransactionKind::Withdrawal),
        state: withdrawal.state,
        currency: withdrawal.coin.clone(),
        amount: withdrawal.amount.clone(),
        fee: withdrawal.fee.clone(),
        network: withdrawal.chain.clone(),
        address: withdrawal.to_address.clone(),
        tag: withdrawal.tag.clone(),
        tx_id: withdrawal.tx_id.clone(),
        from_account: None,
        to_account: None,
        at_ms: Some(withdrawal.created_at_ms),
        venue_record: VenueRecord::Withdrawal(withdrawal),
    }
}

/// 13.5.
fn transfer(transfer: InternalTransfer) -> CommonTransaction {
    CommonTransaction {
        id: Some(transfer.id.clone()),
        kind: Some(TransactionKind::Transfer),
        state: transfer.state,
        currency: transfer.coin.clone(),
        amount: transfer.amount.clone(),
        fee: None,
        network: None,
        address: None,
        tag: None,
        tx_id: None,
        from_account: Some(transfer.from_account_type.clone()),
        to_account: Some(transfer.to_account_type.clone()),
        at_ms: Some(transfer.created_at_ms),
        venue_record: VenueRecord::InternalTransfer(transfer),
    }
}

/// 13.6: `marketUnit` says what the quantity of a spot order at the market's price is in; without it nothing does.
fn order(order: PastOrder) -> CommonOrder {
    let is_market = order.order_type == MaybeKnown::Known(OrderType::Market);
    let is_spot = order.category == MaybeKnown::Known(MarketCategory::Spot);
    let (amount, quote_amount) = match order.market_unit.as_deref() {
        Some("quoteCoin") if is_market && is_spot => (None, order.quantity.clone()),
        unit if is_market && is_spot && unit != Some("baseCoin") => (None, None),
        _ => (order.quantity.clone(), None),
    };
    let fee =
        |fee: &crate::model::history_records::FeeAmount| Fee { currency: fee.coin.clone(), amount: fee.amount.clone() };
    CommonOrder {
        id: order.id.clone(),
        client_order_id: order.order_link_id.clone(),
        symbol: order.symbol.clone(),
        category: known(&order.category),
        side: order.side.clone(),
        order_type: order.order_type.clone(),
        status: order.status.clone(),
        price: order.price.clone().filter(|_| !is_market),
        amount,
        quote_amount,
        filled: order.filled_quantity.clone(),
        cost: order.filled_value.clone(),
        average: order.average_price.clone(),
        fees: order.fees.iter().map(fee).collect(),
        created_at_ms: order.created_at_ms,
        updated_at_ms: order.updated_at_ms,
        venue_record: VenueRecord::PastOrder(order),
    }
}

/// 13.7: what changes a position without a trade. An unknown word is taken for a trade: better one too many than one lost.
fn is_trade(execution: &Execution) -> bool {
    const OTHERS: [&str; 5] = ["Funding", "Delivery", "Settle", "MovePosition", "CorporateAction"];
    !execution.execution_type.as_deref().is_some_and(|word| OTHERS.contains(&word))
}

fn trade(execution: Execution) -> CommonTrade {
    let role = |is_maker: bool| MaybeKnown::Known(if is_maker { DealRole::Maker } else { DealRole::Taker });
    CommonTrade {
        id: execution.id.clone(),
        order_id: execution.order_id.clone(),
        client_order_id: execution.order_link_id.clone(),
        symbol: execution.symbol.clone(),
        category: known(&execution.category),
        side: execution.side.clone(),
        role: execution.is_maker.map(role),
        price: execution.price.clone(),
        amount: execution.quantity.clone(),
        cost: execution.value.clone(),
        fee: execution.fee.clone(),
        fee_currency: execution.fee_currency.clone(),
        at_ms: execution.executed_at_ms,
        venue_record: VenueRecord::Execution(execution),
    }
}

fn known(category: &MaybeKnown<MarketCategory>) -> Option<MarketCategory> {
    match category {
        MaybeKnown::Known(category) => Some(*category),
        MaybeKnown::Other(_) => None,
    }
}
