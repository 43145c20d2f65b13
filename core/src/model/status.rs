//! Where a flow stands, as its host sees it.

use crate::model::policy::WaitReason;

/// Where a flow stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowStatus {
    /// The user is at the venue, or is to be sent there; only
    /// [`Flow::receive_callback`](crate::parts::Flow::receive_callback) or its deadline moves it on.
    AwaitingCallback {
        /// When it ends without a callback, in Unix milliseconds.
        expires_at_ms: u64,
    },
    /// The callback, the choice or the order to recover is in, or a call such as
    /// [`Client::check_key`](crate::Client::check_key) has begun, and nothing has been sent since:
    /// [`Flow::resume`](crate::parts::Flow::resume) sends, in any process.
    Ready,
    /// The user is to choose an account: [`Flow::resume`](crate::parts::Flow::resume) gives the options again,
    /// [`Flow::choose`](crate::parts::Flow::choose) continues.
    AwaitingChoice,
    /// A request may have been sent.
    InFlight,
    /// Between two requests.
    Waiting {
        /// When to resume, in Unix milliseconds.
        until_ms: u64,
    },
    /// Succeeded: [`Flow::resume`](crate::parts::Flow::resume) gives the outcome again.
    Done,
    /// Failed: [`Flow::resume`](crate::parts::Flow::resume) gives the error again.
    Failed,
}

impl FlowStatus {
    /// The name used in every language.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingCallback { .. } => "awaiting_callback",
            Self::Ready => "ready",
            Self::AwaitingChoice => "awaiting_choice",
            Self::InFlight => "in_flight",
            Self::Waiting { .. } => "waiting",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// When it ends without a callback, in Unix milliseconds; absent unless it awaits one.
    pub fn expires_at_ms(self) -> Option<u64> {
        if let Self::AwaitingCallback { expires_at_ms } = self { Some(expires_at_ms) } else { None }
    }

    /// When to resume, in Unix milliseconds; absent unless it waits.
    pub fn until_ms(self) -> Option<u64> {
        if let Self::Waiting { until_ms } = self { Some(until_ms) } else { None }
    }
}

/// A wait between two requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// What is waited for.
    pub reason: WaitReason,
    /// How many requests in a row have led to this wait.
    pub attempts: u32,
    /// When the next request is sent, in Unix milliseconds.
    pub until_ms: u64,
    /// When the last request is sent, in Unix milliseconds: if that one fails as well, the flow fails. A reply's
    /// `Retry-After` can move it. Absent if there is no limit: a refresh is tried for as long as the tokens live.
    pub gives_up_at_ms: Option<u64>,
}
