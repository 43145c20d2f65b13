//! Replaying a case of `values/`.

use super::*;
use common::budget::{preflight, spend_budget};

/// One call, one result.
pub fn replay(at: &mut Cursor, case: &mut Value) {
    at.check_mended(case, |case| value(case.as_object().expect("object")).get("raises").is_none());
    let holder = case.as_object_mut().expect("object");
    let got = value(holder);
    at.check("value", holder, got);
}

fn value(holder: &Map<String, Value>) -> Value {
    match holder["value"].as_str().expect("value") {
        "code_challenge_s256" => json!(code_challenge_s256(&Secret::new(text(&holder["code_verifier"])))),
        "client" => match client(&holder["client"]) {
            Ok(client) => json!({"supports": supports(&client)}),
            Err(error) => json!({"raises": raised(&error)}),
        },
        "restore" => match client(&holder["client"]).expect("a client").restore(&body_text(&holder["snapshot"])) {
            Ok(flow) => json!({"status": flow.status().as_str(), "operation": flow.operation().as_str()}),
            Err(error) => json!({"raises": raised(&error)}),
        },
        "seal" => {
            let flow = client(&holder["client"]).expect("a client").restore(text(&holder["snapshot"])).expect("a flow");
            let entropy = Entropy::new(entropy(&holder["entropy"]));
            let seal = |keys| flow.seal(&keys, &body_text(&holder["context"]), &entropy);
            match sealing_keys(&holder["keys"]).and_then(seal) {
                Ok(sealed) => json!(sealed),
                Err(error) => json!({"raises": raised(&error)}),
            }
        }
        "sign" => signed(at_signer(holder).and_then(|signer| {
            let method = text(&holder["method"]).parse()?;
            signer.sign(method, text(&holder["path"]), &body_text(&holder["parameters"]), number(&holder["nonce_ms"]))
        })),
        "probe" => signed(at_signer(holder).and_then(|signer| signer.probe(number(&holder["nonce_ms"])))),
        "ask_time" => signed(at_signer(holder).map(|signer| signer.ask_time())),
        "read_signed" => {
            match at_signer(holder).and_then(|signer| signer.receive_response(&response(&holder["response"]))) {
                Ok(reply) => signed_reply(&reply),
                Err(error) => json!({"raises": raised(&error)}),
            }
        }
        "receive_probe" => {
            match at_signer(holder).and_then(|signer| signer.receive_probe(&response(&holder["response"]))) {
                Ok(proof) => json!({
                    "is_permitted": proof.is_permitted, "uid": proof.uid, "ips": proof.ips,
                    "is_read_only": proof.is_read_only, "is_third_party": proof.is_third_party,
                    "expires_at": proof.expires_at,
                    "permissions": proof.permissions.map(|groups| {
                        groups.iter().map(|g| json!({"name": g.name, "granted": g.granted})).collect::<Vec<_>>()
                    }),
                }),
                Err(error) => json!({"raises": raised(&error)}),
            }
        }
        "receive_time" => {
            let times = (number(&holder["sent_at_ms"]), number(&holder["received_at_ms"]));
            let read = |signer: Signer| signer.receive_time(&response(&holder["response"]), times.0, times.1);
            match at_signer(holder).and_then(read) {
                Ok(offset) => json!({"ahead_ms": offset.ahead_ms, "uncertainty_ms": offset.uncertainty_ms}),
                Err(error) => json!({"raises": raised(&error)}),
            }
        }
        "nonces" => {
            let count = holder["count"].as_u64().and_then(|n| n.try_into().ok()).expect("count");
            let window = holder["nonce_window"] == true;
            match Nonces::reserve(number(&holder["reserved"]), count, number(&holder["now_ms"]), window) {
                Ok(mut nonces) => {
                    let reserved = nonces.reserved();
                    let takes = holder["takes"].as_array().expect("takes");
                    let mut take = |now: &Value| {
                        let (nonce, rest) = nonces.take(number(now))?;
                        nonces = rest;
                        Some(nonce)
                    };
                    let taken: Vec<Value> = takes.iter().map(|now| json!(take(now))).collect();
                    json!({"reserved": reserved, "taken": taken})
                }
                Err(error) => json!({"raises": raised(&error)}),
            }
        }
        "budget" => spend_budget(holder).unwrap_or_else(|error| json!({"raises": raised(&error)})),
        "preflight" => preflight(holder).unwrap_or_else(|error| json!({"raises": raised(&error)})),
        "preflight_read" => reads::preflight(holder).unwrap_or_else(|error| json!({"raises": raised(&error)})),
        "tokens" => match tokens(&holder["tokens"]) {
            Ok(_) => json!("ok"),
            Err(error) => json!({"raises": raised(&error)}),
        },
        other => lifecycle::value(other, holder).unwrap_or_else(|| panic!("unknown value case {other}")),
    }
}

/// A reply that is not a batch's has no items.
fn signed_reply(reply: &SignedReply) -> Value {
    let items: Vec<Value> = reply
        .items()
        .iter()
        .map(|item| json!({"is_accepted": item.is_accepted, "venue_code": item.venue_code, "venue_text": item.venue_text}))
        .collect();
    match items.is_empty() {
        true => json!({"payload": reply.payload()}),
        false => json!({"payload": reply.payload(), "items": items}),
    }
}

pub fn at_signer(holder: &Map<String, Value>) -> Result<Signer, VenuekeyError> {
    signer(&holder["signer"])
}

pub fn number(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}

fn signed(request: Result<HttpRequest, VenuekeyError>) -> Value {
    match request {
        Ok(request) => described_request(&request),
        Err(error) => json!({"raises": raised(&error)}),
    }
}

fn supports(client: &Client) -> Value {
    let all = [
        FlowOperation::AccountTokens,
        FlowOperation::ApiKey,
        FlowOperation::RefreshTokens,
        FlowOperation::CheckKey,
        FlowOperation::DeleteKey,
    ];
    all.iter().filter(|operation| client.supports(**operation)).map(|operation| operation.as_str()).collect()
}
