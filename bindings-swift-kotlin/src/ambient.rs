//! The operating system's clock and random source, where the caller gives no value of their own.

use std::time::{SystemTime, UNIX_EPOCH};

use venuekey::Entropy;

use crate::error::VenuekeyError;

/// Unix milliseconds as core takes them.
pub(crate) fn now(now_ms: Option<i64>) -> Result<u64, VenuekeyError> {
    match now_ms {
        Some(now_ms) => u64::try_from(now_ms).map_err(|_| VenuekeyError::argument("now_ms must not be negative")),
        // A clock that stands before 1970 reads as 1970.
        None => Ok(SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))),
    }
}

pub(crate) fn entropy(bytes: Option<Vec<u8>>) -> Result<Entropy, VenuekeyError> {
    if let Some(bytes) = bytes {
        return Ok(Entropy::from_slice(&bytes)?);
    }
    let mut bytes = [0; 64];
    getrandom::fill(&mut bytes)
        .map_err(|_| VenuekeyError::argument("the system has no random source: give entropy"))?;
    Ok(Entropy::new(bytes))
}

/// Core's numbers on their way out. No time or count that core makes comes near the limit.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
