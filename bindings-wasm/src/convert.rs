//! Plain JavaScript values on their way in.

use std::str::FromStr;

use venuekey::{Entropy, VenuekeyError};

use crate::error::Refused;
use crate::js::MAX_NUMBER;

pub(crate) fn whole(number: f64, name: &str) -> Result<u64, Refused> {
    if number.fract() == 0.0 && (0.0..=MAX_NUMBER as f64).contains(&number) {
        Ok(number as u64)
    } else {
        Err(argument(&format!("{name} must be a whole number from 0 to 2^53 - 1")))
    }
}

/// A nonce beyond 2^53 is refused by core, which knows the venue.
pub(crate) fn nonce(number: f64) -> Result<u64, Refused> {
    if number.is_finite() && number > MAX_NUMBER as f64 { Ok(u64::MAX) } else { whole(number, "nonceMs") }
}

/// A number for an option that core keeps in 32 bits; what is larger is refused by core's own rule.
pub(crate) fn small(number: f64, name: &str) -> Result<u32, Refused> {
    Ok(u32::try_from(whole(number, name)?).unwrap_or(u32::MAX))
}

pub(crate) fn now(now_ms: f64) -> Result<u64, Refused> {
    whole(now_ms, "nowMs")
}

pub(crate) fn entropy(bytes: &[u8]) -> Result<Entropy, Refused> {
    Ok(Entropy::from_slice(bytes)?)
}

/// Enumerations cross by the names that core gives them.
pub(crate) fn named<T: FromStr<Err = VenuekeyError>>(text: &str) -> Result<T, Refused> {
    Ok(text.parse()?)
}

/// A refusal of the binding's own: an argument that core's types can't express.
pub(crate) fn argument(hint: &str) -> Refused {
    VenuekeyError::invalid_argument(hint).into()
}
