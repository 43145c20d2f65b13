//! WhiteBIT's records as common ones (facts/whitebit.md, 6).

use crate::base::decimal;
use crate::base::time::DAY_MS;
use crate::model::common_query::CommonQuery;
use crate::model::common_records::{CommonBalance, CommonOrder, CommonTrade, CommonTransaction, Fee, VenueRecord};
use crate::model::page_records::Records;
use crate::model::query::{BalancesQuery, DealsQuery, OrdersQuery, ReadQuery, TransactionsQuery};
use crate::model::record_enums::{
    BalanceAccount, MaybeKnown, OrderSide, OrderType, TransactionKind, TransactionMethod,
};
use crate::model::records::{AccountTransaction, Deal, MainBalance, Order, SpotBalance};
use crate::venue::reads::{Answer, CommonReads, Position};
use crate::venues::whitebit::accounts::paging::Place;
use crate::venues::whitebit::accounts::rules::earliest_s;

pub(super) const COMMON: CommonReads = CommonReads {
    reach_ms: |query, now_ms| match query {
        CommonQuery::Balances | CommonQuery::Transactions(_) => 0,
        // A day less, since a clock may be slow and midnight come while one reads.
        CommonQuery::Orders(_) | CommonQuery::Trades(_) => {
            earliest_s(now_ms.saturating_add(DAY_MS)).unwrap_or(0).saturating_mul(1000)
        }
    },
    lists,
    answer,
};

fn lists(query: &CommonQuery) -> Vec<ReadQuery> {
    // Whole seconds, around the span.
    let (from, to) = (|ms: u64| ms / 1000, |ms: u64| ms.div_ceil(1000));
    match query {
        CommonQuery::Balances => {
            vec![ReadQuery::MainBalances(BalancesQuery::default()), ReadQuery::SpotBalances(BalancesQuery::default())]
        }
        CommonQuery::Transactions(query) => {
            let method = match query.kind {
                None => None,
                Some(TransactionKind::Deposit) => Some(TransactionMethod::Deposit),
                Some(TransactionKind::Withdrawal) => Some(TransactionMethod::Withdrawal),
                // Section 6 has no list of them.
                Some(TransactionKind::Transfer) => return Vec::new(),
            };
            vec![ReadQuery::Transactions(TransactionsQuery { method, ..TransactionsQuery::default() })]
        }
        CommonQuery::Orders(query) => vec![ReadQuery::Orders(OrdersQuery {
            from_s: query.from_ms.map(from),
            to_s: query.to_ms.map(to),
            ..OrdersQuery::default()
        })],
        CommonQuery::Trades(query) => vec![ReadQuery::Deals(DealsQuery {
            // And a second more: whether the bounds are included is not documented.
            from_s: query.from_ms.map(|ms| from(ms).saturating_sub(1)),
            to_s: query.to_ms.map(|ms| to(ms).saturating_add(1)),
            ..DealsQuery::default()
        })],
    }
}

fn answer(query: &CommonQuery, mut answer: Answer) -> Answer {
    answer.records = match answer.records {
        // 6.5 lists every currency there is, 6.6 what is held.
        Records::MainBalances(list) => {
            let held = list.into_iter().filter(|balance| !decimal::is_zero(&balance.main_balance));
            Records::CommonBalances(held.map(main_balance).collect())
        }
        Records::SpotBalances(list) => {
            let is_held = |row: &SpotBalance| !decimal::is_zero(&row.available) || !decimal::is_zero(&row.freeze);
            Records::CommonBalances(list.into_iter().filter(is_held).map(spot_balance).collect())
        }
        Records::Transactions(list) => {
            // 6.1: no dates can be asked for, and a list is newest first, unless it is read in parts.
            let from_ms = query.clone().span_ms().and_then(|(from_ms, _)| *from_ms).unwrap_or(0);
            let at_ms = |transaction: &AccountTransaction| transaction.created_at_s.saturating_mul(1000);
            let is_behind = list.last().is_some_and(|last| at_ms(last) < from_ms);
            let in_parts = |at: &_| Position::parse::<Place>(at).is_some_and(|place| place.is_in_parts());
            answer.next = answer.next.filter(|at| !is_behind || in_parts(at));
            let inside = list.into_iter().filter(|row| !query.is_outside(&[at_ms(row)]));
            Records::CommonTransactions(inside.map(transaction).collect())
        }
        // 6.3: by which of an order's times it is found is not documented.
        Records::Orders(list) => {
            let is_outside =
                |order: &Order| query.is_outside(&[order.created_at_us / 1000, order.finished_at_us / 1000]);
            Records::CommonOrders(list.into_iter().filter(|row| !is_outside(row)).map(order).collect())
        }
        Records::Deals(list) => {
            let inside = list.into_iter().filter(|deal| !query.is_outside(&[deal.time_us / 1000]));
            Records::CommonTrades(inside.map(trade).collect())
        }
        other => other,
    };
    answer
}

/// 6.5: one figure, without a word on what of it is free.
fn main_balance(balance: MainBalance) -> CommonBalance {
    CommonBalance {
        account: BalanceAccount::Main,
        currency: balance.ticker.clone(),
        free: None,
        used: None,
        total: Some(balance.main_balance.clone()),
        venue_record: VenueRecord::MainBalance(balance),
    }
}

/// 6.6.
fn spot_balance(balance: SpotBalance) -> CommonBalance {
    CommonBalance {
        account: BalanceAccount::Spot,
        currency: balance.ticker.clone(),
        free: Some(balance.available.clone()),
        used: Some(balance.freeze.clone()),
        total: decimal::sum(&balance.available, &balance.freeze),
        venue_record: VenueRecord::SpotBalance(balance),
    }
}

/// 6.1.
fn transaction(row: AccountTransaction) -> CommonTransaction {
    CommonTransaction {
        id: Some(row.transaction_id.clone()),
        kind: match row.method {
            MaybeKnown::Known(TransactionMethod::Deposit) => Some(TransactionKind::Deposit),
            MaybeKnown::Known(TransactionMethod::Withdrawal) => Some(TransactionKind::Withdrawal),
            MaybeKnown::Other(_) => None,
        },
        state: row.state,
        currency: row.ticker.clone(),
        amount: row.amount.clone(),
        fee: Some(row.fee.clone()),
        network: row.network.clone(),
        address: told(&row.address),
        tag: told(&row.memo),
        tx_id: told(&row.transaction_hash),
        from_account: None,
        to_account: None,
        at_ms: Some(row.created_at_s.saturating_mul(1000)),
        venue_record: VenueRecord::AccountTransaction(row),
    }
}

/// 6.3: the amount of one that buys at the market's price is in the quote currency, and its price is 0.
fn order(order: Order) -> CommonOrder {
    let (amount, quote_amount) = match (&order.order_type, &order.side) {
        (MaybeKnown::Known(OrderType::Market | OrderType::StopMarket), MaybeKnown::Known(OrderSide::Buy)) => {
            (None, Some(order.amount.clone()))
        }
        (MaybeKnown::Known(_), MaybeKnown::Known(_)) => (Some(order.amount.clone()), None),
        // A word that nobody has explained.
        _ => (None, None),
    };
    CommonOrder {
        id: order.id.clone(),
        client_order_id: told(&order.client_order_id),
        symbol: order.market.clone(),
        category: None,
        side: order.side.clone(),
        order_type: order.order_type.clone(),
        status: order.status.clone(),
        price: Some(order.price.clone()).filter(|price| !decimal::is_zero(price)),
        amount,
        quote_amount,
        filled: Some(order.deal_stock.clone()),
        cost: Some(order.deal_money.clone()),
        average: None,
        fees: vec![Fee { currency: order.fee_asset.clone(), amount: order.deal_fee.clone() }],
        created_at_ms: order.created_at_us / 1000,
        updated_at_ms: Some(order.finished_at_us / 1000),
        venue_record: VenueRecord::Order(order),
    }
}

/// 6.4.
fn trade(deal: Deal) -> CommonTrade {
    CommonTrade {
        id: deal.id.clone(),
        order_id: Some(deal.order_id.clone()),
        client_order_id: told(&deal.client_order_id),
        symbol: deal.market.clone(),
        category: None,
        side: deal.side.clone(),
        role: Some(deal.role.clone()),
        price: Some(deal.price.clone()),
        amount: Some(deal.amount.clone()),
        cost: Some(deal.deal.clone()),
        fee: Some(deal.fee.clone()),
        fee_currency: Some(deal.fee_asset.clone()),
        at_ms: deal.time_us / 1000,
        venue_record: VenueRecord::Deal(deal),
    }
}

/// Empty where there is none.
fn told(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
