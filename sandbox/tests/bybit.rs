//! Bybit's emulator checklist, row by row (without ai_accounts and V5).

use crate::support::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const TOKEN: &str = "/bybit/mainnet/oauth/v1/public/access_token";
const UID: &str = "/bybit/mainnet/oauth/v1/resource/restrict/uid_bearer";

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

#[test]
fn row_1_any_locale_or_none() {
    let mut bench = Bench::new(json!({}));
    for path in ["/oauth", "/en/oauth", "/zh-MY/oauth"] {
        let got = bench.bybit_login_at(&format!("{BYBIT}{path}"), BYBIT_CALLBACK);
        assert_eq!(got.status, 302, "{path}");
        assert!(got.location().starts_with("/bybit/mainnet/consent?session="));
    }
    let got = bench.bybit_login_at("/bybit/mainnet/en/oauth/en/oauth", BYBIT_CALLBACK);
    assert_eq!(got.status, 404);
    assert_eq!(bench.rules(), ["unknown_path"], "no page lists the last one");
}

#[test]
fn row_1_the_callback_of_the_guidance() {
    let mut bench = Bench::new(json!({"bybit": {"user_decision": "approve"}}));
    let got = bench.bybit_login();
    assert_eq!(got.status, 301);
    assert_eq!(got.header("cache-control"), Some("no-store"));
    let code = got.parameter("code").unwrap();
    assert_eq!(got.location(), format!("{BYBIT_CALLBACK}/?response_type=code&code={code}&scope=openapi&state=s+t%261"));
}

#[test]
fn row_1_the_callback_of_the_article() {
    let mut bench = Bench::new(json!({"bybit": {"user_decision": "approve",
        "redirect_status": 302, "redirect_trailing_slash": false, "callback_params": "article"}}));
    let got = bench.bybit_login();
    let code = got.parameter("code").unwrap();
    assert_eq!(got.status, 302);
    assert_eq!(got.location(), format!("{BYBIT_CALLBACK}?client_id=demo-bybit&code={code}&state=s+t%261"));
}

#[test]
fn row_1_an_unknown_redirect_becomes_the_first_registered_one() {
    let mut bench = Bench::new(json!({"bybit": {"user_decision": "approve"}}));
    let path = "/bybit/mainnet/en/oauth";
    let got = bench.bybit_login_at(path, "https://elsewhere.example/cb");
    assert!(got.location().starts_with(BYBIT_CALLBACK));
    bench.knobs(json!({"bybit": {"strict_redirect": true}}));
    let got = bench.bybit_login_at(path, "https://elsewhere.example/cb");
    assert_eq!(got.status, 400);
    assert_eq!(bench.rules(), ["redirect_uri"]);
}

#[test]
fn row_1_undocumented_authorize_requests_fail() {
    let good = [
        ("client_id", "demo-bybit"),
        ("response_type", "code"),
        ("scope", "openapi"),
        ("redirect_uri", BYBIT_CALLBACK),
    ];
    let changed = |name: &str, value: &str| -> String {
        let mut pairs = good.to_vec();
        pairs.retain(|(n, _)| *n != name);
        if !value.is_empty() {
            pairs.push((name, value));
        }
        form(&pairs)
    };
    for (query, rule) in [
        (changed("response_type", "id_token"), "response_type"),
        (changed("scope", "openapi,openapai"), "scope"),
        (changed("client_id", "nobody"), "unknown_client"),
        (changed("scope", ""), "missing_field"),
        (changed("redirect_uri", ""), "missing_field"),
        (changed("affiliate_id", "1"), "unknown_field"),
        (changed("code_challenge", CHALLENGE), "unknown_field"),
    ] {
        let mut bench = Bench::new(json!({}));
        let got = bench.get(&format!("{BYBIT}/en/oauth?{query}"));
        assert_eq!(got.status, 400, "{query}");
        assert_eq!(bench.rules(), [rule], "{query}");
    }
    let mut bench = Bench::new(json!({}));
    let got = bench.get(&format!("{BYBIT}/en/oauth?{}", form(&good)));
    assert_eq!(got.status, 302, "state is optional by one source");
}

#[test]
fn row_2_cancel_modes() {
    for (mode, status, query) in [
        ("none", 200, None),
        ("empty", 301, Some("state=s+t%261")),
        ("error", 301, Some("error=access_denied&state=s+t%261")),
    ] {
        let mut bench = Bench::new(json!({"bybit": {"cancel_mode": mode,
            "user_decision": "decline"}}));
        let got = bench.bybit_login();
        assert_eq!(got.status, status, "{mode}");
        let seen = got.header("location").map(|l| l.split_once('?').unwrap().1);
        assert_eq!(seen, query, "{mode}");
        bench.knobs(json!({"bybit": {"user_decision": "close"}}));
        assert_eq!(bench.bybit_login().header("location"), None);
    }
}

#[test]
fn row_3_codes_are_single_use_and_live_ten_minutes() {
    let mut bench = Bench::new(json!({}));
    let code = bench.bybit_code();
    bench.later(599_999);
    assert_eq!(bench.bybit_token(&code).json()["token_type"], "bearer");
    let again = bench.bybit_token(&code);
    assert_eq!(again.status, 200);
    assert_eq!(
        again.json(),
        json!({"retCode": 10001, "retMsg": "code invalid or expired", "result": {},
               "retExtInfo": {}, "time": bench.now_ms})
    );
    let code = bench.bybit_code();
    bench.later(600_000);
    assert_eq!(bench.bybit_token(&code).json()["retCode"], 10001);
}

#[test]
fn row_3_a_challenge_is_verified() {
    for (verifier, ok) in [(Some(VERIFIER), true), (Some(CHALLENGE), false), (None, false)] {
        let mut bench = Bench::new(json!({"bybit": {"broker_pkce": "accept", "user_decision": "approve"}}));
        let query = form(&[
            ("client_id", "demo-bybit"),
            ("response_type", "code"),
            ("scope", "openapi"),
            ("redirect_uri", BYBIT_CALLBACK),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        let got = bench.get(&format!("{BYBIT}/oauth?{query}"));
        let code = got.parameter("code").unwrap();
        let mut fields =
            vec![("client_id", "demo-bybit"), ("client_secret", "demo-bybit-secret"), ("code", code.as_str())];
        fields.extend(verifier.map(|v| ("code_verifier", v)));
        let body = bench.post(TOKEN, &fields).json();
        assert_eq!(body.get("access_token").is_some(), ok);
        assert_eq!(body["retMsg"] == "code_verify_err", !ok);
    }
}

#[test]
fn row_4_tokens_are_flat_and_shaped_like_jwts() {
    let mut bench = Bench::new(json!({}));
    let code = bench.bybit_code();
    let got = bench.bybit_token(&code);
    let body = got.json();
    assert_eq!(got.status, 200);
    assert_eq!(body.as_object().unwrap().len(), 5);
    assert_eq!(body["expires_in"], 86400);
    assert_eq!(body["refresh_token_expires_in"], 2_592_000);
    let access = claims(body["access_token"].as_str().unwrap());
    let refresh = claims(body["refresh_token"].as_str().unwrap());
    assert_eq!(access.as_object().unwrap().len(), 5);
    assert_eq!(access["exp"], bench.now_ms / 1000 + 86400);
    assert_eq!(access["ClientID"], "demo-bybit");
    assert_eq!(access["GrantMemberID"], 106_000_001);
    assert_eq!(access["ApprovedScope"], json!(["openapi"]));
    assert!(access["Nonce"].is_string());
    let days = refresh["exp"].as_u64().unwrap() - access["exp"].as_u64().unwrap();
    assert_eq!(days, 29 * 86400);
}

#[test]
fn row_4_the_token_envelope_and_the_error_style_are_switchable() {
    let mut bench = Bench::new(json!({"bybit": {"token_envelope": "result",
        "token_naming": "snake", "code_type": "string", "error_http_status": 400,
        "issue_refresh_token": false}}));
    let code = bench.bybit_code();
    let body = bench.bybit_token(&code).json();
    assert!(body["result"]["access_token"].is_string());
    assert!(body["result"].get("refresh_token").is_none());
    let got = bench.bybit_token(&code);
    assert_eq!(got.status, 400);
    let expected = json!({"ret_code": "10001", "ret_msg": "code invalid or expired", "result": {}});
    assert_eq!(got.json(), expected);
}

#[test]
fn row_4_the_form_is_strict() {
    let mut bench = Bench::new(json!({}));
    let code = bench.bybit_code();
    let fields = [("client_id", "demo-bybit"), ("client_secret", "demo-bybit-secret"), ("code", code.as_str())];
    for extra in ["grant_type", "redirect_uri", "code"] {
        let mut more = fields.to_vec();
        more.push((extra, "x"));
        let body = bench.post(TOKEN, &more).json();
        assert_eq!(body["retCode"], 10001);
        assert!(body["retMsg"].as_str().unwrap().contains(extra), "{body}");
    }
    let headers = [("content-type", "application/json"), ("user-agent", "partner/1.0")];
    let body = bench.call("POST", TOKEN, &headers, "{}").json();
    assert!(body["retMsg"].as_str().unwrap().contains("content-type"));
    let wrong = [("client_id", "nobody"), ("client_secret", "demo-bybit-secret"), ("code", code.as_str())];
    assert_eq!(bench.post(TOKEN, &wrong).json()["retCode"], 10003);
    assert!(bench.post(TOKEN, &fields).json()["access_token"].is_string());
}

#[test]
fn section_4_a_library_user_agent_meets_the_firewall() {
    let mut bench = Bench::new(json!({}));
    let code = bench.bybit_code();
    let body = form(&[("client_id", "demo-bybit"), ("client_secret", "demo-bybit-secret"), ("code", &code)]);
    for agent in [
        None,
        Some(""),
        Some("python-requests/2.32.0"),
        Some("okhttp/5.0.0"),
        Some("node"),
        Some("App/1 CFNetwork/1494 Darwin/23"),
    ] {
        let mut headers = vec![("content-type", FORM)];
        headers.extend(agent.map(|agent| ("user-agent", agent)));
        let got = bench.call("POST", TOKEN, &headers, &body);
        assert_eq!(got.status, 403, "{agent:?}");
        assert!(got.text().starts_with("<!doctype html>"));
    }
    assert_eq!(bench.rules(), ["user_agent"; 6]);
    // An application's own name passes, whatever it begins with.
    let headers = [("content-type", FORM), ("user-agent", "nodeapp/1.0")];
    let got = bench.call("POST", TOKEN, &headers, "client_id=x");
    assert_eq!(got.status, 200);
    assert!(bench.bybit_token(&code).json()["access_token"].is_string());
}

#[test]
fn row_5_refresh_rotates_and_takes_refresh_token() {
    let mut bench = Bench::new(json!({}));
    let (_, refresh) = bench.bybit_tokens();
    let body = bench.bybit_refresh(&refresh).json();
    let next = body["refresh_token"].as_str().unwrap().to_owned();
    assert_ne!(next, refresh);
    assert_eq!(bench.bybit_refresh(&refresh).json()["retCode"], 10001);
    bench.knobs(json!({"bybit": {"invalid_refresh_code": 10004}}));
    assert_eq!(bench.bybit_refresh(&refresh).json()["retCode"], 10004);
    bench.later(2_592_000_000);
    assert_eq!(bench.bybit_refresh(&next).json()["retCode"], 10004);
}

#[test]
fn row_5_refreshing_without_the_secret_is_a_knob() {
    let path = "/bybit/mainnet/oauth/v1/public/refresh_token";
    let mut bench = Bench::new(json!({}));
    let (_, refresh) = bench.bybit_tokens();
    let fields = [("client_id", "demo-bybit"), ("refresh_token", refresh.as_str())];
    assert_eq!(bench.post(path, &fields).json()["retCode"], 10003);
    bench.knobs(json!({"bybit": {"accept_refresh_without_secret": true}}));
    assert!(bench.post(path, &fields).json()["access_token"].is_string());
}

#[test]
fn row_5_tokens_belong_to_their_client() {
    let mut bench = with_other_client();
    let code = bench.bybit_code();
    let mut fields = [("client_id", "other"), ("client_secret", "other-secret"), ("code", &*code)];
    assert_eq!(bench.post(TOKEN, &fields).json()["retCode"], 10001);
    let refresh = bench.bybit_token(&code).json()["refresh_token"].clone();
    fields[2] = ("refresh_token", refresh.as_str().unwrap());
    let path = "/bybit/mainnet/oauth/v1/public/refresh_token";
    assert_eq!(bench.post(path, &fields).json()["retCode"], 10001);
    assert!(bench.bybit_refresh(fields[2].1).json()["access_token"].is_string());
}

#[test]
fn row_6_uid_in_every_shape() {
    let top = |uid: Value| json!({"ret_code": 0, "ret_msg": "success", "uid": uid});
    let result = |result: Value| json!({"ret_code": 0, "ret_msg": "success", "result": result});
    for (shape, kind, expected) in [
        ("result_uid", "string", result(json!({"uid": "106000001"}))),
        ("result_uid", "number", result(json!({"uid": 106_000_001}))),
        ("top_uid", "string", top(json!("106000001"))),
        ("scalar_result", "number", result(json!(106_000_001))),
        ("absent", "string", json!({"ret_code": 0, "ret_msg": "success"})),
    ] {
        let mut bench = Bench::new(json!({"bybit": {"uid_shape": shape, "uid_type": kind}}));
        let (token, _) = bench.bybit_tokens();
        assert_eq!(bench.bybit_uid(&token).json(), expected);
    }
}

#[test]
fn row_6_envelope_style_per_endpoint() {
    let mut bench = Bench::new(json!({"bybit": {"uid_naming": "camel", "code_type": "string"}}));
    let (token, _) = bench.bybit_tokens();
    assert_eq!(bench.bybit_uid(&token).json()["retCode"], "0");
    assert_eq!(bench.bybit_openapi(&token).json()["ret_code"], "0");
}

#[test]
fn row_6_openapi_repeats() {
    for (mode, same, lives) in [("same", true, 1), ("new", false, 2), ("rotate", false, 1)] {
        let mut bench = Bench::new(json!({"bybit": {"openapi_repeat": mode}}));
        let (token, _) = bench.bybit_tokens();
        let first = bench.bybit_openapi(&token).json();
        let second = bench.bybit_openapi(&token).json();
        assert_eq!(first["ret_msg"], "success");
        assert_eq!(first["result"].as_object().unwrap().len(), 2);
        assert_eq!(first == second, same, "{mode}");
        let keys = bench.sandbox.state(0, false)["bybit"]["mainnet"]["keys"].clone();
        let living = keys.as_array().unwrap().iter().filter(|k| k["exists"] == true);
        assert_eq!(living.count(), lives, "{mode}");
    }
}

#[test]
fn row_6_the_newest_key_is_the_one_that_repeats() {
    let mut bench = Bench::new(json!({"bybit": {"openapi_repeat": "new"}}));
    let (token, _) = bench.bybit_tokens();
    bench.bybit_openapi(&token);
    let newest = bench.bybit_openapi(&token).json();
    bench.knobs(json!({"bybit": {"openapi_repeat": "same"}}));
    assert_eq!(bench.bybit_openapi(&token).json(), newest);
}

#[test]
fn row_6_tokens_are_checked() {
    let mut bench = Bench::new(json!({}));
    let (token, refresh) = bench.bybit_tokens();
    assert_eq!(bench.bybit_uid("nonsense").json()["ret_code"], 10001);
    assert_eq!(bench.bybit_uid(&refresh).json()["ret_code"], 10001);
    bench.knobs(json!({"bybit": {"invalid_token_code": 401}}));
    assert_eq!(bench.bybit_uid("nonsense").json()["ret_code"], 401);
    assert_eq!(bench.rules(), [""; 0]);
    let agent = [("user-agent", "partner/1.0")];
    let got = bench.call("GET", UID, &agent, "");
    assert!(got.json()["ret_msg"].as_str().unwrap().contains("Authorization"));
    let testnet = UID.replace("mainnet", "testnet");
    assert_eq!(bench.bearer("GET", &testnet, &token).json()["ret_code"], 401);
    bench.later(86_400_000);
    assert_eq!(bench.bybit_openapi(&token).json()["ret_code"], 33004);
}

#[test]
fn section_11_revocation_ends_tokens() {
    let mut bench = Bench::new(json!({}));
    let (token, refresh) = bench.bybit_tokens();
    let code = bench.bybit_code();
    assert_eq!(bench.act("bybit/mainnet", "revoke").status, 200);
    assert_eq!(bench.bybit_token(&code).json()["retCode"], 10001);
    assert_eq!(bench.bybit_uid(&token).json()["ret_code"], 10001);
    assert_eq!(bench.bybit_refresh(&refresh).json()["retCode"], 10001);
    assert_eq!(bench.act("bybit/mainnet", "block_account").status, 400);
}
