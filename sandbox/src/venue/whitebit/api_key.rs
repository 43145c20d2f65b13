//! The key's three endpoints (section 7).

use super::endpoints::{DELETE, INFO, SECRET};
use super::host::{EU, Host};
use super::key::{Key, KeyStatus};
use super::knobs::Context;
use super::permissions;
use super::replies::{message, scope_denied};
use crate::base::http::{Call, Response};
use crate::exchange::endpoint::Endpoint;
use crate::exchange::record::Finding;
use crate::parts::grants::Grant;
use crate::parts::strict;
use serde_json::json;

impl Host {
    pub(super) fn api_key(&mut self, endpoint: Endpoint, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        if self.environment == EU {
            // Not exposed on the EU host; what it answers is undocumented (1).
            context.violate(&[Finding::new("eu_key_endpoint", "path", "The EU host has no api-key endpoints.")]);
            return message(404, "Not found.");
        }
        let findings = strict::read_bare(call);
        if !findings.is_empty() {
            context.violate(&findings);
            let texts: Vec<&str> = findings.iter().map(|f| f.detail.as_str()).collect();
            return message(400, &texts.join(" "));
        }
        let grant = match self.grant_of(call, context) {
            Ok(grant) => grant,
            Err(response) => return response,
        };
        let scope = match endpoint {
            DELETE => "apikeys.delete",
            _ => "apikeys.read",
        };
        if !grant.scopes.iter().any(|s| s == scope) {
            return scope_denied(endpoint, context);
        }
        let external_id = call
            .path
            .strip_prefix("/oauth2/api-key/")
            .map(|rest| rest.strip_suffix("/secret").unwrap_or(rest))
            .unwrap_or("")
            .to_owned();
        match endpoint {
            INFO => self.info(&grant, context),
            _ if !is_uuid(&external_id) => {
                let text = "externalId must be a UUID.";
                context.violate(&[Finding::new("external_id", "externalId", text)]);
                message(400, text)
            }
            SECRET => self.secret(&external_id, &grant, context),
            _ => self.delete(&external_id, &grant, context),
        }
    }

    pub(super) fn grant_of(&self, call: &Call<'_>, context: &mut Context<'_>) -> Result<Grant, Response> {
        let token = match strict::bearer(call) {
            Ok(token) => token,
            Err(finding) => {
                context.violate(&[finding]);
                return Err(message(401, "Unauthorized."));
            }
        };
        match self.pairs.by_access(token) {
            Some(pair) if context.now_ms < pair.access_expires_ms => Ok(pair.grant.clone()),
            _ => Err(message(401, "Unauthorized.")),
        }
    }

    /// 7.1. A key that is not there yet, was deleted, or is another's reads as absent.
    fn info(&self, grant: &Grant, context: &Context<'_>) -> Response {
        let knobs = context.knobs;
        let mut data =
            match self.partner_key(grant.uid, &grant.client_id).filter(|key| context.now_ms >= key.exists_from_ms) {
                Some(key) => json!({
                    "exists": true, "isEnabled": key.status == KeyStatus::Active,
                    "externalId": key.external_id,
                    "permissions": permissions::shown(&key.permissions, knobs.zero_permissions_shape),
                }),
                // Only the newest guide lets info answer 404; here, for keys that WhiteBIT removed (7.4).
                None if knobs.info_extended_statuses && self.last_was_removed(grant) => {
                    return message(404, "Key not found.");
                }
                None => json!({
                    "exists": false, "isEnabled": false, "externalId": null, "permissions": [],
                }),
            };
        if let (true, Some(data)) = (knobs.permissions_absent, data.as_object_mut()) {
            data.remove("permissions");
        }
        Response::json(200, &json!({"data": data}))
    }

    fn last_was_removed(&self, grant: &Grant) -> bool {
        self.keys
            .iter()
            .rev()
            .find(|key| key.is_of(grant.uid, &grant.client_id))
            .is_some_and(|key| key.status == KeyStatus::SystemDeleted)
    }

    /// 7.2: once per key.
    fn secret(&mut self, external_id: &str, grant: &Grant, context: &Context<'_>) -> Response {
        let key = match self.addressed_key(external_id, grant, context.now_ms) {
            Ok(key) => key,
            Err(response) => return response,
        };
        if key.is_disabled() {
            // Unstated; taken as forbidden.
            return message(403, "Forbidden.");
        }
        if key.secret_taken {
            return message(409, "Secret already retrieved.");
        }
        key.secret_taken = true;
        Response::json(200, &json!({"data": {"apiSecret": key.secret}})).no_store()
    }

    /// 7.3: active keys only; the answer's data is an empty array.
    fn delete(&mut self, external_id: &str, grant: &Grant, context: &Context<'_>) -> Response {
        let key = match self.addressed_key(external_id, grant, context.now_ms) {
            Ok(key) => key,
            Err(response) => return response,
        };
        if key.is_disabled() {
            return match context.knobs.delete_disabled_status {
                404 => message(404, "Key not found."),
                _ => message(403, "Forbidden."),
            };
        }
        key.status = KeyStatus::Deleted;
        Response::json(200, &json!({"data": []}))
    }

    /// 7.4: 404 for no key and another user's, 403 for another client's and manual ones.
    fn addressed_key(&mut self, external_id: &str, grant: &Grant, now_ms: u64) -> Result<&mut Key, Response> {
        let found = self.keys.iter_mut().find(|key| {
            key.external_id == external_id && key.uid == grant.uid && !key.is_deleted() && now_ms >= key.exists_from_ms
        });
        match found {
            None => Err(message(404, "Key not found.")),
            Some(key) if !key.is_of(grant.uid, &grant.client_id) => Err(message(403, "Forbidden.")),
            Some(key) => Ok(key),
        }
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}
