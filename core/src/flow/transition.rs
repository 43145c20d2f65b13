//! What a transition decides; the flow turns it into a state and a step.

use crate::base::error::VenuekeyError;
use crate::flow::state::StageState;
use crate::model::outcome::Outcome;
use crate::model::policy::{Recovery, WaitReason};
use crate::venue::contract::NextConsent;

/// What a transition decides; the flow turns it into a state and a step.
pub(crate) enum Transition {
    Ready(StageState),
    Choose(StageState),
    Authorize(NextConsent),
    Send(StageState),
    Wait { work: StageState, wait_ms: u32, reason: WaitReason },
    Finish(Outcome),
    End { error: VenuekeyError, recovery: Option<Recovery>, work: Option<StageState> },
}
