//! One error: an object, so that it is thrown and carried by `Step.Failed` as the same thing.

use venuekey::ErrorCode;

use crate::ambient::signed;
use crate::values::{ErrorKind, Venue};

/// What went wrong: `kind` says what to do next, `code` what happened. Its description never holds a secret
/// or the venue's own words.
#[derive(Clone, uniffi::Object)]
#[uniffi::export(Debug, Display)]
pub struct VenuekeyError {
    code: ErrorCode,
    description: String,
    venue: Option<Venue>,
    http_status: Option<u16>,
    venue_code: Option<String>,
    venue_text: Option<String>,
    retry_after_ms: Option<u64>,
    hint: Option<String>,
}

#[uniffi::export]
impl VenuekeyError {
    /// What the caller does next. Closed.
    pub fn kind(&self) -> ErrorKind {
        self.code.kind()
    }

    /// What happened, in snake_case. Open: codes are added over time, never renamed.
    pub fn code(&self) -> String {
        self.code.as_str().to_owned()
    }

    /// The venue whose reply this is about.
    pub fn venue(&self) -> Option<Venue> {
        self.venue
    }

    /// HTTP status of the reply, where there was one.
    pub fn http_status(&self) -> Option<i32> {
        self.http_status.map(i32::from)
    }

    /// The venue's own error code, as text.
    pub fn venue_code(&self) -> Option<String> {
        self.venue_code.clone()
    }

    /// The venue's own words. **Untrusted**: never put them into a page, a log or a message unescaped.
    pub fn venue_text(&self) -> Option<String> {
        self.venue_text.clone()
    }

    /// How long to wait before trying again, in milliseconds, where that is known.
    pub fn retry_after_ms(&self) -> Option<i64> {
        self.retry_after_ms.map(signed)
    }

    /// What to look at first.
    pub fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}

impl VenuekeyError {
    /// A refusal of the binding's own: an argument that core's types can't express.
    pub(crate) fn argument(hint: &str) -> Self {
        venuekey::VenuekeyError::invalid_argument(hint).into()
    }
}

impl From<venuekey::VenuekeyError> for VenuekeyError {
    fn from(error: venuekey::VenuekeyError) -> Self {
        Self {
            code: error.code(),
            description: error.to_string(),
            venue: error.venue(),
            http_status: error.http_status(),
            venue_code: error.venue_code().map(str::to_owned),
            venue_text: error.venue_text().map(str::to_owned),
            retry_after_ms: error.retry_after_ms(),
            hint: error.hint().map(str::to_owned),
        }
    }
}

impl std::fmt::Display for VenuekeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.description)
    }
}

impl std::fmt::Debug for VenuekeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VenuekeyError({self})")
    }
}

impl std::error::Error for VenuekeyError {}
