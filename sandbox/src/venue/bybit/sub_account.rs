//! A sub-account of the AI agent with its key (section 6.3).

use crate::exchange::record::MASK;
use serde_json::{Map, Value, json};

/// A sub-account with its key.
#[derive(Clone, Debug)]
pub struct SubAccount {
    pub id: u64,
    pub nickname: String,
    pub api_key: String,
    pub api_secret: String,
    /// One that is there from the start has none until a request tells the time.
    pub created_ms: Option<u64>,
}

impl SubAccount {
    pub fn listed(&self, with_key: bool, names: &Names) -> Value {
        let mut fields = if with_key { self.key(names) } else { Map::from_iter([(names.id.into(), json!(self.id))]) };
        fields.insert("nickname".into(), json!(self.nickname));
        Value::Object(fields)
    }

    pub fn key(&self, names: &Names) -> Map<String, Value> {
        Map::from_iter([
            (names.id.into(), json!(self.id)),
            (names.key.into(), json!(self.api_key)),
            (names.secret.into(), json!(self.api_secret)),
        ])
    }

    pub fn to_json(&self, uid: u64, with_values: bool) -> Value {
        json!({
            "sub_member_id": self.id, "uid": uid, "nickname": self.nickname, "api_key": self.api_key,
            "api_secret": if with_values { self.api_secret.as_str() } else { MASK },
        })
    }
}

/// What an answer calls its parts.
pub struct Names {
    pub list: &'static str,
    pub id: &'static str,
    pub key: &'static str,
    pub secret: &'static str,
}

pub const SNAKE: Names = Names { list: "accounts", id: "sub_member_id", key: "api_key", secret: "api_secret" };
/// One third party's; the secret's name is by analogy (B13).
pub const CAMEL: Names = Names { list: "aiAccounts", id: "subAccountId", key: "apiKey", secret: "apiSecret" };
