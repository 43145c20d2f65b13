//! WhiteBIT's six account reads with a bearer token: who may ask, how, and how often (sections 1, 6, 12). What
//! they answer is the private endpoints' own, see whitebit_rest.rs.

use crate::support::read::READS;
use crate::support::sign::*;
use crate::support::*;
use serde_json::{Value, json};

fn unauthorized() -> (u16, Value) {
    (401, json!({"data": {"message": ["Unauthorized."]}}))
}

#[test]
fn section_6_all_six_answer_on_both_hosts_as_their_private_endpoints_do() {
    let mut bench = with_keys(json!({}));
    for prefix in [WHITEBIT, WHITEBIT_EU] {
        let token = bench.reader(prefix);
        for (name, endpoint, private) in READS {
            let read = got(bench.read_at(prefix, &token, name, json!({})));
            assert_eq!(read.0, if name == "transactions" { 201 } else { 200 }, "{name}");
            assert_eq!(read, got(bench.ask_whitebit(private, "")), "{name}");
            let seen = &bench.admin("GET", "requests", Value::Null).json()["requests"];
            assert_eq!(seen[seen.as_array().unwrap().len() - 2]["endpoint"], endpoint);
        }
    }
    assert_eq!(bench.rules(), [""; 0]);
    let token = bench.reader(WHITEBIT);
    assert_eq!(bench.read(&token, "balances", json!({})).status, 404);
}

#[test]
fn section_6_the_body_is_a_json_object() {
    let mut bench = Bench::new(json!({}));
    let token = bench.reader(WHITEBIT);
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", &*bearer), ("Content-Type", "application/json; charset=utf-8")];
    assert_eq!(bench.read_raw(WHITEBIT, "orders", &headers, "{}").status, 200);
    for body in ["", "[]", "null", "{"] {
        let refused = bench.read_raw(WHITEBIT, "orders", &headers, body);
        assert_eq!((refused.status, &refused.json()["code"]), (400, &json!(0)), "{body}");
    }
    assert_eq!(bench.rules(), ["body"; 4]);
    let form = [("Authorization", &*bearer), ("Content-Type", FORM)];
    assert_eq!(bench.read_raw(WHITEBIT, "orders", &form, "{}").status, 400);
    assert_eq!(bench.read_raw(WHITEBIT, "orders?limit=1", &headers, "{}").status, 400);
    let signed = [headers[0], headers[1], ("X-TXC-APIKEY", "x")];
    assert_eq!(bench.read_raw(WHITEBIT, "orders", &signed, "{}").status, 400);
    let wrong = bench.call("GET", "/whitebit/global/api/v4/accounts/orders", &headers, "");
    assert_eq!((wrong.status, &wrong.json()["code"]), (405, &json!(0)));
    assert_eq!(bench.rules()[4..], ["content_type", "unexpected_query", "unknown_header", "method"]);
}

#[test]
fn section_6_undocumented_parameters_are_refused_by_name() {
    let mut bench = Bench::new(json!({}));
    let token = bench.reader(WHITEBIT);
    for (name, ..) in READS {
        let refused = bench.read(&token, name, json!({"page": 2}));
        let status = if name == "transactions" { 400 } else { 422 };
        assert_eq!(refused.status, status, "{name}");
        let text = refused.json()["errors"]["page"][0].clone();
        assert!(text.as_str().unwrap().starts_with("sandbox.unknown_field"), "{name}");
    }
    assert_eq!(bench.rules(), ["unknown_field"; 6]);
}

#[test]
fn d8_the_fields_of_signing_are_ignored_required_or_refused() {
    let mut bench = Bench::new(json!({}));
    let token = bench.reader(WHITEBIT);
    let signing = json!({"request": "/api/v4/accounts/orders", "nonce": 1, "nonceWindow": true});
    assert_eq!(bench.read(&token, "orders", signing.clone()).status, 200);
    bench.knobs(json!({"whitebit": {"accounts_signing_fields": "require"}}));
    assert_eq!(bench.read(&token, "orders", signing.clone()).status, 200);
    let missing = bench.read(&token, "orders", json!({"nonce": 1}));
    assert_eq!((missing.status, &missing.json()["errors"]["request"]), (422, &json!(["validation.required"])));
    assert_eq!(bench.rules(), [""; 0]);
    bench.knobs(json!({"whitebit": {"accounts_signing_fields": "refuse"}}));
    assert_eq!(bench.read(&token, "orders", signing).status, 422);
    assert_eq!(bench.rules(), ["unknown_field"; 3]);
    assert_eq!(bench.read(&token, "orders", json!({})).status, 200);
}

#[test]
fn section_7_a_token_that_does_not_hold_is_refused() {
    let mut bench = Bench::new(json!({}));
    let data = bench.plain_grant(WHITEBIT);
    let (access, refresh) = (data["access_token"].as_str().unwrap(), data["refresh_token"].as_str().unwrap());
    assert_eq!(got(bench.read("unknown", "deals", json!({}))), unauthorized());
    assert_eq!(got(bench.read_at(WHITEBIT_EU, access, "deals", json!({}))), unauthorized(), "another host's");
    assert_eq!(bench.rules(), [""; 0]);
    bench.later(299_999);
    assert_eq!(bench.read(access, "deals", json!({})).status, 200);
    bench.later(1);
    assert_eq!(got(bench.read(access, "deals", json!({}))), unauthorized(), "expired");
    let fresh = bench.whitebit_refresh(refresh).json()["data"].clone();
    let (access, second) = (fresh["access_token"].as_str().unwrap(), fresh["refresh_token"].as_str().unwrap());
    bench.later(1000);
    assert_eq!(bench.whitebit_refresh(refresh).status, 400, "used");
    assert_eq!(bench.read(access, "deals", json!({})).status, 200, "the new one is not touched by that");
    bench.later(1000);
    let third = bench.whitebit_refresh(second).json()["data"]["access_token"].clone();
    assert_eq!(got(bench.read(access, "deals", json!({}))), unauthorized(), "rotated away, at once");
    assert_eq!(bench.read(third.as_str().unwrap(), "deals", json!({})).status, 200);
    let bare = [("Content-Type", "application/json")];
    assert_eq!(got(bench.read_raw(WHITEBIT, "deals", &bare, "{}")), unauthorized());
    assert_eq!(bench.rules(), ["bearer"]);
}

#[test]
fn section_9_each_read_needs_its_scope() {
    let scopes = "users.transactions.read,users.converts.read,users.orders.read,users.deals.read,users.balances.read";
    for (name, ..) in READS {
        let own = format!("users.{}.read", name.split('/').next().unwrap());
        let mut bench = Bench::new(json!({"whitebit": {"plain_scopes": own}}));
        let token = bench.reader(WHITEBIT);
        let others: Vec<&str> = scopes.split(',').filter(|scope| *scope != own).collect();
        assert!(bench.read(&token, name, json!({})).status < 300, "{name}");
        // Near-twins are other scopes.
        bench.knobs(json!({"whitebit": {"plain_scopes": format!("{},balances.read,deals.read", others.join(","))}}));
        let without = bench.reader(WHITEBIT);
        assert_eq!(got(bench.read(&without, name, json!({}))), unauthorized(), "{name}");
        bench.knobs(json!({"whitebit": {"scope_denied_status": 403}}));
        let forbidden = (403, json!({"data": {"message": ["Forbidden."]}}));
        assert_eq!(got(bench.read(&without, name, json!({}))), forbidden, "{name}");
        assert!(bench.read(&token, name, json!({})).status < 300, "a token keeps what it was issued with");
        assert_eq!(bench.rules(), [""; 0]);
    }
}

#[test]
fn section_12_no_ten_seconds_hold_more_than_the_limit() {
    let mut bench = with_keys(json!({"whitebit": {"limit_divisor": 50}}));
    let token = bench.reader(WHITEBIT);
    let ask = |bench: &mut Bench| bench.read(&token, "transactions", json!({})).status;
    bench.later(9_000);
    assert_eq!([ask(&mut bench), ask(&mut bench), ask(&mut bench)], [201; 3]);
    // Windows at multiples of ten seconds would begin anew in between.
    bench.later(2_000);
    assert_eq!([ask(&mut bench), ask(&mut bench)], [201, 429]);
    bench.later(7_999);
    assert_eq!(ask(&mut bench), 429);
    bench.later(1);
    assert_eq!([ask(&mut bench), ask(&mut bench), ask(&mut bench), ask(&mut bench)], [201, 201, 201, 429]);
    assert_eq!(bench.ask_whitebit(READS[0].2, "").status, 429, "the private endpoint draws on the same");
    let refused = bench.read(&token, "transactions", json!({}));
    assert!(!refused.text().contains("Too many requests"), "that is a nonce's text");
    assert_eq!(bench.read(&token, "balances/main", json!({})).status, 200, "another limit");
}

#[test]
fn section_12_the_default_limits_them_all_together() {
    let mut bench = Bench::new(json!({"whitebit": {"limit_divisor": 1000}}));
    let token = bench.reader(WHITEBIT);
    let mut statuses = Vec::new();
    for name in ["orders", "deals", "balances/spot", "converts"].into_iter().cycle().take(11) {
        statuses.push(bench.read(&token, name, json!({})).status);
    }
    // 12000 for each of three, 10000 for converts and by default.
    assert_eq!(statuses[..10], [200; 10]);
    assert_eq!(statuses[10], 429);
}

#[test]
fn faults_meet_a_read_in_its_own_shapes() {
    let mut bench = Bench::new(json!({}));
    let token = bench.reader(WHITEBIT);
    for (name, endpoint, _) in READS {
        for (fault, expected) in [
            ("token_expired", unauthorized()),
            ("rate_limit", v4(429, 0, "Too Many Attempts.")),
            ("server_error", v4(500, 0, "Internal server error.")),
            ("ok_with_error", v4(200, 0, "Invalid request")),
        ] {
            bench.fault(endpoint, fault);
            assert_eq!(got(bench.read(&token, name, json!({}))), expected, "{name} {fault}");
        }
        assert!(bench.read(&token, name, json!({})).status < 300);
    }
}

#[test]
fn section_5_one_refresh_a_second_of_a_client_an_address_or_a_token() {
    for (per, other_client, same_client, same_token) in
        [("client", 200, 429, 429), ("address", 429, 429, 429), ("token", 200, 200, 429)]
    {
        let mut bench = with_other_client();
        bench.knobs(json!({"whitebit": {"refresh_limit_per": per}}));
        let tokens: Vec<String> =
            (0..2).map(|_| bench.plain_grant(WHITEBIT)["refresh_token"].as_str().unwrap().to_owned()).collect();
        let code = bench.get(&format!("{WHITEBIT}/auth/login?clientId=other&state=s")).parameter("code").unwrap();
        let other = [("client_id", "other"), ("client_secret", "other-secret")];
        let data = bench.post("/whitebit/global/oauth2/token", &[other[0], other[1], ("code", &code)]).json();
        let token = data["data"]["refresh_token"].as_str().unwrap();
        bench.later(999);
        assert_eq!(bench.whitebit_refresh(&tokens[0]).status, 200);
        // Windows at whole seconds would begin anew in between.
        bench.later(999);
        let refresh = "/whitebit/global/oauth2/refresh_token";
        assert_eq!(bench.whitebit_refresh(&tokens[0]).status, same_token, "{per}");
        assert_eq!(bench.whitebit_refresh(&tokens[1]).status, same_client, "{per}");
        assert_eq!(bench.post(refresh, &[other[0], other[1], ("token", token)]).status, other_client, "{per}");
        bench.later(1);
        assert_eq!(bench.whitebit_refresh(&tokens[0]).status, 400, "{per}: spent");
    }
}

#[test]
fn an_hour_of_reading_takes_a_refresh_every_few_minutes() {
    let mut bench = Bench::new(json!({}));
    let data = bench.plain_grant(WHITEBIT);
    let text = |data: &Value, name: &str| data[name].as_str().unwrap().to_owned();
    let first = text(&data, "access_token");
    let (mut access, mut refresh) = (first.clone(), text(&data, "refresh_token"));
    for minute in 1..=60 {
        bench.admin("POST", "clock/advance", json!({"ms": 60_000}));
        if minute % 4 == 0 {
            let got = bench.whitebit_refresh(&refresh);
            assert_eq!(got.status, 200, "minute {minute}");
            (access, refresh) = (text(&got.json()["data"], "access_token"), text(&got.json()["data"], "refresh_token"));
        }
        assert_eq!(bench.read(&access, "balances/spot", json!({})).status, 200, "minute {minute}");
    }
    assert_eq!(got(bench.read(&first, "balances/spot", json!({}))), unauthorized());
    // Nobody at the keyboard for as long as the refresh token lives.
    bench.admin("POST", "clock/advance", json!({"ms": 600_000}));
    assert_eq!(bench.whitebit_refresh(&refresh).status, 400);
}
