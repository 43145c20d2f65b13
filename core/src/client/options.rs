//! How a connection behaves.

use crate::model::key_request::KeyRequest;
use crate::model::operation::ResponseType;
use crate::model::policy::LostSecretPolicy;

/// How a connection behaves; options that are left out take their defaults.
#[derive(Debug, Clone)]
pub struct BeginOptions {
    /// How long to wait for the callback, in seconds: 60 to 86,400. For a reissue it starts with the deletion. No venue
    /// gives a figure for the whole consent; Bybit's own client waits 300 s, and a person with a second factor takes
    /// longer.
    pub callback_timeout_s: u32,
    /// What to do when the once-only secret is lost.
    pub on_secret_lost: LostSecretPolicy,
    /// Anything but [`ResponseType::Code`] must be asked for by name.
    pub response_type: ResponseType,
    /// Whose account it must be, for a user who connects again: the earlier [`ApiKey::uid`](crate::parts::ApiKey::uid).
    /// Another account ends as `account_mismatch`, before a key is requested. Bybit; WhiteBIT gives no user id.
    pub expected_uid: Option<String>,
    /// What to ask for in the new key. A part that the venue does not support is refused, never dropped: see
    /// [`KeyRequest`].
    pub key_request: Option<KeyRequest>,
}

impl Default for BeginOptions {
    fn default() -> Self {
        Self {
            callback_timeout_s: 900,
            on_secret_lost: LostSecretPolicy::Report,
            response_type: ResponseType::Code,
            expected_uid: None,
            key_request: None,
        }
    }
}
