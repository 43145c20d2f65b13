//! WhiteBIT's account reads: parameters, shapes and errors (sections 6.1 to 6.6). By bearer token; signed calls get
//! the same.

use crate::support::sign::*;
use crate::support::*;
use serde_json::{Value, json};

const DAY_S: u64 = 86_400;

/// A bench with a token, its clock, and the default histories.
fn reading(knobs: Value) -> (Bench, String) {
    let mut bench = with_keys(knobs);
    let token = bench.reader(WHITEBIT);
    (bench, token)
}

fn ids(rows: &Value) -> Vec<u64> {
    rows.as_array().expect("rows").iter().map(|row| row["id"].as_u64().expect("id")).collect()
}

/// The one field that was refused, and its text.
fn errors(got: Got, status: u16, code: u32, field: &str) -> String {
    let body = got.json();
    assert_eq!((got.status, &body["code"]), (status, &json!(code)), "{body}");
    assert_eq!(body["message"], "Validation failed");
    assert_eq!(body["errors"].as_object().map(|errors| errors.len()), Some(1));
    body["errors"][field][0].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
}

#[test]
fn signed_calls_get_the_same() {
    let (mut bench, token) = reading(json!({"whitebit": {"history_rows": 40}}));
    for (name, private, inside) in [
        ("transactions", "/api/v4/main-account/history", r#""transactionMethod":2,"limit":3,"offset":1"#),
        ("converts", "/api/v4/convert/history", r#""from":"1698000000","limit":2"#),
        ("orders", "/api/v4/trade-account/order/history", r#""status":"CANCELED","limit":3"#),
        ("deals", "/api/v4/trade-account/executed-history", r#""market":"BTC_USDT""#),
        ("deals", "/api/v4/trade-account/executed-history", r#""clientOrderId":"unknown""#),
        ("balances/spot", "/api/v4/trade-account/balance", r#""ticker":"NONE""#),
        ("balances/main", "/api/v4/main-account/balance", r#""ticker":"NONE""#),
    ] {
        let parameters: Value = serde_json::from_str(&format!("{{{inside}}}")).unwrap();
        let read = got(bench.read(&token, name, parameters));
        assert_eq!(read, got(bench.ask_whitebit(private, inside)), "{name}");
        assert!(read.1.to_string().len() > 15, "{name}: {}", read.1);
    }
}

#[test]
fn section_6_6_spot_balances() {
    let (mut bench, token) = reading(json!({}));
    let mut ask = |parameters: Value| bench.read(&token, "balances/spot", parameters);
    let all = json!({"BTC": {"available": "0.1", "freeze": "0.02"}, "USDT": {"available": "1000", "freeze": "0"}});
    assert_eq!(got(ask(json!({}))), (200, all));
    let zero = json!({"ETH": {"available": "0", "freeze": "0"}});
    assert_eq!(got(ask(json!({"ticker": "ETH"}))), (200, zero.clone()));
    assert_eq!(errors(ask(json!({"ticker": "NONE"})), 422, 30, "ticker"), "Currency was not found.");
    assert_eq!(errors(ask(json!({"ticker": 1})), 422, 30, "ticker"), "validation.string");
    assert!(errors(ask(json!({"coin": "BTC"})), 422, 30, "coin").starts_with("sandbox.unknown_field"));
    assert_eq!(bench.rules(), ["validation.string", "unknown_field"]);
    bench.knobs(json!({"whitebit": {"user_has_funds": false}}));
    assert_eq!(got(bench.read(&token, "balances/spot", json!({}))), (200, json!({})));
    assert_eq!(got(bench.read(&token, "balances/spot", json!({"ticker": "ETH"}))), (200, zero));
    bench.knobs(json!({"whitebit": {"empty_as_array": true}}));
    assert_eq!(got(bench.read(&token, "balances/spot", json!({}))), (200, json!([])));
}

#[test]
fn section_6_5_main_balances() {
    let (mut bench, token) = reading(json!({}));
    let all = json!({"BTC": {"main_balance": "0.5"}, "ETH": {"main_balance": "0"}, "USDT": {"main_balance": "10"}});
    let ask = |bench: &mut Bench, parameters: Value| bench.read(&token, "balances/main", parameters);
    let btc = json!({"ticker": "BTC"});
    assert_eq!(got(ask(&mut bench, json!({}))), (200, all));
    assert_eq!(ask(&mut bench, btc.clone()).json(), json!({"BTC": {"main_balance": "0.5"}}));
    assert_eq!(got(ask(&mut bench, json!({"ticker": "NONE"}))), (200, json!({"main_balance": "0"})));
    bench.knobs(json!({"whitebit": {"flat_main_balance": true}}));
    assert_eq!(ask(&mut bench, btc).json(), json!({"main_balance": "0.5"}));
    assert_eq!(errors(ask(&mut bench, json!({"ticker": []})), 422, 0, "ticker"), "validation.string");
    bench.knobs(json!({"whitebit": {"user_has_funds": false}}));
    assert_eq!(ask(&mut bench, json!({})).json()["BTC"]["main_balance"], "0");
}

#[test]
fn section_6_1_transactions() {
    let (mut bench, token) = reading(json!({"whitebit": {"history_rows": 200}}));
    let all = bench.read(&token, "transactions", json!({"limit": 500}));
    assert_eq!(all.status, 201, "D11");
    let all = all.json();
    assert_eq!((&all["limit"], &all["offset"], &all["total"]), (&json!(500), &json!(0), &json!(200)));
    let rows = all["records"].as_array().unwrap().clone();
    let default = bench.read(&token, "transactions", json!({})).json();
    assert_eq!((&default["limit"], default["records"].as_array()), (&json!(50), Some(&rows[..50].to_vec())));
    let page = bench.read(&token, "transactions", json!({"limit": 7, "offset": 190})).json();
    assert_eq!((&page["total"], page["records"].as_array()), (&json!(200), Some(&rows[190..197].to_vec())));
    // Every filter finds the rows that fit it, all of them, in the same order.
    let row = rows.iter().find(|row| row["unique_id"].is_string() && row["memo"] != "").expect("such a row");
    type Fits<'a> = Box<dyn Fn(&Value) -> bool + 'a>;
    let same = |name: &'static str| -> Fits<'_> { Box::new(move |other| other[name] == row[name]) };
    let cases: [(Value, Fits<'_>); 9] = [
        (json!({"transactionMethod": 1}), Box::new(|row| row["method"] == 1)),
        (json!({"transactionMethod": 2}), Box::new(|row| row["method"] == 2)),
        (json!({"ticker": row["ticker"]}), same("ticker")),
        (json!({"address": row["address"]}), same("address")),
        (json!({"memo": row["memo"]}), same("memo")),
        (json!({"unique_id": row["unique_id"]}), same("unique_id")),
        (json!({"status": [3, 7]}), Box::new(|row| row["status"] == 3 || row["status"] == 7)),
        (
            json!({"addresses": ["demo-address-1", row["address"]]}),
            Box::new(|other| other["address"] == "demo-address-1" || other["address"] == row["address"]),
        ),
        (json!({"address": "nobody's"}), Box::new(|_| false)),
    ];
    for (mut parameters, fits) in cases {
        parameters["limit"] = json!(500);
        let expected: Vec<&Value> = rows.iter().filter(|row| fits(row)).collect();
        let found = bench.read(&token, "transactions", parameters.clone()).json();
        assert_eq!((&found["total"], &found["records"]), (&json!(expected.len()), &json!(expected)), "{parameters}");
        assert!(expected.len() < 200);
    }
    bench.knobs(json!({"whitebit": {"history_status": 200}}));
    assert_eq!(bench.read(&token, "transactions", json!({})).status, 200);
    assert!(bench.rules().is_empty());
}

#[test]
fn section_6_1_transactions_errors() {
    let (mut bench, token) = reading(json!({}));
    for (limit, offset) in [(500, 9501), (1, 10_000), (50, u64::MAX)] {
        let refused = bench.read(&token, "transactions", json!({"limit": limit, "offset": offset}));
        assert!(errors(refused, 400, 0, "offset").starts_with("Offset is too big."));
    }
    assert_eq!(bench.read(&token, "transactions", json!({"limit": 500, "offset": 9500})).status, 201);
    errors(bench.read(&token, "transactions", json!({"transactionMethod": 1, "status": [18]})), 400, 0, "status");
    errors(bench.read(&token, "transactions", json!({"transactionMethod": 2, "status": [27]})), 400, 0, "status");
    assert_eq!(bench.read(&token, "transactions", json!({"status": [18, 27]})).status, 201);
    assert!(bench.rules().is_empty(), "these are documented answers");
    assert_eq!(bench.read(&token, "transactions", json!({"addresses": vec!["a"; 20]})).status, 201);
    for (parameters, field) in [
        (json!({"limit": 501}), "limit"),
        (json!({"limit": 0}), "limit"),
        (json!({"limit": "50"}), "limit"),
        (json!({"offset": -1}), "offset"),
        (json!({"transactionMethod": 3}), "transactionMethod"),
        (json!({"status": ["3"]}), "status"),
        (json!({"status": 3}), "status"),
        (json!({"addresses": vec!["a"; 21]}), "addresses"),
        (json!({"ticker": null}), "ticker"),
        (json!({"startDate": 1}), "startDate"),
    ] {
        errors(bench.read(&token, "transactions", parameters), 400, 0, field);
    }
    let integer = "validation.numeric_integer";
    let expected = ["range", "range", integer, integer, "range", "list", "list", "list", "validation.string"];
    assert_eq!(bench.rules(), [&expected[..], &["unknown_field"]].concat());
    bench.knobs(json!({"whitebit": {"history_fields_required": true}}));
    let refused = bench.read(&token, "transactions", json!({"limit": 1, "offset": 0}));
    assert_eq!(errors(refused, 400, 0, "transactionMethod"), "validation.required", "D12");
}

#[test]
fn section_6_2_converts() {
    let (mut bench, token) = reading(json!({"whitebit": {"history_rows": 300, "history_days": 25}}));
    let now_s = bench.now_ms / 1000;
    let ago = |days: u64| (now_s - days * DAY_S).to_string();
    // Both bounds default to now.
    let empty = json!({"records": [], "total": 0, "limit": 100, "offset": 0});
    assert_eq!(got(bench.read(&token, "converts", json!({}))), (200, empty));
    let all = bench.read(&token, "converts", json!({"from": ago(30)})).json();
    assert_eq!((&all["total"], all["records"].as_array().unwrap().len()), (&json!(300), 100));
    let first = &all["records"][0];
    assert!(first["id"].is_string() && first["date"].is_u64() && first["rate"].is_string());
    let parts = bench.read(&token, "converts", json!({"from": ago(20), "to": ago(10)})).json();
    let dates: Vec<u64> =
        parts["records"].as_array().unwrap().iter().map(|row| row["date"].as_u64().unwrap()).collect();
    assert!(!dates.is_empty() && dates.iter().all(|date| (now_s - 20 * DAY_S..=now_s - 10 * DAY_S).contains(date)));
    let rest = bench.read(&token, "converts", json!({"from": ago(30), "limit": 10, "offset": 295})).json();
    assert_eq!((&rest["limit"], rest["records"].as_array().unwrap().len()), (&json!(10), 5));
    for (parameters, ends) in [
        (json!({"fromTicker": "ETH"}), ("ETH", "BTC")),
        (json!({"toTicker": "USDT"}), ("BTC", "USDT")),
        (json!({"fromTicker": "USDT", "toTicker": "ETH"}), ("USDT", "ETH")),
    ] {
        let mut parameters = parameters;
        parameters["from"] = json!(ago(30));
        let found = bench.read(&token, "converts", parameters).json();
        assert_eq!(found["total"], 100);
        let path = found["records"][0]["path"].as_array().unwrap().clone();
        assert_eq!((&path[0]["from"], &path[path.len() - 1]["to"]), (&json!(ends.0), &json!(ends.1)));
    }
    let one = bench.read(&token, "converts", json!({"from": ago(30), "quoteId": first["id"]})).json();
    assert_eq!((&one["total"], &one["records"][0]), (&json!(1), first));
    assert!(bench.rules().is_empty());
}

#[test]
fn section_6_2_converts_errors() {
    let (mut bench, token) = reading(json!({}));
    let now_s = bench.now_ms / 1000;
    let at = |s: u64| s.to_string();
    for (from, to) in [(now_s - 30 * DAY_S - 1, now_s), (now_s + 1, now_s), (now_s - 99 * DAY_S, now_s - 60 * DAY_S)] {
        let refused = bench.read(&token, "converts", json!({"from": at(from), "to": at(to)}));
        assert_eq!(errors(refused, 422, 30, "from"), "api.validation.dateTime.maxRange");
    }
    // Older than six months is no error, and nothing.
    bench.knobs(json!({"whitebit": {"history_rows": 100, "history_days": 400}}));
    let window = |days: u64| json!({"from": at(now_s - days * DAY_S), "to": at(now_s - (days - 20) * DAY_S)});
    assert_eq!(bench.read(&token, "converts", window(210)).json()["total"], 0);
    assert_ne!(bench.read(&token, "converts", window(180)).json()["total"], 0);
    assert!(bench.rules().is_empty());
    for (parameters, field, text) in [
        (json!({"from": now_s}), "from", "validation.numeric_integer"),
        (json!({"to": "soon"}), "to", "validation.numeric_integer"),
        (json!({"limit": "100"}), "limit", "validation.numeric_integer"),
        (json!({"limit": 101}), "limit", "sandbox.range: limit must be from 1 to 100."),
        (json!({"fromTicker": ""}), "fromTicker", "validation.length_min"),
        (json!({"quoteId": 9001}), "quoteId", "validation.string"),
    ] {
        assert_eq!(errors(bench.read(&token, "converts", parameters), 422, 30, field), text);
    }
    assert_eq!(bench.rules().len(), 6);
}

#[test]
fn section_6_3_orders() {
    let (mut bench, token) = reading(json!({"whitebit": {"history_rows": 40, "history_days": 20}}));
    let ask = |bench: &mut Bench, parameters: Value| bench.read(&token, "orders", parameters);
    let all = ask(&mut bench, json!({})).json();
    assert_eq!(all.as_object().unwrap().keys().collect::<Vec<_>>(), ["BTC_USDT", "ETH_BTC", "ETH_USDT", "SOL_USDT"]);
    let newest = 700_100_239;
    assert_eq!(ids(&all["SOL_USDT"])[..2], [newest, newest - 4]);
    let one = json!({"SOL_USDT": [all["SOL_USDT"][0]]});
    let named = all["ETH_BTC"].as_array().unwrap().iter().find(|order| order["clientOrderId"] != "").unwrap();
    for (parameters, expected) in [
        (json!({"market": "SOL_USDT"}), json!({"SOL_USDT": all["SOL_USDT"]})),
        (json!({"limit": 1}), one.clone()),
        // One page over all markets.
        (json!({"limit": 1, "offset": 39}), json!({"BTC_USDT": [all["BTC_USDT"][9]]})),
        // The orderId beats the clientOrderId, and the date and status filters.
        (json!({"orderId": newest, "clientOrderId": "unknown", "startDate": 1, "status": "CANCELED"}), one),
        (json!({"clientOrderId": named["clientOrderId"], "endDate": 1}), json!({"ETH_BTC": [named]})),
        (json!({"orderId": 1}), json!({})),
        (json!({"market": "NONE_USDT"}), json!({})),
    ] {
        assert_eq!(got(ask(&mut bench, parameters.clone())), (200, expected), "{parameters}");
    }
    for status in ["FILLED", "CANCELED", "PARTIALLY_FILLED"] {
        let found = ask(&mut bench, json!({"status": status})).json();
        let rows: Vec<&Value> = found.as_object().unwrap().values().flat_map(|rows| rows.as_array().unwrap()).collect();
        assert!(!rows.is_empty());
        assert!(rows.iter().all(|row| (row["status"] == "FILLED") == (status == "FILLED")));
        let has_part = |row: &&Value| row["dealStock"] != "0" && row["dealStock"] != row["amount"];
        assert!(status != "PARTIALLY_FILLED" || rows.iter().all(has_part));
    }
    for unknown in ["unknown", ""] {
        let text = errors(ask(&mut bench, json!({"clientOrderId": unknown})), 422, 30, "orderHistory");
        assert_eq!(text, "OrderHistory was not found.");
    }
    bench.knobs(json!({"whitebit": {"empty_as_array": true}}));
    assert_eq!(got(ask(&mut bench, json!({"orderId": 1}))), (200, json!([])));
    assert!(bench.rules().is_empty());
    errors(ask(&mut bench, json!({"status": "OPEN"})), 422, 30, "status");
    errors(ask(&mut bench, json!({"market": "BTCUSDT"})), 422, 31, "market");
}

#[test]
fn section_6_3_the_windows_of_orders() {
    let (mut bench, token) = reading(json!({"whitebit": {"history_rows": 500, "history_days": 400}}));
    // 2023-11-14 22:13:20 UTC.
    let now_s = bench.now_ms / 1000;
    let midnight = now_s / DAY_S * DAY_S;
    let mut ask = |start: u64, end: u64| {
        let got = bench.read(&token, "orders", json!({"startDate": start, "endDate": end, "limit": 500}));
        (got.status, got.json())
    };
    assert_eq!(ask(now_s - 31 * DAY_S, now_s).0, 200);
    assert_eq!(ask(now_s - 31 * DAY_S, u64::MAX), ask(now_s - 31 * DAY_S, now_s), "the future is clamped");
    // From 14 May on, 184 days before.
    let floor = midnight - 184 * DAY_S;
    let (status, oldest) = ask(floor, floor + 31 * DAY_S);
    assert!(status == 200 && oldest != json!({}));
    for (start, end) in
        [(now_s - 31 * DAY_S - 1, now_s), (floor - 1, floor), (now_s, now_s - 1), (now_s + 1, now_s + 9)]
    {
        assert_eq!(ask(start, end).0, 422, "{start} {end}");
    }
    let default = bench.read(&token, "orders", json!({"limit": 500})).json();
    let month = json!({"startDate": now_s - 31 * DAY_S, "limit": 500});
    assert_eq!(default, bench.read(&token, "orders", month).json(), "from 14 October on");
    errors(bench.read(&token, "orders", json!({"endDate": now_s - 40 * DAY_S})), 422, 30, "startDate");
    assert!(bench.rules().is_empty());
}

#[test]
fn section_6_4_deals_are_shaped_by_the_request() {
    let (mut bench, token) = reading(json!({"whitebit": {"history_rows": 40, "history_days": 400}}));
    let ask = |bench: &mut Bench, parameters: Value| bench.read(&token, "deals", parameters);
    let all = ask(&mut bench, json!({})).json();
    let flat = ask(&mut bench, json!({"market": "BTC_USDT"})).json();
    assert!(flat.is_array() && flat == all["BTC_USDT"]);
    let deals: Vec<&Value> = all.as_object().unwrap().values().flat_map(|rows| rows.as_array().unwrap()).collect();
    let now_s = bench.now_ms as f64 / 1000.0;
    assert!(deals.iter().all(|deal| deal["time"].as_f64().unwrap() > now_s - 185.0 * DAY_S as f64), "nothing older");
    assert!(deals.len() < 40);
    let named = deals.iter().find(|deal| deal["clientOrderId"] != "").unwrap();
    let found = ask(&mut bench, json!({"clientOrderId": named["clientOrderId"]})).json();
    let found: Vec<&Value> = found.as_object().unwrap().values().flat_map(|rows| rows.as_array().unwrap()).collect();
    assert!(found.iter().all(|deal| deal["orderId"] == named["orderId"]) && found.contains(named));
    assert_eq!(got(ask(&mut bench, json!({"market": "NONE_USDT"}))), (200, json!([])));
    assert_eq!(ask(&mut bench, json!({"endDate": 1})).json(), json!({}));
    let of_known = ask(&mut bench, json!({"clientOrderId": named["clientOrderId"], "endDate": 1}));
    assert_eq!(got(of_known), (200, json!({})), "the order is known, it only has no deal then");
    assert!(bench.rules().is_empty());
    errors(ask(&mut bench, json!({"clientOrderId": "unknown"})), 422, 30, "orderHistory");
    errors(ask(&mut bench, json!({"limit": 0})), 422, 30, "limit");
    errors(ask(&mut bench, json!({"status": "FILLED"})), 422, 30, "status");
    errors(ask(&mut bench, json!({"market": "BTCUSDT"})), 422, 31, "market");
}

#[test]
fn sections_6_3_and_6_4_a_page_has_50_rows_of_all_markets_together() {
    let (mut bench, token) = reading(json!({"whitebit": {"history_rows": 120, "history_days": 20}}));
    for name in ["orders", "deals"] {
        let mut count = |parameters: Value| -> usize {
            let body = bench.read(&token, name, parameters).json();
            body.as_object().unwrap().values().map(|rows| rows.as_array().unwrap().len()).sum()
        };
        assert_eq!(count(json!({})), 50, "{name}");
        assert_eq!(count(json!({"offset": 100})), 20, "{name}");
        assert_eq!(count(json!({"limit": 500})), 120, "{name}");
        assert_eq!(count(json!({"offset": u64::MAX})), 0, "{name}");
    }
}

#[test]
fn dates_are_whole_seconds_or_moments() {
    let (mut bench, token) = reading(json!({"whitebit": {"history_rows": 1}}));
    let order = bench.read(&token, "orders", json!({})).json()["BTC_USDT"][0].clone();
    let second = order["ctime"].as_f64().unwrap() as u64;
    assert!(order["ctime"].as_f64().unwrap() > second as f64);
    let window = json!({"startDate": second, "endDate": second});
    let found = json!({"BTC_USDT": [order]});
    assert_eq!(bench.read(&token, "orders", window.clone()).json(), found);
    bench.knobs(json!({"whitebit": {"date_filter": "exact"}}));
    assert_eq!(bench.read(&token, "orders", window).json(), json!({}));
    let window = json!({"startDate": second, "endDate": second + 1});
    assert_eq!(bench.read(&token, "orders", window).json(), found);
}
