//! WhiteBIT's signed calls: the fact sheet's vectors, and what of a call is refused (sections 10, 11).

use crate::support::sign::*;
use crate::support::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

const V1: &str = r#"{"request":"/api/v4/trade-account/balance","nonce":1700000000000}"#;
const V1_PAYLOAD: &str = "eyJyZXF1ZXN0IjoiL2FwaS92NC90cmFkZS1hY2NvdW50L2JhbGFuY2UiLCJub25jZSI6MTcwMDAwMDAwMDAwMH0=";
const V1_SIGNATURE: &str = "3b5deaa173ca4204a938233cdc664aa3afb58aff205c61f6a3ff2b815297da185dcfb84b66814301c1ebb5e826b1089b274dce3b1056393919da5d88988ce326";

#[test]
fn vectors_of_10_3_are_accepted() {
    let v2 = r#"{"request":"/api/v4/trade-account/balance","nonce":1700000000123,"nonceWindow":true,"ticker":"BTC"}"#;
    let v3 = r#"{"request":"/api/v4/main-account/history","nonce":1700000000456,"nonceWindow":true,"transactionMethod":1,"ticker":"BTC","offset":0,"limit":100,"status":[3,7]}"#;
    let cases = [
        (BALANCE, V1, V1_PAYLOAD, V1_SIGNATURE, 200),
        (
            BALANCE,
            v2,
            "eyJyZXF1ZXN0IjoiL2FwaS92NC90cmFkZS1hY2NvdW50L2JhbGFuY2UiLCJub25jZSI6MTcwMDAwMDAwMDEyMywibm9uY2VXaW5kb3ciOnRydWUsInRpY2tlciI6IkJUQyJ9",
            "76458a8e576c327f6c9d69002e739347d68806d5d0e491505e01f012712689b4d38040897cb0fb6a397f908f85c3a4c4c84a64efd1b0c23741b272e637bb1049",
            200,
        ),
        (
            "/api/v4/main-account/history",
            v3,
            "eyJyZXF1ZXN0IjoiL2FwaS92NC9tYWluLWFjY291bnQvaGlzdG9yeSIsIm5vbmNlIjoxNzAwMDAwMDAwNDU2LCJub25jZVdpbmRvdyI6dHJ1ZSwidHJhbnNhY3Rpb25NZXRob2QiOjEsInRpY2tlciI6IkJUQyIsIm9mZnNldCI6MCwibGltaXQiOjEwMCwic3RhdHVzIjpbMyw3XX0=",
            "a0c1a7a3a4d7f768ec66d77bad8f5b23e54a32021e49ac35cd244a428855dd456fe96b12341ede9600dc2de3da724ed6469268374f522d05f6cf0017455ae4cf",
            201,
        ),
    ];
    let mut bench = with_keys(json!({}));
    for (path, body, payload, signature, status) in cases {
        let got = bench.whitebit_raw(path, body, WHITEBIT_KEY.0, payload, signature);
        assert_eq!(got.status, status, "{}", got.text());
    }
    assert!(bench.rules().is_empty());
}

#[test]
fn negative_vectors_of_10_3_are_refused() {
    let mut bench = with_keys(json!({}));
    let over_json = "a2a5ec2b1fe2fdf9daa71cb29d9fd195d2194cc59f2828fd1bf2e890a39f3a19ce530b6097e4ca54224e10af51a18a0cb291770694c1b1049a320069ad02cf9a";
    let refused = bench.whitebit_raw(BALANCE, V1, WHITEBIT_KEY.0, V1_PAYLOAD, over_json);
    assert_eq!(got(refused), v4(401, 0, "Unauthorized request."));
    assert!(bench.rules().is_empty(), "a signature is right or wrong, the call's form was fine");

    let spaced = r#"{"request": "/api/v4/trade-account/balance", "nonce": 1700000000000}"#;
    let refused = bench.whitebit_raw(
        BALANCE,
        spaced,
        WHITEBIT_KEY.0,
        "eyJyZXF1ZXN0IjogIi9hcGkvdjQvdHJhZGUtYWNjb3VudC9iYWxhbmNlIiwgIm5vbmNlIjogMTcwMDAwMDAwMDAwMH0=",
        "4bbd56e3e731cb2a15d84eea39f1cc063a0aa4a533716f6866bd5becc670c73c26ee14974e0005a0c44592e5bc439c5f538a740989cb1a235a3cae62e976efba",
    );
    assert_eq!(got(refused), v4(400, 9, "Invalid payload."));
    assert_eq!(bench.rules(), ["non_canonical_body"]);
    // Neither refusal has spent the nonce.
    assert_eq!(bench.whitebit_raw(BALANCE, V1, WHITEBIT_KEY.0, V1_PAYLOAD, V1_SIGNATURE).status, 200);
}

#[test]
fn section_10_1_the_payload_is_the_body_in_compact_form() {
    let mut bench = with_keys(json!({}));
    // Key order is free.
    let body = r#"{"ticker":"BTC","nonce":1,"request":"/api/v4/trade-account/balance"}"#;
    assert_eq!(bench.whitebit_body(WHITEBIT_KEY, BALANCE, body).status, 200);
    for body in [
        r#"{"request":"\/api\/v4\/trade-account\/balance","nonce":2}"#,
        r#"{"request":"/api/v4/trade-account/balance","nonce":2,"nonce":2}"#,
        r#"[1]"#,
        "",
    ] {
        let refused = bench.whitebit_body(WHITEBIT_KEY, BALANCE, body);
        assert_eq!(refused.status, if body.is_empty() { 401 } else { 400 }, "{body}");
    }
    assert_eq!(bench.rules(), ["non_canonical_body", "non_canonical_body", "body", "missing_header"]);
    // A payload of another body, correctly signed.
    let payload = STANDARD.encode(V1.replace("0}", "1}"));
    let signature = hmac_512(WHITEBIT_KEY.1, &payload);
    let refused = bench.whitebit_raw(BALANCE, V1, WHITEBIT_KEY.0, &payload, &signature);
    assert_eq!(got(refused), v4(400, 9, "Invalid payload."));
    // Base64 of the URL alphabet, or without its padding.
    let payload = V1_PAYLOAD.trim_end_matches('=');
    let signature = hmac_512(WHITEBIT_KEY.1, payload);
    let refused = bench.whitebit_raw(BALANCE, V1, WHITEBIT_KEY.0, payload, &signature);
    assert_eq!(got(refused), v4(400, 9, "Invalid payload."));
}

#[test]
fn section_10_1_what_is_doubtful_is_answered_and_noted() {
    let mut bench = with_keys(json!({"whitebit": {"unlisted_signed_paths": "echo"}}));
    // The older SDK: compact payload, spaced body.
    let spaced = r#"{"request": "/api/v4/trade-account/balance", "nonce": 1700000000000}"#;
    assert_eq!(bench.whitebit_raw(BALANCE, spaced, WHITEBIT_KEY.0, V1_PAYLOAD, V1_SIGNATURE).status, 200);
    assert_eq!(bench.rules(), ["non_canonical_body"]);
    for text in ["\"note\":\"caf\u{e9}\"", "\"note\":\"caf\\u00e9\"", "\"amount\":0.5"] {
        let echo = bench.ask_whitebit("/api/v4/order/new", text);
        assert_eq!(echo.status, 200, "{}", echo.text());
    }
    assert_eq!(bench.rules()[1..], ["undocumented_form"; 3]);
}

#[test]
fn section_11_missing_parts_have_their_texts() {
    let mut bench = with_keys(json!({}));
    let with = |names: &[&str]| -> Vec<(&str, &str)> {
        let all = [
            ("content-type", "application/json"),
            ("x-txc-apikey", WHITEBIT_KEY.0),
            ("x-txc-payload", V1_PAYLOAD),
            ("x-txc-signature", V1_SIGNATURE),
        ];
        all.into_iter().filter(|(name, _)| names.iter().any(|n| name.ends_with(n))).collect()
    };
    let target = format!("{WHITEBIT}{BALANCE}");
    for (names, text) in [
        (vec!["type", "apikey", "signature"], "Payload not provided."),
        (vec!["type", "payload", "signature"], "Unauthorized request."),
        (vec!["type", "apikey", "payload"], "Unauthorized request."),
    ] {
        assert_eq!(got(bench.call("POST", &target, &with(&names), V1)), v4(401, 0, text));
    }
    assert_eq!(bench.rules(), ["missing_header"; 3]);
    for (body, text) in [
        (r#"{"nonce":1}"#, "Request not provided."),
        (r#"{"request":"/api/v4/trade-account/balance"}"#, "Nonce not provided."),
        (r#"{"request":"/api/v4/trade-account/balance","nonce":"one"}"#, "Nonce not provided."),
        (r#"{"request":"/api/v4/trade-account/balance","nonce":1,"nonceWindow":1}"#, "Invalid nonceWindow."),
        (r#"{"request":"/api/v4/trade-account/balance","nonce":1,"nonceWindow":"true"}"#, "Invalid nonceWindow."),
    ] {
        assert_eq!(got(bench.whitebit_body(WHITEBIT_KEY, BALANCE, body)), v4(401, 0, text));
    }
    assert_eq!(bench.rules()[3..], ["missing_field", "nonce", "nonce", "nonce_window", "nonce_window"]);
    bench.knobs(json!({"whitebit": {"signed_error_status": 400}}));
    assert_eq!(got(bench.whitebit_body(WHITEBIT_KEY, BALANCE, "{\"nonce\":1}")), v4(400, 0, "Request not provided."));
}

#[test]
fn section_10_1_request_is_the_venues_own_path() {
    let mut bench = with_keys(json!({}));
    for request in
        ["/whitebit/global/api/v4/trade-account/balance", "https://whitebit.com/api/v4/trade-account/balance", "/"]
    {
        let body = format!("{{\"request\":\"{request}\",\"nonce\":1}}");
        let refused = bench.whitebit_body(WHITEBIT_KEY, BALANCE, &body);
        assert_eq!(got(refused), v4(400, 9, "Invalid payload."));
    }
    assert_eq!(bench.rules(), ["request_path"; 3]);
}

#[test]
fn undocumented_headers_and_places_are_named() {
    let mut bench = with_keys(json!({}));
    let plain = [
        ("Content-Type", "application/json"),
        ("X-TXC-APIKEY", WHITEBIT_KEY.0),
        ("X-TXC-PAYLOAD", V1_PAYLOAD),
        ("X-TXC-SIGNATURE", V1_SIGNATURE),
    ];
    let target = format!("{WHITEBIT}{BALANCE}");
    for extra in
        [("Authorization", "Bearer x"), ("X-TXC-NONCE", "1"), ("X-BAPI-SIGN", "x"), ("X-TXC-APIKEY", WHITEBIT_KEY.0)]
    {
        let mut headers = plain.to_vec();
        headers.push(extra);
        let refused = bench.call("POST", &target, &headers, V1);
        assert_eq!(refused.status, 400);
        assert!(refused.text().contains(&extra.0.to_ascii_lowercase()), "{}", refused.text());
    }
    let form: Vec<_> = plain[1..].iter().copied().chain([("content-type", FORM)]).collect();
    assert_eq!(bench.call("POST", &target, &form, V1).status, 400);
    assert_eq!(bench.call("POST", &format!("{target}?ticker=BTC"), &plain, V1).status, 400);
    assert_eq!(bench.call("GET", &target, &plain, V1).status, 405);
    assert_eq!(
        bench.rules(),
        [
            "unknown_header",
            "unknown_header",
            "unknown_header",
            "duplicate_header",
            "content_type",
            "unexpected_query",
            "method"
        ]
    );
    assert_eq!(bench.call("POST", &target, &plain, V1).status, 200);
}

#[test]
fn the_clock_is_public_and_in_seconds() {
    let mut bench = with_keys(json!({}));
    bench.later(1999);
    let time = bench.get("/whitebit/eu/api/v4/public/time");
    assert_eq!((time.status, time.json()), (200, json!({"time": 1_700_000_001})));
    assert_eq!(bench.post("/whitebit/eu/api/v4/public/time", &[]).json()["success"], false);
    assert_eq!(bench.get("/whitebit/eu/api/v4/public/time?x=1").status, 200);
    assert_eq!(bench.rules(), ["method"]);
    // The bearer endpoints of the plain grant are not signed.
    assert_eq!(bench.ask_whitebit("/api/v4/accounts/orders", "").status, 400);
    assert_eq!(bench.rules()[1..], ["unknown_header"; 3]);
}

#[test]
fn unlisted_paths_are_refused_or_echoed() {
    let mut bench = with_keys(json!({}));
    let path = "/api/v4/order/new";
    let text = "\"market\":\"BTC_USDT\",\"amount\":\"0.01\"";
    assert_eq!(bench.ask_whitebit(path, text).status, 404);
    assert_eq!(bench.rules(), ["unlisted_path"]);
    bench.knobs(json!({"whitebit": {"unlisted_signed_paths": "echo"}}));
    let echo = bench.ask_whitebit(path, text);
    let expected = json!({"method": "POST", "path": path, "parameters": {"market": "BTC_USDT", "amount": "0.01"}});
    assert_eq!((echo.status, echo.json()), (200, expected));
    let forged = (WHITEBIT_KEY.0, "another secret");
    assert_eq!(bench.whitebit_signed(forged, path, 9, "").status, 401);
    assert_eq!(bench.rules().len(), 1);
}
