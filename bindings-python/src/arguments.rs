//! What arguments may look like in Python, and the defaults that core does not have: the clock and randomness.

use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use pyo3::exceptions::{PyOSError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3::{Borrowed, PyClass};
use venuekey::{Entropy, VenuekeyError};
use zeroize::Zeroizing;

use crate::account::Secret;
use crate::error::raised;

/// Text, given as `str`. One with half a character in it (a lone surrogate) is refused here: the exception that Python has
/// for it, and so pyo3, carries the whole text, which may be a secret.
pub(crate) struct Text(String);

impl<'py> FromPyObject<'_, 'py> for Text {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let Ok(text) = given.cast::<PyString>() else {
            return Err(PyTypeError::new_err(format!("expected str, not {}", given.get_type().name()?)));
        };
        match text.extract::<String>() {
            Ok(text) => Ok(Self(text)),
            Err(_) => {
                Err(raised(VenuekeyError::invalid_argument("a text has half a character in it, a lone surrogate")))
            }
        }
    }
}

impl core::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

/// Text, given as `str` or as an object of the class that hides it.
pub(crate) enum TextOr<'py, C> {
    Text(String),
    Hidden(Bound<'py, C>),
}

/// Written by hand: the derived one names Rust's types in its refusal.
impl<'py, C: PyClass> FromPyObject<'_, 'py> for TextOr<'py, C> {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(hidden) = given.cast::<C>() {
            return Ok(Self::Hidden(hidden.to_owned()));
        }
        if given.is_instance_of::<PyString>() {
            return given.extract::<Text>().map(|text| Self::Text(text.into()));
        }
        let kind = given.get_type();
        Err(PyTypeError::new_err(format!("expected str or {}, not {}", C::NAME, kind.name()?)))
    }
}

pub(crate) type SecretText<'py> = TextOr<'py, Secret>;

impl From<SecretText<'_>> for venuekey::Secret {
    fn from(text: SecretText<'_>) -> Self {
        match text {
            TextOr::Hidden(secret) => secret.get().0.clone(),
            TextOr::Text(text) => venuekey::Secret::new(text),
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
