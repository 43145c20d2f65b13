//! What an app passes to its backend when the app has begun by itself.

use core::fmt;

use crate::base::json::{FromJson, Json, ToJson, Writer};
use crate::base::secret::Secret;

/// The largest hand-off that is read, in bytes (16 KiB).
pub(crate) const MAX_HAND_OFF_BYTES: usize = 16 * 1024;

/// An accepted callback on its way from an app to its backend: code, verifier, and what they belong to. The user has
/// agreed, at WhiteBIT, to a client without a secret; the backend, which has the client's secret, continues with
/// [`Client::accept_hand_off`](crate::Client::accept_hand_off). There are no tokens yet.
///
/// **A secret.** Send its text in the body of an authenticated request over TLS, within 10 minutes. It holds no
/// address: the backend's own configuration decides where requests go.
#[derive(Clone)]
pub struct HandOff(Secret);

impl ToJson for HandOff {
    fn to_json(&self, to: &mut Writer) {
        self.0.to_json(to);
    }
}

impl FromJson for HandOff {
    fn from_json(json: Json<'_>) -> Option<Self> {
        Secret::from_json(json).map(Self)
    }
}

impl HandOff {
    pub(crate) fn new(text: Secret) -> Self {
        Self(text)
    }

    /// Whether both carry the same code. It takes as long for any two of one length.
    pub fn is_same(&self, other: &Self) -> bool {
        // Exposed to compare.
        self.0.ct_eq(other.0.expose())
    }

    /// The text to send, JSON of at most 16 KiB.
    pub fn expose(&self) -> &str {
        // Handed to the app's own request to its backend.
        self.0.expose()
    }
}

impl fmt::Debug for HandOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandOff(…)")
    }
}
