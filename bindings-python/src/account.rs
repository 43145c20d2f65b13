//! What a connection leaves the app with: tokens, keys, and what is known of them.

use venuekey::ExternalId;

use crate::prelude::*;
use crate::secret::{Secret, SecretText};

class! {
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
    struct Tokens(venuekey::Tokens) as tokens {
        /// Sent as `Authorization: Bearer …`.
        access_token: Secret = Secret(tokens.access_token().clone()),
        /// `None` where the venue issued none.
        refresh_token: Option<Secret> = tokens.refresh_token().cloned().map(Secret),
        /// When the access token ends by the host's clock, in Unix milliseconds.
        expires_at_ms: u64 = tokens.expires_at_ms(),
        /// When the refresh token ends, in Unix milliseconds, where that is known.
        refresh_expires_at_ms: Option<u64> = tokens.refresh_expires_at_ms(),
        /// Granted scopes, open strings; empty where the venue names none.
        scope: Tuple<&String> = tokens.scope().iter().collect(),
    }
    opaque
}

#[pymethods]
impl Tokens {
    #[new]
    #[pyo3(signature = (*, access_token, refresh_token=None, expires_at_ms, refresh_expires_at_ms=None, scope=List(vec![])), text_signature = "(*, access_token, refresh_token=None, expires_at_ms, refresh_expires_at_ms=None, scope=())")]
    fn new(
        access_token: SecretText<'_>,
        refresh_token: Option<SecretText<'_>>,
        expires_at_ms: Int<u64>,
        refresh_expires_at_ms: Option<Int<u64>>,
        scope: List<Text>,
    ) -> Result<Self> {
        let (access_token, refresh_token) = (access_token.given()?, refresh_token.given()?);
        let (expires_at_ms, refresh_expires_at_ms) = (expires_at_ms.given()?, refresh_expires_at_ms.given()?);
        let scope = scope.given()?;
        Ok(Self(venuekey::Tokens::new(access_token, refresh_token, expires_at_ms, refresh_expires_at_ms, scope)?))
    }
}

class! {
    /// An API key that the user has granted, with the secret that could be read once.
    struct ApiKey(venuekey::ApiKey) as key {
        /// The public half, sent with every signed request. WhiteBIT: the same text as `external_id`.
        api_key: Secret = Secret(key.api_key().clone()),
        /// The secret half. Store it encrypted; the venue will not show it again.
        api_secret: Secret = Secret(key.api_secret().clone()),
        /// WhiteBIT: the key's id, for `Client.delete_key`.
        external_id: Option<&str> = key.external_id().map(ExternalId::as_str),
        /// WhiteBIT: another public key that the callback brought, unproven.
        candidate_public_key: Option<Secret> = key.candidate_public_key().cloned().map(Secret),
        /// WhiteBIT: what the user granted; `None` where the venue did not say.
        permissions: Option<Tuple<PermissionGroup>> = key.permissions().map(groups),
        /// Whether anything at all is granted; `None` where the venue did not say.
        any_granted: Option<bool> = key.any_granted(),
        /// Bybit: the user's UID, where the venue told it.
        uid: Option<&str> = key.uid(),
        /// Bybit's AI agent: the id of the sub-account the key belongs to, where Bybit told it.
        sub_member_id: Option<&str> = key.sub_member_id(),
    }
    opaque
}

class! {
    /// An account the user can choose for the key. Bybit: an AI sub-account.
    struct Subaccount(venuekey::Subaccount): eq, hash as account {
        /// What `Flow.choose` takes. Bybit: the `sub_member_id`.
        id: &str = &account.id,
        /// The user's own name for it, where it has one: display only, untrusted text.
        nickname: Option<&str> = account.nickname.as_deref(),
    }
    match(id, nickname)
    repr("Subaccount({:?}, nickname={})", account.id, or_none(account.nickname.as_deref()))
}

class! {
    /// What the venue says of this app's key for this user.
    struct KeyStatus(venuekey::KeyStatus): eq as status {
        /// What to do now: `"start_flow"` (no key), `"already_active"` (tell the user) or
        /// `"delete_in_dashboard"` (a disabled key is in the way).
        decision: &'static str = status.decision().as_str(),
        /// Whether there is a key at all, active or disabled.
        exists: bool = status.exists(),
        /// Whether the key works.
        is_enabled: bool = status.is_enabled(),
        /// The key's id, for `Client.delete_key`.
        external_id: Option<&str> = status.external_id().map(ExternalId::as_str),
        /// What the key may do; `None` where the reply did not say.
        permissions: Option<Tuple<PermissionGroup>> = status.permissions().map(groups),
        /// Whether anything at all is granted; `None` where the venue did not say.
        any_granted: Option<bool> = status.any_granted(),
    }
    repr("KeyStatus({}, external_id={})", status.decision().as_str(), or_none(status.external_id().map(ExternalId::as_str)))
}

class! {
    /// One group of permissions on a WhiteBIT key.
    struct PermissionGroup(venuekey::PermissionGroup): eq as group {
        /// Does not depend on the locale: use it in logic.
        name: &str = &group.name,
        /// Translated into the user's language: display only, untrusted text.
        title: &str = &group.title,
        /// The endpoints of the group.
        urls: Tuple<PermissionUrl> = group.urls.iter().cloned().map(PermissionUrl).collect(),
        /// Whether anything in this group is granted.
        any_granted: bool = group.any_granted(),
    }
    repr(
        "PermissionGroup({:?}, {} of {} granted)",
        group.name, group.urls.iter().filter(|url| url.enable).count(), group.urls.len()
    )
}

class! {
    /// One endpoint a permission covers.
    struct PermissionUrl(venuekey::PermissionUrl): eq, hash as endpoint {
        /// The path, as the venue writes it.
        url: &str = &endpoint.url,
        /// `False` means offered but not granted.
        enable: bool = endpoint.enable,
    }
    repr("PermissionUrl({:?}, enable={})", endpoint.url, flag(endpoint.enable))
}

fn groups(groups: &[venuekey::PermissionGroup]) -> Tuple<PermissionGroup> {
    groups.iter().cloned().map(PermissionGroup).collect()
}
