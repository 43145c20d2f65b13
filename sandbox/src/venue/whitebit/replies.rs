//! The bodies of WhiteBIT's errors (sections 4, 7 and 11).

use super::endpoints::INFO;
use super::knobs::Context;
use crate::base::http::Response;
use crate::exchange::endpoint::Endpoint;
use crate::exchange::record::Finding;
use serde_json::{Value, json};

/// Stands where the number of a documented text is unpublished (11).
pub const UNPUBLISHED: u32 = 0;
/// The text of a limit (12).
pub const TOO_MANY_ATTEMPTS: &str = "Too Many Attempts.";

/// The error body of sections 4 and 7.
pub fn message(status: u16, text: &str) -> Response {
    Response::json(status, &json!({"data": {"message": [text]}}))
}

/// The validation body of section 4, which has no `data`: one array per field name.
pub fn invalid_fields(findings: &[Finding]) -> Response {
    let mut errors = serde_json::Map::new();
    for finding in findings {
        // `validation.required` is documented; the rest is the sandbox's own text.
        let text = match finding.rule {
            "missing_field" => "validation.required".to_owned(),
            rule => format!("sandbox.{rule}: {}", finding.detail),
        };
        match errors.entry(finding.field.as_str()).or_insert(json!([])) {
            Value::Array(texts) => texts.push(json!(text)),
            other => *other = json!([text]),
        }
    }
    Response::json(422, &json!({"errors": errors, "notification": null}))
}

/// How the classic flow, its refresh and its reads answer once they are removed (15). Neither is documented.
pub fn classic_flow_gone(context: &Context<'_>) -> Option<(u16, &'static str)> {
    match context.knobs.classic_flow_status {
        404 => Some((404, "Not found.")),
        410 => Some((410, "Gone.")),
        _ => None,
    }
}

/// 401 or 403 (D4); info keeps to 401 unless it may use more.
pub fn scope_denied(endpoint: Endpoint, context: &Context<'_>) -> Response {
    let knobs = context.knobs;
    let forbidden = knobs.scope_denied_status == 403 && (endpoint != INFO || knobs.info_extended_statuses);
    if forbidden { message(403, "Forbidden.") } else { message(401, "Unauthorized.") }
}

/// The error body of V4's private endpoints (11).
pub fn private(status: u16, code: u32, text: &str) -> Response {
    Response::json(status, &json!({"code": code, "message": text}))
}

/// The error body of V4's public endpoints (11).
pub fn public(status: u16, text: &str) -> Response {
    Response::json(status, &json!({"success": false, "message": text, "params": []}))
}
