//! Reading and replaying a case, for every test that starts from the vectors.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, dead_code)]

use serde_json::{Map, Value, json};
use venuekey::parts::*;

pub mod budget;
pub mod corpus;
pub mod reads;
pub mod tokens;

pub use corpus::*;

pub fn apply(flow: &Flow, event: &Map<String, Value>) -> Result<Step, VenuekeyError> {
    let now_ms = event["now_ms"].as_u64().expect("now_ms");
    match event["event"].as_str().expect("event") {
        "callback" => flow.receive_callback(text(&event["url"]), now_ms),
        "pasted_code" => flow.receive_pasted_code(&body_text(&event["pasted"]), now_ms),
        "choose" => flow.choose(text(&event["id"]), now_ms),
        "response" => flow.receive_response(&response(&Value::Object(event.clone())), now_ms),
        "no_response" => flow.receive_no_response(delivery(event), now_ms),
        "resume" => flow.resume(now_ms),
        "recover" => flow.recover(now_ms),
        other => panic!("unknown event {other}"),
    }
}

pub fn delivery(event: &Map<String, Value>) -> Delivery {
    event.get("not_sent").is_some_and(|not_sent| *not_sent == true).into()
}

pub fn response(value: &Value) -> HttpResponse {
    let status = value["status"].as_u64().and_then(|s| s.try_into().ok()).expect("status");
    let mut response = HttpResponse::new(status, body_text(&value["body"]));
    for header in value.get("headers").and_then(Value::as_array).unwrap_or(&Vec::new()) {
        response = response.with_header(text(&header[0]), text(&header[1]));
    }
    response
}

pub fn signer(value: &Value) -> Result<Signer, VenuekeyError> {
    Signer::new(signer_config(value))
}

pub fn signer_config(value: &Value) -> SignerConfig {
    let secret = |name: &str| Secret::new(body_text(&value[name]));
    let venue = text(&value["venue"]).parse().expect("venue");
    let environment = text(&value["environment"]).parse().expect("environment");
    let mut config = SignerConfig::new(venue, environment, secret("api_key"), secret("api_secret"));
    let optional = |name: &str| value.get(name).map(|v| text(v).to_owned());
    config.passphrase = value.get("passphrase").map(|passphrase| Secret::new(text(passphrase)));
    config.site = optional("site");
    config.api_base = optional("api_base");
    config.user_agent = optional("user_agent");
    config.broker_id = optional("broker_id");
    config.nonce_window = value.get("nonce_window").is_some_and(|window| *window == true);
    if let Some(spelling) = value.get("non_ascii") {
        config.non_ascii = text(spelling).parse().expect("non_ascii");
    }
    if let Some(ms) = value.get("recv_window_ms") {
        config.recv_window_ms = ms.as_u64().and_then(|ms| ms.try_into().ok()).expect("milliseconds");
    }
    config
}

pub fn client(value: &Value) -> Result<Client, VenuekeyError> {
    let venue = *Venue::ALL.iter().find(|v| value["venue"] == v.as_str()).expect("venue");
    let environment = *VenueEnvironment::ALL.iter().find(|e| value["environment"] == e.as_str()).expect("environment");
    let client_id = text(&value["client_id"]).to_owned();
    let credentials = match value.get("client_secret") {
        Some(secret) => Credentials::Confidential { client_id, client_secret: Secret::new(text(secret)) },
        None => Credentials::Public { client_id },
    };
    let mut config = ClientConfig::new(venue, environment, credentials, text(&value["redirect_uri"]));
    let optional = |name: &str| value.get(name).map(|v| text(v).to_owned());
    config.authorize_base = optional("authorize_base");
    config.api_base = optional("api_base");
    config.locale = optional("locale");
    config.scope = optional("scope");
    config.user_agent = optional("user_agent");
    config.send_redirect_uri = value.get("send_redirect_uri").is_some_and(|send| *send == true);
    Client::new(config)
}

pub fn tokens(value: &Value) -> Result<Tokens, VenuekeyError> {
    let scope =
        value.get("scope").and_then(Value::as_array).map(|names| names.iter().map(|n| text(n).to_owned()).collect());
    Tokens::new(
        Secret::new(body_text(&value["access_token"])),
        value.get("refresh_token").map(|t| Secret::new(text(t))),
        value["expires_at_ms"].as_u64().expect("expires_at_ms"),
        value.get("refresh_expires_at_ms").and_then(Value::as_u64),
        scope.unwrap_or_default(),
    )
    .map(|tokens| tokens.with_site(value.get("site").map(|site| text(site).to_owned())))
}

pub fn sealing_keys(value: &Value) -> Result<SealingKeys, VenuekeyError> {
    let keys: Vec<(String, Vec<u8>)> =
        value.as_array().expect("keys").iter().map(|key| (text(&key[0]).to_owned(), bytes(text(&key[1])))).collect();
    SealingKeys::new(keys.iter().map(|(id, key)| (id.as_str(), key.as_slice())))
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hex")).collect()
}

pub fn entropy(value: &Value) -> [u8; 64] {
    bytes(text(value)).try_into().expect("64 bytes")
}

pub fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

/// A string, or `{"repeat": "x", "times": 1048577}` for long ones.
pub fn body_text(value: &Value) -> String {
    match value.get("repeat") {
        Some(unit) => text(unit).repeat(value["times"].as_u64().and_then(|n| n.try_into().ok()).expect("times")),
        None => text(value).to_owned(),
    }
}

pub struct Cursor {
    pub case: String,
    pub accept: bool,
}

impl Cursor {
    /// A refusal whose hint fits other faults too says by `mended` what alone is wrong: with those values it is accepted.
    pub fn check_mended(&self, case: &Value, is_accepted: impl Fn(&Value) -> bool) {
        let Some(places) = case.get("mended") else { return };
        let mut sound = case.clone();
        for (place, value) in places.as_object().expect("places") {
            let names: Vec<&str> = place.split('/').skip(1).collect();
            put(&mut sound, &names, value);
        }
        assert!(is_accepted(&sound), "{}: it is refused for more than its fault", self.case);
    }

    /// Compares, or in accept mode fills in what is missing.
    pub fn check(&mut self, place: &str, holder: &mut Map<String, Value>, got: Value) {
        match holder.get("expect") {
            Some(want) if *want == got => {}
            Some(want) => panic!("{} at {place}: {}", self.case, difference(want, &got)),
            None if self.accept => {
                holder.insert("expect".into(), got);
            }
            None => panic!("{} at {place}: no expectation; got {got:#}", self.case),
        }
    }
}

/// Where two expectations part.
fn difference(want: &Value, got: &Value) -> String {
    let (want, got) = (corpus::shown(want), corpus::shown(got));
    let same = want.lines().zip(got.lines()).take_while(|(want, got)| want == got).count();
    let around = |text: &str| text.lines().skip(same.saturating_sub(3)).take(8).collect::<Vec<_>>().join("\n");
    format!("line {}\nwant\n{}\ngot\n{}", same + 1, around(&want), around(&got))
}

/// Puts a value at a place, also inside of a text that is JSON; null takes away what is there.
fn put(at: &mut Value, place: &[&str], value: &Value) {
    match (at, place) {
        (at, []) => *at = value.clone(),
        (Value::String(text), _) => {
            let mut inner = serde_json::from_str(text).expect("JSON");
            put(&mut inner, place, value);
            *text = inner.to_string();
        }
        (Value::Object(fields), [name]) if value.is_null() => assert!(fields.remove(*name).is_some(), "no {name}"),
        (Value::Object(fields), [name, rest @ ..]) => put(fields.entry(*name).or_insert(Value::Null), rest, value),
        (Value::Array(items), [index, rest @ ..]) => {
            put(&mut items[index.parse::<usize>().expect("index")], rest, value)
        }
        (at, _) => panic!("no place {place:?} in {at}"),
    }
}

pub fn described_request(request: &HttpRequest) -> Value {
    let headers: Vec<Value> = request.headers().iter().map(|h| json!([h.name(), h.value().expose()])).collect();
    let body = request.body().map(|body| String::from_utf8(body.to_vec()).expect("text"));
    json!({
        "purpose": request.purpose(), "method": request.method().as_str(), "url": request.url(),
        "headers": headers, "body": body, "replay": request.replay().as_str(),
    })
}

/// What a call raises.
pub fn raised(error: &VenuekeyError) -> Value {
    let mut described = described_error(error);
    described["hint"] = json!(error.hint());
    described
}

/// The error that a step or a plan tells of: without its hint, since the case shows what led there.
pub fn described_error(error: &VenuekeyError) -> Value {
    json!({
        "kind": error.kind().as_str(), "code": error.code().as_str(), "venue": error.venue().map(|v| v.as_str().to_owned()),
        "http_status": error.http_status(), "venue_code": error.venue_code(), "venue_text": error.venue_text(),
        "retry_after_ms": error.retry_after_ms(),
    })
}
