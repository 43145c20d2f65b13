//! Every exchange's switches together.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The switches by exchange, each an object of names and values. What is not named has its default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Knobs(BTreeMap<String, Value>);

impl Knobs {
    /// The switches of one exchange; an empty object where none are named.
    pub fn of(&self, exchange: &str) -> Value {
        self.0.get(exchange).cloned().unwrap_or_else(|| Map::new().into())
    }

    /// Names the switches of one exchange.
    pub fn set(&mut self, exchange: impl Into<String>, values: Value) {
        self.0.insert(exchange.into(), values);
    }

    /// The exchanges that are named.
    pub fn exchanges(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// These with a JSON merge patch applied.
    pub fn patched(&self, patch: &Value) -> Result<Knobs, String> {
        let Value::Object(groups) = patch else {
            let example = self.exchanges().next().unwrap_or("...");
            return Err(format!("The patch must be a JSON object such as {{\"{example}\": {{...}}}}."));
        };
        let mut patched = self.clone();
        for (exchange, patch) in groups {
            merge(patched.0.entry(exchange.clone()).or_insert(Value::Null), patch);
        }
        Ok(patched)
    }
}

/// RFC 7396, but null stays: it is how an optional knob is unset.
fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (name, value) in patch {
                merge(target.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}
