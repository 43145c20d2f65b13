//! What a finished operation brought.

use serde::{Deserialize, Serialize};

use crate::model::api_key::{ApiKey, KeyStatus};
use crate::model::hand_off::HandOff;
use crate::model::tokens::Tokens;

/// What a finished operation brought. Each but a hand-off has the newest tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// [`Client::begin`](crate::Client::begin) for an API key has ended: a key that works, and the tokens that fetched it.
    ApiKey {
        /// The key: store it before anything else.
        key: ApiKey,
        /// The newest tokens.
        tokens: Tokens,
    },
    /// [`Client::begin`](crate::Client::begin) for tokens has ended: tokens, and whose account they open, where the venue told
    /// it.
    AccountTokens {
        /// The newest tokens.
        tokens: Tokens,
        /// The user's id at the venue, where the venue told it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
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
    /// The user has agreed; the backend, which has the client's secret, goes on. There are no tokens yet.
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
