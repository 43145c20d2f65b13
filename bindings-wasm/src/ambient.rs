//! The platform's clock and random source, where the caller gives no value of their own.

use venuekey::Entropy;

use crate::convert::whole;
use crate::error::{VenuekeyError, argument};

/// Unix milliseconds as core takes them: `Date.now()` by default.
pub(crate) fn now(now_ms: Option<f64>) -> Result<u64, VenuekeyError> {
    whole(now_ms.unwrap_or_else(js_sys::Date::now), "nowMs")
}

/// 64 bytes, by default from `crypto.getRandomValues`.
pub(crate) fn entropy(bytes: Option<Vec<u8>>) -> Result<Entropy, VenuekeyError> {
    if let Some(bytes) = bytes {
        return Ok(Entropy::from_slice(&bytes)?);
    }
    let mut bytes = [0; 64];
    getrandom::fill(&mut bytes).map_err(|_| argument("the platform has no random source: give entropy"))?;
    Ok(Entropy::new(bytes))
}
