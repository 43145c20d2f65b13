//! What paging needs of WhiteBIT's rows.

use crate::model::page_records::Records;
use crate::venue::prints::print;

/// What paging needs of a record.
pub(super) struct Row {
    pub print: u64,
    /// Its times, in Unix seconds.
    pub times_s: [u64; 2],
}

pub(super) fn rows(records: &Records) -> Vec<Row> {
    let row = |print, times_s| Row { print, times_s };
    let s = |us: u64| us / 1_000_000;
    match records {
        // facts/whitebit.md, 6.1: globally unique.
        Records::Transactions(list) => {
            list.iter().map(|t| row(print(&[&t.transaction_id]), [t.created_at_s; 2])).collect()
        }
        Records::Converts(list) => list.iter().map(|c| row(print(&[&c.id]), [c.date_s; 2])).collect(),
        Records::Orders(list) => {
            list.iter().map(|o| row(print(&[&o.market, &o.id]), [s(o.created_at_us), s(o.finished_at_us)])).collect()
        }
        // Both sides of a trade with oneself may have its id.
        Records::Deals(list) => list
            .iter()
            .map(|d| row(print(&[&d.market, &d.id, &d.order_id, d.side.as_str(), d.role.as_str()]), [s(d.time_us); 2]))
            .collect(),
        _ => Vec::new(),
    }
}

pub(super) fn count(rows: &[Row]) -> u64 {
    as_u64(rows.len())
}

pub(super) fn as_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
