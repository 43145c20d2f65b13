//! What only a server may be built with: the calls that take the client's secret.

use crate::calls::calls;
use crate::client::{Client, ClientConfig};
use crate::error::VenuekeyError;
use crate::flow::Step;
use crate::secret::Secret;
use crate::values::LostSecretPolicy;

#[uniffi::export]
impl Client {
    /// A client that has the client's secret, as the venue issued it: for a server, never in an app.
    ///
    /// Throws `invalid_configuration`, with a hint that names the field and the rule.
    #[uniffi::constructor]
    pub fn confidential(config: ClientConfig, client_secret: &Secret) -> Result<Self, VenuekeyError> {
        Self::made(config, Some(client_secret.0.clone()))
    }
}

calls! {
    Client;

    /// Goes on with what an app has begun without the secret: WhiteBIT's key flow. Call it on the client that has the
    /// secret and the app's redirect URI, and only for the authenticated user the connection is for. The flow's id
    /// follows from the code alone, so a hand-off that comes twice, changed or not, ends with `superseded` at the second
    /// save.
    ///
    /// `text` is what the app sent: `HandOff.expose()`. `onSecretLost` is `report` where left out. `nowMs` is Unix
    /// milliseconds; left out, the operating system's clock.
    ///
    /// Throws `hand_off_invalid`, `hand_off_mismatch` or `hand_off_expired` (more than 10 minutes old), none of which
    /// quotes the text; `not_supported` for any other client.
    fn accept_hand_off(text: String), optional(on_secret_lost: LostSecretPolicy), ambient(now_ms) -> Step;
}
