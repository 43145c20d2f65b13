//! One worker's loop, cut into the small steps between which anything may happen.

use venuekey::parts::{Flow, HttpResponse, Outcome, Recovery, Step, VenuekeyError};

/// Where a worker stands in its loop. Dropping it is a crash.
pub enum Worker {
    /// Nothing in hand.
    Idle,
    /// A step to be saved.
    Holds(Step),
    /// Saved; now to be acted on.
    Saved(Step),
    /// Sent; the reply is on its way, or never comes.
    Sent { next: Flow, reply: Option<HttpResponse>, event: String },
    /// Sleeps until its own clock says so.
    Sleeps { until_ms: u64, next: Flow },
}

/// How a flow ended.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // One is made for each run.
pub enum End {
    Done(Outcome),
    Failed(VenuekeyError, Option<Recovery>),
}

impl End {
    /// The end a step stands for, if it is one.
    pub fn of(step: &Step) -> Option<End> {
        match step {
            Step::Done { outcome, .. } => Some(End::Done(outcome.clone())),
            Step::Failed { error, recovery, .. } => Some(End::Failed(error.clone(), *recovery)),
            _ => None,
        }
    }
}
