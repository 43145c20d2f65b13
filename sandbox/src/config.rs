//! What a sandbox starts from.

use crate::faults::FaultOrder;
use crate::knobs::Knobs;
use crate::venue::{Environment, Venue};
use serde::{Deserialize, Serialize};

/// Everything that decides what the sandbox will answer, the calls themselves apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Every code, token, key and id comes from it: one seed, the same bytes.
    pub seed: u64,
    /// The partners registered at WhiteBIT. Registration there is by hand (facts/whitebit.md, 1).
    pub whitebit_clients: Vec<Client>,
    /// The partners registered at Bybit (facts/bybit.md, 1).
    pub bybit_clients: Vec<Client>,
    /// API keys that users hold from the start, besides those that partners are issued.
    pub api_keys: Vec<ApiKey>,
    /// The switches to start with.
    pub knobs: Knobs,
    /// Faults queued from the start.
    pub faults: Vec<FaultOrder>,
    /// Milliseconds added to every `now_ms`.
    pub clock_offset_ms: u64,
}

/// A registered partner application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// `clientId` or `client_id`.
    pub client_id: String,
    /// The secret that the token endpoint expects.
    pub client_secret: String,
    /// The name that the consent page shows.
    pub name: String,
    /// Registered addresses; Bybit falls back to the first (facts/bybit.md, 3).
    pub redirect_uris: Vec<String>,
}

/// An API key of a known value, as if the demo user had made it in the dashboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// The one host where it is known.
    pub environment: Environment,
    /// `X-TXC-APIKEY` or `X-BAPI-API-KEY`.
    pub api_key: String,
    /// What signs.
    pub api_secret: String,
}

impl Config {
    /// The clients of one venue.
    pub fn clients(&self, venue: Venue) -> &[Client] {
        match venue {
            Venue::WhiteBit => &self.whitebit_clients,
            Venue::Bybit => &self.bybit_clients,
        }
    }

    /// Registers one more address for the first client of a venue.
    pub fn add_redirect_uri(&mut self, venue: Venue, uri: impl Into<String>) {
        let clients = match venue {
            Venue::WhiteBit => &mut self.whitebit_clients,
            Venue::Bybit => &mut self.bybit_clients,
        };
        if let Some(client) = clients.first_mut() {
            client.redirect_uris.push(uri.into());
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        let client = |venue: &str| Client {
            client_id: format!("demo-{venue}"),
            client_secret: format!("demo-{venue}-secret"),
            name: "Demo Partner".into(),
            redirect_uris: vec![format!("http://127.0.0.1:8000/callback/{venue}")],
        };
        Config {
            seed: 1,
            whitebit_clients: vec![client("whitebit")],
            bybit_clients: vec![client("bybit")],
            api_keys: Vec::new(),
            knobs: Knobs::default(),
            faults: Vec::new(),
            clock_offset_ms: 0,
        }
    }
}
