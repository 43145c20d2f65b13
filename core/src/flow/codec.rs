//! A flow as text, and back. Version 1 freezes at the first release.

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::ids::{Venue, VenueEnvironment};
use crate::base::json::{self, members_read, members_written};
use crate::flow::state::{FlowData, State};
use crate::flow::validate::{is_sound, sites_are_known};
use crate::model::snapshot::{MAX_SNAPSHOT_BYTES, SNAPSHOT_VERSION, Snapshot, parse};
use crate::venue::identity::UNKNOWN_SITE;
use crate::venue::settings::Settings;

/// The header says what the flow belongs to; all of it must match the restoring client.
struct Written<'a> {
    venuekey: u32,
    venue: Venue,
    environment: VenueEnvironment,
    client_id: &'a str,
    redirect_uri: &'a str,
    flow: &'a FlowData,
}

members_written!(Written<'_> { venuekey, venue, environment, client_id, redirect_uri, flow });

struct Read {
    _version: u32,
    venue: Venue,
    environment: VenueEnvironment,
    client_id: String,
    redirect_uri: String,
    flow: FlowData<String>,
}

members_read!(Read { _version as "venuekey", venue, environment, client_id, redirect_uri, flow });

pub(crate) fn write(settings: &Settings, flow: &FlowData) -> Snapshot {
    let written = Written {
        venuekey: SNAPSHOT_VERSION,
        venue: settings.profile.venue,
        environment: settings.environment,
        client_id: &settings.identity.client_id,
        redirect_uri: &settings.identity.redirect_uri,
        flow,
    };
    let text = json::written(&written);
    let (flow_id, status) = (flow.flow_id.clone(), flow.state.status());
    let error = match &flow.state {
        State::Failed { error, .. } => Some(error.clone()),
        _ => None,
    };
    Snapshot::new(flow_id, flow.revision, flow.operation, status, error, text)
}

pub(crate) fn read(settings: &Settings, text: &str) -> Result<FlowData, VenuekeyError> {
    let refuse = |code, hint: &str| Err(VenuekeyError::new(code).with_hint(hint));
    if text.len() > MAX_SNAPSHOT_BYTES {
        return refuse(ErrorCode::SnapshotInvalid, "it is larger than 256 KiB");
    }
    let read: Read = parse(text, "its fields do not match its version")?;
    if !settings.are_those_of(read.venue, read.environment, &read.client_id, &read.redirect_uri) {
        return refuse(
            ErrorCode::SnapshotMismatch,
            "venue, environment, client_id and redirect_uri must be the ones it was started with",
        );
    }
    let flow = read.flow.resolve(|name| settings.profile.stage(name));
    if flow.as_ref().is_some_and(|flow| !sites_are_known(settings, flow)) {
        return refuse(ErrorCode::SnapshotMismatch, UNKNOWN_SITE);
    }
    match flow.filter(|flow| is_sound(settings, flow)) {
        Some(flow) => Ok(flow),
        None => refuse(ErrorCode::SnapshotInvalid, "its values contradict each other"),
    }
}
