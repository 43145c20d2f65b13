//! What to read of an account whose histories are asked for by spans of milliseconds. The rules are those of
//! facts/bybit.md, 13.

use crate::base::json::members;
use crate::model::record_enums::MarketCategory;

/// What the unified account holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WalletQuery {
    /// One coin, such as `BTC`; all that are not zero where left out.
    pub coin: Option<String>,
}

members!(WalletQuery { coin: optional });

/// Deposits, withdrawals, or transfers between the user's own accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssetsQuery {
    /// Such as `BTC`; all where left out.
    pub coin: Option<String>,
    /// Unix milliseconds; 30 days before `to_ms` where left out.
    pub from_ms: Option<u64>,
    /// Unix milliseconds; now where left out or later than now, and an hour more, since a clock may be slow.
    pub to_ms: Option<u64>,
    /// Rows a page, 1 to 50; 50 where left out.
    pub limit: Option<u32>,
}

members!(AssetsQuery { coin: optional, from_ms: optional, to_ms: optional, limit: optional });

/// Orders or executions of one kind of market.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TradingQuery {
    /// Spot where left out. The venue lists no two in one.
    pub category: Option<MarketCategory>,
    /// Such as `BTCUSDT`; all where left out.
    pub symbol: Option<String>,
    /// Unix milliseconds, less than 2 years ago; 30 days before `to_ms` where left out.
    pub from_ms: Option<u64>,
    /// Unix milliseconds; now where left out or later than now, and an hour more, since a clock may be slow.
    pub to_ms: Option<u64>,
    /// Rows a page, 1 to 50; 50 where left out.
    pub limit: Option<u32>,
}

members!(TradingQuery { category: optional, symbol: optional, from_ms: optional, to_ms: optional, limit: optional });

/// All that has changed the unified account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// All where left out.
    pub category: Option<MarketCategory>,
    /// Such as `USDT`; all where left out.
    pub currency: Option<String>,
    /// The venue's own word, such as `TRADE`; all where left out.
    pub entry_type: Option<String>,
    /// Unix milliseconds, less than 2 years ago; 30 days before `to_ms` where left out.
    pub from_ms: Option<u64>,
    /// Unix milliseconds; now where left out or later than now, and an hour more, since a clock may be slow.
    pub to_ms: Option<u64>,
    /// Rows a page, 1 to 50; 50 where left out.
    pub limit: Option<u32>,
}

members!(LogQuery {
    category: optional,
    currency: optional,
    entry_type: optional,
    from_ms: optional,
    to_ms: optional,
    limit: optional,
});
