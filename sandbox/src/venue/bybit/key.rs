//! A key (section 6.2).

use crate::exchange::client::ApiKey;
use crate::exchange::record::MASK;
use serde_json::{Value, json};

/// A key of a user for a client.
#[derive(Clone, Debug)]
pub struct Key {
    pub api_key: String,
    pub api_secret: String,
    pub uid: u64,
    /// Nobody's when the user made it.
    pub client_id: Option<String>,
    pub lives: bool,
    /// One that is there from the start has none until a request tells the time.
    pub created_ms: Option<u64>,
    /// From then on even a key that is bound to addresses has a deadline (8.4).
    pub password_changed_ms: Option<u64>,
}

impl Key {
    /// Made by the user by hand.
    pub fn planted(key: &ApiKey, uid: u64) -> Key {
        Key {
            api_key: key.api_key.clone(),
            api_secret: key.api_secret.clone(),
            uid,
            client_id: None,
            lives: true,
            created_ms: None,
            password_changed_ms: None,
        }
    }

    pub fn to_json(&self, with_values: bool) -> Value {
        json!({
            "api_key": self.api_key, "uid": self.uid, "client_id": self.client_id,
            "api_secret": if with_values { self.api_secret.as_str() } else { MASK },
            "exists": self.lives,
        })
    }
}
