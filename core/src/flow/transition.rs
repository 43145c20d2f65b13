//! What a transition decides; the flow turns it into a state and a step.

use crate::base::error::VenuekeyError;
use crate::flow::state::Work;
use crate::model::outcome::Outcome;
use crate::model::policy::{Recovery, WaitReason};
use crate::venue::contract::NextConsent;

/// What a transition decides; the flow turns it into a state and a step.
pub(crate) enum Move {
    Ready(Work),
    Choose(Work),
    Authorize(NextConsent),
    Send(Work),
    Wait { work: Work, wait_ms: u32, reason: WaitReason },
    Finish(Outcome),
    End { error: VenuekeyError, recovery: Option<Recovery>, work: Option<Work> },
}
