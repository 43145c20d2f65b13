//! Code and refresh token for tokens (sections 4 and 5).

use super::agent;
use super::host::Host;
use super::knobs::{Context, ExtraFields, TokenEnvelope};
use super::replies::{error, refuse};
use crate::base::http::{Call, Response};
use crate::base::mint::pkce_challenge;
use crate::exchange::endpoint::Endpoint;
use crate::exchange::record::Finding;
use crate::parts::grants::{Grant, Pair, after};
use crate::parts::strict;
use serde_json::json;

const INVALID_CLIENT: u32 = 10_003;
const INVALID_CODE: u32 = 10_001;

impl Host {
    pub(super) fn token(&mut self, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        let endpoint = Endpoint::TOKEN;
        let agent = is_agent(call);
        // No grant_type and no redirect_uri: adding any other parameter is warned against (4).
        let (fields, findings) = if agent {
            strict::read_form(call, &["client_id", "code", "code_verifier"], &[])
        } else {
            strict::read_form(call, &["client_id", "client_secret", "code"], &["code_verifier"])
        };
        if let Some(refused) = refuse_form(endpoint, findings, context) {
            return refused;
        }
        let (client_id, code) = (fields.text("client_id"), fields.text("code"));
        // 10003 is documented for the id; a wrong secret has no number of its own.
        if !agent && context.authenticated(client_id, fields.text("client_secret")).is_none() {
            return error(endpoint, INVALID_CLIENT, "invalid client", context);
        }
        let Some(grant) = self.codes.look_up(code, client_id, context.now_ms).cloned() else {
            return error(endpoint, INVALID_CODE, "code invalid or expired", context);
        };
        let verifier = fields.get("code_verifier");
        if grant.challenge.is_none() && verifier.is_some() {
            let text = "This code was issued without a challenge; it takes no code_verifier.";
            let finding = Finding::new("unknown_field", "code_verifier", text);
            return refuse(endpoint, &[finding], context);
        }
        self.codes.spend(code);
        if let Some(challenge) = &grant.challenge
            && verifier.map(pkce_challenge).as_ref() != Some(challenge)
        {
            // The text is documented, its number is not (4).
            return error(endpoint, INVALID_CODE, "code_verify_err", context);
        }
        self.issue(grant, context)
    }

    pub(super) fn refresh(&mut self, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        let endpoint = Endpoint::REFRESH;
        let agent = is_agent(call);
        let optional: &[&str] = if agent { &[] } else { &["client_secret"] };
        let (fields, findings) = strict::read_form(call, &["client_id", "refresh_token"], optional);
        if let Some(refused) = refuse_form(endpoint, findings, context) {
            return refused;
        }
        let client_id = fields.text("client_id");
        let known = match fields.get("client_secret") {
            _ if agent => true,
            Some(secret) => context.authenticated(client_id, secret).is_some(),
            // Documented for public clients only (5, B6).
            None => context.knobs.accept_refresh_without_secret && context.client(client_id).is_some(),
        };
        if !known {
            return error(endpoint, INVALID_CLIENT, "invalid client", context);
        }
        if !agent && context.knobs.refuse_broker_refresh {
            let code = context.knobs.invalid_refresh_code;
            return error(endpoint, code, "refresh is not available", context);
        }
        // The refresh token is replaced. The old access token is a JWT with its own expiry; nothing
        // says that it ends earlier, so it does not.
        let token = fields.text("refresh_token");
        match self.pairs.rotate(token, client_id, context.now_ms, false) {
            Some(grant) => self.issue(grant, context),
            None => {
                let code = context.knobs.invalid_refresh_code;
                error(endpoint, code, "refresh token invalid or expired", context)
            }
        }
    }

    fn issue(&mut self, grant: Grant, context: &mut Context<'_>) -> Response {
        let knobs = context.knobs;
        let pair = self.issue_pair(grant, knobs.issue_refresh_token, context);
        let mut token = json!({
            "access_token": pair.access, "token_type": "bearer", "expires_in": knobs.access_ttl_s,
        });
        if let Some(refresh) = pair.refresh {
            token["refresh_token"] = json!(refresh);
            token["refresh_token_expires_in"] = json!(knobs.refresh_ttl_s);
        }
        let body = match knobs.token_envelope {
            TokenEnvelope::Flat => token,
            TokenEnvelope::Result => json!({"result": token}),
        };
        Response::json(200, &body).no_store()
    }

    /// Tokens in the shape of JWTs with the five claims (4).
    pub(super) fn issue_pair(&mut self, grant: Grant, refreshable: bool, context: &mut Context<'_>) -> Pair {
        let knobs = context.knobs;
        let access_expires_ms = after(context.now_ms, knobs.access_ttl_s);
        let refresh_expires_ms = after(context.now_ms, knobs.refresh_ttl_s);
        let mut jwt = |expires_ms: u64| {
            let nonce = context.mint.alphanumeric("bybit nonce", 10);
            context.mint.jwt(&json!({
                "exp": expires_ms / 1000, "ClientID": grant.client_id,
                "GrantMemberID": grant.uid, "ApprovedScope": grant.scopes, "Nonce": nonce,
            }))
        };
        let access = jwt(access_expires_ms);
        let refresh = refreshable.then(|| jwt(refresh_expires_ms));
        let pair = Pair { grant, access, access_expires_ms, refresh, refresh_expires_ms, access_lives: true };
        self.pairs.issue(pair.clone(), context.now_ms);
        pair
    }
}

fn is_agent(call: &Call<'_>) -> bool {
    call.has_form_body() && agent::sends(&call.form_pairs())
}

/// Refuses an undocumented form. Unlisted fields may pass, on the record: many brokers send some, and
/// whether the venue minds is unproven (4, B8).
fn refuse_form(endpoint: Endpoint, findings: Vec<Finding>, context: &mut Context<'_>) -> Option<Response> {
    let ignored =
        |finding: &Finding| finding.rule == "unknown_field" && context.knobs.extra_form_fields == ExtraFields::Ignore;
    let (ignored, wrong): (Vec<_>, Vec<_>) = findings.into_iter().partition(ignored);
    context.violate(&ignored);
    (!wrong.is_empty()).then(|| refuse(endpoint, &wrong, context))
}
