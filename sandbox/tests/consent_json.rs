//! The consent screen answered by JSON, by several users, for several clients.

use crate::support::*;
use serde_json::{Value, json};
use venuekey_sandbox::exchange::user::User;
use venuekey_sandbox::{Client, Config};

/// An authorize URL as a client under test would hand it out.
fn url(bench_prefix: &str, client_id: &str) -> String {
    let query = form(&[
        ("clientId", client_id),
        ("redirect_uri", WHITEBIT_CALLBACK),
        ("state", "s t&1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    format!("http://127.0.0.1:8700{bench_prefix}/auth/login?{query}")
}

fn agent_url(redirect_uri: &str) -> String {
    format!("http://127.0.0.1:8700{BYBIT}/oauth?{}", form(&agent_query(redirect_uri)))
}

fn consent(bench: &mut Bench, more: Value) -> (u16, Value) {
    let mut body = json!({"url": url(WHITEBIT, "demo-whitebit"), "decision": "approve"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let got = bench.admin("POST", "consent", body);
    (got.status, got.json())
}

fn error(got: &(u16, Value)) -> (u16, &str) {
    (got.0, got.1["error"].as_str().unwrap_or_else(|| panic!("no error: {}", got.1)))
}

#[test]
fn an_approval_leads_to_the_callback_and_the_code_works() {
    let mut bench = Bench::new(json!({"whitebit": {"key_timing": "before", "user_decision": "decline"}}));
    let (status, answer) = consent(&mut bench, json!({"permissions": ["trading"]}));
    assert_eq!(status, 200, "{answer}");
    let callback = answer["redirect_url"].as_str().unwrap();
    assert!(callback.starts_with(&format!("{WHITEBIT_CALLBACK}?code=")) && callback.ends_with("&state=s+t%261"));
    let token = bench.whitebit_token(WHITEBIT, answer["code"].as_str().unwrap()).json()["data"].clone();
    let info = bench.whitebit_info(token["access_token"].as_str().unwrap()).json();
    let enabled = |i: usize| info["data"]["permissions"][i]["urls"][0]["enable"].clone();
    assert_eq!([enabled(0), enabled(1), enabled(2)], [json!(false), json!(true), json!(false)]);
    assert_eq!(bench.sandbox.requests()[0].endpoint, "authorize");
    assert!(bench.rules().is_empty());
}

#[test]
fn whoever_ticks_withdrawal_confirms_it() {
    let mut bench = Bench::new(json!({}));
    assert_eq!(consent(&mut bench, json!({"permissions": ["withdrawal"]})).0, 200);
}

#[test]
fn a_refusal_has_a_redirect_where_the_exchange_sends_one() {
    for (mode, decision, ending) in [
        ("none", "decline", None),
        ("error", "decline", Some("?error=access_denied&state=s+t%261")),
        ("error", "close", None),
    ] {
        let mut bench = Bench::new(json!({"whitebit": {"decline_mode": mode}}));
        let (status, answer) = consent(&mut bench, json!({"decision": decision}));
        let expected = ending.map_or(Value::Null, |ending| format!("{WHITEBIT_CALLBACK}{ending}").into());
        assert_eq!((status, answer), (200, json!({"redirect_url": expected, "code": null})), "{mode} {decision}");
    }
}

#[test]
fn what_the_page_would_say_is_the_error() {
    let mut bench = Bench::new(json!({}));
    let got = consent(&mut bench, json!({"otp": "000000"}));
    assert_eq!(error(&got), (422, "This two-factor code is wrong. Try again."));
    let got = consent(&mut bench, json!({"permissions": ["everything"]}));
    assert_eq!(error(&got), (422, "A permission that is not offered here was sent."));
    bench.knobs(json!({"whitebit": {"user_kyc": false}}));
    for decision in ["approve", "decline"] {
        let got = consent(&mut bench, json!({"decision": decision}));
        assert!(error(&got).1.starts_with("Your identity is not verified. "), "{got:?}");
    }
    let keys = &bench.sandbox.state(0, false)["whitebit"]["global"]["keys"];
    assert_eq!(keys, &json!([]));
}

#[test]
fn an_authorize_url_that_no_documentation_covers_is_a_violation() {
    let mut bench = Bench::new(json!({}));
    let got = consent(&mut bench, json!({"url": url(WHITEBIT, "nobody")}));
    let text = "The authorize request is not as documented: No client with this clientId is registered.";
    assert_eq!(error(&got), (422, text));
    assert_eq!(bench.rules(), ["unknown_client"]);
    for other in ["https://whitebit.com/auth/login?clientId=demo-whitebit", "nonsense", ""] {
        assert!(error(&consent(&mut bench, json!({"url": other}))).1.contains("/whitebit/global"), "{other}");
    }
}

#[test]
fn a_url_that_opens_no_consent_screen_is_refused() {
    let mut bench = Bench::new(json!({}));
    let got = consent(&mut bench, json!({"url": format!("http://127.0.0.1:8700{WHITEBIT}/api/v4/public/time")}));
    assert_eq!(error(&got), (422, "The URL is not an authorize URL: it opens no consent screen."));
}

#[test]
fn a_body_that_does_not_fit_is_refused() {
    let mut bench = Bench::new(json!({}));
    for more in [json!({"decision": "maybe"}), json!({"scope": "all"}), json!({"otp": 123456})] {
        assert_eq!(consent(&mut bench, more).0, 400);
    }
    assert_eq!(bench.post("/_sandbox/consent", &[("url", "x")]).status, 415);
    assert!(bench.sandbox.requests().is_empty());
}

#[test]
fn a_fault_meets_this_browser_too() {
    let mut bench = Bench::new(json!({}));
    bench.fault("authorize", "close_before");
    assert_eq!(error(&consent(&mut bench, json!({}))), (422, "The authorize request met a fault."));
    bench.fault("authorize", "html_403");
    let text = "The authorize request was answered with status 403.";
    assert_eq!(error(&consent(&mut bench, json!({}))), (422, text));
    assert_eq!(consent(&mut bench, json!({})).0, 200);
}

#[test]
fn a_headless_client_gets_the_code_to_copy() {
    let mut bench = Bench::new(json!({}));
    let (_, answer) = consent(&mut bench, json!({"url": agent_url(HEADLESS)}));
    let page = answer["redirect_url"].as_str().unwrap();
    assert!(page.starts_with("http://127.0.0.1:8700/bybit/mainnet/oauth/callback"), "{page}");
    let code = answer["code"].as_str().unwrap();
    assert!(bench.agent_token(code, VERIFIER).json()["access_token"].is_string());
}

/// Two users besides the demo user, one of whom can't make a key, and a second client.
fn two_users() -> Bench {
    let mut config = Config::default();
    let bob = User { two_factor: false, name: "Bob".into(), ..User::new(3) };
    config.users.insert("whitebit".into(), vec![User { name: "Ann".into(), otp: "777".into(), ..User::new(2) }, bob]);
    config.clients_mut("whitebit").push(Client {
        client_id: "other".into(),
        client_secret: "other-secret".into(),
        name: "Other".into(),
        redirect_uris: vec![WHITEBIT_CALLBACK.into()],
    });
    Bench::of(config)
}

#[test]
fn each_user_has_keys_of_their_own_with_each_client() {
    let mut bench = two_users();
    for user in [json!({}), json!({"user": 2}), json!({"user": 20_000_001, "url": url(WHITEBIT, "other")})] {
        assert_eq!(consent(&mut bench, user.clone()).0, 200, "{user}");
    }
    let got = consent(&mut bench, json!({"user": 2}));
    assert!(error(&got).1.starts_with("An active API key for this partner exists."));
    assert!(error(&consent(&mut bench, json!({"user": 3}))).1.starts_with("Two-factor authentication is off."));
    assert_eq!(error(&consent(&mut bench, json!({"user": 4}))), (422, "There is no user 4 at whitebit."));
    let owners = |bench: &Bench| -> Vec<(u64, String)> {
        let keys = bench.sandbox.state(bench.now_ms, false)["whitebit"]["global"]["keys"].clone();
        let living = keys.as_array().unwrap().iter().filter(|key| key["status"] != "deleted");
        living.map(|key| (key["uid"].as_u64().unwrap(), key["owner"]["partner"].as_str().unwrap().to_owned())).collect()
    };
    let demo = "demo-whitebit".to_owned();
    assert_eq!(owners(&bench), [(20_000_001, demo.clone()), (2, demo.clone()), (20_000_001, "other".into())]);
    bench.admin("POST", "user/whitebit/global/action", json!({"action": "delete_key", "user": 2}));
    assert_eq!(owners(&bench), [(20_000_001, demo), (20_000_001, "other".into())]);
    let got = bench.admin("POST", "user/whitebit/global/action", json!({"action": "delete_key", "user": 4}));
    assert_eq!(got.status, 400);
}

#[test]
fn the_page_lets_another_user_sign_in() {
    let mut bench = two_users();
    let got = bench.whitebit_login(WHITEBIT);
    let first = bench.get(got.location()).text();
    assert!(first.contains("<strong>Demo user</strong>") && first.contains(">Ann, id 2</a>"), "{first}");
    let page = bench.get(&format!("{}&user=2", got.location())).text();
    assert!(
        page.contains("<strong>Ann</strong>") && page.contains(">Demo user</a>") && page.contains(">Bob, id 3</a>")
    );
    let session = session(&got);
    let mut fields = vec![("session", session.as_str()), ("user", "9"), ("action", "approve"), ("otp", "777")];
    assert_eq!(bench.post("/whitebit/global/consent", &fields).status, 400);
    fields[1].1 = "2";
    let code = bench.post("/whitebit/global/consent", &fields).parameter("code").unwrap();
    bench.whitebit_token(WHITEBIT, &code);
    let state = bench.sandbox.state(bench.now_ms, false)["whitebit"]["global"].clone();
    assert_eq!((&state["tokens"][0]["uid"], &state["keys"][0]["uid"]), (&json!(2), &json!(2)));
    let alone = Bench::new(json!({})).whitebit_login(WHITEBIT);
    assert!(!Bench::new(json!({})).get(alone.location()).text().contains("Switch user"));
}

#[test]
fn the_clock_can_be_held_from_the_start() {
    let mut bench = Bench::of(Config { clock_held_at_ms: Some(5_000), clock_offset_ms: 9, ..Config::default() });
    assert_eq!(bench.admin("GET", "clock", Value::Null).json()["held"], true);
    bench.later(1000);
    assert_eq!(bench.sandbox.clock(bench.now_ms), 5_000);
    bench.sandbox.hold_clock(false, bench.now_ms);
    bench.sandbox.reset();
    assert_eq!(bench.sandbox.clock(bench.now_ms), 5_000);
}
