//! Whether what comes back can have been written here: a snapshot edited by hand must fail here, not at the venue.

use crate::base::json;
use crate::base::secret::Secret;
use crate::base::text::is_uid;
use crate::base::time;
use crate::flow::state::{FlowData, StageState, State};
use crate::model::api_key::{ApiKey, ExternalId, PermissionGroup, Subaccount};
use crate::model::hand_off::MAX_HAND_OFF_BYTES;
use crate::model::key_request::KeyRequest;
use crate::model::operation::FlowOperation;
use crate::model::outcome::Outcome;
use crate::model::policy::Recovery;
use crate::model::tokens::Tokens;
use crate::venue::contract::{FlowContext, MAX_LISTED, MAX_NICKNAME_CHARS, NextConsent, Stage, StageKind, of_kind};
use crate::venue::settings::Settings;

/// Everything a later step relies on: a snapshot edited by hand must fail here, not at the venue.
pub(crate) fn is_sound(settings: &Settings, flow: &FlowData) -> bool {
    let id_fits = flow.flow_id.len() == 32 && flow.flow_id.bytes().all(|b| b.is_ascii_hexdigit());
    // Zero is the revision of a flow that was opened from its seal and is not in the store yet.
    let first = if matches!(flow.state, State::AwaitingCallback { .. }) { 0 } else { 1 };
    // The same bound as for times, for the same reason.
    if !id_fits || !(first..=time::MAX_MS).contains(&flow.revision) {
        return false;
    }
    let Ok(stages) = settings.stages(flow.operation) else { return false };
    if !uid_is_sound(&flow.expected_uid) || (flow.expected_uid.is_some() && !settings.profile.tells_uid) {
        return false;
    }
    let connects = of_kind(stages, StageKind::Exchange).is_some();
    match &flow.state {
        State::AwaitingCallback { oauth_state, code_verifier, expires_at_ms, response_type, key_request } => {
            connects
                && *expires_at_ms <= time::MAX_MS
                && settings.profile.state.fits(oauth_state)
                && verifier_fits(settings, flow.operation, code_verifier)
                && settings.offers(flow.operation, *response_type)
                && request_fits(settings, flow.operation, key_request.as_ref())
        }
        State::Ready { work } => {
            (work.call == work.stage || work.looks_first()) && work_is_sound(settings, stages, flow.operation, work)
        }
        State::AwaitingChoice { work } => {
            work.call.kind == StageKind::Choose
                && work.context.subaccounts.is_some()
                && work_is_sound(settings, stages, flow.operation, work)
        }
        State::InFlight { work } => work_is_sound(settings, stages, flow.operation, work),
        State::Waiting { work, until_ms, .. } => {
            *until_ms <= time::MAX_MS && work_is_sound(settings, stages, flow.operation, work)
        }
        State::Done { result } => outcome_is_sound(settings, flow.operation, result),
        State::Failed { error, recovery, work } => {
            error.is_sound(settings.profile.venue)
                && work
                    .as_ref()
                    .is_none_or(|work| work_is_sound(settings, stages, flow.operation, work) || recovery.is_none())
                && (recovery.is_none() || work.is_some())
                && (*recovery != Some(Recovery::DeleteKey)
                    || (flow.operation.connects_key() && of_kind(settings.profile.stages, StageKind::Delete).is_some()))
                && (*recovery != Some(Recovery::ChooseAgain) || of_kind(stages, StageKind::Choose).is_some())
        }
    }
}

fn work_is_sound(settings: &Settings, stages: &[&'static Stage], operation: FlowOperation, work: &StageState) -> bool {
    let recovers = operation.connects_key() && work.stage.kind == StageKind::Delete;
    let consent_fits = work.context.next_consent.as_ref().is_none_or(|next| {
        operation == FlowOperation::ReissueKey
            && work.stage.kind == StageKind::Delete
            && consent_is_sound(settings, operation, next)
    });
    let call_fits = work.call == work.stage || work.call.kind == StageKind::Refresh || work.looks_first();
    (stages.contains(&work.stage) || recovers)
        && call_fits
        && consent_fits
        && context_is_sound(&work.context)
        && belongs_here(settings, &work.context)
        && match (&work.context.next_consent, &work.context.key_request) {
            // What is asked of the new key stands in the consent to it.
            (Some(_), asked) => asked.is_none(),
            (None, asked) => request_fits(settings, operation, asked.as_ref()),
        }
        && (work.call.kind != StageKind::Exchange || verifier_fits(settings, operation, &work.context.code_verifier))
        // What can't be asked with what is known can't have been asked.
        && [work.call, work.stage]
            .into_iter()
            .all(|stage| (stage.request)(stage, &settings.identity, &work.context).is_some())
}

fn consent_is_sound(settings: &Settings, operation: FlowOperation, consent: &NextConsent) -> bool {
    settings.profile.state.fits(&consent.oauth_state)
        && verifier_fits(settings, operation, &consent.code_verifier)
        && callback_timeout_fits(consent.callback_timeout_s)
        && settings.offers(operation, consent.response_type)
        && request_fits(settings, operation, consent.key_request.as_ref())
}

/// What the operation can bring; its end may be past by now.
fn request_fits(settings: &Settings, operation: FlowOperation, request: Option<&KeyRequest>) -> bool {
    settings.check_key_request(operation, request).is_ok()
}

/// Long enough for a person, short enough to be forgotten.
pub(crate) fn callback_timeout_fits(seconds: u32) -> bool {
    (60..=86_400).contains(&seconds)
}

/// There where the flow's consent has PKCE, and only there.
pub(super) fn verifier_fits(settings: &Settings, operation: FlowOperation, verifier: &Option<Secret>) -> bool {
    verifier.is_some() == (settings.profile.consent)(operation).pkce
        && verifier.as_ref().is_none_or(|verifier| (43..=128).contains(&verifier.len()))
}

pub(super) fn context_is_sound(context: &FlowContext) -> bool {
    context.code.as_ref().is_none_or(|code| !code.is_empty() && code.len() <= 2048)
        && context.candidate_public_key.as_ref().is_none_or(|key| key.is_header_safe(256))
        && context.tokens.as_ref().is_none_or(Tokens::is_sound)
        && uid_is_sound(&context.uid)
        && uid_is_sound(&context.sub_member_id)
        && context
            .subaccounts
            .as_ref()
            .is_none_or(|listed| listed.len() <= MAX_LISTED && listed.iter().all(is_subaccount))
        && context.permissions.as_ref().is_none_or(|groups| permissions_fit(groups))
}

/// What only this venue can have said.
fn belongs_here(settings: &Settings, context: &FlowContext) -> bool {
    key_id_fits(settings, context.external_id.as_ref())
        && context.tokens.as_ref().is_none_or(|tokens| tokens.site() == context.site.as_deref())
}

fn key_id_fits(settings: &Settings, id: Option<&ExternalId>) -> bool {
    id.is_none_or(|id| (settings.profile.key_id)(id.as_str()).is_ok())
}

/// Whether all that the flow holds is of sites that this client knows.
pub(crate) fn sites_are_known(settings: &Settings, flow: &FlowData) -> bool {
    let result = match &flow.state {
        State::Done { result } => Some(result),
        _ => None,
    };
    let key = match result {
        Some(Outcome::ApiKey { key, .. }) => Some(key),
        _ => None,
    };
    let context = flow.state.work().map(|work| &work.context);
    let tokens = result.and_then(Outcome::tokens).or(context.and_then(|context| context.tokens.as_ref()));
    [tokens.and_then(Tokens::site), key.and_then(ApiKey::site), context.and_then(|context| context.site.as_deref())]
        .into_iter()
        .all(|site| settings.identity.knows_site(site))
}

fn is_subaccount(account: &Subaccount) -> bool {
    is_uid(&account.id) && account.nickname.as_ref().is_none_or(|name| name.chars().count() <= MAX_NICKNAME_CHARS)
}

fn outcome_is_sound(settings: &Settings, operation: FlowOperation, outcome: &Outcome) -> bool {
    let belongs = match outcome {
        Outcome::ApiKey { key, .. } => operation.brings_key() && key_is_sound(settings, key),
        Outcome::AccountTokens { uid, .. } => operation == FlowOperation::AccountTokens && uid_is_sound(uid),
        Outcome::TokensRefreshed { .. } => operation == FlowOperation::RefreshTokens,
        Outcome::KeyChecked { status, .. } => {
            operation == FlowOperation::CheckKey
                && (!status.is_enabled() || status.external_id.is_some())
                && key_id_fits(settings, status.external_id.as_ref())
                && status.permissions.as_ref().is_none_or(|groups| permissions_fit(groups))
        }
        Outcome::KeyDeleted { .. } => operation == FlowOperation::DeleteKey,
        Outcome::HandOff { hand_off } => {
            operation == FlowOperation::ApiKey
                && settings.profile.hands_off
                && hand_off.expose().len() <= MAX_HAND_OFF_BYTES
        }
    };
    belongs && outcome.tokens().is_none_or(Tokens::is_sound)
}

pub(crate) fn key_is_sound(settings: &Settings, key: &ApiKey) -> bool {
    let has_passphrase = key.passphrase.is_some();
    let asked = KeyRequest { passphrase: key.passphrase.clone(), ..KeyRequest::default() };
    key.api_key.is_header_safe(256)
        && key_id_fits(settings, key.external_id.as_ref())
        && (!has_passphrase || (settings.profile.has_passphrase && asked.check().is_ok()))
        && !key.api_secret.is_empty()
        && key.candidate_public_key.as_ref().is_none_or(|key| key.is_header_safe(256))
        && uid_is_sound(&key.uid)
        && uid_is_sound(&key.sub_member_id)
        && key.permissions.as_ref().is_none_or(|groups| permissions_fit(groups))
}

pub(crate) fn uid_is_sound(uid: &Option<String>) -> bool {
    uid.as_ref().is_none_or(|uid| is_uid(uid))
}

/// Permissions over this size, as JSON, are left out of a flow: they can be read again by `check_key`.
const MAX_PERMISSION_BYTES: usize = 48 * 1024;

/// Whether these permissions leave room in a snapshot for everything else.
pub(crate) fn permissions_fit(groups: &[PermissionGroup]) -> bool {
    json::written_plain(groups).len() <= MAX_PERMISSION_BYTES
}
