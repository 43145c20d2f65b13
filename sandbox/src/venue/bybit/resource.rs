//! The resources, and the user's id and key among them (sections 6.1 and 6.2).

use super::accounts::Asked;
use super::agent;
use super::endpoints::{AI_ACCOUNTS, OPENAPI, UID};
use super::host::{BROKER_SCOPE, Host};
use super::key::Key;
use super::knobs::{Context, Digits, OpenapiRepeat, UidShape};
use super::replies::{PERMISSION_DENIED, TOKEN_EXPIRED, envelope, error, refuse};
use crate::base::http::{Call, Response};
use crate::exchange::endpoint::Endpoint;
use crate::exchange::record::Finding;
use crate::parts::grants::Grant;
use crate::parts::strict;
use serde_json::json;

impl Host {
    pub(super) fn resource(&mut self, endpoint: Endpoint, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        let (asked, mut findings) = match endpoint {
            AI_ACCOUNTS => Asked::read(call),
            _ => (Asked::List, strict::read_bare(call)),
        };
        let token = strict::bearer(call).unwrap_or_else(|finding| {
            findings.push(finding);
            ""
        });
        if !findings.is_empty() {
            return refuse(endpoint, &findings, context);
        }
        let grant = match self.pairs.by_access(token) {
            None => {
                let code = context.knobs.invalid_token_code;
                let text = if code == 50_000 { "Token verify fail" } else { "access token invalid" };
                return error(endpoint, code, text, context);
            }
            Some(pair) if context.now_ms >= pair.access_expires_ms => {
                return error(endpoint, TOKEN_EXPIRED, "access token expired", context);
            }
            Some(pair) => pair.grant.clone(),
        };
        // Each client has its own resources (2): no source has a token of one at those of the other.
        let scope = if endpoint == AI_ACCOUNTS { agent::SCOPE } else { BROKER_SCOPE };
        if !grant.scopes.iter().any(|granted| granted == scope) {
            let text = format!("This resource needs the scope {scope}.");
            context.violate(&[Finding::new("scope", "authorization", text)]);
            return error(endpoint, PERMISSION_DENIED, "permission denied", context);
        }
        match endpoint {
            UID => uid(&grant, context),
            AI_ACCOUNTS => self.ai_accounts(asked, &grant, context),
            _ => self.openapi(&grant, context),
        }
    }

    /// Whether a repeated call returns the same key is unknown (6.2): a knob.
    fn openapi(&mut self, grant: &Grant, context: &mut Context<'_>) -> Response {
        // The user has to act; asking again does not help (12).
        match context.knobs.openapi_refusal_code {
            0 => {}
            81_007 => return error(OPENAPI, 81_007, "Bybit Europe cannot create API keys.", context),
            code => return error(OPENAPI, code, "KYC is needed.", context),
        }
        let repeat = context.knobs.openapi_repeat;
        let held = self
            .keys
            .iter()
            .rposition(|k| k.lives && k.uid == grant.uid && k.client_id.as_ref() == Some(&grant.client_id));
        let index = match (held, repeat) {
            (Some(index), OpenapiRepeat::Same) => index,
            _ => {
                if let (Some(index), OpenapiRepeat::Rotate) = (held, repeat) {
                    self.keys[index].lives = false;
                }
                self.keys.push(Key {
                    api_key: context.mint.alphanumeric("bybit key", 18),
                    api_secret: context.mint.alphanumeric("bybit secret", 36),
                    uid: grant.uid,
                    client_id: Some(grant.client_id.clone()),
                    lives: true,
                    created_ms: Some(context.now_ms),
                    password_changed_ms: None,
                });
                self.keys.len() - 1
            }
        };
        let key = &self.keys[index];
        let result = json!({"api_key": key.api_key, "api_secret": key.api_secret});
        let knobs = context.knobs;
        Response::json(200, &envelope(OPENAPI, 0, "success", result, knobs)).no_store()
    }
}

/// The field that holds the id is not shown by any source (6.1): a knob.
fn uid(grant: &Grant, context: &Context<'_>) -> Response {
    let knobs = context.knobs;
    let uid = match knobs.uid_type {
        Digits::Number => json!(grant.uid),
        Digits::String => json!(grant.uid.to_string()),
    };
    let result = match knobs.uid_shape {
        UidShape::ResultUid => json!({"uid": uid}),
        UidShape::ScalarResult => uid.clone(),
        UidShape::TopUid | UidShape::Absent => json!({}),
    };
    let mut body = envelope(UID, 0, "success", result, knobs);
    if let Some(fields) = body.as_object_mut() {
        match knobs.uid_shape {
            UidShape::TopUid => {
                fields.remove("result");
                fields.insert("uid".into(), uid);
            }
            UidShape::Absent => {
                fields.remove("result");
            }
            UidShape::ResultUid | UidShape::ScalarResult => {}
        }
    }
    Response::json(200, &body).no_store()
}
