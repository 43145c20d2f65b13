//! What to read: typed queries, checked before anything is sent. The rules are those of facts/whitebit.md, 6.

use serde::{Deserialize, Serialize};

use crate::base::error::{VenuekeyError, named};
use crate::base::time;
use crate::model::history_query::{AssetsQuery, LogQuery, TradingQuery, WalletQuery};
use crate::model::read_kind::ReadKind;
use crate::model::record_enums::TransactionMethod;

/// Rows a page where the caller doesn't say.
pub(crate) const DEFAULT_LIMIT: u32 = 100;
/// Likewise, of histories whose pages have at most so many (facts/bybit.md, 13).
const HISTORY_LIMIT: u32 = 50;

/// Deposits and withdrawals, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TransactionsQuery {
    /// Both where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<TransactionMethod>,
    /// A currency, such as `BTC`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticker: Option<String>,
    /// Exactly this address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Any of these addresses, at most 20.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// Exactly this memo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
    /// Exactly this id of the app's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique_id: Option<String>,
    /// Any of these codes, which must be codes of the method; see [`AccountTransaction::status`](crate::parts::AccountTransaction::status).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<u32>,
    /// Rows a page, 1 to 500; 100 where left out. The venue advises against more than 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Where even one status of one method has more rows than the venue shows (10,000): the tickers to split that list
    /// by, at most 200. Those of the main balances are all there are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub split_tickers: Vec<String>,
}

/// Converts, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConvertsQuery {
    /// The currency given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_ticker: Option<String>,
    /// The currency received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_ticker: Option<String>,
    /// Exactly this quote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote_id: Option<String>,
    /// Unix seconds, at most 6 months ago; 30 days before `to_s` where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_s: Option<u64>,
    /// Unix seconds; now where left out or later than now, and an hour more, since a clock may be slow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_s: Option<u64>,
    /// Rows a page, 1 to 100; 100 where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Which orders a read of orders brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderFilter {
    /// All.
    All,
    /// Filled whole.
    Filled,
    /// Canceled.
    Canceled,
    /// Filled in part.
    PartiallyFilled,
}

named!(OrderFilter "status" {
    All = "all",
    Filled = "filled",
    Canceled = "canceled",
    PartiallyFilled = "partially_filled",
});

/// Orders that have ended, newest first. Canceled ones are not kept for B2B accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrdersQuery {
    /// Such as `BTC_USDT`; all where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// This one order, whenever it was: without `client_order_id`, `status`, `from_s` and `to_s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<u64>,
    /// The order with this id of the app's own, whenever it was: likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_order_id: Option<String>,
    /// All where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<OrderFilter>,
    /// Unix seconds, at most 6 months ago; 30 days before `to_s` where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_s: Option<u64>,
    /// Unix seconds; now where left out or later than now, and an hour more, since a clock may be slow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_s: Option<u64>,
    /// Rows a page, 1 to 500; 100 where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Trades, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DealsQuery {
    /// Such as `BTC_USDT`; all where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// Only those of the order with this id of the app's own. Within the dates, unlike for orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_order_id: Option<String>,
    /// Unix seconds, at most 6 months ago; 30 days before `to_s` where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_s: Option<u64>,
    /// Unix seconds; now where left out or later than now, and an hour more, since a clock may be slow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_s: Option<u64>,
    /// Rows a page, 1 to 500; 100 where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Balances, all in one page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BalancesQuery {
    /// One currency, such as `BTC`; all where left out. One that the venue does not know has a zero main balance,
    /// and no spot balance (`request_rejected`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticker: Option<String>,
}

/// Any of them. In a cursor a query stands with its defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum ReadQuery {
    Transactions(TransactionsQuery),
    Converts(ConvertsQuery),
    Orders(OrdersQuery),
    Deals(DealsQuery),
    MainBalances(BalancesQuery),
    SpotBalances(BalancesQuery),
    WalletBalance(WalletQuery),
    Deposits(AssetsQuery),
    Withdrawals(AssetsQuery),
    InternalTransfers(AssetsQuery),
    OrderHistory(TradingQuery),
    Executions(TradingQuery),
    TransactionLog(LogQuery),
}

impl ReadQuery {
    /// What it reads, and what its requests are for.
    fn named(&self) -> (ReadKind, &'static str) {
        match self {
            Self::Transactions(_) => (ReadKind::Transactions, "read_transactions"),
            Self::Converts(_) => (ReadKind::Converts, "read_converts"),
            Self::Orders(_) => (ReadKind::Orders, "read_orders"),
            Self::Deals(_) => (ReadKind::Deals, "read_deals"),
            Self::MainBalances(_) => (ReadKind::MainBalances, "read_main_balances"),
            Self::SpotBalances(_) => (ReadKind::SpotBalances, "read_spot_balances"),
            Self::WalletBalance(_) => (ReadKind::WalletBalance, "read_wallet_balance"),
            Self::Deposits(_) => (ReadKind::Deposits, "read_deposits"),
            Self::Withdrawals(_) => (ReadKind::Withdrawals, "read_withdrawals"),
            Self::InternalTransfers(_) => (ReadKind::InternalTransfers, "read_internal_transfers"),
            Self::OrderHistory(_) => (ReadKind::OrderHistory, "read_order_history"),
            Self::Executions(_) => (ReadKind::Executions, "read_executions"),
            Self::TransactionLog(_) => (ReadKind::TransactionLog, "read_transaction_log"),
        }
    }

    pub fn kind(&self) -> ReadKind {
        self.named().0
    }

    pub fn purpose(&self) -> &'static str {
        self.named().1
    }

    /// Rows a page; balances have no pages.
    pub fn limit(&self) -> u32 {
        let given = match self {
            Self::Transactions(query) => query.limit,
            Self::Converts(query) => query.limit,
            Self::Orders(query) => query.limit,
            Self::Deals(query) => query.limit,
            Self::Deposits(query) | Self::Withdrawals(query) | Self::InternalTransfers(query) => {
                return query.limit.unwrap_or(HISTORY_LIMIT);
            }
            Self::OrderHistory(query) | Self::Executions(query) => return query.limit.unwrap_or(HISTORY_LIMIT),
            Self::TransactionLog(query) => return query.limit.unwrap_or(HISTORY_LIMIT),
            Self::MainBalances(_) | Self::SpotBalances(_) | Self::WalletBalance(_) => None,
        };
        given.unwrap_or(DEFAULT_LIMIT)
    }

    /// Whether the ends of its span can be in the unit that their names say.
    ///
    /// # Errors
    /// `invalid_argument`.
    pub fn check_span(&mut self) -> Result<(), VenuekeyError> {
        match self {
            Self::Converts(query) => time::check_span_s(query.from_s, query.to_s),
            Self::Orders(query) => time::check_span_s(query.from_s, query.to_s),
            Self::Deals(query) => time::check_span_s(query.from_s, query.to_s),
            _ => self.span_ms().map_or(Ok(()), |(from_ms, to_ms)| time::check_span_ms(*from_ms, *to_ms)),
        }
    }

    /// The whole span in Unix seconds, where this read has one. An order that is looked up has none (6.3).
    pub fn span(&self) -> Option<(u64, u64)> {
        let (from_s, to_s) = match self {
            Self::Converts(query) => (query.from_s, query.to_s),
            Self::Orders(query) => (query.from_s, query.to_s),
            Self::Deals(query) => (query.from_s, query.to_s),
            _ => (None, None),
        };
        from_s.zip(to_s)
    }

    /// The ends of a span in Unix milliseconds, as far as they are known; `None` where this read has none.
    pub fn span_ms(&mut self) -> Option<(&mut Option<u64>, &mut Option<u64>)> {
        match self {
            Self::Deposits(query) | Self::Withdrawals(query) | Self::InternalTransfers(query) => {
                Some((&mut query.from_ms, &mut query.to_ms))
            }
            Self::OrderHistory(query) | Self::Executions(query) => Some((&mut query.from_ms, &mut query.to_ms)),
            Self::TransactionLog(query) => Some((&mut query.from_ms, &mut query.to_ms)),
            _ => None,
        }
    }

    /// Whether it looks one order up.
    pub fn is_lookup(&self) -> bool {
        matches!(self, Self::Orders(query) if query.order_id.is_some() || query.client_order_id.is_some())
    }
}
