//! Counting requests in the windows that both venues' rate limits speak of.

use std::collections::BTreeMap;

/// Requests per window. Whether a venue's window slides is not documented; these begin at multiples of
/// their length, which makes a run repeat.
#[derive(Clone, Debug, Default)]
pub struct Limits(BTreeMap<String, Window>);

#[derive(Clone, Copy, Debug, Default)]
struct Window {
    index: u64,
    count: u64,
}

/// What one more request meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    pub limit: u64,
    /// How many are left after this one; none when this one was too many.
    pub left: Option<u64>,
    /// When the next window begins.
    pub reset_ms: u64,
}

impl Limits {
    /// Counts a request against `limit / divisor`, at least one, in windows of `span_ms`.
    pub fn count(&mut self, name: &str, limit: u64, divisor: u64, span_ms: u64, now_ms: u64) -> Room {
        let limit = (limit / divisor.max(1)).max(1);
        let index = now_ms / span_ms;
        let window = self.0.entry(name.to_owned()).or_default();
        if window.index != index {
            *window = Window { index, count: 0 };
        }
        window.count += 1;
        Room { limit, left: limit.checked_sub(window.count), reset_ms: index.saturating_add(1).saturating_mul(span_ms) }
    }
}
