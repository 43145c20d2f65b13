//! Which page comes next, so that no row is lost, none comes twice, and the end is the end (facts/bybit.md, 13.1).
//!
//! The end of the span is fixed when the read is made, so what arrives later lies outside. A long span is read in windows,
//! newest first, that overlap by a second, since nothing says how the venue rounds their bounds; rows that come again are
//! dropped by their ids. Within a window the venue's cursor leads on: to its end, which is a page without rows or without a
//! cursor. **Every window ends**: after as many pages as a million rows fill, whatever the venue says.

use std::collections::BTreeSet;

use crate::base::json::members;
use crate::model::page_records::Records;
use crate::model::query::ReadQuery;
use crate::venue::prints::{Prints, print};
use crate::venues::bybit::reads::rules::longest_ms;

const OVERLAP_MS: u64 = 1_000;
/// Of one window. The venue names no bound; this one is ours.
const MOST_IN_WINDOW: u32 = 1_000_000;
/// More full pages without a new row than rows that move can explain.
const IDLE_PAGES: u32 = 100;
/// Ours: the samples have some fifty characters.
const LONGEST_CURSOR: usize = 4_096;

/// Where a read stands.
#[derive(Clone, Default)]
pub(super) struct Place {
    /// The window of a span, in Unix milliseconds.
    window: Option<(u64, u64)>,
    /// The venue's, of the page that comes; `None` for a window's first.
    cursor: Option<String>,
    /// Rows of this window that were read last.
    trail: Prints,
    /// Rows that may come again in the next window.
    kept: Prints,
    /// Pages of this window in a row that brought nothing new.
    idle: u32,
    /// Pages of this window.
    pages: u32,
    has_no_end: bool,
}

members!(Place {
    window: optional,
    cursor: optional,
    trail: optional,
    kept: optional,
    idle: optional,
    pages: optional,
    has_no_end: optional,
});

fn most_pages(query: &ReadQuery) -> u32 {
    MOST_IN_WINDOW.div_ceil(query.limit().max(1)) + IDLE_PAGES
}

impl Place {
    pub fn first(query: &ReadQuery) -> Self {
        Self { window: span(query).map(|(from, to)| (newest_window(query, from, to), to)), ..Self::default() }
    }

    pub fn stop(&self) -> Option<&'static str> {
        self.has_no_end.then_some("the list does not end; ask for a shorter span")
    }

    pub fn window(&self) -> Option<(u64, u64)> {
        self.window
    }

    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// Takes a page in: leaves the records that are new, and says where the next page is.
    ///
    /// # Errors
    /// A hint at how the page contradicts itself, or those before it.
    pub fn advance(
        &self,
        query: &ReadQuery,
        records: &mut Records,
        cursor: Option<String>,
    ) -> Result<Option<Self>, &'static str> {
        // The wallet.
        let Some((from_ms, to_ms)) = self.window else { return Ok(None) };
        if cursor.as_ref().is_some_and(|cursor| cursor.len() > LONGEST_CURSOR) {
            return Err("nextPageCursor is longer than 4096 bytes");
        }
        let rows = rows(records);
        let mut here = BTreeSet::new();
        let keep: Vec<bool> = rows
            .iter()
            .map(|row| here.insert(row.print) && !self.kept.has(row.print) && !self.trail.has(row.print))
            .collect();
        let mut next = self.clone();
        next.pages = self.pages.saturating_add(1);
        next.idle = if keep.contains(&true) { 0 } else { self.idle.saturating_add(1) };
        if !rows.is_empty() && (next.idle > IDLE_PAGES || (next.idle > 0 && cursor.is_some() && cursor == self.cursor))
        {
            return Err("the same records keep coming back");
        }
        let at_the_edge =
            |row: &&Row| row.times_ms.iter().all(Option::is_none) || row.is_until(from_ms + 2 * OVERLAP_MS);
        rows.iter().filter(at_the_edge).for_each(|row| next.kept.add_last(row.print));
        rows.iter().for_each(|row| next.trail.add_last(row.print));
        let goes_on = !rows.is_empty() && cursor.is_some();
        next.cursor = cursor.filter(|_| goes_on);
        records.keep(&keep);
        if goes_on {
            next.has_no_end = next.pages >= most_pages(query);
            return Ok(Some(next));
        }
        let since_ms = span(query).map_or(from_ms, |(since_ms, _)| since_ms);
        if from_ms <= since_ms {
            return Ok(None);
        }
        let until_ms = from_ms.saturating_add(OVERLAP_MS).min(to_ms);
        next.window = Some((newest_window(query, since_ms, until_ms), until_ms));
        (next.idle, next.pages, next.trail) = (0, 0, Prints::default());
        Ok(Some(next))
    }

    /// For a cursor that comes back: it must lead to requests that this read could have come to.
    pub fn is_sound(&self, query: &ReadQuery) -> bool {
        let window_fits = match (self.window, span(query)) {
            (None, None) => self.cursor.is_none() && self.pages == 0,
            (Some((from, to)), Some((since, until))) => {
                since <= from && from <= to && to <= until && to - from <= longest_ms(query)
            }
            _ => false,
        };
        let cursor_fits = self.cursor.as_ref().is_none_or(|text| (1..=LONGEST_CURSOR).contains(&text.len()));
        let pages_fit = (self.pages >= most_pages(query)) == self.has_no_end;
        window_fits && cursor_fits && pages_fit && self.idle <= IDLE_PAGES
    }
}

/// The whole span, where this read has one.
fn span(query: &ReadQuery) -> Option<(u64, u64)> {
    let mut query = query.clone();
    let (from_ms, to_ms) = query.span_ms()?;
    (*from_ms).zip(*to_ms)
}

fn newest_window(query: &ReadQuery, from_ms: u64, to_ms: u64) -> u64 {
    from_ms.max(to_ms.saturating_sub(longest_ms(query)))
}

/// What paging needs of a record.
struct Row {
    print: u64,
    /// Its times, in Unix milliseconds: which of them the venue looks at is unstated.
    times_ms: [Option<u64>; 2],
}

impl Row {
    fn is_until(&self, ms: u64) -> bool {
        self.times_ms.iter().flatten().any(|at| *at <= ms)
    }
}

fn rows(records: &Records) -> Vec<Row> {
    let row = |parts: &[&str], times_ms| Row { print: print(parts), times_ms };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    match records {
        Records::Deposits(list) => list
            .iter()
            .map(|d| match &d.id {
                Some(id) => row(&[id], [d.success_at_ms, None]),
                // 13.3: older replies have no id.
                None => row(
                    &[&text(&d.tx_id), &text(&d.tx_index), &text(&d.to_address), &d.coin, &d.amount],
                    [d.success_at_ms, None],
                ),
            })
            .collect(),
        Records::Withdrawals(list) => {
            list.iter().map(|w| row(&[&w.id], [Some(w.created_at_ms), w.updated_at_ms])).collect()
        }
        Records::InternalTransfers(list) => list.iter().map(|t| row(&[&t.id], [Some(t.created_at_ms), None])).collect(),
        Records::OrderHistory(list) => {
            list.iter().map(|o| row(&[&o.symbol, &o.id], [Some(o.created_at_ms), o.updated_at_ms])).collect()
        }
        Records::Executions(list) => {
            list.iter().map(|e| row(&[&e.symbol, &e.id, &text(&e.order_id)], [Some(e.executed_at_ms), None])).collect()
        }
        // 13.8: the id alone does not tell them apart.
        Records::TransactionLog(list) => list
            .iter()
            .map(|l| {
                let at = l.at_ms.to_string();
                let parts = [&l.id, &text(&l.trade_id), &l.entry_type, &l.currency, &at, &text(&l.change)];
                row(&[parts.map(String::as_str).as_slice(), &[&text(&l.cash_balance)]].concat(), [Some(l.at_ms), None])
            })
            .collect(),
        _ => Vec::new(),
    }
}
