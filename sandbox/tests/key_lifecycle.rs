//! How a key ends, and which value is the public one (facts/whitebit.md, 7.3, 8, D2, D7; facts/bybit.md, 8.4, 9).

use crate::support::sign::*;
use crate::support::*;
use serde_json::{Value, json};

const DAY_MS: u64 = 86_400_000;
/// Tokens that outlive what is waited for.
const LONG: u64 = 400 * 86_400;

/// A WhiteBIT key that has just signed, the token that asks after it, and its id and secret.
fn whitebit(knobs: Value) -> (Bench, String, (String, String)) {
    let mut bench = Bench::new(json!({"whitebit": {"access_ttl_s": LONG}}));
    bench.knobs(knobs);
    let (token, id) = bench.whitebit_key();
    let secret = bench.whitebit_secret(&token, &id).json()["data"]["apiSecret"].as_str().unwrap().to_owned();
    (bench, token, (id, secret))
}

fn info(bench: &mut Bench, token: &str) -> (bool, bool) {
    let data = bench.whitebit_info(token).json()["data"].clone();
    (data["exists"] == true, data["isEnabled"] == true)
}

#[test]
fn section_8_what_deletes_a_key_and_leaves_the_tokens() {
    for action in ["change_password", "block_account", "delete_key", "inactivity_delete"] {
        let (mut bench, token, key) = whitebit(json!({}));
        assert_eq!(bench.whitebit_signed(pair(&key), BALANCE, 1, "").status, 200);
        assert_eq!(bench.act("whitebit/global", action).json(), json!({"keys": 1}), "{action}");
        assert_eq!(info(&mut bench, &token), (false, false), "{action}");
        assert_eq!(bench.whitebit_delete(&token, &key.0).status, 404);
        assert_eq!(got(bench.whitebit_signed(pair(&key), BALANCE, 2, "")), v4(401, 0, "Unauthorized request."));
        // The way is free for a new one.
        assert!(bench.whitebit_login(WHITEBIT).parameter("code").is_some(), "{action}");
        assert_eq!(info(&mut bench, &token), (true, true));
    }
}

#[test]
fn section_8_a_revoked_partner_reads_nothing_more() {
    let mut bench = Bench::new(json!({}));
    let data = bench.plain_grant(WHITEBIT);
    let access = data["access_token"].as_str().unwrap();
    assert_eq!(bench.read(access, "orders", json!({})).status, 200);
    bench.act("whitebit/global", "revoke");
    assert_eq!(bench.read(access, "orders", json!({})).status, 401);
    assert_eq!(bench.whitebit_refresh(data["refresh_token"].as_str().unwrap()).status, 400);
}

#[test]
fn section_7_3_only_the_user_deletes_a_disabled_key() {
    for status in [403, 404] {
        let (mut bench, token, key) = whitebit(json!({"whitebit": {"delete_disabled_status": status}}));
        bench.later(14 * DAY_MS);
        let disabled = v4(401, 0, "This action is unauthorized. Enable your key in API settings");
        assert_eq!(got(bench.whitebit_signed(pair(&key), BALANCE, 1, "")), disabled);
        assert_eq!(bench.whitebit_delete(&token, &key.0).status, status);
        assert_eq!(info(&mut bench, &token), (true, false), "it awaits the user");
        let gate = bench.whitebit_login(WHITEBIT);
        assert!(gate.status == 200 && gate.text().contains("A disabled API key"), "and blocks a new consent");
        bench.act("whitebit/global", "delete_key");
        assert_eq!(info(&mut bench, &token), (false, false));
        assert!(bench.whitebit_login(WHITEBIT).parameter("code").is_some());
    }
}

#[test]
fn section_8_reads_with_a_token_are_no_activity_of_the_key() {
    let (mut bench, token, key) = whitebit(json!({"whitebit": {
        "granted_scopes": "apikeys.create,apikeys.read,apikeys.delete,users.balances.read"}}));
    bench.later(13 * DAY_MS);
    assert_eq!(bench.read(&token, "balances/spot", json!({})).status, 200, "one token may carry both kinds of scope");
    bench.later(DAY_MS);
    assert_eq!(info(&mut bench, &token), (true, false));
    assert_eq!(bench.whitebit_signed(pair(&key), BALANCE, 1, "").status, 401);
}

#[test]
fn d2_a_probe_can_tell_which_of_the_two_signs() {
    // What the callback brings, what signs: does the externalId sign, and does what was brought?
    for (callback, public_key, id_signs, brought_signs) in [
        ("none", "as_announced", true, None),
        ("external_id", "as_announced", true, Some(true)),
        ("separate", "as_announced", false, Some(true)),
        ("separate", "external_id", true, Some(false)),
        ("external_id", "external_id", true, Some(true)),
        ("separate", "separate", false, Some(true)),
        ("external_id", "separate", false, Some(false)),
        ("none", "separate", false, None),
    ] {
        let mut bench = Bench::new(json!({"whitebit": {"callback_api_key": callback, "public_key": public_key,
            "user_decision": "approve", "key_timing": "before"}}));
        let login = bench.whitebit_login(WHITEBIT);
        let brought = login.parameter("apiKey");
        let code = login.parameter("code").unwrap();
        let token = bench.whitebit_token(WHITEBIT, &code).json()["data"]["access_token"].clone();
        let token = token.as_str().unwrap();
        let id = bench.whitebit_info(token).json()["data"]["externalId"].as_str().unwrap().to_owned();
        let secret = bench.whitebit_secret(token, &id).json()["data"]["apiSecret"].as_str().unwrap().to_owned();
        let mut nonce = 0;
        let mut signs = |key: &str| {
            nonce += 1;
            bench.whitebit_signed((key, &secret), BALANCE, nonce, "").status == 200
        };
        assert_eq!(signs(&id), id_signs, "{callback} {public_key}");
        assert_eq!(brought.map(|key| signs(&key)), brought_signs, "{callback} {public_key}");
        assert!(bench.rules().is_empty());
    }
}

#[test]
fn bybit_8_4_a_password_change_gives_a_bound_key_its_deadline() {
    let mut bench = Bench::new(json!({}));
    let key = bench.issued_bybit_key();
    let ask = |bench: &mut Bench| bench.bybit_signed(pair(&key), "GET", QUERY_API, "");
    bench.later(400 * DAY_MS);
    let result = ask(&mut bench).json()["result"].clone();
    let fields = |result: &Value| (result["deadlineDay"].clone(), result["expiredAt"].clone());
    assert_eq!(fields(&result), (json!(-2), json!("1970-01-01T00:00:00Z")), "it does not expire");
    assert_eq!(bench.act("bybit/mainnet", "change_password").json(), json!({"keys": 1}));
    assert_eq!(fields(&ask(&mut bench).json()["result"]), (json!(7), json!("2024-12-25T22:13:20Z")));
    bench.later(7 * DAY_MS - 1);
    assert_eq!(code(&ask(&mut bench)), (200, 0));
    bench.later(1);
    assert_eq!(code(&ask(&mut bench)), (401, 33_004));
    assert_eq!(bench.act("bybit/mainnet", "block_account").status, 400, "nothing documents that");
}

#[test]
fn bybit_8_4_a_free_key_ends_at_the_earlier_of_its_two_deadlines() {
    let mut bench = Bench::new(json!({"bybit": {"key_ips": ""}}));
    let key = bench.issued_bybit_key();
    let left = |bench: &mut Bench| {
        bench.act("bybit/mainnet", "change_password");
        bench.bybit_signed(pair(&key), "GET", QUERY_API, "").json()["result"]["deadlineDay"].clone()
    };
    assert_eq!(left(&mut bench), 7);
    bench.later(6 * DAY_MS);
    bench.knobs(json!({"bybit": {"password_change_days": 90}}));
    assert_eq!(left(&mut bench), 84, "90 days since its creation come first");
}
