//! The value cases of a key's life: what is granted, which public key it has, when to look at it next.

use super::values::{at_signer, number};
use super::*;

/// The case's result; `None` where it is no case of these.
pub fn value(kind: &str, holder: &Map<String, Value>) -> Option<Value> {
    let now_ms = || number(&holder["now_ms"]);
    Some(match kind {
        "key_proof" => {
            let read = at_signer(holder).expect("a signer").receive_probe(&response(&holder["response"]));
            let proof = read.expect("a proof");
            json!({"any_granted": proof.any_granted(), "expires_at_ms": proof.expires_at_ms})
        }
        "key_status" => json!({"any_granted": status(holder).any_granted()}),
        "public_key_probe" => {
            let case = client(&holder["client"]).expect("a client");
            let flow = case.restore(text(&holder["snapshot"])).expect("a flow");
            let Ok(Step::Done { outcome: Outcome::ApiKey { key, .. }, .. }) = flow.resume(1_790_000_000_000) else {
                panic!("a finished flow with a key")
            };
            let probe = PublicKeyProbe::new(&key, signer_config(&holder["signer"])).expect("a sound key");
            turns(probe, holder["turns"].as_array().expect("turns"))
        }
        "key_watch" => match KeyWatch::from_text(&body_text(&holder["watch"])) {
            Ok(watch) => {
                assert_eq!(KeyWatch::from_text(&watch.to_text()).expect("its own text"), watch);
                let look = watch.next_check(now_ms());
                json!({
                    "text": watch.to_text(), "at_ms": look.at_ms, "reason": look.reason.as_str(),
                    "ends_at_ms": watch.ends_at_ms(),
                })
            }
            Err(error) => json!({"raises": raised(&error)}),
        },
        "key_verdict" => {
            let watch = KeyWatch::from_text(text(&holder["watch"])).expect("a watch");
            let verdict = match holder.get("external_id") {
                Some(id) => {
                    let id = ExternalId::try_from(text(id).to_owned()).expect("a UUID");
                    watch.receive_status(&status(holder), &id).expect("a key's id")
                }
                None => match at_signer(holder).expect("a signer").receive_probe(&response(&holder["response"])) {
                    Ok(proof) => watch.receive_proof(&proof, now_ms()),
                    Err(error) => watch.receive_error(&error, now_ms()),
                },
            };
            let mut got = json!({"verdict": verdict.name()});
            match verdict {
                KeyVerdict::Works { watch } => got["watch"] = json!(watch.to_text()),
                KeyVerdict::Unclear { check_again_at_ms } => got["check_again_at_ms"] = json!(check_again_at_ms),
                KeyVerdict::Disabled | KeyVerdict::Gone | KeyVerdict::Expired => {}
            }
            got
        }
        _ => return None,
    })
}

/// What `check_key` makes of the case's reply.
fn status(holder: &Map<String, Value>) -> KeyStatus {
    let client = client(&holder["client"]).expect("a client");
    let tokens = Tokens::new(Secret::new("t"), None, 1, None, vec![]).expect("sound");
    let now_ms = 1_790_000_000_000;
    let begun = client.check_key(&tokens, &Entropy::new([0; 64]), now_ms).expect("supported");
    let sent = begun.flow().resume(now_ms).expect("ready");
    let saved = sent.flow().receive_response(&response(&holder["response"]), now_ms).expect("in flight");
    let Ok(Step::Done { outcome: Outcome::KeyChecked { status, .. }, .. }) = saved.flow().resume(now_ms) else {
        panic!("a reply that tells the status")
    };
    status
}

fn turns(mut probe: PublicKeyProbe, turns: &[Value]) -> Value {
    let mut got = Vec::new();
    for turn in turns {
        let request = probe.request(number(&turn["nonce_ms"])).expect("a nonce");
        let mut seen = json!({"shown": format!("{probe:?}"), "request": described_request(&request)});
        match probe.receive(&response(&turn["response"])) {
            Ok(PublicKeyAnswer::Proven { key, proof }) => {
                seen["answer"] = json!("proven");
                seen["api_key"] = json!(key.api_key().expose());
                seen["external_id"] = json!(key.external_id().map(ExternalId::as_str));
                seen["candidate_public_key"] = json!(key.candidate_public_key().map(Secret::expose));
                seen["is_permitted"] = json!(proof.is_permitted);
            }
            Ok(PublicKeyAnswer::Next { probe: next }) => {
                seen["answer"] = json!("next");
                probe = next;
            }
            Err(error) => seen["raises"] = raised(&error),
        }
        got.push(seen);
    }
    Value::Array(got)
}
