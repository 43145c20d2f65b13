//! Venues: data plus a little code, one folder each.
//!
//! A venue states its endpoints, its names for the standard parameters and its stages in a
//! [`Profile`], and brings two pure functions: one builds the request of a [`Call`], one reads the
//! reply. Deciding what happens next is the flow's business, the same for every venue.

mod bybit;
mod profile;
pub(crate) mod reads;
mod settings;
mod signing;
mod whitebit;

pub(crate) use bybit::{MAX_LISTED, MAX_SUBACCOUNTS, is_uid};
pub(crate) use profile::{Consent, EnvironmentProfile, Profile, Redirect};
use serde::{Deserialize, Serialize};
pub use settings::{ClientConfig, Credentials};
pub(crate) use settings::{Settings, base_or, fits_header};
pub(crate) use signing::{Fate, KeyLife, Signing, SigningKey, ToSign};

use crate::account::{ExternalId, KeyStatus, PermissionGroup, Subaccount, Tokens};
use crate::error::ErrorCode;
use crate::http::{HttpResponse, Replay};
use crate::names::named;
use crate::oauth::ResponseType;
use crate::secret::{self, Secret};

/// An exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Venue {
    /// WhiteBIT (`global`, `eu`).
    Whitebit,
    /// Bybit (`mainnet`, `testnet`).
    Bybit,
}

named!(Venue "venue" {
    Whitebit = "whitebit",
    Bybit = "bybit",
});

impl Venue {
    /// What ends its keys, the same for every client.
    pub(crate) fn key_life(self) -> &'static KeyLife {
        &self.profile(false).signing.key_life
    }

    /// The venue as this kind of client sees it: one without a secret has other operations and other rules.
    pub(crate) fn profile(self, is_public: bool) -> &'static Profile {
        match (self, is_public) {
            (Self::Whitebit, false) => &whitebit::CONFIDENTIAL,
            (Self::Whitebit, true) => &whitebit::PUBLIC,
            (Self::Bybit, false) => &bybit::BROKER,
            (Self::Bybit, true) => &bybit::AI_AGENT,
        }
    }
}

/// One of a venue's separate worlds: accounts, tokens and keys of one mean nothing in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Environment {
    /// WhiteBIT, `whitebit.com`.
    Global,
    /// WhiteBIT, `whitebit.eu`: no API-key endpoints.
    Eu,
    /// Bybit, `www.bybit.com` and `api2.bybit.com`.
    Mainnet,
    /// Bybit, `testnet.bybit.com` and `api2-testnet.bybit.com`.
    Testnet,
}

named!(Environment "environment" {
    Global = "global",
    Eu = "eu",
    Mainnet = "mainnet",
    Testnet = "testnet",
});

/// What a flow is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FlowOperation {
    /// A connection that ends with tokens.
    AccountTokens,
    /// A connection that ends with an API key.
    ApiKey,
    /// New tokens for old ones.
    RefreshTokens,
    /// The state of this app's key.
    CheckKey,
    /// The end of this app's key.
    DeleteKey,
    /// A new key for an old one: the old one's end, then a connection.
    ReissueKey,
    /// The key of another of the user's accounts, by tokens of a connection. Bybit: an AI sub-account.
    SwitchSubaccount,
}

named!(FlowOperation "operation" {
    AccountTokens = "account_tokens",
    ApiKey = "api_key",
    RefreshTokens = "refresh_tokens",
    CheckKey = "check_key",
    DeleteKey = "delete_key",
    ReissueKey = "reissue_key",
    SwitchSubaccount = "switch_subaccount",
});

impl FlowOperation {
    /// Whether it ends with a key.
    pub(crate) fn brings_key(self) -> bool {
        self.connects_key() || self == Self::SwitchSubaccount
    }

    /// Whether it asks for the user's consent to a key and ends with that key.
    pub(crate) fn connects_key(self) -> bool {
        matches!(self, Self::ApiKey | Self::ReissueKey)
    }
}

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
            // facts/bybit.md, 6.3: the list itself has been seen to carry the same credentials each time, and were they
            // replaced by asking, the last reply is the one that is kept.
            Self::FetchSubaccountKey => Replay::Safe,
            // 6.3: a GET with side effects.
            Self::CreateSubaccount => Replay::Never,
            // Deleting twice deletes once, but the second answer (404) must not hide the first.
            Self::ExchangeCode | Self::RefreshTokens | Self::DeleteKey => Replay::Never,
            // facts/bybit.md, 6.2: nothing says whether a second call returns the same key or replaces it.
            Self::FetchApiKey => Replay::Never,
            Self::FetchSecret => Replay::OnceOnly,
        }
    }

    /// Whether it goes to the accounts of Bybit's AI agent (facts/bybit.md, 6.3), which have errors of their own.
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

/// A reply that is not a success.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub class: Class,
    pub status: u16,
    pub code: Option<String>,
    pub text: Option<String>,
    pub retry_after_ms: Option<u64>,
}

/// What a refusal means to a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// The token, or its scope: a refresh may help once (facts/whitebit.md, D4).
    Unauthorized,
    /// No such key.
    NotFound,
    /// The once-only secret has been read.
    AlreadyTaken,
    /// Another read holds the secret.
    Locked,
    RateLimited,
    /// The code or the refresh token is not accepted.
    GrantRejected,
    /// The token is not valid at all: a refresh would not help.
    TokenInvalid,
    /// The user has bound no second factor.
    SecondFactorMissing,
    /// The account must change at the venue before it can have a key.
    NotEligible,
    /// The client's credentials or the form of the request.
    ClientRejected,
    /// The endpoint is not there (any more).
    Withdrawn,
    /// An HTML page from something in front of the venue: the request did not reach it.
    Blocked,
    /// A code no sheet explains; the request was refused.
    Unexplained,
    /// 5xx: it may or may not have taken effect.
    ServerTrouble,
    /// Not JSON, or JSON without what it must have: it may well have taken effect.
    Unreadable,
    TooLarge,
    /// Fields that exclude each other.
    Contradiction,
}

impl Class {
    /// What it is called where nothing more is known of it.
    pub fn code(self) -> ErrorCode {
        match self {
            Self::Unreadable | Self::Contradiction => ErrorCode::MalformedReply,
            Self::TooLarge => ErrorCode::ReplyTooLarge,
            Self::ClientRejected => ErrorCode::ClientRejected,
            Self::Withdrawn => ErrorCode::NotSupported,
            Self::Blocked | Self::ServerTrouble => ErrorCode::VenueUnavailable,
            _ => ErrorCode::VenueRefused,
        }
    }

    /// Whether a request answered like this may have taken effect all the same.
    pub fn leaves_doubt(self) -> bool {
        matches!(self, Self::ServerTrouble | Self::Unreadable | Self::TooLarge | Self::Contradiction)
    }
}

impl Refusal {
    pub fn new(class: Class, response: &HttpResponse) -> Self {
        Self { class, status: response.status(), code: None, text: None, retry_after_ms: response.retry_after_ms() }
    }

    pub fn with(mut self, code: Option<String>, text: Option<String>) -> Self {
        self.code = code;
        self.text = text;
        self
    }
}
