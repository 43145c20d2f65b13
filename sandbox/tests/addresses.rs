//! Hosts under test at addresses of their own, where paths have no prefix: what SDKs need that sign the path.

use crate::support::*;
use serde_json::{Value, json};
use venuekey_sandbox::{Config, Sandbox};

fn config() -> Config {
    let mut config = Config::default();
    for (address, host) in [("127.0.0.1:8701", "whitebit/global"), ("bybit.test", "bybit/mainnet"), ("eu.test", "eu")] {
        config.addresses.insert(address.into(), host.into());
    }
    config
}

fn at(bench: &mut Bench, host: &str, target: &str) -> Got {
    bench.call("GET", target, &[("Host", host)], "")
}

const LOGIN: &str = "/auth/login?clientId=demo-whitebit&state=s";

#[test]
fn pages_and_redirects_have_no_prefix() {
    let mut bench = Bench::of(config());
    let got = at(&mut bench, "127.0.0.1:8701", LOGIN);
    assert!(got.location().starts_with("/consent?session="), "{}", got.location());
    let page = at(&mut bench, "127.0.0.1:8701", got.location()).text();
    assert!(page.contains("action=\"/consent\"") && page.contains("href=\"/consent.css\""), "{page}");
    assert!(page.contains("<body class=\"whitebit\">"));
    assert_eq!(at(&mut bench, "127.0.0.1:8701", "/consent.css").status, 200);
    let refused = at(&mut bench, "BYBIT.test:8700", "/oauth?client_id=nobody").text();
    assert!(refused.contains("<body class=\"bybit\">"), "{refused}");
    let record = &bench.sandbox.requests()[0];
    assert_eq!((record.venue, record.environment, &*record.path), (Some("whitebit"), Some("global"), "/auth/login"));
}

#[test]
fn a_prefix_belongs_to_the_common_address_alone() {
    let mut bench = Bench::of(config());
    assert_eq!(at(&mut bench, "127.0.0.1:8701", &format!("/whitebit/global{LOGIN}")).status, 404);
    assert_eq!(bench.rules(), ["unknown_path"]);
    assert_eq!(at(&mut bench, "127.0.0.1:8700", &format!("/whitebit/global{LOGIN}")).status, 302);
    assert_eq!(at(&mut bench, "eu.test", "/favicon.ico").status, 404);
    assert_eq!(bench.rules().len(), 1, "a browser's own wish is no violation");
    assert_eq!(at(&mut bench, "eu.test", "/_sandbox/health").status, 200);
}

#[test]
fn the_shell_may_say_which_host_an_address_is() {
    let mut bench = Bench::new(json!({}));
    let login = request("GET", LOGIN, &[("host", "127.0.0.1:9999")], "");
    let got = Got::of(bench.sandbox.handle_at("whitebit/eu", &login, bench.now_ms));
    assert!(got.location().starts_with("/consent?"));
}

#[test]
fn consent_by_json_knows_them() {
    let mut bench = Bench::of(config());
    let ask = json!({"url": format!("http://127.0.0.1:8701{LOGIN}"), "decision": "approve"});
    let got = bench.admin("POST", "consent", ask).json();
    assert!(got["redirect_url"].as_str().unwrap().starts_with(WHITEBIT_CALLBACK), "{got}");
    let url = format!("https://bybit.test/oauth?{}", form(&agent_query(HEADLESS)));
    let got = bench.admin("POST", "consent", json!({"url": url, "decision": "approve"})).json();
    let page = got["redirect_url"].as_str().unwrap();
    assert!(page.starts_with("https://bybit.test/oauth/callback"), "{page}");
}

#[test]
fn they_are_listed() {
    let mut bench = Bench::of(config());
    let hosts = bench.admin("GET", "hosts", Value::Null).json()["hosts"].clone();
    let shown = json!({
        "venue": "whitebit", "environment": "global", "prefix": "/whitebit/global", "addresses": ["127.0.0.1:8701"],
    });
    assert_eq!((&hosts[0], &hosts[1]["addresses"]), (&shown, &json!(["eu.test"])));
    let mut wrong = Config::default();
    wrong.addresses.insert("moon.test".into(), "moon".into());
    assert_eq!(Sandbox::new(wrong).map(|_| ()), Err("There is no host moon.".into()));
}
