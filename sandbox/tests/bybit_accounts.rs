//! Bybit's `ai_accounts`: the agent's sub-accounts, in every shape.

use crate::support::*;
use serde_json::{Value, json};

const ID: &str = "?sub_member_id=200001";

/// A bench with the agent's token.
fn with_token(knobs: Value) -> (Bench, String) {
    let mut bench = Bench::new(json!({"bybit": knobs}));
    let (token, _) = bench.agent_tokens();
    (bench, token)
}

/// The key of the first account, from the admin's view.
fn key(bench: &Bench, at: usize) -> (Value, Value) {
    let account = bench.sandbox.state(bench.now_ms, true)["bybit"]["mainnet"]["sub_accounts"][at].clone();
    (account["api_key"].clone(), account["api_secret"].clone())
}

#[test]
fn each_shape_of_the_sheet() {
    for (shape, keys) in [
        ("accounts", false),
        ("accounts", true),
        ("array", false),
        ("array", true),
        ("always_list", false),
        ("top_level", false),
        ("camel_case", true),
    ] {
        let (mut bench, token) = with_token(json!({"ai_shape": shape, "ai_list_keys": keys}));
        let (k, s) = key(&bench, 0);
        let bare = json!({"sub_member_id": 200_001, "nickname": "bot-1"});
        let full = json!({"sub_member_id": 200_001, "nickname": "bot-1", "api_key": k, "api_secret": s});
        let one = json!({"sub_member_id": 200_001, "api_key": k, "api_secret": s});
        let listed = if keys { &full } else { &bare };
        let ok = |result: Value| json!({"retCode": 0, "retMsg": "", "result": result});
        let (list, fetched) = match shape {
            "accounts" => (ok(json!({"accounts": [listed]})), ok(one)),
            "array" => (ok(json!([listed])), ok(one)),
            "always_list" => (ok(json!({"accounts": [full]})), ok(json!({"accounts": [full]}))),
            "top_level" => (
                json!({"retCode": 0, "retMsg": "", "accounts": [bare]}),
                json!({"retCode": 0, "retMsg": "", "sub_member_id": 200_001, "api_key": k, "api_secret": s}),
            ),
            _ => (
                ok(json!({"aiAccounts": [
                    {"subAccountId": 200_001, "nickname": "bot-1", "apiKey": k, "apiSecret": s}]})),
                ok(json!({"subAccountId": 200_001, "apiKey": k, "apiSecret": s})),
            ),
        };
        let got = bench.ai_accounts(&token, "");
        assert_eq!((got.status, got.header("cache-control")), (200, Some("no-store")));
        assert_eq!(got.json(), list, "{shape}");
        assert_eq!(bench.ai_accounts(&token, ID).json(), fetched, "{shape}");
        assert_eq!(bench.rules(), [""; 0]);
    }
}

#[test]
fn the_envelope_has_its_own_style_for_success_and_for_failure() {
    let (mut bench, token) = with_token(json!({"ai_naming": "snake", "ai_error_naming": "camel"}));
    assert_eq!(bench.ai_accounts(&token, "").json()["ret_code"], 0);
    assert_eq!(bench.ai_accounts("nonsense", "").json()["retCode"], 10001);
    bench.knobs(json!({"bybit": {"ai_error_naming": "snake"}}));
    assert_eq!(bench.ai_accounts("nonsense", "").json()["ret_code"], 10001);
}

#[test]
fn a_created_account_is_the_answer_and_five_are_the_most() {
    let (mut bench, token) = with_token(json!({}));
    for n in 2..=5 {
        let result = bench.ai_accounts(&token, "?is_create=true").json()["result"].clone();
        assert_eq!(result["sub_member_id"], 200_000 + n);
        let (k, s) = key(&bench, n - 1);
        assert_eq!((&result["api_key"], &result["api_secret"]), (&k, &s));
        let list = bench.ai_accounts(&token, "").json()["result"]["accounts"].clone();
        assert_eq!(list.as_array().unwrap().len(), n);
        assert_eq!(list[n - 1]["nickname"], format!("bot-{n}"));
    }
    let got = bench.ai_accounts(&token, "?is_create=true").json();
    assert_eq!((&got["ret_code"], &got["ret_msg"]), (&json!(10005), &json!("no more than 5 sub accounts")));
    assert_eq!(bench.ai_accounts(&token, "").json()["result"]["accounts"].as_array().unwrap().len(), 5);
    assert_eq!(bench.rules(), [""; 0]);
}

#[test]
fn an_unknown_account_is_refused() {
    let (mut bench, token) = with_token(json!({}));
    for id in ["200002", "0", "99999999999999999999999999"] {
        let got = bench.ai_accounts(&token, &format!("?sub_member_id={id}")).json();
        assert_eq!((&got["ret_code"], &got["ret_msg"]), (&json!(10005), &json!("no such sub account")), "{id}");
    }
    // Neither another user's nor another environment's account is one's own.
    bench.knobs(json!({"bybit": {"user_uid": 7}}));
    let (other, _) = bench.agent_tokens();
    assert_eq!(bench.ai_accounts(&other, ID).json()["ret_code"], 10005);
    let list = bench.ai_accounts(&other, "").json()["result"]["accounts"].clone();
    assert_eq!(list, json!([{"sub_member_id": 200_002, "nickname": "bot-1"}]));
    assert_eq!(bench.ai_accounts(&token, ID).json()["retCode"], 0);
    let testnet = bench.sandbox.state(bench.now_ms, false)["bybit"]["testnet"]["sub_accounts"].clone();
    assert!(testnet.as_array().unwrap().iter().all(|account| account["sub_member_id"].as_u64().unwrap() > 300_000));
}

#[test]
fn undocumented_queries_fail() {
    for (query, rule) in [
        ("?is_create=false", "is_create"),
        ("?is_create=", "is_create"),
        ("?sub_member_id=", "sub_member_id"),
        ("?sub_member_id=bot-1", "sub_member_id"),
        ("?sub_member_id=-1", "sub_member_id"),
        ("?sub_member_id=200001&is_create=true", "conflicting_fields"),
        ("?sub_member_id=200001&sub_member_id=200001", "duplicate_field"),
        ("?nickname=x", "unknown_field"),
    ] {
        let (mut bench, token) = with_token(json!({}));
        let got = bench.ai_accounts(&token, query).json();
        assert_eq!((&got["ret_code"], bench.rules()), (&json!(10001), vec![rule]), "{query}");
        assert_eq!(bench.sandbox.state(0, false)["bybit"]["mainnet"]["sub_accounts"].as_array().unwrap().len(), 1);
    }
    let (mut bench, token) = with_token(json!({}));
    let bearer = format!("Bearer {token}");
    let target = "/bybit/mainnet/oauth/v1/resource/restrict/ai_accounts";
    let headers = [("authorization", bearer.as_str()), ("user-agent", "partner/1.0")];
    bench.call("GET", target, &headers, "{}");
    bench.call("POST", target, &headers, "");
    bench.call("GET", target, &headers[1..], "");
    bench.call("GET", target, &headers[..1], "");
    assert_eq!(bench.rules(), ["unexpected_body", "method", "bearer", "user_agent"]);
}

#[test]
fn each_clients_token_opens_its_own_resources_only() {
    let (mut bench, agents) = with_token(json!({}));
    let (brokers, _) = bench.bybit_tokens();
    assert_eq!(bench.ai_accounts(&brokers, "").json()["ret_code"], 10005);
    assert_eq!(bench.ai_accounts(&brokers, "?is_create=true").json()["ret_code"], 10005);
    assert_eq!(bench.bybit_openapi(&agents).json()["ret_code"], 10005);
    assert_eq!(bench.bybit_uid(&agents).json()["ret_code"], 10005);
    assert_eq!(bench.rules(), ["scope"; 4]);
    assert_eq!(bench.sandbox.state(0, false)["bybit"]["mainnet"]["keys"], json!([]));
    assert_eq!(bench.bybit_uid(&brokers).json()["ret_code"], 0);
}

#[test]
fn without_two_factor_there_is_consent_and_then_20039() {
    let (mut bench, token) = with_token(json!({"user_two_factor": false}));
    for query in ["", ID, "?is_create=true"] {
        assert_eq!(bench.ai_accounts(&token, query).json()["ret_code"], 20039);
    }
    bench.knobs(json!({"bybit": {"user_decision": "ask"}}));
    let got = bench.agent_login(AGENT_CALLBACK);
    assert!(!bench.get(got.location()).text().contains("otp"));
    bench.knobs(json!({"bybit": {"user_two_factor": true}}));
    let list = bench.ai_accounts(&token, "").json();
    assert_eq!(list["result"]["accounts"].as_array().unwrap().len(), 1, "nothing was created");
}

#[test]
fn an_expired_token_is_33004_by_the_clock_and_by_a_fault() {
    let (mut bench, token) = with_token(json!({}));
    bench.fault("ai_accounts", "token_expired");
    assert_eq!(bench.ai_accounts(&token, "?is_create=true").json()["ret_code"], 33004);
    assert_eq!(bench.ai_accounts(&token, "").json()["result"]["accounts"].as_array().unwrap().len(), 1);
    bench.later(86_400_000);
    assert_eq!(bench.ai_accounts(&token, "").json()["ret_code"], 33004);
    bench.knobs(json!({"bybit": {"invalid_token_code": 401}}));
    assert_eq!(bench.ai_accounts("nonsense", "").json()["ret_code"], 401);
}

#[test]
fn a_dropped_reply_has_created_all_the_same_and_the_endpoint_has_its_own_name() {
    let (mut bench, token) = with_token(json!({"user_sub_accounts": 0}));
    bench.fault("ai_accounts", "drop_reply");
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("user-agent", "partner/1.0")];
    let target = "/bybit/mainnet/oauth/v1/resource/restrict/ai_accounts?is_create=true";
    let answer = bench.answer(&request("GET", target, &headers, ""));
    assert_eq!(answer.reply, venuekey_sandbox::Reply::CloseWithoutByte);
    assert_eq!(bench.ai_accounts(&token, "").json()["result"]["accounts"].as_array().unwrap().len(), 1);
    let seen = bench.admin("GET", "requests", Value::Null).json()["requests"][2].clone();
    assert_eq!((&seen["endpoint"], &seen["fault"]), (&json!("ai_accounts"), &json!("drop_reply")));
    assert_eq!(seen["query"], json!([{"name": "is_create", "value": "***"}]));
}

#[test]
fn the_user_begins_with_as_many_as_the_knob_says() {
    for count in [0, 1, 5] {
        let (mut bench, token) = with_token(json!({"user_sub_accounts": count}));
        let list = bench.ai_accounts(&token, "").json()["result"]["accounts"].clone();
        assert_eq!(list.as_array().unwrap().len(), count);
        bench.knobs(json!({"whitebit": {"user_existing_key": "active"}, "bybit": {"code_ttl_s": 5}}));
        assert_eq!(bench.ai_accounts(&token, "").json()["result"]["accounts"], list, "other knobs leave them alone");
        bench.knobs(json!({"bybit": {"user_sub_accounts": 2}}));
        let anew = bench.ai_accounts(&token, "").json()["result"]["accounts"].clone();
        assert_eq!(anew.as_array().unwrap().len(), 2);
        let fresh = |account: &Value| !list.as_array().unwrap().contains(account);
        assert!(anew.as_array().unwrap().iter().all(fresh));
    }
    let mut bench = Bench::new(json!({}));
    assert_eq!(bench.admin("PATCH", "knobs", json!({"bybit": {"user_sub_accounts": 6}})).status, 400);
}

#[test]
fn the_state_masks_their_secrets_unless_asked() {
    let (mut bench, token) = with_token(json!({}));
    let secret = bench.ai_accounts(&token, ID).json()["result"]["api_secret"].clone();
    let masked = bench.admin("GET", "state", Value::Null);
    assert!(!masked.text().contains(secret.as_str().unwrap()));
    let account = masked.json()["bybit"]["mainnet"]["sub_accounts"][0].clone();
    assert_eq!((&account["sub_member_id"], &account["nickname"]), (&json!(200_001), &json!("bot-1")));
    assert_eq!((&account["uid"], &account["api_secret"]), (&json!(106_000_001), &json!("***")));
    let open = bench.admin("GET", "state?values=true", Value::Null).json();
    assert_eq!(open["bybit"]["mainnet"]["sub_accounts"][0]["api_secret"], secret);
}
