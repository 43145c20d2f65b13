//! Numbers on their way in, and the operating system's clock and random source where the caller gives no value of their own.

use std::time::{SystemTime, UNIX_EPOCH};

use venuekey::parts::{Entropy, ExternalId};

use crate::error::VenuekeyError;

/// A number that core keeps in 64 bits without a sign.
pub(crate) fn whole(number: i64, name: &str) -> Result<u64, VenuekeyError> {
    u64::try_from(number).map_err(|_| VenuekeyError::argument(&format!("{name} must not be negative")))
}

/// One that core keeps in 32 bits; what is larger is refused by core's own rule.
pub(crate) fn small(number: i64, name: &str) -> Result<u32, VenuekeyError> {
    Ok(u32::try_from(whole(number, name)?).unwrap_or(u32::MAX))
}

/// Unix milliseconds as core takes them.
pub(crate) fn now(now_ms: Option<i64>) -> Result<u64, VenuekeyError> {
    at(now_ms, "now_ms")
}

/// The same by another name.
pub(crate) fn at(ms: Option<i64>, name: &str) -> Result<u64, VenuekeyError> {
    match ms {
        Some(ms) => whole(ms, name),
        // A clock that stands before 1970 reads as 1970.
        None => Ok(SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))),
    }
}

/// A key's id, which core checks as it is made.
pub(crate) fn external_id(text: String) -> Result<ExternalId, VenuekeyError> {
    Ok(ExternalId::try_from(text)?)
}

pub(crate) fn entropy(bytes: Option<Vec<u8>>) -> Result<Entropy, VenuekeyError> {
    match bytes {
        Some(bytes) => Ok(Entropy::from_slice(&bytes)?),
        None => Ok(Entropy::new(random("entropy")?)),
    }
}

/// The operating system's random bytes, for an argument that was left out.
pub(crate) fn random<const N: usize>(name: &str) -> Result<[u8; N], VenuekeyError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|_| VenuekeyError::argument(&format!("the system has no random source: give {name}")))?;
    Ok(bytes)
}
