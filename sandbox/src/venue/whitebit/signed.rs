//! V4's private REST: who signs, and whether it holds (sections 10 to 12). The answers are in `reads`.

use super::history::History;
use super::host::Host;
use super::key::KeyStatus;
use super::knobs::Context;
use super::nonces::NOT_INCREASING;
use super::permissions;
use super::reads::{self, Read};
use super::replies::{TOO_MANY_ATTEMPTS, UNPUBLISHED, private, public};
use crate::base::canonical::{self, Json};
use crate::base::http::{Call, Response};
use crate::base::signature;
use crate::exchange::record::Finding;
use crate::parts::readings::UnlistedPaths;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

const API_KEY: &str = "x-txc-apikey";
const PAYLOAD: &str = "x-txc-payload";
const SIGNATURE: &str = "x-txc-signature";
/// The windows of the rate limits (12).
const LIMIT_SPAN_MS: u64 = 10_000;
const UNAUTHORIZED: &str = "Unauthorized request.";

/// Makes a voucher, whose success has a `code` and a `message` as errors have (15).
const CODES: &str = "/api/v4/main-account/codes";

impl Host {
    /// `GET /api/v4/public/time`, in seconds (10.2).
    pub(super) fn time(&mut self, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        if self.is_over_limit(call.path, context) {
            return public(429, TOO_MANY_ATTEMPTS);
        }
        if !call.request.body.is_empty() {
            let text = "The time takes no body.";
            context.violate(&[Finding::new("unexpected_body", "body", text)]);
            return public(400, text);
        }
        if call.query.is_some() {
            context.note("unexpected_query", "query", "The time lists no query; it is answered without a look at it.");
        }
        Response::json(200, &json!({"time": context.now_ms / 1000}))
    }

    /// Public data, of which the sandbox has nothing but the time. Clients that load markets first have to be told not to.
    pub(super) fn public_data(&mut self, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        if self.is_over_limit(call.path, context) {
            return public(429, TOO_MANY_ATTEMPTS);
        }
        let text = "The sandbox has no market data.";
        context.note("unlisted_path", "path", text);
        public(404, text)
    }

    pub(super) fn signed(&mut self, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        if self.is_over_limit(call.path, context) {
            return private(429, UNPUBLISHED, TOO_MANY_ATTEMPTS);
        }
        let (key, parameters) = match self.verified(call, context) {
            Ok(verified) => verified,
            Err(refused) => return refused,
        };
        if !permissions::allow(&self.keys[key].permissions, call.path) {
            return private(403, UNPUBLISHED, "You don't have permission to use this endpoint.");
        }
        if let Some(read) = Read::of_private_path(call.path) {
            let uid = self.keys[key].uid;
            let history = self.histories.of(uid, || History::new(uid, context));
            return reads::answer(read, &parameters, history, context);
        }
        if call.path == CODES {
            return voucher(&parameters, context);
        }
        if context.knobs.unlisted_signed_paths == UnlistedPaths::Echo {
            return Response::json(200, &json!({"method": "POST", "path": call.path, "parameters": parameters}));
        }
        let text = "The sandbox documents no answer for this path; the knob unlisted_signed_paths lets it echo.";
        context.violate(&[Finding::new("unlisted_path", "path", text)]);
        private(404, UNPUBLISHED, text)
    }

    /// The key that signed, and the parameters without the three fields of signing. The order of the
    /// checks is not documented.
    fn verified(
        &mut self,
        call: &Call<'_>,
        context: &mut Context<'_>,
    ) -> Result<(usize, Map<String, Value>), Response> {
        let status = context.knobs.signed_error_status;
        let refused = |text: &str| Err(private(status, UNPUBLISHED, text));
        let findings = wrong_form(call);
        context.violate(&findings);
        let header = |name| call.header(name).filter(|value| !value.is_empty());
        let Some(payload) = header(PAYLOAD) else {
            return refused("Payload not provided.");
        };
        let (Some(public_key), Some(signature)) = (header(API_KEY), header(SIGNATURE)) else {
            return refused(UNAUTHORIZED);
        };
        if !findings.is_empty() {
            let texts: Vec<&str> = findings.iter().map(|f| f.detail.as_str()).collect();
            return Err(private(400, UNPUBLISHED, &texts.join(" ")));
        }
        // No text is documented for a key that is not known, or no longer (8): that of a bad signature.
        let signer = self.keys.iter().position(|key| {
            key.public_key == public_key
                && !key.is_deleted()
                && context.now_ms >= key.exists_from_ms
                && signature == signature::sha512(&key.secret, payload.as_bytes())
        });
        let Some(index) = signer else {
            return refused(UNAUTHORIZED);
        };
        let key = &mut self.keys[index];
        if key.status == KeyStatus::Disabled {
            return refused("This action is unauthorized. Enable your key in API settings");
        }
        let mut fields = read_body(call, payload, context).map_err(|finding| invalid_payload(finding, context))?;
        let wrong = |finding: Finding, text, context: &mut Context<'_>| {
            context.violate(&[finding]);
            Err(private(status, UNPUBLISHED, text))
        };
        match fields.remove("request") {
            None => {
                let finding = Finding::new("missing_field", "request", "The field request is required.");
                return wrong(finding, "Request not provided.", context);
            }
            Some(path) if path == call.path => {}
            // No text is documented for another path: it is taken as a payload that does not fit.
            Some(_) => {
                let text = "The field request must be exactly the venue's own path: no host, no sandbox prefix.";
                return Err(invalid_payload(Finding::new("request_path", "request", text), context));
            }
        }
        // A text was the type of older specifications. Clients in wide use still send one, and are answered (10.2, 15).
        let nonce = fields.remove("nonce");
        if nonce.as_ref().is_some_and(Value::is_string) {
            context.note(
                "nonce",
                "nonce",
                "The documented nonce is a JSON integer; digits as text are answered as well.",
            );
        }
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        let Some(nonce) = nonce.and_then(|nonce| nonce.as_u64().or_else(|| nonce.as_str().and_then(digits))) else {
            let finding = Finding::new("nonce", "nonce", "The field nonce must be a JSON integer.");
            return wrong(finding, "Nonce not provided.", context);
        };
        let windowed = match fields.remove("nonceWindow") {
            None => false,
            Some(Value::Bool(windowed)) => windowed,
            Some(_) => {
                let finding = Finding::new("nonce_window", "nonceWindow", "nonceWindow must be a JSON boolean.");
                return wrong(finding, "Invalid nonceWindow.", context);
            }
        };
        match key.nonces.accept(nonce, windowed, context.now_ms) {
            Ok(()) => {}
            // Its status is seen in the field, and its body with it (15).
            Err(NOT_INCREASING) => {
                let body = json!({"code": UNPUBLISHED, "errors": {}, "message": NOT_INCREASING});
                return Err(Response::json(context.knobs.nonce_clash_status, &body));
            }
            Err(text) => return refused(text),
        }
        // API activity: the 14 days begin anew (8).
        key.idle_from_ms = Some(context.now_ms);
        Ok((index, fields))
    }

    /// The most particular of the limits counts (12). They are per address, and one caller is all
    /// there is here.
    pub(super) fn is_over_limit(&mut self, path: &str, context: &Context<'_>) -> bool {
        const LIMITS: [(&str, u64); 5] = [
            ("/api/v4/main-account/history", 200),
            ("/api/v4/main-account/", 1000),
            ("/api/v4/trade-account/", 12_000),
            ("/api/v4/public/", 20_000),
            ("/api/v4/convert/history", 10_000),
        ];
        let (name, limit) = LIMITS.into_iter().find(|(name, _)| path.starts_with(name)).unwrap_or(("", 10_000));
        let divisor = context.knobs.limit_divisor;
        self.limits.count(name, limit, divisor, LIMIT_SPAN_MS, context.now_ms).left.is_none()
    }
}

/// What of the headers and the query no documentation covers.
fn wrong_form(call: &Call<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut wrong = |rule, field: &str, text: String| findings.push(Finding::new(rule, field, text));
    for name in [API_KEY, PAYLOAD, SIGNATURE] {
        match call.header_values(name).as_slice() {
            [value] if !value.is_empty() => {}
            [_, _, ..] => wrong("duplicate_header", name, format!("The header {name} was sent more than once.")),
            _ => wrong("missing_header", name, format!("A signed call needs the header {name}.")),
        }
    }
    for (name, _) in &call.request.headers {
        let name = name.to_ascii_lowercase();
        let known = [API_KEY, PAYLOAD, SIGNATURE].contains(&name.as_str());
        if name == "authorization" || name.starts_with("x-bapi-") || name.starts_with("x-txc-") && !known {
            wrong("unknown_header", &name, format!("A signed call takes no header {name}."));
        }
    }
    if call.content_type().as_deref() != Some("application/json") {
        wrong("content_type", "content_type", "A signed call's content type is application/json.".into());
    }
    if call.query.is_some() {
        wrong("unexpected_query", "query", "A signed call's parameters belong in the body, not in the query.".into());
    }
    findings
}

/// What a voucher is worth is none of the sandbox's business: no balance changes.
fn voucher(parameters: &Map<String, Value>, context: &mut Context<'_>) -> Response {
    let ticker = parameters.get("ticker").and_then(Value::as_str).unwrap_or("");
    let code = format!("WB{}{ticker}", context.mint.uuid("whitebit voucher"));
    Response::json(201, &json!({"code": code, "message": "Code was successfully created"}))
}

/// The body's fields, once its compact form has been compared with the payload (10.1).
fn read_body(call: &Call<'_>, payload: &str, context: &mut Context<'_>) -> Result<Map<String, Value>, Finding> {
    let wrong = |rule, text: &str| Err(Finding::new(rule, "body", text));
    let Some(json @ Json::Object(_)) = Json::parse(&call.request.body) else {
        return wrong("body", "The body must be a JSON object.");
    };
    let compact = json.compact();
    let payload = STANDARD.decode(payload).unwrap_or_default();
    // Whether text beyond ASCII is escaped in the canonical form is undocumented: either passes.
    if payload != compact.as_bytes() && payload != canonical::ascii(&compact).as_bytes() {
        let text = "The payload must be the body in compact JSON (no spaces, no escaped slashes, no name twice), \
                    in padded base64.";
        return wrong("non_canonical_body", text);
    }
    let mut doubtful = Vec::new();
    if payload != call.request.body {
        // The older SDK does this, and is answered (10.1).
        let text = "The body must be the very bytes that the payload encodes; this one differs in form.";
        doubtful.push(Finding::new("non_canonical_body", "body", text));
    }
    if json.has_fraction() || !compact.is_ascii() {
        let text =
            "The canonical form of fractions and of text beyond ASCII is undocumented; send decimals as strings.";
        doubtful.push(Finding::new("undocumented_form", "body", text));
    }
    context.violate(&doubtful);
    match serde_json::to_value(&json) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => wrong("body", "The body must be a JSON object."),
    }
}

/// The one refusal whose status and code are published (10.1).
fn invalid_payload(finding: Finding, context: &mut Context<'_>) -> Response {
    context.violate(&[finding]);
    private(400, 9, "Invalid payload.")
}
