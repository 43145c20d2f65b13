//! The key and its three endpoints (sections 7 and 8).

use super::signed::Nonces;
use super::{WhiteBit, message, permissions};
use crate::calendar::DAY_MS;
use crate::config::ApiKey;
use crate::http::{Call, Response};
use crate::knobs::{CallbackApiKey, ExistingKey, Inactivity, PublicKey};
use crate::record::{Finding, MASK};
use crate::strict;
use crate::venue::grants::Grant;
use crate::venue::{Context, Endpoint, Environment};
use serde::Serialize;
use serde_json::{Value, json};

/// So long without API activity ends a key (8, D7).
const INACTIVITY_MS: u64 = 14 * DAY_MS;

/// Whose key it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// Made through this client's consent screen.
    Partner(String),
    /// Made by the user in the dashboard.
    Manual,
}

/// How the key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyStatus {
    /// Usable.
    Active,
    /// Switched off for inactivity; only the user can delete it (7.1).
    Disabled,
    /// Deleted by the partner or by the user.
    Deleted,
    /// Deleted by WhiteBIT: password change, inactivity, revocation (8).
    SystemDeleted,
}

impl KeyStatus {
    fn is_deleted(self) -> bool {
        matches!(self, KeyStatus::Deleted | KeyStatus::SystemDeleted)
    }
}

/// A key.
#[derive(Clone, Debug)]
pub struct Key {
    pub external_id: String,
    pub public_key: String,
    /// What the callback says is the public key, if it says anything (D2).
    pub announced: Option<String>,
    pub secret: String,
    pub secret_taken: bool,
    pub owner: Owner,
    pub uid: u64,
    pub permissions: Vec<String>,
    pub exists_from_ms: u64,
    /// Since when no API call has used it: from the moment that it exists, or the last signed call. A key staged at the start has none until a request tells the time.
    pub idle_from_ms: Option<u64>,
    pub status: KeyStatus,
    pub nonces: Nonces,
}

impl Key {
    /// Made by the user by hand, with every permission but withdrawal.
    pub fn planted(key: &ApiKey, uid: u64) -> Key {
        Key {
            external_id: key.api_key.clone(),
            public_key: key.api_key.clone(),
            announced: None,
            secret: key.api_secret.clone(),
            secret_taken: true,
            owner: Owner::Manual,
            uid,
            permissions: vec!["info".into(), "trading".into()],
            exists_from_ms: 0,
            idle_from_ms: None,
            status: KeyStatus::Active,
            nonces: Nonces::default(),
        }
    }

    pub fn is_disabled(&self) -> bool {
        self.status == KeyStatus::Disabled
    }

    pub fn is_deleted(&self) -> bool {
        self.status.is_deleted()
    }

    fn is_of(&self, uid: u64, client_id: &str) -> bool {
        self.uid == uid && matches!(&self.owner, Owner::Partner(id) if id == client_id)
    }

    /// Its status at that time.
    pub fn status_at(&self, now_ms: u64, inactivity: Inactivity) -> KeyStatus {
        let idle = self.idle_from_ms.is_some_and(|from_ms| now_ms >= from_ms.saturating_add(INACTIVITY_MS));
        match (self.status, inactivity) {
            (KeyStatus::Active, Inactivity::Disable) if idle => KeyStatus::Disabled,
            (KeyStatus::Active, Inactivity::Delete) if idle => KeyStatus::SystemDeleted,
            (status, _) => status,
        }
    }

    pub(super) fn to_json(&self, inactivity: Inactivity, now_ms: u64, with_values: bool) -> Value {
        let status = self.status_at(now_ms, inactivity);
        json!({
            "external_id": self.external_id, "public_key": self.public_key,
            "secret": if with_values { self.secret.as_str() } else { MASK },
            "secret_taken": self.secret_taken, "owner": self.owner, "uid": self.uid,
            "permissions": self.permissions, "status": status, "last_nonce": self.nonces.last,
            "exists": now_ms >= self.exists_from_ms && !status.is_deleted(),
        })
    }
}

impl WhiteBit {
    /// The one key that this user has for this client, made already or about to be.
    pub(super) fn partner_key(&self, uid: u64, client_id: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.is_of(uid, client_id) && !key.is_deleted())
    }

    pub(super) fn place_key(
        &mut self,
        client_id: &str,
        permissions: Vec<String>,
        delay_ms: u64,
        context: &mut Context<'_>,
    ) -> &mut Key {
        let owner = Owner::Partner(client_id.to_owned());
        self.add_key(owner, permissions, delay_ms, context)
    }

    pub(super) fn add_key(
        &mut self,
        owner: Owner,
        permissions: Vec<String>,
        delay_ms: u64,
        context: &mut Context<'_>,
    ) -> &mut Key {
        let external_id = context.mint.uuid("whitebit key");
        // `externalId` is the public key, except where the knobs stage the older text (8, D2).
        let knobs = &context.knobs.whitebit;
        let announces = knobs.callback_api_key == CallbackApiKey::Separate;
        let separate = (announces || knobs.public_key == PublicKey::Separate)
            .then(|| context.mint.hex("whitebit public key")[..32].to_owned());
        let public_key = match (knobs.public_key, &separate) {
            (PublicKey::AsAnnounced | PublicKey::Separate, Some(separate)) => separate.clone(),
            _ => external_id.clone(),
        };
        let announced = match knobs.callback_api_key {
            CallbackApiKey::None => None,
            CallbackApiKey::ExternalId => Some(external_id.clone()),
            CallbackApiKey::Separate => separate,
        };
        let exists_from_ms = context.now_ms.saturating_add(delay_ms);
        self.keys.push(Key {
            external_id,
            public_key,
            announced,
            secret: context.mint.hex("whitebit secret"),
            secret_taken: false,
            owner,
            uid: context.knobs.whitebit.user_uid,
            permissions,
            exists_from_ms,
            idle_from_ms: Some(exists_from_ms),
            status: KeyStatus::Active,
            nonces: Nonces::default(),
        });
        let last = self.keys.len() - 1;
        &mut self.keys[last]
    }

    /// Puts the demo user's key for every client into the state that the knob names.
    pub fn stage_existing_key(&mut self, at_start: bool, context: &mut Context<'_>) {
        let uid = context.knobs.whitebit.user_uid;
        let status = match context.knobs.whitebit.user_existing_key {
            ExistingKey::None => KeyStatus::Deleted,
            ExistingKey::Active => KeyStatus::Active,
            ExistingKey::Disabled => KeyStatus::Disabled,
        };
        let clients: Vec<String> = context.clients.iter().map(|c| c.client_id.clone()).collect();
        for client_id in clients {
            let held = self.keys.iter_mut().find(|key| key.is_of(uid, &client_id) && !key.is_deleted());
            let key = match held {
                Some(key) => key,
                None if status == KeyStatus::Deleted => continue,
                None => {
                    let granted = vec!["info".to_owned(), "trading".to_owned()];
                    let key = self.place_key(&client_id, granted, 0, context);
                    key.secret_taken = true;
                    key
                }
            };
            key.status = status;
            key.idle_from_ms = (!at_start).then_some(context.now_ms);
        }
    }

    pub(super) fn api_key(&mut self, endpoint: Endpoint, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        if self.environment == Environment::Eu {
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
            Endpoint::Delete => "apikeys.delete",
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
            Endpoint::Info => self.info(&grant, context),
            _ if !is_uuid(&external_id) => {
                let text = "externalId must be a UUID.";
                context.violate(&[Finding::new("external_id", "externalId", text)]);
                message(400, text)
            }
            Endpoint::Secret => self.secret(&external_id, &grant, context),
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
        let knobs = &context.knobs.whitebit;
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
            return match context.knobs.whitebit.delete_disabled_status {
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

/// 401 or 403 (D4); info keeps to 401 unless it may use more.
pub(super) fn scope_denied(endpoint: Endpoint, context: &Context<'_>) -> Response {
    let knobs = &context.knobs.whitebit;
    let forbidden = knobs.scope_denied_status == 403 && (endpoint != Endpoint::Info || knobs.info_extended_statuses);
    if forbidden { message(403, "Forbidden.") } else { message(401, "Unauthorized.") }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}
