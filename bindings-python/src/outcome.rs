//! What a finished operation brought, one class for each.

use pyo3::prelude::*;
use venuekey::Outcome;

use crate::account::{ApiKey, KeyStatus, Tokens};
use crate::opaque::{no_pickle, opaque};

/// `begin("api_key")` ended: an API key that works, and the tokens that fetched it.
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct ApiKeyGranted {
    key: Py<ApiKey>,
    tokens: Py<Tokens>,
}

#[pymethods]
impl ApiKeyGranted {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("key", "tokens");

    /// The key: store it before anything else.
    #[getter]
    fn key(&self, py: Python<'_>) -> Py<ApiKey> {
        self.key.clone_ref(py)
    }

    /// The newest tokens.
    #[getter]
    fn tokens(&self, py: Python<'_>) -> Py<Tokens> {
        self.tokens.clone_ref(py)
    }

    fn __repr__(&self) -> String {
        format!("ApiKeyGranted({:?}, {:?})", self.key.get().0, self.tokens.get().0)
    }
}

/// `begin("account_tokens")` ended: tokens, and whose account they open where the venue told it.
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct AccountTokens {
    tokens: Py<Tokens>,
    /// The user's id at the venue, where the venue told it.
    #[pyo3(get)]
    uid: Option<String>,
}

#[pymethods]
impl AccountTokens {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("tokens", "uid");

    /// The newest tokens.
    #[getter]
    fn tokens(&self, py: Python<'_>) -> Py<Tokens> {
        self.tokens.clone_ref(py)
    }

    fn __repr__(&self) -> String {
        let uid = self.uid.as_ref().map_or("None".to_owned(), |uid| format!("{uid:?}"));
        format!("AccountTokens({:?}, uid={uid})", self.tokens.get().0)
    }
}

/// `refresh_tokens` ended: replace the stored pair.
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct TokensRefreshed {
    tokens: Py<Tokens>,
}

#[pymethods]
impl TokensRefreshed {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str,) = ("tokens",);

    /// The newest tokens.
    #[getter]
    fn tokens(&self, py: Python<'_>) -> Py<Tokens> {
        self.tokens.clone_ref(py)
    }

    fn __repr__(&self) -> String {
        format!("TokensRefreshed({:?})", self.tokens.get().0)
    }
}

/// `check_key` ended: what the venue says of the key.
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct KeyChecked {
    status: Py<KeyStatus>,
    tokens: Py<Tokens>,
}

#[pymethods]
impl KeyChecked {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("status", "tokens");

    /// Its state, and what to do.
    #[getter]
    fn status(&self, py: Python<'_>) -> Py<KeyStatus> {
        self.status.clone_ref(py)
    }

    /// The newest tokens: a check may have refreshed them.
    #[getter]
    fn tokens(&self, py: Python<'_>) -> Py<Tokens> {
        self.tokens.clone_ref(py)
    }

    fn __repr__(&self) -> String {
        format!("KeyChecked({}, {:?})", self.status.get().__repr__(), self.tokens.get().0)
    }
}

/// `delete_key` ended: the key is gone, deleted now or before.
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct KeyDeleted {
    tokens: Py<Tokens>,
}

#[pymethods]
impl KeyDeleted {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str,) = ("tokens",);

    /// The newest tokens: a deletion may have refreshed them.
    #[getter]
    fn tokens(&self, py: Python<'_>) -> Py<Tokens> {
        self.tokens.clone_ref(py)
    }

    fn __repr__(&self) -> String {
        format!("KeyDeleted({:?})", self.tokens.get().0)
    }
}

/// `begin("api_key")` ended at a public client of WhiteBIT: the user has agreed, and the backend, which has the
/// secret, goes on by `Client.accept_hand_off`. There are no tokens yet.
///
/// A secret: send `expose()` in the body of an authenticated request over TLS, within 10 minutes.
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct HandOff(pub(crate) venuekey::HandOff);

#[pymethods]
impl HandOff {
    /// The text to send, JSON of at most 16 KiB.
    fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// The object of the outcome's class.
pub(crate) fn to_python(py: Python<'_>, outcome: Outcome) -> PyResult<Py<PyAny>> {
    let tokens = |tokens| Py::new(py, Tokens(tokens));
    Ok(match outcome {
        Outcome::ApiKey { key, tokens: newest } => {
            Py::new(py, ApiKeyGranted { key: Py::new(py, ApiKey(key))?, tokens: tokens(newest)? })?.into_any()
        }
        Outcome::AccountTokens { tokens: newest, uid } => {
            Py::new(py, AccountTokens { tokens: tokens(newest)?, uid })?.into_any()
        }
        Outcome::TokensRefreshed { tokens: newest } => {
            Py::new(py, TokensRefreshed { tokens: tokens(newest)? })?.into_any()
        }
        Outcome::KeyChecked { status, tokens: newest } => {
            Py::new(py, KeyChecked { status: Py::new(py, KeyStatus(status))?, tokens: tokens(newest)? })?.into_any()
        }
        Outcome::KeyDeleted { tokens: newest } => Py::new(py, KeyDeleted { tokens: tokens(newest)? })?.into_any(),
        Outcome::HandOff { hand_off } => Py::new(py, HandOff(hand_off))?.into_any(),
    })
}

opaque!(HandOff);
no_pickle!(ApiKeyGranted, AccountTokens, TokensRefreshed, KeyChecked, KeyDeleted);
