//! One error type: a closed `kind` says what to do next, an open `code` says what happened.

use core::fmt;

use crate::base::ids::Venue;
use crate::base::json::members;
use crate::base::text::{code_like, printable};

/// `FromStr` for a type with `ALL` and `as_str`.
macro_rules! parsed_by_name {
    ($type:ty, $label:literal) => {
        impl core::str::FromStr for $type {
            type Err = crate::base::error::VenuekeyError;

            /// `invalid_argument` for any other text: the hint lists the names, and does not repeat what was given.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text).ok_or_else(|| {
                    let names: Vec<&str> = Self::ALL.iter().map(|value| value.as_str()).collect();
                    let hint = format!("{} must be one of: {}", $label, names.join(", "));
                    crate::base::error::VenuekeyError::invalid_argument(&hint)
                })
            }
        }
    };
}

/// Gives a fieldless enum `ALL`, `as_str`, `FromStr`, and its name in JSON.
macro_rules! named {
    ($type:ident $label:literal { $($variant:ident = $name:literal),* $(,)? }) => {
        crate::base::string_enum::string_enum!($type { $($variant = $name),* });
        crate::base::error::parsed_by_name!($type, $label);
    };
}
pub(crate) use {named, parsed_by_name};

/// What the caller does next. Closed: match on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Fix the code or the configuration. The value that was called stays usable.
    Misuse,
    /// The user said no.
    Denied,
    /// A security check failed; nothing was done.
    Rejected,
    /// The user must do something at the venue first.
    UserAction,
    /// Start again with a new consent.
    Reauthorize,
    /// Try later; see [`retry_after_ms`](VenuekeyError::retry_after_ms).
    Unavailable,
    /// The venue's reply could not be understood.
    Protocol,
}

named!(ErrorKind "kind" {
    Misuse = "misuse",
    Denied = "denied",
    Rejected = "rejected",
    UserAction = "user_action",
    Reauthorize = "reauthorize",
    Unavailable = "unavailable",
    Protocol = "protocol",
});

macro_rules! error_codes {
    ($($variant:ident $code:literal $kind:ident $meaning:literal;)*) => {
        /// What happened. Open: codes are added over time, never renamed; each has one [`ErrorKind`].
        #[non_exhaustive]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $(#[doc = $meaning] $variant,)*
        }

        impl ErrorCode {
            /// Every code there is; equals `tests/vectors/errors.json`.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$variant,)*];

            /// The stable, snake_case name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What the caller does next.
            pub fn kind(self) -> ErrorKind {
                match self { $(Self::$variant => ErrorKind::$kind,)* }
            }

            /// One sentence for the person who reads the log.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }

        crate::base::string_enum::stored_by_name!(ErrorCode);
    };
}

error_codes! {
    InvalidConfiguration "invalid_configuration" Misuse "the client's configuration is not valid";
    InvalidArgument "invalid_argument" Misuse "an argument is not valid";
    NotSupported "not_supported" Misuse "this venue or environment does not offer this";
    ScopeMissing "scope_missing" Misuse "the tokens lack a scope that this needs";
    WrongState "wrong_state" Misuse "the flow is not waiting for this; its value is unchanged";
    SnapshotInvalid "snapshot_invalid" Misuse "the snapshot is damaged or was edited";
    SnapshotVersion "snapshot_version" Misuse "the snapshot was written by a newer release";
    SnapshotMismatch "snapshot_mismatch" Misuse "the snapshot belongs to another client configuration";
    RedirectNotSupported "redirect_not_supported" Misuse "the venue does not redirect this kind of client to this redirect URI";
    SignatureRejected "signature_rejected" Misuse "the venue does not accept the signature";
    RequestRejected "request_rejected" Misuse "the venue does not accept the request's parameters";
    HistoryTooLong "history_too_long" Misuse "the venue does not show all of this history";
    IpNotAllowed "ip_not_allowed" Misuse "the key is restricted to other IP addresses than the caller's";
    ClientRejected "client_rejected" Misuse "the venue does not accept this client or the form of its request";
    AccessDenied "access_denied" Denied "the user declined at the venue";
    CallbackInvalid "callback_invalid" Rejected "the callback URL cannot be read";
    CallbackDuplicateParameter "callback_duplicate_parameter" Rejected "the callback repeats a parameter";
    CallbackPathMismatch "callback_path_mismatch" Rejected "the callback arrived on a path other than the redirect URI's";
    StateMismatch "state_mismatch" Rejected "the callback's state is missing or not this flow's";
    ClientIdMismatch "client_id_mismatch" Rejected "the callback names a different client";
    IssuerMismatch "issuer_mismatch" Rejected "the callback names an issuer other than this venue";
    CallbackAlreadyReceived "callback_already_received" Rejected "this flow has already had its callback; the first one counts";
    SealInvalid "seal_invalid" Rejected "the sealed flow is damaged, belongs to another session, or its key is missing";
    HandOffInvalid "hand_off_invalid" Rejected "the hand-off is damaged, was edited, or is not a hand-off";
    HandOffMismatch "hand_off_mismatch" Rejected "the hand-off belongs to another client configuration";
    Superseded "superseded" Rejected "another worker has moved this flow on, or it was never saved";
    SecondFactorRequired "second_factor_required" UserAction "the user must set up a second factor at the venue first";
    ChoiceRequired "choice_required" UserAction "the user must choose an account before the flow can continue";
    AuthorizationRequired "authorization_required" UserAction "the user must agree at the venue before the flow can continue";
    AccountMismatch "account_mismatch" UserAction "the user has connected an account other than the expected one; nothing was done with it";
    AccountNotEligible "account_not_eligible" UserAction "the venue does not issue a key to this account as it is; the user must act there first";
    KeyDisabled "key_disabled" UserAction "a disabled key is in the way; the user must delete it in the venue's dashboard";
    DeleteKeyInDashboard "delete_key_in_dashboard" UserAction "the existing key's secret is lost, or no token can delete it; the user must delete it in the venue's dashboard";
    PermissionDenied "permission_denied" UserAction "the user has not granted the key the permission that this request needs";
    SecretTakenElsewhere "secret_taken_elsewhere" UserAction "the key's secret has been read, and as far as is known not by this flow; another worker may hold a working key";
    HandOffExpired "hand_off_expired" Reauthorize "the hand-off has expired";
    CallbackTimeout "callback_timeout" Reauthorize "no callback arrived in time";
    AuthorizationFailed "authorization_failed" Reauthorize "the venue ended the authorization with an error";
    CodeRejected "code_rejected" Reauthorize "the venue refused the authorization code";
    TokenExpired "token_expired" Reauthorize "the access token has expired";
    TokenRejected "token_rejected" Reauthorize "the venue refuses the token, and a refresh is not possible or did not help";
    OutcomeUnknown "outcome_unknown" Reauthorize "a request that must not be repeated blindly got no readable reply; it may have taken effect";
    SecretLost "secret_lost" Reauthorize "the secret's only reply was lost; the key has been deleted";
    KeyRejected "key_rejected" Reauthorize "the venue does not know the key, or no longer accepts it";
    KeyGone "key_gone" Reauthorize "the key no longer exists at the venue";
    KeyUnconfirmed "key_unconfirmed" Unavailable "the request for the key got no readable reply; the venue may have issued one";
    KeyNotReady "key_not_ready" Unavailable "no key has appeared yet; the user may still be confirming it, or the venue has refused to create one";
    SecretLocked "secret_locked" Unavailable "the venue kept the secret locked for the whole documented time";
    NonceRejected "nonce_rejected" Unavailable "the venue has seen this nonce or a later one; sign again with a new one";
    ClockRejected "clock_rejected" Unavailable "the request's time is outside the venue's window; read its time and sign again";
    RateLimited "rate_limited" Unavailable "the venue limits the rate of requests";
    VenueUnavailable "venue_unavailable" Unavailable "the venue did not answer, or answered with a failure of its own";
    VenueRefused "venue_refused" Unavailable "the venue refused with a code that its documentation does not explain";
    MalformedReply "malformed_reply" Protocol "the venue's reply is not what its documentation describes";
    ReplyTooLarge "reply_too_large" Protocol "the venue's reply is larger than 1 MiB";
}

/// Where each code has a page: what happened, on whose side, and what to do now. The generator reads this too.
const PAGES: &str = "https://github.com/venuekey/venuekey/blob/main/docs/errors/";

/// What went wrong, for a program (`kind`, `code`) and for a person (`Display`). It never holds a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct VenuekeyError {
    code: ErrorCode,
    venue: Option<Venue>,
    http_status: Option<u16>,
    venue_code: Option<String>,
    venue_text: Option<String>,
    retry_after_ms: Option<u64>,
    hint: Option<String>,
}

members!(VenuekeyError {
    code,
    venue: optional,
    http_status: optional,
    venue_code: optional,
    venue_text: optional,
    retry_after_ms: optional,
    hint: optional,
});

impl VenuekeyError {
    pub(crate) fn new(code: ErrorCode) -> Self {
        Self {
            code,
            venue: None,
            http_status: None,
            venue_code: None,
            venue_text: None,
            retry_after_ms: None,
            hint: None,
        }
    }

    /// The same refusal, seen as something else.
    pub(crate) fn in_place_of(self, code: ErrorCode) -> Self {
        Self { code, ..self }
    }

    pub(crate) fn with_hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_owned());
        self
    }

    pub(crate) fn with_venue(mut self, venue: Venue) -> Self {
        self.venue = Some(venue);
        self
    }

    pub(crate) fn with_retry_after(mut self, ms: u64) -> Self {
        self.retry_after_ms = Some(ms);
        self
    }

    pub(crate) fn with_reply(mut self, status: Option<u16>, code: Option<String>, text: Option<String>) -> Self {
        self.http_status = status;
        self.venue_code = code.as_deref().and_then(code_like);
        self.venue_text = text.map(|text| printable(&text, 300));
        self
    }

    /// An argument that never reached a client: for bindings, whose own checks end like core's.
    pub fn invalid_argument(hint: &str) -> Self {
        Self::new(ErrorCode::InvalidArgument).with_hint(hint)
    }

    /// One that has crossed into another language and comes back: what a binding's exception still knows of it. `None`
    /// if no code of this release has that name.
    pub fn from_parts(code: &str, venue_code: Option<String>, venue_text: Option<String>) -> Option<Self> {
        let code = ErrorCode::ALL.iter().copied().find(|known| known.as_str() == code)?;
        Some(Self::new(code).with_reply(None, venue_code, venue_text))
    }

    /// The compare-and-set was lost: `drive` ends with this when `save` says so.
    pub fn superseded() -> Self {
        let hint = "load the flow again to see where it stands; if the store has none, save what begin returned first";
        Self::new(ErrorCode::Superseded).with_hint(hint)
    }

    /// The loop reached [`Step::Choose`](crate::parts::Step::Choose) and has nobody to ask: `drive` ends with this.
    pub fn choice_required() -> Self {
        Self::new(ErrorCode::ChoiceRequired).with_hint("the flow is saved; show the options, then call choose")
    }

    /// The loop reached [`Step::Authorize`](crate::parts::Step::Authorize) and has no browser: `drive` ends with this.
    pub fn authorization_required() -> Self {
        let hint = "the flow is saved; send the browser to the step's authorize_url, then call receive_callback";
        Self::new(ErrorCode::AuthorizationRequired).with_hint(hint)
    }

    /// What the caller does next.
    pub fn kind(&self) -> ErrorKind {
        self.code.kind()
    }

    /// What happened.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The venue whose reply this is about.
    pub fn venue(&self) -> Option<Venue> {
        self.venue
    }

    /// The HTTP status of the reply, if there was one.
    pub fn http_status(&self) -> Option<u16> {
        self.http_status
    }

    /// The venue's own error code, as text: a number or a lower-case word; anything else is left out.
    pub fn venue_code(&self) -> Option<&str> {
        self.venue_code.as_deref()
    }

    /// The venue's own words. **Untrusted**: never put them into a page, a log or a message unescaped.
    pub fn venue_text(&self) -> Option<&str> {
        self.venue_text.as_deref()
    }

    /// How long to wait before trying again, in milliseconds, if known.
    pub fn retry_after_ms(&self) -> Option<u64> {
        self.retry_after_ms
    }

    /// What to look at first.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The address of the code's page: what happened, on whose side, what to do now, and what the user may be told.
    pub fn doc_url(&self) -> String {
        format!("{PAGES}{}.md", self.code.as_str())
    }

    /// For a snapshot of this venue's that comes back: nothing in it may be longer or stranger than what was written.
    pub(crate) fn is_sound(&self, venue: Venue) -> bool {
        let ok = |text: &Option<String>, max: usize| text.as_deref().is_none_or(|text| printable(text, max) == text);
        self.venue.is_none_or(|named| named == venue)
            && self.venue_code.as_deref().is_none_or(|code| code_like(code).is_some())
            && ok(&self.venue_text, 300)
            && ok(&self.hint, 400)
    }
}

impl fmt::Display for VenuekeyError {
    /// `token_rejected: the venue refuses … (whitebit, HTTP 401); hint; see https://…/token_rejected.md`, for whoever has
    /// a line of a log and nothing else. The address ends it, so that it can be clicked. The venue's words stay out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.code.meaning())?;
        let mut facts = Vec::new();
        facts.extend(self.venue.map(|venue| venue.as_str().to_owned()));
        facts.extend(self.http_status.map(|status| format!("HTTP {status}")));
        facts.extend(self.venue_code.as_ref().map(|code| format!("venue code {code}")));
        facts.extend(self.retry_after_ms.map(|ms| format!("try again in {} s", ms.div_ceil(1000))));
        if !facts.is_empty() {
            write!(f, " ({})", facts.join(", "))?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "; {hint}")?;
        }
        write!(f, "; see {PAGES}{}.md", self.code.as_str())
    }
}

impl fmt::Debug for VenuekeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VenuekeyError({self})")
    }
}

impl core::error::Error for VenuekeyError {}
