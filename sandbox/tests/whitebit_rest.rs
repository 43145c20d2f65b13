//! To whose key WhiteBIT's signed endpoints answer, and how often (sections 8, 11, 12). What: whitebit_reads.rs.

use crate::support::sign::*;
use crate::support::*;
use serde_json::json;

const MAIN: &str = "/api/v4/main-account/balance";
const HISTORY: &str = "/api/v4/main-account/history";
const DAY_MS: u64 = 86_400_000;

#[test]
fn section_8_a_key_does_what_the_user_ticked() {
    let mut bench = with_keys(json!({"whitebit": {"key_timing": "before", "unlisted_signed_paths": "echo"}}));
    let denied = v4(403, 0, "You don't have permission to use this endpoint.");
    let consent = bench.whitebit_login(WHITEBIT);
    let fields =
        [("session", &*session(&consent)), ("action", "approve"), ("permissions", "trading"), ("otp", "123456")];
    let code = bench.post("/whitebit/global/consent", &fields).parameter("code").expect("code");
    let token = bench.whitebit_token(WHITEBIT, &code).json()["data"]["access_token"].clone();
    let token = token.as_str().expect("token");
    let id = bench.whitebit_info(token).json()["data"]["externalId"].as_str().expect("id").to_owned();
    let secret = bench.whitebit_secret(token, &id).json()["data"]["apiSecret"].as_str().expect("secret").to_owned();
    let key = (id.as_str(), secret.as_str());
    assert_eq!(got(bench.whitebit_signed(key, BALANCE, 1, "")), denied);
    assert_eq!(got(bench.whitebit_signed(key, "/api/v4/main-account/withdraw", 2, "")), denied);
    assert_eq!(bench.whitebit_signed(key, "/api/v4/order/new", 3, "").status, 200);
    // The signature held, and the nonce is spent.
    assert_eq!(bench.whitebit_signed(key, BALANCE, 1, "").json()["message"], "Too many requests.");
    assert!(bench.rules().is_empty());
}

#[test]
fn section_8_a_signed_call_is_activity() {
    let mut bench = with_keys(json!({}));
    let key = bench.issued_whitebit_key();
    for day in 1..=3 {
        bench.later(13 * DAY_MS);
        assert_eq!(bench.whitebit_signed(pair(&key), BALANCE, day, "").status, 200);
    }
    // A forged call is none.
    bench.later(13 * DAY_MS);
    assert_eq!(bench.whitebit_signed((&key.0, "wrong"), BALANCE, 4, "").status, 401);
    bench.later(DAY_MS);
    let disabled = v4(401, 0, "This action is unauthorized. Enable your key in API settings");
    assert_eq!(got(bench.whitebit_signed(pair(&key), BALANCE, 4, "")), disabled);
    assert_eq!(got(bench.whitebit_signed(pair(&key), BALANCE, 5, "")), disabled, "and no call enables it");
}

#[test]
fn section_8_keys_that_are_gone() {
    let unknown = v4(401, 0, "Unauthorized request.");
    for action in ["delete_key", "change_password", "inactivity_delete", "revoke"] {
        let mut bench = with_keys(json!({}));
        let key = bench.issued_whitebit_key();
        assert_eq!(bench.whitebit_signed(pair(&key), BALANCE, 1, "").status, 200);
        bench.act("whitebit/global", action);
        assert_eq!(got(bench.whitebit_signed(pair(&key), BALANCE, 2, "")), unknown, "{action}");
    }
    let mut bench = with_keys(json!({}));
    assert_eq!(got(bench.whitebit_signed(("no such key", "x"), BALANCE, 1, "")), unknown);
    // A key on its way does not sign yet.
    bench.whitebit_tokens();
    let keys = bench.sandbox.state(bench.now_ms, true)["whitebit"]["global"]["keys"].clone();
    let text = |name: &str| keys[1][name].as_str().expect(name).to_owned();
    let key = (text("public_key"), text("secret"));
    assert_eq!(got(bench.whitebit_signed(pair(&key), BALANCE, 1, "")), unknown);
    bench.later(1500);
    assert_eq!(bench.whitebit_signed(pair(&key), BALANCE, 1, "").status, 200);
}

#[test]
fn d2_only_the_public_key_signs() {
    let mut bench = with_keys(json!({"whitebit": {"callback_api_key": "separate"}}));
    let (id, secret) = bench.issued_whitebit_key();
    let keys = bench.sandbox.state(bench.now_ms, false)["whitebit"]["global"]["keys"].clone();
    let public = keys[1]["public_key"].as_str().expect("public key").to_owned();
    assert_ne!(public, id);
    assert_eq!(bench.whitebit_signed((&id, &secret), BALANCE, 1, "").status, 401);
    assert_eq!(bench.whitebit_signed((&public, &secret), BALANCE, 1, "").status, 200);
}

#[test]
fn section_12_limits_are_per_window_and_kind() {
    let mut bench = with_keys(json!({"whitebit": {"limit_divisor": 100}}));
    for _ in 0..2 {
        assert_eq!(bench.ask_whitebit(HISTORY, "").status, 201);
    }
    let refused = bench.ask_whitebit(HISTORY, "");
    assert_eq!(refused.status, 429);
    assert!(!refused.text().contains("Too many requests"), "that is a nonce's text");
    assert_eq!(bench.ask_whitebit(MAIN, "").status, 200);
    bench.later(9999);
    assert_eq!(bench.ask_whitebit(HISTORY, "").status, 429);
    bench.later(1);
    assert_eq!(bench.ask_whitebit(HISTORY, "").status, 201);
    let bad = bench.admin("PATCH", "knobs", json!({"whitebit": {"limit_divisor": 0}}));
    assert_eq!(bad.status, 400);
}
