//! Bybit's V5 REST API: HMAC-SHA256 over time, key, window and the exact query or body (facts/bybit.md, 8 and 9).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::mac::KeyedMac;
use crate::base::secret::Secret;
use crate::base::text::is_uid;
use crate::base::time;
use crate::model::key_proof::{BatchItem, GrantedPermission, KeyProof, SignedReply};
use crate::venue::signing::{
    Fields, KeyLife, KeyState, NOT_AN_OBJECT, SignedRefusal, Signing, SigningKey, ToSign, compact,
};
use crate::wire::http::{HttpMethod, HttpRequest, HttpResponse};
use crate::wire::json::{self, Reply, Unreadable};
use crate::wire::rate_limit::RateLimit;

pub(in crate::venues) const SIGNING: Signing = Signing {
    path_prefix: "/v5/",
    mac: Some(KeyedMac::sha256),
    sign,
    // Section 8.4: any permission suffices.
    probe: (HttpMethod::Get, "/v5/user/query-api"),
    parse_probe,
    parse,
    limit: |_| &REST,
    time_path: "/v5/market/time",
    parse_time,
    // Section 8.4: without IP binding about 3 months; the figure is ours.
    key_life: KeyLife { unused_ms: None, unbound_ms: Some(90 * time::DAY_MS), proof_tells_end: true, key_state },
};

/// Section 9: per IP address, a breach is an address banned for ten minutes. (Limits per user and endpoint come in headers.)
static REST: RateLimit = RateLimit { name: "bybit_rest", requests: 600, window_ms: 5_000 };

fn sign(key: &SigningKey, to_sign: &ToSign<'_>) -> Result<HttpRequest, &'static str> {
    let &ToSign { purpose, method, path, parameters, nonce_ms: timestamp_ms } = to_sign;
    let (query, body) = match method {
        HttpMethod::Get => (query(parameters)?, None),
        HttpMethod::Post => (String::new(), Some(compact(parameters).ok_or(NOT_AN_OBJECT)?.1.into_owned())),
        HttpMethod::Delete => return Err("Bybit's V5 API has GET and POST only"),
    };
    let (timestamp, recv_window) = (timestamp_ms.to_string(), key.recv_window_ms.to_string());
    // Exposed to sign (8.1).
    let signed = [&timestamp, key.api_key.expose(), &recv_window, body.as_deref().unwrap_or(&query)];
    let signature = key.signature(&signed)?;
    let target = if query.is_empty() { Cow::Borrowed(path) } else { Cow::Owned(format!("{path}?{query}")) };
    let mut request = key
        .request(purpose, method, &target, &REST)
        .header("x-bapi-api-key", key.api_key.clone())
        .header("x-bapi-timestamp", Secret::new(timestamp))
        .header("x-bapi-recv-window", Secret::new(recv_window))
        .header("x-bapi-sign", signature);
    if let Some(broker) = &key.broker_id {
        request = request.header("x-referer", Secret::new(broker.as_str()));
    }
    // Section 8.1: a GET has no body, not even an empty one.
    Ok(match body {
        Some(body) => request.json(body),
        None => request,
    })
}

/// Names and values in their own order, each encoded once, signed and sent in the same form (8.1).
fn query(parameters: &str) -> Result<String, &'static str> {
    let Some(Fields(fields)) = Fields::parse(parameters) else { return Err(NOT_AN_OBJECT) };
    let mut out = String::new();
    for (name, value) in fields {
        let value = match serde_json::from_str::<Value>(value.get()) {
            Ok(Value::String(text)) => text,
            // As it was written: a number is not respelt.
            Ok(Value::Number(_) | Value::Bool(_)) => value.get().to_owned(),
            _ => return Err("a query can carry strings, numbers and booleans only"),
        };
        let separator = if out.is_empty() { "" } else { "&" };
        out.push_str(&format!("{separator}{}={}", encoded(&name), encoded(&value)));
    }
    Ok(out)
}

/// RFC 3986, 2.3: everything but the unreserved characters.
fn encoded(text: &str) -> String {
    let unreserved = |b: &u8| b.is_ascii_alphanumeric() || b"-._~".contains(b);
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        match unreserved(&b) {
            true => out.push(char::from(b)),
            false => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
}

pub(super) fn parse(response: &HttpResponse) -> Result<SignedReply, SignedRefusal> {
    let status = response.status();
    let reply = match Reply::parse(response) {
        Ok(reply) => reply,
        Err(Unreadable::TooLarge) => return Err(SignedRefusal::new(ErrorCode::ReplyTooLarge)),
        Err(Unreadable::NotJson) => return Err(without_code(status)),
    };
    let root = reply.root();
    // Section 7: V5 writes camelCase.
    let text = json::text(root, "retMsg").map(str::to_owned);
    let Some(code) = root.get("retCode").and_then(json::scalar_text) else {
        return Err(SignedRefusal { text, ..without_code(status) });
    };
    // No sheet has a success under another status; it would be no proof that anything was done.
    if code != "0" || !(200..300).contains(&status) {
        let refused = if code == "0" { without_code(status) } else { by_code(&code, status) };
        let retry_after_ms = limit_ms(root, response).filter(|_| code == "10006").or(refused.retry_after_ms);
        return Err(SignedRefusal { venue_code: Some(code), text, retry_after_ms, ..refused });
    }
    let text = core::str::from_utf8(json::without_bom(response.body())).ok();
    let Some(Envelope { result }) = text.and_then(|text| serde_json::from_str(text).ok()) else {
        return Err(SignedRefusal::new(ErrorCode::MalformedReply));
    };
    // The payload's own spelling: figures to the digit. Section 12: left out or null in the success of several calls.
    let payload = result.map_or("{}", RawValue::get).to_owned();
    Ok(SignedReply { payload, items: items(root) })
}

/// Section 9: until the limit ends, by the venue's own clock, which the reply tells too; a second at least.
fn limit_ms(root: &Value, response: &HttpResponse) -> Option<u64> {
    let ends_ms: u64 = response.header("x-bapi-limit-reset-timestamp")?.parse().ok()?;
    let now_ms = root.get("time").and_then(Value::as_u64)?;
    Some(ends_ms.saturating_sub(now_ms).max(1_000)).filter(|ms| *ms <= LONGEST_LIMIT_MS)
}

/// Section 13: limits are of a second or of a minute. What says more is no time of a limit.
const LONGEST_LIMIT_MS: u64 = 60_000;

/// Section 12: what became of each order of a batch, whose `retCode` is 0 whatever they are.
fn items(root: &Value) -> Vec<BatchItem> {
    let list = root.get("retExtInfo").and_then(|info| info.get("list")).and_then(Value::as_array);
    let item = |value: &Value| BatchItem::new(value.get("code").and_then(json::scalar_text), json::text(value, "msg"));
    list.map_or_else(Vec::new, |list| list.iter().map(item).collect())
}

/// Section 9, the HTTP statuses.
fn without_code(status: u16) -> SignedRefusal {
    let refused = |code, hint| SignedRefusal { hint, ..SignedRefusal::new(code) };
    match status {
        400 | 404 => refused(ErrorCode::RequestRejected, ""),
        // Section 12: a proxy's, or of headers that got lost. Only a code of Bybit's condemns a key.
        401 => {
            refused(ErrorCode::VenueUnavailable, "the reply is not Bybit's own: look for a proxy that changes requests")
        }
        // Too many requests from one IP (lifted after 10 min at the earliest), or a country that is not served.
        403 => SignedRefusal {
            retry_after_ms: Some(600_000),
            ..refused(ErrorCode::RateLimited, "Bybit has banned the caller's IP address, or does not serve its country")
        },
        429 => SignedRefusal { retry_after_ms: Some(1_000), ..SignedRefusal::new(ErrorCode::RateLimited) },
        500.. => refused(ErrorCode::VenueUnavailable, ""),
        _ => SignedRefusal::new(ErrorCode::MalformedReply),
    }
}

/// Section 9: this surface's own meanings (B14).
fn by_code(code: &str, status: u16) -> SignedRefusal {
    let refused = |code, hint| SignedRefusal { hint, ..SignedRefusal::new(code) };
    match code {
        "10001" | "10014" | "10017" => refused(ErrorCode::RequestRejected, ""),
        "10002" | "-1" => {
            refused(ErrorCode::ClockRejected, "Bybit accepts a time at most one second ahead of its own clock")
        }
        // Section 12: users of Bybit's regional sites have another REST base.
        "10003" => refused(
            ErrorCode::KeyRejected,
            "or the key belongs to another environment or a regional site; for a site, set api_base to its REST base",
        ),
        "10007" | "33004" | "-2015" => refused(ErrorCode::KeyRejected, ""),
        "10004" => refused(
            ErrorCode::SignatureRejected,
            "check that key and secret belong together, and that nothing in transit changes the URL or the body",
        ),
        "10005" => refused(ErrorCode::PermissionDenied, ""),
        "10006" => SignedRefusal { retry_after_ms: Some(1_000), ..SignedRefusal::new(ErrorCode::RateLimited) },
        "10010" => refused(ErrorCode::IpNotAllowed, "call from the addresses registered in Bybit's OAuth admin portal"),
        "10000" | "10016" => refused(ErrorCode::VenueUnavailable, ""),
        _ => match status {
            429 => SignedRefusal { retry_after_ms: Some(1_000), ..SignedRefusal::new(ErrorCode::RateLimited) },
            500.. => refused(ErrorCode::VenueUnavailable, ""),
            // Sections 9 and 12: what the account or the order does not allow (10009, 10024, 10028, 110007, 170131, 170213).
            // The sheet lists few of Bybit's codes; any other is read alike, since an order must not be repeated blindly: some
            // may mean a timeout, after which it exists.
            _ => refused(
                ErrorCode::RequestRejected,
                "venue_code and venue_text say why; find out what happened to the request before you send it again",
            ),
        },
    }
}

/// Section 9.
fn key_state(error: &VenuekeyError, _: bool) -> KeyState {
    match (error.code(), error.venue_code()) {
        (ErrorCode::KeyRejected, Some("33004" | "-2015")) => KeyState::Expired,
        (ErrorCode::KeyRejected, _) => KeyState::Gone,
        // A key that is not there reads as 10003, so this is about the secret.
        _ => KeyState::Unknown,
    }
}

/// Section 8.4. The reply names the key that asked, and that must be ours.
fn parse_probe(key: &SigningKey, response: &HttpResponse) -> Result<KeyProof, SignedRefusal> {
    let payload = parse(response)?.payload;
    let malformed = || SignedRefusal::new(ErrorCode::MalformedReply);
    let result: Value = serde_json::from_str(&payload).map_err(|_| malformed())?;
    if json::text(&result, "apiKey").is_some_and(|named| !key.api_key.ct_eq(named)) {
        return Err(malformed());
    }
    let permissions = result.get("permissions").and_then(Value::as_object);
    let texts = |value: Option<&Value>| {
        let items = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        items.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<String>>()
    };
    // Means something only without IP binding or after a password change: the sample shows -2 and 1970 (8.4).
    let has_end = result.get("deadlineDay").and_then(Value::as_i64).is_none_or(|days| days >= 0);
    let expires_at = json::text(&result, "expiredAt").filter(|at| has_end && !at.starts_with("1970"));
    Ok(KeyProof {
        permissions: permissions.map(|groups| {
            groups
                .iter()
                .map(|(name, granted)| GrantedPermission { name: name.clone(), granted: texts(Some(granted)) })
                .collect()
        }),
        uid: result.get("userID").and_then(json::scalar_text).filter(|uid| is_uid(uid)),
        ips: texts(result.get("ips")),
        is_read_only: result.get("readOnly").and_then(Value::as_u64).map(|flag| flag == 1),
        // `type` 2 is "connected to a third-party app", which keys by consent should be.
        is_third_party: result.get("type").and_then(Value::as_u64).map(|kind| kind == 2),
        expires_at: expires_at.map(str::to_owned),
        expires_at_ms: expires_at.and_then(parse_rfc3339),
        ..KeyProof::permitted(true)
    })
}

/// Section 8.2: `time` in milliseconds beside the texts of `result`.
fn parse_time(response: &HttpResponse) -> Option<(u64, u64)> {
    let reply = Reply::parse(response).ok()?;
    let root = reply.root();
    let nano = root.get("result").and_then(|result| json::text(result, "timeNano"));
    let from_nano = nano.and_then(|text| text.parse::<u64>().ok()).map(|nano| nano / 1_000_000);
    from_nano.or_else(|| root.get("time").and_then(Value::as_u64)).map(|ms| (ms, 1))
}

/// A time as Bybit writes it, `2026-01-01T00:00:00Z`.
fn parse_rfc3339(text: &str) -> Option<u64> {
    let ms = chrono::DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis();
    u64::try_from(ms).ok().filter(|ms| *ms <= time::MAX_MS)
}
