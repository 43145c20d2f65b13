//! What every venue is asked for alike: balances, transactions, orders, trades.
//!
//! A common read reads the venue's own lists that make it up one after the other, each to its end, with the paging of its own. Its span is fixed when
//! it is begun, and the lists follow from it: so a cursor tells where it stands by the query of the list it is in.

use core::cmp::Reverse;

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::json::members;
use crate::base::time::{self, DAY_MS};
use crate::model::common_query::CommonQuery;
use crate::model::page_records::Records;
use crate::model::query::ReadQuery;
use crate::venue::reads::{Answer, Position, Reads};

/// How far back a read goes whose beginning nobody says.
const DEFAULT_MS: u64 = 365 * DAY_MS;

/// Beside the list that is being read, what is read as a whole.
#[derive(Clone)]
pub(crate) struct CommonRead {
    /// With its span, as far as the venue reaches.
    query: CommonQuery,
    begun_at_ms: u64,
    /// Whether it was asked for more than the venue reaches.
    is_cut: bool,
}

members!(CommonRead { query, begun_at_ms, is_cut: optional });

impl CommonRead {
    /// The read, and its first list.
    ///
    /// # Errors
    /// `invalid_argument`; `not_supported` where the venue tells nothing of it.
    pub fn begin(
        reads: &Reads,
        mut query: CommonQuery,
        now_ms: u64,
    ) -> Result<(Self, ReadQuery, Position), VenuekeyError> {
        let not_told = || {
            let hint = "this venue does not report this; docs/account.md lists what it reports";
            VenuekeyError::new(ErrorCode::NotSupported).with_hint(hint)
        };
        let common = reads.common.ok_or_else(not_told)?;
        let reach_ms = (common.reach_ms)(&query, now_ms);
        let mut is_cut = false;
        if let Some((from_ms, to_ms)) = query.span_ms() {
            time::check_span_ms(*from_ms, *to_ms)?;
            let latest_ms = time::latest_end_ms(now_ms);
            let to = to_ms.map_or(latest_ms, |to| to.min(latest_ms));
            let from = from_ms.unwrap_or_else(|| to.min(now_ms).saturating_sub(DEFAULT_MS));
            if from > to {
                let hint = "from_ms must not be later than to_ms, nor later than now";
                return Err(VenuekeyError::invalid_argument(hint));
            }
            if to < reach_ms {
                let hint = format!("to_ms is earlier than everything the venue reports, which begins at {reach_ms}");
                return Err(VenuekeyError::invalid_argument(&hint));
            }
            is_cut = from < reach_ms;
            (*from_ms, *to_ms) = (Some(from.max(reach_ms)), Some(to));
        }
        let read = Self { query, begun_at_ms: now_ms, is_cut };
        let first = read.list(reads, 0).ok_or_else(not_told)?;
        Ok((read, first.0, first.1))
    }

    /// Since when the venue tells of this, in Unix milliseconds, where it was asked for more.
    pub fn reaches_from_ms(&self) -> Option<u64> {
        let mut query = self.query.clone();
        query.span_ms().and_then(|(from_ms, _)| *from_ms).filter(|_| self.is_cut)
    }

    pub fn query(&self) -> &CommonQuery {
        &self.query
    }

    /// A page of one of its lists, in common records; after a list's last page the next one's first.
    pub fn answer(&self, reads: &Reads, list: &ReadQuery, answer: Answer) -> (Answer, ReadQuery) {
        let mut answer = match reads.common {
            Some(common) => (common.answer)(&self.query, answer),
            None => answer,
        };
        newest_first(&mut answer.records);
        // Of the list, not of what is read.
        answer.total = None;
        if answer.next.is_none()
            && let Some((following, at)) = self.place_of(reads, list).and_then(|place| self.list(reads, place + 1))
        {
            answer.next = Some(at);
            return (answer, following);
        }
        (answer, list.clone())
    }

    /// For a cursor that comes back: it must be a read that could have begun, and stand in one of its lists.
    pub fn is_sound(&self, reads: &Reads, list: &ReadQuery) -> bool {
        let Some(common) = reads.common else { return false };
        let reach_ms = (common.reach_ms)(&self.query, self.begun_at_ms);
        let is_span_sound = match self.query.clone().span_ms() {
            None => !self.is_cut,
            Some((Some(from), Some(to))) => {
                let is_ended = *to <= time::latest_end_ms(self.begun_at_ms);
                reach_ms <= *from && from <= to && is_ended && (!self.is_cut || *from == reach_ms)
            }
            Some(_) => false,
        };
        is_span_sound && self.begun_at_ms <= time::MAX_MS && self.place_of(reads, list).is_some()
    }

    fn place_of(&self, reads: &Reads, list: &ReadQuery) -> Option<usize> {
        let count = reads.common.map_or(0, |common| (common.lists)(&self.query).len());
        (0..count).find(|place| self.list(reads, *place).is_some_and(|(own, _)| own == *list))
    }

    /// A list by its place, from its first page on.
    fn list(&self, reads: &Reads, place: usize) -> Option<(ReadQuery, Position)> {
        let mut query = (reads.common?.lists)(&self.query).into_iter().nth(place)?;
        let at = (reads.begin)(&mut query, self.begun_at_ms).ok()?;
        Some((query, at))
    }
}

/// A page as every venue's is told: some are grouped by market, of others no order is stated. What has no time yet comes
/// first.
fn newest_first(records: &mut Records) {
    match records {
        Records::CommonTransactions(list) => list.sort_by_key(|row| Reverse(row.at_ms.unwrap_or(u64::MAX))),
        Records::CommonOrders(list) => list.sort_by_key(|row| Reverse(row.created_at_ms)),
        Records::CommonTrades(list) => list.sort_by_key(|row| Reverse(row.at_ms)),
        _ => {}
    }
}
