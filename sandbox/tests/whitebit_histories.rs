//! The rows of WhiteBIT's histories: as many as asked for, as documented, and new ones while a client is paging.

use crate::support::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Instant;

fn reading(knobs: Value) -> (Bench, String) {
    let mut bench = Bench::new(json!({"whitebit": {"access_ttl_s": 31_536_000}}));
    bench.knobs(knobs);
    let token = bench.reader(WHITEBIT);
    (bench, token)
}

/// All rows of a history as pages give them, newest first; those of markets put in one list.
fn all(bench: &mut Bench, token: &str, name: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let limit = if name == "converts" { 100 } else { 500 };
    loop {
        let mut parameters = json!({"limit": limit, "offset": rows.len()});
        if name == "converts" {
            parameters["from"] = json!((bench.now_ms / 1000 - 30 * 86_400).to_string());
        }
        let body = bench.read(token, name, parameters).json();
        let mut page: Vec<Value> = match body.get("records").unwrap_or(&body) {
            Value::Array(rows) => rows.clone(),
            Value::Object(markets) => markets.values().flat_map(|rows| rows.as_array().unwrap().clone()).collect(),
            other => panic!("{other}"),
        };
        // Markets are keys of an object: the order within a page is restored by time and id.
        if name == "orders" || name == "deals" {
            page.sort_by(|a, b| key(b).partial_cmp(&key(a)).unwrap());
        }
        let is_last = page.len() < limit;
        rows.extend(page);
        if is_last {
            return rows;
        }
    }
}

fn key(row: &Value) -> (f64, u64) {
    let time = ["time", "ctime", "createdAt", "date"].iter().find_map(|name| row[name].as_f64()).expect("time");
    let id = row["id"].as_u64().or_else(|| row["id"].as_str().and_then(|id| id.parse().ok())).unwrap_or(0);
    (time, id)
}

#[test]
fn as_many_rows_as_asked_for_newest_first_some_of_them_at_once() {
    // Within the windows of all four.
    let (mut bench, token) = reading(json!({"whitebit": {"history_rows": 2000, "history_days": 25}}));
    for (name, id) in [("transactions", "transaction_id"), ("converts", "id"), ("orders", "id"), ("deals", "id")] {
        let rows = all(&mut bench, &token, name);
        assert_eq!(rows.len(), 2000, "{name}");
        let ids: BTreeSet<String> = rows.iter().map(|row| row[id].to_string()).collect();
        assert_eq!(ids.len(), 2000, "{name}");
        let keys: Vec<(f64, u64)> = rows.iter().map(key).collect();
        assert!(keys.windows(2).all(|pair| pair[0] >= pair[1]), "{name}");
        assert!(keys.windows(2).filter(|pair| pair[0].0 == pair[1].0).count() > 50, "{name}: at the very same time");
        assert!(keys.windows(2).filter(|pair| pair[0].0.floor() == pair[1].0.floor()).count() > 100, "{name}");
        let now_s = bench.now_ms as f64 / 1000.0;
        assert!(keys[0].0 > now_s - 86_400.0 && keys[1999].0 < now_s - 20.0 * 86_400.0, "{name}: spread out");
        assert_eq!(rows, all(&mut bench, &token, name), "{name}: the same again");
    }
}

#[test]
fn each_market_of_a_page_is_newest_first() {
    let (mut bench, token) = reading(json!({"whitebit": {"history_rows": 500, "history_days": 20}}));
    for name in ["orders", "deals"] {
        let body = bench.read(&token, name, json!({"limit": 500})).json();
        for (market, rows) in body.as_object().unwrap() {
            let keys: Vec<(f64, u64)> = rows.as_array().unwrap().iter().map(key).collect();
            assert!(keys.len() > 100 && keys.is_sorted_by(|a, b| a > b), "{name} {market}");
        }
    }
}

fn values(rows: &[Value], name: &str) -> BTreeSet<String> {
    rows.iter().map(|row| row.get(name).map_or("absent".into(), Value::to_string)).collect()
}

fn set(values: &[&str]) -> BTreeSet<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

#[test]
fn rows_take_the_documented_values_and_only_by_a_knob_others() {
    let (mut bench, token) = reading(json!({"whitebit": {"history_rows": 2000, "history_days": 25}}));
    let transactions = all(&mut bench, &token, "transactions");
    let orders = all(&mut bench, &token, "orders");
    let deals = all(&mut bench, &token, "deals");
    assert_eq!(values(&transactions, "method"), set(&["1", "2"]));
    for row in &transactions {
        let documented: &[u64] = match row["method"].as_u64() {
            Some(1) => &[3, 4, 5, 7, 9, 15, 21, 22, 27, 28],
            _ => &[1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 18, 21],
        };
        assert!(documented.contains(&row["status"].as_u64().unwrap()), "{row}");
        assert!(row["status"] != 18 || row["details"]["partial"]["processedAmount"].is_string(), "{row}");
        assert!(row["amount"].is_string() && row["fee"].is_string() && row["createdAt"].is_u64());
    }
    for name in ["unique_id", "network", "details", "confirmations"] {
        let nulls = transactions.iter().filter(|row| row[name].is_null()).count();
        assert!((100..1900).contains(&nulls), "{name}: {nulls}");
    }
    assert!(values(&transactions, "transactionHash").len() < 2000, "some repeat");
    let digits = |row: &Value| row["amount"].as_str().unwrap().replace('.', "").trim_start_matches('0').len();
    assert!(transactions.iter().any(|row| digits(row) > 17), "more than a double holds");
    let statuses = ["AUTO_CANCELED_LIQUIDATION", "AUTO_CANCELED_REDUCE_ONLY", "CANCELED", "CANCELED_STP", "FILLED"];
    assert_eq!(values(&orders, "status"), statuses.iter().map(|text| format!("{text:?}")).collect());
    let kinds = ["limit", "market", "stock market", "stop limit", "stop market"];
    assert_eq!(values(&orders, "type"), kinds.iter().map(|text| format!("{text:?}")).collect());
    assert_eq!(values(&orders, "positionSide"), set(&["\"BOTH\"", "absent"]));
    for row in &orders {
        let kind = row["type"].as_str().unwrap();
        assert_eq!(row.get("activationPrice").is_some(), kind.starts_with("stop"), "{row}");
        assert_eq!(row["price"] == "0", kind.ends_with("market"), "{row}");
        assert!(row["ftime"].as_f64() >= row["ctime"].as_f64());
    }
    assert_eq!(values(&deals, "role"), set(&["1", "2"]));
    // What an order dealt is the sum of its deals, and their ids are the order's.
    let cents = |text: &Value| (text.as_str().unwrap().parse::<f64>().unwrap() * 1e8).round() as u64;
    for order in orders.iter().take(300).filter(|order| order["dealStock"] != "0") {
        let own = deals.iter().filter(|deal| deal["orderId"] == order["id"]);
        let (count, sum) = own.fold((0, 0), |(count, sum), deal| (count + 1, sum + cents(&deal["amount"])));
        assert!(count > 0 && sum == cents(&order["dealStock"]), "{order}");
    }
    bench.knobs(json!({"whitebit": {"odd_enums": true}}));
    let transactions = all(&mut bench, &token, "transactions");
    assert!(values(&transactions, "method").contains("3") && values(&transactions, "status").contains("99"));
    assert!(values(&all(&mut bench, &token, "deals"), "role").contains("3"));
    let orders = all(&mut bench, &token, "orders");
    assert!(values(&orders, "status").contains("\"ODD_STATUS\"") && values(&orders, "type").contains("\"odd type\""));
}

#[test]
fn times_have_microseconds_as_on_the_wire() {
    let (mut bench, token) = reading(json!({"whitebit": {"history_rows": 50}}));
    let text = bench.read(&token, "orders", json!({})).text();
    let times: Vec<&str> = text.split("\"ctime\":").skip(1).map(|rest| rest.split(',').next().unwrap()).collect();
    assert!(times.iter().all(|time| time.len() <= 17 && time.split_once('.').is_some_and(|(s, _)| s.len() == 10)));
    assert!(times.iter().filter(|time| time.len() == 17).count() > times.len() / 2, "six digits: {times:?}");
}

#[test]
fn rows_arrive_while_a_client_is_paging() {
    let (mut bench, token) = reading(json!({"whitebit": {"history_rows": 10}}));
    let before = all(&mut bench, &token, "transactions");
    bench.admin("POST", "clock/advance", json!({"ms": 5_000}));
    let got = bench.admin("POST", "history", json!({"venue": "whitebit", "transactions": 3, "deals": 2}));
    let counts = json!({"transactions": 13, "converts": 10, "orders": 10, "deals": 12});
    assert_eq!((got.status, got.json()), (200, counts));
    let after = all(&mut bench, &token, "transactions");
    assert_eq!(after[3..], before);
    assert!(after[..3].iter().all(|row| row["createdAt"] == bench.now_ms / 1000 + 5));
    let ids: BTreeSet<String> = after.iter().map(|row| row["transaction_id"].to_string()).collect();
    assert_eq!(ids.len(), 13);
    // What the next page would have begun with is on it again: by three rows everything has moved.
    let page = bench.read(&token, "transactions", json!({"limit": 5, "offset": 5})).json();
    assert_eq!(page["records"].as_array().unwrap()[..], before[2..7]);
    let deals = all(&mut bench, &token, "deals");
    assert_eq!((deals[0]["id"].as_u64().unwrap(), &deals[0]["time"]), (1_000_012, &deals[1]["time"]));
    let order = json!({"venue": "whitebit", "environment": "global", "user": 20_000_001, "orders": 1, "converts": 1});
    assert_eq!(bench.admin("POST", "history", order).json()["orders"], 11);
    let newest = all(&mut bench, &token, "orders")[0].clone();
    assert_eq!((&newest["id"], newest["ctime"].as_f64()), (&json!(700_100_210), Some(1_700_000_005.0)));
    assert!(bench.rules().is_empty());
}

#[test]
fn rows_of_a_clock_that_was_set_back_are_among_the_others() {
    let (mut bench, token) = reading(json!({"whitebit": {"history_rows": 40, "history_days": 20}}));
    let names = ["transactions", "converts", "orders", "deals"];
    let before = names.map(|name| all(&mut bench, &token, name));
    let start = bench.now_ms;
    bench.admin("POST", "clock", json!({"now_ms": start - 5 * 86_400_000}));
    let rows = json!({"venue": "whitebit", "transactions": 1, "converts": 1, "orders": 1, "deals": 1});
    bench.admin("POST", "history", rows);
    bench.admin("POST", "clock", json!({"now_ms": start}));
    for (name, before) in names.into_iter().zip(before) {
        let after = all(&mut bench, &token, name);
        let times: Vec<f64> = after.iter().map(|row| key(row).0).collect();
        assert!(times.is_sorted_by(|a, b| a >= b) && after.len() == 41, "{name}");
        assert_eq!(after[0], before[0], "{name}");
    }
}

#[test]
fn arrivals_are_of_one_user_of_one_host_and_not_too_many() {
    let (mut bench, token) = reading(json!({"whitebit": {"history_rows": 0}}));
    for name in ["transactions", "orders", "deals"] {
        assert_eq!(all(&mut bench, &token, name), [Value::Null; 0], "{name}");
    }
    let rows = json!({"venue": "whitebit", "environment": "eu", "deals": 1, "orders": 1});
    assert_eq!(bench.admin("POST", "history", rows).json()["deals"], 1);
    let rows = json!({"venue": "whitebit", "user": 5, "deals": 1});
    assert_eq!(bench.admin("POST", "history", rows).json()["deals"], 1, "even without an order");
    assert_eq!(all(&mut bench, &token, "deals"), [Value::Null; 0]);
    for wrong in [
        json!({"venue": "kraken", "deals": 1}),
        json!({"venue": "whitebit", "environment": "mainnet"}),
        json!({"venue": "whitebit", "deals": 25_001}),
        json!({"venue": "whitebit", "trades": 1}),
        json!({"deals": 1}),
    ] {
        let got = bench.admin("POST", "history", wrong.clone());
        assert_eq!(got.status, 400, "{wrong}");
        assert!(got.json()["error"].is_string());
    }
    for wrong in [json!({"history_rows": 25_001}), json!({"history_days": 0})] {
        assert_eq!(bench.admin("PATCH", "knobs", json!({"whitebit": wrong})).status, 400);
    }
}

#[test]
fn a_row_stays_where_it_is_while_time_goes_on() {
    let (mut bench, token) = reading(json!({"whitebit": {"history_rows": 30, "history_days": 170}}));
    let before = all(&mut bench, &token, "deals");
    bench.later(3_600_000);
    assert_eq!(all(&mut bench, &token, "deals"), before);
    // What is older than six months is gone, and what has not happened yet is not there.
    bench.later(60 * 86_400_000);
    let later = all(&mut bench, &token, "deals");
    assert!(later.len() < before.len() && later[..] == before[..later.len()] && !later.is_empty());
    bench.admin("POST", "clock", json!({"now_ms": bench.now_ms - 90 * 86_400_000}));
    let earlier = all(&mut bench, &token, "deals");
    assert!(earlier.len() < before.len() && earlier[..] == before[before.len() - earlier.len()..]);
}

#[test]
fn what_has_not_happened_yet_is_not_there() {
    let (mut bench, token) = reading(json!({"whitebit": {"history_rows": 40, "history_days": 20}}));
    let names = ["transactions", "converts", "orders", "deals"];
    let before = names.map(|name| all(&mut bench, &token, name));
    bench.admin("POST", "clock", json!({"now_ms": bench.now_ms - 5 * 86_400_000}));
    for (name, before) in names.into_iter().zip(&before) {
        let rest = all(&mut bench, &token, name);
        assert!(!rest.is_empty() && rest.len() < 40, "{name}");
        assert_eq!(rest[..], before[40 - rest.len()..], "{name}");
    }
    let newest = json!({"orderId": before[2][0]["id"]});
    assert_eq!(bench.read(&token, "orders", newest).json(), json!({}));
    let now = bench.read(&token, "deals", json!({})).json();
    assert_eq!(bench.read(&token, "deals", json!({"endDate": bench.now_ms / 1000})).json(), now);
    let from = (bench.now_ms / 1000 - 20 * 86_400).to_string();
    let now = bench.read(&token, "converts", json!({"from": from})).json();
    let to = (bench.now_ms / 1000).to_string();
    assert_eq!(bench.read(&token, "converts", json!({"from": from, "to": to})).json(), now);
}

#[test]
fn seeds_and_users_have_histories_of_their_own() {
    let rows = |seed: u64, uid: u64| {
        let config = venuekey_sandbox::Config { seed, ..Default::default() };
        let mut bench = Bench::of(config);
        bench.knobs(json!({"whitebit": {"user_uid": uid}}));
        let token = bench.reader(WHITEBIT);
        all(&mut bench, &token, "transactions")
    };
    assert_eq!(rows(1, 7), rows(1, 7));
    assert_ne!(rows(1, 7), rows(2, 7));
    assert_ne!(rows(1, 7), rows(1, 8));
}

#[test]
fn the_largest_history_is_read_quickly() {
    let (mut bench, token) = reading(json!({"whitebit": {"history_rows": 25_000, "limit_divisor": 1}}));
    let start = Instant::now();
    bench.read(&token, "orders", json!({}));
    let made = start.elapsed();
    let start = Instant::now();
    for page in 0..40 {
        let got = bench.read(&token, "deals", json!({"limit": 500, "offset": page * 500}));
        assert_eq!(got.status, 200);
    }
    // By what the rows take to be made, on this machine: 40 pages that make them anew would take 40 times as long.
    assert!(start.elapsed() < made * 20, "{:?} after {made:?}", start.elapsed());
    let last = bench.read(&token, "transactions", json!({"limit": 500, "offset": 9500})).json();
    assert_eq!((&last["total"], last["records"].as_array().unwrap().len()), (&json!(25_000), 500));
}
