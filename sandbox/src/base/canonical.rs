//! JSON that keeps its order, for signatures over a compact serialisation of the body and for records of what was
//! sent. serde_json's own values would sort the names.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use std::fmt;

/// A JSON value whose objects stay as they were written. Of a name sent twice the last value stays.
#[derive(Clone, Debug)]
pub enum Json {
    Leaf(Value),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub fn parse(text: &[u8]) -> Option<Json> {
        serde_json::from_slice(text).ok()
    }

    /// Without white space, slashes not escaped.
    pub fn compact(&self) -> String {
        // Names are strings and numbers finite: nothing here can fail to serialise.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether a number in it is no integer.
    pub fn has_fraction(&self) -> bool {
        match self {
            Json::Leaf(value) => value.is_f64(),
            Json::List(items) => items.iter().any(Json::has_fraction),
            Json::Object(fields) => fields.iter().any(|(_, value)| value.has_fraction()),
        }
    }
}

/// The same text with everything beyond ASCII escaped. In JSON that stands in strings only.
pub fn ascii(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            escaped.push(c);
        } else {
            escaped.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    escaped
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Leaf(value) => value.serialize(serializer),
            Json::List(items) => serializer.collect_seq(items),
            Json::Object(fields) => serializer.collect_map(fields.iter().map(|(name, value)| (name, value))),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Leaf(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Leaf(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Leaf(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Leaf(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Leaf(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Leaf(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut fields: Vec<(String, Json)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Json>()? {
            match fields.iter_mut().find(|(n, _)| *n == name) {
                Some((_, held)) => *held = value,
                None => fields.push((name, value)),
            }
        }
        Ok(Json::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compacted(text: &str) -> Option<String> {
        Json::parse(text.as_bytes()).map(|json| json.compact())
    }

    #[test]
    fn order_stays_and_white_space_goes() {
        let text = " {\"b\" : [1, -2, null, true], \"a\": {\"z\": \"x y\", \"c\": \"a\\/b\"}} ";
        let expected = r#"{"b":[1,-2,null,true],"a":{"z":"x y","c":"a/b"}}"#;
        assert_eq!(compacted(text).as_deref(), Some(expected));
        assert_eq!(compacted(expected).as_deref(), Some(expected));
        assert_eq!(compacted(r#"{"a":1,"b":2,"a":3}"#).as_deref(), Some(r#"{"a":3,"b":2}"#));
        assert_eq!(compacted("{\"a\":1"), None);
        assert_eq!(compacted(&"[".repeat(100_000)), None, "deep nesting ends in an error, not in the stack");
    }

    #[test]
    fn text_beyond_ascii_has_an_escaped_form() {
        assert_eq!(ascii("{\"a\":\"é🔑\"}"), r#"{"a":"\u00e9\ud83d\udd11"}"#);
        assert_eq!(compacted(r#"{"a":"\u00e9\ud83d\udd11"}"#).as_deref(), Some("{\"a\":\"é🔑\"}"));
    }

    #[test]
    fn fractions_are_found_at_any_depth() {
        let has = |text: &str| Json::parse(text.as_bytes()).is_some_and(|json| json.has_fraction());
        assert!(has(r#"{"a":[{"b":0.1}]}"#) && has("1e3"));
        assert!(!has(r#"{"a":[{"b":"0.1"}],"c":-1}"#));
    }
}
