//! What a finished operation brought, one class for each.

use crate::account::{ApiKey, KeyStatus, Tokens};
use crate::prelude::*;

union! {
    pub(crate) struct Outcome(venuekey::Outcome) as outcome, py;

    /// `begin("api_key")` ended: an API key that works, and the tokens that fetched it.
    struct ApiKeyGranted of ApiKey { key, tokens } {
        /// The key: store it before anything else.
        key: Py<ApiKey> = Py::new(py, ApiKey(key))?,
        /// The newest tokens.
        tokens: Py<Tokens> = Py::new(py, Tokens(tokens))?,
    }
    repr("ApiKeyGranted({:?}, {:?})", outcome.key.get().0, outcome.tokens.get().0)

    /// `begin("account_tokens")` ended: tokens, and whose account they open where the venue told it.
    struct AccountTokens of AccountTokens { tokens, uid } {
        /// The newest tokens.
        tokens: Py<Tokens> = Py::new(py, Tokens(tokens))?,
        /// The user's id at the venue, where the venue told it.
        uid: Option<String> = uid,
    }
    repr("AccountTokens({:?}, uid={})", outcome.tokens.get().0, or_none(outcome.uid.as_deref()))

    /// `refresh_tokens` ended: replace the stored pair.
    struct TokensRefreshed of TokensRefreshed { tokens } {
        /// The newest tokens.
        tokens: Py<Tokens> = Py::new(py, Tokens(tokens))?,
    }
    repr("TokensRefreshed({:?})", outcome.tokens.get().0)

    /// `check_key` ended: what the venue says of the key.
    struct KeyChecked of KeyChecked { status, tokens } {
        /// Its state, and what to do.
        status: Py<KeyStatus> = Py::new(py, KeyStatus(status))?,
        /// The newest tokens: a check may have refreshed them.
        tokens: Py<Tokens> = Py::new(py, Tokens(tokens))?,
    }
    repr("KeyChecked({}, {:?})", outcome.status.get().__repr__(), outcome.tokens.get().0)

    /// `delete_key` ended: the key is gone, deleted now or before.
    struct KeyDeleted of KeyDeleted { tokens } {
        /// The newest tokens: a deletion may have refreshed them.
        tokens: Py<Tokens> = Py::new(py, Tokens(tokens))?,
    }
    repr("KeyDeleted({:?})", outcome.tokens.get().0)
    else {
        Core::HandOff { hand_off } => HandOff(hand_off),
    }
}

class! {
    /// `begin("api_key")` ended at a public client of WhiteBIT: the user has agreed, and the backend, which has the
    /// secret, goes on by `Client.accept_hand_off`. There are no tokens yet.
    ///
    /// A secret: send `expose()` in the body of an authenticated request over TLS, within 10 minutes.
    struct HandOff(venuekey::HandOff) as hand_off {}
    opaque
}

methods! {
    impl HandOff as hand_off {
        /// The text to send, JSON of at most 16 KiB.
        fn expose() -> &str = hand_off.expose();
    }
}
