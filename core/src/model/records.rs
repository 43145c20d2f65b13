//! What an account's reads bring, in one shape for every language: snake_case names, amounts as decimal texts exactly
//! as the venue wrote them, times as whole numbers named `_s` or `_us`. Sources: sections of facts/whitebit.md, 6.
//!
//! The doc comments are read in every language (`xtask/generate`). `Decimal text` at the beginning of one makes the field
//! an amount there.

use crate::base::json::members_written;
use crate::model::record_enums::{
    DealRole, MaybeKnown, OrderSide, OrderStatus, OrderType, TransactionMethod, TransactionState,
};

/// A deposit or a withdrawal (6.1).
#[derive(Debug, Clone, PartialEq)]
pub struct AccountTransaction {
    /// Globally unique, unlike the hash.
    pub transaction_id: String,
    /// Its direction.
    pub method: MaybeKnown<TransactionMethod>,
    /// The venue's code; it means what [`state`](AccountTransaction::state) says.
    pub status: u32,
    /// The code's meaning for this method; absent if undocumented.
    pub state: Option<TransactionState>,
    /// Unix seconds.
    pub created_at_s: u64,
    /// The currency's short name, such as `BTC`.
    pub ticker: String,
    /// The currency's long name, such as `Bitcoin`.
    pub currency: String,
    /// Decimal text, in `ticker`.
    pub amount: String,
    /// Decimal text, in `ticker`.
    pub fee: String,
    /// The address it came from or went to; empty if there is none.
    pub address: String,
    /// The address's memo or tag; empty if there is none.
    pub memo: String,
    /// The venue's own words, untrusted; often empty.
    pub description: String,
    /// On the chain; several records may share one.
    pub transaction_hash: String,
    /// The app's own id for a withdrawal.
    pub unique_id: Option<String>,
    /// The chain.
    pub network: Option<String>,
    /// How much of a partial withdrawal is done.
    pub details: Option<TransactionDetails>,
    /// How far the chain has confirmed it.
    pub confirmations: Option<Confirmations>,
}

members_written!(AccountTransaction {
    transaction_id,
    method,
    status,
    state,
    created_at_s,
    ticker,
    currency,
    amount,
    fee,
    address,
    memo,
    description,
    transaction_hash,
    unique_id,
    network,
    details,
    confirmations,
});

/// More about a transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct TransactionDetails {
    /// How much of a partial withdrawal is done.
    pub partial: Option<PartialTransaction>,
}

members_written!(TransactionDetails { partial });

/// How much of a withdrawal is done, in its `ticker`.
#[derive(Debug, Clone, PartialEq)]
pub struct PartialTransaction {
    /// Decimal text: what was requested.
    pub request_amount: String,
    /// Decimal text: how much of it is done.
    pub processed_amount: String,
    /// Decimal text: the fee for what is done.
    pub processed_fee: String,
    /// The venue's own text, untrusted; may be empty.
    pub normalize_transaction: String,
}

members_written!(PartialTransaction { request_amount, processed_amount, processed_fee, normalize_transaction });

/// Blocks on top of a transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Confirmations {
    /// How many there are.
    pub actual: u32,
    /// How many are needed.
    pub required: u32,
}

members_written!(Confirmations { actual, required });

/// One currency exchanged for another at a quoted rate (6.2).
#[derive(Debug, Clone, PartialEq)]
pub struct Convert {
    /// The venue's id.
    pub id: String,
    /// Unix seconds.
    pub date_s: u64,
    /// Decimal text: sold, in the first currency of the path.
    pub give: String,
    /// Decimal text: bought, in its last currency.
    pub receive: String,
    /// Decimal text: bought for one unit sold.
    pub rate: String,
    /// The exchanges it was made of, in order.
    pub path: Vec<ConvertStep>,
}

members_written!(Convert { id, date_s, give, receive, rate, path });

/// One exchange on a convert's path.
#[derive(Debug, Clone, PartialEq)]
pub struct ConvertStep {
    /// Currency sold.
    pub from: String,
    /// Currency bought.
    pub to: String,
    /// Decimal text: bought for one unit sold.
    pub rate: String,
}

members_written!(ConvertStep { from, to, rate });

/// An order that has ended (6.3).
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Such as `BTC_USDT`.
    pub market: String,
    /// The venue's id.
    pub id: String,
    /// The app's own id; empty if it gave none.
    pub client_order_id: String,
    /// What kind of order it is.
    pub order_type: MaybeKnown<OrderType>,
    /// Which side of the market.
    pub side: MaybeKnown<OrderSide>,
    /// How it ended.
    pub status: MaybeKnown<OrderStatus>,
    /// Unix microseconds.
    pub created_at_us: u64,
    /// Unix microseconds.
    pub finished_at_us: u64,
    /// Decimal text, in the base currency; in the quote currency for a market buy.
    pub amount: String,
    /// Decimal text; `0` for market orders.
    pub price: String,
    /// Decimal text, in `fee_asset`.
    pub deal_fee: String,
    /// Decimal text: traded, in the base currency.
    pub deal_stock: String,
    /// Decimal text: traded, in the quote currency.
    pub deal_money: String,
    /// Whether it could only be a maker.
    pub post_only: bool,
    /// Whether it was immediate-or-cancel.
    pub ioc: bool,
    /// The venue's retail price improvement.
    pub rpi: bool,
    /// Whether it could only reduce a position.
    pub reduce_only: bool,
    /// The fee's currency.
    pub fee_asset: String,
    /// The venue's own word, such as `BOTH`; absent for plain spot orders.
    pub position_side: Option<String>,
    /// Stop orders only: whether the trigger has fired, the venue's number.
    pub activated: Option<i64>,
    /// Decimal text; stop orders only.
    pub activation_price: Option<String>,
    /// Stop orders only: `<=` or `>=`.
    pub activation_condition: Option<String>,
}

members_written!(Order {
    market,
    id,
    client_order_id,
    order_type,
    side,
    status,
    created_at_us,
    finished_at_us,
    amount,
    price,
    deal_fee,
    deal_stock,
    deal_money,
    post_only,
    ioc,
    rpi,
    reduce_only,
    fee_asset,
    position_side,
    activated,
    activation_price,
    activation_condition,
});

/// A trade of one of the user's orders (6.4); spot, margin and futures.
#[derive(Debug, Clone, PartialEq)]
pub struct Deal {
    /// Such as `BTC_USDT`.
    pub market: String,
    /// The venue's id.
    pub id: String,
    /// The order it belongs to.
    pub order_id: String,
    /// The app's own id of that order; empty if it gave none.
    pub client_order_id: String,
    /// Unix microseconds.
    pub time_us: u64,
    /// Which side of the market.
    pub side: MaybeKnown<OrderSide>,
    /// Whether the user's order was the maker or the taker.
    pub role: MaybeKnown<DealRole>,
    /// Decimal text, in the base currency.
    pub amount: String,
    /// Decimal text, in the quote currency, for one unit of the base currency.
    pub price: String,
    /// Decimal text: amount times price, in the quote currency.
    pub deal: String,
    /// Decimal text, in `fee_asset`.
    pub fee: String,
    /// The fee's currency.
    pub fee_asset: String,
}

members_written!(Deal {
    market,
    id,
    order_id,
    client_order_id,
    time_us,
    side,
    role,
    amount,
    price,
    deal,
    fee,
    fee_asset,
});

/// The main account's balance of one currency (6.5).
#[derive(Debug, Clone, PartialEq)]
pub struct MainBalance {
    /// Such as `BTC`.
    pub ticker: String,
    /// Decimal text, in `ticker`; zero for currencies the user has never had.
    pub main_balance: String,
}

members_written!(MainBalance { ticker, main_balance });

/// The spot (trade) account's balance of one currency (6.6).
#[derive(Debug, Clone, PartialEq)]
pub struct SpotBalance {
    /// Such as `BTC`.
    pub ticker: String,
    /// Decimal text: free to trade.
    pub available: String,
    /// Decimal text: held by open orders.
    pub freeze: String,
}

members_written!(SpotBalance { ticker, available, freeze });
