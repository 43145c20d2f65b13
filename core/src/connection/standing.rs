//! Where a connection's flow stands.

use crate::flow::state::{FlowData, State};
use crate::model::hand_off::HandOff;
use crate::model::outcome::Outcome;

/// The hand-off that a flow has come to.
pub(super) fn held(flow: &FlowData) -> Option<&HandOff> {
    match &flow.state {
        State::Done { result: Outcome::HandOff { hand_off } } => Some(hand_off),
        _ => None,
    }
}

/// Whether a worker is at it, or is to be, and nobody else.
pub(super) fn is_working(flow: &FlowData) -> bool {
    matches!(flow.state, State::Ready { .. } | State::InFlight { .. } | State::Waiting { .. })
}
