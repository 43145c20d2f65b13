//! What to read: typed queries, checked before anything is sent. The rules are those of facts/whitebit.md, 6.

use std::collections::BTreeSet;

use chrono::{DateTime, Months, NaiveTime};
use serde::{Deserialize, Serialize};

use super::words::TransactionMethod;
use crate::names::named;

/// The longest span of one request: converts allow 30 days, orders and deals 31 (6.2, 6.3).
pub(crate) const WINDOW_S: u64 = 30 * 86_400;
/// How many tickers a long history can be split by.
const MAX_SPLIT_TICKERS: usize = 200;
/// Rows a page where the caller doesn't say.
pub(crate) const DEFAULT_LIMIT: u32 = 100;

/// Deposits and withdrawals, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TransactionsQuery {
    /// Both where it is `None`.
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
    /// Any of these codes, which must be codes of the method; see [`Transaction::status`](crate::Transaction::status).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<u32>,
    /// Rows a page, 1 to 500; 100 where it is `None`. The venue advises against more than 100.
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
    /// Unix seconds, at most 6 months ago; 30 days before `to_s` where it is `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_s: Option<u64>,
    /// Unix seconds; now where it is `None` or later than now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_s: Option<u64>,
    /// Rows a page, 1 to 100; 100 where it is `None`.
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
    /// Such as `BTC_USDT`; all where it is `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// This one order, whenever it was: without `client_order_id`, `status`, `from_s` and `to_s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<u64>,
    /// The order with this id of the app's own, whenever it was: likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_order_id: Option<String>,
    /// All where it is `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<OrderFilter>,
    /// Unix seconds, at most 6 months ago; 30 days before `to_s` where it is `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_s: Option<u64>,
    /// Unix seconds; now where it is `None` or later than now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_s: Option<u64>,
    /// Rows a page, 1 to 500; 100 where it is `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Trades, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DealsQuery {
    /// Such as `BTC_USDT`; all where it is `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// Only those of the order with this id of the app's own. Within the dates, unlike for orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_order_id: Option<String>,
    /// Unix seconds, at most 6 months ago; 30 days before `to_s` where it is `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_s: Option<u64>,
    /// Unix seconds; now where it is `None` or later than now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_s: Option<u64>,
    /// Rows a page, 1 to 500; 100 where it is `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Balances, all in one page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BalancesQuery {
    /// One currency, such as `BTC`; all where it is `None`. One that the venue does not know has a zero main balance,
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
}

impl ReadQuery {
    /// Rows a page; balances have no pages.
    pub fn limit(&self) -> u32 {
        let given = match self {
            Self::Transactions(query) => query.limit,
            Self::Converts(query) => query.limit,
            Self::Orders(query) => query.limit,
            Self::Deals(query) => query.limit,
            Self::MainBalances(_) | Self::SpotBalances(_) => None,
        };
        given.unwrap_or(DEFAULT_LIMIT)
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

    /// Whether it looks one order up.
    pub fn is_lookup(&self) -> bool {
        matches!(self, Self::Orders(query) if query.order_id.is_some() || query.client_order_id.is_some())
    }

    /// Fills in the span, so that the list stands still while one pages: whatever comes later lies behind its end.
    ///
    /// # Errors
    /// A hint at the rule.
    pub fn fix_span(&mut self, now_ms: u64) -> Result<(), &'static str> {
        let is_lookup = self.is_lookup();
        // Orders and deals have fractions of a second: those of this very second belong to the list (6.3, 6.4). A
        // convert's second is whole (6.2).
        let (from_s, to_s, until_s) = match self {
            Self::Converts(query) => (&mut query.from_s, &mut query.to_s, now_ms / 1000),
            Self::Orders(query) => (&mut query.from_s, &mut query.to_s, now_ms.div_ceil(1000)),
            Self::Deals(query) => (&mut query.from_s, &mut query.to_s, now_ms.div_ceil(1000)),
            _ => return Ok(()),
        };
        if is_lookup {
            return Ok(());
        }
        let Some(earliest_s) = earliest_s(now_ms) else { return Err("now_ms is no time of ours") };
        let to = to_s.map_or(until_s, |to| to.min(until_s));
        let from = from_s.unwrap_or_else(|| to.saturating_sub(WINDOW_S).max(earliest_s));
        if from < earliest_s {
            return Err("from_s must not be earlier than 6 months ago, at 00:00 UTC");
        }
        if from > to {
            return Err("from_s must not be later than to_s, nor later than now");
        }
        (*from_s, *to_s) = (Some(from), Some(to));
        Ok(())
    }

    /// Whether the venue can be asked this; of times, see [`ReadQuery::fix_span`].
    ///
    /// # Errors
    /// A hint at the rule.
    pub fn check(&self) -> Result<(), &'static str> {
        let largest = if matches!(self, Self::Converts(_)) { 100 } else { 500 };
        if !(1..=largest).contains(&self.limit()) {
            return Err("limit must be 1 to 500, for converts 1 to 100");
        }
        match self {
            Self::Transactions(query) => query.check(),
            Self::Converts(query) => {
                check_ticker(&query.from_ticker)?;
                check_ticker(&query.to_ticker)?;
                check_id(&query.quote_id)
            }
            Self::Orders(query) => {
                check_market(&query.market)?;
                check_id(&query.client_order_id)?;
                let given = [query.order_id.is_some(), query.client_order_id.is_some()];
                if given == [true, true] {
                    return Err("give order_id or client_order_id: with both, the venue looks at the first only");
                }
                if query.order_id.is_some_and(|id| id == 0 || i64::try_from(id).is_err()) {
                    return Err("order_id must be a whole number above zero");
                }
                // 6.3: either one disables them, and what is asked for would not be what is read.
                if self.is_lookup() && (query.status.is_some() || query.from_s.is_some() || query.to_s.is_some()) {
                    return Err("an order that is looked up by its id takes no status, from_s or to_s");
                }
                Ok(())
            }
            Self::Deals(query) => {
                check_market(&query.market)?;
                check_id(&query.client_order_id)
            }
            Self::MainBalances(query) | Self::SpotBalances(query) => check_ticker(&query.ticker),
        }
    }
}

impl TransactionsQuery {
    fn check(&self) -> Result<(), &'static str> {
        check_ticker(&self.ticker)?;
        if self.addresses.len() > 20 {
            return Err("addresses must be at most 20");
        }
        if !self.addresses.iter().chain(&self.address).all(|address| is_word(address, 256)) {
            return Err("an address is 1 to 256 characters of visible ASCII");
        }
        let plain = |text: &String| (1..=256).contains(&text.len()) && !text.chars().any(char::is_control);
        if !self.memo.iter().chain(&self.unique_id).all(plain) {
            return Err("memo and unique_id are 1 to 256 bytes without control characters");
        }
        let known = |code: &u32| match self.method {
            Some(method) => is_code_of(method, *code),
            None => TransactionMethod::ALL.iter().any(|method| is_code_of(*method, *code)),
        };
        if self.status.len() > 32 || !self.status.iter().all(known) {
            return Err(
                "status holds the method's codes: deposit 3 4 5 7 9 15 21 22 27 28, withdrawal 1 to 7, 10 to 18, 21",
            );
        }
        if self.split_tickers.len() > MAX_SPLIT_TICKERS || !self.split_tickers.iter().all(|t| is_word(t, 32)) {
            return Err("split_tickers are at most 200 tickers, each 1 to 32 characters of visible ASCII");
        }
        // A part that is read twice would bring its rows twice.
        let tickers: BTreeSet<String> = self.split_tickers.iter().map(|ticker| ticker.to_ascii_uppercase()).collect();
        let status: BTreeSet<u32> = self.status.iter().copied().collect();
        if tickers.len() < self.split_tickers.len() || status.len() < self.status.len() {
            return Err("status and split_tickers hold each entry once");
        }
        Ok(())
    }
}

/// A method's codes (6.1), in the order in which a long history is split by them: those that still change come first,
/// so that a row that changes meanwhile is met again later rather than never.
pub(crate) fn codes(method: TransactionMethod) -> &'static [&'static [u32]] {
    match method {
        TransactionMethod::Deposit => &[&[5, 15, 21, 22, 27, 28], &[4, 9], &[3], &[7]],
        TransactionMethod::Withdrawal => &[&[1, 2, 5, 6, 10, 11, 12, 13, 14, 15, 16, 17, 18, 21], &[4], &[3], &[7]],
    }
}

pub(crate) fn is_code_of(method: TransactionMethod, code: u32) -> bool {
    codes(method).iter().any(|group| group.contains(&code))
}

/// 6.2 to 6.4: data reach back 6 months; for orders the floor is that day's 00:00 UTC, and taken as such for all. Where
/// a month has no such day, the last one it has: not later than the venue's floor, whichever way that counts.
fn earliest_s(now_ms: u64) -> Option<u64> {
    let now = DateTime::from_timestamp_millis(i64::try_from(now_ms).ok()?)?;
    let day = now.date_naive().checked_sub_months(Months::new(6))?;
    // A clock that stands near 1970 has no floor.
    Some(u64::try_from(day.and_time(NaiveTime::MIN).and_utc().timestamp()).unwrap_or(0))
}

fn is_word(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

fn check_ticker(ticker: &Option<String>) -> Result<(), &'static str> {
    match ticker.as_ref().is_none_or(|ticker| is_word(ticker, 32)) {
        true => Ok(()),
        false => Err("a ticker is 1 to 32 characters of visible ASCII, such as BTC"),
    }
}

fn check_market(market: &Option<String>) -> Result<(), &'static str> {
    match market.as_ref().is_none_or(|market| is_word(market, 64)) {
        true => Ok(()),
        false => Err("a market is 1 to 64 characters of visible ASCII, such as BTC_USDT"),
    }
}

fn check_id(id: &Option<String>) -> Result<(), &'static str> {
    match id.as_ref().is_none_or(|id| is_word(id, 128)) {
        true => Ok(()),
        false => Err("an id is 1 to 128 characters of visible ASCII"),
    }
}
