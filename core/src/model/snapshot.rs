//! What is stored, as text. Version 1 freezes at the first release.

use core::fmt;

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::json::{self, FromJson};
use crate::base::secret::Secret;
use crate::model::operation::FlowOperation;
use crate::model::status::FlowStatus;

/// The snapshot version this release writes, and the newest it reads.
pub const SNAPSHOT_VERSION: u32 = 1;

/// The largest snapshot that is restored, in bytes (256 KiB). Each part has a bound of its own, counted as it is
/// written if JSON escapes can lengthen it, and all of them together stay below: what is written can be read.
pub const MAX_SNAPSHOT_BYTES: usize = 256 * 1024;

/// A flow as text, for the host's store. **A secret**: encrypt it at rest; it may hold tokens, keys and a verifier.
///
/// Store it by compare-and-set: under `flow_id`, only if the stored revision is `expected_revision`. It never holds a
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

    /// Why it failed, if it has: for a store that shows it. [`Flow::resume`](crate::parts::Flow::resume) gives the
    /// recovery too.
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

/// A snapshot's own form, its version one of its members. `otherwise` says what it is not if it has this release's
/// version and another form.
pub(crate) fn parse<T: FromJson>(text: &str, otherwise: &str) -> Result<T, VenuekeyError> {
    let refuse = |code, hint: &str| Err(VenuekeyError::new(code).with_hint(hint));
    match json::versioned(text, "venuekey") {
        Some((SNAPSHOT_VERSION, json)) => {
            T::from_json(json).map_or_else(|| refuse(ErrorCode::SnapshotInvalid, otherwise), Ok)
        }
        // The version comes first: of another release's snapshot nothing else can be said.
        Some((version, _)) => {
            let hint = format!("it has version {version}; this release reads {SNAPSHOT_VERSION}");
            refuse(ErrorCode::SnapshotVersion, &hint)
        }
        None => refuse(ErrorCode::SnapshotInvalid, "it is not a venuekey snapshot"),
    }
}
