//! What a connection may leave behind at its venue, as far as it knows.

use crate::base::error::ErrorCode;
use crate::client::Client;
use crate::connection::data::ending;
use crate::connection::standing::held;
use crate::flow::Flow;
use crate::flow::state::{FlowData, State};
use crate::model::api_key::ExternalId;
use crate::model::outcome::Outcome;
use crate::model::tokens::Tokens;
use crate::venue::contract::{StageKind, of_kind};

/// Stands for a key of which nothing is known, and which may not be there.
pub(super) const UNKNOWN_KEY: &str = "unknown";

/// The tokens and the key's id of a flow that may leave a key at the venue.
pub(super) fn left_behind(flow: &FlowData) -> Option<(Tokens, ExternalId)> {
    let context = &flow.state.work().filter(|_| !is_deleted(flow))?.context;
    Some((context.tokens.clone()?, context.external_id.clone()?))
}

/// What a key is known by that a flow may leave at the venue: its id, how its public half ends, or [`UNKNOWN_KEY`].
pub(super) fn may_be_left(client: &Client, flow: &FlowData) -> Option<String> {
    if let Some((_, id)) = left_behind(flow) {
        return Some(id.as_str().to_owned());
    }
    if held(flow).is_some() {
        // The user has agreed, and the backend may never hear of it.
        return Some(UNKNOWN_KEY.to_owned());
    }
    let work = flow.state.work().filter(|_| flow.operation.connects_key() && !is_deleted(flow))?;
    let is_in_flight = matches!(flow.state, State::InFlight { .. });
    let makes = matches!(work.stage.kind, StageKind::Fetch | StageKind::Create);
    if !comes_with_consent(client, flow) && !(makes && (is_in_flight || work.doubts > 0)) {
        return None;
    }
    Some(work.context.candidate_public_key.as_ref().map_or_else(|| UNKNOWN_KEY.to_owned(), ending))
}

/// Whether the venue makes the key by itself once the user has agreed: then a stage of the flow looks for it.
fn comes_with_consent(client: &Client, flow: &FlowData) -> bool {
    let stages = client.settings.stages(flow.operation).unwrap_or_default();
    flow.operation.connects_key() && of_kind(stages, StageKind::Check).is_some()
}

/// Whether the flow is on its way to a key that the venue may have made, and whose id it will be told.
pub(super) fn looks_for_key(client: &Client, flow: &FlowData) -> bool {
    let is_under_way = matches!(flow.state, State::Ready { .. } | State::InFlight { .. } | State::Waiting { .. });
    let is_before = |kind| matches!(kind, StageKind::Exchange | StageKind::Identify | StageKind::Check);
    let work = flow.state.work().filter(|work| work.context.external_id.is_none());
    is_under_way && work.is_some_and(|work| is_before(work.stage.kind)) && comes_with_consent(client, flow)
}

/// The key was deleted, since its secret counted as lost.
fn is_deleted(flow: &FlowData) -> bool {
    matches!(&flow.state, State::Failed { error, .. } if error.code() == ErrorCode::SecretLost)
}

/// That key's id.
pub(super) fn deleted_key(flow: &Flow) -> Option<&ExternalId> {
    flow.data().state.work().filter(|_| is_deleted(flow.data()))?.context.external_id.as_ref()
}

/// The id of the key whose end a reply has told; `sent` is the flow that asked.
pub(super) fn gone_key<'a>(next: &'a Flow, sent: &'a Flow) -> Option<&'a ExternalId> {
    match &next.data().state {
        State::Done { result: Outcome::KeyDeleted { .. } } => sent.data().state.work()?.context.external_id.as_ref(),
        _ => deleted_key(next),
    }
}
