//! What arguments may look like in Python, and the defaults that core does not have: the clock and randomness.

use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use pyo3::conversion::FromPyObjectOwned;
use pyo3::exceptions::{PyOSError, PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBool, PySequence, PyString};
use pyo3::{Borrowed, PyClass};
use venuekey::parts::{Credentials, Entropy, VenuekeyError};
use zeroize::Zeroizing;

use crate::error::{Raised, Result, half_a_character, is_ours, out_of_range, raised, wrong_type};

/// Text, given as `str`. One with half a character in it (a lone surrogate) is refused here: the exception that Python has
/// for it, and so pyo3, carries the whole text, which may be a secret.
pub(crate) struct Text(pub(crate) String);

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
            return given.extract::<Text>().map(|Text(text)| Self::Text(text));
        }
        Err(wrong(&format!("str or {}", C::NAME), given, help_to_text(given)))
    }
}

/// Bytes, without a copy.
pub(crate) struct Bytes(pub(crate) PyBackedBytes);

impl<'py> FromPyObject<'_, 'py> for Bytes {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        given.extract().map(Self).map_err(|_| wrong("bytes", given, ""))
    }
}

/// A whole number: a float is refused, and so is a boolean, which Python takes for one.
pub(crate) struct Int<T>(pub(crate) T);

impl<'py, T: FromPyObjectOwned<'py>> FromPyObject<'_, 'py> for Int<T> {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if given.is_instance_of::<PyBool>() {
            return Err(wrong("int", given, ""));
        }
        given.extract().map(Self).map_err(|error| {
            let error: PyErr = error.into();
            match error.is_instance_of::<PyTypeError>(given.py()) {
                true => wrong("int", given, ""),
                false if error.is_instance_of::<PyOverflowError>(given.py()) => out_of_range(),
                false => error,
            }
        })
    }
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
            .map_err(|_| wrong(&imported_as::<C>(given.py()), given, help))
    }
}

/// A class by the name that a program imports it by.
fn imported_as<C: PyClass>(py: Python<'_>) -> String {
    let class = C::type_object(py);
    class.fully_qualified_name().map_or_else(|_| C::NAME.to_owned(), |name| name.to_string())
}

impl<C: PyClass<Frozen = pyo3::pyclass::boolean_struct::True> + Sync> core::ops::Deref for Ours<'_, C> {
    type Target = C;

    fn deref(&self) -> &C {
        self.0.get()
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

/// A time in Unix milliseconds; left out, it is the operating system's.
pub(crate) type Now = Option<Int<u64>>;

impl Given<u64> for Now {
    fn given(self) -> Result<u64> {
        if let Some(Int(now_ms)) = self {
            return Ok(now_ms);
        }
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).ok();
        since_epoch
            .and_then(|elapsed| u64::try_from(elapsed.as_millis()).ok())
            .ok_or_else(|| PyOSError::new_err("the system clock stands before 1970").into())
    }
}

/// 64 random bytes; left out, they are the operating system's.
pub(crate) type Random = Option<Bytes>;

impl Given<Entropy> for Random {
    fn given(self) -> Result<Entropy> {
        if let Some(Bytes(given)) = self {
            return Ok(Entropy::from_slice(&given)?);
        }
        let mut bytes = Zeroizing::new([0; 64]);
        getrandom::fill(bytes.as_mut_slice())
            .map_err(|_| PyOSError::new_err("the operating system gave no random bytes"))?;
        Ok(Entropy::new(*bytes))
    }
}

/// An exception of ours as core's error.
pub(crate) struct Refusal(pub(crate) VenuekeyError);

impl<'py> FromPyObject<'_, 'py> for Refusal {
    type Error = PyErr;

    fn extract(error: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if !is_ours(error) {
            return Err(wrong("venuekey.VenuekeyError", error, ""));
        }
        let text = |name| Ok::<_, PyErr>(error.getattr(name)?.extract::<Option<Text>>()?.map(|Text(text)| text));
        let code: Text = error.getattr("code")?.extract()?;
        VenuekeyError::from_parts(&code, text("venue_code")?, text("venue_text")?)
            .map(Self)
            .ok_or_else(|| raised(VenuekeyError::invalid_argument("error has a code that is not in ERROR_CODES")))
    }
}

/// An argument as core takes it.
pub(crate) trait Given<T> {
    fn given(self) -> Result<T>;
}

/// A record of core from arguments of the same names: `given!(KeyWatch: venue, seed)`.
macro_rules! given {
    ($record:ident: $($field:ident),+) => {
        $record { $($field: $crate::arguments::Given::given($field)?),+ }
    };
}
pub(crate) use given;

/// Text itself, or a name of a closed list: then the refusal lists the choices and not what was given.
impl<T: FromStr<Err: Into<Raised>>> Given<T> for Text {
    fn given(self) -> Result<T> {
        self.parse().map_err(Into::into)
    }
}

impl<T> Given<T> for Int<T> {
    fn given(self) -> Result<T> {
        Ok(self.0)
    }
}

impl<T, G: Given<T>> Given<Option<T>> for Option<G> {
    fn given(self) -> Result<Option<T>> {
        self.map(G::given).transpose()
    }
}

impl<T, G: Given<T>> Given<Vec<T>> for List<G> {
    fn given(self) -> Result<Vec<T>> {
        self.0.into_iter().map(G::given).collect()
    }
}

macro_rules! as_it_is {
    ($($type:ty),+) => {$(
        impl Given<$type> for $type {
            fn given(self) -> Result<$type> {
                Ok(self)
            }
        }
    )+};
}
as_it_is!(bool, u32, Credentials);
