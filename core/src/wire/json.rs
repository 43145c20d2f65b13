//! Bytes in and out: form bodies, and JSON replies that are read with tolerance and then wiped.

use serde_json::Value;
use zeroize::Zeroize;

use crate::base::secret::Secret;
use crate::model::tokens::is_scope_byte;
use crate::wire::http::{HttpResponse, MAX_BODY_BYTES};

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
        // From text, as everything else is read: two of serde_json's readers would be 10 KB of a browser's module.
        let text = core::str::from_utf8(without_bom(response.body())).map_err(|_| Unreadable::NotJson)?;
        match serde_json::from_str(text) {
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

/// A body without the byte order mark that some stacks write in front of UTF-8: a reader may ignore it (RFC 8259, 8.1).
pub(crate) fn without_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// Whether a token endpoint says by RFC 6749, 5.2 that the grant is no good.
pub(crate) fn is_invalid_grant(root: &Value) -> bool {
    text(root, "error") == Some("invalid_grant")
}

/// Whether there is no body, or nothing in it.
pub(crate) fn is_empty(response: &HttpResponse) -> bool {
    without_bom(response.body()).trim_ascii().is_empty()
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

/// A string or a whole number, as text: venues send ids both ways. `7.0` is 7, as encoders of floats write it; a float
/// beyond 2^53 has lost digits, and is none.
pub(crate) fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) if number.is_u64() || number.is_i64() => Some(number.to_string()),
        Value::Number(number) => {
            let exact = number.as_f64().is_some_and(|float| float.abs() < 9_007_199_254_740_992.0);
            whole(&number.to_string()).filter(|_| exact).map(str::to_owned)
        }
        _ => None,
    }
}

/// A whole number of seconds above zero, as number or decimal text, also as `3600.0`. Anything else (a list, a fraction,
/// zero, more than a hundred years) says nothing, and the sheet's figure stands in: the tokens beside it count all the same.
pub(crate) fn seconds(value: &Value, name: &str) -> Option<u64> {
    match value.get(name)? {
        Value::String(text) => seconds_text(text),
        Value::Number(number) if number.is_u64() => number.as_u64().filter(plausible),
        number => seconds_text(&scalar_text(number)?),
    }
}

/// The same from decimal text.
pub(crate) fn seconds_text(text: &str) -> Option<u64> {
    let digits = whole(text.trim())?;
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?.filter(plausible)
}

/// Without a fraction of zeros; `None` for any other fraction, or an exponent.
fn whole(decimal: &str) -> Option<&str> {
    let (digits, fraction) = decimal.split_once('.').unwrap_or((decimal, "0"));
    let is_whole = !fraction.is_empty() && fraction.bytes().all(|b| b == b'0');
    digits
        .strip_prefix('-')
        .unwrap_or(digits)
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then_some(digits)
        .filter(|_| is_whole)
}

/// A hundred years: a larger figure is an error on the venue's side, and would overflow sums later.
fn plausible(seconds: &u64) -> bool {
    (1..=3_153_600_000).contains(seconds)
}

/// As [`Tokens`](crate::parts::Tokens) holds them.
const MAX_SCOPES: usize = 128;
const MAX_SCOPE_BYTES: usize = 128;

/// Granted scopes, once each: text separated by commas or spaces, or an array of such texts. What can't be read, or kept,
/// as a whole says nothing, as no scope at all does: half a list would deny what was granted.
pub(crate) fn scopes(value: &Value, name: &str) -> Vec<String> {
    let texts: Option<Vec<&str>> = match value.get(name) {
        Some(Value::String(text)) => Some(vec![text]),
        Some(Value::Array(items)) => items.iter().map(Value::as_str).collect(),
        _ => None,
    };
    let mut scopes: Vec<String> = Vec::new();
    let separates = |c: char| c == ',' || c.is_ascii_whitespace();
    for scope in texts.iter().flatten().flat_map(|text| text.split(separates)).filter(|scope| !scope.is_empty()) {
        if scopes.iter().any(|seen| seen == scope) {
            continue;
        }
        if scopes.len() == MAX_SCOPES || scope.len() > MAX_SCOPE_BYTES || !scope.bytes().all(is_scope_byte) {
            return Vec::new();
        }
        scopes.push(scope.to_owned());
    }
    scopes
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_string_of_a_reply_is_wiped() {
        let mut value = json!({"a": "secret", "b": ["secret", {"c": "secret"}], "d": 1});
        wipe(&mut value);
        assert_eq!(value, json!({"a": "", "b": ["", {"c": ""}], "d": 1}));
    }

    #[test]
    fn figures_that_make_no_sense_say_nothing() {
        let read = |figure: serde_json::Value| seconds(&json!({ "expires_in": figure }), "expires_in");
        for figure in [json!(3600), json!(3600.0), json!("3600"), json!(" 3600.00 ")] {
            assert_eq!(read(figure.clone()), Some(3600), "{figure}");
        }
        let senseless = json!([[3600], {"s": 3600}, true, null, 0, 0.0, -3600, -3600.0, 3600.5, 1e300, "", ".0", "3600.",
            "3600.5", "+3600", "0x10", "1e3", "٣٦٠٠", 3_153_600_001_u64, 4_000_000_000.0, "99999999999999999999"]);
        for figure in senseless.as_array().into_iter().flatten() {
            assert_eq!(read(figure.clone()), None, "{figure}");
        }
    }

    #[test]
    fn ids_keep_every_digit() {
        for (id, text) in [
            (json!("a"), Some("a")),
            (json!(u64::MAX), Some("18446744073709551615")),
            (json!(-1), Some("-1")),
            (json!(106000001.0), Some("106000001")),
            (json!(-1.0), Some("-1")),
            (json!(9_007_199_254_740_992.0), None),
            (json!(0.5), None),
            (json!(1e22), None),
            (json!(""), None),
            (json!([1]), None),
            (json!(true), None),
        ] {
            assert_eq!(scalar_text(&id).as_deref(), text, "{id}");
        }
    }

    #[test]
    fn scopes_are_read_as_text_and_as_a_list() {
        let read = |scope: serde_json::Value| scopes(&json!({ "scope": scope }), "scope");
        for scope in [json!("a.b,c"), json!("a.b c"), json!(" a.b,\n c,,a.b "), json!(["a.b", "c"]), json!(["a.b c"])] {
            assert_eq!(read(scope.clone()), ["a.b", "c"], "{scope}");
        }
        let many = |count: usize| (0..count).map(|n| n.to_string()).collect::<Vec<_>>();
        assert_eq!(read(json!(many(MAX_SCOPES))).len(), MAX_SCOPES);
        assert_eq!(read(json!("s".repeat(MAX_SCOPE_BYTES))).len(), 1);
        let senseless = [json!(null), json!(1), json!({"a": 1}), json!(["a", 1]), json!([["a"]]), json!("a \u{202e}b")];
        let too_much = [json!(many(MAX_SCOPES + 1)), json!("s".repeat(MAX_SCOPE_BYTES + 1)), json!("a \"b\"")];
        for scope in senseless.into_iter().chain(too_much) {
            assert!(read(scope.clone()).is_empty(), "{scope}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_ignored() {
        let parse = |body: &str| Reply::parse(&HttpResponse::new(200, body)).map(|reply| reply.root().clone());
        assert_eq!(parse("\u{feff}{\"a\":1}"), Ok(json!({"a": 1})));
        assert_eq!(parse("\u{feff}\u{feff}{}"), Err(Unreadable::NotJson));
        assert_eq!(parse("\u{feff}"), Err(Unreadable::NotJson));
    }
}
