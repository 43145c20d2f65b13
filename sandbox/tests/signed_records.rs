//! Signed calls among the faults, the records and the state.

use crate::support::sign::*;
use crate::support::*;
use serde_json::{Value, json};
use venuekey_sandbox::Reply;

#[test]
fn records_mask_signatures_and_parameters() {
    let mut bench = with_keys(json!({"bybit": {"unlisted_signed_paths": "echo"}}));
    assert_eq!(bench.ask_whitebit(BALANCE, "\"ticker\":\"BTC\"").status, 200);
    let target = "/v5/order/create";
    assert_eq!(bench.bybit_signed(BYBIT_KEY, "POST", target, "{\"symbol\":\"BTCUSDT\"}").status, 200);
    bench.get("/bybit/mainnet/v5/market/time");
    let open = bench.admin("GET", "requests?values=true", Value::Null);
    let is_secret = |name: &str| ["KEY", "PAYLOAD", "SIGNATURE", "SIGN"].iter().any(|part| name.ends_with(part));
    let headers = bench.sandbox.requests().iter().flat_map(|record| record.headers.clone());
    let secrets: Vec<String> = headers.filter(|(name, _)| is_secret(name)).map(|(_, value)| value).collect();
    assert!(secrets.len() == 5 && secrets.iter().all(|value| open.text().contains(value.as_str())));
    let masked = bench.admin("GET", "requests", Value::Null);
    for secret in secrets.iter().map(String::as_str).chain([WHITEBIT_KEY.1, BYBIT_KEY.1]) {
        assert!(!masked.text().contains(secret), "{secret}");
    }
    let shown = masked.json()["requests"].clone();
    // A body is shown as it was sent, but for what is secret; a parameter by itself never is.
    for record in shown.as_array().expect("records") {
        let fields = json!([record["headers"], record["query"], record["form"], record["json"]]).to_string();
        assert!(!fields.contains("BTC"), "{fields}");
    }
    assert!(shown[1].to_string().contains("BTCUSDT"));
    assert_eq!((&shown[0]["endpoint"], &shown[2]["endpoint"]), (&json!("signed"), &json!("time")));
    assert_eq!(shown[0]["path"], BALANCE);
    let names: Vec<&str> =
        shown[0]["json"].as_array().expect("json").iter().filter_map(|field| field["name"].as_str()).collect();
    assert_eq!(names, ["request", "nonce", "ticker"]);
    assert_eq!(open.json()["requests"][1]["json"], json!([{"name": "symbol", "value": "\"BTCUSDT\""}]));
}

#[test]
fn state_shows_last_nonces_and_masks_secrets() {
    let mut bench = with_keys(json!({}));
    bench.ask_whitebit(BALANCE, "");
    let state = bench.admin("GET", "state", Value::Null);
    assert_eq!(state.json()["whitebit"]["global"]["keys"][0]["last_nonce"], 1);
    assert!(!state.text().contains(WHITEBIT_KEY.1) && !state.text().contains(BYBIT_KEY.1));
    let open = bench.admin("GET", "state?values=true", Value::Null);
    assert!(open.text().contains(WHITEBIT_KEY.1) && open.text().contains(BYBIT_KEY.1));
    // Planted keys come back, their nonces do not.
    bench.admin("POST", "reset", Value::Null);
    assert_eq!(bench.ask_whitebit(BALANCE, "").status, 200);
}

#[test]
fn planted_keys_are_dated_by_the_first_request() {
    let mut bench = with_keys(json!({}));
    for host in ["whitebit/global", "whitebit/eu"] {
        let body = r#"{"request":"/api/v4/trade-account/balance","nonce":1}"#;
        let target = format!("/{host}{BALANCE}");
        assert_eq!(bench.call("POST", &target, &[], body).status, 401);
        let key = host.rsplit('/').next().expect("host");
        assert_eq!(bench.sandbox.state(bench.now_ms, false)["whitebit"][key]["keys"][0]["status"], "active");
    }
    bench.get("/bybit/mainnet/v5/market/time");
    bench.later(86_400_000);
    let result = bench.bybit_signed(BYBIT_KEY, "GET", QUERY_API, "").json()["result"].clone();
    assert_eq!(result["createdAt"], "2023-11-14T22:13:20Z");
}

#[test]
fn faults_come_in_each_surfaces_own_shape() {
    let mut bench = with_keys(json!({}));
    bench.fault("signed", "rate_limit");
    assert_eq!(bench.ask_whitebit(BALANCE, "").json(), json!({"code": 0, "message": "Too Many Attempts."}));
    bench.fault("signed", "rate_limit");
    let refused = bench.bybit_signed(BYBIT_KEY, "GET", QUERY_API, "");
    assert_eq!((code(&refused), refused.header("x-bapi-limit-status")), ((200, 10_006), Some("0")));
    assert_eq!(refused.header("x-bapi-limit-reset-timestamp"), Some("1700000001000"));
    bench.fault("time", "server_error");
    let refused = bench.get("/whitebit/global/api/v4/public/time");
    assert_eq!((refused.status, &refused.json()["success"]), (500, &json!(false)));
    bench.fault("time", "ok_with_error");
    assert_eq!(code(&bench.get("/bybit/mainnet/v5/market/time")), (200, 10_016));
    for fault in ["lock", "token_expired"] {
        let order = bench.admin("POST", "faults", json!({"endpoint": "signed", "fault": fault}));
        assert_eq!(order.status, 400, "{fault}");
    }
}

#[test]
fn a_dropped_reply_has_spent_the_nonce() {
    let mut bench = with_keys(json!({}));
    bench.fault("signed", "close_before");
    bench.fault("signed", "drop_reply");
    let payload = r#"{"request":"/api/v4/trade-account/balance","nonce":7}"#;
    let signed = {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(payload)
    };
    let signature = hmac_512(WHITEBIT_KEY.1, &signed);
    let headers = [
        ("content-type", "application/json"),
        ("x-txc-apikey", WHITEBIT_KEY.0),
        ("x-txc-payload", &signed),
        ("x-txc-signature", &signature),
    ];
    let call = request("POST", &format!("{WHITEBIT}{BALANCE}"), &headers, payload);
    let last =
        |bench: &Bench| bench.sandbox.state(bench.now_ms, false)["whitebit"]["global"]["keys"][0]["last_nonce"].clone();
    assert_eq!(bench.answer(&call).reply, Reply::CloseWithoutByte);
    assert_eq!(last(&bench), json!(null));
    assert_eq!(bench.answer(&call).reply, Reply::CloseWithoutByte);
    assert_eq!(last(&bench), json!(7));
    assert_eq!(got(Got::of(bench.answer(&call))), clash(429));
}
