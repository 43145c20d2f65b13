//! What clients in wide use send beside the documentation (the sheets' additions): answered, and noted.

use crate::support::sign::*;
use crate::support::*;
use serde_json::{Value, json};

/// The rules noted at the last request.
fn notes(bench: &Bench) -> Vec<&'static str> {
    let last = bench.sandbox.requests().back().expect("a request");
    last.notes.iter().map(|note| note.rule).collect()
}

#[test]
fn headers_of_bybits_family_are_answered_and_noted() {
    let mut bench = with_keys(json!({}));
    let sign = hmac_256(BYBIT_KEY.1, &format!("1700000000000{}5000", BYBIT_KEY.0));
    let with = |extra: &[(&'static str, &'static str)]| {
        let mut headers = vec![
            ("X-BAPI-API-KEY", BYBIT_KEY.0),
            ("X-BAPI-TIMESTAMP", "1700000000000"),
            ("X-BAPI-RECV-WINDOW", "5000"),
            ("X-BAPI-SIGN", &*sign),
        ];
        headers.extend(extra);
        request("GET", &format!("{BYBIT}{QUERY_API}"), &headers, "")
    };
    for (extra, expected) in [
        (vec![("X-BAPI-SIGN-TYPE", "2")], vec!["sign_type"]),
        (vec![("X-BAPI-SIGN-TYPE", "1")], vec![]),
        (vec![("X-BAPI-BROKER", "x"), ("x-bapi-signature", "y")], vec!["unknown_header", "unknown_header"]),
    ] {
        let call = with(&extra);
        assert_eq!(code(&Got::of(bench.answer(&call))), (200, 0));
        assert_eq!(notes(&bench), expected);
    }
    assert!(bench.rules().is_empty());
    let shown = bench.admin("GET", "requests", Value::Null).json()["requests"][0]["notes"].clone();
    assert!(bench.get("/_sandbox/").text().contains("<dt>Not documented, but answered</dt><dd>x-bapi-sign-type</dd>"));
    assert_eq!((&shown[0]["rule"], &shown[0]["field"]), (&json!("sign_type"), &json!("x-bapi-sign-type")));
}

#[test]
fn a_query_where_none_is_listed_is_answered_and_noted() {
    let mut bench = with_keys(json!({}));
    assert_eq!(code(&bench.bybit_signed(BYBIT_KEY, "GET", &format!("{QUERY_API}?category=linear"), "")), (200, 0));
    assert_eq!(notes(&bench), ["unexpected_query"]);
    for target in ["/bybit/testnet/v5/market/time?x=1", "/whitebit/eu/api/v4/public/time?x=1"] {
        assert_eq!(bench.get(target).status, 200);
        assert_eq!(notes(&bench), ["unexpected_query"]);
    }
    assert!(bench.rules().is_empty());
    // A body is another matter.
    assert_eq!(bench.call("GET", "/whitebit/eu/api/v4/public/time", &[], "{}").status, 400);
    assert_eq!(bench.rules(), ["unexpected_body"]);
}

#[test]
fn a_nonce_of_digits_is_a_nonce() {
    let mut bench = with_keys(json!({}));
    let mut ask = |nonce: &str| {
        let body = format!("{{\"request\":\"{BALANCE}\",\"nonce\":{nonce}}}");
        bench.whitebit_body(WHITEBIT_KEY, BALANCE, &body)
    };
    assert_eq!(ask("\"5\"").status, 200);
    assert_eq!(got(ask("5")), clash(429));
    for wrong in ["\"\"", "\"+6\"", "\"6.0\"", "\" 6\"", "\"99999999999999999999\"", "6.5", "null"] {
        assert_eq!(got(ask(wrong)), v4(401, 0, "Nonce not provided."), "{wrong}");
    }
    assert_eq!(ask("6").status, 200);
    assert_eq!(notes(&bench), [""; 0]);
    assert_eq!(bench.rules().iter().filter(|rule| **rule == "nonce").count(), 7);
}

#[test]
fn public_data_that_is_not_here_is_404_signed_or_not() {
    let mut bench = with_keys(json!({}));
    let target = "/v5/market/tickers?category=spot";
    assert_eq!(code(&bench.get(&format!("{BYBIT}{target}"))), (404, 10_017));
    assert_eq!(code(&bench.bybit_signed(BYBIT_KEY, "GET", target, "")), (404, 10_017));
    let got = bench.get("/whitebit/global/api/v4/public/markets");
    assert_eq!((got.status, &got.json()["success"]), (404, &json!(false)));
    assert_eq!(notes(&bench), ["unlisted_path"]);
    assert!(bench.rules().is_empty());
    let endpoints: Vec<_> =
        bench.sandbox.requests().iter().map(|r| serde_json::to_value(r.endpoint).unwrap()).collect();
    assert_eq!(endpoints, [json!("public"), json!("public"), json!("public")]);
    assert_eq!(bench.post("/whitebit/global/api/v4/public/markets", &[]).status, 405);
    // What needs a signature still does.
    assert_eq!(code(&bench.get(&format!("{BYBIT}/v5/order/realtime"))), (401, 10_001));
    assert_eq!(bench.rules(), ["method", "missing_header", "missing_header", "missing_header", "missing_header"]);
}

#[test]
fn a_path_that_nobody_documents_is_recorded_and_a_violation() {
    let mut bench = Bench::new(json!({}));
    let paths = ["/whitebit/global/oauth2/tokens", "/bybit/testnet/v3/private/order", "/whitebit/oauth2/token"];
    for (n, path) in paths.into_iter().enumerate() {
        for method in ["GET", "POST", "BREW"] {
            assert_eq!(bench.call(method, path, &[], "").status, 404, "{path}");
        }
        assert_eq!(bench.rules().len(), 3 * (n + 1), "{path}");
        let record = bench.sandbox.requests().back().expect("recorded");
        assert_eq!((record.status, record.method.as_str()), (Some(404), "BREW"));
    }
    let shown = bench.admin("GET", "violations", Value::Null).json()["violations"].clone();
    let place = |n: usize| (shown[n]["venue"].clone(), shown[n]["environment"].clone(), shown[n]["rule"].clone());
    assert_eq!(place(0), (json!("whitebit"), json!("global"), json!("unknown_path")));
    assert_eq!(place(6), (Value::Null, Value::Null, json!("unknown_path")));
    assert!(bench.get("/_sandbox/").text().contains("unknown_path"));
    // A browser's own request, and a person's look at the address.
    bench.admin("POST", "reset", Value::Null);
    assert_eq!((bench.get("/favicon.ico").status, bench.get("/").status), (404, 404));
    assert!(bench.sandbox.requests().is_empty() && bench.sandbox.violations().is_empty());
}
