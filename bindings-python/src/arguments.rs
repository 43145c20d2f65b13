//! What arguments may look like in Python, and the defaults that core does not have: the clock and randomness.

use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use venuekey::{Entropy, VenuekeyError};
use zeroize::Zeroizing;

use crate::account::Secret;
use crate::error::raised;

/// Secret text, given as `str` or as a `Secret`.
#[derive(FromPyObject)]
pub(crate) enum SecretText<'py> {
    #[pyo3(transparent, annotation = "Secret")]
    Secret(Bound<'py, Secret>),
    #[pyo3(transparent, annotation = "str")]
    Text(String),
}

impl From<SecretText<'_>> for venuekey::Secret {
    fn from(text: SecretText<'_>) -> Self {
        match text {
            SecretText::Secret(secret) => secret.get().0.clone(),
            SecretText::Text(text) => venuekey::Secret::new(text),
        }
    }
}

/// The given time, or the operating system's.
pub(crate) fn now_ms(given: Option<u64>) -> PyResult<u64> {
    if let Some(now_ms) = given {
        return Ok(now_ms);
    }
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    since_epoch
        .and_then(|elapsed| u64::try_from(elapsed.as_millis()).ok())
        .ok_or_else(|| PyOSError::new_err("the system clock stands before 1970"))
}

/// The given 64 bytes, or the operating system's.
pub(crate) fn entropy(given: Option<&[u8]>) -> PyResult<Entropy> {
    if let Some(given) = given {
        return Entropy::from_slice(given).map_err(raised);
    }
    let mut bytes = Zeroizing::new([0; 64]);
    getrandom::fill(bytes.as_mut_slice())
        .map_err(|_| PyOSError::new_err("the operating system gave no random bytes"))?;
    Ok(Entropy::new(*bytes))
}

/// A name as core reads it; the refusal lists the choices and not what was given.
pub(crate) fn named<T: FromStr<Err = VenuekeyError>>(text: &str) -> PyResult<T> {
    text.parse().map_err(raised)
}
