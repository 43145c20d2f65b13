//! What lines are made of.

use std::error::Error;
use std::io::{Write, stdout};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use venuekey::parts::*;

use crate::sender;

pub type Ran<T> = Result<T, Box<dyn Error>>;

/// The one entry of an event, or of what came of an action.
pub fn entry(given: &Value) -> Ran<(&str, &Value)> {
    let mut entries = given.as_object().into_iter().flatten().filter(|(name, _)| *name != "now_ms");
    entries.next().map(|(name, value)| (name.as_str(), value)).ok_or_else(|| "no event".into())
}

pub fn text<'a>(given: &'a Value, name: &str) -> Ran<&'a str> {
    given[name].as_str().ok_or_else(|| format!("no text {name}").into())
}

pub fn number(given: &Value, name: &str) -> Ran<u64> {
    given[name].as_u64().ok_or_else(|| format!("no number {name}").into())
}

/// What is a text itself.
pub fn whole(given: &Value) -> Ran<&str> {
    given.as_str().ok_or_else(|| "no text".into())
}

pub fn entropy(digits: &str) -> Ran<Entropy> {
    Ok(Entropy::from_slice(&bytes(digits)?)?)
}

pub fn bytes(digits: &str) -> Ran<Vec<u8>> {
    let pair = |at| Ok(u8::from_str_radix(digits.get(at..at + 2).ok_or("an odd digit")?, 16)?);
    (0..digits.len()).step_by(2).map(pair).collect()
}

pub fn response(given: &Value) -> Ran<HttpResponse> {
    let status = number(given, "status")?.try_into()?;
    Ok(HttpResponse::new(status, STANDARD.decode(text(given, "body")?)?))
}

pub fn tell(line: Value) -> Ran<()> {
    let mut out = stdout();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

pub fn send(request: &HttpRequest) -> Ran<()> {
    let reply = match sender::send(request) {
        Some((status, body)) => json!({"status": status, "body": STANDARD.encode(body)}),
        None => json!(false),
    };
    tell(json!({"reply": reply}))
}
