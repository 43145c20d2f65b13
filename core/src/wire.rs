//! Bytes in and out: form bodies, and JSON replies that are read with tolerance and then wiped.

use serde_json::Value;
use url::form_urlencoded;
use zeroize::{Zeroize, Zeroizing};

use crate::http::{HttpResponse, MAX_BODY_BYTES};
use crate::secret::Secret;

/// `a=b&c=d`, each part encoded as `application/x-www-form-urlencoded`, in the order given.
pub(crate) fn form(fields: &[(&str, &str)]) -> Zeroizing<String> {
    // Room for the worst case first: growing would leave unwiped copies behind.
    let room = fields.iter().map(|(name, value)| 3 * (name.len() + value.len()) + 2).sum();
    let mut out = Zeroizing::new(String::with_capacity(room));
    for (name, value) in fields {
        if !out.is_empty() {
            out.push('&');
        }
        out.extend(form_urlencoded::byte_serialize(name.as_bytes()));
        out.push('=');
        out.extend(form_urlencoded::byte_serialize(value.as_bytes()));
    }
    out
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Why a body is not a JSON object or array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    TooLarge,
    NotJson,
}

/// A JSON reply. Every string in it is wiped when it is dropped.
pub(crate) struct Reply(Value);

impl Reply {
    pub fn parse(response: &HttpResponse) -> Result<Self, Unreadable> {
        if response.body().len() > MAX_BODY_BYTES {
            return Err(Unreadable::TooLarge);
        }
        match serde_json::from_slice(response.body()) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => Ok(Self(value)),
            // A bare string or number is no reply of any documented endpoint.
            Ok(_) | Err(_) => Err(Unreadable::NotJson),
        }
    }

    pub fn root(&self) -> &Value {
        &self.0
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A non-empty string.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// The longest token or key that is taken, in bytes.
const MAX_SECRET_BYTES: usize = 8 * 1024;

/// A non-empty string of at most 8 KiB, as a secret.
pub(crate) fn secret(value: &Value, name: &str) -> Option<Secret> {
    text(value, name).filter(|text| text.len() <= MAX_SECRET_BYTES).map(Secret::new)
}

/// A string or a whole number, as text: venues send ids both ways.
pub(crate) fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) if number.is_u64() || number.is_i64() => Some(number.to_string()),
        _ => None,
    }
}

/// A whole number of seconds above zero, as number or decimal text.
pub(crate) fn seconds(value: &Value, name: &str) -> Option<u64> {
    let value = value.get(name)?;
    match value.as_u64() {
        Some(number) => Some(number).filter(plausible),
        None => seconds_text(value.as_str()?),
    }
}

/// The same from decimal text.
pub(crate) fn seconds_text(text: &str) -> Option<u64> {
    text.trim().parse().ok().filter(plausible)
}

/// A hundred years: a larger figure is an error on the venue's side, and would overflow sums later.
fn plausible(seconds: &u64) -> bool {
    (1..=3_153_600_000).contains(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_string_of_a_reply_is_wiped() {
        let mut value = serde_json::json!({"a": "secret", "b": ["secret", {"c": "secret"}], "d": 1});
        wipe(&mut value);
        assert_eq!(value, serde_json::json!({"a": "", "b": ["", {"c": ""}], "d": 1}));
    }

    #[test]
    fn a_form_is_encoded_to_the_byte() {
        let body = form(&[("a b", "c&d=e+f/é~*"), ("", ""), ("x", "1")]);
        assert_eq!(*body, "a+b=c%26d%3De%2Bf%2F%C3%A9%7E*&=&x=1");
    }
}
