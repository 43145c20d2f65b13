//! What may be asked for, checked before anything is sent (facts/whitebit.md, 6).

use chrono::{DateTime, Months, NaiveTime};
use std::collections::BTreeSet;

use crate::base::time;
use crate::model::query::{ReadQuery, TransactionsQuery};
use crate::model::record_enums::TransactionMethod;

/// The longest span of one request: converts allow 30 days, orders and deals 31 (6.2, 6.3).
pub(super) const WINDOW_S: u64 = 30 * 86_400;
/// How many tickers a long history can be split by.
const MAX_SPLIT_TICKERS: usize = 200;

/// Fills in the span, so that the list stands still while one pages: whatever comes later lies behind its end.
///
/// # Errors
/// A hint at the rule.
pub(super) fn fix_span(query: &mut ReadQuery, now_ms: u64) -> Result<(), &'static str> {
    let is_lookup = query.is_lookup();
    let (from_s, to_s) = match query {
        ReadQuery::Converts(query) => (&mut query.from_s, &mut query.to_s),
        ReadQuery::Orders(query) => (&mut query.from_s, &mut query.to_s),
        ReadQuery::Deals(query) => (&mut query.from_s, &mut query.to_s),
        _ => return Ok(()),
    };
    if is_lookup {
        return Ok(());
    }
    let Some(earliest_s) = earliest_s(now_ms) else { return Err("now_ms is out of range") };
    let until_s = time::latest_end_ms(now_ms).div_ceil(1000);
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

/// Whether the venue can be asked this; of times, see [`fix_span`].
///
/// # Errors
/// A hint at the rule.
pub(super) fn check(query: &ReadQuery) -> Result<(), &'static str> {
    let largest = if matches!(query, ReadQuery::Converts(_)) { 100 } else { 500 };
    if !(1..=largest).contains(&query.limit()) {
        return Err("limit must be 1 to 500, for converts 1 to 100");
    }
    match query {
        ReadQuery::Transactions(query) => check_transactions(query),
        ReadQuery::Converts(query) => {
            check_ticker(&query.from_ticker)?;
            check_ticker(&query.to_ticker)?;
            check_id(&query.quote_id)
        }
        ReadQuery::Orders(query) => {
            check_market(&query.market)?;
            check_id(&query.client_order_id)?;
            let given = [query.order_id.is_some(), query.client_order_id.is_some()];
            if given == [true, true] {
                return Err("give order_id or client_order_id, not both: the venue ignores the second");
            }
            if query.order_id.is_some_and(|id| id == 0 || i64::try_from(id).is_err()) {
                return Err("order_id must be a whole number above zero");
            }
            // 6.3: either one disables them, and what is asked for would not be what is read.
            if given.contains(&true) && (query.status.is_some() || query.from_s.is_some() || query.to_s.is_some()) {
                return Err("an order that is looked up by its id has no status, from_s or to_s");
            }
            Ok(())
        }
        ReadQuery::Deals(query) => {
            check_market(&query.market)?;
            check_id(&query.client_order_id)
        }
        ReadQuery::MainBalances(query) | ReadQuery::SpotBalances(query) => check_ticker(&query.ticker),
        _ => Err("WhiteBIT does not offer this read"),
    }
}

fn check_transactions(query: &TransactionsQuery) -> Result<(), &'static str> {
    check_ticker(&query.ticker)?;
    if query.addresses.len() > 20 {
        return Err("addresses must have at most 20 entries");
    }
    if !query.addresses.iter().chain(&query.address).all(|address| is_word(address, 256)) {
        return Err("an address must be 1 to 256 characters of visible ASCII");
    }
    let plain = |text: &String| (1..=256).contains(&text.len()) && !text.chars().any(char::is_control);
    if !query.memo.iter().chain(&query.unique_id).all(plain) {
        return Err("memo and unique_id must be 1 to 256 bytes without control characters");
    }
    let known = |code: &u32| match query.method {
        Some(method) => is_code_of(method, *code),
        None => TransactionMethod::ALL.iter().any(|method| is_code_of(*method, *code)),
    };
    if query.status.len() > 32 || !query.status.iter().all(known) {
        return Err(
            "status must hold codes of the method: deposit 3 4 5 7 9 15 21 22 27 28, withdrawal 1 to 7, 10 to 18, 21",
        );
    }
    if query.split_tickers.len() > MAX_SPLIT_TICKERS || !query.split_tickers.iter().all(|t| is_word(t, 32)) {
        return Err("split_tickers must be at most 200 tickers, each 1 to 32 characters of visible ASCII");
    }
    // A part that is read twice would bring its rows twice.
    let tickers: BTreeSet<String> = query.split_tickers.iter().map(|ticker| ticker.to_ascii_uppercase()).collect();
    let status: BTreeSet<u32> = query.status.iter().copied().collect();
    if tickers.len() < query.split_tickers.len() || status.len() < query.status.len() {
        return Err("status and split_tickers must not repeat an entry");
    }
    Ok(())
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
pub(super) fn earliest_s(now_ms: u64) -> Option<u64> {
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
        false => Err("a ticker must be 1 to 32 characters of visible ASCII, such as BTC"),
    }
}

fn check_market(market: &Option<String>) -> Result<(), &'static str> {
    match market.as_ref().is_none_or(|market| is_word(market, 64)) {
        true => Ok(()),
        false => Err("a market must be 1 to 64 characters of visible ASCII, such as BTC_USDT"),
    }
}

fn check_id(id: &Option<String>) -> Result<(), &'static str> {
    match id.as_ref().is_none_or(|id| is_word(id, 128)) {
        true => Ok(()),
        false => Err("an id must be 1 to 128 characters of visible ASCII"),
    }
}
