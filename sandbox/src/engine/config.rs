//! What a sandbox starts from.

use crate::exchange::client::{ApiKey, Client};
use crate::exchange::fault::FaultOrder;
use crate::exchange::knobs::Knobs;
use crate::exchange::user::User;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that decides what the sandbox will answer, the exchanges and the calls themselves apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Every code, token, key and id comes from it: one seed, the same bytes.
    pub seed: u64,
    /// The partners registered at each exchange; [`Client::demo`] at one that is not named.
    pub clients: BTreeMap<String, Vec<Client>>,
    /// The users of each exchange besides the demo user.
    pub users: BTreeMap<String, Vec<User>>,
    /// API keys that users hold from the start, besides those that partners are issued.
    pub api_keys: Vec<ApiKey>,
    /// The switches to start with, where they are not at their defaults.
    pub knobs: Knobs,
    /// Faults queued from the start.
    pub faults: Vec<FaultOrder>,
    /// Milliseconds added to every `now_ms`.
    #[serde(alias = "clock_advance_ms")]
    pub clock_offset_ms: u64,
    /// Starts with the clock held still at this time; [`Config::clock_offset_ms`] does not apply then.
    pub clock_held_at_ms: Option<u64>,
    /// Addresses of hosts under test that need no path prefix: a name, or address and port, each with its host, such as
    /// `exchange/environment`. A request finds its host by the header `Host`.
    #[serde(skip)]
    pub addresses: BTreeMap<String, String>,
    /// Whether clients reach it by https.
    #[serde(skip)]
    pub https: bool,
}

impl Config {
    /// The scheme by which clients reach it.
    pub fn scheme(&self) -> &'static str {
        if self.https { "https" } else { "http" }
    }

    /// The host that an authority stands for, without a path prefix.
    pub(crate) fn host_at(&self, authority: &str) -> Option<&str> {
        let authority = authority.to_ascii_lowercase();
        let name = authority.split(':').next().unwrap_or_default();
        [authority.as_str(), name].into_iter().find_map(|own| self.addresses.get(own)).map(String::as_str)
    }

    /// The clients of one exchange, to be changed.
    pub fn clients_mut(&mut self, exchange: &str) -> &mut Vec<Client> {
        self.clients.entry(exchange.to_owned()).or_insert_with(|| vec![Client::demo(exchange)])
    }

    /// Registers one more address for the first client of an exchange.
    pub fn add_redirect_uri(&mut self, exchange: &str, uri: impl Into<String>) {
        if let Some(client) = self.clients_mut(exchange).first_mut() {
            client.redirect_uris.push(uri.into());
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Config {
            seed: 1,
            clients: BTreeMap::new(),
            users: BTreeMap::new(),
            api_keys: Vec::new(),
            knobs: Knobs::default(),
            faults: Vec::new(),
            clock_offset_ms: 0,
            clock_held_at_ms: None,
            addresses: BTreeMap::new(),
            https: false,
        }
    }
}
