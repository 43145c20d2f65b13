//! WhiteBIT's emulator checklist, rows 1 to 4: authorize, codes, tokens.

use crate::support::*;
use serde_json::{Value, json};

const TOKEN: &str = "/whitebit/global/oauth2/token";

#[test]
fn row_1_authorize_leads_to_the_consent_page() {
    let mut bench = Bench::new(json!({}));
    let got = bench.whitebit_login(WHITEBIT);
    assert_eq!(got.status, 302);
    assert!(got.location().starts_with("/whitebit/global/consent?session="));
    assert_eq!(bench.rules(), [""; 0]);
}

#[test]
fn row_1_both_parameter_sets_are_accepted() {
    let mut bench = Bench::new(json!({"whitebit": {"user_decision": "approve"}}));
    let plain = bench.get("/whitebit/global/auth/login?clientId=demo-whitebit&state=x");
    assert_eq!(plain.parameter("state").as_deref(), Some("x"));
    assert!(plain.location().starts_with(&format!("{WHITEBIT_CALLBACK}?code=")));
    let pkce = bench.whitebit_login(WHITEBIT);
    assert_eq!(pkce.status, 302);
    assert_eq!(pkce.header("cache-control"), Some("no-store"));
    assert_eq!(pkce.parameter("state").as_deref(), Some("s t&1"));
    assert!(pkce.parameter("apiKey").is_none());
}

#[test]
fn row_1_the_redirect_must_match_exactly() {
    let mut bench = Bench::new(json!({}));
    for uri in [
        "http://127.0.0.1:8000/callback/whitebit/",
        "http://127.0.0.1:8000/callback",
        "http://127.0.0.1:8001/callback/whitebit",
        "http://127.0.0.1:8000/callback/whitebit?x=1",
    ] {
        let query = form(&[("clientId", "demo-whitebit"), ("redirect_uri", uri)]);
        let got = bench.get(&format!("{WHITEBIT}/auth/login?{query}"));
        assert_eq!(got.status, 400, "{uri}");
        assert!(got.text().contains("exactly a registered value"));
    }
    assert_eq!(bench.rules(), ["redirect_uri"; 4]);
}

#[test]
fn row_1_undocumented_parameters_fail_and_are_named() {
    let mut bench = Bench::new(json!({}));
    let pkce = format!(
        "clientId=demo-whitebit&state=s&redirect_uri={}&code_challenge={CHALLENGE}",
        "http%3A%2F%2F127.0.0.1%3A8000%2Fcallback%2Fwhitebit"
    );
    for (query, rule) in [
        ("clientId=demo-whitebit&response_type=code".to_owned(), "unknown_field"),
        ("client_id=demo-whitebit".to_owned(), "unknown_field"),
        ("clientId=nobody".to_owned(), "unknown_client"),
        ("clientId=demo-whitebit&clientId=demo-whitebit".to_owned(), "duplicate_field"),
        (pkce.clone(), "code_challenge_method"),
        (format!("{pkce}&code_challenge_method=plain"), "code_challenge_method"),
        (format!("{pkce}%3D&code_challenge_method=S256"), "code_challenge"),
    ] {
        bench.admin("POST", "reset", Value::Null);
        let got = bench.get(&format!("{WHITEBIT}/auth/login?{query}"));
        assert_eq!(got.status, 400, "{query}");
        assert_eq!(bench.rules().first(), Some(&rule), "{query}");
    }
}

#[test]
fn row_2_a_code_is_spent_once() {
    let mut bench = Bench::new(json!({}));
    let code = bench.whitebit_code(WHITEBIT);
    assert_eq!(bench.whitebit_token(WHITEBIT, &code).status, 200);
    let again = bench.whitebit_token(WHITEBIT, &code);
    assert_eq!(again.status, 401);
    assert_eq!(again.json(), json!({"data": {"message": ["Invalid request"]}}));
}

#[test]
fn row_2_a_code_expires() {
    for (ms, status) in [(59_999, 200), (60_000, 401)] {
        let mut bench = Bench::new(json!({}));
        let code = bench.whitebit_code(WHITEBIT);
        bench.later(ms);
        assert_eq!(bench.whitebit_token(WHITEBIT, &code).status, status);
    }
}

#[test]
fn row_2_a_code_belongs_to_its_client_and_environment() {
    let mut bench = with_other_client();
    let code = bench.whitebit_code(WHITEBIT);
    let stolen = bench.post(
        TOKEN,
        &[("client_id", "other"), ("client_secret", "other-secret"), ("code", &code), ("code_verifier", VERIFIER)],
    );
    assert_eq!(stolen.status, 401);
    assert_eq!(bench.whitebit_token(WHITEBIT_EU, &code).status, 401);
    assert_eq!(bench.whitebit_token(WHITEBIT, &code).status, 200);
}

#[test]
fn row_3_json_is_refused() {
    let mut bench = Bench::new(json!({}));
    let code = bench.whitebit_code(WHITEBIT);
    let body = json!({"client_id": "demo-whitebit", "client_secret": "demo-whitebit-secret",
                      "code": code, "code_verifier": VERIFIER});
    let got = bench.call("POST", TOKEN, &[("content-type", "application/json")], &body.to_string());
    assert_eq!(got.status, 422);
    assert!(got.json()["errors"]["content_type"][0].as_str().unwrap().contains("form"));
    assert!(bench.rules().contains(&"content_type"));
    // The form content type over a JSON body (the SDK's slip) fares no better.
    let got = bench.call("POST", TOKEN, &[("content-type", FORM)], &body.to_string());
    assert_eq!(got.status, 422);
    assert_eq!(bench.whitebit_token(WHITEBIT, &code).status, 200);
}

#[test]
fn row_3_each_missing_field_is_named() {
    let mut bench = Bench::new(json!({}));
    let got = bench.post(TOKEN, &[("client_secret", "")]);
    assert_eq!(got.status, 422);
    assert_eq!(
        got.json(),
        json!({"errors": {"client_id": ["validation.required"],
                          "client_secret": ["validation.required"],
                          "code": ["validation.required"]},
               "notification": null})
    );
}

#[test]
fn row_3_undocumented_fields_and_headers_are_refused() {
    let mut bench = Bench::new(json!({}));
    let code = bench.whitebit_code(WHITEBIT);
    let fields = [
        ("client_id", "demo-whitebit"),
        ("client_secret", "demo-whitebit-secret"),
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
    ];
    for extra in ["grant_type", "redirect_uri", "client_id"] {
        let mut more = fields.to_vec();
        more.push((extra, "x"));
        let got = bench.post(TOKEN, &more);
        assert_eq!(got.status, 422, "{extra}");
        assert!(got.json()["errors"][extra].is_array(), "{extra}");
    }
    let headers = [("content-type", FORM), ("authorization", "Basic eDp5")];
    assert_eq!(bench.call("POST", TOKEN, &headers, &form(&fields)).status, 422);
    let query = format!("{TOKEN}?a=b");
    assert_eq!(bench.post(&query, &fields).status, 422);
    assert_eq!(bench.get(TOKEN).status, 405);
    assert_eq!(
        bench.rules(),
        ["unknown_field", "unknown_field", "duplicate_field", "unexpected_authorization", "unexpected_query", "method",]
    );
    // None of these spent the code.
    assert_eq!(bench.post(TOKEN, &fields).status, 200);
}

#[test]
fn row_3_client_and_address_are_checked() {
    let mut bench = Bench::new(json!({}));
    let code = bench.whitebit_code(WHITEBIT);
    let fields = [
        ("client_id", "demo-whitebit"),
        ("client_secret", "wrong"),
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(bench.post(TOKEN, &fields).status, 401);
    bench.knobs(json!({"whitebit": {"ip_allowlisted": false}}));
    assert_eq!(bench.whitebit_token(WHITEBIT, &code).status, 401);
    bench.knobs(json!({"whitebit": {"ip_allowlisted": true}}));
    assert_eq!(bench.whitebit_token(WHITEBIT, &code).status, 200);
}

#[test]
fn row_3_a_challenge_requires_its_verifier() {
    let other = "whitebit-bybit-pkce-verifier-0123456789-ABCDEFGHIJ.~_";
    for (verifier, status) in [(None, 422), (Some("short"), 422), (Some(other), 401)] {
        let mut bench = Bench::new(json!({}));
        let code = bench.whitebit_code(WHITEBIT);
        let mut fields =
            vec![("client_id", "demo-whitebit"), ("client_secret", "demo-whitebit-secret"), ("code", code.as_str())];
        fields.extend(verifier.map(|v| ("code_verifier", v)));
        assert_eq!(bench.post(TOKEN, &fields).status, status, "{verifier:?}");
    }
}

#[test]
fn row_3_without_a_challenge_a_verifier_is_ignored() {
    let mut bench = Bench::new(json!({"whitebit": {"user_decision": "approve"}}));
    let got = bench.get("/whitebit/global/auth/login?clientId=demo-whitebit");
    let code = got.parameter("code").unwrap();
    assert_eq!(bench.whitebit_token(WHITEBIT, &code).status, 200);
    assert_eq!(bench.whitebit_token(WHITEBIT, &code).status, 401, "spent all the same");
}

#[test]
fn row_4_profiles() {
    for (knobs, expires_in, refresh) in [
        (json!({"variant": "old"}), 14_400, false),
        (json!({"variant": "new"}), 300, true),
        (json!({"variant": "new", "access_ttl_s": 7, "issue_refresh_token": false}), 7, false),
        (json!({"variant": "old", "issue_refresh_token": true}), 14_400, true),
    ] {
        let mut bench = Bench::new(json!({"whitebit": knobs}));
        let code = bench.whitebit_code(WHITEBIT);
        let data = bench.whitebit_token(WHITEBIT, &code).json()["data"].clone();
        assert_eq!(data["expires_in"], expires_in);
        assert_eq!(data.get("refresh_token").is_some(), refresh);
        assert_eq!(data["token_type"], "Bearer");
        assert_eq!(data["scope"], "apikeys.create,apikeys.read,apikeys.delete");
    }
}

#[test]
fn row_4_refresh_rotates_both_tokens() {
    let mut bench = Bench::new(json!({"whitebit": {"key_timing": "before"}}));
    let (access, refresh) = bench.whitebit_tokens();
    let got = bench.whitebit_refresh(&refresh);
    assert_eq!(got.status, 200);
    let data = got.json()["data"].clone();
    assert_ne!(data["access_token"], access.as_str());
    assert_ne!(data["refresh_token"], refresh.as_str());
    assert_eq!(bench.whitebit_info(&access).status, 401);
    let access = data["access_token"].as_str().unwrap();
    assert_eq!(bench.whitebit_info(access).json()["data"]["exists"], true);
    bench.later(1000);
    let again = bench.whitebit_refresh(&refresh);
    assert_eq!(again.status, 400);
    assert_eq!(again.json(), json!({"data": {"token": ["Invalid token."]}}));
}

#[test]
fn row_4_a_refresh_token_belongs_to_its_client() {
    let mut bench = with_other_client();
    let (_, refresh) = bench.whitebit_tokens();
    let fields = [("client_id", "other"), ("client_secret", "other-secret"), ("token", &*refresh)];
    assert_eq!(bench.post("/whitebit/global/oauth2/refresh_token", &fields).status, 400);
    assert_eq!(bench.whitebit_refresh(&refresh).status, 200);
}

#[test]
fn row_4_refresh_is_limited_to_one_a_second() {
    let mut bench = Bench::new(json!({}));
    let (_, refresh) = bench.whitebit_tokens();
    let next = bench.whitebit_refresh(&refresh).json()["data"]["refresh_token"].clone();
    let next = next.as_str().unwrap();
    bench.later(999);
    assert_eq!(bench.whitebit_refresh(next).status, 429);
    bench.later(1);
    assert_eq!(bench.whitebit_refresh(next).status, 200);
}

#[test]
fn row_4_tokens_expire() {
    let mut bench = Bench::new(json!({}));
    let (access, refresh) = bench.whitebit_tokens();
    bench.later(299_999);
    assert_eq!(bench.whitebit_info(&access).status, 200);
    bench.later(1);
    let got = bench.whitebit_info(&access);
    assert_eq!(got.status, 401);
    assert_eq!(got.json(), json!({"data": {"message": ["Unauthorized."]}}));
    bench.later(300_000);
    assert_eq!(bench.whitebit_refresh(&refresh).status, 400);
}

#[test]
fn row_4_the_refresh_field_is_token() {
    let mut bench = Bench::new(json!({}));
    let (_, refresh) = bench.whitebit_tokens();
    let got = bench.post(
        "/whitebit/global/oauth2/refresh_token",
        &[("client_id", "demo-whitebit"), ("client_secret", "demo-whitebit-secret"), ("refresh_token", &refresh)],
    );
    assert_eq!(got.status, 422);
    assert_eq!(got.json()["errors"]["token"], json!(["validation.required"]));
}

#[test]
fn row_4_the_callback_may_bring_an_api_key() {
    for mode in ["external_id", "separate"] {
        let mut bench = Bench::new(json!({"whitebit": {"callback_api_key": mode,
            "key_timing": "before", "user_decision": "approve",
            "redirect_trailing_slash": true}}));
        let got = bench.whitebit_login(WHITEBIT);
        assert!(got.location().starts_with(&format!("{WHITEBIT_CALLBACK}/?")));
        let public = got.parameter("apiKey").unwrap();
        let code = got.parameter("code").unwrap();
        let data = bench.whitebit_token(WHITEBIT, &code).json()["data"].clone();
        let info = bench.whitebit_info(data["access_token"].as_str().unwrap());
        let same = info.json()["data"]["externalId"] == public.as_str();
        assert_eq!(same, mode == "external_id");
    }
}
