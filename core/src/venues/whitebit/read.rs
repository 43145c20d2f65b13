//! Reading WhiteBIT's replies. Everything sits under `data`, but for the token endpoint's 422.

use serde_json::Value;

use crate::base::text::printable;
use crate::model::api_key::{ExternalId, KeyDecision, KeyStatus, PermissionGroup, PermissionUrl};
use crate::venue::contract::{Call, Reading, TokenReply};
use crate::venue::refusal::{Class, Refusal};
use crate::wire::http::HttpResponse;
use crate::wire::json::{self, Reply, Unreadable};

pub(super) fn read(call: Call, response: &HttpResponse) -> Reading {
    let reply = match Reply::parse(response) {
        Ok(reply) => reply,
        Err(Unreadable::TooLarge) => return Reading::Refused(Refusal::new(Class::TooLarge, response)),
        Err(Unreadable::NotJson) => {
            return Reading::Refused(Refusal::new(unreadable(call, response.status()), response));
        }
    };
    let root = reply.root();
    if !(200..300).contains(&response.status()) {
        let refusal = Refusal::new(by_status(call, response.status()), response);
        return Reading::Refused(refusal.with(None, message(root)));
    }
    let data = root.get("data");
    let reading = match call {
        Call::ExchangeCode | Call::RefreshTokens => data.and_then(tokens).map(Reading::Tokens),
        Call::CheckKey => data.and_then(key).map(|key| match key {
            Some(status) => Reading::Key(status),
            // Section 7.1: enabled but absent is not defined.
            None => Reading::Refused(Refusal::new(Class::Contradiction, response)),
        }),
        Call::FetchSecret => data.and_then(|data| json::secret(data, "apiSecret")).map(Reading::Secret),
        // Section 7.3 documents `{"data": []}`. An error text under 200 is no success.
        Call::DeleteKey => (message(root).is_none()).then_some(Reading::Deleted),
        Call::ReadUid
        | Call::FetchApiKey
        | Call::ListSubaccounts
        | Call::FetchSubaccountKey
        | Call::CreateSubaccount => None,
    };
    // 2xx without the payload: an error inside, or something new. Never a success (section 4).
    reading.unwrap_or_else(|| Reading::Refused(Refusal::new(Class::Unreadable, response).with(None, message(root))))
}

fn unreadable(call: Call, status: u16) -> Class {
    match status {
        429 => Class::RateLimited,
        // A page from a firewall in front: the venue itself answers in JSON.
        403 => Class::Blocked,
        500.. => Class::ServerTrouble,
        // Sections 4, 7.4 and 15 give these statuses one meaning; the body adds nothing to it.
        401 | 404 | 409 | 410 | 423 => by_status(call, status),
        _ => Class::Unreadable,
    }
}

/// Sections 4, 5 and 7.4, per endpoint.
fn by_status(call: Call, status: u16) -> Class {
    match (call, status) {
        (_, 429) => Class::RateLimited,
        (_, 500..) => Class::ServerTrouble,
        // "Bad client, secret or code" in one: 401. A 400 or 403 here is undocumented, and read alike.
        (Call::ExchangeCode, 400 | 401 | 403) => Class::GrantRejected,
        (Call::ExchangeCode, 422) => Class::ClientRejected,
        // Section 5 lists 400; "expect the section 4 shapes" for the rest.
        (Call::RefreshTokens, 400 | 401 | 403 | 422) => Class::GrantRejected,
        (Call::ExchangeCode | Call::RefreshTokens, 404 | 410) => Class::Withdrawn,
        // D4: 401 and 403 are one authorization problem. Delete reads 403 with 404: see the flow.
        (Call::DeleteKey, 403 | 404) => Class::NotFound,
        (_, 401 | 403) => Class::Unauthorized,
        (_, 404) => Class::NotFound,
        (Call::FetchSecret, 409) => Class::AlreadyTaken,
        (Call::FetchSecret, 423) => Class::Locked,
        (_, 400..) => Class::Unexplained,
        // 1xx and 3xx: the host must not follow, and nothing documented answers so.
        _ => Class::Unreadable,
    }
}

fn tokens(data: &Value) -> Option<TokenReply> {
    Some(TokenReply {
        access_token: json::secret(data, "access_token")?,
        refresh_token: json::secret(data, "refresh_token"),
        expires_in_s: json::seconds(data, "expires_in"),
        refresh_expires_in_s: None,
        // Section 4: comma-separated; open strings, since the sample names one that is not listed.
        scope: json::scopes(data, "scope"),
    })
}

/// `Some(None)` where the fields contradict each other.
fn key(data: &Value) -> Option<Option<KeyStatus>> {
    let exists = data.get("exists")?.as_bool()?;
    let is_enabled = data.get("isEnabled")?.as_bool()?;
    let external_id = json::text(data, "externalId").and_then(|id| ExternalId::try_from(id.to_owned()).ok());
    let decision = match (exists, is_enabled) {
        (false, false) => KeyDecision::StartFlow,
        // An active key without a UUID can be neither read nor deleted.
        (true, true) if external_id.is_none() => return None,
        (true, true) => KeyDecision::AlreadyActive,
        (true, false) => KeyDecision::DeleteInDashboard,
        (false, true) => return Some(None),
    };
    Some(Some(KeyStatus { decision, external_id, permissions: permissions(data) }))
}

/// Absent before 2026-07-06; groups that cannot be read are left out rather than failing the key.
fn permissions(data: &Value) -> Option<Vec<PermissionGroup>> {
    let groups = data.get("permissions")?.as_array()?;
    let group = |value: &Value| {
        let empty = Vec::new();
        let urls = value.get("urls").and_then(Value::as_array).unwrap_or(&empty);
        Some(PermissionGroup {
            name: json::text(value, "name")?.to_owned(),
            title: json::text(value, "title").map(|title| printable(title, usize::MAX)).unwrap_or_default(),
            urls: urls
                .iter()
                .filter_map(|url| {
                    Some(PermissionUrl {
                        url: json::text(url, "url")?.to_owned(),
                        enable: url.get("enable")?.as_bool()?,
                    })
                })
                .collect(),
        })
    };
    Some(groups.iter().filter_map(group).collect())
}

/// The venue's words: `data.message[]`, or `errors{field: []}` of the 422, or `data.token[]` of the refresh 400.
pub(super) fn message(root: &Value) -> Option<String> {
    let data = root.get("data");
    if let Some(text) = data.and_then(|data| data.get("message")).or(root.get("message")).and_then(words) {
        return Some(text);
    }
    field_texts(root.get("errors").or(data.filter(|data| data.get("token").is_some_and(Value::is_array)))?)
}

/// `field: text` for each field of an `errors` object.
pub(super) fn field_texts(errors: &Value) -> Option<String> {
    let fields = errors.as_object()?;
    let texts: Vec<String> =
        fields.iter().filter_map(|(name, value)| Some(format!("{name}: {}", words(value)?))).collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}

fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => items.first()?.as_str().map(str::to_owned),
        _ => None,
    }
}
