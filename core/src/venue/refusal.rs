//! A reply that is not a success, and what it means.

use crate::base::error::ErrorCode;
use crate::wire::http::HttpResponse;

/// A reply that is not a success.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub kind: RefusalKind,
    pub status: u16,
    pub code: Option<String>,
    pub text: Option<String>,
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    pub fn new(kind: RefusalKind, response: &HttpResponse) -> Self {
        Self { kind, status: response.status(), code: None, text: None, retry_after_ms: response.retry_after_ms() }
    }

    pub fn with(mut self, code: Option<String>, text: Option<String>) -> Self {
        self.code = code;
        self.text = text;
        self
    }
}

/// What a refusal means to a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefusalKind {
    /// The token, or its scope: a refresh may help once (facts/whitebit.md, D4).
    Unauthorized,
    /// No such key.
    NotFound,
    /// The once-only secret has been read.
    AlreadyTaken,
    /// Another read holds the secret.
    Locked,
    RateLimited,
    /// The code or the refresh token is not accepted.
    GrantRejected,
    /// The token is not valid at all: a refresh would not help.
    TokenInvalid,
    /// The user has bound no second factor.
    SecondFactorMissing,
    /// The account must change at the venue before it can have a key.
    NotEligible,
    /// The client's credentials or the form of the request.
    ClientRejected,
    /// The endpoint is not there (any more).
    Withdrawn,
    /// A page from something in front of the venue, which answers in JSON itself: no verdict of the venue's, and most likely
    /// the request did not reach it.
    Blocked,
    /// A code no sheet explains; the request was refused.
    Unexplained,
    /// 5xx: it may or may not have taken effect.
    ServerTrouble,
    /// Not JSON, or JSON without what it must have: it may well have taken effect.
    Unreadable,
    TooLarge,
    /// Fields that exclude each other.
    Contradiction,
}

impl RefusalKind {
    /// What it is called where nothing more is known of it.
    pub fn code(self) -> ErrorCode {
        match self {
            Self::Unreadable | Self::Contradiction => ErrorCode::MalformedReply,
            Self::TooLarge => ErrorCode::ReplyTooLarge,
            Self::ClientRejected => ErrorCode::ClientRejected,
            Self::Withdrawn => ErrorCode::NotSupported,
            Self::Blocked | Self::ServerTrouble => ErrorCode::VenueUnavailable,
            _ => ErrorCode::VenueRefused,
        }
    }

    /// Whether a request answered like this may have taken effect all the same.
    pub fn leaves_doubt(self) -> bool {
        matches!(self, Self::ServerTrouble | Self::Unreadable | Self::TooLarge | Self::Contradiction)
    }
}
