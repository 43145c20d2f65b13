//! What a connection leaves the app with.

use std::sync::Arc;

use crate::calls::Enter;
use crate::cross::mirror;
use crate::error::VenuekeyError;
use crate::key_status::{KeyStatus, PermissionGroup};
use crate::object::opaque;
use crate::secret::Secret;

opaque! {
    /// An access token, with a refresh token where the venue gave one.
    Tokens;

    /// Sent as `Authorization: Bearer …`.
    access_token: Arc<Secret>,

    /// Absent where the venue issued none.
    refresh_token: Option<Arc<Secret>>,

    /// When the access token ends by the host's clock, in Unix milliseconds.
    expires_at_ms: i64,

    /// When the refresh token ends, in Unix milliseconds, where that is known.
    refresh_expires_at_ms: Option<i64>,

    /// Granted scopes, open strings; empty where the venue names none.
    scope: Vec<String>,
}

/// Shared tokens keep them.
impl Enter<venuekey::Tokens> for &Tokens {
    fn enter(self, _name: &str) -> Result<venuekey::Tokens, VenuekeyError> {
        Ok(self.0.clone())
    }
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
        let expires_at_ms = expires_at_ms.enter("expires_at_ms")?;
        let refresh_expires_at_ms = refresh_expires_at_ms.enter("refresh_expires_at_ms")?;
        let (access_token, refresh_token) = (access_token.0.clone(), refresh_token.map(|token| token.0.clone()));
        Ok(Self(venuekey::Tokens::new(access_token, refresh_token, expires_at_ms, refresh_expires_at_ms, scope)?))
    }
}

opaque! {
    /// An API key that the user has granted, with the secret that could be read once.
    ApiKey;

    /// The public half, sent with every signed request. WhiteBIT: the same text as `externalId`.
    api_key: Arc<Secret>,

    /// The secret half. Store it encrypted; the venue will not show it again.
    api_secret: Arc<Secret>,

    /// WhiteBIT: the key's id, for `Client.deleteKey`.
    external_id: Option<String>,

    /// WhiteBIT: another public key that the callback brought, unproven: see `PublicKeyProbe`.
    candidate_public_key: Option<Arc<Secret>>,

    /// WhiteBIT: what the user granted; absent where the venue did not say.
    permissions: Option<Vec<PermissionGroup>>,

    /// Whether anything at all is granted; absent where the venue did not say.
    any_granted: Option<bool>,

    /// Bybit: the user's UID, where the venue told it.
    uid: Option<String>,

    /// Bybit's AI agent: the id of the sub-account the key belongs to, where Bybit told it.
    sub_member_id: Option<String>,
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

mirror! {
    /// What a finished operation brought. Each but a hand-off has the newest tokens.
    enum Outcome {
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
}
