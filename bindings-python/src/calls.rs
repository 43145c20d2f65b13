//! What a client does with tokens it has: flows of their own, without a consent or with another one.

use venuekey::BeginOptions;

use crate::account::Tokens;
use crate::arguments::external_id;
use crate::client::Client;
use crate::prelude::*;
use crate::step::Step;

#[pymethods]
impl Client {
    /// Deletes this app's key; the user gets an email. Succeeds if already gone. WhiteBIT, global host.
    ///
    /// Args:
    ///     external_id: the key's id, a UUID: `ApiKey.external_id` or `KeyStatus.external_id`.
    ///
    /// Raises:
    ///     MisuseError: `not_supported` where the environment has no such endpoint; `invalid_argument`
    ///         where the id is not a UUID.
    #[pyo3(signature = (tokens, external_id, *, entropy=None, now_ms=None))]
    fn delete_key(&self, tokens: Ours<'_, Tokens>, external_id: Text, entropy: Random, now_ms: Now) -> Result<Step> {
        let external_id = self::external_id(external_id)?;
        Ok(Step(self.0.delete_key(&tokens.0, &external_id, &or_random(entropy)?, or_now(now_ms)?)?))
    }

    /// A new key for the old one, as one flow: deletes the old key, comes to `Authorize` for the user's consent, and
    /// ends like a connection with `ApiKeyGranted`. The only way to other permissions, and the way out where a secret
    /// is lost. WhiteBIT, global host.
    ///
    /// From the first save on these tokens are the flow's: it may refresh them, and after the deletion it drops them.
    ///
    /// Args:
    ///     external_id: the old key's id, a UUID.
    ///     callback_timeout_s: as for `begin`; it counts from the deletion.
    ///     on_secret_lost: as for `begin`, of the new key.
    ///
    /// Returns:
    ///     The first step; give it to `drive`, with `authorize` where the user is at hand. Where no token works any
    ///     more it ends with `delete_key_in_dashboard`, for a disabled key with `key_disabled`: then the user deletes
    ///     the key, and `begin` connects.
    ///
    /// Raises:
    ///     MisuseError: `not_supported` where the environment has no such endpoint; `invalid_argument`.
    #[pyo3(signature = (
        tokens, external_id, *, callback_timeout_s=900, on_secret_lost=Text("report".to_owned()), entropy=None, now_ms=None,
    ), text_signature = "($self, tokens, external_id, *, callback_timeout_s=900, on_secret_lost='report', entropy=None, now_ms=None)")]
    fn reissue_key(
        &self,
        tokens: Ours<'_, Tokens>,
        external_id: Text,
        callback_timeout_s: u32,
        on_secret_lost: Text,
        entropy: Random,
        now_ms: Now,
    ) -> Result<Step> {
        let (external_id, on_secret_lost) = (self::external_id(external_id)?, on_secret_lost.given()?);
        let options = BeginOptions { callback_timeout_s, on_secret_lost, ..BeginOptions::default() };
        let (entropy, now_ms) = (or_random(entropy)?, or_now(now_ms)?);
        Ok(Step(self.0.reissue_key(&tokens.0, &external_id, options, &entropy, now_ms)?))
    }
}

methods! {
    impl Client as client {
        /// New tokens for old. The refresh token is spent by it: store what comes back before anything else.
        ///
        /// Returns:
        ///     The first step; give it to `drive`. The same holds for `check_key` and `delete_key`.
        ///
        /// Raises:
        ///     MisuseError: `invalid_argument` where there is no refresh token.
        #[pyo3(signature = (tokens, *, entropy=None, now_ms=None))]
        fn refresh_tokens(tokens: Ours<'_, Tokens>, entropy: Random, now_ms: Now) -> Step =
            Step(client.refresh_tokens(&tokens.0, &or_random(entropy)?, or_now(now_ms)?)?);

        /// The state of this app's key for this user, for returning users before a new consent. WhiteBIT, global host.
        ///
        /// Raises:
        ///     MisuseError: `not_supported` where the environment has no such endpoint.
        #[pyo3(signature = (tokens, *, entropy=None, now_ms=None))]
        fn check_key(tokens: Ours<'_, Tokens>, entropy: Random, now_ms: Now) -> Step =
            Step(client.check_key(&tokens.0, &or_random(entropy)?, or_now(now_ms)?)?);

        /// The key of another of the user's accounts, by the tokens of a connection and without a new consent: lists
        /// them, and goes on by `Choose` as a connection does. Bybit's AI agent.
        ///
        /// Raises:
        ///     MisuseError: `not_supported` for any other client.
        #[pyo3(signature = (tokens, *, entropy=None, now_ms=None))]
        fn switch_subaccount(tokens: Ours<'_, Tokens>, entropy: Random, now_ms: Now) -> Step =
            Step(client.switch_subaccount(&tokens.0, &or_random(entropy)?, or_now(now_ms)?)?);
    }
}
