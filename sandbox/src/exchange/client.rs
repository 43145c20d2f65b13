//! Who is known to an exchange from the start.

use serde::{Deserialize, Serialize};

/// A registered partner application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The client's id, however the exchange calls it.
    pub client_id: String,
    /// The secret that the token endpoint expects.
    pub client_secret: String,
    /// The name that the consent page shows.
    pub name: String,
    /// Registered addresses.
    pub redirect_uris: Vec<String>,
}

impl Client {
    /// The partner that an exchange knows unless told otherwise: `demo-{exchange}`.
    pub fn demo(exchange: &str) -> Client {
        Client {
            client_id: format!("demo-{exchange}"),
            client_secret: format!("demo-{exchange}-secret"),
            name: "Demo Partner".into(),
            // Of a program that has the routes itself, and of one that mounts ours.
            redirect_uris: ["", "/connections"]
                .map(|mount| format!("http://127.0.0.1:8000{mount}/callback/{exchange}"))
                .to_vec(),
        }
    }
}

/// An API key of a known value, as if the demo user had made it in the dashboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// The one host where it is known: an environment, or `exchange/environment` where two have one of that name.
    pub environment: String,
    /// What the caller sends.
    pub api_key: String,
    /// What signs.
    pub api_secret: String,
}
