//! What a venue's two functions take and give: one builds the request of a [`Call`], one reads the reply. Deciding what
//! happens next is the flow's business, the same for every venue.

use serde::{Deserialize, Serialize};

use crate::base::error::named;
use crate::base::secret::{self, Secret};
use crate::model::api_key::{ExternalId, KeyStatus, PermissionGroup, Subaccount};
use crate::model::operation::ResponseType;
use crate::model::tokens::Tokens;
use crate::venue::refusal::Refusal;
use crate::wire::http::Replay;

/// One kind of request. A flow is made of these; a venue implements those it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    ExchangeCode,
    RefreshTokens,
    CheckKey,
    FetchSecret,
    DeleteKey,
    ReadUid,
    FetchApiKey,
    ListSubaccounts,
    FetchSubaccountKey,
    CreateSubaccount,
}

// The name is also the request's purpose.
named!(Call "call" {
    ExchangeCode = "exchange_code",
    RefreshTokens = "refresh_tokens",
    CheckKey = "check_key",
    FetchSecret = "fetch_secret",
    DeleteKey = "delete_key",
    ReadUid = "read_uid",
    FetchApiKey = "fetch_api_key",
    ListSubaccounts = "list_subaccounts",
    FetchSubaccountKey = "fetch_subaccount_key",
    CreateSubaccount = "create_subaccount",
});

impl Call {
    pub fn replay(self) -> Replay {
        match self {
            Self::CheckKey | Self::ReadUid | Self::ListSubaccounts => Replay::Safe,
            // bybit.md, 6.3: the list itself has been seen to carry the same credentials each time, and were they
            // replaced by asking, the last reply is the one that is kept.
            Self::FetchSubaccountKey => Replay::Safe,
            // 6.3: a GET with side effects.
            Self::CreateSubaccount => Replay::Never,
            // Deleting twice deletes once, but the second answer (404) must not hide the first.
            Self::ExchangeCode | Self::RefreshTokens | Self::DeleteKey => Replay::Never,
            // bybit.md, 6.2: nothing says whether a second call returns the same key or replaces it.
            Self::FetchApiKey => Replay::Never,
            Self::FetchSecret => Replay::OnceOnly,
        }
    }

    /// Whether it goes to the accounts of Bybit's AI agent (bybit.md, 6.3), which have errors of their own.
    pub fn is_for_subaccounts(self) -> bool {
        matches!(self, Self::ListSubaccounts | Self::FetchSubaccountKey | Self::CreateSubaccount)
    }

    /// Whether the request carries the access token.
    pub fn is_authorized(self) -> bool {
        !matches!(self, Self::ExchangeCode | Self::RefreshTokens)
    }
}

/// What a flow has learned so far. Requests and outcomes are built from it.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Facts {
    #[serde(with = "secret::in_snapshot::option", default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Secret>,
    #[serde(with = "secret::in_snapshot::option", default, skip_serializing_if = "Option::is_none")]
    pub code_verifier: Option<Secret>,
    #[serde(with = "secret::in_snapshot::option", default, skip_serializing_if = "Option::is_none")]
    pub candidate_public_key: Option<Secret>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<ExternalId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<PermissionGroup>>,
    /// The accounts the user may choose from: never their keys, even where the venue lists those too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subaccounts: Option<Vec<Subaccount>>,
    /// The account the user chose, or that was created for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_member_id: Option<String>,
    /// A creation got no readable reply: the list may show the new account.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub creation_in_doubt: bool,
    /// The consent that follows once the old key is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_consent: Option<NextConsent>,
}

impl Facts {
    /// With these tokens, and nothing else.
    pub fn of(tokens: &Tokens) -> Self {
        Self { tokens: Some(tokens.clone()), ..Self::default() }
    }
}

/// A consent that is still to be asked for. Drawn when the operation begins: nothing later has randomness.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NextConsent {
    #[serde(with = "secret::in_snapshot")]
    pub oauth_state: Secret,
    #[serde(with = "secret::in_snapshot::option", default, skip_serializing_if = "Option::is_none")]
    pub code_verifier: Option<Secret>,
    pub callback_timeout_s: u32,
    #[serde(default, skip_serializing_if = "ResponseType::is_code")]
    pub response_type: ResponseType,
}

/// What a reply says, once the venue's wire forms are taken off.
pub(crate) enum Reading {
    Tokens(TokenReply),
    Key(KeyStatus),
    Secret(Secret),
    ApiKey { api_key: Secret, api_secret: Secret },
    Uid(Option<String>),
    Subaccounts(Vec<ListedSubaccount>),
    Deleted,
    Refused(Refusal),
}

/// How many accounts a user can have for keys of this app; one more may be made below it (bybit.md, 6.3).
pub(crate) const MAX_SUBACCOUNTS: usize = 5;
/// How many are taken from a list. Far above the cap, and small enough for a snapshot.
pub(crate) const MAX_LISTED: usize = 64;

/// One account of a list, with its key where the list brings it along.
pub(crate) struct ListedSubaccount {
    pub id: Option<String>,
    pub nickname: Option<String>,
    pub key: Option<(Secret, Secret)>,
}

/// A token reply before it meets a clock.
pub(crate) struct TokenReply {
    pub access_token: Secret,
    pub refresh_token: Option<Secret>,
    pub expires_in_s: Option<u64>,
    pub refresh_expires_in_s: Option<u64>,
    pub scope: Vec<String>,
}
