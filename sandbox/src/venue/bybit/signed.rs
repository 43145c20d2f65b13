//! V5's signed calls: who signs, and whether it holds (sections 8 and 9). The answers are in `v5`.

use super::agent;
use super::host::Host;
use super::knobs::{Context, KeyPermissions};
use super::replies::PERMISSION_DENIED;
use super::signer::{Signer, after_days};
use super::v5_replies::{KEY_EXPIRED, refused};
use crate::base::canonical::Json;
use crate::base::http::{Call, Response};
use crate::base::signature;
use crate::exchange::record::Finding;
use crate::parts::pages;
use serde_json::{Map, Value};

const API_KEY: &str = "x-bapi-api-key";
const TIMESTAMP: &str = "x-bapi-timestamp";
const RECV_WINDOW: &str = "x-bapi-recv-window";
const SIGN: &str = "x-bapi-sign";
const SIGN_TYPE: &str = "x-bapi-sign-type";

const REQUIRED: [&str; 4] = [API_KEY, TIMESTAMP, RECV_WINDOW, SIGN];

const PARAMETER_ERROR: u32 = 10_001;
const OUTSIDE_WINDOW: u32 = 10_002;
const KEY_INVALID: u32 = 10_003;
const BAD_SIGNATURE: u32 = 10_004;
const IP_NOT_BOUND: u32 = 10_010;
/// What a fresh sub-account gets for a while (12).
const COMPLIANCE: u32 = 10_024;

/// No clock but the server's may be further ahead (8.2).
const AHEAD_MS: u64 = 1000;
/// Requests of an address in five seconds, and the ban after more (9).
const ADDRESS_LIMIT: (u64, u64) = (600, 5000);
const BAN_MS: u64 = 600_000;

impl Host {
    /// The key of this environment; one of another is unknown here (9).
    fn signer(&self, api_key: &str, context: &Context<'_>) -> Option<Signer> {
        let key = self.keys.iter().find(|key| key.api_key == api_key).map(|key| key.signer(context));
        let mut signer = key.or_else(|| self.sub_account_signer(api_key, context.now_ms))?;
        if signer.ips.is_empty() {
            let end = after_days(signer.created_ms, context.knobs.key_ttl_days);
            signer.expires_ms = Some(signer.expires_ms.map_or(end, |deadline| deadline.min(end)));
        }
        Some(signer)
    }

    /// A sub-account's key at V5; it is bound to no address.
    fn sub_account_signer(&self, api_key: &str, now_ms: u64) -> Option<Signer> {
        let accounts = self.sub_accounts.iter().flat_map(|(uid, held)| held.iter().map(move |account| (*uid, account)));
        let (uid, account) = { accounts }.find(|(_, account)| account.api_key == api_key)?;
        Some(Signer {
            api_key: account.api_key.clone(),
            api_secret: account.api_secret.clone(),
            uid: account.id,
            parent_uid: Some(uid),
            client_id: Some(agent::CLIENT_ID.into()),
            lives: true,
            created_ms: account.created_ms.unwrap_or(now_ms),
            ips: Vec::new(),
            expires_ms: None,
        })
    }

    /// What an address gets that calls too often: 403, and for a while nothing else (9).
    pub(super) fn banned(&mut self, context: &Context<'_>) -> Option<Response> {
        let ((limit, span_ms), divisor) = (ADDRESS_LIMIT, context.knobs.limit_divisor);
        if context.now_ms >= self.banned_until_ms {
            let room = self.limits.count("address", limit, divisor, span_ms, context.now_ms);
            room.left.is_none().then(|| self.banned_until_ms = context.now_ms.saturating_add(BAN_MS))?;
        }
        // The text is documented, the body around it is not.
        Some(pages::firewall("access too frequent"))
    }

    pub(super) fn signed(&mut self, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        if let Some(banned) = self.banned(context) {
            return banned;
        }
        match self.verified(call, context) {
            Ok((signer, parameters)) => self.answer(call, &signer, parameters, context),
            Err(refused) => refused,
        }
    }

    /// The key that signed, and the parameters. The order of the checks is not documented.
    fn verified(
        &mut self,
        call: &Call<'_>,
        context: &mut Context<'_>,
    ) -> Result<(Signer, Map<String, Value>), Response> {
        let auth_status = context.knobs.v5_auth_http_status;
        if call.method() == "GET" && !call.request.body.is_empty() {
            let text = "A GET has no body, not even an empty JSON object.";
            context.violate(&[Finding::new("unexpected_body", "body", text)]);
            return Err(pages::firewall(text));
        }
        let findings = wrong_form(call);
        note_headers(call, context);
        context.violate(&findings);
        if !findings.is_empty() {
            let missing = findings.iter().any(|finding| finding.rule == "missing_header");
            let texts: Vec<&str> = findings.iter().map(|f| f.detail.as_str()).collect();
            return Err(refused(if missing { auth_status } else { 200 }, PARAMETER_ERROR, &texts.join(" "), context));
        }
        let header = |name| call.header(name).unwrap_or("");
        let number = |name| header(name).parse::<u64>().unwrap_or(0);
        let Some(signer) = self.signer(header(API_KEY), context) else {
            return Err(refused(auth_status, KEY_INVALID, "API key is invalid.", context));
        };
        if !signer.lives {
            let code = context.knobs.deleted_key_code;
            return Err(refused(auth_status, code, "API key is invalid.", context));
        }
        if signer.expires_ms.is_some_and(|at| context.now_ms >= at) {
            return Err(refused(auth_status, KEY_EXPIRED, "API key expired.", context));
        }
        let (timestamp, window) = (number(TIMESTAMP), number(RECV_WINDOW));
        let is_late = timestamp.saturating_add(window) < context.now_ms;
        if is_late || timestamp >= context.now_ms.saturating_add(AHEAD_MS) {
            return Err(refused(200, OUTSIDE_WINDOW, "timestamp outside recv_window", context));
        }
        // The very bytes on the wire (8.1).
        let content = match call.method() {
            "GET" => call.query.unwrap_or("").as_bytes(),
            _ => call.request.body.as_slice(),
        };
        let parts = [header(TIMESTAMP), &signer.api_key, header(RECV_WINDOW)].map(str::as_bytes);
        let expected = signature::sha256(&signer.api_secret, &[parts[0], parts[1], parts[2], content]);
        if header(SIGN) != expected {
            return Err(refused(auth_status, BAD_SIGNATURE, "error sign", context));
        }
        if !signer.ips.is_empty() && !context.knobs.caller_ip_bound {
            return Err(refused(200, IP_NOT_BOUND, "Unmatched IP.", context));
        }
        let settled_ms = signer.created_ms.saturating_add(context.knobs.sub_account_delay_ms);
        if signer.parent_uid.is_some() && context.now_ms < settled_ms {
            return Err(refused(200, COMPLIANCE, "Compliance rules triggered.", context));
        }
        let may = context.knobs.key_permissions;
        if may == KeyPermissions::None || may == KeyPermissions::ReadOnly && call.method() != "GET" {
            return Err(refused(200, PERMISSION_DENIED, "Permission denied.", context));
        }
        let parameters = parameters(call).map_err(|finding| {
            let text = finding.detail.clone();
            context.violate(&[finding]);
            refused(200, PARAMETER_ERROR, &text, context)
        })?;
        Ok((signer, parameters))
    }
}

/// What of the headers no documentation covers. `recv_window` has a default, but is part of the string
/// to sign, and what leaving it out does is unstated (8.2).
fn wrong_form(call: &Call<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut wrong = |rule, field: &str, text: String| findings.push(Finding::new(rule, field, text));
    for name in REQUIRED {
        let values = call.header_values(name);
        match values.as_slice() {
            [value] if !value.is_empty() => {
                let is_number = value.bytes().all(|b| b.is_ascii_digit()) && value.parse::<u64>().is_ok();
                if (name == TIMESTAMP || name == RECV_WINDOW) && !is_number {
                    wrong("header_number", name, format!("The header {name} must be a number of milliseconds."));
                }
            }
            [_, _, ..] => wrong("duplicate_header", name, format!("The header {name} was sent more than once.")),
            _ => wrong("missing_header", name, format!("A signed call needs the header {name}.")),
        }
    }
    for (name, _) in &call.request.headers {
        let name = name.to_ascii_lowercase();
        if name == "authorization" || name.starts_with("x-txc-") {
            wrong("unknown_header", &name, format!("A signed call takes no header {name}."));
        }
    }
    if call.method() == "POST" {
        if call.query.is_some() {
            wrong("unexpected_query", "query", "A POST's parameters belong in the body, not in the query.".into());
        }
        if !call.request.body.is_empty() && call.content_type().as_deref() != Some("application/json") {
            wrong("content_type", "content_type", "A POST's content type is application/json.".into());
        }
    }
    findings
}

/// Headers of the family that no page lists for a signed call. Bybit's own SDK sends the sign type 2 with HMAC, too, and
/// is answered (12).
fn note_headers(call: &Call<'_>, context: &mut Context<'_>) {
    for (name, value) in &call.request.headers {
        let name = name.to_ascii_lowercase();
        if name == SIGN_TYPE {
            if value != "1" {
                context.note("sign_type", &name, "The documented sign type is 1 or none; others are answered as well.");
            }
        } else if name.starts_with("x-bapi-") && !REQUIRED.contains(&name.as_str()) {
            context.note("unknown_header", &name, "No page lists this header for a signed call; it is not looked at.");
        }
    }
}

fn parameters(call: &Call<'_>) -> Result<Map<String, Value>, Finding> {
    if call.method() == "GET" {
        let mut parameters = Map::new();
        for (name, value) in call.query_pairs() {
            let text = format!("The parameter {name} was sent twice.");
            if parameters.insert(name.clone(), value.into()).is_some() {
                return Err(Finding::new("duplicate_field", &name, text));
            }
        }
        return Ok(parameters);
    }
    if call.request.body.is_empty() {
        return Ok(Map::new());
    }
    let json = Json::parse(&call.request.body).and_then(|json| serde_json::to_value(json).ok());
    match json {
        Some(Value::Object(parameters)) => Ok(parameters),
        _ => Err(Finding::new("body", "body", "The body must be a JSON object.")),
    }
}
