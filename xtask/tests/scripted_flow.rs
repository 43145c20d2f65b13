//! The flow that every binding's tests replay, replayed by core itself; and what the bindings wrote, read back.
//!
//! A binding leaves its transcript (authorize URL and snapshots, in order) in the folder that
//! `VENUEKEY_TRANSCRIPTS` names. The same entropy and clock must have made the same text, and each
//! snapshot must restore here and be written again unchanged.

use serde_json::{Value, json};
use venuekey::{
    BeginOptions, Client, ClientConfig, Credentials, Entropy, Environment, Goal, HttpResponse, Outcome, Secret, Step,
    Venue,
};

const FLOW: &str = include_str!("../../bindings-swift-kotlin/tests/flows/bybit_api_key.json");

fn flow() -> Value {
    serde_json::from_str(FLOW).unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn client(flow: &Value) -> Client {
    let config = &flow["config"];
    let credentials = Credentials::Confidential {
        client_id: text(config, "client_id").to_owned(),
        client_secret: Secret::new(text(config, "client_secret")),
    };
    Client::new(ClientConfig::new(Venue::Bybit, Environment::Testnet, credentials, text(config, "redirect_uri")))
        .unwrap()
}

fn entropy(flow: &Value) -> Entropy {
    let hex = text(flow, "entropy_hex");
    let bytes: Vec<u8> = (0..64).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
    Entropy::new(bytes.try_into().unwrap())
}

fn check_request(step: &Step, expected: &Value) {
    let Step::Send { request, .. } = step else { panic!("expected Send, got {step:?}") };
    let headers: Vec<Value> =
        request.headers().iter().map(|h| json!({ "name": h.name(), "value": h.value().expose() })).collect();
    let got = json!({
        "purpose": request.purpose(),
        "method": request.method().as_str(),
        "url": request.url(),
        "headers": headers,
        "body": request.body().map(|body| std::str::from_utf8(body).unwrap()),
        "replay": request.replay().as_str(),
    });
    assert_eq!(&got, expected);
}

/// Replays the flow and returns its transcript.
fn replay(flow: &Value) -> Value {
    let client = client(flow);
    let begin_at_ms = flow["begin_at_ms"].as_u64().unwrap();
    let started = client.begin(Goal::ApiKey, BeginOptions::default(), &entropy(flow), begin_at_ms).unwrap();
    let authorize_url = started.authorize_url().expose();
    let state = authorize_url.strip_prefix(text(flow, "authorize_url_start")).unwrap();
    let mut snapshots = vec![started.pending().snapshot().expose().to_owned()];

    let pending = client.restore(&snapshots[0]).unwrap();
    let refused = &flow["refused_callback"];
    let error = pending.receive_callback(text(refused, "url"), begin_at_ms).unwrap_err();
    assert_eq!((error.kind().as_str(), error.code().as_str()), (text(refused, "kind"), text(refused, "code")));

    let callback = text(&flow["callback"], "url").replace("{state}", state);
    let at_ms = flow["callback"]["at_ms"].as_u64().unwrap();
    let accepted = pending.receive_callback(&callback, at_ms).unwrap();
    snapshots.push(accepted.flow().snapshot().expose().to_owned());
    let mut step = client.restore(&snapshots[1]).unwrap().resume(at_ms).unwrap();
    for turn in flow["turns"].as_array().unwrap() {
        check_request(&step, &turn["request"]);
        snapshots.push(step.flow().snapshot().expose().to_owned());
        let reply = &turn["reply"];
        let response = HttpResponse::new(reply["status"].as_u64().unwrap() as u16, text(reply, "body"));
        step = step.flow().receive_response(&response, reply["at_ms"].as_u64().unwrap()).unwrap();
    }
    let Step::Save { next } = &step else { panic!("expected Save, got {step:?}") };
    snapshots.push(next.snapshot().expose().to_owned());
    let saved = client.restore(&snapshots[snapshots.len() - 1]).unwrap();
    let step = saved.resume(flow["resume_at_ms"].as_u64().unwrap()).unwrap();
    let Step::Done { outcome: Outcome::ApiKey { key, tokens }, .. } = &step else { panic!("got {step:?}") };
    let outcome = json!({
        "api_key": key.api_key().expose(),
        "api_secret": key.api_secret().expose(),
        "uid": key.uid(),
        "access_token": tokens.access_token().expose(),
        "refresh_token": tokens.refresh_token().map(Secret::expose),
        "expires_at_ms": tokens.expires_at_ms(),
        "refresh_expires_at_ms": tokens.refresh_expires_at_ms(),
    });
    assert_eq!(outcome, flow["outcome"]);
    json!({ "authorize_url": authorize_url, "snapshots": snapshots })
}

#[test]
fn core_replays_the_flow() {
    replay(&flow());
}

#[test]
fn what_other_languages_wrote_restores_here_unchanged() {
    let Some(folder) = std::env::var_os("VENUEKEY_TRANSCRIPTS") else { return };
    let flow = flow();
    let (client, expected) = (client(&flow), replay(&flow));
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let transcript: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(transcript, expected, "{}", path.display());
        for snapshot in transcript["snapshots"].as_array().unwrap() {
            let snapshot = snapshot.as_str().unwrap();
            assert_eq!(client.restore(snapshot).unwrap().snapshot().expose(), snapshot);
        }
        read += 1;
    }
    assert!(read > 0, "no transcripts: run the binding's own tests first");
}
