//! Numbers on their way out.

/// Core's numbers on their way out. No time or count that core makes comes near the limit.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
