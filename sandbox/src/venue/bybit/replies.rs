//! The envelopes of the OAuth host (section 7).

use super::endpoints::{AI_ACCOUNTS, OPENAPI, UID};
use super::knobs::{BybitKnobs, Context, Digits, Naming};
use crate::base::http::Response;
use crate::exchange::endpoint::Endpoint;
use crate::exchange::record::Finding;
use serde_json::{Value, json};

/// The access token has expired: documented for ai_accounts (6.3), used for its neighbours too.
pub const TOKEN_EXPIRED: u32 = 33_004;
/// V5's "permission denied" (9): which code a missing scope gives is undocumented.
pub const PERMISSION_DENIED: u32 = 10_005;

fn naming(endpoint: Endpoint, code: u32, knobs: &BybitKnobs) -> Naming {
    match endpoint {
        AI_ACCOUNTS if code == 0 => knobs.ai_naming,
        AI_ACCOUNTS => knobs.ai_error_naming,
        UID => knobs.uid_naming,
        OPENAPI => knobs.openapi_naming,
        _ => knobs.token_naming,
    }
}

fn code_value(code: u32, knobs: &BybitKnobs) -> Value {
    match knobs.code_type {
        Digits::Number => json!(code),
        Digits::String => json!(code.to_string()),
    }
}

/// An envelope in the endpoint's style (7).
pub fn envelope(endpoint: Endpoint, code: u32, text: &str, result: Value, knobs: &BybitKnobs) -> Value {
    let (code_name, text_name) = match naming(endpoint, code, knobs) {
        Naming::Camel => ("retCode", "retMsg"),
        Naming::Snake => ("ret_code", "ret_msg"),
    };
    let mut body = json!({"result": result});
    body[code_name] = code_value(code, knobs);
    body[text_name] = json!(text);
    body
}

/// An error; the HTTP status of these is undocumented and a knob (4).
pub fn error(endpoint: Endpoint, code: u32, text: &str, context: &Context<'_>) -> Response {
    let knobs = context.knobs;
    let mut body = envelope(endpoint, code, text, json!({}), knobs);
    if naming(endpoint, code, knobs) == Naming::Camel {
        body["retExtInfo"] = json!({});
        body["time"] = json!(context.now_ms);
    }
    Response::json(knobs.error_http_status, &body)
}

/// An undocumented call: a parameter error that names what is wrong.
pub fn refuse(endpoint: Endpoint, findings: &[Finding], context: &mut Context<'_>) -> Response {
    context.violate(findings);
    let texts: Vec<&str> = findings.iter().map(|f| f.detail.as_str()).collect();
    error(endpoint, 10_001, &texts.join(" "), context)
}
