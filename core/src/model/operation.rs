//! What a flow is for, and what its callback brings.

use crate::base::error::named;
use crate::base::json::Blank;

/// What a connection is for. Neither goal replaces the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Tokens that read the account. WhiteBIT (plain code grant, global and EU) and Bybit's broker client, with the
    /// user's id.
    ///
    /// WhiteBIT announced for 2026-11-01 the end of the plain code grant, of its refresh and of the account reads; whether
    /// they still answer is not verified (facts/whitebit.md, 2 and 15). Its tokens live 300 s and are refreshed for 600 s.
    AccountTokens,
    /// An API key that the app keeps. WhiteBIT (global host only) and Bybit.
    ApiKey,
}

named!(Goal "goal" {
    AccountTokens = "account_tokens",
    ApiKey = "api_key",
});

impl Goal {
    pub(crate) fn operation(self) -> FlowOperation {
        match self {
            Self::AccountTokens => FlowOperation::AccountTokens,
            Self::ApiKey => FlowOperation::ApiKey,
        }
    }
}

/// What a flow is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FlowOperation {
    /// A connection that ends with tokens.
    AccountTokens,
    /// A connection that ends with an API key.
    ApiKey,
    /// New tokens in place of old ones.
    RefreshTokens,
    /// The state of this app's key.
    CheckKey,
    /// The deletion of this app's key.
    DeleteKey,
    /// A new key in place of an old one: the old one's deletion, then a connection.
    ReissueKey,
    /// The key of another of the user's accounts, with a connection's tokens. Bybit: an AI sub-account.
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

/// What the callback brings (RFC 6749, 3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResponseType {
    /// A code, which the app exchanges for tokens. What every venue documents.
    #[default]
    Code,
    /// The access token itself, in the URL: it passes through the browser, and there is no refresh token. Bybit's
    /// older help page names it, and no page describes it (facts/bybit.md, 3.2): a last resort.
    Token,
}

named!(ResponseType "response_type" {
    Code = "code",
    Token = "token",
});

impl ResponseType {
    pub(crate) fn is_code(self) -> bool {
        self == Self::Code
    }
}

impl Blank for ResponseType {
    /// Snapshots leave the usual case out.
    fn is_blank(&self) -> bool {
        self.is_code()
    }
}
