//! What a finished operation brought.

use crate::base::json::tagged;
use crate::model::api_key::{ApiKey, KeyStatus};
use crate::model::hand_off::HandOff;
use crate::model::tokens::Tokens;

/// The result of a finished operation. All but a hand-off have the newest tokens.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// [`Client::begin`](crate::Client::begin) for an API key has ended: a key that works, and the tokens that fetched it.
    ApiKey {
        /// The key: store it before anything else.
        key: ApiKey,
        /// The newest tokens.
        tokens: Tokens,
    },
    /// [`Client::begin`](crate::Client::begin) for tokens has ended: tokens, and whose account they open, if the venue
    /// returned it.
    AccountTokens {
        /// The newest tokens.
        tokens: Tokens,
        /// The user's id at the venue, if the venue returned it.
        uid: Option<String>,
    },
    /// [`Client::refresh_tokens`](crate::Client::refresh_tokens) has ended: replace the stored pair.
    TokensRefreshed {
        /// The newest tokens.
        tokens: Tokens,
    },
    /// [`Client::check_key`](crate::Client::check_key) has ended: what the venue says of the key.
    KeyChecked {
        /// Its state, and what to do.
        status: KeyStatus,
        /// The newest tokens: a check may have refreshed them.
        tokens: Tokens,
    },
    /// [`Client::delete_key`](crate::Client::delete_key) has ended: the key is gone, deleted now or before.
    KeyDeleted {
        /// The newest tokens: a deletion may have refreshed them.
        tokens: Tokens,
    },
    /// The user has agreed; the backend, which has the client's secret, continues. There are no tokens yet.
    HandOff {
        /// What to send to the backend.
        hand_off: HandOff,
    },
}

tagged!(Outcome, "outcome" {
    ApiKey = "api_key" { key, tokens },
    AccountTokens = "account_tokens" { tokens, uid: optional },
    TokensRefreshed = "tokens_refreshed" { tokens },
    KeyChecked = "key_checked" { status, tokens },
    KeyDeleted = "key_deleted" { tokens },
    HandOff = "hand_off" { hand_off },
});

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

    pub(crate) fn set_tokens(&mut self, newest: Tokens) {
        match self {
            Self::ApiKey { tokens, .. }
            | Self::AccountTokens { tokens, .. }
            | Self::TokensRefreshed { tokens }
            | Self::KeyChecked { tokens, .. }
            | Self::KeyDeleted { tokens } => *tokens = newest,
            Self::HandOff { .. } => {}
        }
    }
}
