//! A connection as text, and back. Version 1 freezes at the first release.

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::ids::{Venue, VenueEnvironment};
use crate::base::json::{self, FromJson, members_read, members_written};
use crate::base::secret::Secret;
use crate::base::time;
use crate::connection::data::{ConnectionData, Credential, LetGo, check_name};
use crate::connection::seen::SeenKey;
use crate::connection::standing::held;
use crate::flow::state::{FlowData, State};
use crate::flow::validate::{self, key_is_sound, uid_is_sound};
use crate::model::outcome::Outcome;
use crate::venue::identity::UNKNOWN_SITE;
use crate::venue::settings::Settings;

const CONNECTION_VERSION: u32 = 1;
/// A flow's 256 KiB, a key's, and the rest.
const MAX_CONNECTION_BYTES: usize = 512 * 1024;

struct Written<'a> {
    venuekey_connection: u32,
    venue: Venue,
    environment: VenueEnvironment,
    client_id: &'a str,
    redirect_uri: &'a str,
    connection: &'a ConnectionData,
}

members_written!(Written<'_> { venuekey_connection, venue, environment, client_id, redirect_uri, connection });

struct Read {
    _version: u32,
    venue: Venue,
    environment: VenueEnvironment,
    client_id: String,
    redirect_uri: String,
    connection: ConnectionData<String>,
}

members_read!(Read { _version as "venuekey_connection", venue, environment, client_id, redirect_uri, connection });

pub(super) fn write(settings: &Settings, connection: &ConnectionData) -> Secret {
    json::written(&Written {
        venuekey_connection: CONNECTION_VERSION,
        venue: settings.profile.venue,
        environment: settings.environment,
        client_id: &settings.identity.client_id,
        redirect_uri: &settings.identity.redirect_uri,
        connection,
    })
}

pub(super) fn read(settings: &Settings, text: &str) -> Result<ConnectionData, VenuekeyError> {
    let refuse = |code, hint: &str| Err(VenuekeyError::new(code).with_hint(hint));
    if text.len() > MAX_CONNECTION_BYTES {
        return refuse(ErrorCode::SnapshotInvalid, "it is larger than 512 KiB");
    }
    let Some((version, json)) = json::versioned(text, "venuekey_connection") else {
        return refuse(ErrorCode::SnapshotInvalid, "it is not a connection");
    };
    if version != CONNECTION_VERSION {
        let hint = format!("it has version {version}; this release reads {CONNECTION_VERSION}");
        return refuse(ErrorCode::SnapshotVersion, &hint);
    }
    let Some(read) = Read::from_json(json) else {
        return refuse(ErrorCode::SnapshotInvalid, "its fields do not match its version");
    };
    // A redirect URI that was changed since matters to a flow alone.
    let ours = &settings.identity.redirect_uri;
    let redirect_uri = if read.connection.flow.is_some() { &read.redirect_uri } else { ours };
    if !settings.are_those_of(read.venue, read.environment, &read.client_id, redirect_uri) {
        let hint = "venue, environment, client_id and, while a flow is open, redirect_uri must be the ones it was started with";
        return refuse(ErrorCode::SnapshotMismatch, hint);
    }
    if !is_of_this_kind(settings, &read.connection) {
        return refuse(ErrorCode::SnapshotMismatch, OTHER_KIND);
    }
    let connection = resolve(settings, read.connection);
    if connection.as_ref().is_some_and(|connection| !sites_are_known(settings, connection)) {
        return refuse(ErrorCode::SnapshotMismatch, UNKNOWN_SITE);
    }
    match connection.filter(|connection| is_sound(settings, connection)) {
        Some(connection) => Ok(connection),
        None => refuse(ErrorCode::SnapshotInvalid, "its values contradict each other"),
    }
}

/// With the venue's stages in the place of their names.
fn resolve(settings: &Settings, read: ConnectionData<String>) -> Option<ConnectionData> {
    let ConnectionData {
        id,
        revision,
        owner,
        client,
        label,
        goal,
        keep_alive,
        begun_at_ms,
        flows,
        called_off,
        flow,
        handing_off,
        credential,
        let_go,
        attempt,
        attempts,
        intent,
        ended,
        events,
        outbox,
        tell_at_ms,
        trail,
    } = read;
    let resolved = |flow: Option<FlowData<String>>| match flow {
        Some(flow) => flow.resolve(|name| settings.profile.stage(name)).map(Some),
        None => Some(None),
    };
    let (flow, handing_off) = (resolved(flow)?, resolved(handing_off)?);
    Some(ConnectionData {
        id,
        revision,
        owner,
        client,
        label,
        goal,
        keep_alive,
        begun_at_ms,
        flows,
        called_off,
        flow,
        handing_off,
        credential,
        let_go,
        attempt,
        attempts,
        intent,
        ended,
        events,
        outbox,
        tell_at_ms,
        trail,
    })
}

const OTHER_KIND: &str =
    "it belongs to the same client with its client_secret, or without: give this one what the other has";

/// Whether a client of this kind, with its secret or without, can have come to this. If only the other kind can, the row is not
/// damaged: it is left alone, or a client that lacks the secret would end what it can't keep alive.
fn is_of_this_kind(settings: &Settings, connection: &ConnectionData<String>) -> bool {
    let (ours, environment) = (settings.profile, settings.environment);
    let Ok(other) = ours.venue.profile(settings.identity.client_secret.is_some()) else { return true };
    let is_others_operation = |operation| {
        let (ours, other) = ((ours.operation)(environment, operation), (other.operation)(environment, operation));
        ours.is_empty() && !other.is_empty()
    };
    let is_others_stage = |name: &str| ours.stage(name).is_none() && other.stage(name).is_some();
    let is_others_flow = |flow: &FlowData<String>| {
        let is_held = matches!(&flow.state, State::Done { result: Outcome::HandOff { .. } });
        is_others_operation(flow.operation)
            || (is_held && !ours.hands_off && other.hands_off)
            // Who hands off has no request of its own.
            || flow.state.work().is_some_and(|work| {
                ours.hands_off || is_others_stage(&work.stage) || is_others_stage(&work.call)
            })
    };
    let has_tokens = connection.credential.as_ref().is_some_and(|credential| credential.tokens.is_some());
    let mut flows = [&connection.flow, &connection.handing_off].into_iter().flatten();
    !(is_others_operation(connection.goal.operation()) || (ours.hands_off && has_tokens) || flows.any(is_others_flow))
}

/// Requests would go elsewhere.
fn sites_are_known(settings: &Settings, connection: &ConnectionData) -> bool {
    let credential = connection.credential.as_ref();
    let tokens = credential.and_then(|credential| credential.tokens.as_ref()).and_then(|record| record.tokens.site());
    let key = credential.and_then(|credential| credential.key.as_ref()).and_then(|held| held.key.site());
    let of_flow = connection.flow.as_ref().is_none_or(|flow| validate::sites_are_known(settings, flow));
    of_flow && [tokens, key].into_iter().all(|site| settings.identity.knows_site(site))
}

/// Everything a later step relies on: a text edited by hand must fail here, not at the venue.
fn is_sound(settings: &Settings, connection: &ConnectionData) -> bool {
    let ConnectionData {
        id,
        revision,
        owner,
        client,
        label,
        flow,
        handing_off,
        credential,
        let_go,
        attempt,
        ended,
        ..
    } = connection;
    let lease_fits = attempt.as_ref().is_none_or(|lease| {
        lease.until_ms <= time::MAX_MS
            && lease.number <= connection.attempts
            && check_name("holder", &lease.holder, MAX_HOLDER_BYTES).is_ok()
    });
    let ended_fits = ended.as_ref().is_none_or(|ended| {
        ended.until_ms <= time::MAX_MS && ended.key_left.as_ref().is_none_or(|key| key.len() <= 64)
    });
    let let_go_fits = |key: &LetGo| {
        let is_known = !key.known_by.is_empty() && key.known_by.iter().all(|known| known.is_header_safe(256));
        key.name.len() <= 64 && is_known
    };
    id.len() == 32
        && id.bytes().all(|b| b.is_ascii_hexdigit())
        && (1..=time::MAX_MS).contains(revision)
        && names_fit(owner, client, label.as_deref()).is_ok()
        && (1..=time::MAX_MS).contains(&connection.flows)
        && connection.called_off.is_none_or(|flow| flow <= connection.flows)
        && flow.as_ref().is_none_or(|flow| validate::is_sound(settings, flow))
        && handing_off.as_ref().is_none_or(|flow| held(flow).is_some() && validate::is_sound(settings, flow))
        && credential.as_ref().is_none_or(|credential| credential_is_sound(settings, credential))
        && let_go.iter().all(let_go_fits)
        && lease_fits
        && ended_fits
}

fn credential_is_sound(settings: &Settings, credential: &Credential) -> bool {
    let venue = settings.profile.venue;
    let Credential { uid, tokens, key, spent, .. } = credential;
    uid_is_sound(uid)
        && (tokens.is_some() || key.is_some())
        && tokens.as_ref().is_none_or(|record| record.is_sound(venue))
        && key.as_ref().is_none_or(|held| {
            key_is_sound(settings, &held.key)
                && held.watch.venue == venue
                && held.watch.is_sound()
                && held.look_again_at_ms.is_none_or(|ms| ms <= time::MAX_MS)
                && held.seen.as_ref().is_none_or(SeenKey::is_sound)
        })
        && spent.as_ref().is_none_or(|error| error.is_sound(venue))
}

/// What a worker calls itself by.
pub(super) const MAX_HOLDER_BYTES: usize = 64;

/// The names that a host gives a connection.
pub(super) fn names_fit(owner: &str, client: &str, label: Option<&str>) -> Result<(), VenuekeyError> {
    check_name("owner", owner, 255)?;
    check_name("client_name", client, 64)?;
    label.map_or(Ok(()), |label| check_name("label", label, 255))
}
