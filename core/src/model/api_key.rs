//! What a connection leaves the app with: tokens, keys, and what is known of them.

use core::fmt;

use crate::base::error::{VenuekeyError, named};
use crate::base::json::{FromJson, Json, ToJson, Writer, members};
use crate::base::secret::Secret;
use crate::base::text::is_uid;

/// One group of permissions on a WhiteBIT key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionGroup {
    /// The same in every locale: use it in logic.
    pub name: String,
    /// Translated into the user's language: display only, untrusted text.
    pub title: String,
    /// The endpoints of the group.
    pub urls: Vec<PermissionUrl>,
}

members!(PermissionGroup { name, title, urls });

/// One endpoint a permission covers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PermissionUrl {
    /// The path, as the venue writes it.
    pub url: String,
    /// `false` means offered but not granted.
    pub enable: bool,
}

members!(PermissionUrl { url, enable });

impl PermissionGroup {
    /// Whether anything in this group is granted.
    pub fn any_granted(&self) -> bool {
        self.urls.iter().any(|url| url.enable)
    }
}

fn any_granted(groups: &[PermissionGroup]) -> bool {
    groups.iter().any(PermissionGroup::any_granted)
}

/// What to do about the app's key (the decision matrix of facts/whitebit.md, 7.1).
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

/// What the venue says about this app's key for this user (facts/whitebit.md, 7.1).
#[derive(Clone, PartialEq, Eq)]
pub struct KeyStatus {
    pub(crate) decision: KeyDecision,
    pub(crate) external_id: Option<ExternalId>,
    pub(crate) permissions: Option<Vec<PermissionGroup>>,
}

members!(KeyStatus { decision, external_id: optional, permissions: optional });

impl fmt::Debug for KeyStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.external_id().map_or("none", ExternalId::as_str);
        write!(f, "KeyStatus({}, external_id={id})", self.decision.as_str())
    }
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

    /// The key's id, for [`Client::delete_key`](crate::Client::delete_key).
    pub fn external_id(&self) -> Option<&ExternalId> {
        self.external_id.as_ref()
    }

    /// What the key may do; absent if the reply did not say (facts/whitebit.md: added 2026-07-06).
    pub fn permissions(&self) -> Option<&[PermissionGroup]> {
        self.permissions.as_deref()
    }

    /// Whether anything at all is granted; absent if the venue did not say (facts/whitebit.md, D9).
    pub fn any_granted(&self) -> Option<bool> {
        self.permissions.as_deref().map(any_granted)
    }
}

/// The id of a key at its venue, such as WhiteBIT's `externalId`, checked to be safe in a path. The venue's own rules
/// are checked when it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalId(String);

impl ExternalId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ExternalId {
    type Error = VenuekeyError;

    /// Accepts 1 to 64 letters, digits, `-` and `_`; kept as the venue wrote it.
    fn try_from(text: String) -> Result<Self, VenuekeyError> {
        if !is_uid(&text) {
            let hint = "a key's id must be 1 to 64 letters, digits, - and _";
            return Err(VenuekeyError::invalid_argument(hint));
        }
        Ok(Self(text))
    }
}

impl ToJson for ExternalId {
    fn to_json(&self, to: &mut Writer) {
        to.text(&self.0);
    }
}

impl FromJson for ExternalId {
    fn from_json(json: Json<'_>) -> Option<Self> {
        String::from_json(json)?.try_into().ok()
    }
}

impl core::str::FromStr for ExternalId {
    type Err = VenuekeyError;

    fn from_str(text: &str) -> Result<Self, VenuekeyError> {
        Self::try_from(text.to_owned())
    }
}

impl From<ExternalId> for String {
    fn from(id: ExternalId) -> Self {
        id.0
    }
}

/// An account the user can choose for the key. Bybit: an AI sub-account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subaccount {
    /// What [`Flow::choose`](crate::parts::Flow::choose) takes. Bybit: the `sub_member_id`.
    pub id: String,
    /// The user's own name for it, if it has one: display only, untrusted text.
    pub nickname: Option<String>,
}

members!(Subaccount { id, nickname: optional });

/// What [`Flow::choose`](crate::parts::Flow::choose) takes for "create a new account"; no venue has such an id.
pub const CREATE_SUBACCOUNT: &str = "create";

/// An API key that the user granted, with the secret that can be read only once.
#[derive(Clone)]
pub struct ApiKey {
    pub(crate) api_key: Secret,
    pub(crate) api_secret: Secret,
    pub(crate) external_id: Option<ExternalId>,
    pub(crate) candidate_public_key: Option<Secret>,
    pub(crate) permissions: Option<Vec<PermissionGroup>>,
    pub(crate) uid: Option<String>,
    pub(crate) sub_member_id: Option<String>,
    pub(crate) passphrase: Option<Secret>,
    pub(crate) site: Option<String>,
}

members!(ApiKey {
    api_key,
    api_secret,
    external_id: optional,
    candidate_public_key: optional,
    permissions: optional,
    uid: optional,
    sub_member_id: optional,
    passphrase: optional,
    site: optional,
});

impl ApiKey {
    /// A key about which nothing else is known.
    pub(crate) fn new(api_key: Secret, api_secret: Secret) -> Self {
        Self {
            api_key,
            api_secret,
            external_id: None,
            candidate_public_key: None,
            permissions: None,
            uid: None,
            sub_member_id: None,
            passphrase: None,
            site: None,
        }
    }

    /// The public half, sent with every signed request. WhiteBIT: the same text as `external_id` (facts/whitebit.md, D2).
    pub fn api_key(&self) -> &Secret {
        &self.api_key
    }

    /// The secret half. Store it encrypted; the venue will not show it again.
    pub fn api_secret(&self) -> &Secret {
        &self.api_secret
    }

    /// WhiteBIT: the key's id, for [`Client::delete_key`](crate::Client::delete_key).
    pub fn external_id(&self) -> Option<&ExternalId> {
        self.external_id.as_ref()
    }

    /// WhiteBIT: another public key that the callback brought, unproven: see [`PublicKeyProbe`](crate::parts::PublicKeyProbe)
    /// (facts/whitebit.md, D2).
    pub fn candidate_public_key(&self) -> Option<&Secret> {
        self.candidate_public_key.as_ref()
    }

    /// WhiteBIT: what the user granted; absent if the venue did not say.
    pub fn permissions(&self) -> Option<&[PermissionGroup]> {
        self.permissions.as_deref()
    }

    /// Whether anything at all is granted; absent if the venue did not say (facts/whitebit.md, D9).
    pub fn any_granted(&self) -> Option<bool> {
        self.permissions.as_deref().map(any_granted)
    }

    /// Bybit: the user's UID, if the venue returned it.
    pub fn uid(&self) -> Option<&str> {
        self.uid.as_deref()
    }

    /// Bybit's AI agent: the id of the sub-account the key belongs to, if Bybit returned it.
    pub fn sub_member_id(&self) -> Option<&str> {
        self.sub_member_id.as_deref()
    }

    /// The passphrase of [`KeyRequest::passphrase`](crate::parts::KeyRequest::passphrase), which signed requests carry too. No key of
    /// WhiteBIT or Bybit has one.
    pub fn passphrase(&self) -> Option<&Secret> {
        self.passphrase.as_ref()
    }

    /// The API of the user's own site, if the venue has several: signed requests go there. Neither WhiteBIT nor Bybit
    /// names one.
    pub fn site(&self) -> Option<&str> {
        self.site.as_deref()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}
