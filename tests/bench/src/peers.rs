//! The same work by what a user would take instead.

use std::hint::black_box;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use oauth2::basic::BasicClient;
use oauth2::http::HeaderValue;
use oauth2::http::header::CONTENT_TYPE;
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, TokenUrl,
};
use sha2::{Digest, Sha256, Sha512};
use url::Url;

use crate::samples::{
    KEY, REDIRECT_URI, SECRET, TOKENS, V4_ORDER, V5_ORDER, begun, callback_of, client, pending_text, signing,
};

/// Ours, and the peer's.
pub const PAIRS: [(&str, &str); 7] = [
    ("begin", "begin.oauth2"),
    ("begin", "begin.bare"),
    ("callback", "callback.url"),
    ("tokens", "tokens.oauth2"),
    ("restore", "restore.value"),
    ("sign-whitebit", "sign-whitebit.bare"),
    ("sign-bybit", "sign-bybit.bare"),
];

pub fn operation(name: &str) -> Option<Box<dyn FnMut()>> {
    Some(match name {
        "begin.oauth2" => {
            let client = theirs();
            Box::new(move || {
                let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
                let (url, state) = client.authorize_url(CsrfToken::new_random).set_pkce_challenge(challenge).url();
                let _ = black_box((url, state, verifier));
            })
        }
        "begin.bare" => Box::new(|| {
            let mut random = [0; 64];
            getrandom::fill(&mut random).expect("the system has randomness");
            let (state, verifier) = random.split_at(32);
            let (state, verifier) = (URL_SAFE_NO_PAD.encode(state), URL_SAFE_NO_PAD.encode(verifier));
            let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
            black_box((state, verifier, challenge));
        }),
        "callback.url" => {
            let url = callback_of(&begun(&client()));
            Box::new(move || {
                let url = Url::parse(&url).expect("it is one");
                black_box(url.query_pairs().into_owned().collect::<Vec<(String, String)>>());
            })
        }
        "tokens.oauth2" => {
            let client = theirs();
            Box::new(move || {
                let exchange = client
                    .exchange_code(AuthorizationCode::new("code-0001".into()))
                    .set_pkce_verifier(PkceCodeVerifier::new("v".repeat(43)));
                let send = |request: oauth2::HttpRequest| -> Result<oauth2::HttpResponse, std::io::Error> {
                    black_box(&request);
                    let mut reply = oauth2::HttpResponse::new(TOKENS.as_bytes().to_vec());
                    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                    Ok(reply)
                };
                black_box(exchange.request(&send).expect("it is a pair"));
            })
        }
        "restore.value" => {
            let text = pending_text();
            Box::new(move || {
                black_box(serde_json::from_str::<serde_json::Value>(&text).expect("it is JSON"));
            })
        }
        "sign-whitebit.bare" => signing(|nonce_ms| {
            let (_, inside) = V4_ORDER.split_at(1);
            let body = format!("{{\"request\":\"/api/v4/order/new\",\"nonce\":{nonce_ms},{inside}");
            let payload = STANDARD.encode(&body);
            let mut mac = Hmac::<Sha512>::new_from_slice(SECRET.as_bytes()).expect("any length");
            mac.update(payload.as_bytes());
            (lower_hex(&mac.finalize().into_bytes()), payload, body)
        }),
        "sign-bybit.bare" => signing(|nonce_ms| {
            let signed = format!("{nonce_ms}{KEY}5000{V5_ORDER}");
            let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length");
            mac.update(signed.as_bytes());
            (lower_hex(&mac.finalize().into_bytes()), signed)
        }),
        _ => return None,
    })
}

fn lower_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

type Theirs = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

fn theirs() -> Theirs {
    BasicClient::new(ClientId::new("demo-whitebit".into()))
        .set_client_secret(ClientSecret::new("demo-secret".into()))
        .set_auth_uri(AuthUrl::new("https://whitebit.com/auth/login".into()).expect("it is one"))
        .set_token_uri(TokenUrl::new("https://whitebit.com/oauth2/token".into()).expect("it is one"))
        .set_redirect_uri(RedirectUrl::new(REDIRECT_URI.into()).expect("it is one"))
}
