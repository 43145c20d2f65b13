//! A flow as a value, and where it stands. What it gives out is in `snapshot.rs`, what happens to it in `step.rs`; both
//! can fail, and an error may hold a flow.

use crate::numbers::signed;
use crate::secret::opaque;
use crate::values::{FlowOperation, Venue};

opaque! {
    /// One connection or one operation, at one point of its life. Immutable: every event returns a `Step`. A method that
    /// throws leaves the value usable. `nowMs` is Unix milliseconds everywhere; left out, the operating system's clock.
    Flow
}

#[uniffi::export]
impl Flow {
    /// 32 hexadecimal digits, the same through the whole life of the flow.
    pub fn flow_id(&self) -> String {
        self.0.flow_id().to_owned()
    }

    /// Counts up by one with each step, from 1.
    pub fn revision(&self) -> i64 {
        signed(self.0.revision())
    }

    /// The venue this flow talks to.
    pub fn venue(&self) -> Venue {
        self.0.venue()
    }

    /// What the flow is for.
    pub fn operation(&self) -> FlowOperation {
        self.0.operation()
    }

    /// Where it stands.
    pub fn status(&self) -> FlowStatus {
        self.0.status().into()
    }
}

/// Where a flow stands.
#[derive(uniffi::Enum)]
pub enum FlowStatus {
    /// The user is at the venue.
    AwaitingCallback {
        /// When it ends without a callback, in Unix milliseconds.
        expires_at_ms: i64,
    },
    /// The callback or the choice is in and nothing has been sent since: `resume` sends, in any process.
    Ready,
    /// The user is to choose an account: `resume` gives the options again, `choose` goes on.
    AwaitingChoice,
    /// A request may have been sent.
    InFlight,
    /// Between two requests.
    Waiting {
        /// When to resume, in Unix milliseconds.
        until_ms: i64,
    },
    /// Succeeded: `resume` gives the outcome again.
    Done,
    /// Failed: `resume` gives the error again.
    Failed,
}

impl From<venuekey::FlowStatus> for FlowStatus {
    fn from(status: venuekey::FlowStatus) -> Self {
        use venuekey::FlowStatus as Core;
        match status {
            Core::AwaitingCallback { expires_at_ms } => Self::AwaitingCallback { expires_at_ms: signed(expires_at_ms) },
            Core::Ready => Self::Ready,
            Core::AwaitingChoice => Self::AwaitingChoice,
            Core::InFlight => Self::InFlight,
            Core::Waiting { until_ms } => Self::Waiting { until_ms: signed(until_ms) },
            Core::Done => Self::Done,
            Core::Failed => Self::Failed,
        }
    }
}
