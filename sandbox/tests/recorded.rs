//! What is kept of requests and answers: bodies, masked; since when; as an archive.

use crate::support::*;
use serde_json::{Value, json};

fn requests(bench: &mut Bench, query: &str) -> Vec<Value> {
    let got = bench.admin("GET", &format!("requests?{query}"), Value::Null);
    assert_eq!(got.status, 200, "{}", got.text());
    got.json()["requests"].as_array().unwrap().clone()
}

/// A whole connection, and every secret of it.
fn connected() -> (Bench, Vec<String>) {
    let mut bench = Bench::new(json!({"whitebit": {"key_timing": "before"}}));
    let code = bench.whitebit_code(WHITEBIT);
    let data = bench.whitebit_token(WHITEBIT, &code).json()["data"].clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (access, refresh) = (text(&data["access_token"]), text(&data["refresh_token"]));
    let id = text(&bench.whitebit_info(&access).json()["data"]["externalId"]);
    let secret = text(&bench.whitebit_secret(&access, &id).json()["data"]["apiSecret"]);
    let (bybit_access, bybit_refresh) = bench.bybit_tokens();
    let key = bench.bybit_openapi(&bybit_access).json()["result"].clone();
    let sent = ["demo-whitebit-secret", "demo-bybit-secret", VERIFIER, CHALLENGE].map(str::to_owned);
    let minted =
        [code, access, refresh, secret, bybit_access, bybit_refresh, text(&key["api_key"]), text(&key["api_secret"])];
    (bench, sent.into_iter().chain(minted).collect())
}

#[test]
fn bodies_are_shown_without_any_secret() {
    let (mut bench, secrets) = connected();
    for path in ["requests", "har"] {
        let (masked, open) = (bench.admin("GET", path, Value::Null), format!("{path}?values=true"));
        let open = bench.admin("GET", &open, Value::Null);
        for secret in &secrets {
            assert!(!masked.text().contains(secret.as_str()), "{path}: {secret}");
            assert!(open.text().contains(secret.as_str()), "{path}: {secret}");
        }
    }
    let token = requests(&mut bench, "")[1].clone();
    let sent = "client_id=demo-whitebit&client_secret=***&code=***&code_verifier=***";
    assert_eq!(token["body"], sent);
    assert_eq!(token["response"]["status"], 200);
    assert_eq!(token["response"]["headers"][0], json!({"name": "content-type", "value": "application/json"}));
    let answer: Value = serde_json::from_str(token["response"]["body"].as_str().unwrap()).unwrap();
    assert_eq!((&answer["data"]["access_token"], &answer["data"]["expires_in"]), (&json!("***"), &json!(300)));
    let authorize = requests(&mut bench, "")[0].clone();
    let location = authorize["response"]["headers"][0].clone();
    assert_eq!(location, json!({"name": "location", "value": format!("{WHITEBIT_CALLBACK}?***")}));
    assert_eq!((&authorize["body"], &authorize["response"]["body"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_reply_that_never_came_and_one_that_was_spoilt_are_recorded_as_they_went_out() {
    let mut bench = Bench::new(json!({}));
    bench.fault("info", "drop_reply");
    bench.answer(&request("GET", "/whitebit/global/oauth2/api-key/info", &[], ""));
    bench.fault("info", "truncated_json");
    bench.answer(&request("GET", "/whitebit/global/oauth2/api-key/info", &[], ""));
    let all = requests(&mut bench, "values=true");
    assert_eq!((&all[0]["response"], &all[0]["status"]), (&Value::Null, &Value::Null));
    let (sent, headers) = (all[1]["response"]["body_bytes"].as_u64().unwrap(), &all[1]["response"]["headers"]);
    assert!(headers.as_array().unwrap().iter().any(|header| header["name"] == "content-length"));
    assert_eq!(all[1]["response"]["body"].as_str().unwrap().len() as u64, sent);
    assert_eq!(requests(&mut bench, "")[1]["response"]["body"], Value::Null, "half a JSON text can't be masked");
}

#[test]
fn a_long_body_is_counted_and_not_kept() {
    let mut bench = Bench::new(json!({}));
    let long = "x".repeat(64 << 10);
    bench.post("/whitebit/global/oauth2/token", &[("code", &long)]);
    let sent = requests(&mut bench, "values=true")[0].clone();
    assert_eq!((&sent["body"], sent["body_bytes"].as_u64().unwrap() > 64 << 10), (&Value::Null, true));
}

#[test]
fn requests_since_a_moment() {
    let mut bench = Bench::new(json!({}));
    for _ in 0..3 {
        bench.get("/whitebit/eu/api/v4/public/time");
        bench.later(10);
    }
    // Back again: the order is that of arrival, whatever the clock says.
    bench.sandbox.set_clock(1_700_000_000_000, bench.now_ms);
    bench.get("/whitebit/eu/api/v4/public/time");
    let seen = |bench: &mut Bench, query: &str| -> Vec<u64> {
        requests(bench, query).iter().map(|request| request["seq"].as_u64().unwrap()).collect()
    };
    assert_eq!(seen(&mut bench, "since=1700000000010"), [2, 3]);
    assert_eq!(seen(&mut bench, "since=1700000000011&after=1"), [3]);
    assert_eq!(seen(&mut bench, "since=0&limit=1"), [1]);
    assert_eq!(bench.admin("GET", "requests?since=yesterday", Value::Null).status, 400);
}

#[test]
fn the_archive_has_what_hars_readers_want() {
    let (mut bench, _) = connected();
    bench.fault("any", "close_before");
    bench.answer(&request("GET", "/bybit/mainnet/v5/market/time", &[], ""));
    let headers = [("host", "127.0.0.1:8700")];
    let log = bench.call("GET", "/_sandbox/har", &headers, "").json()["log"].clone();
    assert_eq!((&log["version"], &log["creator"]["name"]), (&json!("1.2"), &json!("venuekey-sandbox")));
    let entries = log["entries"].as_array().unwrap();
    for entry in entries {
        for name in ["startedDateTime", "time", "request", "response", "cache", "timings"] {
            assert!(!entry[name].is_null(), "{name}");
        }
        for side in ["request", "response"] {
            for name in ["httpVersion", "cookies", "headers", "headersSize", "bodySize"] {
                assert!(!entry[side][name].is_null(), "{side} {name}");
            }
        }
        for name in ["status", "statusText", "redirectURL", "content"] {
            assert!(!entry["response"][name].is_null(), "{name}");
        }
        assert!(entry["request"]["url"].as_str().unwrap().starts_with("http://127.0.0.1:8700/"));
    }
    let token = &entries[1];
    assert_eq!(token["startedDateTime"], "2023-11-14T22:13:20.000Z");
    assert_eq!(token["request"]["url"], "http://127.0.0.1:8700/whitebit/global/oauth2/token");
    assert_eq!(token["request"]["postData"]["mimeType"], FORM);
    assert_eq!(entries[0]["response"]["redirectURL"], format!("{WHITEBIT_CALLBACK}?***"));
    assert_eq!((&entries.last().unwrap()["response"]["status"], entries.len()), (&json!(0), 8));
    assert_eq!(bench.admin("GET", "har?secrets=1", Value::Null).status, 400);
}
