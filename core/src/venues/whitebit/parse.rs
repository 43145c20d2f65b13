//! Reading WhiteBIT's replies. Everything sits under `data`, but for the token endpoint's 422.

use serde_json::Value;

use crate::base::text::{is_uuid, printable};
use crate::model::api_key::{ExternalId, KeyDecision, KeyStatus, PermissionGroup, PermissionUrl};
use crate::venue::contract::{ParsedReply, StageKind, TokenReply};
use crate::venue::refusal::{Refusal, RefusalKind};
use crate::wire::http::HttpResponse;
use crate::wire::json::{self, Reply, Unreadable};

/// Sections 2 and 15: the notice covers the classic grant, its refresh and its six reads. Whether they still answer is not
/// known.
pub(super) const WITHDRAWN: &str = "the endpoint does not exist: check the base URL; WhiteBIT announced that its classic grant, the refresh and the account reads end on 2026-11-01";

pub(super) fn parse(stage: StageKind, response: &HttpResponse) -> ParsedReply {
    let reply = match Reply::parse(response) {
        Ok(reply) => reply,
        Err(Unreadable::TooLarge) => return ParsedReply::Refused(Refusal::new(RefusalKind::TooLarge, response)),
        Err(Unreadable::NotJson) => {
            return ParsedReply::Refused(Refusal::new(unreadable(stage, response), response));
        }
    };
    let root = reply.root();
    if !(200..300).contains(&response.status()) {
        let kind = match by_status(stage, response.status()) {
            RefusalKind::GrantRejected
                if response.status() == 400 && stage == StageKind::Refresh && !is_verdict(root) =>
            {
                RefusalKind::Blocked
            }
            kind => kind,
        };
        let refusal = Refusal::new(kind, response);
        return ParsedReply::Refused(refusal.with(None, message(root)));
    }
    let data = root.get("data");
    let parsed = match stage {
        StageKind::Exchange | StageKind::Refresh => data.and_then(tokens).map(ParsedReply::Tokens),
        StageKind::Check => data.and_then(key).map(|key| match key {
            Some(status) => ParsedReply::Key(status),
            // Section 7.1: enabled but absent is not defined.
            None => ParsedReply::Refused(Refusal::new(RefusalKind::Contradiction, response)),
        }),
        StageKind::Fetch => data.and_then(|data| json::secret(data, "apiSecret")).map(ParsedReply::Secret),
        // Section 7.3 documents `{"data": []}`. An error text under 200 is no success.
        StageKind::Delete => (message(root).is_none()).then_some(ParsedReply::Deleted),
        StageKind::Identify | StageKind::Create | StageKind::Choose => None,
    };
    // 2xx without the payload: an error inside, or something new. Never a success (section 4).
    parsed.unwrap_or_else(|| {
        ParsedReply::Refused(Refusal::new(RefusalKind::Unreadable, response).with(None, message(root)))
    })
}

/// Sections 4 to 7 document JSON for every refusal, so a page is of something in front of the venue, and its status no
/// verdict of the venue's.
fn unreadable(stage: StageKind, response: &HttpResponse) -> RefusalKind {
    match response.status() {
        429 => RefusalKind::RateLimited,
        500.. => RefusalKind::ServerTrouble,
        // No sheet has an empty body, and none rules it out; these statuses have one meaning each (4, 7.4, 15).
        status @ (401 | 404 | 409 | 410 | 423) if json::is_empty(response) => by_status(stage, status),
        400.. => RefusalKind::Blocked,
        _ => RefusalKind::Unreadable,
    }
}

/// Whether it is the venue that refuses the refresh token: sections 4 and 5 have their words under `data` or `errors`. A gateway
/// says "Bad Request" in JSON too, and must end no connection.
fn is_verdict(root: &Value) -> bool {
    root.get("data").is_some() || root.get("errors").is_some() || json::is_invalid_grant(root)
}

/// Sections 4, 5 and 7.4, per endpoint.
fn by_status(stage: StageKind, status: u16) -> RefusalKind {
    match (stage, status) {
        (_, 429) => RefusalKind::RateLimited,
        (_, 500..) => RefusalKind::ServerTrouble,
        // "Bad client, secret or code" in one: 401. A 400 or 403 here is undocumented, and read alike.
        (StageKind::Exchange, 400 | 401 | 403) => RefusalKind::GrantRejected,
        (StageKind::Exchange, 422) => RefusalKind::ClientRejected,
        // Section 5 lists 400; "expect the section 4 shapes" for the rest.
        (StageKind::Refresh, 400 | 401 | 403 | 422) => RefusalKind::GrantRejected,
        (StageKind::Exchange | StageKind::Refresh, 404 | 410) => RefusalKind::Withdrawn,
        // D4: 401 and 403 are one authorization problem. Delete reads 403 with 404: see the flow.
        (StageKind::Delete, 403 | 404) => RefusalKind::NotFound,
        (_, 401 | 403) => RefusalKind::Unauthorized,
        (_, 404) => RefusalKind::NotFound,
        (StageKind::Fetch, 409) => RefusalKind::AlreadyTaken,
        (StageKind::Fetch, 423) => RefusalKind::Locked,
        (_, 400..) => RefusalKind::Unexplained,
        // 1xx and 3xx: the host must not follow, and nothing documented answers so.
        _ => RefusalKind::Unreadable,
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
    let external_id =
        json::text(data, "externalId").filter(|id| is_uuid(id)).and_then(|id| ExternalId::try_from(id.to_owned()).ok());
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
