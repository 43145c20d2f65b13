//! Replaying a case of `flows/`.

use super::*;

pub fn replay(at: &mut Cursor, case: &mut Value) {
    let client = client(&case["client"]).expect("a client");
    at.check_mended(case, |case| begun(case).1.is_some());
    let (got, mut flow) = begun(case);
    at.check("start", case["start"].as_object_mut().expect("start"), got);
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

fn begun(case: &Value) -> (Value, Option<Flow>) {
    let client = client(&case["client"]).expect("a client");
    let start = case["start"].as_object().expect("start");
    let entropy = Entropy::new(start.get("entropy").map_or([0; 64], entropy));
    let now_ms = start["now_ms"].as_u64().expect("now_ms");
    let tokens = |value: &Value| tokens(value).expect("tokens");
    match start["call"].as_str().expect("call") {
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
    }
}

pub fn options(start: &Map<String, Value>) -> BeginOptions {
    let mut options = BeginOptions { on_secret_lost: on_secret_lost(start), ..BeginOptions::default() };
    if let Some(seconds) = start.get("callback_timeout_s") {
        options.callback_timeout_s = seconds.as_u64().and_then(|s| s.try_into().ok()).expect("seconds");
    }
    if start.get("response_type").is_some_and(|kind| kind == "token") {
        options.response_type = ResponseType::Token;
    }
    options.expected_uid = start.get("expected_uid").map(|uid| text(uid).to_owned());
    options.key_request = start.get("key_request").map(key_request);
    options
}

fn key_request(given: &Value) -> KeyRequest {
    let texts = |value: &Value| value.as_array().expect("texts").iter().map(|item| text(item).to_owned()).collect();
    KeyRequest {
        label: given.get("label").map(|label| text(label).to_owned()),
        permissions: given.get("permissions").map(texts),
        ip_allowlist: given.get("ip_allowlist").map(texts),
        expires_at_ms: given.get("expires_at_ms").map(|ms| ms.as_u64().expect("milliseconds")),
        passphrase: given.get("passphrase").map(|passphrase| Secret::new(text(passphrase))),
    }
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
                    fields.insert("error".into(), described_error(error));
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
