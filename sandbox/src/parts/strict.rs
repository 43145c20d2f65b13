//! Reading a call strictly: whatever no documentation covers becomes a [`Finding`].

use crate::base::http::{Call, FORM};
use crate::exchange::record::Finding;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

const JSON: &str = "application/json";

/// Decoded fields, each at most once.
#[derive(Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The value, unless it is absent or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// Whether it was sent, with a value or without.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    /// The value; empty where it is absent.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or("")
    }
}

/// A form POST of a client: credentials in the body, nothing in the query or in `Authorization`.
pub fn read_form(call: &Call<'_>, required: &[&str], optional: &[&str]) -> (Fields, Vec<Finding>) {
    let mut findings = Vec::new();
    if call.query.is_some() {
        findings.push(Finding::new(
            "unexpected_query",
            "query",
            "This endpoint takes its fields in the body, not in the query.",
        ));
    }
    if call.header("authorization").is_some() {
        findings.push(Finding::new(
            "unexpected_authorization",
            "authorization",
            "Client credentials belong in the form, not in the Authorization header.",
        ));
    }
    let fields = if call.has_form_body() {
        call.form_pairs()
    } else {
        let sent = call.content_type().unwrap_or_else(|| "nothing".into());
        findings.push(Finding::new(
            "content_type",
            "content_type",
            format!("The body must be {FORM}; content-type says {sent}."),
        ));
        Vec::new()
    };
    let fields = read_fields(fields, required, optional, &mut findings);
    (fields, findings)
}

/// A JSON POST of a client: an object of strings, nothing in the query.
pub fn read_json(call: &Call<'_>, required: &[&str], optional: &[&str]) -> (Fields, Vec<Finding>) {
    let mut findings = Vec::new();
    if call.query.is_some() {
        findings.push(Finding::new(
            "unexpected_query",
            "query",
            "This endpoint takes its fields in the body, not in the query.",
        ));
    }
    if call.content_type().as_deref() != Some(JSON) {
        let sent = call.content_type().unwrap_or_else(|| "nothing".into());
        findings.push(Finding::new(
            "content_type",
            "content_type",
            format!("The body must be {JSON}; content-type says {sent}."),
        ));
    }
    let mut pairs = Vec::new();
    match serde_json::from_slice(&call.request.body) {
        Ok(Value::Object(fields)) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) => pairs.push((name, text)),
                    _ => findings.push(Finding::new("json_type", &name, format!("The field {name} must be a string."))),
                }
            }
        }
        _ => findings.push(Finding::new("body", "body", "The body must be a JSON object.")),
    }
    let fields = read_fields(pairs, required, optional, &mut findings);
    (fields, findings)
}

/// Id and secret of `Authorization: Basic <base64 of id:secret>`.
pub fn basic(call: &Call<'_>) -> Result<(String, String), Finding> {
    let sent = call.header_values("authorization");
    let credentials = match sent.as_slice() {
        [value] => value.strip_prefix("Basic ").and_then(|text| STANDARD.decode(text).ok()),
        _ => None,
    };
    let credentials = credentials.and_then(|bytes| String::from_utf8(bytes).ok());
    match credentials.as_deref().and_then(|text| text.split_once(':')) {
        Some((id, secret)) => Ok((id.to_owned(), secret.to_owned())),
        None => {
            let text = "The Authorization header must read, once: Basic <base64 of id:secret>.";
            Err(Finding::new("basic", "authorization", text))
        }
    }
}

/// A browser's GET with its parameters in the query.
pub fn read_query(call: &Call<'_>, required: &[&str], optional: &[&str]) -> (Fields, Vec<Finding>) {
    let mut findings = Vec::new();
    refuse_body(call, &mut findings);
    let fields = read_fields(call.query_pairs(), required, optional, &mut findings);
    (fields, findings)
}

fn read_fields(
    pairs: Vec<(String, String)>,
    required: &[&str],
    optional: &[&str],
    findings: &mut Vec<Finding>,
) -> Fields {
    let mut fields = Fields::default();
    for (name, value) in pairs {
        if !required.contains(&name.as_str()) && !optional.contains(&name.as_str()) {
            findings.push(Finding::new(
                "unknown_field",
                &name,
                format!("No documentation lists the field {name} here."),
            ));
        } else if fields.0.iter().any(|(n, _)| *n == name) {
            findings.push(Finding::new("duplicate_field", &name, format!("The field {name} was sent twice.")));
        } else {
            fields.0.push((name, value));
        }
    }
    for name in required {
        if fields.get(name).is_none() {
            findings.push(Finding::new("missing_field", name, format!("The field {name} is required.")));
        }
    }
    fields
}

/// A call with a bearer token and neither query nor body.
pub fn read_bare(call: &Call<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if call.query.is_some() {
        findings.push(Finding::new("unexpected_query", "query", "This endpoint takes no query."));
    }
    refuse_body(call, &mut findings);
    findings
}

fn refuse_body(call: &Call<'_>, findings: &mut Vec<Finding>) {
    if !call.request.body.is_empty() {
        findings.push(Finding::new("unexpected_body", "body", "This request takes no body."));
    }
}

/// The token of `Authorization: Bearer <token>`.
pub fn bearer<'a>(call: &Call<'a>) -> Result<&'a str, Finding> {
    let wrong = |detail: &str| Err(Finding::new("bearer", "authorization", detail));
    match call.header_values("authorization").as_slice() {
        [] => wrong("The Authorization header is missing."),
        [value] => match value.split_once(' ') {
            Some(("Bearer", token)) if !token.is_empty() && !token.contains(' ') => Ok(token),
            _ => wrong("The Authorization header must read: Bearer <token>."),
        },
        _ => wrong("The Authorization header was sent more than once."),
    }
}

/// 43 to 128 unreserved characters (RFC 7636, 4.1).
pub fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}

/// A SHA-256 in base64url without padding.
pub fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}
