//! Core's one error type as Python's exception classes, which live in `venuekey/_errors.py` and `_kinds.py`:
//! native exception classes with fields would need Python 3.12.

use core::convert::Infallible;

use pyo3::prelude::*;
use pyo3::{Borrowed, PyErrArguments};
use venuekey::parts::{ErrorKind, VenuekeyError};

mod class {
    pyo3::import_exception!(venuekey._errors, VenuekeyError);
    pyo3::import_exception!(venuekey._wrong, WrongType);
    pyo3::import_exception!(venuekey._wrong, HalfACharacter);
    pyo3::import_exception!(venuekey._wrong, OutOfRange);
    pyo3::import_exception!(venuekey._kinds, MisuseError);
    pyo3::import_exception!(venuekey._kinds, DeniedError);
    pyo3::import_exception!(venuekey._kinds, RejectedError);
    pyo3::import_exception!(venuekey._kinds, UserActionError);
    pyo3::import_exception!(venuekey._kinds, ReauthorizeError);
    pyo3::import_exception!(venuekey._kinds, UnavailableError);
    pyo3::import_exception!(venuekey._kinds, ProtocolError);
}

/// What a function of a class can raise.
pub(crate) type Result<T> = core::result::Result<T, Raised>;

pub(crate) struct Raised(PyErr);

impl From<VenuekeyError> for Raised {
    fn from(error: VenuekeyError) -> Self {
        Self(raised(error))
    }
}

/// Of text that is parsed as text.
impl From<Infallible> for Raised {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<PyErr> for Raised {
    fn from(error: PyErr) -> Self {
        Self(error)
    }
}

impl From<Raised> for PyErr {
    fn from(Raised(error): Raised) -> Self {
        error
    }
}

/// Misuse, raised: the value that was called stays usable.
pub(crate) fn raised(error: VenuekeyError) -> PyErr {
    exception(&error, None, None)
}

/// Whether it is an exception of ours.
pub(crate) fn is_ours(given: Borrowed<'_, '_, PyAny>) -> bool {
    given.is_instance_of::<class::VenuekeyError>()
}

/// A `TypeError`; pyo3 tells it the argument's name.
pub(crate) fn wrong_type(text: String) -> PyErr {
    class::WrongType::new_err(text)
}

/// `invalid_argument` for a text with a lone surrogate; pyo3 tells it the argument's name.
pub(crate) fn half_a_character() -> PyErr {
    let error = VenuekeyError::invalid_argument("a text must be valid Unicode: it has a lone surrogate");
    class::HalfACharacter::new_err(arguments(&error, None, None))
}

/// `invalid_argument` for a whole number that does not fit; pyo3 tells it the argument's name.
pub(crate) fn out_of_range() -> PyErr {
    let error = VenuekeyError::invalid_argument("a number must be 0 or more, and not too large for what it is");
    class::OutOfRange::new_err(arguments(&error, None, None))
}

/// The exception of the error's kind.
pub(crate) fn exception(error: &VenuekeyError, recovery: Option<&'static str>, flow: Option<Py<PyAny>>) -> PyErr {
    let arguments = arguments(error, recovery, flow);
    match error.kind() {
        ErrorKind::Misuse => class::MisuseError::new_err(arguments),
        ErrorKind::Denied => class::DeniedError::new_err(arguments),
        ErrorKind::Rejected => class::RejectedError::new_err(arguments),
        ErrorKind::UserAction => class::UserActionError::new_err(arguments),
        ErrorKind::Reauthorize => class::ReauthorizeError::new_err(arguments),
        ErrorKind::Unavailable => class::UnavailableError::new_err(arguments),
        ErrorKind::Protocol => class::ProtocolError::new_err(arguments),
    }
}

/// Those of `VenuekeyError.__init__`.
fn arguments(
    error: &VenuekeyError,
    recovery: Option<&'static str>,
    flow: Option<Py<PyAny>>,
) -> impl PyErrArguments + 'static {
    (
        error.to_string(),
        error.code().as_str(),
        error.venue().map(|venue| venue.as_str().to_owned()),
        error.http_status(),
        error.venue_code().map(str::to_owned),
        error.venue_text().map(str::to_owned),
        error.retry_after_ms(),
        error.hint().map(str::to_owned),
        recovery,
        flow,
    )
}
