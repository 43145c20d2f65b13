//! What a finished operation brought, one class for each.

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use venuekey::Outcome;

use crate::account::{ApiKey, KeyStatus, Tokens};
use crate::classes::{class, methods, or_none, record};

record! {
    /// `begin("api_key")` ended: an API key that works, and the tokens that fetched it.
    struct ApiKeyGranted as outcome {
        /// The key: store it before anything else.
        key: Py<ApiKey>,
        /// The newest tokens.
        tokens: Py<Tokens>,
    }
    repr("ApiKeyGranted({:?}, {:?})", outcome.key.get().0, outcome.tokens.get().0)
}

record! {
    /// `begin("account_tokens")` ended: tokens, and whose account they open where the venue told it.
    struct AccountTokens as outcome {
        /// The newest tokens.
        tokens: Py<Tokens>,
        /// The user's id at the venue, where the venue told it.
        uid: Option<String>,
    }
    repr("AccountTokens({:?}, uid={})", outcome.tokens.get().0, or_none(outcome.uid.as_deref()))
}

record! {
    /// `refresh_tokens` ended: replace the stored pair.
    struct TokensRefreshed as outcome {
        /// The newest tokens.
        tokens: Py<Tokens>,
    }
    repr("TokensRefreshed({:?})", outcome.tokens.get().0)
}

record! {
    /// `check_key` ended: what the venue says of the key.
    struct KeyChecked as outcome {
        /// Its state, and what to do.
        status: Py<KeyStatus>,
        /// The newest tokens: a check may have refreshed them.
        tokens: Py<Tokens>,
    }
    repr("KeyChecked({}, {:?})", outcome.status.get().__repr__(), outcome.tokens.get().0)
}

record! {
    /// `delete_key` ended: the key is gone, deleted now or before.
    struct KeyDeleted as outcome {
        /// The newest tokens: a deletion may have refreshed them.
        tokens: Py<Tokens>,
    }
    repr("KeyDeleted({:?})", outcome.tokens.get().0)
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

/// The object of the outcome's class.
pub(crate) fn to_python(py: Python<'_>, outcome: Outcome) -> PyResult<Py<PyAny>> {
    let held = |tokens| Py::new(py, Tokens(tokens));
    match outcome {
        Outcome::ApiKey { key, tokens } => {
            ApiKeyGranted { key: Py::new(py, ApiKey(key))?, tokens: held(tokens)? }.into_py_any(py)
        }
        Outcome::AccountTokens { tokens, uid } => AccountTokens { tokens: held(tokens)?, uid }.into_py_any(py),
        Outcome::TokensRefreshed { tokens } => TokensRefreshed { tokens: held(tokens)? }.into_py_any(py),
        Outcome::KeyChecked { status, tokens } => {
            KeyChecked { status: Py::new(py, KeyStatus(status))?, tokens: held(tokens)? }.into_py_any(py)
        }
        Outcome::KeyDeleted { tokens } => KeyDeleted { tokens: held(tokens)? }.into_py_any(py),
        Outcome::HandOff { hand_off } => HandOff(hand_off).into_py_any(py),
    }
}
