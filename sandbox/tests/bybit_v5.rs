//! What Bybit's V5 answers, and to whose key (sections 8.2, 8.4, 9).

use crate::support::sign::*;
use crate::support::*;
use serde_json::json;

const DAY_MS: u64 = 86_400_000;

#[test]
fn section_8_2_the_clock() {
    let mut bench = with_keys(json!({}));
    let got = bench.get("/bybit/testnet/v5/market/time");
    let expected = json!({"retCode": 0, "retMsg": "OK", "retExtInfo": {}, "time": 1_700_000_000_000_u64,
        "result": {"timeSecond": "1700000000", "timeNano": "1700000000000000000"}});
    assert_eq!((got.status, got.json()), (200, expected));
    assert_eq!(code(&bench.get("/bybit/testnet/v5/market/time?x=1")), (200, 0));
    assert_eq!(code(&bench.post("/bybit/testnet/v5/market/time", &[])), (400, 10_001));
    assert_eq!(bench.rules(), ["method"]);
}

#[test]
fn section_8_4_a_brokers_key() {
    let mut bench = with_keys(json!({}));
    let key = bench.issued_bybit_key();
    let got = bench.bybit_signed(pair(&key), "GET", QUERY_API, "");
    let body = got.json();
    assert_eq!((got.status, &body["retCode"], &body["time"]), (200, &json!(0), &json!(bench.now_ms)));
    let result = &body["result"];
    assert_eq!(result["apiKey"], key.0.as_str());
    assert_eq!(result["secret"], "");
    assert!(!got.text().contains(&key.1));
    for (field, expected) in [
        ("type", json!(2)),
        ("readOnly", json!(0)),
        ("userID", json!(106_000_001)),
        ("ips", json!(["203.0.113.7"])),
        ("isMaster", json!(true)),
        ("parentUid", json!("0")),
        ("deadlineDay", json!(-2)),
        ("expiredAt", json!("1970-01-01T00:00:00Z")),
        ("createdAt", json!("2023-11-14T22:13:20Z")),
    ] {
        assert_eq!(result[field], expected, "{field}");
    }
    assert_eq!(result["permissions"]["Spot"], json!(["SpotTrade"]));
    assert_eq!(code(&bench.bybit_signed(pair(&key), "GET", &format!("{QUERY_API}?a=1"), "")), (200, 0));
    // A key that the user made belongs to no app.
    let result = bench.bybit_signed(BYBIT_KEY, "GET", QUERY_API, "").json()["result"].clone();
    assert_eq!((&result["type"], &result["ips"]), (&json!(1), &json!([])));
}

#[test]
fn section_6_3_a_sub_accounts_key() {
    let mut bench = with_keys(json!({}));
    let (token, _) = bench.agent_tokens();
    let account = bench.ai_accounts(&token, "?sub_member_id=200001").json()["result"].clone();
    let text = |name: &str| account[name].as_str().expect(name).to_owned();
    let key = (text("api_key"), text("api_secret"));
    let ask = |bench: &mut Bench| bench.bybit_signed(pair(&key), "GET", QUERY_API, "");
    let result = ask(&mut bench).json()["result"].clone();
    for (field, expected) in [
        ("type", json!(2)),
        ("userID", json!(200_001)),
        ("parentUid", json!("106000001")),
        ("isMaster", json!(false)),
        ("ips", json!([])),
        ("deadlineDay", json!(90)),
        ("expiredAt", json!("2024-02-12T22:13:20Z")),
    ] {
        assert_eq!(result[field], expected, "{field}");
    }
    // Bound to no address, it expires, and meets no address check.
    bench.knobs(json!({"bybit": {"caller_ip_bound": false}}));
    bench.later(90 * DAY_MS - 1);
    assert_eq!(code(&ask(&mut bench)), (200, 0));
    bench.later(1);
    assert_eq!(code(&ask(&mut bench)), (401, 33_004));
}

#[test]
fn section_9_the_callers_address() {
    let mut bench = with_keys(json!({"bybit": {"caller_ip_bound": false}}));
    let key = bench.issued_bybit_key();
    assert_eq!(code(&bench.bybit_signed(pair(&key), "GET", QUERY_API, "")), (200, 10_010));
    bench.knobs(json!({"bybit": {"key_ips": ""}}));
    let got = bench.bybit_signed(pair(&key), "GET", QUERY_API, "");
    assert_eq!((code(&got), &got.json()["result"]["deadlineDay"]), ((200, 0), &json!(90)));
    bench.knobs(json!({"bybit": {"key_ttl_days": 1}}));
    bench.later(DAY_MS);
    assert_eq!(code(&bench.bybit_signed(pair(&key), "GET", QUERY_API, "")), (401, 33_004));
    bench.knobs(json!({"bybit": {"key_ips": "203.0.113.7, 203.0.113.8", "caller_ip_bound": true}}));
    let got = bench.bybit_signed(pair(&key), "GET", QUERY_API, "");
    assert_eq!(got.json()["result"]["ips"], json!(["203.0.113.7", "203.0.113.8"]), "bound keys do not expire");
}

#[test]
fn section_9_deleted_keys() {
    let mut bench = with_keys(json!({}));
    let key = bench.issued_bybit_key();
    bench.act("bybit/mainnet", "delete_key");
    assert_eq!(code(&bench.bybit_signed(pair(&key), "GET", QUERY_API, "")), (401, 10_003));
    bench.knobs(json!({"bybit": {"deleted_key_code": 33_004}}));
    assert_eq!(code(&bench.bybit_signed(pair(&key), "GET", QUERY_API, "")), (401, 33_004));
    assert_eq!(code(&bench.bybit_signed(BYBIT_KEY, "GET", QUERY_API, "")), (200, 0), "the user's own stays");
}

#[test]
fn section_9_permissions() {
    let mut bench = with_keys(json!({"bybit": {"key_permissions": "read_only", "unlisted_signed_paths": "echo"}}));
    let got = bench.bybit_signed(BYBIT_KEY, "GET", QUERY_API, "");
    assert_eq!((code(&got), &got.json()["result"]["readOnly"]), ((200, 0), &json!(1)));
    assert_eq!(code(&bench.bybit_signed(BYBIT_KEY, "POST", "/v5/order/create", "{}")), (200, 10_005));
    bench.knobs(json!({"bybit": {"key_permissions": "none"}}));
    assert_eq!(code(&bench.bybit_signed(BYBIT_KEY, "GET", QUERY_API, "")), (200, 10_005));
}

#[test]
fn section_9_limits_of_a_user() {
    let mut bench = with_keys(json!({}));
    for left in (0..10).rev() {
        let got = bench.bybit_signed(BYBIT_KEY, "GET", QUERY_API, "");
        assert_eq!(code(&got), (200, 0));
        assert_eq!(got.header("x-bapi-limit"), Some("10"));
        assert_eq!(got.header("x-bapi-limit-status"), Some(&*left.to_string()));
        assert_eq!(got.header("x-bapi-limit-reset-timestamp"), Some("1700000001000"));
    }
    let got = bench.bybit_signed(BYBIT_KEY, "GET", QUERY_API, "");
    assert_eq!((code(&got), got.header("x-bapi-limit-status")), ((200, 10_006), Some("0")));
    assert_eq!(got.json()["retMsg"], "Too many visits!");
    bench.later(1000);
    assert_eq!(code(&bench.bybit_signed(BYBIT_KEY, "GET", QUERY_API, "")), (200, 0));
}

#[test]
fn section_9_limit_and_ban_of_an_address() {
    let mut bench = with_keys(json!({"bybit": {"limit_divisor": 300}}));
    let time = "/bybit/mainnet/v5/market/time";
    assert_eq!((bench.get(time).status, bench.get(time).status), (200, 200));
    let refused = bench.get(time);
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("access too frequent"));
    bench.later(599_999);
    assert_eq!(bench.bybit_signed(BYBIT_KEY, "GET", QUERY_API, "").status, 403);
    bench.later(1);
    assert_eq!(code(&bench.bybit_signed(BYBIT_KEY, "GET", QUERY_API, "")), (200, 0));
}
