//! Faults of the reply's own making: a free one, encodings, pace, and a clock that is off.

use crate::support::sign::*;
use crate::support::*;
use serde_json::{Value, json};

fn queue(bench: &mut Bench, order: Value) {
    let got = bench.admin("POST", "faults", order.clone());
    assert_eq!(got.status, 200, "{order}: {}", got.text());
}

#[test]
fn a_reply_is_what_the_order_says() {
    let mut bench = with_keys(json!({}));
    let body =
        json!({"code": 32, "errors": {"amount": ["Should be a multiple of 100000."]}, "message": "Validation failed"});
    queue(&mut bench, json!({"endpoint": "signed", "fault": "reply", "status": 422, "body": body}));
    let got = bench.ask_whitebit(BALANCE, "");
    assert_eq!((got.status, got.json(), got.header("content-type")), (422, body, Some("application/json")));

    let headers = json!({"Retry-After": "37", "Content-Type": "text/html"});
    queue(
        &mut bench,
        json!({"endpoint": "signed", "fault": "reply", "status": 503, "headers": headers, "body": "<p>soon"}),
    );
    let got = bench.bybit_signed(BYBIT_KEY, "GET", QUERY_API, "");
    assert_eq!((got.status, got.text().as_str()), (503, "<p>soon"));
    assert_eq!(got.headers, [("content-type".into(), "text/html".into()), ("retry-after".into(), "37".into())]);

    queue(&mut bench, json!({"endpoint": "any", "fault": "reply", "status": 204}));
    let got = bench.get("/bybit/mainnet/v5/market/time");
    assert_eq!((got.status, got.headers.len(), got.body.len()), (204, 0, 0));
    assert!(bench.rules().is_empty());
}

#[test]
fn a_reply_strikes_before_the_effect_or_after_it() {
    for (after_effect, next) in [(false, 200), (true, 409)] {
        let mut bench = Bench::new(json!({}));
        let (token, id) = bench.whitebit_key();
        queue(&mut bench, json!({"endpoint": "secret", "fault": "reply", "status": 201, "after_effect": after_effect}));
        assert_eq!(bench.whitebit_secret(&token, &id).status, 201);
        assert_eq!(bench.whitebit_secret(&token, &id).status, next);
    }
}

#[test]
fn replies_that_no_server_sends_are_refused() {
    let mut bench = Bench::new(json!({}));
    for more in [
        json!({"fault": "reply", "status": 199}),
        json!({"fault": "reply", "status": 600}),
        json!({"fault": "reply", "headers": {"a b": "1"}}),
        json!({"fault": "reply", "headers": {"": "1"}}),
        json!({"fault": "reply", "headers": {"a": "1\r\nb: 2"}}),
        json!({"fault": "reply", "headers": {"Content-Length": "1"}}),
        json!({"fault": "reply", "headers": ["a"]}),
        json!({"fault": "server_error", "status": 404}),
        json!({"fault": "server_error", "body": "x"}),
        json!({"fault": "delay", "headers": {"a": "1"}}),
    ] {
        let mut order = more.clone();
        order["endpoint"] = json!("any");
        assert_eq!(bench.admin("POST", "faults", order).status, 400, "{more}");
    }
}

#[test]
fn html_401_says_nothing_about_the_key() {
    let mut bench = with_keys(json!({}));
    bench.fault("signed", "html_401");
    let got = bench.bybit_signed(BYBIT_KEY, "GET", QUERY_API, "");
    assert_eq!(got.status, 401);
    assert!(got.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
    assert_eq!(code(&bench.bybit_signed(BYBIT_KEY, "GET", QUERY_API, "")), (200, 0));
}

#[test]
fn encoded_replies_say_so_and_have_their_effect() {
    for (fault, encoding, start) in [
        ("gzip", "gzip", [0x1f, 0x8b]),
        ("deflate", "deflate", [0x78, 0x01]),
        ("gzip_twice", "gzip, gzip", [0x1f, 0x8b]),
    ] {
        let mut bench = Bench::new(json!({}));
        let (token, id) = bench.whitebit_key();
        bench.fault("secret", fault);
        let got = bench.whitebit_secret(&token, &id);
        assert_eq!((got.status, got.header("content-encoding")), (200, Some(encoding)));
        assert_eq!(got.body[..2], start, "{fault}");
        assert_eq!(bench.whitebit_secret(&token, &id).status, 409);
    }
}

#[test]
fn dribbled_replies_tell_the_shell_their_pace() {
    for (fault, pace) in [("dribble_head", (30, 0)), ("dribble_body", (0, 30))] {
        let mut bench = Bench::new(json!({}));
        queue(&mut bench, json!({"endpoint": "time", "fault": fault, "ms": 30}));
        let answer = bench.answer(&request("GET", "/whitebit/eu/api/v4/public/time", &[], ""));
        assert_eq!((answer.line_ms, answer.byte_ms), pace);
        assert_eq!(Got::of(answer).status, 200);
    }
}

#[test]
fn the_exchanges_clock_may_be_off() {
    let mut bench = with_keys(json!({}));
    for (fault, seconds) in [("clock_ahead", 1_700_000_007), ("clock_behind", 1_699_999_993)] {
        queue(&mut bench, json!({"endpoint": "time", "fault": fault, "ms": 7000}));
        assert_eq!(bench.get("/whitebit/eu/api/v4/public/time").json()["time"], seconds);
        assert_eq!(bench.get("/whitebit/eu/api/v4/public/time").json()["time"], 1_700_000_000);
        // A call of the caller's own time misses the window.
        queue(&mut bench, json!({"endpoint": "signed", "venue": "bybit", "fault": fault, "ms": 7000}));
        assert_eq!(code(&bench.bybit_signed(BYBIT_KEY, "GET", QUERY_API, "")), (200, 10_002), "{fault}");
    }
    assert_eq!(code(&bench.bybit_signed(BYBIT_KEY, "GET", QUERY_API, "")), (200, 0));
    // A token is as old as the exchange takes it to be.
    let (token, _) = bench.whitebit_tokens();
    queue(&mut bench, json!({"endpoint": "info", "fault": "clock_ahead", "ms": 300_000}));
    assert_eq!((bench.whitebit_info(&token).status, bench.whitebit_info(&token).status), (401, 200));
}

#[test]
fn the_admin_page_queues_a_reply() {
    let mut bench = Bench::new(json!({}));
    let own = [("sec-fetch-site", "same-origin"), ("content-type", FORM)];
    let fields = form(&[
        ("fault", "reply"),
        ("endpoint", "time"),
        ("venue", ""),
        ("count", "1"),
        ("ms", "1000"),
        ("status", "418"),
        ("headers", "{\"Retry-After\":\"37\"}"),
        ("body", "{\"a\":1}"),
        ("after_effect", "false"),
    ]);
    let got = bench.call("POST", "/_sandbox/form/post/faults", &own, &fields);
    assert_eq!(got.status, 303, "{}", got.text());
    assert!(bench.get("/_sandbox/").text().contains("418 before any effect"));
    let got = bench.get("/whitebit/eu/api/v4/public/time");
    assert_eq!((got.status, got.json(), got.header("retry-after")), (418, json!({"a": 1}), Some("37")));
}
