//! What may be asked for, checked before anything is sent (facts/bybit.md, 13).

use crate::base::time::{self, DAY_MS};
use crate::model::query::ReadQuery;

/// 7 days; and 13.1: less than 30.
const WEEK_MS: u64 = 7 * DAY_MS;
const MONTH_MS: u64 = 30 * DAY_MS - 1_000;
/// How far back a read goes whose beginning nobody says.
const DEFAULT_MS: u64 = 30 * DAY_MS;
/// 2 years less a day, since a long read takes its time to come to its oldest window.
pub(super) const TWO_YEARS_MS: u64 = 729 * DAY_MS;
/// How far deposits, withdrawals and transfers reach back is unstated: so far, so that every read has an end.
pub(super) const TEN_YEARS_MS: u64 = 3_650 * DAY_MS;

/// The longest span of one request.
pub(super) fn longest_ms(query: &ReadQuery) -> u64 {
    match query {
        ReadQuery::Deposits(_) | ReadQuery::Withdrawals(_) => MONTH_MS,
        _ => WEEK_MS,
    }
}

/// Fills in the span, so that the list stands still while one pages: whatever comes later lies behind its end.
///
/// # Errors
/// A hint at the rule.
pub(super) fn fix_span(query: &mut ReadQuery, now_ms: u64) -> Result<(), &'static str> {
    let (reach_ms, hint) = match query {
        ReadQuery::Deposits(_) | ReadQuery::Withdrawals(_) | ReadQuery::InternalTransfers(_) => {
            (TEN_YEARS_MS, "from_ms must not be earlier than ten years ago")
        }
        _ => (TWO_YEARS_MS, "from_ms must be less than 2 years ago: 729 days at most"),
    };
    let Some((from_ms, to_ms)) = query.span_ms() else { return Ok(()) };
    let earliest_ms = now_ms.saturating_sub(reach_ms);
    let latest_ms = time::latest_end_ms(now_ms);
    let to = to_ms.map_or(latest_ms, |to| to.min(latest_ms));
    let from = from_ms.unwrap_or_else(|| to.min(now_ms).saturating_sub(DEFAULT_MS).max(earliest_ms));
    if from < earliest_ms {
        return Err(hint);
    }
    if from > to {
        return Err("from_ms must not be later than to_ms, nor later than now");
    }
    (*from_ms, *to_ms) = (Some(from), Some(to));
    Ok(())
}

/// Whether the venue can be asked this; of times, see [`fix_span`].
///
/// # Errors
/// A hint at the rule.
pub(super) fn check(query: &ReadQuery) -> Result<(), &'static str> {
    if !matches!(query, ReadQuery::WalletBalance(_)) && !(1..=50).contains(&query.limit()) {
        return Err("limit must be 1 to 50");
    }
    match query {
        ReadQuery::WalletBalance(query) => check_coin(&query.coin),
        ReadQuery::Deposits(query) | ReadQuery::Withdrawals(query) | ReadQuery::InternalTransfers(query) => {
            check_coin(&query.coin)
        }
        ReadQuery::OrderHistory(query) | ReadQuery::Executions(query) => match query.symbol.as_ref() {
            Some(symbol) if !is_name(symbol, 64) => {
                Err("a symbol must be 1 to 64 visible ASCII characters in upper case, such as BTCUSDT")
            }
            _ => Ok(()),
        },
        ReadQuery::TransactionLog(query) => {
            check_coin(&query.currency)?;
            match query.entry_type.as_ref() {
                Some(word) if !is_name(word, 64) => {
                    Err("entry_type must be one of the venue's own names in upper case, such as TRADE")
                }
                _ => Ok(()),
            }
        }
        _ => Err("Bybit does not offer this read"),
    }
}

/// 13: "uppercase only".
fn check_coin(coin: &Option<String>) -> Result<(), &'static str> {
    match coin.as_ref().is_none_or(|coin| is_name(coin, 32)) {
        true => Ok(()),
        false => Err("a coin must be 1 to 32 visible ASCII characters in upper case, such as BTC"),
    }
}

fn is_name(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_lowercase())
}
