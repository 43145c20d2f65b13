//! What a connection leaves the app with.

use std::sync::Arc;

use crate::ambient::signed;
use crate::secret::{Secret, opaque};
use crate::values::{KeyDecision, PermissionGroup};

opaque! {
    /// An access token, with a refresh token where the venue gave one.
    Tokens
}

#[uniffi::export]
impl Tokens {
    /// Sent as `Authorization: Bearer …`.
    pub fn access_token(&self) -> Arc<Secret> {
        Secret::wrap(self.0.access_token().clone())
    }

    /// Absent where the venue issues none.
    pub fn refresh_token(&self) -> Option<Arc<Secret>> {
        self.0.refresh_token().cloned().map(Secret::wrap)
    }

    /// When the access token ends by the host's clock, in Unix milliseconds.
    pub fn expires_at_ms(&self) -> i64 {
        signed(self.0.expires_at_ms())
    }

    /// When the refresh token ends, in Unix milliseconds, where that is known.
    pub fn refresh_expires_at_ms(&self) -> Option<i64> {
        self.0.refresh_expires_at_ms().map(signed)
    }

    /// Granted scopes; empty where the venue names none.
    pub fn scope(&self) -> Vec<String> {
        self.0.scope().to_vec()
    }
}

opaque! {
    /// An API key that the user has granted, with the secret that was readable once.
    ApiKey
}

#[uniffi::export]
impl ApiKey {
    /// The public half, sent with every signed request.
    pub fn api_key(&self) -> Arc<Secret> {
        Secret::wrap(self.0.api_key().clone())
    }

    /// The secret half. Store it encrypted; the venue will not show it again.
    pub fn api_secret(&self) -> Arc<Secret> {
        Secret::wrap(self.0.api_secret().clone())
    }

    /// WhiteBIT: the key's id for status and deletion.
    pub fn external_id(&self) -> Option<String> {
        self.0.external_id().map(|id| id.as_str().to_owned())
    }

    /// WhiteBIT: what the user granted; absent where the venue did not say.
    pub fn permissions(&self) -> Option<Vec<PermissionGroup>> {
        self.0.permissions().map(<[PermissionGroup]>::to_vec)
    }

    /// Bybit: the user's UID, where the venue told it.
    pub fn uid(&self) -> Option<String> {
        self.0.uid().map(str::to_owned)
    }

    /// Bybit's AI agent: the sub-account the key belongs to.
    pub fn sub_member_id(&self) -> Option<String> {
        self.0.sub_member_id().map(str::to_owned)
    }
}

opaque! {
    /// What an app sends to its backend, which goes on. **A secret**.
    HandOff
}

#[uniffi::export]
impl HandOff {
    /// The text to send, JSON.
    pub fn expose(&self) -> String {
        self.0.expose().to_owned()
    }
}

/// What the venue says of this app's key for this user.
#[derive(uniffi::Record)]
pub struct KeyStatus {
    /// What to do now.
    pub decision: KeyDecision,
    /// The key's id.
    pub external_id: Option<String>,
    /// What the key may do; absent where the reply did not say.
    pub permissions: Option<Vec<PermissionGroup>>,
}

impl From<venuekey::KeyStatus> for KeyStatus {
    fn from(status: venuekey::KeyStatus) -> Self {
        Self {
            decision: status.decision(),
            external_id: status.external_id().map(|id| id.as_str().to_owned()),
            permissions: status.permissions().map(<[PermissionGroup]>::to_vec),
        }
    }
}

/// What a finished operation brought.
#[derive(uniffi::Enum)]
pub enum Outcome {
    /// An API key that works, and the tokens that fetched it.
    ApiKey {
        /// The key.
        key: Arc<ApiKey>,
        /// The newest tokens.
        tokens: Arc<Tokens>,
    },
    /// Tokens, and whose account they open.
    AccountTokens {
        /// The newest tokens.
        tokens: Arc<Tokens>,
        /// The user's id at the venue, where the venue told it.
        uid: Option<String>,
    },
    /// Fresh tokens: replace the stored pair.
    TokensRefreshed {
        /// The newest tokens.
        tokens: Arc<Tokens>,
    },
    /// What the venue says of the key.
    KeyChecked {
        /// Its state, and what to do.
        status: KeyStatus,
        /// The newest tokens: a check may have refreshed them.
        tokens: Arc<Tokens>,
    },
    /// The key is gone, deleted now or before.
    KeyDeleted {
        /// The newest tokens: a deletion may have refreshed them.
        tokens: Arc<Tokens>,
    },
    /// The user has agreed; the backend, which has the client's secret, goes on.
    HandOff {
        /// What to send it.
        hand_off: Arc<HandOff>,
    },
}

impl From<venuekey::Outcome> for Outcome {
    fn from(outcome: venuekey::Outcome) -> Self {
        use venuekey::Outcome as Core;
        match outcome {
            Core::ApiKey { key, tokens } => Self::ApiKey { key: ApiKey::wrap(key), tokens: Tokens::wrap(tokens) },
            Core::AccountTokens { tokens, uid } => Self::AccountTokens { tokens: Tokens::wrap(tokens), uid },
            Core::TokensRefreshed { tokens } => Self::TokensRefreshed { tokens: Tokens::wrap(tokens) },
            Core::KeyChecked { status, tokens } => {
                Self::KeyChecked { status: status.into(), tokens: Tokens::wrap(tokens) }
            }
            Core::KeyDeleted { tokens } => Self::KeyDeleted { tokens: Tokens::wrap(tokens) },
            Core::HandOff { hand_off } => Self::HandOff { hand_off: HandOff::wrap(hand_off) },
        }
    }
}
