//! The records of a unified account and its histories, as `records` has them: times in milliseconds, figures that the venue
//! leaves empty absent. Sources: sections of facts/bybit.md, 13.

use crate::base::json::members_written;
use crate::model::record_enums::{MarketCategory, MaybeKnown, OrderSide, OrderStatus, OrderType, TransactionState};

/// A unified account (13.2). The totals are in US dollars; an account in isolated margin mode has none.
#[derive(Debug, Clone, PartialEq)]
pub struct UnifiedWallet {
    /// The venue's own word, such as `UNIFIED`.
    pub account_type: String,
    /// Decimal text.
    pub total_equity: Option<String>,
    /// Decimal text.
    pub total_wallet_balance: Option<String>,
    /// Decimal text.
    pub total_margin_balance: Option<String>,
    /// Decimal text.
    pub total_available_balance: Option<String>,
    /// Decimal text: unrealised, for perpetuals and futures.
    pub total_perp_upl: Option<String>,
    /// Decimal text.
    pub total_initial_margin: Option<String>,
    /// Decimal text.
    pub total_maintenance_margin: Option<String>,
    /// What it holds.
    pub coins: Vec<CoinBalance>,
}

members_written!(UnifiedWallet {
    account_type,
    total_equity,
    total_wallet_balance,
    total_margin_balance,
    total_available_balance,
    total_perp_upl,
    total_initial_margin,
    total_maintenance_margin,
    coins,
});

/// One coin of a unified account, in that coin.
#[derive(Debug, Clone, PartialEq)]
pub struct CoinBalance {
    /// Such as `BTC`.
    pub coin: String,
    /// Decimal text.
    pub wallet_balance: Option<String>,
    /// Decimal text: held by open spot orders.
    pub locked: Option<String>,
    /// Decimal text: including unrealised results, less what is borrowed.
    pub equity: Option<String>,
    /// Decimal text, in US dollars.
    pub usd_value: Option<String>,
    /// Decimal text.
    pub borrow_amount: Option<String>,
    /// Decimal text.
    pub spot_borrow: Option<String>,
    /// Decimal text.
    pub accrued_interest: Option<String>,
    /// Decimal text: margin that open orders take.
    pub total_order_margin: Option<String>,
    /// Decimal text: margin that positions take.
    pub total_position_margin: Option<String>,
    /// Decimal text.
    pub unrealised_pnl: Option<String>,
    /// Decimal text.
    pub realised_pnl: Option<String>,
    /// Decimal text.
    pub bonus: Option<String>,
    /// Whether the venue accepts it as collateral.
    pub margin_collateral: Option<bool>,
    /// Whether the user has enabled it as collateral.
    pub collateral_switch: Option<bool>,
}

members_written!(CoinBalance {
    coin,
    wallet_balance,
    locked,
    equity,
    usd_value,
    borrow_amount,
    spot_borrow,
    accrued_interest,
    total_order_margin,
    total_position_margin,
    unrealised_pnl,
    realised_pnl,
    bonus,
    margin_collateral,
    collateral_switch,
});

/// A deposit on a chain (13.3).
#[derive(Debug, Clone, PartialEq)]
pub struct Deposit {
    /// The venue's id, if it gives one.
    pub id: Option<String>,
    /// Such as `BTC`.
    pub coin: String,
    /// The venue's name of the chain.
    pub chain: Option<String>,
    /// Decimal text, in `coin`.
    pub amount: String,
    /// Decimal text, in `coin`.
    pub fee: Option<String>,
    /// The venue's code; it means what [`state`](Deposit::state) says.
    pub status: u32,
    /// The code's meaning; absent if undocumented.
    pub state: Option<TransactionState>,
    /// Unix milliseconds; absent until it has succeeded.
    pub success_at_ms: Option<u64>,
    /// The transaction on the chain.
    pub tx_id: Option<String>,
    /// Its index in the block.
    pub tx_index: Option<String>,
    /// The block.
    pub block_hash: Option<String>,
    /// How many blocks have confirmed it, as the venue writes it.
    pub confirmations: Option<String>,
    /// The user's address at the venue.
    pub to_address: Option<String>,
    /// The address it came from, if there was only one.
    pub from_address: Option<String>,
    /// The tag or memo of the user's address.
    pub tag: Option<String>,
    /// The venue's code for why it waits; `0` for a normal deposit.
    pub deposit_type: Option<String>,
}

members_written!(Deposit {
    id,
    coin,
    chain,
    amount,
    fee,
    status,
    state,
    success_at_ms,
    tx_id,
    tx_index,
    block_hash,
    confirmations,
    to_address,
    from_address,
    tag,
    deposit_type,
});

/// A withdrawal, on a chain or to another user (13.4).
#[derive(Debug, Clone, PartialEq)]
pub struct Withdrawal {
    /// The venue's id.
    pub id: String,
    /// Such as `BTC`.
    pub coin: String,
    /// The venue's name of the chain.
    pub chain: Option<String>,
    /// Decimal text, in `coin`.
    pub amount: String,
    /// Decimal text, in `coin`.
    pub fee: Option<String>,
    /// The venue's own word; it means what [`state`](Withdrawal::state) says.
    pub status: String,
    /// The word's meaning; absent if undocumented.
    pub state: Option<TransactionState>,
    /// Unix milliseconds.
    pub created_at_ms: u64,
    /// Unix milliseconds.
    pub updated_at_ms: Option<u64>,
    /// The transaction on the chain; absent if there is none.
    pub tx_id: Option<String>,
    /// Its destination; the other user's id if it stays at the venue.
    pub to_address: Option<String>,
    /// The tag or memo of that address.
    pub tag: Option<String>,
    /// Whether it stays at the venue, with another user.
    pub off_chain: Option<bool>,
}

members_written!(Withdrawal {
    id,
    coin,
    chain,
    amount,
    fee,
    status,
    state,
    created_at_ms,
    updated_at_ms,
    tx_id,
    to_address,
    tag,
    off_chain,
});

/// A transfer between accounts of one user (13.5).
#[derive(Debug, Clone, PartialEq)]
pub struct InternalTransfer {
    /// The venue's id.
    pub id: String,
    /// Such as `BTC`.
    pub coin: String,
    /// Decimal text, in `coin`.
    pub amount: String,
    /// The venue's own word, such as `FUND`.
    pub from_account_type: String,
    /// The venue's own word, such as `UNIFIED`.
    pub to_account_type: String,
    /// Unix milliseconds.
    pub created_at_ms: u64,
    /// The venue's own word; it means what [`state`](InternalTransfer::state) says.
    pub status: String,
    /// The word's meaning; absent if undocumented.
    pub state: Option<TransactionState>,
}

members_written!(InternalTransfer {
    id,
    coin,
    amount,
    from_account_type,
    to_account_type,
    created_at_ms,
    status,
    state,
});

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
