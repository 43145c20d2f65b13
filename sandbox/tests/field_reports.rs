//! What replies look like in the field (the sheets' additions of 2026-11-28): defaults and switches.

use crate::support::sign::*;
use crate::support::*;
use serde_json::{Value, json};

#[test]
fn a_success_may_carry_code_and_message() {
    let mut bench = with_keys(json!({}));
    let made = bench.ask_whitebit("/api/v4/main-account/codes", "\"ticker\":\"ETH\",\"amount\":\"0.1\"");
    let body = made.json();
    let voucher = body["code"].as_str().expect("a voucher");
    assert_eq!((made.status, body["message"].as_str()), (201, Some("Code was successfully created")));
    assert!(voucher.starts_with("WB") && voucher.ends_with("ETH"), "{voucher}");
    assert!(bench.rules().is_empty());
}

#[test]
fn a_validation_error_comes_in_two_shapes() {
    let mut bench = with_keys(json!({}));
    let ask = |bench: &mut Bench| bench.ask_whitebit(BALANCE, "\"ticker\":\"NOPE\"");
    assert_eq!(ask(&mut bench).json()["code"], 30);
    bench.knobs(json!({"whitebit": {"validation_shape": "status"}}));
    let refused = ask(&mut bench);
    let expected =
        json!({"status": 422, "errors": {"ticker": ["Currency was not found."]}, "warning": "Validation failed"});
    assert_eq!((refused.status, refused.json()), (422, expected));
    let token = bench.reader(WHITEBIT);
    assert_eq!(bench.read(&token, "balances/spot", json!({"ticker": "NOPE"})).json(), refused.json());
    // Other statuses keep their shape.
    assert_eq!(bench.read(&token, "transactions", json!({"limit": "x"})).json()["code"], 0);
}

#[test]
fn the_classic_flow_may_be_gone() {
    for status in [404, 410] {
        let mut bench = Bench::new(json!({}));
        let plain = bench.plain_grant(WHITEBIT);
        let (access, refresh) = (plain["access_token"].as_str().unwrap(), plain["refresh_token"].as_str().unwrap());
        let (_, new_refresh) = bench.whitebit_tokens();
        bench.knobs(json!({"whitebit": {"classic_flow_status": status}}));
        for (name, ..) in read::READS {
            assert_eq!(bench.read(access, name, json!({})).status, status, "{name}");
        }
        assert_eq!(bench.whitebit_refresh(refresh).status, status);
        bench.later(1000);
        let login = bench.get("/whitebit/global/auth/login?clientId=demo-whitebit&state=s");
        let code = login.parameter("code").expect("code");
        let fields = [("client_id", "demo-whitebit"), ("client_secret", "demo-whitebit-secret"), ("code", &*code)];
        assert_eq!(bench.post("/whitebit/global/oauth2/token", &fields).status, status);
        // The flow that makes keys goes on.
        assert_eq!(bench.whitebit_refresh(&new_refresh).status, 200);
        assert!(bench.rules().is_empty());
    }
    assert_eq!(
        Bench::new(json!({})).admin("PATCH", "knobs", json!({"whitebit": {"classic_flow_status": 403}})).status,
        400
    );
}

#[test]
fn openapi_may_refuse_at_consent() {
    let mut bench = Bench::new(json!({}));
    let (token, _) = bench.bybit_tokens();
    for code in [81_007, 20_096] {
        bench.knobs(json!({"bybit": {"openapi_refusal_code": code}}));
        let refused = bench.bybit_openapi(&token);
        assert_eq!((refused.status, &refused.json()["ret_code"]), (200, &json!(code)));
    }
    bench.knobs(json!({"bybit": {"openapi_refusal_code": 0, "invalid_token_code": 50_000}}));
    assert_eq!(bench.bybit_openapi(&token).json()["ret_code"], 0);
    let refused = bench.bybit_openapi("unknown").json();
    assert_eq!((&refused["ret_code"], &refused["ret_msg"]), (&json!(50_000), &json!("Token verify fail")));
}

#[test]
fn a_fresh_sub_account_has_to_wait() {
    let mut bench = Bench::new(json!({"bybit": {"sub_account_delay_ms": 60_000}}));
    let (token, _) = bench.agent_tokens();
    let account = bench.ai_accounts(&token, "?sub_member_id=200001").json()["result"].clone();
    let key = (account["api_key"].as_str().unwrap(), account["api_secret"].as_str().unwrap());
    bench.later(59_999);
    assert_eq!(code(&bench.bybit_signed(key, "GET", QUERY_API, "")), (200, 10_024));
    bench.later(1);
    assert_eq!(code(&bench.bybit_signed(key, "GET", QUERY_API, "")), (200, 0));
}

#[test]
fn a_batch_tells_each_orders_code_beside_a_success() {
    let mut bench = with_keys(json!({}));
    let body = r#"{"category":"spot","request":[{"symbol":"BTCUSDT","orderLinkId":"a"},{"symbol":"ETHUSDT"}]}"#;
    let mut ask = |batch: &str| {
        bench.knobs(json!({"bybit": {"batch_orders": batch}}));
        let got = bench.bybit_signed(BYBIT_KEY, "POST", "/v5/order/create-batch", body);
        assert_eq!(code(&got), (200, 0));
        got.json()
    };
    let codes = |answer: &Value| -> Vec<i64> {
        let told = answer["retExtInfo"]["list"].as_array().expect("a list");
        told.iter().map(|order| order["code"].as_i64().expect("a code")).collect()
    };
    assert_eq!(codes(&ask("accepted")), [0, 0]);
    let mixed = ask("mixed");
    assert_eq!(codes(&mixed), [0, 170_131]);
    let orders = &mixed["result"]["list"];
    assert!(orders[0]["orderId"].as_str().is_some_and(|id| !id.is_empty()));
    assert_eq!((&orders[0]["orderLinkId"], &orders[1]["orderId"]), (&json!("a"), &json!("")));
    assert_eq!(codes(&ask("refused")), [170_131, 170_131]);
    assert_eq!(code(&bench.bybit_signed(BYBIT_KEY, "POST", "/v5/order/cancel-batch", "{}")), (200, 10_001));
    assert!(bench.rules().is_empty());
}

#[test]
fn a_success_may_have_no_result() {
    let mut bench = with_keys(json!({}));
    let mut ask = || bench.bybit_signed(BYBIT_KEY, "POST", "/v5/order/disconnected-cancel-all", "{}").json();
    assert_eq!(ask(), json!({"retCode": 0, "retMsg": "success"}));
    bench.knobs(json!({"bybit": {"empty_result": "null"}}));
    let got = bench.bybit_signed(BYBIT_KEY, "POST", "/v5/order/disconnected-cancel-all", "{}").json();
    assert_eq!(got, json!({"retCode": 0, "retMsg": "success", "result": null}));
}
