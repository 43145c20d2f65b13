//! One error, by kind: thrown, and carried by `Step.Failed` as the same thing.

use std::sync::Arc;

use venuekey::parts::ErrorCode;

use crate::cross::Cross;
use crate::generated::objects::Flow;
use crate::generated::values::{ErrorKind, Recovery, Venue};

/// What is known of an error. It describes itself by `message`: the venue's own words are in `venueText` alone.
#[derive(Clone, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct ErrorDetails {
    /// One line for a log. It never holds a secret or the venue's own words.
    pub message: String,
    /// What happened, in snake_case. Open: codes are added over time, never renamed; see `errorCodes`.
    pub code: String,
    /// The page of the code: what happened, whose side it is, what to do now, what the user may be told.
    pub doc_url: String,
    /// The venue whose reply this is about.
    pub venue: Option<Venue>,
    /// HTTP status of the reply, where there was one.
    pub http_status: Option<i32>,
    /// The venue's own error code, as text.
    pub venue_code: Option<String>,
    /// The venue's own words. **Untrusted**: never put them into a page, a log or a message unescaped.
    pub venue_text: Option<String>,
    /// How long to wait before trying again, in milliseconds, where that is known.
    pub retry_after_ms: Option<i64>,
    /// What to look at first.
    pub hint: Option<String>,
    /// How `flow` can go on by `Flow.recover`, where it can.
    pub recovery: Option<Recovery>,
    /// The flow that ended or waits, where it is a flow's end: a secret, as every flow.
    pub flow: Option<Arc<Flow>>,
}

impl std::fmt::Display for ErrorDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::fmt::Debug for ErrorDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// Declares the error, a case for each kind.
macro_rules! kinds {
    ($(#[$meta:meta])* enum $name:ident { $($(#[$kind_meta:meta])* $kind:ident,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, uniffi::Error)]
        pub enum $name {
            $($(#[$kind_meta])* $kind {
                /// What is known of it.
                details: ErrorDetails,
            },)*
        }

        impl VenuekeyError {
            fn of(kind: ErrorKind, details: ErrorDetails) -> Self {
                match kind { $(ErrorKind::$kind => Self::$kind { details },)* }
            }

            fn known(&self) -> &ErrorDetails {
                match self { $(Self::$kind { details })|* => details }
            }

            fn known_mut(&mut self) -> &mut ErrorDetails {
                match self { $(Self::$kind { details })|* => details }
            }
        }

        #[uniffi::export]
        impl VenuekeyError {
            /// What the caller does next: the case, as a value. Closed.
            #[doc = "[property]"]
            pub fn kind(&self) -> ErrorKind {
                match self { $(Self::$kind { .. } => ErrorKind::$kind,)* }
            }
        }
    };
}

kinds! {
    /// What went wrong. The case, its kind, says what the caller does next, and is closed; the code says what happened, and
    /// is open. A refused argument is thrown at once and leaves the value usable; what a venue or a user did arrives as
    /// `Step.Failed` and can be thrown as it is.
    enum VenuekeyError {
        /// Fix the code or the configuration.
        Misuse,
        /// The user said no.
        Denied,
        /// A security check failed; nothing was done.
        Rejected,
        /// The user must do something at the venue first.
        UserAction,
        /// Start again with a new consent.
        Reauthorize,
        /// Try later; see `retryAfterMs` in the details.
        Unavailable,
        /// The venue's reply could not be understood.
        Protocol,
    }
}

#[uniffi::export]
impl VenuekeyError {
    /// What happened, in snake_case. Open: codes are added over time, never renamed; see `errorCodes`.
    #[doc = "[property]"]
    pub fn code(&self) -> String {
        self.known().code.clone()
    }

    /// The page of its code: what happened, whose side it is, what to do now, what the user may be told. The message ends
    /// with it.
    #[doc = "[property]"]
    pub fn doc_url(&self) -> String {
        self.known().doc_url.clone()
    }

    /// How the flow can go on by `Flow.recover`, where it can.
    #[doc = "[property]"]
    pub fn recovery(&self) -> Option<Recovery> {
        self.known().recovery
    }

    /// The flow that ended or waits, where it is a flow's end.
    #[doc = "[property]"]
    pub fn flow(&self) -> Option<Arc<Flow>> {
        self.known().flow.clone()
    }

    /// What is known of it, whichever case it is.
    #[doc = "[property]"]
    pub fn details(&self) -> ErrorDetails {
        self.known().clone()
    }
}

impl VenuekeyError {
    /// A refusal of the binding's own: an argument that core's types can't express.
    pub(crate) fn argument(hint: &str) -> Self {
        venuekey::parts::VenuekeyError::invalid_argument(hint).into()
    }

    /// Brings along the flow that it ends.
    pub(crate) fn ends(&mut self, recovery: Option<Recovery>, flow: Arc<Flow>) {
        let details = self.known_mut();
        (details.recovery, details.flow) = (recovery, Some(flow));
    }

    /// Core's own, as far as a verdict on a key looks at it.
    pub(crate) fn to_core(&self) -> Result<venuekey::parts::VenuekeyError, Self> {
        let ErrorDetails { code, venue_code, venue_text, .. } = self.known();
        venuekey::parts::VenuekeyError::from_parts(code, venue_code.clone(), venue_text.clone())
            .ok_or_else(|| Self::argument("error has a code that is not of this release"))
    }
}

impl Cross<VenuekeyError> for venuekey::parts::VenuekeyError {
    fn cross(self) -> VenuekeyError {
        self.into()
    }
}

impl From<venuekey::parts::VenuekeyError> for VenuekeyError {
    fn from(error: venuekey::parts::VenuekeyError) -> Self {
        let message = error.to_string();
        let hint = error.hint().map(in_our_words);
        // It ends with the hint, where there is one, and then the page.
        let message = match (error.hint(), &hint) {
            (Some(cores), Some(ours)) => message.rsplit_once(cores).map(|(rest, page)| format!("{rest}{ours}{page}")),
            _ => None,
        }
        .unwrap_or(message);
        let details = ErrorDetails {
            message,
            code: error.code().as_str().to_owned(),
            doc_url: error.doc_url(),
            venue: error.venue().cross(),
            http_status: error.http_status().cross(),
            venue_code: error.venue_code().cross(),
            venue_text: error.venue_text().cross(),
            retry_after_ms: error.retry_after_ms().cross(),
            hint,
            recovery: None,
            flow: None,
        };
        Self::of(error.kind(), details)
    }
}

/// A hint of core's in these languages' names: `redirectUri` for `redirect_uri`. A hint has no words but core's own, so what
/// looks like a name is one of an argument, a field or a method, unless it is an error's code.
fn in_our_words(hint: &str) -> String {
    let is_of_a_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let in_ours = |piece: &str| {
        let word = piece.trim_end_matches(|c| !is_of_a_word(c));
        let is_code = ErrorCode::ALL.iter().any(|code| code.as_str() == word);
        if is_code { piece.to_owned() } else { camel_case(piece) }
    };
    hint.split_inclusive(|c| !is_of_a_word(c)).map(in_ours).collect()
}

fn camel_case(text: &str) -> String {
    let mut words = text.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |camel, word| {
        let (initial, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        camel + &initial.to_ascii_uppercase() + rest
    })
}

impl std::fmt::Display for VenuekeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self.known(), f)
    }
}

impl std::error::Error for VenuekeyError {}

/// A text that has no Unicode: only Kotlin's can be so.
#[uniffi::export]
pub fn not_unicode(name: String) -> VenuekeyError {
    VenuekeyError::argument(&format!("{name} must be valid Unicode: it has a lone surrogate"))
}
