//! Reading Bybit's replies: the body decides, not the HTTP status (facts/bybit.md, 7).

use serde_json::Value;

use super::subaccounts;
use crate::venue::contract::{ParsedReply, TokenReply};
use crate::venue::refusal::{Refusal, RefusalKind};
use crate::venues::bybit::fields::{key_pair, uid};
use crate::wire::http::HttpResponse;
use crate::wire::json::{self, Reply, Unreadable};

/// What was asked, as far as it decides what a reply means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endpoint {
    Code,
    Refresh,
    Uid,
    ApiKey,
    /// The accounts of AI agents (section 6.3), which have errors of their own.
    Accounts,
}

impl Endpoint {
    /// Whether the request carried the access token.
    fn is_authorized(self) -> bool {
        !matches!(self, Self::Code | Self::Refresh)
    }

    fn makes_keys(self) -> bool {
        matches!(self, Self::ApiKey | Self::Accounts)
    }
}

pub(super) fn parse(endpoint: Endpoint, response: &HttpResponse) -> ParsedReply {
    let reply = match Reply::parse(response) {
        Ok(reply) => reply,
        Err(Unreadable::TooLarge) => return ParsedReply::Refused(Refusal::new(RefusalKind::TooLarge, response)),
        Err(Unreadable::NotJson) => {
            return ParsedReply::Refused(Refusal::new(without_json(endpoint, response), response));
        }
    };
    let root = reply.root();
    let code = root.get("retCode").or(root.get("ret_code")).and_then(json::scalar_text);
    let text = json::text(root, "retMsg").or(json::text(root, "ret_msg")).map(str::to_owned);
    let refuse = |kind| ParsedReply::Refused(Refusal::new(kind, response).with(code.clone(), text.clone()));
    match code.as_deref() {
        Some("0") | None => {}
        Some(number) => return refuse(by_code(endpoint, number, text.as_deref(), response.status())),
    }
    let payload = root.get("result").filter(|result| result.is_object() || result.is_array()).unwrap_or(root);
    let parsed = match endpoint {
        Endpoint::Code | Endpoint::Refresh => tokens(payload).or_else(|| tokens(root)).map(ParsedReply::Tokens),
        // Without a code, a reply that has no UID is no success (section 7).
        Endpoint::Uid => match uid(root) {
            None if code.is_none() => None,
            uid => Some(ParsedReply::Uid(uid)),
        },
        Endpoint::ApiKey => key_pair(payload).map(|(api_key, api_secret)| ParsedReply::ApiKey { api_key, api_secret }),
        Endpoint::Accounts => subaccounts::read(payload, code.is_some()).map(ParsedReply::Subaccounts),
    };
    parsed.unwrap_or_else(|| {
        refuse(match (code.is_some(), response.status()) {
            // Section 5: the venue's refusal has a code. A gateway answers in JSON too, and must end no connection.
            (false, 400) if endpoint == Endpoint::Refresh && !json::is_invalid_grant(root) => RefusalKind::Blocked,
            (false, 300..) => by_status(endpoint, response.status()),
            _ => RefusalKind::Unreadable,
        })
    })
}

/// Section 7: not JSON is a transport error; HTML 403 comes from the firewall (section 9), any other page from something else
/// in front.
fn without_json(endpoint: Endpoint, response: &HttpResponse) -> RefusalKind {
    match response.status() {
        403 => RefusalKind::Blocked,
        429 => RefusalKind::RateLimited,
        500.. => RefusalKind::ServerTrouble,
        // Where the request may have made a key, that stays in doubt.
        400.. if !endpoint.makes_keys() && !json::is_empty(response) => RefusalKind::Blocked,
        _ => RefusalKind::Unreadable,
    }
}

/// HTTP statuses of OAuth errors are undocumented; used only where the body has no code.
fn by_status(endpoint: Endpoint, status: u16) -> RefusalKind {
    match status {
        429 => RefusalKind::RateLimited,
        500.. => RefusalKind::ServerTrouble,
        401 if endpoint.is_authorized() => refused_token(endpoint),
        400 | 401 if !endpoint.is_authorized() => RefusalKind::GrantRejected,
        403 => RefusalKind::Blocked,
        400.. => RefusalKind::Unexplained,
        _ => RefusalKind::Unreadable,
    }
}

/// What HTTP 401 says of the token. Section 6.3 names 401 among those that end it, and leaves open whether it means the
/// code or the status: a refresh would send a creation a second time.
fn refused_token(endpoint: Endpoint) -> RefusalKind {
    if endpoint == Endpoint::Accounts { RefusalKind::TokenInvalid } else { RefusalKind::Unauthorized }
}

/// B14: one number means different things on different surfaces, so the table is per surface.
fn by_code(endpoint: Endpoint, code: &str, text: Option<&str>, status: u16) -> RefusalKind {
    match (endpoint, code) {
        // Section 4.
        (Endpoint::Code, "10001") => RefusalKind::GrantRejected,
        (Endpoint::Code | Endpoint::Refresh, "10003") => RefusalKind::ClientRejected,
        (Endpoint::Code, _) if text.is_some_and(|text| text.contains("code_verify_err")) => RefusalKind::GrantRejected,
        // Section 5.
        (Endpoint::Refresh, "10001" | "10004") => RefusalKind::GrantRejected,
        // Section 6.3 lists these for its own endpoint; the same token is checked here.
        (Endpoint::Uid | Endpoint::ApiKey, "10001" | "401" | "33004") => RefusalKind::Unauthorized,
        // Section 6.3: 20039 ends it; only an expired token is worth a refresh.
        (_, "20039") if endpoint == Endpoint::Accounts => RefusalKind::SecondFactorMissing,
        (_, "33004") if endpoint == Endpoint::Accounts => RefusalKind::Unauthorized,
        (_, "401" | "10001") if endpoint == Endpoint::Accounts => RefusalKind::TokenInvalid,
        // Section 12: Bybit Europe creates no keys; identity verification is missing. Asking again does not help.
        (_, "81007" | "20096") if endpoint.is_authorized() => RefusalKind::NotEligible,
        // Section 12, a third party's report: the text tells it from other uses of the number.
        (_, "50000")
            if endpoint.is_authorized()
                && text.is_some_and(|text| text.to_ascii_lowercase().contains("token verify fail")) =>
        {
            refused_token(endpoint)
        }
        // A code no sheet explains: what HTTP says of it is all there is.
        _ => match status {
            401 if endpoint.is_authorized() => refused_token(endpoint),
            429 => RefusalKind::RateLimited,
            500.. => RefusalKind::ServerTrouble,
            _ => RefusalKind::Unexplained,
        },
    }
}

fn tokens(value: &Value) -> Option<TokenReply> {
    Some(TokenReply {
        access_token: json::secret(value, "access_token")?,
        refresh_token: json::secret(value, "refresh_token"),
        expires_in_s: json::seconds(value, "expires_in"),
        refresh_expires_in_s: json::seconds(value, "refresh_token_expires_in"),
        scope: Vec::new(),
    })
}
