//! What a connection leaves the app with.

use std::sync::Arc;

use venuekey::ExternalId;

use crate::ambient::whole;
use crate::error::VenuekeyError;
use crate::key_status::{KeyStatus, PermissionGroup, permissions};
use crate::numbers::signed;
use crate::secret::{Secret, opaque};

opaque! {
    /// An access token, with a refresh token where the venue gave one.
    Tokens
}

#[uniffi::export]
impl Tokens {
    /// Tokens from the host's store. A token is 1 to 8192 bytes of visible ASCII.
    ///
    /// `expiresAtMs` is when the access token ends, in Unix milliseconds, 0 for one that is over; `refreshExpiresAtMs`
    /// when the refresh token ends, where that is known. `scope` are the granted scopes, open strings.
    ///
    /// Throws `invalid_argument` where a token can't stand in a header.
    #[uniffi::constructor(default(refresh_token = None, refresh_expires_at_ms = None, scope = []))]
    pub fn new(
        access_token: &Secret,
        refresh_token: Option<Arc<Secret>>,
        expires_at_ms: i64,
        refresh_expires_at_ms: Option<i64>,
        scope: Vec<String>,
    ) -> Result<Self, VenuekeyError> {
        let expires_at_ms = whole(expires_at_ms, "expires_at_ms")?;
        let refresh_expires_at_ms = refresh_expires_at_ms.map(|ms| whole(ms, "refresh_expires_at_ms")).transpose()?;
        let (access_token, refresh_token) = (access_token.0.clone(), refresh_token.map(|token| token.0.clone()));
        Ok(Self(venuekey::Tokens::new(access_token, refresh_token, expires_at_ms, refresh_expires_at_ms, scope)?))
    }

    /// Sent as `Authorization: Bearer …`.
    pub fn access_token(&self) -> Arc<Secret> {
        Secret::wrap(self.0.access_token().clone())
    }

    /// Absent where the venue issued none.
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

    /// Granted scopes, open strings; empty where the venue names none.
    pub fn scope(&self) -> Vec<String> {
        self.0.scope().to_vec()
    }
}

opaque! {
    /// An API key that the user has granted, with the secret that could be read once.
    ApiKey
}

#[uniffi::export]
impl ApiKey {
    /// The public half, sent with every signed request. WhiteBIT: the same text as `externalId`.
    pub fn api_key(&self) -> Arc<Secret> {
        Secret::wrap(self.0.api_key().clone())
    }

    /// The secret half. Store it encrypted; the venue will not show it again.
    pub fn api_secret(&self) -> Arc<Secret> {
        Secret::wrap(self.0.api_secret().clone())
    }

    /// WhiteBIT: the key's id, for `Client.deleteKey`.
    pub fn external_id(&self) -> Option<String> {
        self.0.external_id().map(|id| id.as_str().to_owned())
    }

    /// WhiteBIT: another public key that the callback brought, unproven: see `PublicKeyProbe`.
    pub fn candidate_public_key(&self) -> Option<Arc<Secret>> {
        self.0.candidate_public_key().cloned().map(Secret::wrap)
    }

    /// WhiteBIT: what the user granted; absent where the venue did not say.
    pub fn permissions(&self) -> Option<Vec<PermissionGroup>> {
        permissions(self.0.permissions())
    }

    /// Whether anything at all is granted; absent where the venue did not say.
    pub fn any_granted(&self) -> Option<bool> {
        self.0.any_granted()
    }

    /// Bybit: the user's UID, where the venue told it.
    pub fn uid(&self) -> Option<String> {
        self.0.uid().map(str::to_owned)
    }

    /// Bybit's AI agent: the id of the sub-account the key belongs to, where Bybit told it.
    pub fn sub_member_id(&self) -> Option<String> {
        self.0.sub_member_id().map(str::to_owned)
    }
}

opaque! {
    /// The user has agreed, and the backend, which has the client's secret, goes on by `Client.acceptHandOff`.
    /// **A secret**: send `expose()` in the body of an authenticated request over TLS, within 10 minutes.
    HandOff
}

#[uniffi::export]
impl HandOff {
    /// The text to send, JSON of at most 16 KiB.
    pub fn expose(&self) -> String {
        self.0.expose().to_owned()
    }
}

/// A key's id, a UUID.
pub(crate) fn external_id(text: String) -> Result<ExternalId, VenuekeyError> {
    Ok(ExternalId::try_from(text)?)
}

/// What a finished operation brought. Each but a hand-off has the newest tokens.
#[derive(uniffi::Enum)]
pub enum Outcome {
    /// An API key that works, and the tokens that fetched it.
    ApiKey {
        /// The key: store it before anything else.
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
        status: Arc<KeyStatus>,
        /// The newest tokens: a check may have refreshed them.
        tokens: Arc<Tokens>,
    },
    /// The key is gone, deleted now or before.
    KeyDeleted {
        /// The newest tokens: a deletion may have refreshed them.
        tokens: Arc<Tokens>,
    },
    /// The user has agreed; the backend, which has the client's secret, goes on. There are no tokens yet.
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
                Self::KeyChecked { status: KeyStatus::wrap(status), tokens: Tokens::wrap(tokens) }
            }
            Core::KeyDeleted { tokens } => Self::KeyDeleted { tokens: Tokens::wrap(tokens) },
            Core::HandOff { hand_off } => Self::HandOff { hand_off: HandOff::wrap(hand_off) },
        }
    }
}
