//! Signed calls, with a planted key at every host.

use super::{Bench, Got, request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};
use venuekey_sandbox::{ApiKey, Config};

/// facts/whitebit.md, 10.3.
pub const WHITEBIT_KEY: (&str, &str) = ("550e8400-e29b-41d4-a716-446655440000", "test-secret-0123456789abcdef");
/// facts/bybit.md, 8.3.
pub const BYBIT_KEY: (&str, &str) = ("XXXXXXXXXXTESTKEY1", "testsecretTESTSECRETtestsecret123456");
pub const BALANCE: &str = "/api/v4/trade-account/balance";
pub const QUERY_API: &str = "/v5/user/query-api";

/// The two keys, each at both hosts of its venue but for Bybit's testnet.
pub fn with_keys(knobs: Value) -> Bench {
    let key = |environment: &str, (api_key, api_secret): (&str, &str)| ApiKey {
        environment: environment.into(),
        api_key: api_key.into(),
        api_secret: api_secret.into(),
    };
    let api_keys = vec![key("global", WHITEBIT_KEY), key("eu", WHITEBIT_KEY), key("mainnet", BYBIT_KEY)];
    let mut bench = Bench::of(Config { api_keys, ..Config::default() });
    bench.knobs(knobs);
    bench
}

pub fn hmac_512(secret: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.update(message.as_bytes());
    hex(&mac.finalize().into_bytes())
}

pub fn hmac_256(secret: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.update(message.as_bytes());
    hex(&mac.finalize().into_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The path within a target of WhiteBIT's global host.
fn at_whitebit(path: &str) -> String {
    format!("/whitebit/global{path}")
}

impl Bench {
    /// A WhiteBIT call with these three headers.
    pub fn whitebit_raw(&mut self, path: &str, body: &str, key: &str, payload: &str, signature: &str) -> Got {
        let headers = [
            ("Content-type", "application/json"),
            ("X-TXC-APIKEY", key),
            ("X-TXC-PAYLOAD", payload),
            ("X-TXC-SIGNATURE", signature),
        ];
        self.call("POST", &at_whitebit(path), &headers, body)
    }

    /// The same, signed over the body as it stands.
    pub fn whitebit_body(&mut self, (key, secret): (&str, &str), path: &str, body: &str) -> Got {
        let payload = STANDARD.encode(body);
        let signature = hmac_512(secret, &payload);
        self.whitebit_raw(path, body, key, &payload, &signature)
    }

    /// Parameters (the inside of an object) behind the path and a nonce.
    pub fn whitebit_signed(&mut self, key: (&str, &str), path: &str, nonce: u64, parameters: &str) -> Got {
        let comma = if parameters.is_empty() { "" } else { "," };
        let body = format!("{{\"request\":\"{path}\",\"nonce\":{nonce}{comma}{parameters}}}");
        self.whitebit_body(key, path, &body)
    }

    /// The planted key asks, with the next nonce.
    pub fn ask_whitebit(&mut self, path: &str, parameters: &str) -> Got {
        let keys = self.sandbox.state(self.now_ms, false)["whitebit"]["global"]["keys"].clone();
        let nonce = keys[0]["last_nonce"].as_u64().unwrap_or(0) + 1;
        self.whitebit_signed(WHITEBIT_KEY, path, nonce, parameters)
    }

    /// The user's key as the flow issues it.
    pub fn issued_whitebit_key(&mut self) -> (String, String) {
        let (token, id) = self.whitebit_key();
        let secret = self.whitebit_secret(&token, &id).json()["data"]["apiSecret"].clone();
        (id, secret.as_str().expect("secret").to_owned())
    }

    /// A Bybit call signed now with the usual window; `target` begins with `/v5`.
    pub fn bybit_signed(&mut self, (key, secret): (&str, &str), method: &str, target: &str, body: &str) -> Got {
        let timestamp = self.now_ms.to_string();
        let content = if method == "GET" { target.split_once('?').map_or("", |(_, query)| query) } else { body };
        let sign = hmac_256(secret, &format!("{timestamp}{key}5000{content}"));
        self.bybit_raw("/bybit/mainnet", method, target, body, [key, &timestamp, "5000", &sign])
    }

    /// Key, timestamp, window and signature as given.
    pub fn bybit_raw(&mut self, prefix: &str, method: &str, target: &str, body: &str, signing: [&str; 4]) -> Got {
        let [key, timestamp, window, sign] = signing;
        let headers = [
            ("Content-Type", "application/json"),
            ("X-BAPI-API-KEY", key),
            ("X-BAPI-TIMESTAMP", timestamp),
            ("X-BAPI-RECV-WINDOW", window),
            ("X-BAPI-SIGN", sign),
        ];
        let answer = self.answer(&request(method, &format!("{prefix}{target}"), &headers, body));
        Got::of(answer)
    }

    pub fn issued_bybit_key(&mut self) -> (String, String) {
        let (token, _) = self.bybit_tokens();
        let key = self.bybit_openapi(&token).json()["result"].clone();
        let text = |name: &str| key[name].as_str().expect(name).to_owned();
        (text("api_key"), text("api_secret"))
    }
}

/// A refusal of WhiteBIT's V4: status and body.
pub fn v4(status: u16, code: u32, text: &str) -> (u16, Value) {
    (status, json!({"code": code, "message": text}))
}

/// WhiteBIT's refusal of a nonce that was used already, or is less than the last (15).
pub fn clash(status: u16) -> (u16, Value) {
    (status, json!({"code": 0, "errors": {}, "message": "Too many requests."}))
}

/// What a WhiteBIT call got, to compare with [`v4`].
pub fn got(got: Got) -> (u16, Value) {
    (got.status, got.json())
}

/// Status and code of a Bybit answer.
pub fn code(got: &Got) -> (u16, i64) {
    (got.status, got.json()["retCode"].as_i64().expect("retCode"))
}

pub fn pair(key: &(String, String)) -> (&str, &str) {
    (&key.0, &key.1)
}
