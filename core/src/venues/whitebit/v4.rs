//! WhiteBIT's V4 private REST API: HMAC-SHA512 over the base64 of a compact JSON body (facts/whitebit.md, 10 and 11).

use core::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::limits;
use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::mac::KeyedMac;
use crate::base::secret::Secret;
use crate::base::time;
use crate::model::key_proof::{KeyProof, SignedReply};
use crate::model::policy::NonAscii;
use crate::venue::signing::{KeyLife, KeyState, NOT_AN_OBJECT, SignedRefusal, Signing, SigningKey, ToSign, compact};
use crate::venues::whitebit::parse::field_texts;
use crate::wire::http::{HttpMethod, HttpRequest, HttpResponse};
use crate::wire::json::{self, Reply, Unreadable};

pub(in crate::venues) const SIGNING: Signing = Signing {
    path_prefix: "/api/v4/",
    // Section 10.1: the secret is a text, never decoded.
    mac: Some(KeyedMac::sha512),
    sign,
    // Section 10.4: read-only.
    probe: (HttpMethod::Post, "/api/v4/trade-account/balance"),
    parse_probe,
    parse,
    limit: limits::of,
    time_path: "/api/v4/public/time",
    parse_time,
    // Section 8: 14 days without API activity.
    key_life: KeyLife { unused_ms: Some(14 * time::DAY_MS), unbound_ms: None, proof_tells_end: false, key_state },
};

/// The names that signing itself writes.
const RESERVED: [&str; 3] = ["request", "nonce", "nonceWindow"];

fn sign(key: &SigningKey, to_sign: &ToSign<'_>) -> Result<HttpRequest, &'static str> {
    let &ToSign { purpose, method, path, parameters, nonce_ms: nonce } = to_sign;
    if method != HttpMethod::Post {
        return Err("every private endpoint of WhiteBIT is a POST");
    }
    let Some((names, compacted)) = compact(parameters) else { return Err(NOT_AN_OBJECT) };
    if names.iter().any(|name| RESERVED.contains(&&**name)) {
        return Err("leave out request, nonce and nonceWindow: the signer adds them");
    }
    if !is_canonical(&compacted) {
        return Err(
            "WhiteBIT compares the body with its own encoding: write characters themselves instead of \\u and \\/ escapes, and decimals as strings",
        );
    }
    let compacted = match key.non_ascii {
        NonAscii::Refuse if !compacted.is_ascii() => {
            return Err("a name or a value is not ASCII: set non_ascii to utf8 or escape");
        }
        NonAscii::Refuse | NonAscii::Utf8 => compacted,
        NonAscii::Escape if compacted.is_ascii() => compacted,
        NonAscii::Escape => escaped(&compacted).into(),
    };
    let window = if key.nonce_window { ",\"nonceWindow\":true" } else { "" };
    // The object's inside behind ours: order is free as long as body and payload agree (10.1).
    let inside = compacted.strip_prefix('{').unwrap_or_default();
    let comma = if names.is_empty() { "" } else { "," };
    // Room first: what grows is copied, and each copy is memory that nobody wipes.
    let mut body = String::with_capacity(path.len() + compacted.len() + 80);
    let _ = write!(body, "{{\"request\":\"{path}\",\"nonce\":{nonce}{window}{comma}");
    body.push_str(inside);
    let payload = STANDARD.encode(&body);
    let signature = key.signature(&[&payload])?;
    let request = key.request(purpose, method, path, limits::of(path));
    Ok(request
        .header("x-txc-apikey", key.api_key.clone())
        .header("x-txc-payload", Secret::new(payload))
        .header("x-txc-signature", signature)
        .json(body))
}

/// What is not ASCII stands inside of JSON's texts only, so each of its UTF-16 units may be an escape.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c.is_ascii() {
            true => out.push(c),
            false => out.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}"))),
        }
    }
    out
}

/// Whether the venue's own compact spelling is surely the same, but for what is not ASCII: float forms are not documented
/// (10.1).
fn is_canonical(text: &str) -> bool {
    let (mut in_string, mut escaped, mut in_number) = (false, false, false);
    // What is not ASCII stands inside of texts only, where any of its bytes fits.
    text.bytes().all(|byte| {
        let fits = match (in_string, escaped) {
            (true, true) => !matches!(byte, b'u' | b'/'),
            (true, false) => true,
            // Inside a number only: `true` and `false` have an `e` too.
            (false, _) => !(in_number && matches!(byte, b'.' | b'e' | b'E')),
        };
        let ends_string = byte == b'"' && !escaped;
        in_number = !in_string && (byte.is_ascii_digit() || byte == b'-');
        escaped = in_string && byte == b'\\' && !escaped;
        in_string ^= ends_string;
        fits
    })
}

fn parse(response: &HttpResponse) -> Result<SignedReply, SignedRefusal> {
    let status = response.status();
    let reply = match Reply::parse(response) {
        Ok(reply) => reply,
        Err(Unreadable::TooLarge) => return Err(SignedRefusal::new(ErrorCode::ReplyTooLarge)),
        Err(Unreadable::NotJson) => return Err(without_json(status)),
    };
    let root = reply.root();
    // Section 15: a success may have `code` and `message` (a voucher's); only `errors` makes one of 2xx an error.
    let is_error = match root.get("errors") {
        Some(Value::Object(fields)) => !fields.is_empty(),
        Some(Value::Array(texts)) => !texts.is_empty(),
        _ => root.get("success") == Some(&Value::Bool(false)),
    };
    if (200..300).contains(&status) && !is_error {
        // Parsed above, so it is UTF-8; the caller gets the venue's own figures, to the digit.
        let payload = String::from_utf8_lossy(json::without_bom(response.body())).into_owned();
        return Ok(SignedReply { payload, items: Vec::new() });
    }
    Err(refused(root, status))
}

/// What a reply says that is no success of a read's: one of 2xx with a `code` and a `message` is none there.
pub(super) fn refusal(response: &HttpResponse) -> SignedRefusal {
    match (parse(response), Reply::parse(response)) {
        (Err(refused), _) => refused,
        (Ok(_), Ok(reply)) => refused(reply.root(), response.status()),
        (Ok(_), Err(_)) => SignedRefusal::new(ErrorCode::MalformedReply),
    }
}

fn refused(root: &Value, status: u16) -> SignedRefusal {
    let text = json::text(root, "message").map(str::to_owned);
    let venue_code = root.get("code").and_then(json::scalar_text);
    let refused = by_words(text.as_deref().unwrap_or_default(), status)
        .unwrap_or_else(|| by_status(status, venue_code.is_some()));
    // Section 15: beside "Validation failed" the useful words are those of the fields.
    let says_little = text.as_deref().is_none_or(|text| text.to_ascii_lowercase().contains("validation"));
    let fields = root.get("errors").and_then(field_texts).filter(|_| says_little);
    SignedRefusal { venue_code, text: fields.or(text), ..refused }
}

fn without_json(status: u16) -> SignedRefusal {
    match status {
        429 => by_status(status, false),
        403 | 500.. => SignedRefusal::new(ErrorCode::VenueUnavailable),
        _ => SignedRefusal::new(ErrorCode::MalformedReply),
    }
}

/// Sections 10.2 and 11. Statuses are mostly unpublished, so the words come first, matched loosely.
fn by_words(text: &str, status: u16) -> Option<SignedRefusal> {
    let says = |words: &str| text.trim_end_matches('.').eq_ignore_ascii_case(words);
    let starts = |words: &str| starts_with(text, words);
    let refused = |code, hint| Some(SignedRefusal { hint, ..SignedRefusal::new(code) });
    if says("Too many requests") {
        // Sections 10.2 and 15: the misleading text of a nonce that is not greater than the last. D16: under 429 it may be a
        // limit after all, so it is waited out like one, and signed anew.
        return Some(SignedRefusal {
            hint: "let one worker sign at a time, or set nonce_window for all of them",
            retry_after_ms: (status == 429).then_some(LIMITED_MS),
            ..SignedRefusal::new(ErrorCode::NonceRejected)
        });
    }
    if ["Payload not provided", "Nonce not provided", "Request not provided", "Invalid payload"].into_iter().any(says) {
        // Section 11: of the request's form, whatever its status; it says nothing of the key.
        return refused(ErrorCode::RequestRejected, "something in transit has changed the request's headers or body");
    }
    if starts("Your nonce is more than 5 seconds") {
        return refused(ErrorCode::ClockRejected, "");
    }
    if starts("You don't have permission") {
        return refused(
            ErrorCode::PermissionDenied,
            "the user must connect again and grant it; a key's permissions never change",
        );
    }
    if starts(NOT_ENABLED) {
        let hint =
            "the key is disabled, or restricted to other IP addresses; the user must delete it and connect again";
        return refused(ErrorCode::KeyRejected, hint);
    }
    if says("Unauthorized request") {
        // Section 8: which words the requests of a deleted key fail with is not documented.
        let hint = "if the key has worked before, it is most likely gone: connect again; otherwise check that key and secret belong together, and that nothing in transit changes the URL or the body";
        return refused(ErrorCode::SignatureRejected, hint);
    }
    None
}

fn by_status(status: u16, has_code: bool) -> SignedRefusal {
    let refused = |code, hint| SignedRefusal { hint, ..SignedRefusal::new(code) };
    match status {
        // Section 12: a real limit (`Too Many Attempts.`), rejected and not queued.
        429 => SignedRefusal { retry_after_ms: Some(LIMITED_MS), ..SignedRefusal::new(ErrorCode::RateLimited) },
        // Section 11: the venue's own refusals have a code. Without one it is a proxy's, and says nothing of the key.
        401 | 403 if !has_code => refused(
            ErrorCode::VenueUnavailable,
            "the reply is not WhiteBIT's own: look for a proxy that changes requests",
        ),
        401 => refused(ErrorCode::KeyRejected, ""),
        403 => refused(ErrorCode::PermissionDenied, ""),
        500.. => refused(
            ErrorCode::VenueUnavailable,
            "sign again; if the request changes something, it may already have done so",
        ),
        // 4xx, and a success with an error inside.
        _ => refused(ErrorCode::RequestRejected, "venue_text names the field"),
    }
}

/// Section 12: backoff starts at 1 s.
const LIMITED_MS: u64 = 1_000;

/// Section 11: of a key that is disabled, or bound to other addresses.
const NOT_ENABLED: &str = "This action is unauthorized";

fn starts_with(text: &str, words: &str) -> bool {
    text.get(..words.len()).is_some_and(|start| start.eq_ignore_ascii_case(words))
}

/// Section 8: after a revocation signed requests fail; which words they fail with is not documented.
fn key_state(error: &VenuekeyError, has_worked: bool) -> KeyState {
    match error.code() {
        ErrorCode::KeyRejected if error.venue_text().is_some_and(|text| starts_with(text, NOT_ENABLED)) => {
            KeyState::Disabled
        }
        ErrorCode::KeyRejected => KeyState::Gone,
        // Of a key that has never worked it may as well be the wrong secret.
        ErrorCode::SignatureRejected if has_worked => KeyState::Gone,
        _ => KeyState::Unknown,
    }
}

/// Section 10.4: no permission still proves key and signature, because the user may have granted nothing.
fn parse_probe(_: &SigningKey, response: &HttpResponse) -> Result<KeyProof, SignedRefusal> {
    match parse(response) {
        Ok(_) => Ok(KeyProof::permitted(true)),
        Err(refused) if refused.code == ErrorCode::PermissionDenied => Ok(KeyProof::permitted(false)),
        Err(refused) => Err(refused),
    }
}

/// Section 10.2: whole seconds.
fn parse_time(response: &HttpResponse) -> Option<(u64, u64)> {
    let reply = Reply::parse(response).ok()?;
    let seconds = reply.root().get("time").and_then(Value::as_u64)?;
    Some((seconds.checked_mul(1_000)?, 1_000))
}
