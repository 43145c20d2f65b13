//! What a flow gives out: its newest tokens, and itself as text for the host's store or sealed for a cookie.

use std::sync::Arc;

use crate::account::Tokens;
use crate::ambient;
use crate::error::VenuekeyError;
use crate::flow::{Flow, FlowStatus};
use crate::numbers::signed;
use crate::seal::SealingKeys;
use crate::secret::opaque;
use crate::values::FlowOperation;

opaque! {
    /// A flow as text, for the host's store. **A secret**: encrypt it at rest; it may hold tokens, keys and a verifier.
    ///
    /// Store it by compare-and-set: under `flowId()`, only where the stored revision is `expectedRevision()`.
    Snapshot
}

#[uniffi::export]
impl Snapshot {
    /// The key to store it under: 32 hexadecimal digits.
    pub fn flow_id(&self) -> String {
        self.0.flow_id().to_owned()
    }

    /// Counts up by one with each step, from 1.
    pub fn revision(&self) -> i64 {
        signed(self.0.revision())
    }

    /// The revision that must be in the store for this one to replace it; 0 means none may be there.
    pub fn expected_revision(&self) -> i64 {
        signed(self.0.expected_revision())
    }

    /// What the flow is for, as `Flow.operation()`.
    pub fn operation(&self) -> FlowOperation {
        self.0.operation()
    }

    /// Where it stands, as `Flow.status()`: for a store that looks for flows to resume.
    pub fn status(&self) -> FlowStatus {
        self.0.status().into()
    }

    /// Why it failed, where its status says so. `Flow.resume` gives the recovery too.
    pub fn error(&self) -> Option<VenuekeyError> {
        self.0.error().cloned().map(Into::into)
    }

    /// The text itself, JSON, for `Client.restore`.
    pub fn expose(&self) -> String {
        self.0.expose().to_owned()
    }
}

#[uniffi::export]
impl Flow {
    /// The newest tokens this flow holds: they may have been refreshed on the way, even in one that failed.
    pub fn tokens(&self) -> Option<Arc<Tokens>> {
        self.0.tokens().cloned().map(Tokens::wrap)
    }

    /// The flow as text, to be stored by compare-and-set under its id and revision.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Snapshot::wrap(self.0.snapshot())
    }

    /// The pending flow as text for a cookie of the browser's own session, instead of a row in the store: less than 3 KB
    /// of letters, digits, `.`, `-` and `_`. `Client.open` reads it back. A reissue's pending flow is in the store
    /// already and stays there: its seal spares the callback the search.
    ///
    /// `context` is whose it is, such as the session's id: 1 to 1024 bytes; it opens under the same context only.
    /// `entropy` is 64 random bytes, never used twice; left out, the operating system's.
    ///
    /// Throws `wrong_state` once the callback is in: what comes after belongs into the store; `invalid_argument`.
    #[uniffi::method(default(entropy = None))]
    pub fn seal(&self, keys: &SealingKeys, context: String, entropy: Option<Vec<u8>>) -> Result<String, VenuekeyError> {
        Ok(self.0.seal(&keys.0, &context, &ambient::entropy(entropy)?)?)
    }
}
