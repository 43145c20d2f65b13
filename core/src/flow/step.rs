//! What a flow asks of its host.

use core::fmt;

use crate::base::error::VenuekeyError;
use crate::base::secret::Secret;
use crate::flow::Flow;
use crate::model::api_key::Subaccount;
use crate::model::outcome::Outcome;
use crate::model::policy::{Recovery, WaitReason};
use crate::wire::http::HttpRequest;

/// One turn of the loop: do what it says, then give the result to its successor.
///
/// `next` is a new value; the value it came from is unchanged. Save `next` by compare-and-set
/// before acting on the step, and act only if the save won.
#[derive(Clone)]
// One is made for each turn and taken apart at once; a box would stand in every host's match.
#[allow(clippy::large_enum_variant)]
pub enum Step {
    /// Save `next`, send `request`, then [`Flow::receive_response`] or [`Flow::receive_no_response`] of `next`.
    Send {
        /// What to send, exactly.
        request: HttpRequest,
        /// The flow, waiting for the reply.
        next: Flow,
    },
    /// Save `next` (it holds a callback, a reply that can't be obtained again, or an end), then [`Flow::resume`] it.
    Save {
        /// The flow, with the reply.
        next: Flow,
    },
    /// Save `next`, sleep until `until_ms`, then [`Flow::resume`] it.
    Wait {
        /// When to resume, in Unix milliseconds.
        until_ms: u64,
        /// What is waited for.
        reason: WaitReason,
        /// The flow, waiting.
        next: Flow,
    },
    /// Show the user the accounts and let them choose, then [`Flow::choose`]: in any process, at any later time.
    ///
    /// Saved already. Bybit's AI agent always asks, even if there is one account or none (facts/bybit.md, 6.3).
    Choose {
        /// The existing accounts; there may be none.
        subaccounts: Vec<Subaccount>,
        /// Whether a new account can be created: [`CREATE_SUBACCOUNT`](crate::parts::CREATE_SUBACCOUNT) is then a
        /// choice too.
        may_create: bool,
        /// Whether a new account was requested and the reply was lost: it may be among these, so say so before another
        /// is created.
        creation_in_doubt: bool,
        /// The flow, waiting for the choice.
        flow: Flow,
    },
    /// Send the user's browser to `authorize_url`, then [`Flow::receive_callback`] with the URL that it comes back to.
    ///
    /// Saved already; [`Flow::resume`] gives it again until the deadline. Only
    /// [`Client::reissue_key`](crate::Client::reissue_key) leads here.
    Authorize {
        /// Where to send the user's browser. It carries `state`: keep it out of logs.
        authorize_url: Secret,
        /// The flow, waiting for its callback.
        flow: Flow,
    },
    /// The operation did not succeed. Saved already; stays restorable until the host deletes it.
    Failed {
        /// What went wrong.
        error: VenuekeyError,
        /// How this flow can continue, by [`Flow::recover`], if it can.
        recovery: Option<Recovery>,
        /// The flow, ended.
        flow: Flow,
    },
    /// The operation succeeded. Saved already; stays restorable until the host deletes it.
    Done {
        /// The result.
        outcome: Outcome,
        /// The flow, finished.
        flow: Flow,
    },
}

impl Step {
    /// The name used in every language.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Send { .. } => "send",
            Self::Save { .. } => "save",
            Self::Wait { .. } => "wait",
            Self::Choose { .. } => "choose",
            Self::Authorize { .. } => "authorize",
            Self::Failed { .. } => "failed",
            Self::Done { .. } => "done",
        }
    }

    /// The step with its flow marked: until it is saved, what it holds is nowhere else.
    pub(crate) fn with_news(mut self) -> Self {
        match &mut self {
            Self::Send { next: flow, .. }
            | Self::Save { next: flow }
            | Self::Wait { next: flow, .. }
            | Self::Choose { flow, .. }
            | Self::Authorize { flow, .. }
            | Self::Failed { flow, .. }
            | Self::Done { flow, .. } => flow.brings_news = true,
        }
        self
    }

    /// The flow after this step.
    pub fn flow(&self) -> &Flow {
        match self {
            Self::Send { next, .. } | Self::Save { next } | Self::Wait { next, .. } => next,
            Self::Choose { flow, .. }
            | Self::Authorize { flow, .. }
            | Self::Failed { flow, .. }
            | Self::Done { flow, .. } => flow,
        }
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send { request, .. } => write!(f, "Step::Send({request:?})"),
            Self::Save { .. } => f.write_str("Step::Save"),
            Self::Wait { until_ms, reason, .. } => write!(f, "Step::Wait({}, until_ms={until_ms})", reason.as_str()),
            Self::Choose { subaccounts, may_create, .. } => {
                write!(f, "Step::Choose({} subaccounts, may_create={may_create})", subaccounts.len())
            }
            Self::Authorize { .. } => f.write_str("Step::Authorize"),
            Self::Failed { error, recovery, .. } => {
                write!(f, "Step::Failed({error}, recovery={})", recovery.map_or("none", Recovery::as_str))
            }
            Self::Done { outcome, .. } => write!(f, "Step::Done({})", outcome.name()),
        }
    }
}
