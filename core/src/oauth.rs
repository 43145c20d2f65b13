//! The parts of RFC 6749 and RFC 7636 that the venues share: PKCE and the callback.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use url::Url;

use crate::error::{ErrorCode, VenuekeyError};
use crate::secret::Secret;

/// `BASE64URL(SHA256(ASCII(code_verifier)))` without padding (RFC 7636, 4.2; method `S256`).
///
/// ```
/// let verifier = venuekey::Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
/// assert_eq!(venuekey::code_challenge_s256(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
/// ```
pub fn code_challenge_s256(code_verifier: &Secret) -> String {
    // Exposed to be hashed.
    URL_SAFE_NO_PAD.encode(Sha256::digest(code_verifier.expose().as_bytes()))
}

/// What a browser brought back, once it has passed every check.
pub(crate) enum Callback {
    Code {
        code: Secret,
        candidate_public_key: Option<Secret>,
    },
    Error {
        error: String,
        description: Option<String>,
    },
    /// A valid state and nothing else: the user declined (bybit.md, 3.3; whitebit.md, D15).
    Nothing,
}

/// What the callback must agree with.
pub(crate) struct Expected<'a> {
    pub redirect_uri: &'a str,
    pub state: &'a Secret,
    pub client_id: &'a str,
    /// Parameters that may carry a public key (whitebit.md, D2).
    pub key_parameters: &'a [&'a str],
}

/// The longest callback URL that is read; real ones stay far below.
const MAX_CALLBACK_BYTES: usize = 16 * 1024;
/// The longest code or key that is taken.
const MAX_VALUE_BYTES: usize = 2048;

/// Order: duplicates, path, `state`, `client_id`, `error`, `code`. No error says what was received.
///
/// `iss` (RFC 9207) is not compared: neither venue documents an issuer to compare it with.
pub(crate) fn read_callback(url: &str, expected: &Expected<'_>) -> Result<Callback, VenuekeyError> {
    let refuse = |code| Err(VenuekeyError::new(code));
    if url.len() > MAX_CALLBACK_BYTES || url.chars().any(char::is_control) {
        return refuse(ErrorCode::CallbackInvalid);
    }
    // A web framework may hand over the whole URL or only path and query.
    let redirect_uri = Url::parse(expected.redirect_uri).map_err(|_| VenuekeyError::new(ErrorCode::CallbackInvalid))?;
    let Ok(url) = redirect_uri.join(url) else { return refuse(ErrorCode::CallbackInvalid) };

    let mut pairs: Vec<(String, Secret)> = Vec::new();
    for (name, value) in url.query_pairs() {
        if pairs.iter().any(|(seen, _)| *seen == name) {
            return refuse(ErrorCode::CallbackDuplicateParameter);
        }
        pairs.push((name.into_owned(), Secret::new(value)));
    }
    // Exposed to be checked; nothing of it goes into an error.
    let value =
        |name: &str| pairs.iter().find(|(seen, _)| seen == name).map(|(_, v)| v.expose()).filter(|v| !v.is_empty());

    // Bybit inserts a slash before the query (bybit.md, 3.1); hosts behind a proxy see other schemes and names.
    if url.path().trim_end_matches('/') != redirect_uri.path().trim_end_matches('/') {
        return refuse(ErrorCode::CallbackPathMismatch);
    }
    if expected.state.is_empty() || !value("state").is_some_and(|state| expected.state.ct_eq(state)) {
        return refuse(ErrorCode::StateMismatch);
    }
    if value("client_id").is_some_and(|client_id| client_id != expected.client_id) {
        return refuse(ErrorCode::ClientIdMismatch);
    }
    if let Some(error) = value("error") {
        return Ok(Callback::Error {
            error: error.to_owned(),
            description: value("error_description").map(str::to_owned),
        });
    }
    let Some(code) = value("code").map(Secret::new) else { return Ok(Callback::Nothing) };
    if code.len() > MAX_VALUE_BYTES {
        return refuse(ErrorCode::CallbackInvalid);
    }
    let candidate_public_key = expected.key_parameters.iter().find_map(|name| value(name)).map(Secret::new);
    // A key that cannot stand in a header can't be a key: it is left out, the code still counts.
    Ok(Callback::Code { code, candidate_public_key: candidate_public_key.filter(|key| key.is_header_safe(256)) })
}
