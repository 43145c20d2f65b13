//! The admin endpoints, and that a run repeats byte for byte.

use crate::support::*;
use serde_json::{Value, json};
use venuekey_sandbox::{Answer, Config, Sandbox};

#[test]
fn every_knob_is_listed_and_survives_the_round_trip() {
    let mut bench = Bench::new(json!({}));
    let before = bench.admin("GET", "knobs", Value::Null).json();
    assert_eq!(before["whitebit"]["variant"], "new");
    assert_eq!(before["whitebit"]["access_ttl_s"], Value::Null);
    assert_eq!(before["bybit"]["redirect_status"], 301);
    assert_eq!(bench.admin("PATCH", "knobs", before.clone()).json(), before);
    bench.knobs(json!({"whitebit": {"access_ttl_s": 5}}));
    bench.knobs(json!({"whitebit": {"access_ttl_s": null}}));
    assert_eq!(bench.admin("GET", "knobs", Value::Null).json(), before);
}

#[test]
fn bad_patches_are_refused_whole() {
    let mut bench = Bench::new(json!({}));
    let before = bench.admin("GET", "knobs", Value::Null).json();
    for patch in [
        json!({"whitebit": {"code_ttl_s": 1, "no_such_knob": 1}}),
        json!({"whitebit": {"code_ttl_s": 1, "variant": "newest"}}),
        json!({"bybit": {"code_ttl_s": 1, "redirect_status": 307}}),
        json!({"binance": {}}),
        json!([]),
    ] {
        let got = bench.admin("PATCH", "knobs", patch.clone());
        assert_eq!(got.status, 400, "{patch}");
        assert!(got.json()["error"].as_str().unwrap().ends_with('.'));
    }
    assert_eq!(bench.admin("GET", "knobs", Value::Null).json(), before);
}

#[test]
fn requests_show_names_and_mask_values_unless_asked() {
    let mut bench = Bench::new(json!({}));
    let code = bench.whitebit_code(WHITEBIT);
    bench.whitebit_token(WHITEBIT, &code);
    let masked = bench.admin("GET", "requests", Value::Null);
    for secret in ["demo-whitebit-secret", VERIFIER, CHALLENGE, code.as_str()] {
        assert!(!masked.text().contains(secret), "{secret}");
    }
    let token = masked.json()["requests"][1].clone();
    assert_eq!(token["endpoint"], "token");
    assert_eq!(token["method"], "POST");
    assert_eq!(token["path"], "/oauth2/token");
    assert_eq!(token["form"][2], json!({"name": "code", "value": "***"}));
    assert_eq!(token["headers"][0]["name"], "Content-Type");
    assert_eq!(token["status"], 200);
    let open = bench.admin("GET", "requests?values=true", Value::Null);
    assert_eq!(open.json()["requests"][1]["form"][2]["value"], code.as_str());
    assert_eq!(bench.admin("GET", "requests?values=yes", Value::Null).status, 400);
}

#[test]
fn violations_name_the_rule_and_no_value() {
    let mut bench = Bench::new(json!({}));
    bench.post("/whitebit/global/oauth2/token", &[("grant_type", "hunter2")]);
    let got = bench.admin("GET", "violations", Value::Null);
    assert!(!got.text().contains("hunter2"));
    let first = &got.json()["violations"][0];
    assert_eq!((&first["rule"], &first["field"]), (&json!("unknown_field"), &json!("grant_type")));
    assert_eq!(
        (&first["venue"], &first["environment"], &first["endpoint"]),
        (&json!("whitebit"), &json!("global"), &json!("token"))
    );
}

#[test]
fn state_masks_secrets_unless_asked() {
    let mut bench = Bench::new(json!({}));
    let (token, id) = bench.whitebit_key();
    let secret = bench.whitebit_secret(&token, &id).json()["data"]["apiSecret"].clone();
    let secret = secret.as_str().unwrap();
    let masked = bench.admin("GET", "state", Value::Null);
    assert!(!masked.text().contains(secret) && !masked.text().contains(&token));
    let key = masked.json()["whitebit"]["global"]["keys"][0].clone();
    assert_eq!(key["secret_taken"], true);
    assert_eq!(key["owner"], json!({"partner": "demo-whitebit"}));
    let open = bench.admin("GET", "state?values=true", Value::Null);
    assert!(open.text().contains(secret) && open.text().contains(&token));
}

#[test]
fn existing_keys_follow_their_knob() {
    let mut bench = Bench::new(json!({"whitebit": {"user_existing_key": "active"}}));
    let keys = |bench: &Bench| {
        let state = bench.sandbox.state(bench.now_ms, false);
        state["whitebit"]["global"]["keys"].clone()
    };
    assert_eq!(keys(&bench)[0]["status"], "active");
    bench.knobs(json!({"whitebit": {"user_existing_key": "disabled"}}));
    assert_eq!(keys(&bench)[0]["status"], "disabled");
    bench.knobs(json!({"whitebit": {"user_existing_key": "none"}}));
    assert_eq!(keys(&bench)[0]["status"], "deleted");
    let config: Config =
        serde_json::from_value(json!({"knobs": {"whitebit": {"user_existing_key": "active"}}})).unwrap();
    let sandbox = Sandbox::new(config).unwrap();
    assert_eq!(sandbox.state(0, false)["whitebit"]["global"]["keys"][0]["exists"], true);
}

#[test]
fn what_is_not_there_is_said() {
    let mut bench = Bench::new(json!({}));
    for (method, path, status) in [
        ("GET", "nothing", 404),
        ("DELETE", "knobs", 404),
        ("POST", "user/kraken/main/action", 404),
        ("POST", "user/bybit/global/action", 404),
        ("GET", "user/bybit/mainnet/action", 405),
        ("POST", "user/bybit/mainnet/action", 400),
    ] {
        let got = bench.admin(method, path, json!({"action": "dance"}));
        assert_eq!(got.status, status, "{method} {path}");
        assert!(got.json()["error"].is_string());
    }
    let bare = bench.call("POST", "/_sandbox/clock/advance", &[], "{\"ms\":1}");
    assert_eq!(bare.status, 415);
    let cross = [("sec-fetch-site", "cross-site")];
    assert_eq!(bench.call("POST", "/_sandbox/reset", &cross, "").status, 403);
    assert_eq!(bench.admin("GET", "health", Value::Null).json(), json!({"status": "ok"}));
    assert_eq!(bench.get("/elsewhere").status, 404);
    assert_eq!(bench.get("/whitebit/globals/auth/login").status, 404);
}

#[test]
fn reset_forgets_everything() {
    let mut bench = Bench::new(json!({"bybit": {"redirect_status": 302}}));
    let (token, _) = bench.bybit_tokens();
    bench.fault("uid", "rate_limit");
    bench.admin("POST", "clock/advance", json!({"ms": 5}));
    assert_eq!(bench.admin("POST", "reset", Value::Null).status, 200);
    assert_eq!(bench.sandbox.clock(bench.now_ms), bench.now_ms);
    assert!(bench.sandbox.requests().is_empty() && bench.sandbox.open_faults().is_empty());
    assert_eq!(bench.admin("GET", "knobs", Value::Null).json()["bybit"]["redirect_status"], 301);
    assert_eq!(bench.bybit_uid(&token).json()["ret_code"], 10001);
}

/// A run through both venues, as answers.
fn run(seed: u64) -> Vec<Answer> {
    let config = Config { seed, ..Config::default() };
    let mut bench = Bench::of(config);
    let (token, id) = bench.whitebit_key();
    bench.whitebit_secret(&token, &id);
    let (token, _) = bench.bybit_tokens();
    let target = "/bybit/mainnet/oauth/v1/resource/restrict/openapi";
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("user-agent", "partner/1.0")];
    let key = request("GET", target, &headers, "");
    let admin = ["state?values=true", "requests?values=true", "violations", "knobs"];
    let mut answers = vec![bench.answer(&key)];
    for path in admin {
        let request = request("GET", &format!("/_sandbox/{path}"), &[], "");
        answers.push(bench.answer(&request));
    }
    answers
}

#[test]
fn one_seed_gives_the_same_bytes() {
    assert_eq!(run(1), run(1));
    assert_ne!(run(1)[0], run(2)[0]);
    let mut bench = Bench::new(json!({}));
    let first = bench.whitebit_key();
    bench.admin("POST", "reset", Value::Null);
    assert_eq!(bench.whitebit_key(), first);
}

#[test]
fn the_clock_is_held_set_and_let_run_on() {
    let mut bench = Bench::new(json!({}));
    let clock = |bench: &mut Bench, path: &str, body: Value| {
        let method = if body.is_null() { "GET" } else { "POST" };
        bench.admin(method, path, body).json()
    };
    let start = bench.now_ms;
    assert_eq!(clock(&mut bench, "clock", Value::Null), json!({"now_ms": start, "held": false, "offset_ms": 0}));
    assert_eq!(clock(&mut bench, "clock", json!({"held": true}))["now_ms"], start);
    bench.later(700);
    assert_eq!(clock(&mut bench, "clock", Value::Null), json!({"now_ms": start, "held": true, "offset_ms": -700}));
    assert_eq!(clock(&mut bench, "clock/advance", json!({"ms": 50}))["now_ms"], start + 50);
    // Set into the past, it stays held; released, it runs on from there.
    assert_eq!(clock(&mut bench, "clock", json!({"now_ms": 1000}))["held"], true);
    assert_eq!(bench.sandbox.state(bench.now_ms, false)["now_ms"], 1000);
    clock(&mut bench, "clock", json!({"held": false}));
    bench.later(5);
    assert_eq!(clock(&mut bench, "clock", Value::Null)["now_ms"], 1005);
    // Running, it is set and runs on.
    clock(&mut bench, "clock", json!({"now_ms": start + 9}));
    bench.later(1);
    assert_eq!(clock(&mut bench, "clock", Value::Null)["now_ms"], start + 10);
    assert_eq!(bench.admin("POST", "clock", json!({"now": 1})).status, 400);
    bench.admin("POST", "clock", json!({"held": true}));
    bench.admin("POST", "reset", Value::Null);
    assert_eq!(clock(&mut bench, "clock", Value::Null), json!({"now_ms": bench.now_ms, "held": false, "offset_ms": 0}));
}

#[test]
fn a_held_clock_keeps_what_waits_for_it() {
    let mut bench = Bench::new(json!({"whitebit": {"key_timing": "after", "key_delay_ms": 1500}}));
    bench.admin("POST", "clock", json!({"held": true}));
    let (token, _) = bench.whitebit_tokens();
    bench.later(3_600_000);
    assert!(bench.whitebit_info(&token).json()["data"].get("externalId").is_none_or(Value::is_null));
    bench.admin("POST", "clock/advance", json!({"ms": 1500}));
    assert!(bench.whitebit_info(&token).json()["data"]["externalId"].is_string());
}
