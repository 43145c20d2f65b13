//! Shared tokens as text, and back.

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::ids::{Venue, VenueEnvironment};
use crate::base::json::{self, members_read, members_written};
use crate::base::secret::Secret;
use crate::model::operation::FlowOperation;
use crate::model::snapshot::{MAX_SNAPSHOT_BYTES, SNAPSHOT_VERSION, Snapshot, parse};
use crate::model::status::FlowStatus;
use crate::tokens::record::Record;
use crate::venue::identity::UNKNOWN_SITE;
use crate::venue::settings::Settings;

struct Written<'a> {
    venuekey: u32,
    venue: Venue,
    environment: VenueEnvironment,
    client_id: &'a str,
    shared_tokens: &'a Record,
}

members_written!(Written<'_> { venuekey, venue, environment, client_id, shared_tokens });

struct Read {
    _version: u32,
    venue: Venue,
    environment: VenueEnvironment,
    client_id: String,
    shared_tokens: Record,
}

members_read!(Read { _version as "venuekey", venue, environment, client_id, shared_tokens });

pub(super) fn write(settings: &Settings, record: &Record) -> Snapshot {
    let text: Secret = json::written(&Written {
        venuekey: SNAPSHOT_VERSION,
        venue: settings.profile.venue,
        environment: settings.environment,
        client_id: &settings.identity.client_id,
        shared_tokens: record,
    });
    let status = match (&record.ended, record.lease_until_ms) {
        (Some(_), _) => FlowStatus::Failed,
        (None, Some(_)) => FlowStatus::InFlight,
        (None, None) => FlowStatus::Ready,
    };
    Snapshot::new(
        record.tokens_id.clone(),
        record.revision,
        FlowOperation::RefreshTokens,
        status,
        record.ended.clone(),
        text,
    )
}

pub(super) fn read(settings: &Settings, text: &str) -> Result<Record, VenuekeyError> {
    let refuse = |code, hint: &str| Err(VenuekeyError::new(code).with_hint(hint));
    if text.len() > MAX_SNAPSHOT_BYTES {
        return refuse(ErrorCode::SnapshotInvalid, "it is larger than 256 KiB");
    }
    let otherwise = "these are not shared tokens; for a flow, use restore";
    let read: Read = parse(text, otherwise)?;
    let is_ours = read.venue == settings.profile.venue
        && read.environment == settings.environment
        && read.client_id == settings.identity.client_id;
    if !is_ours {
        let hint = "venue, environment and client_id must be those of the client that shared the tokens";
        return refuse(ErrorCode::SnapshotMismatch, hint);
    }
    if !settings.identity.knows_site(read.shared_tokens.tokens.site()) {
        return refuse(ErrorCode::SnapshotMismatch, UNKNOWN_SITE);
    }
    if !read.shared_tokens.is_sound(settings.profile.venue) {
        return refuse(ErrorCode::SnapshotInvalid, "its values contradict each other");
    }
    Ok(read.shared_tokens)
}
