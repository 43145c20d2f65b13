//! Bybit's AI agent: consent and tokens of a public client with PKCE.

use crate::support::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const TOKEN: &str = "/bybit/mainnet/oauth/v1/public/access_token";
const REFRESH: &str = "/bybit/mainnet/oauth/v1/public/refresh_token";

#[test]
fn it_runs_to_its_end() {
    let mut bench = Bench::new(json!({"bybit": {"user_decision": "approve"}}));
    let got = bench.agent_login(AGENT_CALLBACK);
    let code = got.parameter("code").unwrap();
    let query = format!("response_type=code&code={code}&scope=ai-account&state=s+t%261");
    assert_eq!((got.status, got.location()), (301, &*format!("{AGENT_CALLBACK}/?{query}")));
    let got = bench.agent_token(&code, VERIFIER);
    let body = got.json();
    assert_eq!((got.status, body.as_object().unwrap().len()), (200, 5));
    assert_eq!((&body["expires_in"], &body["token_type"]), (&json!(86_400), &json!("bearer")));
    let claims = body["access_token"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!((&claims["ClientID"], &claims["ApprovedScope"]), (&json!("ai-agent"), &json!(["ai-account"])));
    let next = bench.agent_refresh(body["refresh_token"].as_str().unwrap()).json();
    assert!(next["access_token"].is_string() && next["refresh_token"] != body["refresh_token"]);
    assert_eq!(bench.agent_refresh(body["refresh_token"].as_str().unwrap()).json()["retCode"], 10001);
    assert_eq!(bench.rules(), [""; 0]);
}

#[test]
fn its_addresses_are_eleven_ports_and_each_hosts_own_page() {
    let testnet = "https://testnet.bybit.com/oauth/callback";
    let good = ["http://127.0.0.1:9876/callback", "http://127.0.0.1:9886/callback", HEADLESS];
    let bad = [
        "http://127.0.0.1:9875/callback",
        "http://127.0.0.1:9887/callback",
        "http://127.0.0.1:09876/callback",
        "http://127.0.0.1:9876/callback/",
        "http://127.0.0.1:9876/",
        "http://localhost:9876/callback",
        "https://127.0.0.1:9876/callback",
        "https://www.bybit.com/oauth/callback/",
        BYBIT_CALLBACK,
        testnet,
    ];
    for uri in good {
        let mut bench = Bench::new(json!({}));
        assert_eq!((bench.agent_login(uri).status, bench.rules()), (302, vec![]), "{uri}");
    }
    for uri in bad {
        let mut bench = Bench::new(json!({}));
        assert_eq!((bench.agent_login(uri).status, bench.rules()), (400, vec!["redirect_uri"]), "{uri}");
    }
    let mut bench = Bench::new(json!({}));
    let at_testnet = |uri| format!("/bybit/testnet/oauth?{}", form(&agent_query(uri)));
    assert_eq!(bench.get(&at_testnet(testnet)).status, 302);
    assert_eq!(bench.get(&at_testnet(HEADLESS)).status, 400);
}

#[test]
fn undocumented_authorize_requests_fail() {
    for (name, value, rules) in [
        ("code_challenge", "", vec!["missing_field"]),
        ("code_challenge", VERIFIER, vec![]),
        ("code_challenge", "short", vec!["code_challenge"]),
        ("code_challenge_method", "plain", vec!["code_challenge_method"]),
        ("response_type", "token", vec!["response_type"]),
        ("scope", "openapi", vec!["scope"]),
        ("scope", "ai-account, openapi", vec!["scope"]),
        ("redirect_uri", "", vec!["missing_field"]),
        ("client_secret", "x", vec!["unknown_field"]),
        ("prompt", "consent", vec!["unknown_field"]),
    ] {
        let mut bench = Bench::new(json!({"bybit": {"scope_format": "list", "token_response": "query"}}));
        let mut pairs = agent_query(AGENT_CALLBACK);
        pairs.retain(|(n, _)| *n != name);
        if !value.is_empty() {
            pairs.push((name, value));
        }
        let got = bench.get(&format!("{BYBIT}/oauth?{}", form(&pairs)));
        assert_eq!(got.status, if rules.is_empty() { 302 } else { 400 }, "{name}={value}");
        // A missing challenge is said once as missing and once as malformed.
        assert_eq!(bench.rules().first(), rules.first(), "{name}={value}");
    }
}

#[test]
fn the_token_form_is_strict() {
    let mut bench = Bench::new(json!({}));
    let code = bench.agent_code();
    let fields = [("client_id", "ai-agent"), ("code", code.as_str()), ("code_verifier", VERIFIER)];
    for extra in ["client_secret", "grant_type", "redirect_uri", "state"] {
        let body = bench.post(TOKEN, &[&fields[..], &[(extra, "x")]].concat()).json();
        assert_eq!(body["retCode"], 10001, "{extra}");
        assert!(body["retMsg"].as_str().unwrap().contains(extra), "{body}");
    }
    assert_eq!(bench.post(TOKEN, &fields[..2]).json()["retCode"], 10001);
    assert_eq!(bench.rules(), ["unknown_field", "unknown_field", "unknown_field", "unknown_field", "missing_field"]);
    let body = bench.post(TOKEN, &fields).json();
    let refresh = body["refresh_token"].as_str().expect("none of these spent the code");
    let fields = [("client_id", "ai-agent"), ("refresh_token", refresh)];
    for extra in ["client_secret", "grant_type", "scope"] {
        let body = bench.post(REFRESH, &[&fields[..], &[(extra, "x")]].concat()).json();
        assert!(body["retMsg"].as_str().unwrap().contains(extra), "{body}");
    }
    assert_eq!(bench.rules().len(), 8);
    assert!(bench.post(REFRESH, &fields).json()["access_token"].is_string());
}

#[test]
fn a_wrong_verifier_is_named_and_spends_the_code() {
    let mut bench = Bench::new(json!({}));
    let code = bench.agent_code();
    assert_eq!(bench.agent_token(&code, CHALLENGE).json()["retMsg"], "code_verify_err");
    assert_eq!(bench.agent_token(&code, VERIFIER).json()["retMsg"], "code invalid or expired");
}

#[test]
fn codes_and_tokens_of_one_client_are_nothing_to_the_other() {
    let mut bench = Bench::new(json!({}));
    let (agents, brokers) = (bench.agent_code(), bench.bybit_code());
    assert_eq!(bench.bybit_token(&agents).json()["retMsg"], "code invalid or expired");
    assert_eq!(bench.agent_token(&brokers, VERIFIER).json()["retMsg"], "code invalid or expired");
    let ((_, agents), (_, brokers)) = (bench.agent_tokens(), bench.bybit_tokens());
    assert_eq!(bench.bybit_refresh(&agents).json()["retCode"], 10001);
    assert_eq!(bench.agent_refresh(&brokers).json()["retCode"], 10001);
    let testnet = REFRESH.replace("mainnet", "testnet");
    let fields = [("client_id", "ai-agent"), ("refresh_token", agents.as_str())];
    assert_eq!(bench.post(&testnet, &fields).json()["retCode"], 10001);
    assert!(bench.post(REFRESH, &fields).json()["access_token"].is_string());
}

#[test]
fn the_page_says_what_the_agent_may_do_and_asks_for_no_tick() {
    let mut bench = Bench::new(json!({}));
    let got = bench.agent_login(AGENT_CALLBACK);
    let page = bench.get(got.location());
    let text = page.text();
    for part in [
        "<h1>AI agent wants to use sub-accounts of your account</h1>",
        "no withdrawals <code>ai-account</code></li>",
        "you go back to <strong>http://127.0.0.1:9876</strong>",
    ] {
        assert!(text.contains(part), "{part}");
    }
    assert!(!text.contains("<fieldset"));
    assert!(page.header("content-security-policy").unwrap().contains("form-action 'self' http://127.0.0.1:9876;"));
    let fields = [("session", &*session(&got)), ("action", "approve"), ("otp", "123456")];
    let got = bench.post("/bybit/mainnet/consent", &fields);
    assert!(got.parameter("code").is_some());
}

#[test]
fn the_headless_page_shows_the_code_to_copy() {
    for slash in [true, false] {
        let mut bench = Bench::new(json!({"bybit": {"redirect_trailing_slash": slash}}));
        let got = bench.agent_login(HEADLESS);
        let page = bench.get(got.location());
        assert!(page.text().contains("If you approve, the next page shows a code for you to copy."));
        assert!(page.header("content-security-policy").unwrap().contains("form-action 'self' ;"));
        let fields = [("session", &*session(&got)), ("action", "approve"), ("otp", "123456")];
        let got = bench.post("/bybit/mainnet/consent", &fields);
        let code = got.parameter("code").unwrap();
        let path = if slash { "/bybit/mainnet/oauth/callback/?" } else { "/bybit/mainnet/oauth/callback?" };
        assert!(got.location().starts_with(path), "{}", got.location());
        let target = got.location().to_owned();
        let page = bench.get(&target);
        assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")));
        for part in ["<h1>Copy this code</h1>", "<label for=\"code\">", &format!(">{code}</textarea>")] {
            assert!(page.text().contains(part), "{part}");
        }
        assert!(bench.agent_token(&code, VERIFIER).json()["access_token"].is_string());
        let page = bench.get(&target);
        assert!(page.status == 404 && !page.text().contains(&code), "a used code is not shown");
    }
}

#[test]
fn the_headless_page_shows_nothing_that_was_not_issued() {
    let mut bench = Bench::new(json!({"bybit": {"user_decision": "decline", "cancel_mode": "error"}}));
    let page = bench.get("/bybit/mainnet/oauth/callback?code=hunter2");
    assert!(page.status == 404 && !page.text().contains("hunter2"));
    let brokers = bench.bybit_code();
    assert_eq!(bench.get(&format!("/bybit/mainnet/oauth/callback?code={brokers}")).status, 404);
    bench.knobs(json!({"bybit": {"user_decision": "decline"}}));
    let got = bench.agent_login(HEADLESS);
    assert_eq!(got.parameter("error").as_deref(), Some("access_denied"));
    let page = bench.get(got.location());
    assert!(page.status == 200 && page.text().contains("<h1>Cancelled</h1>"));
    assert_eq!(bench.call("POST", "/bybit/mainnet/oauth/callback", &[], "").status, 405);
    assert_eq!(bench.get("/whitebit/global/oauth/callback").status, 404);
}
