//! Replays every case of `tests/vectors` byte for byte. The format: `tests/vectors/README.md`.
//!
//! A new case is written without its `expect` fields; `VENUEKEY_VECTORS=accept cargo test` fills in
//! those that are missing, never those that are there. Read what it wrote before it is committed.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::string_slice)]

use std::collections::BTreeSet;
use std::fs;

mod common;
#[path = "vectors/lifecycle.rs"]
mod lifecycle;

use common::budget::{preflight, spend_budget};
use common::tokens::replay_tokens;
use common::*;

use serde_json::{Map, Value, json};
use venuekey::*;

#[test]
fn every_case_replays_and_the_manifest_counts_them() {
    let accept = std::env::var("VENUEKEY_VECTORS").is_ok_and(|mode| mode == "accept");
    let files = case_files();
    for path in &files {
        let mut case = load(path);
        let name = path.file_stem().expect("stem").to_string_lossy().into_owned();
        assert_eq!(case["name"], name.as_str(), "a case is called like its file");
        let mut at = Cursor { case: name, accept };
        match path.parent().and_then(|folder| folder.file_name()).and_then(|name| name.to_str()) {
            Some("values") => replay_value(&mut at, &mut case),
            Some("reads") => reads::replay(&mut at, &mut case),
            Some("tokens") => replay_tokens(&mut at, &mut case),
            _ => replay_flow(&mut at, &mut case),
        }
        if accept {
            fs::write(path, serde_json::to_string_pretty(&case).expect("json") + "\n").expect("writable");
        }
    }
    let names: Vec<String> = files
        .iter()
        .map(|p| p.strip_prefix(folder()).expect("below").with_extension("").to_string_lossy().into_owned())
        .collect();
    let manifest = json!({ "count": names.len(), "cases": names });
    if accept {
        fs::write(folder().join("manifest.json"), serde_json::to_string_pretty(&manifest).expect("json") + "\n")
            .expect("writable");
    }
    assert_eq!(load(&folder().join("manifest.json")), manifest, "manifest.json names every case and counts them");
    println!("{} vectors replayed", names.len());
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

#[test]
fn error_codes_equal_errors_json() {
    let listed = load(&folder().join("errors.json"));
    let ours: Vec<Value> =
        ErrorCode::ALL.iter().map(|code| json!({"code": code.as_str(), "kind": code.kind().as_str()})).collect();
    assert_eq!(listed["errors"], Value::Array(ours));
    let unique: BTreeSet<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(unique.len(), ErrorCode::ALL.len());
}

/// Every code but those that only a host's own loop raises is shown by at least one case.
#[test]
fn every_error_code_and_every_state_has_a_case() {
    let text: String = case_files().iter().map(|path| fs::read_to_string(path).expect("readable")).collect();
    let of_the_loop = [ErrorCode::Superseded, ErrorCode::ChoiceRequired, ErrorCode::AuthorizationRequired];
    for code in ErrorCode::ALL.iter().filter(|code| !of_the_loop.contains(code)) {
        assert!(text.contains(&format!("\"code\": \"{}\"", code.as_str())), "no vector shows {}", code.as_str());
    }
    for state in ["awaiting_callback", "ready", "awaiting_choice", "in_flight", "waiting", "done", "failed"] {
        assert!(text.contains(&format!("\\\"state\\\":\\\"{state}\\\"")), "no vector holds a snapshot of {state}");
    }
}

fn replay_value(at: &mut Cursor, case: &mut Value) {
    let holder = case.as_object_mut().expect("object");
    let got = match holder["value"].as_str().expect("value") {
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
                    let taken: Vec<Value> = takes.iter().map(|now| json!(nonces.take(number(now)))).collect();
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
    };
    at.check("value", holder, got);
}

fn at_signer(holder: &Map<String, Value>) -> Result<Signer, VenuekeyError> {
    signer(&holder["signer"])
}

fn number(value: &Value) -> u64 {
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

fn replay_flow(at: &mut Cursor, case: &mut Value) {
    let client = client(&case["client"]).expect("a client");
    let start = case["start"].as_object_mut().expect("start");
    let entropy = Entropy::new(start.get("entropy").map_or([0; 64], entropy));
    let now_ms = start["now_ms"].as_u64().expect("now_ms");
    let tokens = |value: &Value| tokens(value).expect("tokens");
    let (got, mut flow) = match start["call"].as_str().expect("call") {
        "begin" => {
            let goal = if start["goal"] == "api_key" { Goal::ApiKey } else { Goal::AccountTokens };
            match client.begin(goal, options(start), &entropy, now_ms) {
                Ok(started) => {
                    let got = json!({"authorize_url": started.authorize_url().expose(), "snapshot": started.pending().snapshot().expose()});
                    (got, Some(started.pending().clone()))
                }
                Err(error) => (json!({"raises": raised(&error)}), None),
            }
        }
        "refresh_tokens" => stepped(client.refresh_tokens(&tokens(&start["tokens"]), &entropy, now_ms)),
        "switch_subaccount" => stepped(client.switch_subaccount(&tokens(&start["tokens"]), &entropy, now_ms)),
        "check_key" => stepped(client.check_key(&tokens(&start["tokens"]), &entropy, now_ms)),
        "delete_key" => match ExternalId::try_from(text(&start["external_id"]).to_owned()) {
            Ok(id) => stepped(client.delete_key(&tokens(&start["tokens"]), &id, &entropy, now_ms)),
            Err(error) => (json!({"raises": raised(&error)}), None),
        },
        "reissue_key" => {
            let id = ExternalId::try_from(text(&start["external_id"]).to_owned()).expect("a UUID");
            stepped(client.reissue_key(&tokens(&start["tokens"]), &id, options(start), &entropy, now_ms))
        }
        "accept_hand_off" => {
            stepped(client.accept_hand_off(&body_text(&start["hand_off"]), on_secret_lost(start), now_ms))
        }
        "open" => {
            let open = |keys| client.open(&body_text(&start["sealed"]), &keys, text(&start["context"]));
            match sealing_keys(&start["keys"]).and_then(open) {
                Ok(flow) => (json!({"snapshot": flow.snapshot().expose()}), Some(flow)),
                Err(error) => (json!({"raises": raised(&error)}), None),
            }
        }
        other => panic!("unknown call {other}"),
    };
    at.check("start", start, got);
    let empty = Vec::new();
    let count = case.get("events").and_then(Value::as_array).unwrap_or(&empty).len();
    for index in 0..count {
        // Every event meets the flow as another process would find it.
        let before = flow.clone().unwrap_or_else(|| panic!("{}: no flow left for event {index}", at.case));
        let restored =
            client.restore(before.snapshot().expose()).unwrap_or_else(|e| panic!("{} event {index}: {e}", at.case));
        assert_eq!(
            restored.snapshot().expose(),
            before.snapshot().expose(),
            "{} event {index}: a restored flow writes the same snapshot",
            at.case
        );
        let event = case["events"][index].as_object_mut().expect("event");
        let (got, next) = stepped(apply(&restored, event));
        if next.is_some() {
            flow = next;
        }
        at.check(&format!("event {index}"), event, got);
    }
}

fn options(start: &Map<String, Value>) -> BeginOptions {
    let mut options = BeginOptions { on_secret_lost: on_secret_lost(start), ..BeginOptions::default() };
    if let Some(seconds) = start.get("callback_timeout_s") {
        options.callback_timeout_s = seconds.as_u64().and_then(|s| s.try_into().ok()).expect("seconds");
    }
    if start.get("response_type").is_some_and(|kind| kind == "token") {
        options.response_type = ResponseType::Token;
    }
    options.expected_uid = start.get("expected_uid").map(|uid| text(uid).to_owned());
    options
}

fn on_secret_lost(start: &Map<String, Value>) -> LostSecretPolicy {
    match start.get("on_secret_lost").is_some_and(|policy| policy == "delete_and_report") {
        true => LostSecretPolicy::DeleteAndReport,
        false => LostSecretPolicy::Report,
    }
}

fn stepped(result: Result<Step, VenuekeyError>) -> (Value, Option<Flow>) {
    match result {
        Err(error) => (json!({"raises": raised(&error)}), None),
        Ok(step) => {
            let mut got = json!({"step": step.name(), "snapshot": step.flow().snapshot().expose()});
            let fields = got.as_object_mut().expect("object");
            match &step {
                Step::Send { request, .. } => {
                    fields.insert("request".into(), described_request(request));
                }
                Step::Wait { until_ms, reason, .. } => {
                    fields.insert("until_ms".into(), json!(until_ms));
                    fields.insert("reason".into(), json!(reason.as_str()));
                }
                Step::Choose { subaccounts, may_create, creation_in_doubt, .. } => {
                    let listed: Vec<Value> =
                        subaccounts.iter().map(|a| json!({"id": a.id, "nickname": a.nickname})).collect();
                    fields.insert("subaccounts".into(), json!(listed));
                    fields.insert("may_create".into(), json!(may_create));
                    fields.insert("creation_in_doubt".into(), json!(creation_in_doubt));
                }
                Step::Authorize { authorize_url, .. } => {
                    fields.insert("authorize_url".into(), json!(authorize_url.expose()));
                }
                Step::Failed { error, recovery, .. } => {
                    fields.insert("error".into(), raised(error));
                    fields.insert("recovery".into(), json!(recovery.map(|r| r.as_str())));
                }
                Step::Done { outcome, .. } => {
                    fields.insert("outcome".into(), described(outcome));
                }
                _ => {}
            }
            (got, Some(step.flow().clone()))
        }
    }
}

fn described(outcome: &Outcome) -> Value {
    let tokens = |tokens: &Tokens| {
        json!({
            "access_token": tokens.access_token().expose(), "refresh_token": tokens.refresh_token().map(Secret::expose),
            "expires_at_ms": tokens.expires_at_ms(), "refresh_expires_at_ms": tokens.refresh_expires_at_ms(),
            "scope": tokens.scope(),
        })
    };
    let groups =
        |groups: Option<&[PermissionGroup]>| {
            groups.map(|groups| {
                groups.iter().map(|g| json!({
        "name": g.name, "title": g.title, "any_granted": g.any_granted(),
        "urls": g.urls.iter().map(|u| json!({"url": u.url, "enable": u.enable})).collect::<Vec<_>>(),
    })).collect::<Vec<_>>()
            })
        };
    let mut described = json!({"outcome": outcome.name()});
    let fields = described.as_object_mut().expect("object");
    if let Some(held) = outcome.tokens() {
        fields.insert("tokens".into(), tokens(held));
    }
    match outcome {
        Outcome::ApiKey { key, .. } => {
            fields.insert(
                "key".into(),
                json!({
                    "api_key": key.api_key().expose(), "api_secret": key.api_secret().expose(),
                    "external_id": key.external_id().map(ExternalId::as_str), "uid": key.uid(),
                    "candidate_public_key": key.candidate_public_key().map(Secret::expose),
                    "permissions": groups(key.permissions()), "any_granted": key.any_granted(),
                }),
            );
            if let Some(id) = key.sub_member_id() {
                fields["key"]["sub_member_id"] = json!(id);
            }
        }
        Outcome::HandOff { hand_off } => {
            fields.insert("hand_off".into(), json!(hand_off.expose()));
        }
        Outcome::AccountTokens { uid, .. } => {
            fields.insert("uid".into(), json!(uid));
        }
        Outcome::KeyChecked { status, .. } => {
            fields.insert("status".into(), json!({
                "decision": status.decision().as_str(), "exists": status.exists(), "is_enabled": status.is_enabled(),
                "external_id": status.external_id().map(ExternalId::as_str), "permissions": groups(status.permissions()),
            }));
        }
        _ => {}
    }
    described
}
