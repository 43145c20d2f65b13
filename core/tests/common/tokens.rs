//! Replays the cases of `tests/vectors/tokens`: shared tokens, each event on a value restored from its text.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, dead_code)]

use serde_json::{Map, Value, json};
use venuekey::parts::*;

use super::*;

pub fn replay(at: &mut Cursor, case: &mut Value) {
    let client = client(&case["client"]).expect("a client");
    at.check_mended(case, |case| begun(case).is_ok());
    let (got, mut shared) = shown(begun(case));
    at.check("start", case["start"].as_object_mut().expect("start"), got);
    let empty = Vec::new();
    for index in 0..case.get("events").and_then(Value::as_array).unwrap_or(&empty).len() {
        let before = shared.clone().unwrap_or_else(|| panic!("{}: no tokens left for event {index}", at.case));
        let restored = client.restore_tokens(before.snapshot().expose()).expect("its own text");
        assert_eq!(
            restored.snapshot().expose(),
            before.snapshot().expose(),
            "{} event {index}: the same text",
            at.case
        );
        let event = case["events"][index].as_object_mut().expect("event");
        let (got, next) = apply_event(&client, &restored, event);
        shared = next.or(shared);
        at.check(&format!("event {index}"), event, got);
    }
}

fn begun(case: &Value) -> Result<SharedTokens, VenuekeyError> {
    let client = client(&case["client"]).expect("a client");
    let start = &case["start"];
    match text(&start["call"]) {
        "share_tokens" => client.share_tokens(
            tokens(&start["tokens"]).expect("tokens"),
            &Entropy::new(entropy(&start["entropy"])),
            start["now_ms"].as_u64().expect("now_ms"),
        ),
        "restore_tokens" => client.restore_tokens(&body_text(&start["snapshot"])),
        other => panic!("unknown call {other}"),
    }
}

fn apply_event(client: &Client, shared: &SharedTokens, event: &Map<String, Value>) -> (Value, Option<SharedTokens>) {
    let now_ms = event.get("now_ms").and_then(Value::as_u64).unwrap_or(0);
    match text(&event["event"]) {
        "plan" => planned(
            shared,
            &shared.plan(now_ms, event.get("refused_generation").and_then(Value::as_u64)).expect("milliseconds"),
        ),
        "response" => shown(shared.receive_response(&response(&Value::Object(event.clone())), now_ms)),
        "no_response" => shown(shared.receive_no_response(delivery(event), now_ms)),
        "merge" => {
            let late = client.restore_tokens(text(&event["late"])).expect("shared tokens");
            match shared.merge(&late) {
                Ok(Some(merged)) => shown(Ok(merged)),
                Ok(None) => (Value::Null, None),
                Err(error) => (json!({"raises": raised(&error)}), None),
            }
        }
        other => panic!("unknown event {other}"),
    }
}

fn shown(shared: Result<SharedTokens, VenuekeyError>) -> (Value, Option<SharedTokens>) {
    match shared {
        Ok(shared) => {
            let (snapshot, status) = (shared.snapshot(), shared.snapshot().status().as_str());
            let got = json!({
                "tokens_id": shared.tokens_id(), "revision": shared.revision(), "generation": shared.generation(),
                "status": status, "lease_until_ms": shared.lease_until_ms(), "snapshot": snapshot.expose(),
            });
            (got, Some(shared))
        }
        Err(error) => (json!({"raises": raised(&error)}), None),
    }
}

fn planned(shared: &SharedTokens, plan: &TokenPlan) -> (Value, Option<SharedTokens>) {
    let mut got = json!({"plan": plan.name()});
    let fields = got.as_object_mut().expect("object");
    let next = match plan {
        TokenPlan::Use { tokens, generation, refresh_at_ms } => {
            fields.insert("access_token".into(), json!(tokens.access_token().expose()));
            fields.insert("generation".into(), json!(generation));
            fields.insert("refresh_at_ms".into(), json!(refresh_at_ms));
            shared.clone()
        }
        TokenPlan::Refresh { request, next } => {
            fields.insert("request".into(), described_request(request));
            fields.insert("snapshot".into(), json!(next.snapshot().expose()));
            next.clone()
        }
        TokenPlan::WaitUntil { until_ms, error } => {
            fields.insert("until_ms".into(), json!(until_ms));
            fields.insert("error".into(), json!(error.as_ref().map(described_error)));
            shared.clone()
        }
        TokenPlan::Reauthorize { error } => {
            fields.insert("error".into(), described_error(error));
            shared.clone()
        }
    };
    (got, Some(next))
}
