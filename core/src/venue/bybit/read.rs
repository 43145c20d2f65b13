//! Reading Bybit's replies: the body decides, not the HTTP status (facts/bybit.md, 7).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use zeroize::Zeroizing;

use super::subaccounts;
use crate::http::HttpResponse;
use crate::secret::Secret;
use crate::venue::{Call, Class, Reading, Refusal, TokenReply};
use crate::wire::{self, Reply, Unreadable};

pub(super) fn read(call: Call, response: &HttpResponse) -> Reading {
    let reply = match Reply::parse(response) {
        Ok(reply) => reply,
        Err(Unreadable::TooLarge) => return Reading::Refused(Refusal::new(Class::TooLarge, response)),
        Err(Unreadable::NotJson) => return Reading::Refused(Refusal::new(without_json(response.status()), response)),
    };
    let root = reply.root();
    let code = root.get("retCode").or(root.get("ret_code")).and_then(wire::scalar_text);
    let text = wire::text(root, "retMsg").or(wire::text(root, "ret_msg")).map(str::to_owned);
    let refuse = |class| Reading::Refused(Refusal::new(class, response).with(code.clone(), text.clone()));
    match code.as_deref() {
        Some("0") | None => {}
        Some(number) => return refuse(by_code(call, number, text.as_deref(), response.status())),
    }
    let payload = root.get("result").filter(|result| result.is_object() || result.is_array()).unwrap_or(root);
    let reading = match call {
        Call::ExchangeCode | Call::RefreshTokens => tokens(payload).or_else(|| tokens(root)).map(Reading::Tokens),
        // Without a code, a reply that has no UID is no success (section 7).
        Call::ReadUid => match uid(root) {
            None if code.is_none() => None,
            uid => Some(Reading::Uid(uid)),
        },
        Call::FetchApiKey => key_pair(payload).map(|(api_key, api_secret)| Reading::ApiKey { api_key, api_secret }),
        Call::ListSubaccounts | Call::FetchSubaccountKey | Call::CreateSubaccount => {
            subaccounts::read(payload, code.is_some()).map(Reading::Subaccounts)
        }
        Call::CheckKey | Call::FetchSecret | Call::DeleteKey => None,
    };
    reading.unwrap_or_else(|| {
        refuse(match (code.is_some(), response.status()) {
            (false, 300..) => by_status(call, response.status()),
            _ => Class::Unreadable,
        })
    })
}

/// Section 7: not JSON is a transport error; HTML 403 comes from the firewall (section 9).
fn without_json(status: u16) -> Class {
    match status {
        403 => Class::Blocked,
        429 => Class::RateLimited,
        500.. => Class::ServerTrouble,
        _ => Class::Unreadable,
    }
}

/// HTTP statuses of OAuth errors are undocumented; used only where the body has no code.
fn by_status(call: Call, status: u16) -> Class {
    match status {
        429 => Class::RateLimited,
        500.. => Class::ServerTrouble,
        401 if call.is_authorized() => refused_token(call),
        400 | 401 if !call.is_authorized() => Class::GrantRejected,
        403 => Class::Blocked,
        400.. => Class::Unexplained,
        _ => Class::Unreadable,
    }
}

/// What HTTP 401 says of the token. Section 6.3 names 401 among those that end it, and leaves open whether it means the
/// code or the status: a refresh would send a creation a second time.
fn refused_token(call: Call) -> Class {
    if call.is_for_subaccounts() { Class::TokenInvalid } else { Class::Unauthorized }
}

/// B14: one number means different things on different surfaces, so the table is per surface.
fn by_code(call: Call, code: &str, text: Option<&str>, status: u16) -> Class {
    match (call, code) {
        // Section 4.
        (Call::ExchangeCode, "10001") => Class::GrantRejected,
        (Call::ExchangeCode | Call::RefreshTokens, "10003") => Class::ClientRejected,
        (Call::ExchangeCode, _) if text.is_some_and(|text| text.contains("code_verify_err")) => Class::GrantRejected,
        // Section 5.
        (Call::RefreshTokens, "10001" | "10004") => Class::GrantRejected,
        // Section 6.3 lists these for its own endpoint; the same token is checked here.
        (Call::ReadUid | Call::FetchApiKey, "10001" | "401" | "33004") => Class::Unauthorized,
        // Section 6.3: 20039 ends it; only an expired token is worth a refresh.
        (_, "20039") if call.is_for_subaccounts() => Class::SecondFactorMissing,
        (_, "33004") if call.is_for_subaccounts() => Class::Unauthorized,
        (_, "401" | "10001") if call.is_for_subaccounts() => Class::TokenInvalid,
        // Section 12: Bybit Europe creates no keys; identity verification is missing. Asking again does not help.
        (_, "81007" | "20096") if call.is_authorized() => Class::NotEligible,
        // Section 12, a third party's report: the text tells it from other uses of the number.
        (_, "50000")
            if call.is_authorized()
                && text.is_some_and(|text| text.to_ascii_lowercase().contains("token verify fail")) =>
        {
            refused_token(call)
        }
        // A code no sheet explains: what HTTP says of it is all there is.
        _ => match status {
            401 if call.is_authorized() => refused_token(call),
            429 => Class::RateLimited,
            500.. => Class::ServerTrouble,
            _ => Class::Unexplained,
        },
    }
}

fn tokens(value: &Value) -> Option<TokenReply> {
    Some(TokenReply {
        access_token: wire::secret(value, "access_token")?,
        refresh_token: wire::secret(value, "refresh_token"),
        expires_in_s: wire::seconds(value, "expires_in"),
        refresh_expires_in_s: wire::seconds(value, "refresh_token_expires_in"),
        scope: Vec::new(),
    })
}

/// Section 6.1, in its order: `result.uid`, `uid`, `result` itself; number or text.
fn uid(root: &Value) -> Option<String> {
    let result = root.get("result");
    let places = [result.and_then(|result| result.get("uid")), root.get("uid"), result];
    places.into_iter().flatten().find_map(wire::scalar_text).filter(|uid| is_uid(uid))
}

/// Section 6.2 and 6.3.
pub(super) fn key_pair(value: &Value) -> Option<(Secret, Secret)> {
    let (api_key, api_secret) = (wire::secret(value, "api_key")?, wire::secret(value, "api_secret")?);
    api_key.is_header_safe(256).then_some((api_key, api_secret))
}

/// `GrantMemberID` of the JWT (section 4): unverifiable, so a hint and never an authorization decision.
pub(super) fn claimed_uid(token: &Secret) -> Option<String> {
    // Exposed to read the middle part.
    let claims = token.expose().split('.').nth(1)?;
    let claims = Zeroizing::new(URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?);
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    claims.get("GrantMemberID").and_then(wire::scalar_text).filter(|uid| is_uid(uid))
}

/// A UID goes onto pages and into stores: short, plain text.
pub(crate) fn is_uid(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
