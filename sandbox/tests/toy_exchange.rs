//! An exchange from outside the crate, written against nothing but its public API, beside those of the list.

use crate::support::*;
use crate::toy::Toy;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use venuekey_sandbox::exchange::Exchange;
use venuekey_sandbox::exchange::fault::{Fault, FaultOrder};
use venuekey_sandbox::{ApiKey, Config, Reply, Sandbox, venue};

const CALLBACK: &str = "http://127.0.0.1:8000/callback/toy";

fn bench() -> Bench {
    bench_of(Config::default())
}

fn bench_of(config: Config) -> Bench {
    let mut exchanges = venue::all();
    exchanges.push(Box::new(Toy::default()));
    Bench { sandbox: Sandbox::with(exchanges, config).expect("a sound configuration"), now_ms: 1_700_000_000_000 }
}

fn authorize(bench: &mut Bench) -> Got {
    let query = form(&[("client_id", "demo-toy"), ("redirect_uri", CALLBACK), ("state", "s t&1")]);
    bench.get(&format!("/toy/live/authorize?{query}"))
}

fn token(bench: &mut Bench, secret: &str, code: &str) -> Got {
    let basic = format!("Basic {}", STANDARD.encode(format!("demo-toy:{secret}")));
    let headers = [("Authorization", basic.as_str()), ("Content-Type", "application/json")];
    let body = json!({"grant_type": "authorization_code", "code": code}).to_string();
    bench.call("POST", "/toy/live/token", &headers, &body)
}

/// A code, by way of the consent page.
fn code(bench: &mut Bench) -> String {
    let page = authorize(bench);
    let fields = [("session", &*session(&page)), ("action", "approve")];
    bench.post("/toy/live/consent", &fields).parameter("code").expect("a code")
}

#[test]
fn from_the_authorize_page_to_the_key() {
    let mut bench = bench();
    let begun = authorize(&mut bench);
    assert!(begun.location().starts_with("/toy/live/consent?session="), "{}", begun.location());
    let page = bench.get(begun.location());
    for part in ["<h1>Demo Partner wants to trade for you</h1>", "in place of toy.example", "<body class=\"toy\">"] {
        assert!(page.text().contains(part), "{part} in {}", page.text());
    }
    assert_eq!(bench.get("/toy/live/consent.css").status, 200);

    let fields = [("session", &*session(&begun)), ("action", "approve")];
    let approved = bench.post("/toy/live/consent", &fields);
    assert_eq!(approved.parameter("state").as_deref(), Some("s t&1"));
    let code = approved.parameter("code").expect("a code");
    assert_eq!(bench.post("/toy/live/consent", &fields), approved, "the same form again gets the same reply");

    assert_eq!(token(&mut bench, "wrong", &code).status, 401);
    let got = token(&mut bench, "demo-toy-secret", &code);
    assert_eq!((got.status, &got.json()["expires_in"]), (200, &json!(3600)));
    assert_eq!(token(&mut bench, "demo-toy-secret", &code).status, 400, "a code is spent once");

    let access = got.json()["access_token"].as_str().expect("a token").to_owned();
    let key = bench.bearer("GET", "/toy/live/key", &access).json();
    assert_eq!(bench.bearer("GET", "/toy/live/key", &access).json(), key);
    assert_eq!(bench.bearer("GET", "/toy/demo/key", &access).status, 401, "another host, another user");
    assert_eq!(bench.rules(), [""; 0]);

    let record = bench.sandbox.requests().back().expect("a record");
    assert_eq!((record.venue, record.environment, record.endpoint), (Some("toy"), Some("demo"), "toy_key"));
    let state = bench.sandbox.state(bench.now_ms, false);
    assert_eq!(state["toy"]["live"]["keys"], json!([{"api_key": key["key"], "api_secret": "***"}]));
    assert_eq!(state["users"]["toy"], json!({"uid": 7, "decision": "ask"}));
    assert_eq!(bench.act("toy/live", "delete_key").json(), json!({"keys": 1}));
    assert_eq!(bench.act("toy/live", "revoke").status, 400);
}

#[test]
fn what_it_does_not_document_is_a_violation() {
    let mut bench = bench();
    let code = code(&mut bench);
    let body = json!({"code": code, "client_secret": 1}).to_string();
    assert_eq!(bench.call("POST", "/toy/live/token", &[], &body).status, 400);
    assert_eq!(bench.rules(), ["content_type", "json_type", "missing_field", "basic"]);
    assert_eq!(bench.get("/toy/live/token").json()["error"], "This endpoint takes POST, not GET.");
    assert_eq!(bench.get("/toy/live/nothing").status, 404);
    assert_eq!(bench.get("/toy/live/authorize").status, 400);
}

#[test]
fn faults_strike_it_and_nobody_else() {
    let mut bench = bench();
    let code = code(&mut bench);
    let access = token(&mut bench, "demo-toy-secret", &code).json()["access_token"].as_str().expect("it").to_owned();
    let queue = |bench: &mut Bench, fault, venue: &str| {
        let order = FaultOrder { venue: Some(venue.into()), ..FaultOrder::new("toy_key", fault, 1) };
        bench.sandbox.queue_fault(order)
    };
    for (fault, status) in [(Fault::RateLimit, 429), (Fault::TokenExpired, 401), (Fault::ServerError, 500)] {
        queue(&mut bench, fault, "toy").expect("a sound fault");
        assert_eq!(bench.bearer("GET", "/toy/live/key", &access).status, status);
    }
    queue(&mut bench, Fault::DropReply, "toy").expect("a sound fault");
    let bearer = format!("Bearer {access}");
    let dropped = bench.answer(&request("GET", "/toy/live/key", &[("authorization", &bearer)], ""));
    assert_eq!(dropped.reply, Reply::CloseWithoutByte);
    assert_eq!(bench.bearer("GET", "/toy/live/key", &access).status, 200);
    assert!(queue(&mut bench, Fault::Lock, "toy").is_err(), "it never locks");
    assert!(queue(&mut bench, Fault::Delay, "nobody").is_err());
}

#[test]
fn its_switches_are_turned_like_any() {
    let mut bench = bench();
    bench.knobs(json!({"toy": {"code_ttl_s": 1, "user_decision": "approve"}}));
    assert_eq!(bench.admin("GET", "knobs", Value::Null).json()["toy"]["code_ttl_s"], 1);
    let code = authorize(&mut bench).parameter("code").expect("a code at once");
    bench.later(1000);
    assert_eq!(token(&mut bench, "demo-toy-secret", &code).status, 400, "it has expired");
    // Whichever exchange refuses, nothing is turned.
    for wrong in [json!({"code_ttl_s": "soon"}), json!({"code": 1}), json!({"user_decision": "dance"})] {
        let patch = json!({"bybit": {"redirect_status": 302}, "toy": wrong});
        assert_eq!(bench.admin("PATCH", "knobs", patch.clone()).status, 400, "{patch}");
    }
    assert_eq!(bench.admin("GET", "knobs", Value::Null).json()["bybit"]["redirect_status"], 301);
    bench.admin("POST", "reset", Value::Null);
    assert_eq!(bench.admin("GET", "knobs", Value::Null).json()["toy"]["code_ttl_s"], 60);
}

#[cfg(feature = "server")]
#[test]
fn the_admin_page_has_it_too() {
    let mut bench = bench();
    let page = bench.get("/_sandbox/").text();
    for part in [
        "<option>toy_key</option>",
        "<option>toy</option>",
        "<legend>Toy live</legend>",
        "id=\"toy-demo-delete_key\"",
        "<summary>Toy: 2 knobs</summary>",
        "name=\"toy.code_ttl_s\" value=\"60\"",
        "<h3>Toy demo</h3>",
        "<h3>The user</h3>",
        "<h3>The exchange</h3>",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("id=\"toy-demo-revoke\""), "only what its user does");
}

#[cfg(feature = "server")]
#[test]
fn the_command_line_has_it_too() {
    use venuekey_sandbox::server::Options;
    let of = |arguments: &[&str]| {
        let exchanges: Vec<Box<dyn Exchange>> = vec![Box::new(Toy::default())];
        Options::of(&[&["venuekey-sandbox"], arguments].concat(), &exchanges)
    };
    let flags = ["--toy-code-ttl-s", "5", "--redirect-uri", "toy=app:/cb", "--api-key=demo=k:s"];
    let config = of(&flags).expect("sound").config;
    assert_eq!(config.knobs.of("toy"), json!({"code_ttl_s": 5}), "the rest is at its default");
    assert_eq!(config.clients["toy"][0].redirect_uris, ["app:/cb"]);
    assert_eq!(config.api_keys[0].environment, "demo");
    for (wrong, text) in [
        (["--toy-user-decision", "dance"], "possible values: ask, approve, decline, close"),
        (["--client-name", "bybit=Name"], "there is no venue bybit; there are toy"),
        (["--api-key", "global=k:s"], "there are the environments live and demo"),
        (["--fault", "endpoint=secret,fault=delay"], "There is no endpoint secret"),
    ] {
        let said = of(&wrong).expect_err("wrong");
        assert!(said.contains(text), "{said}");
    }
}

#[test]
fn a_configuration_that_fits_nobody_is_refused() {
    let key =
        |environment: &str| ApiKey { environment: environment.into(), api_key: "k".into(), api_secret: "s".into() };
    let with = |config: Config| Sandbox::with(vec![Box::new(Toy::default())], config).map(|_| ());
    for environment in ["live", "toy/demo"] {
        let config = Config { api_keys: vec![key(environment)], ..Config::default() };
        let state = bench_of(config).sandbox.state(0, true);
        let place = environment.trim_start_matches("toy/");
        assert_eq!(state["toy"][place]["keys"][0]["api_secret"], "s");
    }
    assert!(with(Config { api_keys: vec![key("moon")], ..Config::default() }).is_err());
    let mut config = Config::default();
    config.knobs.set("toy", json!({"code_ttl_s": 5}));
    assert_eq!(with(config.clone()), Ok(()));
    config.knobs.set("nobody", json!({}));
    assert_eq!(with(config), Err("There is no venue nobody; there are toy.".into()));
    let mut config = Config::default();
    config.clients_mut("nobody");
    assert!(with(config).is_err());
    let twice: Vec<Box<dyn Exchange>> = vec![Box::new(Toy::default()), Box::new(Toy::default())];
    assert!(Sandbox::with(twice, Config::default()).is_err());
}
