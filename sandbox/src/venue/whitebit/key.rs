//! A key (section 8).

use super::knobs::Inactivity;
use super::nonces::Nonces;
use crate::base::calendar::DAY_MS;
use crate::exchange::client::ApiKey;
use crate::exchange::record::MASK;
use serde::Serialize;
use serde_json::{Value, json};

/// So long without API activity ends a key (8, D7).
const INACTIVITY_MS: u64 = 14 * DAY_MS;

/// Whose key it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// Made through this client's consent screen.
    Partner(String),
    /// Made by the user in the dashboard.
    Manual,
}

/// How the key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyStatus {
    /// Usable.
    Active,
    /// Switched off for inactivity; only the user can delete it (7.1).
    Disabled,
    /// Deleted by the partner or by the user.
    Deleted,
    /// Deleted by WhiteBIT: password change, inactivity, revocation (8).
    SystemDeleted,
}

impl KeyStatus {
    fn is_deleted(self) -> bool {
        matches!(self, KeyStatus::Deleted | KeyStatus::SystemDeleted)
    }
}

/// A key.
#[derive(Clone, Debug)]
pub struct Key {
    pub external_id: String,
    pub public_key: String,
    /// What the callback says is the public key, if it says anything (D2).
    pub announced: Option<String>,
    pub secret: String,
    pub secret_taken: bool,
    pub owner: Owner,
    pub uid: u64,
    pub permissions: Vec<String>,
    pub exists_from_ms: u64,
    /// Since when no API call has used it: from the moment that it exists, or the last signed call. A key staged at
    /// the start has none until a request tells the time.
    pub idle_from_ms: Option<u64>,
    pub status: KeyStatus,
    pub nonces: Nonces,
}

impl Key {
    /// Made by the user by hand, with every permission but withdrawal.
    pub fn planted(key: &ApiKey, uid: u64) -> Key {
        Key {
            external_id: key.api_key.clone(),
            public_key: key.api_key.clone(),
            announced: None,
            secret: key.api_secret.clone(),
            secret_taken: true,
            owner: Owner::Manual,
            uid,
            permissions: vec!["info".into(), "trading".into()],
            exists_from_ms: 0,
            idle_from_ms: None,
            status: KeyStatus::Active,
            nonces: Nonces::default(),
        }
    }

    pub fn is_disabled(&self) -> bool {
        self.status == KeyStatus::Disabled
    }

    pub fn is_deleted(&self) -> bool {
        self.status.is_deleted()
    }

    pub fn is_of(&self, uid: u64, client_id: &str) -> bool {
        self.uid == uid && matches!(&self.owner, Owner::Partner(id) if id == client_id)
    }

    /// Its status at that time.
    pub fn status_at(&self, now_ms: u64, inactivity: Inactivity) -> KeyStatus {
        let idle = self.idle_from_ms.is_some_and(|from_ms| now_ms >= from_ms.saturating_add(INACTIVITY_MS));
        match (self.status, inactivity) {
            (KeyStatus::Active, Inactivity::Disable) if idle => KeyStatus::Disabled,
            (KeyStatus::Active, Inactivity::Delete) if idle => KeyStatus::SystemDeleted,
            (status, _) => status,
        }
    }

    pub fn to_json(&self, inactivity: Inactivity, now_ms: u64, with_values: bool) -> Value {
        let status = self.status_at(now_ms, inactivity);
        json!({
            "external_id": self.external_id, "public_key": self.public_key,
            "secret": if with_values { self.secret.as_str() } else { MASK },
            "secret_taken": self.secret_taken, "owner": self.owner, "uid": self.uid,
            "permissions": self.permissions, "status": status, "last_nonce": self.nonces.last,
            "exists": now_ms >= self.exists_from_ms && !status.is_deleted(),
        })
    }
}
