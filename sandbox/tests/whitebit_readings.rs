//! Where WhiteBIT's documentation can be read in two ways (rows D1 to D15): the readings that no
//! other file covers.

use crate::support::*;
use serde_json::json;
use venuekey_sandbox::Config;

const DAY_MS: u64 = 86_400_000;

#[test]
fn d2_the_callbacks_key_has_three_names() {
    for name in ["apiKey", "api_key", "publicKey"] {
        let mut bench = Bench::new(json!({"whitebit": {"callback_api_key": "external_id", "key_timing": "before",
            "callback_api_key_name": name, "user_decision": "approve"}}));
        let got = bench.whitebit_login(WHITEBIT);
        let id = bench.sandbox.state(bench.now_ms, false)["whitebit"]["global"]["keys"][0]["external_id"].clone();
        assert_eq!(got.parameter(name).as_deref(), id.as_str(), "{name}");
        let names = ["apiKey", "api_key", "publicKey"].into_iter().filter(|name| got.parameter(name).is_some());
        assert_eq!(names.count(), 1);
    }
}

#[test]
fn d5_an_address_off_the_allowlist_gets_401_or_403() {
    for (status, text) in [(401, "Invalid request"), (403, "Forbidden.")] {
        let mut bench = Bench::new(json!({"whitebit": {"allowlist_denied_status": status,
            // Without a key, the user can be asked twice.
            "granted_scopes": "apikeys.read"}}));
        let code = bench.whitebit_code(WHITEBIT);
        let (_, refresh) = bench.whitebit_tokens();
        bench.knobs(json!({"whitebit": {"ip_allowlisted": false}}));
        for got in [bench.whitebit_token(WHITEBIT, &code), bench.whitebit_refresh(&refresh)] {
            assert_eq!((got.status, got.json()), (status, json!({"data": {"message": [text]}})));
        }
        bench.knobs(json!({"whitebit": {"ip_allowlisted": true}}));
        assert_eq!(bench.whitebit_token(WHITEBIT, &code).status, 200, "nothing was spent");
        assert_eq!(bench.whitebit_refresh(&refresh).status, 200);
    }
    let mut bench = Bench::new(json!({}));
    let got = bench.admin("PATCH", "knobs", json!({"whitebit": {"allowlist_denied_status": 404}}));
    assert_eq!(got.status, 400);
}

/// A bench with a key and a token that outlives the 14 days.
fn with_key(inactivity: &str) -> (Bench, String, String) {
    let mut bench = Bench::new(json!({"whitebit": {"inactivity": inactivity, "access_ttl_s": 100 * 86_400}}));
    let (token, id) = bench.whitebit_key();
    (bench, token, id)
}

#[test]
fn d7_fourteen_days_disable_a_key_or_delete_it() {
    for (inactivity, exists, enabled, status) in [
        ("disable", true, false, "disabled"),
        ("delete", false, false, "system_deleted"),
        ("never", true, true, "active"),
    ] {
        let (mut bench, token, id) = with_key(inactivity);
        bench.later(14 * DAY_MS - 1);
        assert_eq!(bench.whitebit_info(&token).json()["data"]["isEnabled"], true, "{inactivity}");
        bench.later(1);
        // The state shows it before any request does.
        let key = bench.sandbox.state(bench.now_ms, false)["whitebit"]["global"]["keys"][0].clone();
        assert_eq!((&key["status"], &key["exists"]), (&json!(status), &json!(exists)));
        let data = bench.whitebit_info(&token).json()["data"].clone();
        assert_eq!((&data["exists"], &data["isEnabled"]), (&json!(exists), &json!(enabled)), "{inactivity}");
        let gate = bench.whitebit_login(WHITEBIT).text();
        assert_eq!(gate.contains("A disabled API key for this partner exists"), inactivity == "disable");
        let delete = [("disable", 403), ("delete", 404), ("never", 200)].into_iter().find(|(k, _)| *k == inactivity);
        assert_eq!(bench.whitebit_delete(&token, &id).status, delete.unwrap().1);
    }
}

#[test]
fn d7_the_admin_clock_counts_and_what_happened_stays() {
    let (mut bench, token, _) = with_key("disable");
    bench.admin("POST", "clock/advance", json!({"ms": 14 * DAY_MS}));
    assert_eq!(bench.whitebit_info(&token).json()["data"]["isEnabled"], false);
    bench.knobs(json!({"whitebit": {"inactivity": "never"}}));
    assert_eq!(bench.whitebit_info(&token).json()["data"]["isEnabled"], false);
}

#[test]
fn d7_a_staged_key_is_idle_from_the_first_request() {
    let knobs = json!({"whitebit": {"user_existing_key": "active", "access_ttl_s": 8_640_000}});
    let config: Config = serde_json::from_value(json!({"knobs": knobs})).unwrap();
    let mut bench = Bench::of(config);
    let key = |bench: &mut Bench| {
        bench.whitebit_login(WHITEBIT);
        let keys = bench.sandbox.state(bench.now_ms, false)["whitebit"]["global"]["keys"].clone();
        keys.as_array().unwrap().last().unwrap()["status"].clone()
    };
    assert_eq!(key(&mut bench), "active");
    bench.later(14 * DAY_MS - 1);
    assert_eq!(key(&mut bench), "active");
    bench.later(1);
    assert_eq!(key(&mut bench), "disabled");
    // Staged anew, its days begin anew.
    bench.knobs(json!({"whitebit": {"user_existing_key": "none"}}));
    bench.knobs(json!({"whitebit": {"user_existing_key": "active"}}));
    assert_eq!(key(&mut bench), "active");
    bench.later(14 * DAY_MS);
    assert_eq!(key(&mut bench), "disabled");
}

#[test]
fn d4_an_expired_token_can_be_staged() {
    let mut bench = Bench::new(json!({}));
    let (token, id) = bench.whitebit_key();
    for endpoint in ["info", "secret", "delete"] {
        bench.fault(endpoint, "token_expired");
    }
    let unauthorized = json!({"data": {"message": ["Unauthorized."]}});
    let got = bench.whitebit_info(&token);
    assert_eq!((got.status, got.json()), (401, unauthorized.clone()));
    assert_eq!(bench.whitebit_secret(&token, &id).json(), unauthorized);
    assert_eq!(bench.whitebit_delete(&token, &id).json(), unauthorized);
    assert_eq!(bench.whitebit_secret(&token, &id).status, 200, "no effect");
    for endpoint in ["any", "token", "refresh", "authorize"] {
        let got = bench.admin("POST", "faults", json!({"endpoint": endpoint, "fault": "token_expired"}));
        assert_eq!(got.status, 400, "{endpoint}");
    }
}
