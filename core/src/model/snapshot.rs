//! What is stored, as text. Version 1 freezes at the first release.

use core::fmt;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::secret::Secret;
use crate::model::operation::FlowOperation;
use crate::model::status::FlowStatus;

/// The snapshot version this release writes, and the newest it reads.
pub const SNAPSHOT_VERSION: u32 = 1;

/// The largest snapshot that is restored, in bytes (256 KiB). Each part has a bound of its own, counted as it is written
/// where JSON escapes can lengthen it, and all of them together stay below: what is written can be read.
pub const MAX_SNAPSHOT_BYTES: usize = 256 * 1024;

/// A flow as text, for the host's store. **A secret**: encrypt it at rest; it may hold tokens, keys and a verifier.
///
/// Store it by compare-and-set: under `flow_id`, only where the stored revision is `expected_revision`. It never holds a
/// client secret, a host or a URL to send to: those come from the client that restores it.
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

    /// What the flow is for, as [`Flow::operation`](crate::parts::Flow::operation).
    pub fn operation(&self) -> FlowOperation {
        self.operation
    }

    /// Where it stands, as [`Flow::status`](crate::parts::Flow::status): for a store that looks for flows to resume.
    pub fn status(&self) -> FlowStatus {
        self.status
    }

    /// Why it failed, where it has: for a store that shows it. [`Flow::resume`](crate::parts::Flow::resume) gives the recovery
    /// too.
    pub fn error(&self) -> Option<&VenuekeyError> {
        self.error.as_ref()
    }

    pub(crate) fn into_text(self) -> Secret {
        self.text
    }

    /// The text itself, JSON, for [`Client::restore`](crate::Client::restore): at most [`MAX_SNAPSHOT_BYTES`].
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

#[derive(Deserialize)]
struct OnlyVersion {
    venuekey: u32,
}

/// A snapshot's own form, its version one of its members. `otherwise` says what it is not where it has this release's version
/// and another form.
pub(crate) fn parse<'a, T: Deserialize<'a>>(
    text: &'a str,
    version_of: fn(&T) -> u32,
    otherwise: &str,
) -> Result<T, VenuekeyError> {
    match serde_json::from_str(text) {
        Ok(read) if version_of(&read) == SNAPSHOT_VERSION => Ok(read),
        // The version comes first: of another release's snapshot nothing else can be said.
        _ => {
            check_version(text).and_then(|()| Err(VenuekeyError::new(ErrorCode::SnapshotInvalid).with_hint(otherwise)))
        }
    }
}

/// Whether this release can read it at all.
fn check_version(text: &str) -> Result<(), VenuekeyError> {
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

pub(crate) fn json(value: &impl Serialize) -> Secret {
    // Counted first, so that the text is written once, into room of its own size: growing leaves unwiped copies behind.
    // Writing plain data into memory does not fail; were it to, the empty text would not restore.
    let Some(room) = json_bytes(value) else { return Secret::new("") };
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    match (serde_json::to_writer(&mut *bytes, value), std::str::from_utf8(&bytes)) {
        (Ok(()), Ok(text)) => Secret::new(text),
        _ => Secret::new(""),
    }
}

/// How long a value is as JSON.
pub(crate) fn json_bytes(value: &(impl Serialize + ?Sized)) -> Option<usize> {
    let mut count = Count(0);
    serde_json::to_writer(&mut count, value).ok().map(|()| count.0)
}
