//! What a client does with tokens it has: flows of their own, without a consent or with another one.

use pyo3::prelude::*;
use venuekey::{BeginOptions, ExternalId, VenuekeyError};

use crate::account::Tokens;
use crate::arguments::{self, Bytes, Int, Ours, Text};
use crate::client::Client;
use crate::error::raised;
use crate::step;

type Call = fn(&venuekey::Client, &venuekey::Tokens, &venuekey::Entropy, u64) -> Result<venuekey::Step, VenuekeyError>;

impl Client {
    /// The first step of a call that takes nothing but tokens.
    fn begun(
        &self,
        tokens: &Ours<'_, Tokens>,
        entropy: Option<Bytes>,
        now_ms: Option<Int<u64>>,
        call: Call,
    ) -> PyResult<Py<PyAny>> {
        let (entropy, now_ms) = (arguments::entropy(entropy)?, arguments::now_ms(now_ms)?);
        step::to_python(tokens.py(), call(&self.0, &tokens.get().0, &entropy, now_ms).map_err(raised)?)
    }
}

#[pymethods]
impl Client {
    /// New tokens for old. The refresh token is spent by it: store what comes back before anything else.
    ///
    /// Returns:
    ///     The first step; give it to `drive`. The same holds for `check_key` and `delete_key`.
    ///
    /// Raises:
    ///     MisuseError: `invalid_argument` where there is no refresh token.
    #[pyo3(signature = (tokens, *, entropy=None, now_ms=None))]
    fn refresh_tokens(
        &self,
        tokens: Ours<'_, Tokens>,
        entropy: Option<Bytes>,
        now_ms: Option<Int<u64>>,
    ) -> PyResult<Py<PyAny>> {
        self.begun(&tokens, entropy, now_ms, venuekey::Client::refresh_tokens)
    }

    /// The state of this app's key for this user, for returning users before a new consent. WhiteBIT, global host.
    ///
    /// Raises:
    ///     MisuseError: `not_supported` where the environment has no such endpoint.
    #[pyo3(signature = (tokens, *, entropy=None, now_ms=None))]
    fn check_key(
        &self,
        tokens: Ours<'_, Tokens>,
        entropy: Option<Bytes>,
        now_ms: Option<Int<u64>>,
    ) -> PyResult<Py<PyAny>> {
        self.begun(&tokens, entropy, now_ms, venuekey::Client::check_key)
    }

    /// Deletes this app's key; the user gets an email. Succeeds if already gone. WhiteBIT, global host.
    ///
    /// Args:
    ///     external_id: the key's id, a UUID: `ApiKey.external_id` or `KeyStatus.external_id`.
    ///
    /// Raises:
    ///     MisuseError: `not_supported` where the environment has no such endpoint; `invalid_argument`
    ///         where the id is not a UUID.
    #[pyo3(signature = (tokens, external_id, *, entropy=None, now_ms=None))]
    fn delete_key(
        &self,
        tokens: Ours<'_, Tokens>,
        external_id: Text,
        entropy: Option<Bytes>,
        now_ms: Option<Int<u64>>,
    ) -> PyResult<Py<PyAny>> {
        let external_id = ExternalId::try_from(String::from(external_id)).map_err(raised)?;
        let (entropy, now_ms) = (arguments::entropy(entropy)?, arguments::now_ms(now_ms)?);
        let first = self.0.delete_key(&tokens.get().0, &external_id, &entropy, now_ms).map_err(raised)?;
        step::to_python(tokens.py(), first)
    }

    /// The key of another of the user's accounts, by the tokens of a connection and without a new consent: lists
    /// them, and goes on by `Choose` as a connection does. Bybit's AI agent.
    ///
    /// Raises:
    ///     MisuseError: `not_supported` for any other client.
    #[pyo3(signature = (tokens, *, entropy=None, now_ms=None))]
    fn switch_subaccount(
        &self,
        tokens: Ours<'_, Tokens>,
        entropy: Option<Bytes>,
        now_ms: Option<Int<u64>>,
    ) -> PyResult<Py<PyAny>> {
        self.begun(&tokens, entropy, now_ms, venuekey::Client::switch_subaccount)
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
        tokens, external_id, *, callback_timeout_s=900, on_secret_lost=Text::from("report"), entropy=None, now_ms=None,
    ), text_signature = "($self, tokens, external_id, *, callback_timeout_s=900, on_secret_lost='report', entropy=None, now_ms=None)")]
    fn reissue_key(
        &self,
        tokens: Ours<'_, Tokens>,
        external_id: Text,
        callback_timeout_s: u32,
        on_secret_lost: Text,
        entropy: Option<Bytes>,
        now_ms: Option<Int<u64>>,
    ) -> PyResult<Py<PyAny>> {
        let external_id = ExternalId::try_from(String::from(external_id)).map_err(raised)?;
        let on_secret_lost = arguments::named(&on_secret_lost)?;
        let options = BeginOptions { callback_timeout_s, on_secret_lost, ..BeginOptions::default() };
        let (entropy, now_ms) = (arguments::entropy(entropy)?, arguments::now_ms(now_ms)?);
        let first = self.0.reissue_key(&tokens.get().0, &external_id, options, &entropy, now_ms).map_err(raised)?;
        step::to_python(tokens.py(), first)
    }
}
