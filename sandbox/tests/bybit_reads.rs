//! What V5 tells of an account (section 13): the wallet, and histories with their spans, cursors, limits and ends.

use crate::support::sign::*;
use crate::support::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const DAY_MS: u64 = 86_400_000;
/// Path, the list's name, its id, the longest span in days, most rows.
const LISTS: [(&str, &str, &str, u64, u64); 6] = [
    ("/v5/asset/deposit/query-record", "rows", "id", 29, 50),
    ("/v5/asset/withdraw/query-record?withdrawType=2", "rows", "withdrawId", 29, 50),
    ("/v5/asset/transfer/query-inter-transfer-list", "list", "transferId", 7, 50),
    ("/v5/order/history?category=spot", "list", "orderId", 7, 50),
    ("/v5/execution/list?category=spot", "list", "execId", 7, 100),
    ("/v5/account/transaction-log?accountType=UNIFIED", "list", "tradeId", 7, 50),
];

fn get(bench: &mut Bench, target: &str) -> Value {
    let got = bench.bybit_signed(BYBIT_KEY, "GET", target, "");
    assert_eq!(got.status, 200, "{}", got.text());
    got.json()
}

fn with(path: &str, more: &str) -> String {
    format!("{path}{}{more}", if path.contains('?') { '&' } else { '?' })
}

/// What of a cursor goes into a query.
fn encoded(cursor: &str) -> String {
    cursor.replace('%', "%25").replace('=', "%3D").replace('+', "%2B").replace('/', "%2F")
}

/// All rows of the days before now, as windows and cursors give them; a row that comes twice is a failure.
fn all(bench: &mut Bench, (path, name, id, days, most): (&str, &str, &str, u64, u64), back_days: u64) -> Vec<Value> {
    let (now_ms, mut rows, mut seen) = (bench.now_ms, Vec::new(), BTreeSet::new());
    let since_ms = now_ms - back_days * DAY_MS;
    let mut end = now_ms;
    loop {
        let start = since_ms.max(end - days * DAY_MS);
        let mut cursor = String::new();
        loop {
            let page = with(path, &format!("startTime={start}&endTime={end}&limit={most}&cursor={}", encoded(&cursor)));
            let page = if cursor.is_empty() { page.replace("&cursor=", "") } else { page };
            let body = get(bench, &page);
            assert_eq!(body["retCode"], 0, "{page}: {body}");
            bench.later(700);
            let found = body["result"][name].as_array().expect("a list").clone();
            // A window's bounds belong to both, and to the second.
            rows.extend(found.iter().filter(|row| seen.insert(format!("{}{row}", row[id]))).cloned());
            cursor = body["result"]["nextPageCursor"].as_str().expect("a cursor").to_owned();
            if cursor.is_empty() || found.is_empty() {
                break;
            }
        }
        if start <= since_ms {
            return rows;
        }
        end = start;
    }
}

#[test]
fn section_13_2_the_wallet() {
    let mut bench = with_keys(json!({}));
    let body = get(&mut bench, "/v5/account/wallet-balance?accountType=UNIFIED");
    let account = &body["result"]["list"][0];
    assert_eq!((&account["accountType"], account["coin"].as_array().unwrap().len()), (&json!("UNIFIED"), 2));
    let body = get(&mut bench, "/v5/account/wallet-balance?accountType=UNIFIED&coin=USDT%2CSOL");
    let coins = body["result"]["list"][0]["coin"].clone();
    assert_eq!((coins.as_array().unwrap().len(), &coins[0]["coin"]), (1, &json!("USDT")));
    for wrong in ["", "?accountType=SPOT", "?accountType=UNIFIED&coin=btc", "?accountType=UNIFIED&x=1"] {
        assert_eq!(get(&mut bench, &format!("/v5/account/wallet-balance{wrong}"))["retCode"], 10_001, "{wrong}");
    }
    bench.knobs(json!({"bybit": {"user_has_funds": false}}));
    let body = get(&mut bench, "/v5/account/wallet-balance?accountType=UNIFIED");
    assert_eq!(body["result"]["list"][0]["coin"], json!([]));
}

#[test]
fn section_13_1_windows_and_cursors_have_every_row_once() {
    for cursor_at_end in [false, true] {
        let knobs = json!({"history_rows": 900, "history_days": 60, "cursor_at_end": cursor_at_end});
        let mut bench = with_keys(json!({"bybit": knobs}));
        for list in LISTS {
            let rows = all(&mut bench, list, 61);
            let times = ["successAt", "createTime", "timestamp", "createdTime", "execTime", "transactionTime"];
            let at =
                |row: &Value| times.iter().find_map(|name| row[*name].as_str()?.parse::<u64>().ok()).expect("a time");
            // Of two fifths of the markets; and orders without a fill are forgotten.
            let expected = if list.0.starts_with("/v5/order") {
                60..360
            } else if list.0.contains("category") {
                360..361
            } else {
                900..901
            };
            assert!(expected.contains(&rows.len()), "{}: {}", list.0, rows.len());
            assert!(rows.windows(2).all(|pair| at(&pair[0]) >= at(&pair[1])), "{}: newest first", list.0);
        }
        assert!(bench.rules().is_empty(), "{:?}", bench.rules());
    }
}

#[test]
fn section_13_1_what_is_too_long_too_early_or_too_many_is_refused() {
    let mut bench = with_keys(json!({}));
    let now = bench.now_ms;
    for (path, _, _, days, most) in LISTS {
        let span = |bench: &mut Bench, back: u64, ms: u64| {
            get(bench, &with(path, &format!("startTime={}&endTime={}", now - back, now - back + ms)))["retCode"].clone()
        };
        assert_eq!(span(&mut bench, 40 * DAY_MS, days * DAY_MS), 0, "{path}");
        assert_eq!(span(&mut bench, 40 * DAY_MS, days.next_multiple_of(2).max(8) * DAY_MS), 10_001, "{path}");
        for wrong in [
            format!("limit={}", most + 1),
            "limit=0".to_owned(),
            "limit=x".to_owned(),
            "cursor=none".to_owned(),
            "unlisted=1".to_owned(),
            format!("startTime={now}&endTime={}", now - 1),
        ] {
            assert_eq!(get(&mut bench, &with(path, &wrong))["retCode"], 10_001, "{path} {wrong}");
        }
        let reaches = if path.contains("/asset/") { 0 } else { 10_001 };
        assert_eq!(span(&mut bench, 731 * DAY_MS, DAY_MS), reaches, "{path}");
    }
    for path in ["/v5/order/history", "/v5/execution/list", "/v5/order/history?category=futures"] {
        assert_eq!(get(&mut bench, path)["retCode"], 10_001, "{path}");
    }
}

#[test]
fn section_13_limits_are_of_a_user_and_say_when_they_end() {
    let mut bench = with_keys(json!({}));
    for _ in 0..60 {
        assert_eq!(get(&mut bench, LISTS[2].0)["retCode"], 0);
    }
    let got = bench.bybit_signed(BYBIT_KEY, "GET", LISTS[2].0, "");
    assert_eq!(got.json()["retCode"], 10_006);
    let reset: u64 = got.header("x-bapi-limit-reset-timestamp").unwrap().parse().unwrap();
    assert_eq!(reset, bench.now_ms + 60_000);
    assert_eq!(get(&mut bench, LISTS[0].0)["retCode"], 0, "each list has its own");
    bench.later(60_000);
    assert_eq!(get(&mut bench, LISTS[2].0)["retCode"], 0);
}

#[test]
fn section_13_4_withdrawals_on_a_chain_by_default_and_for_the_master_alone() {
    let mut bench = with_keys(json!({"bybit": {"history_rows": 40, "history_days": 20}}));
    let count = |bench: &mut Bench, more: &str| {
        let body = get(bench, &format!("/v5/asset/withdraw/query-record{more}"));
        body["result"]["rows"].as_array().expect("rows").len()
    };
    assert_eq!(
        [count(&mut bench, ""), count(&mut bench, "?withdrawType=1"), count(&mut bench, "?withdrawType=2")],
        [20, 20, 40]
    );
    let (token, _) = bench.agent_tokens();
    let account = bench.ai_accounts(&token, "?sub_member_id=200001").json()["result"].clone();
    let key = (account["api_key"].as_str().unwrap(), account["api_secret"].as_str().unwrap());
    assert_eq!(bench.bybit_signed(key, "GET", "/v5/asset/withdraw/query-record", "").json()["retCode"], 10_005);
    assert_eq!(bench.bybit_signed(key, "GET", "/v5/asset/deposit/query-record", "").json()["retCode"], 0);
}

#[test]
fn rows_arrive_while_a_client_is_paging() {
    let mut bench = with_keys(json!({"bybit": {"history_rows": 30, "history_days": 5}}));
    let end = bench.now_ms;
    let page = format!("/v5/asset/deposit/query-record?startTime={}&endTime={end}&limit=20", end - 29 * DAY_MS);
    let first = get(&mut bench, &page);
    bench.later(5_000);
    let arrived = bench.admin("POST", "history", json!({"venue": "bybit", "transactions": 9, "orders": 2, "deals": 3}));
    let counts = json!({"deposits": 33, "withdrawals": 33, "transfers": 33, "orders": 32, "executions": 33, "log": 33});
    assert_eq!((arrived.status, arrived.json()), (200, counts), "{}", arrived.text());
    let cursor = encoded(first["result"]["nextPageCursor"].as_str().unwrap());
    let second = get(&mut bench, &format!("{page}&cursor={cursor}"));
    let ids = |body: &Value| -> Vec<String> {
        body["result"]["rows"].as_array().unwrap().iter().map(|row| row["id"].to_string()).collect()
    };
    let both: BTreeSet<String> = ids(&first).into_iter().chain(ids(&second)).collect();
    assert_eq!(both.len(), 30, "none lost, none twice, none that came later");
    let later = bench.now_ms;
    let newest = get(&mut bench, &format!("/v5/asset/deposit/query-record?startTime={}&endTime={later}", later - 1000));
    assert_eq!(ids(&newest).len(), 3);
}
