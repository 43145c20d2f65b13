//! Bodies and headers without their secrets. Whatever carries one is known by its name; whatever looks like one is masked
//! under any name.

use crate::base::http::{FORM, decode_pairs, encode_pairs};
use serde_json::Value;

/// Stands for a value that is not shown.
pub const MASK: &str = "***";

/// Parts of the names of what is secret, or stands for it. A `code` that is a number is an error's.
const NAMES: [&str; 16] = [
    "secret",
    "token",
    "verifier",
    "challenge",
    "sign",
    "key",
    "payload",
    "passphrase",
    "password",
    "authorization",
    "cookie",
    "session",
    "state",
    "otp",
    "nonce",
    "code",
];
/// Names that contain one of those and are none.
const PLAIN: [&str; 5] = ["token_type", "code_challenge_method", "retcode", "error_code", "keys"];
/// A text of so many characters and no space could be a secret under any name.
const LONG: usize = 20;

/// A value under this name, or the mask in its place.
pub(crate) fn value<'a>(name: &str, text: &'a str) -> &'a str {
    if is_named(name) || looks_secret(text) { MASK } else { text }
}

fn is_named(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !PLAIN.contains(&name.as_str()) && NAMES.iter().any(|part| name.contains(part))
}

/// One long word that is no address and no media type.
fn looks_secret(text: &str) -> bool {
    text.len() >= LONG
        && !text.contains([' ', '"'])
        && !text.starts_with("http://")
        && !text.starts_with("https://")
        && !["application/", "text/"].iter().any(|start| text.starts_with(start))
}

/// A header's value likewise. Of an address, such as a redirect's, the query and the fragment are masked.
pub(crate) fn header<'a>(name: &str, text: &'a str) -> std::borrow::Cow<'a, str> {
    match name.eq_ignore_ascii_case("location").then(|| text.find(['?', '#'])).flatten() {
        Some(at) => format!("{}{MASK}", &text[..=at]).into(),
        None if name.eq_ignore_ascii_case("location") => text.into(),
        None => value(name, text).into(),
    }
}

/// A body by its content type: JSON and forms with their secrets masked, HTML as it is. Nothing of any other, which could
/// be anything.
pub(crate) fn body(content_type: Option<&str>, bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    match content_type.map(|of| of.split(';').next().unwrap_or(of).trim().to_ascii_lowercase()).as_deref() {
        Some(FORM) => {
            let pairs = decode_pairs(bytes);
            let masked = pairs.iter().map(|(name, text)| (name.as_str(), value(name, text)));
            Some(encode_pairs(masked).replace("%2A%2A%2A", MASK))
        }
        Some("text/html" | "text/css") => Some(text.to_owned()),
        _ => serde_json::from_str(text).ok().map(|value| json("", value).to_string()),
    }
}

fn json(name: &str, value: Value) -> Value {
    match value {
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name.clone(), json(&name, value))).collect(),
        Value::Array(items) => items.into_iter().map(|item| json(name, item)).collect(),
        Value::String(text) => self::value(name, &text).into(),
        // An error's code, a lifetime: but a secret that is a number is one too.
        Value::Number(_) if is_named(name) && !name.eq_ignore_ascii_case("code") => MASK.into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_as_a_secret_or_looks_like_one_is_masked() {
        let masked = |content_type: &str, text: &str| body(Some(content_type), text.as_bytes());
        let sent = "client_id=demo&client_secret=s&code=7&scope=info&note=abcdefghijklmnopqrstuvwxyz";
        let shown = "client_id=demo&client_secret=***&code=***&scope=info&note=***";
        assert_eq!(masked("application/x-www-form-urlencoded; charset=utf-8", sent).as_deref(), Some(shown));
        let answer = r#"{"data":{"access_token":"a","expires_in":300,"keys":[{"apiKey":"k","label":"mine"}]},"code":0,"x":null}"#;
        let shown = r#"{"code":0,"data":{"access_token":"***","expires_in":300,"keys":[{"apiKey":"***","label":"mine"}]},"x":null}"#;
        assert_eq!(masked("application/json", answer).as_deref(), Some(shown));
        assert_eq!(body(None, b"[1,2]").as_deref(), Some("[1,2]"));
        assert_eq!(masked("application/json", "{\"access_token\":\"a"), None);
        assert_eq!(masked("text/plain", "secret"), None);
        assert_eq!(body(Some("text/html"), &[0xff]), None);
    }

    #[test]
    fn a_redirect_keeps_its_address_alone() {
        assert_eq!(header("location", "https://app.example/cb?code=1&state=2"), "https://app.example/cb?***");
        assert_eq!(header("location", "https://app.example/cb#access_token=1"), "https://app.example/cb#***");
        assert_eq!(header("Location", "/consent"), "/consent");
        assert_eq!(header("Authorization", "Bearer x"), MASK);
        assert_eq!(header("content-type", "application/x-www-form-urlencoded"), "application/x-www-form-urlencoded");
    }
}
