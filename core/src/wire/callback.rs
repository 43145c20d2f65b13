//! The callback, as far as RFC 6749 has it and the venues share it.

use std::borrow::Cow;

use url::{Position, Url, form_urlencoded};

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::secret::Secret;
use crate::base::text::printable;
use crate::model::operation::ResponseType;
use crate::model::tokens::MAX_TOKEN_BYTES;
use crate::wire::json;

/// What a browser brought back, once it has passed every check.
pub(crate) enum Callback {
    Code {
        code: Secret,
        candidate_public_key: Option<Secret>,
        /// The user's site, one of the expected ones.
        site: Option<String>,
    },
    /// Only where a token was asked for.
    Token {
        access_token: Secret,
        expires_in_s: Option<u64>,
    },
    Error {
        error: String,
        description: Option<String>,
    },
    /// A valid state and nothing else: the user declined (facts/bybit.md, 3.3; facts/whitebit.md, D15).
    Nothing,
}

/// What the callback must agree with.
pub(crate) struct Expected<'a> {
    pub redirect_url: &'a Url,
    pub state: &'a Secret,
    pub client_id: &'a str,
    /// The venue's own name for it.
    pub client_id_parameter: &'a str,
    pub is_issuer: &'a dyn Fn(&str) -> bool,
    pub response_type: ResponseType,
    /// Parameters that may carry a public key.
    pub key_parameters: &'a [&'a str],
    /// The parameter that may name the user's site, and those that count. It comes through the browser.
    pub site_parameter: Option<&'a str>,
    pub sites: &'a [&'a str],
}

/// The longest callback URL that is read; real ones stay far below.
const MAX_CALLBACK_BYTES: usize = 16 * 1024;
/// The longest code or key that is taken.
const MAX_VALUE_BYTES: usize = 2048;

/// What a callback may carry, whoever asks: a redirect URI whose own query has one of these can't be told from an answer.
/// Bybit returns `response_type` and `scope` too (facts/bybit.md, 3.1).
const PARAMETERS: &[&str] = &[
    "state",
    "code",
    "error",
    "error_description",
    "error_uri",
    "iss",
    "client_id",
    "access_token",
    "refresh_token",
    "token_type",
    "expires_in",
    "response_type",
    "scope",
];

/// Whether the redirect URI's own query leaves the answer readable: no name twice, and none of an answer's.
pub(crate) fn own_query_fits(redirect_uri: &Url, of_the_venue: &[&str]) -> bool {
    let names: Vec<_> = redirect_uri.query_pairs().map(|(name, _)| name).collect();
    let is_answer = |name: &str| PARAMETERS.contains(&name) || of_the_venue.contains(&name);
    names.iter().enumerate().all(|(index, name)| !is_answer(name) && !names.iter().take(index).any(|seen| seen == name))
}

/// Order: duplicates, path, the redirect URI's own query, `state`, client id, `iss`, `error`, `code`. No error says what
/// was received, but for the path.
pub(crate) fn read_callback(url: &str, expected: &Expected<'_>) -> Result<Callback, VenuekeyError> {
    let refuse = |code| Err(VenuekeyError::new(code));
    let url = url.trim_matches(' ');
    if url.len() > MAX_CALLBACK_BYTES || url.chars().any(char::is_control) {
        return refuse(ErrorCode::CallbackInvalid);
    }
    // Taken apart here: only the path goes into a `Url`, whose copies are not wiped.
    let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    // Anything else may be a bare code, or a query without its mark, and would end up in the path, which errors name.
    if !(address.starts_with('/') || address.contains("://") || address.is_empty()) {
        let hint = "give the whole URL that the browser requested, or its path and query";
        return Err(VenuekeyError::new(ErrorCode::CallbackInvalid).with_hint(hint));
    }
    // A web framework may hand over the whole URL or only path and query.
    let redirect_url = expected.redirect_url;
    // As it is registered, which is the rule, it needs no parser.
    let is_registered = address == &redirect_url[..Position::AfterPath] || address == redirect_url.path();
    let path = match is_registered {
        true => Cow::Borrowed(redirect_url.path()),
        false => match redirect_url.join(address) {
            Ok(address) => Cow::Owned(address.path().to_owned()),
            Err(_) => return refuse(ErrorCode::CallbackInvalid),
        },
    };

    // With a code only the query is read; where a token comes is not documented (facts/bybit.md, 3.2).
    let fragment = if expected.response_type.is_code() { "" } else { fragment };
    let mut pairs: Vec<(Cow<'_, str>, Secret)> = Vec::with_capacity(8);
    for (name, value) in form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(fragment.as_bytes())) {
        if pairs.iter().any(|(seen, _)| *seen == name) {
            return refuse(ErrorCode::CallbackDuplicateParameter);
        }
        pairs.push((name, Secret::new(value)));
    }
    let value =
        // Exposed to be checked; nothing of it goes into an error.
        |name: &str| pairs.iter().find(|(seen, _)| seen == name).map(|(_, v)| v.expose()).filter(|v| !v.is_empty());

    // Bybit inserts a slash before the query (facts/bybit.md, 3.1); hosts behind a proxy see other schemes and names.
    let (came_to, registered) = (path.trim_end_matches('/'), redirect_url.path().trim_end_matches('/'));
    if came_to != registered {
        let path = |path: &str| if path.is_empty() { "/".to_owned() } else { printable(path, 120) };
        let hint = format!("it arrived on {}, redirect_uri has {}", path(came_to), path(registered));
        return Err(VenuekeyError::new(ErrorCode::CallbackPathMismatch).with_hint(&hint));
    }
    // A venue that appends `?code=` to a redirect URI with a query of its own hides its answer in the last value there.
    if redirect_url.query_pairs().any(|(name, own)| pairs.iter().any(|(seen, v)| *seen == name && v.expose() != own)) {
        let hint = "redirect_uri's own query has come back changed; register one without a query";
        return Err(VenuekeyError::new(ErrorCode::CallbackInvalid).with_hint(hint));
    }
    if expected.state.is_empty() || !value("state").is_some_and(|state| expected.state.ct_eq(state)) {
        return refuse(ErrorCode::StateMismatch);
    }
    let is_other_client = |name: &str| value(name).is_some_and(|client_id| client_id != expected.client_id);
    if is_other_client("client_id") || is_other_client(expected.client_id_parameter) {
        return refuse(ErrorCode::ClientIdMismatch);
    }
    if value("iss").is_some_and(|iss| !(expected.is_issuer)(iss)) {
        return refuse(ErrorCode::IssuerMismatch);
    }
    if let Some(error) = value("error") {
        return Ok(Callback::Error {
            error: error.to_owned(),
            description: value("error_description").map(str::to_owned),
        });
    }
    if let Some(token) = value("access_token").filter(|_| !expected.response_type.is_code()) {
        let access_token = Secret::new(token);
        let is_bearer = value("token_type").is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
        if !is_bearer || !access_token.is_header_safe(MAX_TOKEN_BYTES) {
            return refuse(ErrorCode::CallbackInvalid);
        }
        return Ok(Callback::Token { access_token, expires_in_s: value("expires_in").and_then(json::seconds_text) });
    }
    // A venue that answers with a code although a token was asked for (facts/bybit.md, B1) is taken at its word.
    let Some(code) = value("code").map(Secret::new) else { return Ok(Callback::Nothing) };
    if code.len() > MAX_VALUE_BYTES {
        return refuse(ErrorCode::CallbackInvalid);
    }
    let candidate_public_key = expected.key_parameters.iter().find_map(|name| value(name)).map(Secret::new);
    // A key that cannot stand in a header can't be a key: it is left out, the code still counts.
    let candidate_public_key = candidate_public_key.filter(|key| key.is_header_safe(256));
    let site = expected.site_parameter.and_then(value).filter(|site| expected.sites.contains(site)).map(str::to_owned);
    Ok(Callback::Code { code, candidate_public_key, site })
}
