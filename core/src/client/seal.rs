//! A flow from a cookie.

use crate::base::error::VenuekeyError;
use crate::base::seal::SealingKeys;
use crate::client::Client;
use crate::flow::Flow;

impl Client {
    /// A pending flow from its sealed text; see [`Flow::seal`].
    ///
    /// Do not save what it returns: the [`Step::Save`](crate::parts::Step::Save) of [`Flow::receive_callback`] is the
    /// first to be stored, and claims the flow. The second use of a sealed text ends there with `superseded`.
    ///
    /// - `context`: the one it was sealed with.
    ///
    /// # Errors
    /// `seal_invalid` for another context, an unknown key or altered text; otherwise as [`Client::restore`].
    pub fn open(&self, sealed: &str, keys: &SealingKeys, context: &str) -> Result<Flow, VenuekeyError> {
        Ok(self.restore(keys.open(sealed, context)?.expose())?.unsealed())
    }
}
