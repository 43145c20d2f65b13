//! What a connection may leave behind at its venue, as far as it knows.

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::secret::Secret;
use crate::client::Client;
use crate::connection::Connection;
use crate::connection::data::{ConnectionData, LetGo, ending, named};
use crate::connection::standing::held;
use crate::flow::Flow;
use crate::flow::state::{FlowData, State};
use crate::model::api_key::{ApiKey, ExternalId};
use crate::model::outcome::Outcome;
use crate::venue::contract::{FlowContext, StageKind, of_kind};

/// Stands for a key of which nothing is known, and which may not be there.
pub(super) const UNKNOWN_KEY: &str = "unknown";

/// What is known of the key that a flow may leave at the venue, where that is enough to delete it: its id, and tokens.
pub(super) fn left_behind(flow: &FlowData) -> Option<FlowContext> {
    let FlowContext { tokens, external_id, candidate_public_key, .. } =
        &flow.state.work().filter(|_| !is_settled(flow))?.context;
    Some(FlowContext {
        external_id: Some(external_id.clone()?),
        candidate_public_key: candidate_public_key.clone(),
        ..FlowContext::of(tokens.as_ref()?)
    })
}

/// That key's id.
pub(super) fn left_id(flow: &FlowData) -> Option<ExternalId> {
    left_behind(flow)?.external_id
}

impl Connection {
    /// All that tells the key that is to be deleted or named: the one let go of, the credential's, or that of a key which the flow
    /// left behind and no credential has. Another row may know less of the same key, so it is sought by each.
    pub(super) fn sought(&self) -> Vec<Secret> {
        if let Some(key) = self.data.let_go.first() {
            return key.known_by.clone();
        }
        let flow = self.data.flow.as_ref().filter(|flow| {
            flow.state.work().is_some_and(|work| match self.data.intent {
                Some(_) => left_by_flow(&self.client, &self.data).is_some(),
                None => work.stage.kind == StageKind::Delete,
            })
        });
        let own = self.data.credential.as_ref().and_then(|credential| credential.key.as_ref());
        let own = own.filter(|_| flow.is_none_or(|flow| counts_as_own(&self.data, flow))).map(|own| known_of(&own.key));
        // A key's public half may be its id: each once.
        let mut once: Vec<Secret> = Vec::new();
        for account in flow.map(known_by).into_iter().chain(own).flatten() {
            if !once.iter().any(|known| known.ct_eq(account.expose())) {
                once.push(account);
            }
        }
        once
    }
}

/// What the key is known by that the connection's flow may leave at the venue.
pub(super) fn left_by_flow(client: &Client, data: &ConnectionData) -> Option<String> {
    [&data.flow, &data.handing_off].into_iter().flatten().find_map(|flow| may_be_left(client, flow))
}

/// What the key is known by that the connection holds, unless it is gone.
pub(super) fn left_by_credential(data: &ConnectionData) -> Option<String> {
    let credential = data.credential.as_ref()?;
    let key = &credential.key.as_ref()?.key;
    let context = data.flow.as_ref().and_then(|flow| Some(&flow.state.work()?.context));
    let is_followed = || context.is_some_and(|known| known.external_id.is_some() && !is_same_key(key, known));
    let is_gone = match credential.spent.as_ref().map(VenuekeyError::code) {
        Some(ErrorCode::KeyGone) => true,
        // The user has to delete it before the venue makes another (facts/whitebit.md, 7.1).
        Some(ErrorCode::KeyDisabled) => is_followed(),
        _ => false,
    };
    (!is_gone).then(|| named(key))
}

/// The key that a flow which is given up may leave, unless the connection holds that one.
pub(super) fn let_go_by(client: &Client, data: &ConnectionData, flow: &FlowData) -> Option<LetGo> {
    let name = may_be_left(client, flow).filter(|_| !counts_as_own(data, flow))?;
    Some(LetGo { name, known_by: known_by(flow) })
}

/// The key that the connection holds, if it works with another from now on.
pub(super) fn let_go_by_credential(data: &ConnectionData) -> Option<LetGo> {
    left_by_credential(data)?;
    Some(let_go_key(&data.credential.as_ref()?.key.as_ref()?.key))
}

/// A key that the connection has no use for.
pub(super) fn let_go_key(key: &ApiKey) -> LetGo {
    LetGo { name: named(key), known_by: known_of(key) }
}

/// The key that a flow has come to.
pub(super) fn let_go_at(id: &ExternalId, flow: &FlowData) -> LetGo {
    LetGo { name: id.as_str().to_owned(), known_by: known_by(flow) }
}

/// All that tells a key.
fn known_of(key: &ApiKey) -> Vec<Secret> {
    let id = key.external_id().map(|id| Secret::new(id.as_str()));
    // Another row may have been made with what the callback called the public half (facts/whitebit.md, D2).
    let halves = [Some(key.api_key()), key.candidate_public_key()].into_iter().flatten().cloned();
    id.into_iter().chain(halves).collect()
}

/// All that tells a flow's key.
fn known_by(flow: &FlowData) -> Vec<Secret> {
    let Some(FlowContext { external_id, candidate_public_key, .. }) = flow.state.work().map(|work| &work.context)
    else {
        return Vec::new();
    };
    let id = external_id.as_ref().map(|id| Secret::new(id.as_str()));
    id.into_iter().chain(candidate_public_key.clone()).collect()
}

/// Whether a flow's key may be the one that the connection holds.
pub(super) fn may_be_own(data: &ConnectionData, flow: &FlowData) -> bool {
    let credential = data.credential.as_ref();
    let key = credential.and_then(|credential| credential.key.as_ref()).map(|held| &held.key);
    let Some((key, work)) = key.zip(flow.state.work()) else { return false };
    // Nobody has asked for the id of a key that was imported without it, and a venue has room for one that works.
    let works = credential.is_some_and(|credential| credential.spent.is_none());
    let is_unnamed = key.external_id().is_none() && work.context.external_id.is_some();
    is_same_key(key, &work.context) || (works && is_unnamed)
}

/// Whether whoever looks for, or names, the key that the connection holds does so for a flow's as well.
pub(super) fn counts_as_own(data: &ConnectionData, flow: &FlowData) -> bool {
    may_be_own(data, flow) && !is_told_apart(data, flow)
}

/// Whether both public halves are known, and a flow's key is another than the one that the connection holds. Reason enough to
/// name it, and not to delete it.
fn is_told_apart(data: &ConnectionData, flow: &FlowData) -> bool {
    let key = data.credential.as_ref().and_then(|credential| credential.key.as_ref()).map(|held| held.key.api_key());
    let Some((half, work)) = key.zip(flow.state.work()) else { return false };
    let is_half = |id: &ExternalId| half.ct_eq(id.as_str());
    // Either may be the public half (facts/whitebit.md, D2).
    let FlowContext { external_id, candidate_public_key, .. } = &work.context;
    candidate_public_key.as_ref().is_some_and(|candidate| !candidate.ct_eq(half.expose()))
        && external_id.as_ref().is_some_and(|id| !is_half(id))
}

fn is_same_key(key: &ApiKey, known: &FlowContext) -> bool {
    match (key.external_id(), &known.external_id) {
        (Some(own), Some(id)) => own == id,
        // Exposed to compare.
        _ => known.candidate_public_key.as_ref().is_some_and(|half| half.ct_eq(key.api_key().expose())),
    }
}

/// What a key is known by that a flow may leave at the venue: its id, how its public half ends, or [`UNKNOWN_KEY`].
fn may_be_left(client: &Client, flow: &FlowData) -> Option<String> {
    if let Some(id) = left_id(flow).or_else(|| taken_elsewhere(flow).cloned()) {
        return Some(id.as_str().to_owned());
    }
    if held(flow).is_some() {
        // The user has agreed, and the backend may never hear of it.
        return Some(UNKNOWN_KEY.to_owned());
    }
    let work = flow.state.work().filter(|_| flow.operation.connects_key() && !is_settled(flow))?;
    let is_in_flight = matches!(flow.state, State::InFlight { .. });
    let makes = matches!(work.stage.kind, StageKind::Fetch | StageKind::Create);
    let is_in_doubt = work.context.creation_in_doubt || (makes && (is_in_flight || work.doubts > 0));
    if !comes_with_consent(client, flow) && !is_in_doubt {
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

/// The key whose secret somebody has read, or that was not deleted since another may work with it. That may have been this flow by
/// a request whose reply was lost on the way (facts/whitebit.md, 7.2), so the key is never deleted for it; it is named unless
/// another row holds it.
fn taken_elsewhere(flow: &FlowData) -> Option<&ExternalId> {
    let State::Failed { error, .. } = &flow.state else { return None };
    // The key that another was to replace is the credential's.
    let work = flow.state.work().filter(|work| !work.replaces_key())?;
    work.context.external_id.as_ref().filter(|_| error.code() == ErrorCode::SecretTakenElsewhere)
}

/// Whether a flow that has failed leaves no key that it could delete: the key is gone, or another may work with it.
fn is_settled(flow: &FlowData) -> bool {
    let State::Failed { error, .. } = &flow.state else { return false };
    matches!(error.code(), ErrorCode::SecretLost | ErrorCode::KeyGone | ErrorCode::SecretTakenElsewhere)
}

/// The key that a flow has brought.
pub(super) fn key_of(flow: &FlowData) -> Option<&ApiKey> {
    match &flow.state {
        State::Done { result: Outcome::ApiKey { key, .. } } => Some(key),
        _ => None,
    }
}

/// Whether this is what the key is known by that a flow has come to.
pub(super) fn is_known_as(flow: &FlowData, name: &str) -> bool {
    let is_half = |half: Option<&Secret>| half.is_some_and(|half| ending(half) == name);
    if let Some(key) = key_of(flow) {
        return named(key) == name || is_half(Some(key.api_key())) || is_half(key.candidate_public_key());
    }
    let context = flow.state.work().map(|work| &work.context);
    let is_id = |known: &FlowContext| known.external_id.as_ref().is_some_and(|id| id.as_str() == name);
    context.is_some_and(|known| is_id(known) || is_half(known.candidate_public_key.as_ref()))
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
        // The old key is deleted before the user is asked for the new one.
        State::AwaitingCallback { .. } => sent.data().state.work()?.context.external_id.as_ref(),
        _ => deleted_key(next),
    }
}
