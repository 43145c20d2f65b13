//! How a client is made.

use crate::error::VenuekeyError;
use crate::generated::objects::Client;
use crate::generated::options::ClientConfig;
#[cfg(feature = "server")]
use crate::secret::Secret;

#[uniffi::export]
impl Client {
    /// A client without a secret, for a program in the user's own hands. Bybit: the AI agent (`clientId = "ai-agent"`),
    /// the whole way to a key of a sub-account that the user chooses (`Step.Choose`). WhiteBIT: the goal `apiKey` only,
    /// and it ends at a hand-off for the backend that has the secret.
    ///
    /// Throws `invalid_configuration`, with a hint that names the field and the rule; `redirect_not_supported` for a
    /// redirect URI that Bybit's AI agent does not have.
    #[uniffi::constructor]
    pub fn new(config: ClientConfig) -> Result<Self, VenuekeyError> {
        let credentials = venuekey::parts::Credentials::Public { client_id: config.client_id.clone() };
        Ok(Self(venuekey::parts::Client::new(config.into_core(credentials)?)?))
    }
}

#[cfg(feature = "server")]
#[uniffi::export]
impl Client {
    /// A client that has the client's secret, as the venue issued it: for a server, never in an app.
    ///
    /// Throws `invalid_configuration`, with a hint that names the field and the rule.
    #[uniffi::constructor]
    pub fn confidential(config: ClientConfig, client_secret: &Secret) -> Result<Self, VenuekeyError> {
        let (client_id, client_secret) = (config.client_id.clone(), client_secret.0.clone());
        let credentials = venuekey::parts::Credentials::Confidential { client_id, client_secret };
        Ok(Self(venuekey::parts::Client::new(config.into_core(credentials)?)?))
    }
}
