//! Where everything begins.

use std::sync::Arc;

use crate::ambient::{self, now};
use crate::error::VenuekeyError;
use crate::flow::Flow;
use crate::secret::{Secret, opaque};
use crate::values::{Environment, FlowOperation, Goal, SecretLost, Venue};

opaque! {
    /// How the app proves to the venue who it is.
    Credentials
}

#[uniffi::export]
impl Credentials {
    /// A client with a secret: for a server on the JVM, never in a mobile app.
    #[uniffi::constructor]
    pub fn confidential(client_id: String, client_secret: String) -> Self {
        let client_secret = venuekey::Secret::new(client_secret);
        Self(venuekey::Credentials::Confidential { client_id, client_secret })
    }
}

/// What a client is made from. Only the first four are required.
#[derive(uniffi::Record)]
pub struct ClientConfig {
    /// The exchange.
    pub venue: Venue,
    /// Which of its worlds.
    pub environment: Environment,
    /// Who the app is.
    pub credentials: Arc<Credentials>,
    /// Exactly as registered at the venue: https, or http on loopback.
    pub redirect_uri: String,
    /// Another base for the consent page: https, or http on loopback.
    #[uniffi(default)]
    pub authorize_base: Option<String>,
    /// Another base for the API, under the same rule.
    #[uniffi(default)]
    pub api_base: Option<String>,
    /// Bybit: the locale in the consent page's path; empty for none.
    #[uniffi(default)]
    pub locale: Option<String>,
    /// The `User-Agent` to send.
    #[uniffi(default)]
    pub user_agent: Option<String>,
}

impl From<ClientConfig> for venuekey::ClientConfig {
    fn from(config: ClientConfig) -> Self {
        // Taken apart in full: a field that core adds must be decided on here.
        let ClientConfig {
            venue,
            environment,
            credentials,
            redirect_uri,
            authorize_base,
            api_base,
            locale,
            user_agent,
        } = config;
        let credentials = credentials.0.clone();
        Self {
            venue,
            environment,
            credentials,
            redirect_uri,
            authorize_base,
            api_base,
            locale,
            user_agent,
            // Not offered by this spike.
            send_redirect_uri: false,
        }
    }
}

/// How a connection is to behave; what is left out is the core's default.
#[derive(Default, uniffi::Record)]
pub struct BeginOptions {
    /// How long to wait for the callback, in seconds.
    #[uniffi(default)]
    pub callback_timeout_s: Option<i32>,
    /// What to do when the once-only secret is lost.
    #[uniffi(default)]
    pub on_secret_lost: Option<SecretLost>,
}

impl TryFrom<BeginOptions> for venuekey::BeginOptions {
    type Error = VenuekeyError;

    fn try_from(options: BeginOptions) -> Result<Self, VenuekeyError> {
        let default = Self::default();
        let callback_timeout_s = match options.callback_timeout_s {
            Some(seconds) => u32::try_from(seconds)
                .map_err(|_| VenuekeyError::argument("callback_timeout_s must not be negative"))?,
            None => default.callback_timeout_s,
        };
        let on_secret_lost = options.on_secret_lost.unwrap_or(default.on_secret_lost);
        // The response type is not offered by this spike.
        Ok(Self { callback_timeout_s, on_secret_lost, ..default })
    }
}

/// A connection that has begun.
#[derive(uniffi::Record)]
pub struct Started {
    /// Where to send the user's browser.
    pub authorize_url: Arc<Secret>,
    /// Store its snapshot, bound to the browser's session, before the redirect.
    pub pending: Arc<Flow>,
}

opaque! {
    /// An app at a venue. Safe to share; it holds no state of any flow.
    Client
}

#[uniffi::export]
impl Client {
    /// Checks the configuration.
    #[uniffi::constructor]
    pub fn new(config: ClientConfig) -> Result<Self, VenuekeyError> {
        Ok(Self(venuekey::Client::new(config.into())?))
    }

    /// The venue this client belongs to.
    pub fn venue(&self) -> Venue {
        self.0.venue()
    }

    /// The environment this client belongs to.
    pub fn environment(&self) -> Environment {
        self.0.environment()
    }

    /// Whether this venue and environment offer an operation.
    pub fn supports(&self, operation: FlowOperation) -> bool {
        self.0.supports(operation)
    }

    /// Begins a connection: where to send the browser, and what to store meanwhile. `entropy` is 64 bytes.
    #[uniffi::method(default(options = None, entropy = None, now_ms = None))]
    pub fn begin(
        &self,
        goal: Goal,
        options: Option<BeginOptions>,
        entropy: Option<Vec<u8>>,
        now_ms: Option<i64>,
    ) -> Result<Started, VenuekeyError> {
        let entropy = ambient::entropy(entropy)?;
        let started = self.0.begin(goal, options.unwrap_or_default().try_into()?, &entropy, now(now_ms)?)?;
        Ok(Started {
            authorize_url: Secret::wrap(started.authorize_url().clone()),
            pending: Flow::wrap(started.pending().clone()),
        })
    }

    /// A flow from its snapshot's text, written in any language.
    pub fn restore(&self, snapshot: String) -> Result<Arc<Flow>, VenuekeyError> {
        Ok(Flow::wrap(self.0.restore(&snapshot)?))
    }
}
