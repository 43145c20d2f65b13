//! Bybit's signed V5 calls: the fact sheet's vectors, the clock, and what of a call is refused
//! (sections 8 and 9).

use crate::support::sign::*;
use crate::support::*;
use serde_json::json;

const NOW: &str = "1700000000000";

fn echo() -> Bench {
    with_keys(json!({"bybit": {"unlisted_signed_paths": "echo"}}))
}

fn raw(bench: &mut Bench, method: &str, target: &str, body: &str, sign: &str) -> Got {
    bench.bybit_raw(BYBIT, method, target, body, [BYBIT_KEY.0, NOW, "5000", sign])
}

/// Method, query with its question mark or body, signature.
const VECTORS: [(&str, &str, &str); 8] = [
    ("GET", "", "3ea3fb17312ccf4f80492f9bc834c0e52cef97c7540aa5570912457a06d43711"),
    ("GET", "?accountType=UNIFIED&coin=BTC", "68cf7d4bc0dbe20c669225dcfc14a98de0ef778decb54f58b0e1f6827fbcb111"),
    (
        "GET",
        "?category=option&symbol=BTC-29JUL22-25000-C",
        "99cb1ecd9340b7ee3ef18669aca3874678f5ff8f66abef2b4ee5493bb91c996c",
    ),
    ("GET", "?accountType=UNIFIED&coin=USDT%2CBTC", "d778426d2f840633bdc3d3437c1f287d1d4678b1594e8c50bfd3b55fbb10e20f"),
    ("GET", "?accountType=UNIFIED&coin=USDT,BTC", "adfb0c56dc7071b60fd32ec53cbfd53d909aaa988a7c267d79f14647b54af645"),
    (
        "POST",
        r#"{"category":"linear","symbol":"BTCUSDT"}"#,
        "d8e32f7530eaf41256d444d2a7b758241b045cfdde46f4e76a069df5c2e31619",
    ),
    (
        "POST",
        r#"{"category": "linear", "symbol": "BTCUSDT"}"#,
        "4d8dd3736f4f5dee246427c7f3529e0e2ad6fe5b02b45098b514181fd5986b7e",
    ),
    ("POST", "{}", "5970cdf2a243d74b212e4d0800cca11d9a1b8dde0a1a40dd2193555117f6bde2"),
];

#[test]
fn vectors_of_8_3_are_accepted_and_only_for_their_own_bytes() {
    let mut bench = echo();
    let path = "/v5/account/borrow-history";
    for (i, (method, text, _)) in VECTORS.iter().enumerate() {
        for (j, (of, _, sign)) in VECTORS.iter().enumerate().filter(|(_, other)| other.0 == *method) {
            let (target, body) = match *method {
                "GET" => (format!("{path}{text}"), ""),
                _ => (path.to_owned(), *text),
            };
            let got = raw(&mut bench, method, &target, body, sign);
            let expected = if i == j { (200, 0) } else { (401, 10_004) };
            assert_eq!(code(&got), expected, "{of} {text} with the signature of vector {j}");
        }
    }
    // The one of them that names its path.
    assert_eq!(code(&raw(&mut bench, "GET", QUERY_API, "", VECTORS[0].2)), (200, 0));
    assert!(bench.rules().is_empty());
}

#[test]
fn section_8_1_nothing_at_all_can_be_signed() {
    let mut bench = echo();
    assert_eq!(code(&bench.bybit_signed(BYBIT_KEY, "POST", "/v5/order/cancel-all", "")), (200, 0));
    // A question mark without a query is still no query.
    assert_eq!(code(&raw(&mut bench, "GET", "/v5/user/query-api?", "", VECTORS[0].2)), (200, 0));
}

#[test]
fn section_8_2_the_clock_rule_is_asymmetric() {
    let mut bench = with_keys(json!({}));
    for (timestamp, window, expected) in [
        ("1699999995000", "5000", (200, 0)),
        ("1699999994999", "5000", (200, 10_002)),
        ("1699999994999", "5001", (200, 0)),
        ("1700000000999", "5000", (200, 0)),
        ("1700000001000", "5000", (200, 10_002)),
        ("1700000001000", "20000", (200, 10_002)),
        ("1700000000", "5000", (200, 10_002)),
    ] {
        let sign = hmac_256(BYBIT_KEY.1, &format!("{timestamp}{}{window}", BYBIT_KEY.0));
        let got = bench.bybit_raw(BYBIT, "GET", QUERY_API, "", [BYBIT_KEY.0, timestamp, window, &sign]);
        assert_eq!(code(&got), expected, "{timestamp} {window}");
    }
    // The window is part of what is signed.
    let got = bench.bybit_raw(BYBIT, "GET", QUERY_API, "", [BYBIT_KEY.0, NOW, "5001", VECTORS[0].2]);
    assert_eq!(code(&got), (401, 10_004));
    let upper = VECTORS[0].2.to_ascii_uppercase();
    assert_eq!(code(&raw(&mut bench, "GET", QUERY_API, "", &upper)), (401, 10_004));
    assert!(bench.rules().is_empty());
}

#[test]
fn section_8_1_a_get_has_no_body() {
    let mut bench = with_keys(json!({}));
    let got = raw(&mut bench, "GET", QUERY_API, "{}", VECTORS[0].2);
    assert_eq!(got.status, 403);
    assert!(got.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
    assert_eq!(bench.rules(), ["unexpected_body"]);
}

#[test]
fn section_9_keys_of_elsewhere_are_invalid() {
    let mut bench = with_keys(json!({}));
    let got = bench.bybit_raw("/bybit/testnet", "GET", QUERY_API, "", [BYBIT_KEY.0, NOW, "5000", VECTORS[0].2]);
    assert_eq!(code(&got), (401, 10_003));
    assert_eq!(code(&bench.bybit_signed(("nobody", "x"), "GET", QUERY_API, "")), (401, 10_003));
    bench.knobs(json!({"bybit": {"v5_auth_http_status": 200}}));
    assert_eq!(code(&bench.bybit_signed(("nobody", "x"), "GET", QUERY_API, "")), (200, 10_003));
    assert_eq!(code(&bench.bybit_signed((BYBIT_KEY.0, "x"), "GET", QUERY_API, "")), (200, 10_004));
}

#[test]
fn undocumented_headers_and_places_are_named() {
    let mut bench = echo();
    let all = [
        ("X-BAPI-API-KEY", BYBIT_KEY.0),
        ("X-BAPI-TIMESTAMP", NOW),
        ("X-BAPI-RECV-WINDOW", "5000"),
        ("X-BAPI-SIGN", VECTORS[0].2),
    ];
    let target = format!("{BYBIT}{QUERY_API}");
    for left_out in 0..all.len() {
        let mut headers = all.to_vec();
        headers.remove(left_out);
        assert_eq!(code(&bench.call("GET", &target, &headers, "")), (401, 10_001));
    }
    assert_eq!(bench.rules(), ["missing_header"; 4]);
    for extra in [("Authorization", "Bearer x"), ("X-TXC-PAYLOAD", "x"), ("X-BAPI-SIGN", "x")] {
        let mut headers = all.to_vec();
        headers.push(extra);
        let got = bench.call("GET", &target, &headers, "");
        assert_eq!(code(&got), (200, 10_001));
        assert!(got.text().contains(&extra.0.to_ascii_lowercase()), "{}", got.text());
    }
    let rules = ["unknown_header", "unknown_header", "duplicate_header"];
    assert_eq!(bench.rules()[4..], rules);
    // These are documented.
    let mut headers = all.to_vec();
    headers.extend([("X-BAPI-SIGN-TYPE", "1"), ("X-Referer", "DemoBroker1"), ("cdn-request-id", "1")]);
    assert_eq!(code(&bench.call("GET", &target, &headers, "")), (200, 0));
    let mut words = all;
    words[1].1 = "yesterday";
    assert_eq!(code(&bench.call("GET", &target, &words, "")), (200, 10_001));
    assert_eq!(bench.rules()[7..], ["header_number"]);
}

#[test]
fn section_9_forms_of_a_post() {
    let mut bench = echo();
    let path = "/v5/order/create";
    assert_eq!(code(&bench.bybit_signed(BYBIT_KEY, "POST", path, "[1]")), (200, 10_001));
    assert_eq!(code(&bench.bybit_signed(BYBIT_KEY, "POST", &format!("{path}?a=1"), "{}")), (200, 10_001));
    assert_eq!(code(&bench.bybit_signed(BYBIT_KEY, "GET", &format!("{path}?a=1&a=2"), "")), (200, 10_001));
    assert_eq!(code(&bench.bybit_signed(BYBIT_KEY, "DELETE", path, "")), (400, 10_001));
    assert_eq!(code(&bench.bybit_signed(BYBIT_KEY, "POST", QUERY_API, "{}")), (400, 10_001));
    assert_eq!(bench.rules(), ["body", "unexpected_query", "duplicate_field", "method", "method"]);
}

#[test]
fn unlisted_paths_are_refused_or_echoed() {
    let mut bench = with_keys(json!({}));
    let target = "/v5/account/borrow-history?accountType=UNIFIED&coin=USDT%2CBTC";
    assert_eq!(code(&bench.bybit_signed(BYBIT_KEY, "GET", target, "")), (404, 10_017));
    assert_eq!(bench.rules(), ["unlisted_path"]);
    bench.knobs(json!({"bybit": {"unlisted_signed_paths": "echo"}}));
    let got = bench.bybit_signed(BYBIT_KEY, "GET", target, "");
    let expected = json!({"method": "GET", "path": "/v5/account/borrow-history",
                          "parameters": {"accountType": "UNIFIED", "coin": "USDT,BTC"}});
    assert_eq!((got.status, &got.json()["result"]), (200, &expected));
    let got = bench.bybit_signed(BYBIT_KEY, "POST", "/v5/order/create", "{\"qty\": \"1\"}");
    assert_eq!(got.json()["result"]["parameters"], json!({"qty": "1"}));
    assert_eq!(code(&bench.bybit_signed((BYBIT_KEY.0, "x"), "GET", target, "")), (401, 10_004));
}
