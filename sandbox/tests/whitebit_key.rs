//! WhiteBIT's emulator checklist, rows 5 to 7: the key.

use crate::support::*;
use serde_json::json;

#[test]
fn row_5_the_key_appears_after_the_callback() {
    let mut bench = Bench::new(json!({"whitebit": {"key_delay_ms": 3000}}));
    let (token, _) = bench.whitebit_tokens();
    let absent = json!({"data": {"exists": false, "isEnabled": false, "externalId": null,
                                 "permissions": []}});
    bench.later(2999);
    assert_eq!(bench.whitebit_info(&token).json(), absent);
    bench.later(1);
    let data = bench.whitebit_info(&token).json()["data"].clone();
    assert_eq!((&data["exists"], &data["isEnabled"]), (&json!(true), &json!(true)));
    assert_eq!(data["permissions"][1]["name"], "trading");
    assert_eq!(data["permissions"][1]["urls"][0], json!({"url": "/v2/order", "enable": true}));
    assert_eq!(data["permissions"][2]["urls"][0]["enable"], false);
}

#[test]
fn row_5_a_key_on_its_way_has_neither_secret_nor_deletion() {
    let mut bench = Bench::new(json!({}));
    let (token, _) = bench.whitebit_tokens();
    let id = bench.sandbox.state(0, false)["whitebit"]["global"]["keys"][0]["external_id"].clone();
    let id = id.as_str().unwrap();
    assert_eq!(bench.whitebit_secret(&token, id).status, 404);
    assert_eq!(bench.whitebit_delete(&token, id).status, 404);
    bench.later(1500);
    assert_eq!(bench.whitebit_secret(&token, id).status, 200);
}

#[test]
fn row_5_the_clock_knob_reaches_the_key() {
    let mut bench = Bench::new(json!({"whitebit": {"key_delay_ms": 3000}}));
    let (token, _) = bench.whitebit_tokens();
    let got = bench.admin("POST", "clock/advance", json!({"ms": 3000}));
    assert_eq!(got.json()["offset_ms"], 3000);
    assert_eq!(bench.whitebit_info(&token).json()["data"]["exists"], true);
}

#[test]
fn row_6_the_secret_comes_once() {
    let mut bench = Bench::new(json!({}));
    let (token, id) = bench.whitebit_key();
    let got = bench.whitebit_secret(&token, &id);
    assert_eq!(got.status, 200);
    assert_eq!(got.header("cache-control"), Some("no-store"));
    let body = got.json();
    assert!(body["data"]["apiSecret"].as_str().unwrap().len() >= 32);
    assert_eq!(body["data"].as_object().unwrap().len(), 1);
    let again = bench.whitebit_secret(&token, &id);
    assert_eq!(again.status, 409);
    assert_eq!(again.json(), json!({"data": {"message": ["Secret already retrieved."]}}));
}

#[test]
fn row_6_the_lock_has_no_retry_after_and_no_effect() {
    let mut bench = Bench::new(json!({}));
    let (token, id) = bench.whitebit_key();
    bench.fault("secret", "lock");
    let got = bench.whitebit_secret(&token, &id);
    assert_eq!(got.status, 423);
    assert_eq!(got.header("retry-after"), None);
    assert_eq!(got.json(), json!({"data": {"message": ["Temporary lock, retry shortly."]}}));
    assert_eq!(bench.whitebit_secret(&token, &id).status, 200);
}

#[test]
fn row_6_delete_answers_an_empty_array() {
    let mut bench = Bench::new(json!({}));
    let (token, id) = bench.whitebit_key();
    let got = bench.whitebit_delete(&token, &id);
    assert_eq!((got.status, got.json()), (200, json!({"data": []})));
    assert_eq!(bench.whitebit_info(&token).json()["data"]["exists"], false);
    assert_eq!(bench.whitebit_secret(&token, &id).status, 404);
    let again = bench.whitebit_delete(&token, &id);
    assert_eq!(again.status, 404);
    assert_eq!(again.json(), json!({"data": {"message": ["Key not found."]}}));
}

#[test]
fn row_6_key_endpoints_take_neither_query_nor_body_nor_other_auth() {
    let mut bench = Bench::new(json!({}));
    let (token, id) = bench.whitebit_key();
    let bearer = format!("Bearer {token}");
    let secret = format!("/whitebit/global/oauth2/api-key/{id}/secret");
    let headers = [("authorization", bearer.as_str())];
    assert_eq!(bench.call("GET", &format!("{secret}?x=1"), &headers, "").status, 400);
    assert_eq!(bench.call("GET", &secret, &headers, "{}").status, 400);
    assert_eq!(bench.call("GET", &secret, &[], "").status, 401);
    let lower = format!("bearer {token}");
    assert_eq!(bench.call("GET", &secret, &[("authorization", &lower)], "").status, 401);
    assert_eq!(bench.whitebit_secret(&token, "not-a-uuid").status, 400);
    assert_eq!(bench.rules(), ["unexpected_query", "unexpected_body", "bearer", "bearer", "external_id"]);
    assert_eq!(bench.whitebit_secret(&token, &id).status, 200);
}

#[test]
fn row_7_a_disabled_key_can_only_be_removed_by_the_user() {
    for status in [403, 404] {
        let mut bench = Bench::new(json!({"whitebit": {"delete_disabled_status": status}}));
        let (token, id) = bench.whitebit_key();
        bench.act("whitebit/global", "inactivity_disable");
        let data = bench.whitebit_info(&token).json()["data"].clone();
        assert_eq!((&data["exists"], &data["isEnabled"]), (&json!(true), &json!(false)));
        assert_eq!(data["permissions"][1]["urls"][0]["enable"], true);
        assert_eq!(bench.whitebit_delete(&token, &id).status, status);
        let gate = bench.whitebit_login(WHITEBIT);
        assert_eq!(gate.status, 200);
        assert!(gate.text().contains("A disabled API key for this partner exists"));
        bench.act("whitebit/global", "delete_key");
        assert_eq!(bench.whitebit_login(WHITEBIT).status, 302);
    }
}

#[test]
fn row_7_the_eu_host_has_no_key_endpoints() {
    let mut bench = Bench::new(json!({}));
    let code = bench.whitebit_code(WHITEBIT_EU);
    let token = bench.whitebit_token(WHITEBIT_EU, &code).json()["data"]["access_token"].clone();
    let token = token.as_str().unwrap();
    let got = bench.bearer("GET", "/whitebit/eu/oauth2/api-key/info", token);
    assert_eq!(got.status, 404);
    assert_eq!(bench.rules(), ["eu_key_endpoint"]);
    assert_eq!(bench.whitebit_info(token).status, 401, "unknown on the other host");
}

#[test]
fn row_7_a_missing_scope_is_401_or_403() {
    let scopes = "general,apikeys.create";
    for (status, extended, info, other) in [(401, false, 401, 401), (403, false, 401, 403), (403, true, 403, 403)] {
        let mut bench = Bench::new(json!({"whitebit": {"granted_scopes": scopes,
            "scope_denied_status": status, "info_extended_statuses": extended}}));
        let (token, _) = bench.whitebit_tokens();
        let id = "11111111-2222-4333-8444-555555555555";
        assert_eq!(bench.whitebit_info(&token).status, info);
        assert_eq!(bench.whitebit_secret(&token, id).status, other);
        assert_eq!(bench.whitebit_delete(&token, id).status, other);
    }
}

#[test]
fn section_7_foreign_keys() {
    let mut bench = Bench::new(json!({}));
    let (token, id) = bench.whitebit_key();
    let manual = bench.act("whitebit/global", "create_manual_key").json();
    let manual = manual["external_id"].as_str().unwrap().to_owned();
    let got = bench.whitebit_delete(&token, &manual);
    assert_eq!(got.status, 403);
    assert_eq!(got.json(), json!({"data": {"message": ["Forbidden."]}}));
    // Another user's token does not find the first one's key.
    bench.knobs(json!({"whitebit": {"user_uid": 7}}));
    let (other, other_id) = bench.whitebit_key();
    assert_ne!(id, other_id);
    assert_eq!(bench.whitebit_secret(&other, &id).status, 404);
    assert_eq!(bench.whitebit_delete(&other, &id).status, 404);
    assert_eq!(bench.whitebit_secret(&token, &id).status, 200);
}

#[test]
fn section_7_permissions_shapes() {
    let mut bench = Bench::new(json!({"whitebit": {"key_timing": "before"}}));
    let got = bench.whitebit_login(WHITEBIT);
    let fields = [("session", &*session(&got)), ("action", "approve"), ("otp", "123456")];
    let got = bench.post("/whitebit/global/consent", &fields);
    let code = got.parameter("code").unwrap();
    let data = bench.whitebit_token(WHITEBIT, &code).json()["data"].clone();
    let token = data["access_token"].as_str().unwrap();
    let groups = bench.whitebit_info(token).json()["data"]["permissions"].clone();
    assert_eq!(groups.as_array().unwrap().len(), 3);
    assert!(!groups.to_string().contains("true"));
    bench.knobs(json!({"whitebit": {"zero_permissions_shape": "empty_array"}}));
    assert_eq!(bench.whitebit_info(token).json()["data"]["permissions"], json!([]));
    bench.knobs(json!({"whitebit": {"permissions_absent": true}}));
    assert!(bench.whitebit_info(token).json()["data"].get("permissions").is_none());
}

#[test]
fn section_8_removal_by_the_system() {
    for action in ["change_password", "inactivity_delete"] {
        let mut bench = Bench::new(json!({}));
        let (token, id) = bench.whitebit_key();
        assert_eq!(bench.act("whitebit/global", action).json(), json!({"keys": 1}));
        assert_eq!(bench.whitebit_info(&token).json()["data"]["exists"], false);
        assert_eq!(bench.whitebit_secret(&token, &id).status, 404);
        bench.knobs(json!({"whitebit": {"info_extended_statuses": true}}));
        assert_eq!(bench.whitebit_info(&token).status, 404);
    }
    let mut bench = Bench::new(json!({}));
    let (token, _) = bench.whitebit_key();
    bench.act("whitebit/global", "revoke");
    assert_eq!(bench.whitebit_info(&token).status, 401);
}

#[test]
fn section_7_another_clients_key_is_forbidden() {
    let mut bench = with_other_client();
    let (_, id) = bench.whitebit_key();
    // No apikeys.create: the other client is to have no key of its own.
    bench.knobs(json!({"whitebit": {"granted_scopes": "apikeys.read,apikeys.delete"}}));
    let query = form(&[
        ("clientId", "other"),
        ("state", "s"),
        ("redirect_uri", "https://other.example/cb"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    let code = bench.get(&format!("{WHITEBIT}/auth/login?{query}")).parameter("code").unwrap();
    let fields =
        [("client_id", "other"), ("client_secret", "other-secret"), ("code", &*code), ("code_verifier", VERIFIER)];
    let data = bench.post("/whitebit/global/oauth2/token", &fields).json()["data"].clone();
    let token = data["access_token"].as_str().unwrap();
    assert_eq!(bench.whitebit_info(token).json()["data"]["exists"], false);
    assert_eq!(bench.whitebit_secret(token, &id).status, 403);
    assert_eq!(bench.whitebit_delete(token, &id).status, 403);
}
