//! The records of a unified account's trading, as `records` has them: times in milliseconds, figures that the venue leaves empty
//! absent. Sources: sections of facts/bybit.md, 13.

use crate::base::json::members_written;
use crate::model::record_enums::{MarketCategory, MaybeKnown, OrderSide, OrderStatus, OrderType};

/// An order that has ended (13.6). The venue forgets those without fills, cancelled ones first.
#[derive(Debug, Clone, PartialEq)]
pub struct PastOrder {
    /// The venue's id.
    pub id: String,
    /// The app's own id; absent if it gave none.
    pub order_link_id: Option<String>,
    /// The kind of market.
    pub category: MaybeKnown<MarketCategory>,
    /// Such as `BTCUSDT`.
    pub symbol: String,
    /// Which side of the market.
    pub side: MaybeKnown<OrderSide>,
    /// What kind of order it is.
    pub order_type: MaybeKnown<OrderType>,
    /// How it ended.
    pub status: MaybeKnown<OrderStatus>,
    /// Decimal text.
    pub price: Option<String>,
    /// Decimal text: the ordered quantity; for a spot market order, in [`market_unit`](PastOrder::market_unit).
    pub quantity: Option<String>,
    /// The venue's own word, `baseCoin` or `quoteCoin`.
    pub market_unit: Option<String>,
    /// Decimal text: the average of the fills; absent without any.
    pub average_price: Option<String>,
    /// Decimal text: not filled.
    pub leaves_quantity: Option<String>,
    /// Decimal text: filled.
    pub filled_quantity: Option<String>,
    /// Decimal text: the value of the fills.
    pub filled_value: Option<String>,
    /// Decimal text. The venue's older figure; see [`fees`](PastOrder::fees).
    pub filled_fee: Option<String>,
    /// The fees, coin by coin.
    pub fees: Vec<FeeAmount>,
    /// The venue's own word, such as `GTC`.
    pub time_in_force: Option<String>,
    /// The venue's own word, for conditional orders.
    pub stop_order_type: Option<String>,
    /// Decimal text.
    pub trigger_price: Option<String>,
    /// Whether it could only reduce a position.
    pub reduce_only: Option<bool>,
    /// The venue's own word.
    pub cancel_type: Option<String>,
    /// The venue's own word.
    pub reject_reason: Option<String>,
    /// Unix milliseconds.
    pub created_at_ms: u64,
    /// Unix milliseconds.
    pub updated_at_ms: Option<u64>,
}

members_written!(PastOrder {
    id,
    order_link_id,
    category,
    symbol,
    side,
    order_type,
    status,
    price,
    quantity,
    market_unit,
    average_price,
    leaves_quantity,
    filled_quantity,
    filled_value,
    filled_fee,
    fees,
    time_in_force,
    stop_order_type,
    trigger_price,
    reduce_only,
    cancel_type,
    reject_reason,
    created_at_ms,
    updated_at_ms,
});

/// A fee.
#[derive(Debug, Clone, PartialEq)]
pub struct FeeAmount {
    /// Such as `USDT`.
    pub coin: String,
    /// Decimal text, in `coin`; negative for a rebate.
    pub amount: String,
}

members_written!(FeeAmount { coin, amount });

/// A fill of one of the user's orders, or another change of a position (13.7).
#[derive(Debug, Clone, PartialEq)]
pub struct Execution {
    /// The venue's id.
    pub id: String,
    /// The order it belongs to.
    pub order_id: Option<String>,
    /// The app's own id of that order; absent if it gave none.
    pub order_link_id: Option<String>,
    /// The kind of market.
    pub category: MaybeKnown<MarketCategory>,
    /// Such as `BTCUSDT`.
    pub symbol: String,
    /// Which side of the market.
    pub side: MaybeKnown<OrderSide>,
    /// The venue's own word: `Trade` for a fill, `Funding` and others.
    pub execution_type: Option<String>,
    /// Decimal text.
    pub price: Option<String>,
    /// Decimal text.
    pub quantity: Option<String>,
    /// Decimal text: quantity times price.
    pub value: Option<String>,
    /// Decimal text; negative for a rebate.
    pub fee: Option<String>,
    /// The fee's coin, if the venue names it.
    pub fee_currency: Option<String>,
    /// Decimal text.
    pub fee_rate: Option<String>,
    /// Whether the user's order was the maker.
    pub is_maker: Option<bool>,
    /// Decimal text: of the order.
    pub order_price: Option<String>,
    /// Decimal text: of the order.
    pub order_quantity: Option<String>,
    /// Decimal text: of the order, still unfilled after it.
    pub leaves_quantity: Option<String>,
    /// Decimal text: of the position that it closed.
    pub closed_size: Option<String>,
    /// Unix milliseconds.
    pub executed_at_ms: u64,
}

members_written!(Execution {
    id,
    order_id,
    order_link_id,
    category,
    symbol,
    side,
    execution_type,
    price,
    quantity,
    value,
    fee,
    fee_currency,
    fee_rate,
    is_maker,
    order_price,
    order_quantity,
    leaves_quantity,
    closed_size,
    executed_at_ms,
});

/// A change of one coin in the unified account (13.8).
#[derive(Debug, Clone, PartialEq)]
pub struct LogEntry {
    /// The venue's id. Two entries may share one.
    pub id: String,
    /// The venue's own word, such as `TRADE` or `TRANSFER_IN`.
    pub entry_type: String,
    /// Which kind of market, if any.
    pub category: Option<String>,
    /// Such as `BTCUSDT`, if it belongs to a market.
    pub symbol: Option<String>,
    /// The venue's own word, such as `Buy`.
    pub side: Option<String>,
    /// The coin that changed.
    pub currency: String,
    /// Decimal text: cash flow and funding, less the fee, in `currency`.
    pub change: Option<String>,
    /// Decimal text: the balance after it, in `currency`.
    pub cash_balance: Option<String>,
    /// Decimal text.
    pub cash_flow: Option<String>,
    /// Decimal text; negative if it was paid.
    pub funding: Option<String>,
    /// Decimal text; negative for a rebate.
    pub fee: Option<String>,
    /// Decimal text.
    pub fee_rate: Option<String>,
    /// Decimal text.
    pub quantity: Option<String>,
    /// Decimal text: of the position after it, negative for a short position.
    pub size: Option<String>,
    /// Decimal text.
    pub trade_price: Option<String>,
    /// Decimal text.
    pub bonus_change: Option<String>,
    /// The trade.
    pub trade_id: Option<String>,
    /// The order.
    pub order_id: Option<String>,
    /// The app's own id of the order.
    pub order_link_id: Option<String>,
    /// Unix milliseconds.
    pub at_ms: u64,
}

members_written!(LogEntry {
    id,
    entry_type,
    category,
    symbol,
    side,
    currency,
    change,
    cash_balance,
    cash_flow,
    funding,
    fee,
    fee_rate,
    quantity,
    size,
    trade_price,
    bonus_change,
    trade_id,
    order_id,
    order_link_id,
    at_ms,
});
