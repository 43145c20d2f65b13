//! What arguments may look like in Python, and the defaults that core does not have: the clock and randomness.

use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use pyo3::conversion::FromPyObjectOwned;
use pyo3::exceptions::{PyOSError, PyTypeError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PySequence, PyString};
use pyo3::{Borrowed, PyClass};
use venuekey::{Entropy, VenuekeyError};
use zeroize::Zeroizing;

use crate::error::{half_a_character, raised, wrong_type};

/// Text, given as `str`. One with half a character in it (a lone surrogate) is refused here: the exception that Python has
/// for it, and so pyo3, carries the whole text, which may be a secret.
pub(crate) struct Text(String);

impl<'py> FromPyObject<'_, 'py> for Text {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let text = given.cast::<PyString>().map_err(|_| wrong("str", given, help_to_text(given)))?;
        text.extract().map(Self).map_err(|_| half_a_character())
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

/// The default of an argument.
impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Text, given as `str` or as an object of the class that hides it.
pub(crate) enum TextOr<'py, C> {
    Text(String),
    Hidden(Bound<'py, C>),
}

impl<'py, C: PyClass> FromPyObject<'_, 'py> for TextOr<'py, C> {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(hidden) = given.cast::<C>() {
            return Ok(Self::Hidden(hidden.to_owned()));
        }
        if given.is_instance_of::<PyString>() {
            return given.extract::<Text>().map(|text| Self::Text(text.into()));
        }
        Err(wrong(&format!("str or {}", C::NAME), given, help_to_text(given)))
    }
}

/// Bytes, without a copy.
pub(crate) struct Bytes(PyBackedBytes);

impl<'py> FromPyObject<'_, 'py> for Bytes {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        given.extract().map(Self).map_err(|_| wrong("bytes", given, ""))
    }
}

impl core::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// A whole number: a float is refused, and one that does not fit is Python's own `OverflowError`.
pub(crate) struct Int<T>(pub(crate) T);

impl<'py, T: FromPyObjectOwned<'py>> FromPyObject<'_, 'py> for Int<T> {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        given.extract().map(Self).map_err(|error| {
            let error: PyErr = error.into();
            if error.is_instance_of::<PyTypeError>(given.py()) { wrong("int", given, "") } else { error }
        })
    }
}

/// Optional whole numbers as core takes them.
pub(crate) fn int<T>(given: Option<Int<T>>) -> Option<T> {
    given.map(|Int(value)| value)
}

/// A list or tuple. A lone `str` is a sequence too in Python, and never meant.
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<'py, T: FromPyObjectOwned<'py, Error = PyErr>> FromPyObject<'_, 'py> for List<T> {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let sequence = given.cast::<PySequence>().ok().filter(|_| !given.is_instance_of::<PyString>());
        let sequence = sequence.ok_or_else(|| wrong("a list", given, ""))?;
        sequence.try_iter()?.map(|item| item?.extract::<T>()).collect::<PyResult<_>>().map(Self)
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// An object of one of our own classes.
pub(crate) struct Ours<'py, C>(Bound<'py, C>);

impl<'py, C: PyClass> FromPyObject<'_, 'py> for Ours<'py, C> {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let help = match (C::NAME, type_name(given).as_str()) {
            (_, "coroutine") => ": await it",
            ("HttpResponse", name) if name.ends_with("Response") => ": make one of its status, body and headers",
            _ => "",
        };
        given
            .cast::<C>()
            .map(|ours| Self(ours.to_owned()))
            .map_err(|_| wrong(&format!("venuekey.{}", C::NAME), given, help))
    }
}

impl<'py, C> core::ops::Deref for Ours<'py, C> {
    type Target = Bound<'py, C>;

    fn deref(&self) -> &Bound<'py, C> {
        &self.0
    }
}

/// An argument of the wrong type, in Python's own words and without what was given.
pub(crate) fn wrong(expected: &str, given: Borrowed<'_, '_, PyAny>, help: &str) -> PyErr {
    wrong_type(format!("expected {expected}, not {}{help}", type_name(given)))
}

fn type_name(given: Borrowed<'_, '_, PyAny>) -> String {
    if given.is_none() {
        return "None".to_owned();
    }
    given.get_type().fully_qualified_name().map_or_else(|_| "that".to_owned(), |name| name.to_string())
}

fn help_to_text(given: Borrowed<'_, '_, PyAny>) -> &'static str {
    if given.hasattr("expose").unwrap_or(false) {
        ": give what its expose() returns"
    } else if type_name(given).to_lowercase().ends_with("url") {
        ": give str() of it"
    } else {
        ""
    }
}

/// The given time, or the operating system's.
pub(crate) fn now_ms(given: Option<Int<u64>>) -> PyResult<u64> {
    if let Some(Int(now_ms)) = given {
        return Ok(now_ms);
    }
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    since_epoch
        .and_then(|elapsed| u64::try_from(elapsed.as_millis()).ok())
        .ok_or_else(|| PyOSError::new_err("the system clock stands before 1970"))
}

/// The given 64 bytes, or the operating system's.
pub(crate) fn entropy(given: Option<Bytes>) -> PyResult<Entropy> {
    if let Some(given) = given {
        return Entropy::from_slice(&given).map_err(raised);
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
