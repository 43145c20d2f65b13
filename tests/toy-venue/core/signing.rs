//! Toy's signed requests: it takes the secret itself for a signature, which nobody should.

use super::LIMIT;
use crate::base::error::ErrorCode;
use crate::model::key_proof::{KeyProof, SignedReply};
use crate::venue::signing::{KeyLife, KeyState, SignedRefusal, Signing, SigningKey, ToSign};
use crate::wire::http::{HttpMethod, HttpRequest, HttpResponse};

pub(in crate::venues) const SIGNING: Signing = Signing {
    path_prefix: "/",
    mac: None,
    sign,
    probe: (HttpMethod::Get, "/me"),
    parse_probe: |_, response| match response.status() {
        200 => Ok(KeyProof::permitted(true)),
        _ => Err(refused(response)),
    },
    parse: |response| match response.status() {
        200 => Ok(SignedReply { payload: String::from_utf8_lossy(response.body()).into_owned(), items: Vec::new() }),
        _ => Err(refused(response)),
    },
    limit: |_| &LIMIT,
    time_path: "/",
    parse_time: |_| None,
    key_life: KeyLife { unused_ms: None, unbound_ms: None, proof_tells_end: false, key_state: |_, _| KeyState::Unknown },
};

fn sign(key: &SigningKey, to_sign: &ToSign<'_>) -> Result<HttpRequest, &'static str> {
    let passphrase = key.passphrase.clone().ok_or("a toy's key has a passphrase")?;
    let request = key.request(to_sign.purpose, to_sign.method, to_sign.path, &LIMIT);
    let request = request.header("x-toy-key", key.api_key.clone()).header("x-toy-secret", key.api_secret.clone());
    Ok(request.header("x-toy-passphrase", passphrase))
}

fn refused(_: &HttpResponse) -> SignedRefusal {
    SignedRefusal::new(ErrorCode::KeyRejected)
}
