//! Reading Toy's replies: `{"error": "..."}` under a status that is no success.

use serde_json::Value;

use crate::venue::contract::{ParsedReply, TokenReply};
use crate::venue::refusal::{Refusal, RefusalKind};
use crate::wire::http::HttpResponse;
use crate::wire::json::{self, Reply};

pub(super) fn tokens(response: &HttpResponse) -> ParsedReply {
    read(response, RefusalKind::GrantRejected, |body| {
        Some(ParsedReply::Tokens(TokenReply {
            access_token: json::secret(body, "access_token")?,
            refresh_token: json::secret(body, "refresh_token"),
            expires_in_s: json::seconds(body, "expires_in"),
            refresh_expires_in_s: None,
            scope: Vec::new(),
        }))
    })
}

pub(super) fn key(response: &HttpResponse) -> ParsedReply {
    read(response, RefusalKind::Unauthorized, |body| {
        Some(ParsedReply::ApiKey { api_key: json::secret(body, "key")?, api_secret: json::secret(body, "secret")? })
    })
}

pub(super) fn deleted(response: &HttpResponse) -> ParsedReply {
    read(response, RefusalKind::Unauthorized, |_| Some(ParsedReply::Deleted))
}

fn read(
    response: &HttpResponse,
    refused: RefusalKind,
    success: impl Fn(&Value) -> Option<ParsedReply>,
) -> ParsedReply {
    let reply = Reply::parse(response).ok();
    let root = reply.as_ref().map(Reply::root);
    let kind = match response.status() {
        200..300 => match root.and_then(success) {
            Some(parsed) => return parsed,
            None => RefusalKind::Unreadable,
        },
        429 => RefusalKind::RateLimited,
        500.. => RefusalKind::ServerTrouble,
        400 | 401 => refused,
        404 => RefusalKind::NotFound,
        _ => RefusalKind::Unexplained,
    };
    let code = root.and_then(|root| json::text(root, "error")).map(str::to_owned);
    ParsedReply::Refused(Refusal::new(kind, response).with(code, None))
}
