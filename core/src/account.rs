//! What a connection leaves the app with: tokens, keys, and what is known of them.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{ErrorCode, VenuekeyError};
use crate::hand_off::HandOff;
use crate::names::named;
use crate::secret::{self, Secret};
use crate::time;

/// The longest token that is taken, in bytes: it must fit a header and a stored snapshot.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// An access token, with a refresh token where the venue gave one.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    #[serde(with = "secret::in_snapshot")]
    access_token: Secret,
    #[serde(with = "secret::in_snapshot::option", default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<Secret>,
    expires_at_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_expires_at_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    scope: Vec<String>,
}

impl Tokens {
    /// Tokens the host has kept. `expires_at_ms` is Unix milliseconds; 0 means "has expired".
    ///
    /// # Errors
    /// `invalid_argument` where a token is empty, over 8 KiB, or not visible ASCII.
    pub fn new(
        access_token: Secret,
        refresh_token: Option<Secret>,
        expires_at_ms: u64,
        refresh_expires_at_ms: Option<u64>,
        scope: Vec<String>,
    ) -> Result<Self, VenuekeyError> {
        let tokens = Self { access_token, refresh_token, expires_at_ms, refresh_expires_at_ms, scope };
        if !tokens.is_sound() {
            return Err(VenuekeyError::new(ErrorCode::InvalidArgument).with_hint(
                "a token is 1 to 8192 bytes of visible ASCII, a scope at most 128 names of visible ASCII without quote and backslash, a time below 2^53 ms",
            ));
        }
        Ok(tokens)
    }

    /// Whether the tokens can stand in a header and in a snapshot.
    pub(crate) fn is_sound(&self) -> bool {
        self.access_token.is_header_safe(MAX_TOKEN_BYTES)
            && self.refresh_token.as_ref().is_none_or(|token| token.is_header_safe(MAX_TOKEN_BYTES))
            && self.expires_at_ms <= time::MAX_MS
            && self.refresh_expires_at_ms.is_none_or(|ms| ms <= time::MAX_MS)
            && self.scope.len() <= 128
            && self.scope.iter().all(|name| name.len() <= 128 && name.bytes().all(is_scope_byte))
    }

    /// Sent as `Authorization: Bearer …`.
    pub fn access_token(&self) -> &Secret {
        &self.access_token
    }

    /// Absent where the venue issues none (WhiteBIT's documents disagree: facts/whitebit.md, D1).
    pub fn refresh_token(&self) -> Option<&Secret> {
        self.refresh_token.as_ref()
    }

    /// When the access token ends by the host's clock, in Unix milliseconds.
    pub fn expires_at_ms(&self) -> u64 {
        self.expires_at_ms
    }

    /// When the refresh token ends, in Unix milliseconds, where the reply or a sheet says so.
    pub fn refresh_expires_at_ms(&self) -> Option<u64> {
        self.refresh_expires_at_ms
    }

    /// Granted scopes, open strings; empty where the venue names none.
    pub fn scope(&self) -> &[String] {
        &self.scope
    }

    pub(crate) fn without_refresh_token(mut self) -> Self {
        self.refresh_token = None;
        self.refresh_expires_at_ms = None;
        self
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refreshable = self.refresh_token.is_some();
        write!(f, "Tokens(…, expires_at_ms={}, refreshable={refreshable})", self.expires_at_ms)
    }
}

/// RFC 6749, 3.3: visible ASCII without quote and backslash.
pub(crate) fn is_scope_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'"' && byte != b'\\'
}

/// One group of permissions on a WhiteBIT key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionGroup {
    /// Does not depend on the locale: use it in logic.
    pub name: String,
    /// Translated into the user's language: display only, untrusted text.
    pub title: String,
    /// The endpoints of the group.
    pub urls: Vec<PermissionUrl>,
}

/// One endpoint a permission covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionUrl {
    /// The path, as the venue writes it.
    pub url: String,
    /// `false` means offered but not granted.
    pub enable: bool,
}

impl PermissionGroup {
    /// Whether anything in this group is granted.
    pub fn any_granted(&self) -> bool {
        self.urls.iter().any(|url| url.enable)
    }
}

fn any_granted(groups: &[PermissionGroup]) -> bool {
    groups.iter().any(PermissionGroup::any_granted)
}

/// What the decision matrix of facts/whitebit.md, 7.1 says to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyDecision {
    /// No key: begin a connection.
    StartFlow,
    /// An active key: do not send the user to the venue; tell them.
    AlreadyActive,
    /// A disabled key: ask the user to delete it in the venue's dashboard, then try again.
    DeleteInDashboard,
}

named!(KeyDecision "decision" {
    StartFlow = "start_flow",
    AlreadyActive = "already_active",
    DeleteInDashboard = "delete_in_dashboard",
});

/// What the venue says of this app's key for this user (facts/whitebit.md, 7.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyStatus {
    pub(crate) decision: KeyDecision,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) external_id: Option<ExternalId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) permissions: Option<Vec<PermissionGroup>>,
}

impl KeyStatus {
    /// What to do now.
    pub fn decision(&self) -> KeyDecision {
        self.decision
    }

    /// Whether there is a key at all, active or disabled.
    pub fn exists(&self) -> bool {
        self.decision != KeyDecision::StartFlow
    }

    /// Whether the key works.
    pub fn is_enabled(&self) -> bool {
        self.decision == KeyDecision::AlreadyActive
    }

    /// The key's id.
    pub fn external_id(&self) -> Option<&ExternalId> {
        self.external_id.as_ref()
    }

    /// What the key may do; `None` where the reply did not say (facts/whitebit.md, 7.1: added 2026-07-06).
    pub fn permissions(&self) -> Option<&[PermissionGroup]> {
        self.permissions.as_deref()
    }

    /// Whether anything at all is granted; `None` where the venue did not say (facts/whitebit.md, D9).
    pub fn any_granted(&self) -> Option<bool> {
        self.permissions.as_deref().map(any_granted)
    }
}

/// A WhiteBIT key's `externalId`: a UUID, so that it can stand in a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExternalId(String);

impl ExternalId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ExternalId {
    type Error = VenuekeyError;

    /// Accepts the 8-4-4-4-12 form of RFC 9562 in either case; kept as the venue wrote it.
    fn try_from(text: String) -> Result<Self, VenuekeyError> {
        let groups: Vec<&str> = text.split('-').collect();
        let sound = groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
            && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit());
        if !sound {
            return Err(VenuekeyError::new(ErrorCode::InvalidArgument).with_hint("an externalId must be a UUID"));
        }
        Ok(Self(text))
    }
}

impl From<ExternalId> for String {
    fn from(id: ExternalId) -> Self {
        id.0
    }
}

/// An account the user can choose for the key. Bybit: an AI sub-account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subaccount {
    /// What [`Flow::choose`](crate::Flow::choose) takes. Bybit: the `sub_member_id`.
    pub id: String,
    /// The user's own name for it: display only, untrusted text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
}

/// What [`Flow::choose`](crate::Flow::choose) takes for "make a new account": no id of a venue's.
pub const CREATE_SUBACCOUNT: &str = "create";

/// An API key that the user has granted, with the secret that was readable once.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    #[serde(with = "secret::in_snapshot")]
    pub(crate) api_key: Secret,
    #[serde(with = "secret::in_snapshot")]
    pub(crate) api_secret: Secret,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) external_id: Option<ExternalId>,
    #[serde(with = "secret::in_snapshot::option", default, skip_serializing_if = "Option::is_none")]
    pub(crate) candidate_public_key: Option<Secret>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) permissions: Option<Vec<PermissionGroup>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) uid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sub_member_id: Option<String>,
}

impl ApiKey {
    /// A key of which nothing else is known.
    pub(crate) fn new(api_key: Secret, api_secret: Secret) -> Self {
        Self {
            api_key,
            api_secret,
            external_id: None,
            candidate_public_key: None,
            permissions: None,
            uid: None,
            sub_member_id: None,
        }
    }

    /// The public half, sent with every signed request. WhiteBIT: the `externalId` (facts/whitebit.md, D2).
    pub fn api_key(&self) -> &Secret {
        &self.api_key
    }

    /// The secret half. Store it encrypted; the venue will not show it again.
    pub fn api_secret(&self) -> &Secret {
        &self.api_secret
    }

    /// WhiteBIT: the key's id for status and deletion.
    pub fn external_id(&self) -> Option<&ExternalId> {
        self.external_id.as_ref()
    }

    /// WhiteBIT: another public key that the callback brought, unproven (facts/whitebit.md, D2).
    pub fn candidate_public_key(&self) -> Option<&Secret> {
        self.candidate_public_key.as_ref()
    }

    /// WhiteBIT: what the user granted; `None` where the venue did not say.
    pub fn permissions(&self) -> Option<&[PermissionGroup]> {
        self.permissions.as_deref()
    }

    /// Whether anything at all is granted; `None` where the venue did not say (facts/whitebit.md, D9).
    pub fn any_granted(&self) -> Option<bool> {
        self.permissions.as_deref().map(any_granted)
    }

    /// Bybit: the user's UID, where the venue told it.
    pub fn uid(&self) -> Option<&str> {
        self.uid.as_deref()
    }

    /// Bybit's AI agent: the sub-account the key belongs to.
    pub fn sub_member_id(&self) -> Option<&str> {
        self.sub_member_id.as_deref()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// What a finished operation brought.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// An API key that works, and the tokens that fetched it.
    ApiKey {
        /// The key.
        key: ApiKey,
        /// The newest tokens.
        tokens: Tokens,
    },
    /// Tokens, and whose account they open.
    AccountTokens {
        /// The newest tokens.
        tokens: Tokens,
        /// The user's id at the venue, where the venue told it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uid: Option<String>,
    },
    /// Fresh tokens: replace the stored pair.
    TokensRefreshed {
        /// The newest tokens.
        tokens: Tokens,
    },
    /// What the venue says of the key.
    KeyChecked {
        /// Its state, and what to do.
        status: KeyStatus,
        /// The newest tokens: a check may have refreshed them.
        tokens: Tokens,
    },
    /// The key is gone, deleted now or before.
    KeyDeleted {
        /// The newest tokens: a deletion may have refreshed them.
        tokens: Tokens,
    },
    /// The user has agreed; the backend, which has the client's secret, goes on.
    HandOff {
        /// What to send it.
        hand_off: HandOff,
    },
}

impl Outcome {
    /// The name used in every language.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ApiKey { .. } => "api_key",
            Self::AccountTokens { .. } => "account_tokens",
            Self::TokensRefreshed { .. } => "tokens_refreshed",
            Self::KeyChecked { .. } => "key_checked",
            Self::KeyDeleted { .. } => "key_deleted",
            Self::HandOff { .. } => "hand_off",
        }
    }

    /// The newest tokens; every outcome has them but the hand-off.
    pub fn tokens(&self) -> Option<&Tokens> {
        match self {
            Self::ApiKey { tokens, .. }
            | Self::AccountTokens { tokens, .. }
            | Self::TokensRefreshed { tokens }
            | Self::KeyChecked { tokens, .. }
            | Self::KeyDeleted { tokens } => Some(tokens),
            Self::HandOff { .. } => None,
        }
    }
}
