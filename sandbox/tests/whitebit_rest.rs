//! What WhiteBIT's signed endpoints answer, and to whose key (sections 6, 8, 11, 12).

mod support;

use serde_json::{Value, json};
use support::sign::*;
use support::*;

const MAIN: &str = "/api/v4/main-account/balance";
const HISTORY: &str = "/api/v4/main-account/history";
const ORDERS: &str = "/api/v4/trade-account/order/history";
const DEALS: &str = "/api/v4/trade-account/executed-history";
const DAY_MS: u64 = 86_400_000;

fn ids(rows: &Value) -> Vec<u64> {
    rows.as_array().expect("rows").iter().map(|row| row["id"].as_u64().expect("id")).collect()
}

fn errors(got: Got, status: u16, code: u32, field: &str) -> String {
    let body = got.json();
    assert_eq!((got.status, &body["code"]), (status, &json!(code)), "{body}");
    assert_eq!(body["message"], "Validation failed");
    assert_eq!(body["errors"].as_object().map(|errors| errors.len()), Some(1));
    body["errors"][field][0].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
}

#[test]
fn section_6_6_spot_balance() {
    let mut bench = with_keys(json!({}));
    let all = json!({"BTC": {"available": "0.1", "freeze": "0.02"}, "USDT": {"available": "1000", "freeze": "0"}});
    assert_eq!(got(bench.ask_whitebit(BALANCE, "")), (200, all));
    let zero = json!({"ETH": {"available": "0", "freeze": "0"}});
    assert_eq!(got(bench.ask_whitebit(BALANCE, "\"ticker\":\"ETH\"")), (200, zero));
    let text = errors(bench.ask_whitebit(BALANCE, "\"ticker\":\"NONE\""), 422, 30, "ticker");
    assert_eq!(text, "Currency was not found.");
    assert!(bench.rules().is_empty());
    assert_eq!(errors(bench.ask_whitebit(BALANCE, "\"ticker\":1"), 422, 30, "ticker"), "validation.string");
    let text = errors(bench.ask_whitebit(BALANCE, "\"coin\":\"BTC\""), 422, 30, "coin");
    assert!(text.starts_with("sandbox.unknown_field"));
    assert_eq!(bench.rules(), ["validation.string", "unknown_field"]);
}

#[test]
fn section_6_5_main_balance() {
    let mut bench = with_keys(json!({}));
    let all = json!({"BTC": {"main_balance": "0.5"}, "ETH": {"main_balance": "0"}, "USDT": {"main_balance": "10"}});
    assert_eq!(got(bench.ask_whitebit(MAIN, "")), (200, all));
    let btc = "\"ticker\":\"BTC\"";
    assert_eq!(bench.ask_whitebit(MAIN, btc).json(), json!({"BTC": {"main_balance": "0.5"}}));
    assert_eq!(got(bench.ask_whitebit(MAIN, "\"ticker\":\"NONE\"")), (200, json!({"main_balance": "0"})));
    bench.knobs(json!({"whitebit": {"flat_main_balance": true}}));
    assert_eq!(bench.ask_whitebit(MAIN, btc).json(), json!({"main_balance": "0.5"}));
    assert_eq!(errors(bench.ask_whitebit(MAIN, "\"ticker\":[]"), 422, 0, "ticker"), "validation.string");
}

#[test]
fn section_6_1_history() {
    let mut bench = with_keys(json!({}));
    let all = bench.ask_whitebit(HISTORY, "");
    assert_eq!(all.status, 201);
    let all = all.json();
    assert_eq!((&all["limit"], &all["offset"], &all["total"]), (&json!(50), &json!(0), &json!(3)));
    let first = &all["records"][0];
    assert!(first["createdAt"].is_u64() && first["amount"].is_string() && first["unique_id"].is_null());
    assert!(first["createdAt"].as_u64() > all["records"][1]["createdAt"].as_u64(), "newest first");
    let methods = |bench: &mut Bench, parameters: &str| -> Vec<u64> {
        let body = bench.ask_whitebit(HISTORY, parameters).json();
        body["records"].as_array().expect("records").iter().filter_map(|row| row["method"].as_u64()).collect()
    };
    assert_eq!(methods(&mut bench, "\"transactionMethod\":1"), [1, 1]);
    assert_eq!(methods(&mut bench, "\"ticker\":\"USDT\""), [2, 1]);
    assert_eq!(methods(&mut bench, "\"status\":[7]"), [2]);
    assert_eq!(methods(&mut bench, "\"addresses\":[\"demo-address-1\",\"demo-address-3\"]"), [2, 1]);
    assert!(methods(&mut bench, "\"memo\":\"none\"").is_empty());
    let page = bench.ask_whitebit(HISTORY, "\"limit\":1,\"offset\":1").json();
    assert_eq!((&page["total"], &page["records"][0]), (&json!(3), &all["records"][1]));
    bench.knobs(json!({"whitebit": {"history_status": 200}}));
    assert_eq!(bench.ask_whitebit(HISTORY, "").status, 200);
    assert!(bench.rules().is_empty());
}

#[test]
fn section_6_1_history_errors() {
    let mut bench = with_keys(json!({}));
    let text = errors(bench.ask_whitebit(HISTORY, "\"limit\":500,\"offset\":9501"), 400, 0, "offset");
    assert!(text.starts_with("Offset is too big."));
    assert_eq!(bench.ask_whitebit(HISTORY, "\"limit\":500,\"offset\":9500").status, 201);
    errors(bench.ask_whitebit(HISTORY, "\"transactionMethod\":1,\"status\":[18]"), 400, 0, "status");
    assert!(bench.rules().is_empty(), "these are documented answers");
    let long = format!("\"addresses\":[{}]", ["\"a\""; 21].join(","));
    for (parameters, field) in [
        ("\"limit\":501", "limit"),
        ("\"limit\":\"50\"", "limit"),
        ("\"transactionMethod\":3", "transactionMethod"),
        ("\"status\":[\"3\"]", "status"),
        (long.as_str(), "addresses"),
        ("\"startDate\":1", "startDate"),
    ] {
        errors(bench.ask_whitebit(HISTORY, parameters), 400, 0, field);
    }
    assert_eq!(bench.rules(), ["range", "validation.numeric_integer", "range", "list", "list", "unknown_field"]);
    bench.knobs(json!({"whitebit": {"history_fields_required": true}}));
    let text = errors(bench.ask_whitebit(HISTORY, "\"limit\":1,\"offset\":0"), 400, 0, "transactionMethod");
    assert_eq!(text, "validation.required");
}

#[test]
fn section_6_3_orders() {
    let mut bench = with_keys(json!({}));
    let all = bench.ask_whitebit(ORDERS, "").json();
    assert_eq!(ids(&all["BTC_USDT"]), [700_100_202, 700_100_200]);
    assert_eq!(ids(&all["ETH_USDT"]), [700_100_201]);
    let order = &all["ETH_USDT"][0];
    assert!(order["ctime"].is_f64() && order["dealMoney"] == "20" && order.get("positionSide").is_none());
    let eth = json!({"ETH_USDT": all["ETH_USDT"]});
    for parameters in [
        "\"market\":\"ETH_USDT\"",
        "\"orderId\":700100201,\"clientOrderId\":\"unknown\"",
        "\"clientOrderId\":\"demo-order-1\",\"startDate\":1",
        "\"limit\":1,\"offset\":1",
    ] {
        assert_eq!(bench.ask_whitebit(ORDERS, parameters).json(), eth, "{parameters}");
    }
    let canceled = bench.ask_whitebit(ORDERS, "\"status\":\"CANCELED\"").json();
    assert_eq!(ids(&canceled["BTC_USDT"]), [700_100_200]);
    assert_eq!(got(bench.ask_whitebit(ORDERS, "\"orderId\":1")), (200, json!({})));
    bench.knobs(json!({"whitebit": {"empty_as_array": true}}));
    assert_eq!(got(bench.ask_whitebit(ORDERS, "\"status\":\"PARTIALLY_FILLED\"")), (200, json!([])));
    let text = errors(bench.ask_whitebit(ORDERS, "\"clientOrderId\":\"unknown\""), 422, 30, "orderHistory");
    assert_eq!(text, "OrderHistory was not found.");
    let now_s = bench.now_ms / 1000;
    let days = |n: u64| now_s - n * 86_400;
    assert_eq!(bench.ask_whitebit(ORDERS, &format!("\"startDate\":{},\"endDate\":{}", days(31), u64::MAX)).status, 200);
    for (start, end) in [(days(32), now_s), (days(200), days(190)), (now_s, days(1))] {
        errors(bench.ask_whitebit(ORDERS, &format!("\"startDate\":{start},\"endDate\":{end}")), 422, 30, "startDate");
    }
    assert!(bench.rules().is_empty());
    errors(bench.ask_whitebit(ORDERS, "\"status\":\"OPEN\""), 422, 30, "status");
}

#[test]
fn section_6_4_deals_are_shaped_by_the_request() {
    let mut bench = with_keys(json!({}));
    let all = bench.ask_whitebit(DEALS, "").json();
    assert_eq!(ids(&all["BTC_USDT"]), [1_000_002]);
    assert_eq!(all["ETH_USDT"][0]["orderId"], 700_100_201);
    let flat = bench.ask_whitebit(DEALS, "\"market\":\"BTC_USDT\"").json();
    assert_eq!(flat, all["BTC_USDT"]);
    assert_eq!(got(bench.ask_whitebit(DEALS, "\"market\":\"NONE_USDT\"")), (200, json!([])));
    assert_eq!(bench.ask_whitebit(DEALS, "\"endDate\":1").json(), json!({}));
    errors(bench.ask_whitebit(DEALS, "\"clientOrderId\":\"unknown\""), 422, 30, "orderHistory");
    errors(bench.ask_whitebit(DEALS, "\"limit\":0"), 422, 30, "limit");
    errors(bench.ask_whitebit(DEALS, "\"market\":\"BTCUSDT\""), 422, 31, "market");
}

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
