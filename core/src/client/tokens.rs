//! Tokens that a fleet of workers shares.

use std::sync::Arc;

use crate::base::entropy::Entropy;
use crate::base::error::VenuekeyError;
use crate::client::Client;
use crate::drive::tokens::TokenDriver;
use crate::model::tokens::Tokens;
use crate::tokens::SharedTokens;

impl Client {
    /// Tokens for a whole fleet of workers, from a connection that has just obtained them: store them, then call
    /// [`Client::drive_tokens`].
    ///
    /// - `tokens`: the outcome's.
    ///
    /// # Errors
    /// `not_supported` for a client that can't refresh: WhiteBIT's without its secret.
    pub fn share_tokens(&self, tokens: Tokens, entropy: &Entropy, now_ms: u64) -> Result<SharedTokens, VenuekeyError> {
        SharedTokens::share(Arc::clone(&self.settings), tokens, entropy, now_ms)
    }

    /// Shared tokens from their snapshot's text.
    ///
    /// # Errors
    /// `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch`; none of them quotes the text.
    pub fn restore_tokens(&self, text: &str) -> Result<SharedTokens, VenuekeyError> {
        SharedTokens::restore(Arc::clone(&self.settings), text)
    }

    /// The loop that yields working tokens, refreshed by this worker or another if that is due: run it before each
    /// request. `refused_generation` is as of [`SharedTokens::plan`]; `patience_ms` is how long to wait while the venue
    /// limits requests or fails and no token works meanwhile. It waits for another worker's refresh as long as that
    /// one's lease, 45 s.
    pub fn drive_tokens(&self, refused_generation: Option<u64>, patience_ms: u64) -> TokenDriver {
        TokenDriver::fresh(Arc::clone(&self.settings), refused_generation, patience_ms)
    }

    /// The loop that stores the result of a refresh, even if the stored tokens have changed meanwhile: the newer pair
    /// stays.
    pub fn keep_tokens(&self, brought: SharedTokens) -> TokenDriver {
        TokenDriver::keep(Arc::clone(&self.settings), brought)
    }
}
