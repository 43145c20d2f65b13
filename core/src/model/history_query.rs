//! What to read of an account whose histories are asked for by spans of milliseconds. The rules are those of
//! facts/bybit.md, 13.

use crate::base::json::members;
use crate::model::record_enums::MarketCategory;

/// What the unified account holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WalletQuery {
    /// One coin, such as `BTC`; all with a balance if left out.
    pub coin: Option<String>,
}

members!(WalletQuery { coin: optional });

/// Deposits, withdrawals, or transfers between the user's own accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssetsQuery {
    /// Such as `BTC`; all if left out.
    pub coin: Option<String>,
    /// Unix milliseconds; 30 days before `to_ms` if left out.
    pub from_ms: Option<u64>,
    /// Unix milliseconds; if left out or in the future, an hour from now, since a clock may be slow.
    pub to_ms: Option<u64>,
    /// Rows per page, 1 to 50; 50 if left out.
    pub limit: Option<u32>,
}

members!(AssetsQuery { coin: optional, from_ms: optional, to_ms: optional, limit: optional });

/// Orders or executions of one kind of market.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TradingQuery {
    /// Spot if left out. The venue lists only one at a time.
    pub category: Option<MarketCategory>,
    /// Such as `BTCUSDT`; all if left out.
    pub symbol: Option<String>,
    /// Unix milliseconds, less than 2 years ago; 30 days before `to_ms` if left out.
    pub from_ms: Option<u64>,
    /// Unix milliseconds; if left out or in the future, an hour from now, since a clock may be slow.
    pub to_ms: Option<u64>,
    /// Rows per page, 1 to 50; 50 if left out.
    pub limit: Option<u32>,
}

members!(TradingQuery { category: optional, symbol: optional, from_ms: optional, to_ms: optional, limit: optional });

/// All that has changed the unified account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// All if left out.
    pub category: Option<MarketCategory>,
    /// Such as `USDT`; all if left out.
    pub currency: Option<String>,
    /// The venue's own word, such as `TRADE`; all if left out.
    pub entry_type: Option<String>,
    /// Unix milliseconds, less than 2 years ago; 30 days before `to_ms` if left out.
    pub from_ms: Option<u64>,
    /// Unix milliseconds; if left out or in the future, an hour from now, since a clock may be slow.
    pub to_ms: Option<u64>,
    /// Rows per page, 1 to 50; 50 if left out.
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
