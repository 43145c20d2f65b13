//! What a connection leaves the app with: tokens, keys, and what is known of them.

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::arguments::{Int, List, Text, int};
use crate::error::raised;
use crate::opaque::opaque;
use crate::secret::{Secret, SecretText};

/// An access token, with a refresh token where the venue gave one.
///
/// Args:
///     access_token: 1 to 8192 bytes of visible ASCII, `str` or `Secret`.
///     refresh_token: the same, or `None`.
///     expires_at_ms: when the access token ends, in Unix milliseconds; 0 means already over.
///     refresh_expires_at_ms: when the refresh token ends, in Unix milliseconds, where that is known.
///     scope: granted scopes, open strings.
///
/// Raises:
///     MisuseError: `invalid_argument` where a token can't stand in a header.
///
/// >>> import venuekey
/// >>> tokens = venuekey.Tokens(access_token="eyJ0", refresh_token="r", expires_at_ms=1_790_000_000_000)
/// >>> tokens
/// Tokens(…, expires_at_ms=1790000000000, refreshable=true)
/// >>> tokens.access_token
/// Secret(…)
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct Tokens(pub(crate) venuekey::Tokens);

#[pymethods]
impl Tokens {
    #[new]
    #[pyo3(signature = (*, access_token, refresh_token=None, expires_at_ms, refresh_expires_at_ms=None, scope=List::default()), text_signature = "(*, access_token, refresh_token=None, expires_at_ms, refresh_expires_at_ms=None, scope=())")]
    fn new(
        access_token: SecretText<'_>,
        refresh_token: Option<SecretText<'_>>,
        expires_at_ms: Int<u64>,
        refresh_expires_at_ms: Option<Int<u64>>,
        scope: List<Text>,
    ) -> PyResult<Self> {
        let refresh_token = refresh_token.map(Into::into);
        venuekey::Tokens::new(
            access_token.into(),
            refresh_token,
            expires_at_ms.0,
            int(refresh_expires_at_ms),
            scope.0.into_iter().map(Into::into).collect(),
        )
        .map(Self)
        .map_err(raised)
    }

    /// Sent as `Authorization: Bearer …`.
    #[getter]
    fn access_token(&self) -> Secret {
        Secret(self.0.access_token().clone())
    }

    /// `None` where the venue issued none.
    #[getter]
    fn refresh_token(&self) -> Option<Secret> {
        self.0.refresh_token().cloned().map(Secret)
    }

    /// When the access token ends by the host's clock, in Unix milliseconds.
    #[getter]
    fn expires_at_ms(&self) -> u64 {
        self.0.expires_at_ms()
    }

    /// When the refresh token ends, in Unix milliseconds, where that is known.
    #[getter]
    fn refresh_expires_at_ms(&self) -> Option<u64> {
        self.0.refresh_expires_at_ms()
    }

    /// Granted scopes, open strings; empty where the venue names none.
    #[getter]
    fn scope<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.scope())
    }
}

/// An API key that the user has granted, with the secret that could be read once.
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct ApiKey(pub(crate) venuekey::ApiKey);

#[pymethods]
impl ApiKey {
    /// The public half, sent with every signed request. WhiteBIT: the same text as `external_id`.
    #[getter]
    fn api_key(&self) -> Secret {
        Secret(self.0.api_key().clone())
    }

    /// The secret half. Store it encrypted; the venue will not show it again.
    #[getter]
    fn api_secret(&self) -> Secret {
        Secret(self.0.api_secret().clone())
    }

    /// WhiteBIT: the key's id, for `Client.delete_key`.
    #[getter]
    fn external_id(&self) -> Option<&str> {
        self.0.external_id().map(venuekey::ExternalId::as_str)
    }

    /// WhiteBIT: another public key that the callback brought, unproven.
    #[getter]
    fn candidate_public_key(&self) -> Option<Secret> {
        self.0.candidate_public_key().cloned().map(Secret)
    }

    /// WhiteBIT: what the user granted; `None` where the venue did not say.
    #[getter]
    fn permissions<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        permissions(py, self.0.permissions())
    }

    /// Whether anything at all is granted; `None` where the venue did not say.
    #[getter]
    fn any_granted(&self) -> Option<bool> {
        self.0.any_granted()
    }

    /// Bybit: the user's UID, where the venue told it.
    #[getter]
    fn uid(&self) -> Option<&str> {
        self.0.uid()
    }

    /// Bybit's AI agent: the id of the sub-account the key belongs to, where Bybit told it.
    #[getter]
    fn sub_member_id(&self) -> Option<&str> {
        self.0.sub_member_id()
    }
}

/// An account the user can choose for the key. Bybit: an AI sub-account.
#[pyclass(frozen, eq, hash, module = "venuekey")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Subaccount {
    /// What `Flow.choose` takes. Bybit: the `sub_member_id`.
    #[pyo3(get)]
    id: String,
    /// The user's own name for it, where it has one: display only, untrusted text.
    #[pyo3(get)]
    nickname: Option<String>,
}

#[pymethods]
impl Subaccount {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("id", "nickname");

    fn __repr__(&self) -> String {
        let nickname = self.nickname.as_ref().map_or("None".to_owned(), |nickname| format!("{nickname:?}"));
        format!("Subaccount({:?}, nickname={nickname})", self.id)
    }
}

impl From<venuekey::Subaccount> for Subaccount {
    fn from(venuekey::Subaccount { id, nickname }: venuekey::Subaccount) -> Self {
        Self { id, nickname }
    }
}

/// What the venue says of this app's key for this user.
#[pyclass(frozen, eq, module = "venuekey")]
#[derive(PartialEq)]
pub(crate) struct KeyStatus(pub(crate) venuekey::KeyStatus);

#[pymethods]
impl KeyStatus {
    /// What to do now: `"start_flow"` (no key), `"already_active"` (tell the user) or
    /// `"delete_in_dashboard"` (a disabled key is in the way).
    #[getter]
    fn decision(&self) -> &'static str {
        self.0.decision().as_str()
    }

    /// Whether there is a key at all, active or disabled.
    #[getter]
    fn exists(&self) -> bool {
        self.0.exists()
    }

    /// Whether the key works.
    #[getter]
    fn is_enabled(&self) -> bool {
        self.0.is_enabled()
    }

    /// The key's id, for `Client.delete_key`.
    #[getter]
    fn external_id(&self) -> Option<&str> {
        self.0.external_id().map(venuekey::ExternalId::as_str)
    }

    /// What the key may do; `None` where the reply did not say.
    #[getter]
    fn permissions<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        permissions(py, self.0.permissions())
    }

    /// Whether anything at all is granted; `None` where the venue did not say.
    #[getter]
    fn any_granted(&self) -> Option<bool> {
        self.0.any_granted()
    }

    pub(crate) fn __repr__(&self) -> String {
        let id = self.external_id().map_or("None".to_owned(), |id| format!("{id:?}"));
        format!("KeyStatus({}, external_id={id})", self.decision())
    }
}

/// One group of permissions on a WhiteBIT key.
#[pyclass(frozen, eq, module = "venuekey")]
#[derive(PartialEq)]
pub(crate) struct PermissionGroup(venuekey::PermissionGroup);

#[pymethods]
impl PermissionGroup {
    /// Does not depend on the locale: use it in logic.
    #[getter]
    fn name(&self) -> &str {
        &self.0.name
    }

    /// Translated into the user's language: display only, untrusted text.
    #[getter]
    fn title(&self) -> &str {
        &self.0.title
    }

    /// The endpoints of the group.
    #[getter]
    fn urls<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.urls.iter().cloned().map(PermissionUrl::from))
    }

    /// Whether anything in this group is granted.
    #[getter]
    fn any_granted(&self) -> bool {
        self.0.any_granted()
    }

    fn __repr__(&self) -> String {
        let venuekey::PermissionGroup { name, title: _, urls } = &self.0;
        let granted = urls.iter().filter(|url| url.enable).count();
        format!("PermissionGroup({name:?}, {granted} of {} granted)", urls.len())
    }
}

/// One endpoint a permission covers.
#[pyclass(frozen, eq, hash, module = "venuekey")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct PermissionUrl {
    /// The path, as the venue writes it.
    #[pyo3(get)]
    url: String,
    /// `False` means offered but not granted.
    #[pyo3(get)]
    enable: bool,
}

#[pymethods]
impl PermissionUrl {
    fn __repr__(&self) -> String {
        format!("PermissionUrl({:?}, enable={})", self.url, if self.enable { "True" } else { "False" })
    }
}

impl From<venuekey::PermissionUrl> for PermissionUrl {
    fn from(venuekey::PermissionUrl { url, enable }: venuekey::PermissionUrl) -> Self {
        Self { url, enable }
    }
}

fn permissions<'py>(
    py: Python<'py>,
    groups: Option<&[venuekey::PermissionGroup]>,
) -> PyResult<Option<Bound<'py, PyTuple>>> {
    groups.map(|groups| PyTuple::new(py, groups.iter().cloned().map(PermissionGroup))).transpose()
}

opaque!(Tokens, ApiKey);
