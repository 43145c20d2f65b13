//! WhiteBIT's plain code grant, from the authorize page to the end of its tokens.

use crate::support::*;
use serde_json::{Value, json};

const PAGE: &str = "/whitebit/global/consent";
const LOGIN: &str = "/whitebit/global/auth/login?clientId=demo-whitebit&state=s";
const SCOPES: &str =
    "users.transactions.read,users.converts.read,users.orders.read,users.deals.read,users.balances.read";

/// The reply of the token endpoint, the user approving at once.
fn token(bench: &mut Bench, prefix: &str) -> Got {
    bench.knobs(json!({"whitebit": {"user_decision": "approve"}}));
    let got = bench.get(&format!("{prefix}/auth/login?clientId=demo-whitebit&state=s"));
    let code = got.parameter("code").expect("code");
    let fields = [("client_id", "demo-whitebit"), ("client_secret", "demo-whitebit-secret"), ("code", &*code)];
    bench.post(&format!("{prefix}/oauth2/token"), &fields)
}

fn text(data: &Value, name: &str) -> String {
    data["data"][name].as_str().expect("a text").to_owned()
}

#[test]
fn it_runs_to_its_end_on_both_hosts() {
    for prefix in [WHITEBIT, WHITEBIT_EU] {
        let mut bench = Bench::new(json!({}));
        let got = token(&mut bench, prefix);
        assert_eq!((got.status, got.header("cache-control")), (200, Some("no-store")));
        let body = got.json();
        assert_eq!(
            body,
            json!({"data": {"access_token": text(&body, "access_token"), "expires_in": 300, "scope": SCOPES,
                            "refresh_token": text(&body, "refresh_token"), "token_type": "Bearer"}})
        );
        let refresh = |bench: &mut Bench, token: &str| {
            let fields = [("client_id", "demo-whitebit"), ("client_secret", "demo-whitebit-secret"), ("token", token)];
            bench.post(&format!("{prefix}/oauth2/refresh_token"), &fields)
        };
        let first = text(&body, "refresh_token");
        bench.later(599_999);
        let got = refresh(&mut bench, &first);
        assert_eq!(got.status, 200);
        let body = got.json();
        assert_eq!(body["data"]["scope"], SCOPES);
        let second = text(&body, "refresh_token");
        assert_ne!(first, second);
        assert_eq!(refresh(&mut bench, &second).status, 429, "one a second");
        bench.later(600_000);
        let got = refresh(&mut bench, &second);
        assert_eq!((got.status, got.json()), (400, json!({"data": {"token": ["Invalid token."]}})));
        assert_eq!(bench.rules(), [""; 0]);
    }
}

#[test]
fn its_lifetimes_are_its_own() {
    let mut bench = Bench::new(json!({"whitebit": {"variant": "old"}}));
    let body = token(&mut bench, WHITEBIT).json();
    assert_eq!(body["data"]["expires_in"], 300);
    assert!(body["data"]["refresh_token"].is_string());
}

#[test]
fn its_token_opens_no_key_endpoint() {
    let mut bench = Bench::new(json!({"whitebit": {"user_existing_key": "active"}}));
    let access = text(&token(&mut bench, WHITEBIT).json(), "access_token");
    let id = bench.sandbox.state(bench.now_ms, false)["whitebit"]["global"]["keys"][0]["external_id"].clone();
    let id = id.as_str().unwrap();
    assert_eq!(bench.whitebit_info(&access).status, 401);
    assert_eq!(bench.whitebit_secret(&access, id).status, 401);
    assert_eq!(bench.whitebit_delete(&access, id).status, 401);
}

#[test]
fn the_first_registered_address_is_used_when_none_is_named() {
    let mut config = venuekey_sandbox::Config::default();
    config.add_redirect_uri("whitebit", "https://second.example/cb");
    let mut bench = Bench::of(config);
    bench.knobs(json!({"whitebit": {"user_decision": "approve"}}));
    assert!(bench.get(LOGIN).location().starts_with(&format!("{WHITEBIT_CALLBACK}?code=")));
    let second = form(&[("redirect_uri", "https://second.example/cb")]);
    assert!(bench.get(&format!("{LOGIN}&{second}")).location().starts_with("https://second.example/cb?code="));
    let other = form(&[("redirect_uri", "https://second.example/cb/")]);
    assert_eq!(bench.get(&format!("{LOGIN}&{other}")).status, 400);
    assert_eq!(bench.rules(), ["redirect_uri"]);
}

#[test]
fn d14_an_address_may_be_refused_as_unlisted() {
    let mut bench = Bench::new(json!({"whitebit": {"plain_redirect_uri": "refuse", "user_decision": "approve"}}));
    assert!(bench.get(LOGIN).parameter("code").is_some());
    let uri = form(&[("redirect_uri", WHITEBIT_CALLBACK)]);
    assert_eq!(bench.get(&format!("{LOGIN}&{uri}")).status, 400);
    assert_eq!(bench.rules(), ["unknown_field"]);
    assert!(bench.whitebit_login(WHITEBIT).parameter("code").is_some(), "the PKCE flow needs it");
}

#[test]
fn the_page_reads_what_will_be_read_and_offers_no_key() {
    let mut bench = Bench::new(json!({}));
    let got = bench.get(LOGIN);
    let page = bench.get(got.location()).text();
    for part in [
        "<h1>Demo Partner wants to read your account</h1>",
        "<li>Read your deposits and withdrawals <code>users.transactions.read</code></li>",
        "<li>Read your conversions <code>users.converts.read</code></li>",
        "<li>Read your orders <code>users.orders.read</code></li>",
        "<li>Read your deals <code>users.deals.read</code></li>",
        "<li>Read your balances <code>users.balances.read</code></li>",
        "the code is <strong>123456</strong>",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<fieldset") && !page.contains("apikeys."));
    bench.knobs(json!({"whitebit": {"plain_scopes": "general,orders.create"}}));
    assert!(bench.get(got.location()).text().contains("<h1>Demo Partner wants access to your account</h1>"));
}

#[test]
fn approving_makes_no_key() {
    let mut bench = Bench::new(json!({"whitebit": {"plain_scopes": "apikeys.create", "key_timing": "before"}}));
    let got = bench.get(LOGIN);
    let session = session(&got);
    let odd = [("session", &*session), ("action", "approve"), ("permissions", "info"), ("otp", "123456")];
    let page = bench.post(PAGE, &odd);
    assert!(page.text().contains("<li>A permission that is not offered here was sent.</li>"));
    let fields = [("session", &*session), ("action", "approve"), ("otp", "123456")];
    assert!(bench.post(PAGE, &fields).parameter("code").is_some());
    assert_eq!(bench.sandbox.state(0, false)["whitebit"]["global"]["keys"], json!([]));
}

#[test]
fn who_has_no_second_factor_is_asked_for_none() {
    let mut bench = Bench::new(json!({"whitebit": {"user_two_factor": false}}));
    let got = bench.get(LOGIN);
    assert!(!bench.get(got.location()).text().contains("otp"));
    let fields = [("session", &*session(&got)), ("action", "approve")];
    assert!(bench.post(PAGE, &fields).parameter("code").is_some());
}
