//! A flow as text, and back. Version 1 freezes at the first release.

use core::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::FlowStatus;
use super::state::{FlowData, State, Work};
use super::step::Recovery;
use crate::account::{ApiKey, Outcome, PermissionGroup, Subaccount, Tokens};
use crate::error::{ErrorCode, VenuekeyError};
use crate::secret::Secret;
use crate::time;
use crate::venue::{Call, Environment, Facts, FlowOperation, MAX_LISTED, NextConsent, Settings, Venue, is_uid};

/// The snapshot version this release writes, and the newest it reads.
pub const SNAPSHOT_VERSION: u32 = 1;
/// The largest snapshot that is restored, in bytes (256 KiB). Each part has a bound of its own, counted as it is written
/// where JSON escapes can lengthen it, and all of them together stay below: what is written can be read.
pub const MAX_SNAPSHOT_BYTES: usize = 256 * 1024;
/// Permissions over this size, as JSON, are left out of a flow: they can be read again by `check_key`.
pub(crate) const MAX_PERMISSION_BYTES: usize = 48 * 1024;

/// A flow as text. **A secret**: encrypt it at rest; it may hold tokens, keys and a PKCE verifier.
///
/// It never holds a client secret, a host or a URL to send to: those come from the client that restores it.
#[derive(Clone)]
pub struct Snapshot {
    flow_id: String,
    revision: u64,
    operation: FlowOperation,
    status: FlowStatus,
    error: Option<VenuekeyError>,
    text: Secret,
}

impl Snapshot {
    pub(crate) fn new(
        flow_id: String,
        revision: u64,
        operation: FlowOperation,
        status: FlowStatus,
        error: Option<VenuekeyError>,
        text: Secret,
    ) -> Self {
        Self { flow_id, revision, operation, status, error, text }
    }

    /// The key to store it under: 32 hexadecimal digits. Of shared tokens, their `tokens_id`.
    pub fn flow_id(&self) -> &str {
        &self.flow_id
    }

    /// Counts up by one with each step, from 1; 0 for one that was opened from its seal.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The revision that must be in the store for this one to replace it; 0 means none may be there.
    pub fn expected_revision(&self) -> u64 {
        self.revision.saturating_sub(1)
    }

    /// What the flow is for.
    pub fn operation(&self) -> FlowOperation {
        self.operation
    }

    /// Where it stands, with its deadline where it has one: for a store that looks for flows to resume.
    pub fn status(&self) -> FlowStatus {
        self.status
    }

    /// Why it failed, where its status is `failed`: for a store that shows it. [`Flow::resume`](super::Flow::resume) gives
    /// the recovery too.
    pub fn error(&self) -> Option<&VenuekeyError> {
        self.error.as_ref()
    }

    pub(super) fn into_text(self) -> Secret {
        self.text
    }

    /// The text itself, JSON.
    pub fn expose(&self) -> &str {
        // Handed to the host's store, which encrypts it.
        self.text.expose()
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot({}, revision {})", self.flow_id, self.revision)
    }
}

/// The header says what the flow belongs to; all of it must match the restoring client.
#[derive(Serialize)]
struct Written<'a> {
    venuekey: u32,
    venue: Venue,
    environment: Environment,
    client_id: &'a str,
    redirect_uri: &'a str,
    flow: &'a FlowData,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    #[serde(rename = "venuekey")]
    _version: u32,
    venue: Venue,
    environment: Environment,
    client_id: String,
    redirect_uri: String,
    flow: FlowData,
}

#[derive(Deserialize)]
struct OnlyVersion {
    venuekey: u32,
}

/// Counts what is written into it.
struct Count(usize);

impl std::io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(crate) fn write(settings: &Settings, flow: &FlowData) -> Snapshot {
    let written = Written {
        venuekey: SNAPSHOT_VERSION,
        venue: settings.profile.venue,
        environment: settings.environment,
        client_id: &settings.client_id,
        redirect_uri: &settings.redirect_uri,
        flow,
    };
    let text = json(&written);
    let (flow_id, status) = (flow.flow_id.clone(), flow.state.status());
    let error = match &flow.state {
        State::Ended { error, .. } => Some(error.clone()),
        _ => None,
    };
    Snapshot { flow_id, revision: flow.revision, operation: flow.operation, status, error, text }
}

pub(crate) fn json(value: &impl Serialize) -> Secret {
    // Counted first, so that the text is written once, into room of its own size: growing leaves unwiped copies behind.
    let mut count = Count(0);
    // Writing plain data into memory does not fail; were it to, the empty text would not restore.
    let counted = serde_json::to_writer(&mut count, value).is_ok();
    let mut bytes = Zeroizing::new(Vec::with_capacity(count.0));
    let written = counted && serde_json::to_writer(&mut *bytes, value).is_ok();
    match std::str::from_utf8(&bytes) {
        Ok(text) if written => Secret::new(text),
        _ => Secret::new(""),
    }
}

pub(crate) fn read(settings: &Settings, text: &str) -> Result<FlowData, VenuekeyError> {
    let refuse = |code, hint: &str| Err(VenuekeyError::new(code).with_hint(hint));
    if text.len() > MAX_SNAPSHOT_BYTES {
        return refuse(ErrorCode::SnapshotInvalid, "it is larger than 256 KiB");
    }
    check_version(text)?;
    let Ok(read) = serde_json::from_str::<Read>(text) else {
        return refuse(ErrorCode::SnapshotInvalid, "its fields are not those of this version");
    };
    if !settings.are_those_of(read.venue, read.environment, &read.client_id, &read.redirect_uri) {
        return refuse(
            ErrorCode::SnapshotMismatch,
            "venue, environment, client_id and redirect_uri must be those it was begun with",
        );
    }
    if !is_sound(settings, &read.flow) {
        return refuse(ErrorCode::SnapshotInvalid, "its values contradict each other");
    }
    Ok(read.flow)
}

/// Whether this release can read it at all.
pub(crate) fn check_version(text: &str) -> Result<(), VenuekeyError> {
    // Serde's own messages may quote the text, so none of them is passed on.
    let Ok(OnlyVersion { venuekey }) = serde_json::from_str(text) else {
        return Err(VenuekeyError::new(ErrorCode::SnapshotInvalid).with_hint("it is not a venuekey snapshot"));
    };
    if venuekey != SNAPSHOT_VERSION {
        let hint = format!("it has version {venuekey}; this release reads {SNAPSHOT_VERSION}");
        return Err(VenuekeyError::new(ErrorCode::SnapshotVersion).with_hint(&hint));
    }
    Ok(())
}

/// Everything a later step relies on: a snapshot edited by hand must fail here, not at the venue.
fn is_sound(settings: &Settings, flow: &FlowData) -> bool {
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
    let connects = stages.contains(&Call::ExchangeCode);
    match &flow.state {
        State::AwaitingCallback { oauth_state, code_verifier, expires_at_ms, response_type } => {
            connects
                && *expires_at_ms <= time::MAX_MS
                && (32..=128).contains(&oauth_state.len())
                && verifier_fits(settings, flow.operation, code_verifier)
                && settings.offers(flow.operation, *response_type)
        }
        State::Ready { work } => work.call == work.stage && work_is_sound(settings, stages, flow.operation, work),
        State::AwaitingChoice { work } => {
            work.call == Call::ListSubaccounts
                && work.facts.subaccounts.is_some()
                && work_is_sound(settings, stages, flow.operation, work)
        }
        State::InFlight { work } => work_is_sound(settings, stages, flow.operation, work),
        State::Waiting { work, until_ms, .. } => {
            *until_ms <= time::MAX_MS && work_is_sound(settings, stages, flow.operation, work)
        }
        State::Finished { result } => outcome_is_sound(settings, flow.operation, result),
        State::Ended { error, recovery, work } => {
            error.is_sound()
                && work
                    .as_ref()
                    .is_none_or(|work| work_is_sound(settings, stages, flow.operation, work) || recovery.is_none())
                && (recovery.is_none() || work.is_some())
                && (*recovery != Some(Recovery::DeleteKey) || flow.operation.connects_key())
                && (*recovery != Some(Recovery::ChooseAgain) || stages.contains(&Call::ListSubaccounts))
        }
    }
}

fn work_is_sound(settings: &Settings, stages: &[Call], operation: FlowOperation, work: &Work) -> bool {
    let recovers = operation.connects_key() && work.stage == Call::DeleteKey;
    let consent_fits = work.facts.next_consent.as_ref().is_none_or(|next| {
        operation == FlowOperation::ReissueKey
            && work.stage == Call::DeleteKey
            && consent_is_sound(settings, operation, next)
    });
    let call_fits = work.call == work.stage
        || work.call == Call::RefreshTokens
        || (work.call == Call::CheckKey && work.stage == Call::DeleteKey);
    (stages.contains(&work.stage) || recovers)
        && call_fits
        && consent_fits
        && facts_are_sound(&work.facts)
        && (work.call != Call::ExchangeCode || verifier_fits(settings, operation, &work.facts.code_verifier))
        // What can't be asked with these facts can't have been asked.
        && (settings.profile.request)(work.call, settings, &work.facts).is_some()
        && (settings.profile.request)(work.stage, settings, &work.facts).is_some()
}

fn consent_is_sound(settings: &Settings, operation: FlowOperation, consent: &NextConsent) -> bool {
    (32..=128).contains(&consent.oauth_state.len())
        && verifier_fits(settings, operation, &consent.code_verifier)
        && callback_timeout_fits(consent.callback_timeout_s)
        && settings.offers(operation, consent.response_type)
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

pub(super) fn facts_are_sound(facts: &Facts) -> bool {
    facts.code.as_ref().is_none_or(|code| !code.is_empty() && code.len() <= 2048)
        && facts.candidate_public_key.as_ref().is_none_or(|key| key.is_header_safe(256))
        && facts.tokens.as_ref().is_none_or(Tokens::is_sound)
        && uid_is_sound(&facts.uid)
        && uid_is_sound(&facts.sub_member_id)
        && facts
            .subaccounts
            .as_ref()
            .is_none_or(|listed| listed.len() <= MAX_LISTED && listed.iter().all(is_subaccount))
        && facts.permissions.as_ref().is_none_or(|groups| permissions_fit(groups))
}

fn is_subaccount(account: &Subaccount) -> bool {
    is_uid(&account.id) && account.nickname.as_ref().is_none_or(|name| name.chars().count() <= 64)
}

fn outcome_is_sound(settings: &Settings, operation: FlowOperation, outcome: &Outcome) -> bool {
    let belongs = match outcome {
        Outcome::ApiKey { key, .. } => operation.brings_key() && key_is_sound(key),
        Outcome::AccountTokens { uid, .. } => operation == FlowOperation::AccountTokens && uid_is_sound(uid),
        Outcome::TokensRefreshed { .. } => operation == FlowOperation::RefreshTokens,
        Outcome::KeyChecked { status, .. } => {
            operation == FlowOperation::CheckKey
                && (!status.is_enabled() || status.external_id.is_some())
                && status.permissions.as_ref().is_none_or(|groups| permissions_fit(groups))
        }
        Outcome::KeyDeleted { .. } => operation == FlowOperation::DeleteKey,
        Outcome::HandOff { hand_off } => {
            operation == FlowOperation::ApiKey
                && settings.profile.hands_off
                && hand_off.expose().len() <= super::hand_off::MAX_HAND_OFF_BYTES
        }
    };
    belongs && outcome.tokens().is_none_or(Tokens::is_sound)
}

fn key_is_sound(key: &ApiKey) -> bool {
    key.api_key.is_header_safe(256)
        && !key.api_secret.is_empty()
        && key.candidate_public_key.as_ref().is_none_or(|key| key.is_header_safe(256))
        && uid_is_sound(&key.uid)
        && uid_is_sound(&key.sub_member_id)
        && key.permissions.as_ref().is_none_or(|groups| permissions_fit(groups))
}

fn uid_is_sound(uid: &Option<String>) -> bool {
    uid.as_ref().is_none_or(|uid| is_uid(uid))
}

/// Whether these permissions leave room in a snapshot for everything else.
pub(crate) fn permissions_fit(groups: &[PermissionGroup]) -> bool {
    let mut count = Count(0);
    serde_json::to_writer(&mut count, groups).is_ok() && count.0 <= MAX_PERMISSION_BYTES
}
