//! Counting requests in the windows that rate limits speak of.

use std::collections::{BTreeMap, VecDeque};

/// Requests in any stretch of a window's length, the harshest reading: whether an exchange's windows slide or
/// begin at fixed times is not documented. A request too many is rejected and does not count itself.
#[derive(Clone, Debug, Default)]
pub struct Limits(BTreeMap<String, VecDeque<u64>>);

/// So many names are counted before those are forgotten that no window holds any more.
const NAMES: usize = 1000;
/// No window is longer.
const LONGEST_MS: u64 = 60_000;

/// What one more request meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// How many are let in.
    pub limit: u64,
    /// How many are left after this one; none when this one was too many.
    pub left: Option<u64>,
    /// When the oldest request that counts leaves the window.
    pub reset_ms: u64,
}

impl Limits {
    /// Counts a request against `limit / divisor`, at least one, in any `span_ms`.
    pub fn count(&mut self, name: &str, limit: u64, divisor: u64, span_ms: u64, now_ms: u64) -> Room {
        let limit = (limit / divisor.max(1)).max(1);
        if self.0.len() >= NAMES {
            self.0.retain(|_, counted| counted.back().is_some_and(|at| at.saturating_add(LONGEST_MS) > now_ms));
        }
        let counted = self.0.entry(name.to_owned()).or_default();
        while counted.front().is_some_and(|at| at.saturating_add(span_ms) <= now_ms) {
            counted.pop_front();
        }
        // The clock was set back: what has not happened yet does not count.
        while counted.back().is_some_and(|at| *at > now_ms) {
            counted.pop_back();
        }
        let before = u64::try_from(counted.len()).unwrap_or(u64::MAX);
        let left = limit.checked_sub(before.saturating_add(1));
        if left.is_some() {
            counted.push_back(now_ms);
        }
        let oldest = counted.front().copied().unwrap_or(now_ms);
        Room { limit, left, reset_ms: oldest.saturating_add(span_ms) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_stretch_of_the_windows_length_holds_more() {
        let mut limits = Limits::default();
        let mut let_in = Vec::new();
        for now_ms in (0..60_000).step_by(130) {
            if limits.count("a", 60, 10, 10_000, now_ms).left.is_some() {
                let_in.push(now_ms);
            }
        }
        assert!(let_in.windows(7).all(|seven| seven[6] - seven[0] >= 10_000), "{let_in:?}");
        assert_eq!(let_in.len(), 36, "and no fewer than six in each");
    }

    #[test]
    fn a_clock_set_back_forgets_what_has_not_happened() {
        let mut limits = Limits::default();
        assert!(limits.count("a", 1, 1, 1000, 50_000).left.is_some());
        assert!(limits.count("a", 1, 1, 1000, 50_999).left.is_none());
        assert!(limits.count("a", 1, 1, 1000, 10).left.is_some());
        assert_eq!(limits.count("a", 1, 1, 1000, u64::MAX).reset_ms, u64::MAX);
    }
}
