//! Time is an argument: Unix milliseconds, given by the host with every event.
//!
//! A clock may jump. Schedules therefore count attempts, never elapsed time, and no wait that is
//! left can be longer than the schedule's longest interval.

use crate::base::error::VenuekeyError;

/// The latest time there is, in Unix milliseconds: 2^53 - 1, which every language's numbers hold exactly.
pub(crate) const MAX_MS: u64 = (1 << 53) - 1;

/// The span in which a host's clock can be right: 2020-01-01 to 2100-01-01 (UTC). Seconds, microseconds and a clock that
/// was never set lie outside.
const PLAUSIBLE_MS: core::ops::Range<u64> = 1_577_836_800_000..4_102_444_800_000;

/// Refuses a `now_ms` that can't be Unix milliseconds. Events that bring a reply don't ask: a reply is never refused for
/// the sake of a clock.
pub(crate) fn check(now_ms: u64) -> Result<(), VenuekeyError> {
    if PLAUSIBLE_MS.contains(&now_ms) {
        return Ok(());
    }
    Err(VenuekeyError::invalid_argument("now_ms must be Unix milliseconds between the years 2020 and 2100"))
}

/// What an end of a history can be: from 2009-01-01 (UTC), before which nobody had anything, to 2100.
const OF_HISTORY_S: core::ops::Range<u64> = 1_230_768_000..4_102_444_800;

/// Refuses the ends of a span that can't be in Unix milliseconds.
pub(crate) fn check_span_ms(from_ms: Option<u64>, to_ms: Option<u64>) -> Result<(), VenuekeyError> {
    check_ends([("from_ms", from_ms.map(|ms| ms / 1000)), ("to_ms", to_ms.map(|ms| ms / 1000))], "milliseconds")
}

/// Refuses the ends of a span that can't be in Unix seconds.
pub(crate) fn check_span_s(from_s: Option<u64>, to_s: Option<u64>) -> Result<(), VenuekeyError> {
    check_ends([("from_s", from_s), ("to_s", to_s)], "seconds")
}

fn check_ends(ends: [(&str, Option<u64>); 2], unit: &str) -> Result<(), VenuekeyError> {
    match ends.into_iter().find(|(_, end_s)| end_s.is_some_and(|s| !OF_HISTORY_S.contains(&s))) {
        None => Ok(()),
        Some((name, _)) => {
            let hint = format!("{name} must be Unix {unit} between the years 2009 and 2100");
            Err(VenuekeyError::invalid_argument(&hint))
        }
    }
}

pub(crate) const DAY_MS: u64 = 86_400_000;

/// The latest end of a history that is read now. The host's clock may be slow, and an end at its now would cut off the newest
/// rows; so the end lies ahead, which venues take for now (facts/whitebit.md, 6.3 and 16; facts/bybit.md, 13.1).
pub(crate) fn latest_end_ms(now_ms: u64) -> u64 {
    after(now_ms, 3_600_000)
}

/// What a request needs to arrive while its token still counts. Ours.
pub(crate) const TRAVEL_MS: u64 = 5_000;

/// Waits between attempts: jittered, growing, capped, and counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schedule {
    /// The first wait lies between `first_ms` and `first_ms + spread_ms`.
    pub first_ms: u32,
    pub spread_ms: u32,
    /// Whether each wait is twice the one before.
    pub doubling: bool,
    /// The longest wait there is.
    pub cap_ms: u32,
    /// How many waits there are in all; after them the schedule is used up.
    pub waits: u32,
}

impl Schedule {
    /// The sum of its waits at their longest.
    pub fn longest_ms(&self) -> u64 {
        let first_ms = self.first_ms.saturating_add(self.spread_ms);
        let wait_ms = |turn: u32| {
            let factor = if self.doubling { 1_u32.checked_shl(turn).unwrap_or(u32::MAX) } else { 1 };
            u64::from(first_ms.saturating_mul(factor).min(self.cap_ms))
        };
        (0..self.waits).map(wait_ms).sum()
    }

    /// The sum of the waits that are left after `attempts` attempts.
    pub fn left_ms(&self, attempts: u32, seed: u32) -> u64 {
        let waits = (attempts.saturating_add(1)..).map_while(|attempt| self.wait_ms(attempt, seed));
        waits.map(u64::from).sum()
    }

    /// The wait after `attempts` attempts (1 for the first), or `None` when the schedule is used up.
    pub fn wait_ms(&self, attempts: u32, seed: u32) -> Option<u32> {
        if attempts == 0 || attempts > self.waits {
            return None;
        }
        // A doubling schedule keeps one jitter, so that each wait is exactly twice the one before.
        let turn = if self.doubling { 0 } else { attempts };
        let first = self.first_ms.saturating_add(mix(seed, turn) % self.spread_ms.saturating_add(1));
        let factor = if self.doubling { 1_u32.checked_shl(attempts - 1).unwrap_or(u32::MAX) } else { 1 };
        Some(first.saturating_mul(factor).min(self.cap_ms))
    }
}

/// A small integer hash: spreads waits, protects nothing.
pub(crate) fn mix(seed: u32, turn: u32) -> u32 {
    let mut x = seed ^ turn.wrapping_mul(0x9e37_79b9);
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// When a wait that was to end at `until_ms` ends, seen from `now_ms`: never further off than `longest_ms`.
pub(crate) fn clamp_until(until_ms: u64, now_ms: u64, longest_ms: u32) -> u64 {
    until_ms.min(after(now_ms, u64::from(longest_ms)))
}

/// `ms` later, and never later than [`MAX_MS`].
pub(crate) fn after(now_ms: u64, ms: u64) -> u64 {
    now_ms.saturating_add(ms).min(MAX_MS)
}
