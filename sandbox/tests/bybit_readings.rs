//! Where Bybit's documentation can be read in two ways (rows B1 to B15): the readings that no other
//! file covers.

use crate::support::*;
use serde_json::{Value, json};

const TOKEN: &str = "/bybit/mainnet/oauth/v1/public/access_token";

/// A broker's authorize request with one field changed, added or, empty, left out.
fn login(bench: &mut Bench, path: &str, name: &str, value: &str) -> Got {
    let mut pairs = vec![
        ("client_id", "demo-bybit"),
        ("response_type", "code"),
        ("scope", "openapi"),
        ("redirect_uri", BYBIT_CALLBACK),
        ("state", "s"),
    ];
    pairs.retain(|(n, _)| *n != name);
    if !value.is_empty() {
        pairs.push((name, value));
    }
    bench.get(&format!("{BYBIT}{path}?{}", form(&pairs)))
}

fn approving(knobs: Value) -> Bench {
    let mut bench = Bench::new(json!({"bybit": knobs}));
    bench.knobs(json!({"bybit": {"user_decision": "approve"}}));
    bench
}

#[test]
fn b1_a_token_that_is_asked_for_is_a_code_by_default() {
    let mut bench = approving(json!({}));
    let got = login(&mut bench, "/oauth", "response_type", "token");
    let code = got.parameter("code").unwrap();
    assert_eq!(got.parameter("response_type").as_deref(), Some("code"));
    assert!(got.parameter("access_token").is_none());
    assert!(bench.bybit_token(&code).json()["access_token"].is_string());
    assert_eq!(bench.rules(), [""; 0]);
}

#[test]
fn b1_a_token_in_the_query_or_in_the_fragment() {
    for (place, mark) in [("query", "/?"), ("fragment", "/#")] {
        let mut bench = approving(json!({"token_response": place, "access_ttl_s": 77}));
        let got = login(&mut bench, "/oauth", "response_type", "token");
        let rest = got.location().strip_prefix(&format!("{BYBIT_CALLBACK}{mark}")).expect(place);
        let pairs: Vec<(String, String)> = form_urlencoded::parse(rest.as_bytes()).into_owned().collect();
        let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["access_token", "token_type", "expires_in", "state"]);
        assert_eq!((&*pairs[1].1, &*pairs[2].1, &*pairs[3].1), ("bearer", "77", "s"));
        assert_eq!(bench.bybit_uid(&pairs[0].1).json()["ret_code"], 0);
        let tokens = bench.sandbox.state(bench.now_ms, false)["bybit"]["mainnet"]["tokens"].clone();
        assert_eq!((tokens.as_array().unwrap().len(), &tokens[0]["refresh_token"]), (1, &Value::Null));
        bench.later(77_000);
        assert_eq!(bench.bybit_uid(&pairs[0].1).json()["ret_code"], 33004);
        // Who asks for a code gets one.
        assert!(login(&mut bench, "/oauth", "response_type", "code").parameter("code").is_some());
    }
}

#[test]
fn b1_a_cancellation_comes_where_the_token_would() {
    let mut bench = Bench::new(json!({"bybit": {"token_response": "fragment", "user_decision": "decline",
        "cancel_mode": "error", "redirect_trailing_slash": false}}));
    let got = login(&mut bench, "/oauth", "response_type", "token");
    assert_eq!(got.location(), format!("{BYBIT_CALLBACK}#error=access_denied&state=s"));
}

#[test]
fn b4_the_state_may_be_required() {
    for (required, status) in [(false, 302), (true, 400)] {
        let mut bench = Bench::new(json!({"bybit": {"require_state": required}}));
        assert_eq!(login(&mut bench, "/oauth", "state", "").status, status);
        assert_eq!(login(&mut bench, "/oauth", "state", "s").status, 302);
        let mut pairs = agent_query(AGENT_CALLBACK);
        pairs.retain(|(name, _)| *name != "state");
        assert_eq!(bench.get(&format!("{BYBIT}/oauth?{}", form(&pairs))).status, status);
        assert_eq!(bench.rules(), vec!["missing_field"; if required { 2 } else { 0 }]);
    }
}

#[test]
fn b6_a_brokers_refresh_may_be_refused_altogether() {
    let mut bench = Bench::new(json!({}));
    let (_, refresh) = bench.bybit_tokens();
    let (_, agents) = bench.agent_tokens();
    bench.knobs(json!({"bybit": {"refuse_broker_refresh": true}}));
    assert_eq!(bench.bybit_refresh(&refresh).json()["retCode"], 10001);
    assert!(bench.agent_refresh(&agents).json()["access_token"].is_string(), "documented for public clients");
    bench.knobs(json!({"bybit": {"refuse_broker_refresh": false}}));
    assert!(bench.bybit_refresh(&refresh).json()["access_token"].is_string());
}

#[test]
fn b8_further_fields_may_be_ignored_and_are_recorded_all_the_same() {
    let mut bench = Bench::new(json!({"bybit": {"extra_form_fields": "ignore"}}));
    let code = bench.bybit_code();
    let fields = [
        ("client_id", "demo-bybit"),
        ("client_secret", "demo-bybit-secret"),
        ("code", &*code),
        ("grant_type", "authorization_code"),
    ];
    let twice = [&fields[..], &[("code", "x")]].concat();
    assert_eq!(bench.post(TOKEN, &twice).json()["retCode"], 10001, "no unlisted field");
    assert!(bench.post(TOKEN, &fields).json()["access_token"].is_string());
    let code = bench.agent_code();
    let fields = [("client_id", "ai-agent"), ("code", &*code), ("code_verifier", VERIFIER), ("client_secret", "x")];
    assert!(bench.post(TOKEN, &fields).json()["access_token"].is_string());
    assert_eq!(bench.rules(), ["unknown_field", "duplicate_field", "unknown_field", "unknown_field"]);
}

#[test]
fn b10_the_user_agent_may_have_to_be_a_browsers_or_may_not_matter() {
    let browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36";
    for (reading, passing) in [
        ("own", vec!["bybit-skill-oauth/1.0", browser]),
        ("browser", vec![browser]),
        ("any", vec!["", "python-requests/2.32.0", "bybit-skill-oauth/1.0", browser]),
    ] {
        let mut bench = Bench::new(json!({"bybit": {"user_agent": reading}}));
        let agents = ["", "python-requests/2.32.0", "bybit-skill-oauth/1.0", browser];
        for agent in agents {
            let headers = [("content-type", FORM), ("user-agent", agent)];
            let got = bench.call("POST", TOKEN, &headers, "client_id=ai-agent&code=x&code_verifier=y");
            assert_eq!(got.status, if passing.contains(&agent) { 200 } else { 403 }, "{reading}: {agent}");
        }
        assert_eq!(bench.rules(), vec!["user_agent"; agents.len() - passing.len()]);
    }
}

#[test]
fn b11_the_path_may_depend_on_the_client_or_be_bare() {
    for (reading, broker, agent) in
        [("any", [302, 302], [302, 302]), ("per_client", [400, 302], [302, 400]), ("bare", [302, 400], [302, 400])]
    {
        let mut bench = Bench::new(json!({"bybit": {"authorize_path": reading}}));
        for (at, path) in ["/oauth", "/en/oauth"].into_iter().enumerate() {
            assert_eq!(login(&mut bench, path, "state", "s").status, broker[at], "{reading} {path}");
            let query = form(&agent_query(AGENT_CALLBACK));
            assert_eq!(bench.get(&format!("{BYBIT}{path}?{query}")).status, agent[at], "{reading} {path}");
        }
        assert_eq!(bench.rules(), vec!["authorize_path"; if reading == "any" { 0 } else { 2 }]);
    }
}

#[test]
fn b15_several_scopes_with_their_separator() {
    for (scope, ok) in [
        ("openapi, openapai", true),
        ("openapi", true),
        ("openapi,openapai", false),
        ("openapai", false),
        ("openapi, ", false),
    ] {
        let mut bench = approving(json!({"scope_format": "list"}));
        let got = login(&mut bench, "/oauth", "scope", scope);
        assert_eq!(got.status, if ok { 301 } else { 400 }, "{scope}");
        if ok {
            assert_eq!(got.parameter("scope").as_deref(), Some(scope));
            bench.bybit_token(&got.parameter("code").unwrap());
            let tokens = bench.sandbox.state(0, false)["bybit"]["mainnet"]["tokens"].clone();
            assert_eq!(tokens[0]["scopes"], json!(scope.split(", ").collect::<Vec<_>>()));
        }
        let mut single = approving(json!({}));
        let got = login(&mut single, "/oauth", "scope", scope);
        assert_eq!(got.status, if scope == "openapi" { 301 } else { 400 }, "{scope}");
    }
}
