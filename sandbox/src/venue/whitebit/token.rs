//! `POST /oauth2/token` and `POST /oauth2/refresh_token` (sections 4 and 5).

use super::host::Host;
use super::knobs::{Context, RefreshLimitPer, Variant};
use super::replies::{TOO_MANY_ATTEMPTS, classic_flow_gone, invalid_fields, message};
use crate::base::http::{Call, Response};
use crate::base::mint::pkce_challenge;
use crate::exchange::record::Finding;
use crate::parts::grants::{Grant, Pair, after};
use crate::parts::strict;
use serde_json::json;

/// The plain grant's lifetimes (2), and "short-lived" of the newest guide, which names no figure.
const SHORT_ACCESS_S: u64 = 300;
/// The one published refresh lifetime (5).
const REFRESH_S: u64 = 600;
/// Four hours (D3).
const LONG_ACCESS_S: u64 = 14_400;
/// One request a second (5). Per what is unstated.
const REFRESH_INTERVAL_MS: u64 = 1000;

impl Host {
    pub(super) fn token(&mut self, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        let required = ["client_id", "client_secret", "code"];
        let (fields, findings) = strict::read_form(call, &required, &["code_verifier"]);
        if !findings.is_empty() {
            context.violate(&findings);
            return invalid_fields(&findings);
        }
        let (client_id, code) = (fields.text("client_id"), fields.text("code"));
        let secret = fields.text("client_secret");
        if let Some(refused) = refuse_caller(client_id, secret, context) {
            return refused;
        }
        // Unknown, expired, used and foreign codes: one undocumented status, taken as 401 (4).
        let Some(grant) = self.codes.look_up(code, client_id, context.now_ms).cloned() else {
            return message(401, "Invalid request");
        };
        if grant.challenge.is_none()
            && let Some((status, text)) = classic_flow_gone(context)
        {
            return message(status, text);
        }
        let verifier = fields.get("code_verifier").unwrap_or("");
        if grant.challenge.is_some() && !strict::is_verifier(verifier) {
            let finding = if verifier.is_empty() {
                Finding::new("missing_field", "code_verifier", "This code was issued with a challenge.")
            } else {
                let text = "A verifier has 43 to 128 unreserved characters.";
                Finding::new("code_verifier", "code_verifier", text)
            };
            context.violate(std::slice::from_ref(&finding));
            return invalid_fields(&[finding]);
        }
        // Whether a wrong verifier spends the code is unstated: it does. Without a challenge a
        // verifier is ignored (13, row 3).
        self.codes.spend(code);
        if grant.challenge.as_ref().is_some_and(|challenge| *challenge != pkce_challenge(verifier)) {
            return message(401, "Invalid request");
        }
        self.issue(grant, context)
    }

    pub(super) fn refresh(&mut self, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        // The refresh token's field is `token` (5).
        let (fields, findings) = strict::read_form(call, &["client_id", "client_secret", "token"], &[]);
        if !findings.is_empty() {
            context.violate(&findings);
            return invalid_fields(&findings);
        }
        let client_id = fields.text("client_id");
        let secret = fields.text("client_secret");
        if let Some(refused) = refuse_caller(client_id, secret, context) {
            return refused;
        }
        let counted = match context.knobs.refresh_limit_per {
            RefreshLimitPer::Address => "",
            RefreshLimitPer::Client => client_id,
            RefreshLimitPer::Token => fields.text("token"),
        };
        let name = format!("refresh {counted}");
        if self.limits.count(&name, 1, 1, REFRESH_INTERVAL_MS, context.now_ms).left.is_none() {
            return message(429, TOO_MANY_ATTEMPTS);
        }
        if self.pairs.by_refresh(fields.text("token")).is_some_and(|pair| pair.grant.challenge.is_none())
            && let Some((status, text)) = classic_flow_gone(context)
        {
            return message(status, text);
        }
        // Both old tokens stop at once: unstated, and the sheet says to assume it.
        let rotated = self.pairs.rotate(fields.text("token"), client_id, context.now_ms, true);
        match rotated {
            Some(grant) => self.issue(grant, context),
            None => Response::json(400, &json!({"data": {"token": ["Invalid token."]}})),
        }
    }

    fn issue(&mut self, grant: Grant, context: &mut Context<'_>) -> Response {
        let knobs = context.knobs;
        let old = grant.challenge.is_some() && knobs.variant == Variant::Old;
        let access_s = knobs.access_ttl_s.unwrap_or(if old { LONG_ACCESS_S } else { SHORT_ACCESS_S });
        let refresh_s = knobs.refresh_ttl_s.unwrap_or(REFRESH_S);
        let refreshable = knobs.issue_refresh_token.unwrap_or(!old);
        let access = context.mint.alphanumeric("whitebit access", 48);
        let refresh = refreshable.then(|| context.mint.alphanumeric("whitebit refresh", 48));
        let mut data = json!({
            "access_token": access, "expires_in": access_s,
            "scope": grant.scopes.join(","), "token_type": "Bearer",
        });
        if let Some(refresh) = &refresh {
            data["refresh_token"] = json!(refresh);
        }
        let pair = Pair {
            grant,
            access,
            access_expires_ms: after(context.now_ms, access_s),
            refresh,
            refresh_expires_ms: after(context.now_ms, refresh_s),
            access_lives: true,
        };
        self.pairs.issue(pair, context.now_ms);
        Response::json(200, &json!({"data": data})).no_store()
    }
}

/// What a caller gets that is not on the allowlist, or not this client (4, D5).
fn refuse_caller(client_id: &str, secret: &str, context: &Context<'_>) -> Option<Response> {
    let knobs = context.knobs;
    if !knobs.ip_allowlisted && knobs.allowlist_denied_status == 403 {
        return Some(message(403, "Forbidden."));
    }
    let known = knobs.ip_allowlisted && context.authenticated(client_id, secret).is_some();
    (!known).then(|| message(401, "Invalid request"))
}
