//! What every venue tells of an account, in one shape: the field's usual names, times in Unix milliseconds, and the venue's
//! own record beside them. What a venue doesn't tell is absent: nothing here is guessed, and nothing is computed but the sum
//! of what is free and what is used.

use crate::base::json::{ToJson, Writer, members_written};
use crate::model::history_records::{Execution, PastOrder};
use crate::model::record_enums::{
    BalanceAccount, DealRole, MarketCategory, MaybeKnown, OrderSide, OrderStatus, OrderType, TransactionKind,
    TransactionState,
};
use crate::model::records::{AccountTransaction, Deal, MainBalance, Order, SpotBalance};
use crate::model::wallet_records::{CoinBalance, Deposit, InternalTransfer, Withdrawal};

/// An account's balance of one currency.
#[derive(Debug, Clone, PartialEq)]
pub struct CommonBalance {
    /// Which of the user's accounts it is in.
    pub account: BalanceAccount,
    /// Such as `BTC`.
    pub currency: String,
    /// Decimal text: available, if the venue says so.
    pub free: Option<String>,
    /// Decimal text: held by open spot orders, if the venue says so.
    pub used: Option<String>,
    /// Decimal text: the total.
    pub total: Option<String>,
    /// The venue's own record that this was read from.
    pub venue_record: VenueRecord,
}

members_written!(CommonBalance { account, currency, free, used, total, venue_record });

/// A deposit, a withdrawal, or a transfer between the user's own accounts.
#[derive(Debug, Clone, PartialEq)]
pub struct CommonTransaction {
    /// The venue's id; two kinds may have the same.
    pub id: Option<String>,
    /// What it is; absent for an undocumented word.
    pub kind: Option<TransactionKind>,
    /// Its state; absent for an undocumented word.
    pub state: Option<TransactionState>,
    /// Such as `BTC`.
    pub currency: String,
    /// Decimal text, in `currency`, as the venue lists it.
    pub amount: String,
    /// Decimal text, in `currency`.
    pub fee: Option<String>,
    /// The chain, by the venue's name for it.
    pub network: Option<String>,
    /// For a deposit, the user's address at the venue, if the venue says which; for a withdrawal, its destination.
    pub address: Option<String>,
    /// The tag or memo of that address.
    pub tag: Option<String>,
    /// The transaction on the chain; several records may share one.
    pub tx_id: Option<String>,
    /// Where a transfer comes from: the venue's own word, such as `FUND`.
    pub from_account: Option<String>,
    /// Where a transfer goes: the venue's own word, such as `UNIFIED`.
    pub to_account: Option<String>,
    /// Unix milliseconds: when it was made. If the venue only says when it succeeded, that time; absent until then.
    pub at_ms: Option<u64>,
    /// The venue's own record that this was read from.
    pub venue_record: VenueRecord,
}

members_written!(CommonTransaction {
    id,
    kind,
    state,
    currency,
    amount,
    fee,
    network,
    address,
    tag,
    tx_id,
    from_account,
    to_account,
    at_ms,
    venue_record,
});

/// An order that has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct CommonOrder {
    /// The venue's id.
    pub id: String,
    /// The app's own id; absent if it gave none.
    pub client_order_id: Option<String>,
    /// The market, as the venue writes it.
    pub symbol: String,
    /// The kind of market, if the venue says so.
    pub category: Option<MarketCategory>,
    /// Which side of the market.
    pub side: MaybeKnown<OrderSide>,
    /// What kind of order it is.
    pub order_type: MaybeKnown<OrderType>,
    /// How it ended.
    pub status: MaybeKnown<OrderStatus>,
    /// Decimal text: its limit price; absent for market orders.
    pub price: Option<String>,
    /// Decimal text: the ordered quantity, in the base currency or in contracts.
    pub amount: Option<String>,
    /// Decimal text: the ordered quantity, if it was given in the quote currency; there is no `amount` then.
    pub quote_amount: Option<String>,
    /// Decimal text: filled, in the unit of `amount`.
    pub filled: Option<String>,
    /// Decimal text: filled, in the quote currency.
    pub cost: Option<String>,
    /// Decimal text: the average price of its fills, if the venue says so.
    pub average: Option<String>,
    /// The fees, as far as the venue names their currency.
    pub fees: Vec<Fee>,
    /// Unix milliseconds.
    pub created_at_ms: u64,
    /// Unix milliseconds: when it last changed.
    pub updated_at_ms: Option<u64>,
    /// The venue's own record that this was read from.
    pub venue_record: VenueRecord,
}

members_written!(CommonOrder {
    id,
    client_order_id,
    symbol,
    category,
    side,
    order_type,
    status,
    price,
    amount,
    quote_amount,
    filled,
    cost,
    average,
    fees,
    created_at_ms,
    updated_at_ms,
    venue_record,
});

/// A fee.
#[derive(Debug, Clone, PartialEq)]
pub struct Fee {
    /// Such as `USDT`.
    pub currency: String,
    /// Decimal text, in `currency`; negative for a rebate.
    pub amount: String,
}

members_written!(Fee { currency, amount });

/// A trade of one of the user's orders.
#[derive(Debug, Clone, PartialEq)]
pub struct CommonTrade {
    /// The venue's id.
    pub id: String,
    /// The order it belongs to.
    pub order_id: Option<String>,
    /// The app's own id of that order; absent if it gave none.
    pub client_order_id: Option<String>,
    /// The market, as the venue writes it.
    pub symbol: String,
    /// The kind of market, if the venue says so.
    pub category: Option<MarketCategory>,
    /// Which side of the market.
    pub side: MaybeKnown<OrderSide>,
    /// Whether the user's order was the maker or the taker, if the venue says so.
    pub role: Option<MaybeKnown<DealRole>>,
    /// Decimal text, in the quote currency.
    pub price: Option<String>,
    /// Decimal text, in the base currency or in contracts.
    pub amount: Option<String>,
    /// Decimal text: its value, in the quote currency.
    pub cost: Option<String>,
    /// Decimal text, in `fee_currency`; negative for a rebate.
    pub fee: Option<String>,
    /// The fee's currency, if the venue names it.
    pub fee_currency: Option<String>,
    /// Unix milliseconds.
    pub at_ms: u64,
    /// The venue's own record that this was read from.
    pub venue_record: VenueRecord,
}

members_written!(CommonTrade {
    id,
    order_id,
    client_order_id,
    symbol,
    category,
    side,
    role,
    price,
    amount,
    cost,
    fee,
    fee_currency,
    at_ms,
    venue_record,
});

/// A venue's own record, of the read that brings it.
#[derive(Debug, Clone, PartialEq)]
pub enum VenueRecord {
    /// Of [`Client::read_main_balances`](crate::Client::read_main_balances).
    MainBalance(MainBalance),
    /// Of [`Client::read_spot_balances`](crate::Client::read_spot_balances).
    SpotBalance(SpotBalance),
    /// Of a wallet of [`Client::read_wallet_balance`](crate::Client::read_wallet_balance).
    CoinBalance(CoinBalance),
    /// Of [`Client::read_transactions`](crate::Client::read_transactions).
    AccountTransaction(AccountTransaction),
    /// Of [`Client::read_deposits`](crate::Client::read_deposits).
    Deposit(Deposit),
    /// Of [`Client::read_withdrawals`](crate::Client::read_withdrawals).
    Withdrawal(Withdrawal),
    /// Of [`Client::read_internal_transfers`](crate::Client::read_internal_transfers).
    InternalTransfer(InternalTransfer),
    /// Of [`Client::read_orders`](crate::Client::read_orders).
    Order(Order),
    /// Of [`Client::read_order_history`](crate::Client::read_order_history).
    PastOrder(PastOrder),
    /// Of [`Client::read_deals`](crate::Client::read_deals).
    Deal(Deal),
    /// Of [`Client::read_executions`](crate::Client::read_executions).
    Execution(Execution),
}

impl ToJson for VenueRecord {
    /// The record itself, and beside its members which one it is.
    fn to_json(&self, to: &mut Writer) {
        let (name, record): (_, &dyn ToJson) = match self {
            Self::MainBalance(record) => ("main_balance", record),
            Self::SpotBalance(record) => ("spot_balance", record),
            Self::CoinBalance(record) => ("coin_balance", record),
            Self::AccountTransaction(record) => ("account_transaction", record),
            Self::Deposit(record) => ("deposit", record),
            Self::Withdrawal(record) => ("withdrawal", record),
            Self::InternalTransfer(record) => ("internal_transfer", record),
            Self::Order(record) => ("order", record),
            Self::PastOrder(record) => ("past_order", record),
            Self::Deal(record) => ("deal", record),
            Self::Execution(record) => ("execution", record),
        };
        to.tag("name", name);
        record.to_json(to);
    }
}
