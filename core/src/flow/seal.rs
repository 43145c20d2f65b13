//! A pending flow as text for a cookie, and back.

use std::sync::Arc;

use super::codec;
use crate::base::entropy::Entropy;
use crate::base::error::VenuekeyError;
use crate::base::seal::SealingKeys;
use crate::flow::Flow;
use crate::flow::state::{FlowData, State};

impl Flow {
    /// A flow from its seal. One that began with its wait is in no store, and its successor is the first revision; one
    /// that comes later, as a reissue's, has its row.
    pub(crate) fn unsealed(self) -> Self {
        let revision = if self.data.revision == 1 { 0 } else { self.data.revision };
        Self { data: Arc::new(FlowData { revision, ..(*self.data).clone() }), ..self }
    }

    /// The pending flow as text for a cookie of the browser's session, instead of a row in the store: less than 3 KB of
    /// letters, digits, `.`, `-` and `_`. [`Client::open`](crate::Client::open) reads it back.
    ///
    /// A reissue's pending flow is already in the store and stays there: its seal only saves the callback a look-up.
    ///
    /// - `keys`: the newest of them seals.
    /// - `context`: whose it is, such as the session's id: 1 to 1024 bytes. The text opens only with the same context.
    ///
    /// # Errors
    /// `wrong_state` once the callback is in: what comes after belongs in the store. `invalid_argument` for the
    /// context, or if a long [`KeyRequest`](crate::parts::KeyRequest) makes it too long for a cookie.
    pub fn seal(&self, keys: &SealingKeys, context: &str, entropy: &Entropy) -> Result<String, VenuekeyError> {
        match self.data.state {
            State::AwaitingCallback { .. } => {
                keys.seal(&codec::write(&self.settings, &self.data).into_text(), context, entropy)
            }
            _ => Err(self.wrong_state("seal")),
        }
    }
}
