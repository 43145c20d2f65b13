//! Which page comes next, so that no row is lost, none comes twice, and the end is the end.
//!
//! Histories are newest first, and rows arrive while one pages: each of them pushes the others back.
//!
//! **Spans** (converts, orders, deals). The end of the span is fixed when the read is made, so what arrives later lies
//! outside. A long span is read in windows, newest first, that overlap by a second, since nothing says how the venue
//! rounds their bounds. Rows that come again are dropped by their ids.
//!
//! **Transactions** have no dates. Each page begins with the last row of the one before: where that row is, the list
//! goes on behind it, and what stands before it has come since. Where it is not, the list has moved by more than a page,
//! and the read looks for the place by going on or back.
//!
//! The venue shows 10,000 rows of a list (6.1). A longer one is split by method, then by status, then by the tickers
//! the caller names. The rows are counted: where the parts together have fewer than the whole had, something is in none
//! of them, and the read ends with an error rather than as if it were complete.
//!
//! **Every list ends**: after as many pages as its rows can need ([`most_pages`]), whatever the venue says.

use std::collections::BTreeSet;

use crate::base::json::members;
use crate::base::time;
use crate::model::page_records::Records;
use crate::model::query::{DEFAULT_LIMIT, ReadQuery, TransactionsQuery};
use crate::model::record_enums::TransactionMethod;
use crate::venue::prints::Prints;
use crate::venues::whitebit::accounts::rules::{WINDOW_S, check, codes, is_code_of};
use crate::venues::whitebit::accounts::seen_rows::{Row, as_u64, count, rows};
use crate::venues::whitebit::accounts::stop::Stop;

/// 6.1: `offset + limit` must not be above it.
const DEEPEST: u32 = 10_000;
/// A list that may still grow to [`DEEPEST`] while it is read is split from the start: once its first page is behind,
/// there is no way back.
const SPLIT_ABOVE: u64 = 9_500;

/// Codes of both methods that stay as they are (6.1).
const SETTLED: [u32; 4] = [3, 4, 7, 9];

/// One page, as it is asked for.
pub(super) struct Asked {
    pub query: ReadQuery,
    /// Unix seconds: the part of the query's span that this page is from.
    pub window: Option<(u64, u64)>,
    pub limit: u32,
    pub offset: u64,
}

/// Where a read stands.
#[derive(Clone, Default)]
pub(super) struct Place {
    offset: u64,
    /// The window of a span, in Unix seconds.
    window: Option<(u64, u64)>,
    /// The part of a split list that is being read, and those after it.
    part: Option<Part>,
    rest: Vec<Part>,
    whole: Option<Whole>,
    /// The time of the last row read of this list, in Unix seconds; `None` before the first.
    last_s: Option<u64>,
    /// Rows of this list that were read last.
    trail: Prints,
    /// Rows that may come again in a later part or window.
    kept: Prints,
    /// Pages of this window in a row that brought nothing new.
    idle: u32,
    /// Pages of this list or window.
    pages: u32,
    stop: Option<Stop>,
}

members!(Place {
    offset: default,
    window: optional,
    part: optional,
    rest: optional,
    whole: optional,
    last_s: optional,
    trail: optional,
    kept: optional,
    idle: optional,
    pages: optional,
    stop: optional,
});

/// What narrows the query to a part of it.
#[derive(Clone, PartialEq)]
struct Part {
    method: TransactionMethod,
    status: Vec<u32>,
    ticker: Option<String>,
}

members!(Part { method, status: optional, ticker: optional });

/// What is known of a list that was split: its rows then, how many of those have been read, and the time of the last
/// row of its first page. A row that has come since is later.
#[derive(Clone)]
struct Whole {
    total: u64,
    counted: u64,
    until_s: u64,
}

members!(Whole { total, counted, until_s });

/// More full pages without a new row than rows that arrive can explain: the venue does not count `offset`.
const IDLE_PAGES: u32 = 100;
/// Of orders, deals and converts in one window. The venue names no bound (6.2 to 6.4); this one is ours.
const MOST_IN_WINDOW: u32 = 1_000_000;

/// The most pages of one list. Transactions: twice what 10,000 rows take, each page beginning with the last row of the one
/// before, since a page that looks back for its place costs one forward. Otherwise as many as the rows fill. And some for
/// rows that come meanwhile.
fn most_pages(query: &ReadQuery) -> u32 {
    let for_rows = match query {
        ReadQuery::Transactions(_) => 2 * DEEPEST / (query.limit().max(2) - 1),
        _ if query.is_lookup() => 0,
        _ => MOST_IN_WINDOW.div_ceil(query.limit().max(1)),
    };
    for_rows + IDLE_PAGES
}

impl Place {
    pub fn first(query: &ReadQuery) -> Self {
        Self { window: query.span().map(|(from_s, to_s)| (newest_window(from_s, to_s), to_s)), ..Self::default() }
    }

    pub fn stop(&self) -> Option<Stop> {
        self.stop
    }

    pub fn window_ms(&self) -> Option<(u64, u64)> {
        self.window.map(|(from_s, to_s)| (from_s.saturating_mul(1000), to_s.saturating_mul(1000)))
    }

    /// Whether it is newest first within each part alone.
    pub fn is_in_parts(&self) -> bool {
        self.whole.is_some()
    }

    /// How the page here is asked for.
    pub fn asked(&self, query: &ReadQuery) -> Asked {
        let mut asked = Asked { query: query.clone(), window: self.window, limit: query.limit(), offset: self.offset };
        if let ReadQuery::Transactions(narrowed) = &mut asked.query {
            if let Some(part) = &self.part {
                narrowed.method = Some(part.method);
                narrowed.status.clone_from(&part.status);
                narrowed.ticker.clone_from(&part.ticker);
            }
            if self.last_s.is_some() {
                // A page that begins with a row already read has to have room for another.
                asked.limit = asked.limit.max(2);
            }
            asked.limit =
                asked.limit.min(u32::try_from(u64::from(DEEPEST).saturating_sub(self.offset)).unwrap_or(u32::MAX));
        }
        asked
    }

    /// Takes a page in: leaves the records that are new, and says where the next page is.
    ///
    /// # Errors
    /// A hint at how the page contradicts itself, or those before it.
    pub fn advance(
        &self,
        query: &ReadQuery,
        records: &mut Records,
        total: Option<u64>,
    ) -> Result<Option<Self>, &'static str> {
        let rows = rows(records);
        if rows.is_empty() && total.is_some_and(|total| self.offset < total) {
            return Err("no records, although total says that there are more");
        }
        let here = Self { pages: self.pages.saturating_add(1), ..self.clone() };
        let (keep, mut next) = match (query, self.window) {
            (ReadQuery::Transactions(query), _) => here.after_transactions(query, &rows, total.unwrap_or(0)),
            (_, Some(_)) if self.idle >= IDLE_PAGES => return Err("the same records keep coming back"),
            (_, Some(window)) => here.after_window(query, window, &rows, total),
            // 6.3: one order, found by either id; were there several of the app's own id, the no-total rule holds.
            _ if query.is_lookup() => here.after_lookup(query, &rows),
            // Balances.
            _ => return Ok(None),
        };
        if let Some(next) = next.as_mut().filter(|next| next.pages >= most_pages(query)) {
            let is_list = matches!(query, ReadQuery::Transactions(_));
            next.stop = next.stop.or(Some(if is_list { Stop::Restless } else { Stop::TooMany }));
        }
        records.keep(&keep);
        Ok(next)
    }

    /// Which rows have not been read before, here or elsewhere; a row may also stand twice in one page.
    fn unread(&self, rows: &[Row]) -> Vec<bool> {
        let mut here = BTreeSet::new();
        rows.iter()
            .map(|row| here.insert(row.print) && !self.kept.has(row.print) && !self.trail.has(row.print))
            .collect()
    }

    fn after_window(
        &self,
        query: &ReadQuery,
        (from_s, to_s): (u64, u64),
        rows: &[Row],
        total: Option<u64>,
    ) -> (Vec<bool>, Option<Self>) {
        let keep = self.unread(rows);
        let mut next = self.clone();
        next.idle = if keep.contains(&true) { 0 } else { self.idle.saturating_add(1) };
        rows.iter().for_each(|row| next.trail.add_last(row.print));
        next.offset = self.offset.saturating_add(count(rows));
        let there_are_more = match total {
            Some(total) => next.offset < total,
            // 6.3: fewer than asked for, over all markets, are the last; exactly as many prove nothing.
            None => count(rows) >= u64::from(query.limit()),
        };
        // Near the window's end: these rows may come again in the next one, wherever they stand there.
        let at_the_edge = |row: &&Row| row.times_s.iter().any(|time_s| *time_s <= from_s.saturating_add(2));
        rows.iter().filter(at_the_edge).for_each(|row| next.kept.add_last(row.print));
        if there_are_more {
            return (keep, Some(next));
        }
        let since_s = query.span().map_or(from_s, |(since_s, _)| since_s);
        if from_s <= since_s {
            return (keep, None);
        }
        let until_s = from_s.saturating_add(1).min(to_s);
        next.window = Some((newest_window(since_s, until_s), until_s));
        (next.offset, next.idle, next.pages, next.trail) = (0, 0, 0, Prints::default());
        (keep, Some(next))
    }

    fn after_lookup(&self, query: &ReadQuery, rows: &[Row]) -> (Vec<bool>, Option<Self>) {
        let keep = self.unread(rows);
        let mut next = self.clone();
        rows.iter().for_each(|row| next.trail.add_last(row.print));
        next.offset = self.offset.saturating_add(count(rows));
        // A page that brings nothing new ends it too: nothing says that `offset` counts for a lookup.
        let goes_on = count(rows) >= u64::from(query.limit()) && keep.contains(&true);
        (keep, goes_on.then_some(next))
    }

    fn after_transactions(&self, query: &TransactionsQuery, rows: &[Row], total: u64) -> (Vec<bool>, Option<Self>) {
        let nothing = vec![false; rows.len()];
        let parts = self.split(query);
        if self.offset == 0 && self.last_s.is_none() && total > SPLIT_ABOVE && total > count(rows) && !parts.is_empty()
        {
            return match rows.last().filter(|_| self.whole.is_none()) {
                // The whole list's first page is worth having at once; its rows come again in the parts.
                Some(last) => {
                    let keep = self.unread(rows);
                    let mut next = Self { rest: parts, ..Self::default() };
                    rows.iter().for_each(|row| next.kept.add_first(row.print));
                    let counted = keep.iter().filter(|is_new| **is_new).count();
                    next.whole = Some(Whole { total, counted: as_u64(counted), until_s: last.times_s[0] });
                    (keep, next.next_part())
                }
                // A part's is not: it would be one more set of rows to remember.
                None => {
                    let mut next = self.clone();
                    next.rest.splice(0..0, parts);
                    (nothing, next.next_part())
                }
            };
        }
        let behind_s = self.last_s.unwrap_or(u64::MAX);
        let first_older = rows.iter().position(|row| row.times_s[0] <= behind_s);
        // Rows leave a list only where it is of certain statuses.
        let may_leave = !self.asked_status(query).is_empty();
        let may_change = self.whole.is_some() && self.asked_status(query).iter().any(|code| !SETTLED.contains(code));
        let mut next = self.clone();
        let begin = match (self.last_s, rows.iter().rposition(|row| self.trail.has(row.print)), first_older) {
            (None, ..) => 0,
            // The rows behind this one follow it without a gap.
            (_, Some(index), _) => index + 1,
            // Rows have left from before this page: the place lies further to the front.
            (_, None, Some(0) | None) if may_leave && self.offset > 0 && (first_older.is_some() || rows.is_empty()) => {
                let step = u64::from(query.limit.unwrap_or(DEFAULT_LIMIT).max(2)) - 1;
                next.offset = self.offset.min(total).saturating_sub(step);
                return (nothing, Some(next));
            }
            (_, None, Some(index)) => index,
            // So many have come that this whole page stands before the place.
            (_, None, None) => rows.len(),
        };
        let mut keep = self.unread(rows);
        keep.iter_mut().take(begin).for_each(|is_new| *is_new = false);
        for (row, is_new) in rows.iter().zip(&keep).skip(begin) {
            next.trail.add_last(row.print);
            next.last_s = Some(row.times_s[0]);
            if *is_new {
                if may_change {
                    // It may come again in a later part, with its next status.
                    next.kept.add_first(row.print);
                }
                if let Some(whole) = next.whole.as_mut().filter(|whole| row.times_s[0] <= whole.until_s) {
                    whole.counted = whole.counted.saturating_add(1);
                }
            }
        }
        let end = self.offset.saturating_add(count(rows));
        if end >= total {
            return (keep, next.next_part());
        }
        // The last row again, unless a page has no room for two.
        next.offset = if rows.len() < 2 && self.last_s.is_some() { end } else { end.saturating_sub(1) };
        if next.offset.saturating_add(2) > u64::from(DEEPEST) {
            next.stop = Some(Stop::TooDeep);
        }
        (keep, Some(next))
    }

    /// The part after this one, from its start; `None` where there is none and nothing is amiss.
    fn next_part(mut self) -> Option<Self> {
        let whole = self.whole.clone()?;
        if self.rest.is_empty() {
            self.stop = (whole.counted < whole.total).then_some(Stop::Incomplete);
            return self.stop.map(|_| self);
        }
        self.part = Some(self.rest.remove(0));
        (self.offset, self.last_s, self.pages, self.trail) = (0, None, 0, Prints::default());
        Some(self)
    }

    fn asked_status<'a>(&'a self, query: &'a TransactionsQuery) -> &'a [u32] {
        self.part.as_ref().map_or(&query.status, |part| &part.status)
    }

    /// The parts that this list can be split into; none where it can't be split further.
    fn split(&self, query: &TransactionsQuery) -> Vec<Part> {
        let (method, ticker) = match &self.part {
            Some(part) => (Some(part.method), &part.ticker),
            None => (query.method, &query.ticker),
        };
        let status = self.asked_status(query);
        let Some(method) = method else {
            let both = TransactionMethod::ALL.iter().map(|method| {
                let status: Vec<u32> = status.iter().copied().filter(|code| is_code_of(*method, *code)).collect();
                Part { method: *method, status, ticker: ticker.clone() }
            });
            return both.filter(|part| status.is_empty() || !part.status.is_empty()).collect();
        };
        let of =
            |status: &[u32], ticker: &Option<String>| Part { method, status: status.to_vec(), ticker: ticker.clone() };
        let groups = codes(method);
        match status {
            [] => groups.iter().map(|group| of(group, ticker)).collect(),
            [_] if ticker.is_none() => query.split_tickers.iter().map(|name| of(status, &Some(name.clone()))).collect(),
            [_] => Vec::new(),
            // In the order of the groups: what may still change comes first.
            _ => {
                let ordered = groups.iter().flat_map(|group| group.iter()).filter(|code| status.contains(code));
                ordered.map(|code| of(&[*code], ticker)).collect()
            }
        }
    }

    /// For a cursor that comes back: it must lead to requests that this read could have come to.
    pub fn is_sound(&self, query: &ReadQuery) -> bool {
        let window_fits = match (self.window, query.span()) {
            (None, None) => true,
            (Some((from_s, to_s)), Some((since_s, until_s))) => {
                since_s <= from_s && from_s <= to_s && to_s <= until_s && to_s - from_s <= WINDOW_S
            }
            _ => false,
        };
        let parts_fit = match query {
            ReadQuery::Transactions(query) => {
                let fits = |part: &Part| {
                    let narrowed = TransactionsQuery {
                        method: Some(part.method),
                        status: part.status.clone(),
                        ticker: part.ticker.clone(),
                        ..query.clone()
                    };
                    check(&ReadQuery::Transactions(narrowed)).is_ok()
                };
                (self.offset <= u64::from(DEEPEST) - 2 || self.stop.is_some())
                    && self.rest.len() <= 256
                    && self.part.iter().chain(&self.rest).all(fits)
            }
            _ => {
                let is_stop_fit = matches!(self.stop, None | Some(Stop::TooMany));
                self.part.is_none() && self.rest.is_empty() && self.whole.is_none() && is_stop_fit
            }
        };
        let whole_fits = self.whole.is_some() || (self.part.is_none() && self.rest.is_empty());
        let pages_fit = self.pages < most_pages(query) || (self.stop.is_some() && self.pages == most_pages(query));
        window_fits && parts_fit && whole_fits && pages_fit && self.offset <= time::MAX_MS
    }
}

fn newest_window(from_s: u64, to_s: u64) -> u64 {
    from_s.max(to_s.saturating_sub(WINDOW_S))
}
