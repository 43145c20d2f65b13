//! What is stored before what: the loop around a flow and around shared tokens, without I/O. The host does one thing at a
//! time, reports what came of it, and asks for the next.

pub(crate) mod flow;
#[cfg(feature = "tokens")]
pub(crate) mod tokens;

use crate::base::error::{ErrorCode, VenuekeyError};

/// What a driver's host does next. The driver has everything that is needed for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Store the driver's snapshot by compare-and-set, then `saved` or `superseded`. A save that has begun is finished.
    Save,
    /// Load the newest stored text, then `loaded`.
    Load,
    /// Send the driver's request, then `response` or `no_response`.
    Send,
    /// Sleep until the driver's `until_ms`, then `awake`.
    Sleep,
    /// Ask the user to choose one of the step's accounts, then `chosen`; `unanswered` if nobody is there to ask.
    Choose,
    /// Send the user's browser to the step's URL, then `called_back`; `unanswered` if there is none.
    Authorize,
    /// Reserve a nonce for the connection's key, then `nonce`.
    Nonce,
    /// Look whether another row holds the same account, then `found`.
    Find,
    /// Tell the application of the events, then `delivered`.
    Deliver,
    /// Remove the row if the store still has this revision, then `deleted`.
    Delete,
    /// The end: the result is there.
    Return,
    /// The end: the driver's error says why.
    Fail,
    /// The end that `stop` asked for. Everything that can't be obtained again is stored, and restoring it continues the
    /// operation.
    Stop,
}

impl Action {
    /// The name used in every language.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Save => "save",
            Self::Load => "load",
            Self::Send => "send",
            Self::Sleep => "sleep",
            Self::Choose => "choose",
            Self::Authorize => "authorize",
            Self::Nonce => "nonce",
            Self::Find => "find",
            Self::Deliver => "deliver",
            Self::Delete => "delete",
            Self::Return => "return",
            Self::Fail => "fail",
            Self::Stop => "stop",
        }
    }
}

impl Action {
    /// Refuses an event of a driver whose action is another than the one that the event answers.
    pub(crate) fn must_be(self, answered: Self, event: &str) -> Result<(), VenuekeyError> {
        if self == answered { Ok(()) } else { Err(self.unanswered_by(event)) }
    }

    pub(crate) fn unanswered_by(self, event: &str) -> VenuekeyError {
        let hint = format!("the driver's action is {}, which {event} does not answer", self.as_str());
        VenuekeyError::new(ErrorCode::WrongState).with_hint(&hint)
    }
}
