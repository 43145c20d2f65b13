//! The consent page, as a client without a browser sees it.

use crate::support::*;
use serde_json::json;

const PAGE: &str = "/whitebit/global/consent";

#[test]
fn the_page_says_who_asks_for_what() {
    let mut bench = Bench::new(json!({}));
    let got = bench.whitebit_login(WHITEBIT);
    let page = bench.get(got.location());
    assert_eq!(page.status, 200);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let text = page.text();
    for part in [
        "Demo Partner wants to create an API key in your account",
        "no real exchange",
        "id 20000001",
        "apikeys.create",
        "the code is <strong>123456</strong>",
        "<legend>What the key may do</legend>",
        "Warning:",
        "http://127.0.0.1:8000",
    ] {
        assert!(text.contains(part), "{part}");
    }
    assert!(!text.contains("<script") && !text.contains(" style="));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self';"));
    assert!(policy.contains("form-action 'self' http://127.0.0.1:8000;"));
    assert_eq!(bench.get("/whitebit/global/consent.css").status, 200);
}

#[test]
fn approval_redirects_with_code_and_state_and_grants_what_was_ticked() {
    let mut bench = Bench::new(json!({"whitebit": {"key_timing": "before"}}));
    let session = session(&bench.whitebit_login(WHITEBIT));
    let fields = [
        ("session", session.as_str()),
        ("action", "approve"),
        ("permissions", "trading"),
        ("permissions", "withdrawal"),
        ("confirm_withdrawal", "yes"),
        ("otp", "123456"),
    ];
    let got = bench.post(PAGE, &fields);
    assert_eq!(got.status, 302);
    assert_eq!(got.header("cache-control"), Some("no-store"));
    assert_eq!(got.parameter("state").as_deref(), Some("s t&1"));
    let code = got.parameter("code").unwrap();
    let data = bench.whitebit_token(WHITEBIT, &code).json()["data"].clone();
    let info = bench.whitebit_info(data["access_token"].as_str().unwrap()).json();
    let enabled = |i: usize| info["data"]["permissions"][i]["urls"][0]["enable"].clone();
    assert_eq!([enabled(0), enabled(1), enabled(2)], [json!(false), json!(true), json!(true)]);
}

#[test]
fn the_same_answer_again_gets_the_same_reply_and_no_second_key() {
    for (action, heading) in [("approve", ""), ("decline", "Declined"), ("close", "Window closed")] {
        let mut bench = Bench::new(json!({}));
        let session = session(&bench.whitebit_login(WHITEBIT));
        let fields = |action| [("session", session.as_str()), ("action", action), ("otp", "123456")];
        let first = bench.post(PAGE, &fields(action));
        assert_eq!(bench.post(PAGE, &fields(action)), first, "{action}");
        assert!(first.text().contains(heading));
        // Whatever changes meanwhile: it is a reply, not an answer to a new question.
        bench.knobs(json!({"whitebit": {"user_two_factor": false, "user_otp": "777"}}));
        assert_eq!(bench.post(PAGE, &fields(action)), first, "{action}");
        let state = bench.sandbox.state(0, false)["whitebit"]["global"].clone();
        let count = usize::from(action == "approve");
        assert_eq!(state["keys"].as_array().unwrap().len(), count);
        assert_eq!((&state["open_codes"], &state["open_consents"]), (&json!(count), &json!(0)));

        let other = if action == "approve" { "decline" } else { "approve" };
        let page = format!("{PAGE}?session={session}");
        for got in [bench.post(PAGE, &fields(other)), bench.get(&page)] {
            assert_eq!(got.status, 404);
            let text = got.text();
            assert!(text.contains("<h1>This request is no longer open</h1>") && text.contains("answered already"));
            assert!(text.contains("<title>This request is no longer open (sandbox)</title>"));
        }
        // Another host has never heard of it.
        assert_eq!(bench.post("/whitebit/eu/consent", &fields(action)).status, 404);
    }
}

#[test]
fn the_last_64_replies_are_kept() {
    let mut bench = Bench::new(json!({}));
    let mut sessions = Vec::new();
    for _ in 0..65 {
        let session = session(&bench.whitebit_login(WHITEBIT));
        assert_eq!(bench.post(PAGE, &[("session", &session), ("action", "decline")]).status, 200);
        sessions.push(session);
    }
    for (at, status) in [(0, 404), (1, 200), (64, 200)] {
        assert_eq!(bench.post(PAGE, &[("session", &sessions[at]), ("action", "decline")]).status, status, "{at}");
    }
}

#[test]
fn a_wrong_code_is_said_inline_and_can_be_retried() {
    let mut bench = Bench::new(json!({"whitebit": {"user_otp": "777"}}));
    let session = session(&bench.whitebit_login(WHITEBIT));
    let post = |bench: &mut Bench, otp: &str| {
        let fields = [("session", session.as_str()), ("action", "approve"), ("permissions", "info"), ("otp", otp)];
        bench.post(PAGE, &fields)
    };
    let got = post(&mut bench, "123456");
    assert_eq!(got.status, 422);
    let text = got.text();
    assert!(text.contains("role=\"alert\""));
    assert!(text.contains("id=\"otp-error\">This two-factor code is wrong."));
    assert!(text.contains("aria-describedby=\"otp-hint otp-error\" aria-invalid=\"true\" autofocus>"));
    assert!(text.contains("value=\"info\" aria-describedby=\"hint-info\" checked"));
    assert!(!text.contains("value=\"trading\" aria-describedby=\"hint-trading\" checked"));
    assert_eq!(post(&mut bench, "").status, 422);
    assert_eq!(post(&mut bench, " 777 ").status, 302);
}

#[test]
fn withdrawal_needs_its_second_tick() {
    let mut bench = Bench::new(json!({}));
    let session = session(&bench.whitebit_login(WHITEBIT));
    let fields =
        [("session", session.as_str()), ("action", "approve"), ("permissions", "withdrawal"), ("otp", "123456")];
    let got = bench.post(PAGE, &fields);
    assert_eq!(got.status, 422);
    assert!(got.text().contains("id=\"withdrawal-error\""));
    assert!(got.text().contains("aria-invalid=\"true\" autofocus>\n<label for=\"confirm_withdrawal\">"));
}

#[test]
fn the_second_tick_outlives_a_mistake_with_its_permission_only() {
    let mut bench = Bench::new(json!({}));
    let session = session(&bench.whitebit_login(WHITEBIT));
    let kept = "aria-describedby=\"withdrawal-warning\" checked>";
    for (permission, expected) in [("withdrawal", true), ("info", false)] {
        let got = bench.post(
            PAGE,
            &[
                ("session", &session),
                ("action", "approve"),
                ("permissions", permission),
                ("confirm_withdrawal", "yes"),
                ("otp", "1"),
            ],
        );
        assert_eq!((got.status, got.text().contains(kept)), (422, expected), "{permission}");
    }
}

#[test]
fn unknown_permissions_and_actions_are_refused() {
    let mut bench = Bench::new(json!({}));
    let session = session(&bench.whitebit_login(WHITEBIT));
    let base = [("session", session.as_str()), ("otp", "123456")];
    let with = |more: &[(&'static str, &'static str)]| [&base[..], more].concat();
    let fields = with(&[("action", "approve"), ("permissions", "everything")]);
    let got = bench.post(PAGE, &fields);
    assert_eq!(got.status, 422);
    assert!(got.text().contains("<a href=\"#permission-info\">"));
    let first = "id=\"permission-info\" name=\"permissions\" value=\"info\" \
                 aria-describedby=\"hint-info permissions-error\" aria-invalid=\"true\" autofocus>";
    assert!(got.text().contains(first) && got.text().matches("autofocus").count() == 1);
    assert_eq!(bench.post(PAGE, &with(&[("action", "later")])).status, 400);
    assert_eq!(bench.call("PUT", PAGE, &[], "").status, 405);
    assert_eq!(bench.get(&format!("{PAGE}?session=nonsense")).status, 404);
}

#[test]
fn declining_and_closing_end_on_a_page_by_default() {
    for (action, heading) in [("decline", "Declined"), ("close", "Window closed")] {
        let mut bench = Bench::new(json!({}));
        let session = session(&bench.whitebit_login(WHITEBIT));
        let got = bench.post(PAGE, &[("session", &session), ("action", action)]);
        assert_eq!(got.status, 200);
        assert_eq!(got.header("location"), None);
        assert!(got.text().contains(heading));
        assert!(got.text().contains("You can close this window."));
        assert_eq!(bench.sandbox.state(0, false)["whitebit"]["global"]["open_codes"], 0);
    }
}

#[test]
fn declining_can_redirect() {
    for (mode, query) in [("error", "error=access_denied&state=s+t%261"), ("empty", "state=s+t%261")] {
        let mut bench = Bench::new(json!({"whitebit": {"decline_mode": mode}}));
        let session = session(&bench.whitebit_login(WHITEBIT));
        let got = bench.post(PAGE, &[("session", &session), ("action", "decline")]);
        assert_eq!(got.location(), format!("{WHITEBIT_CALLBACK}?{query}"));
    }
}

#[test]
fn the_gate_blocks_before_consent() {
    for (knobs, text) in [
        (json!({"user_two_factor": false}), "Two-factor authentication is off"),
        (json!({"user_kyc": false}), "Your identity is not verified"),
        (json!({"user_existing_key": "active"}), "An active API key for this partner exists"),
        (json!({"user_existing_key": "active"}), "Demo Partner wants to create an API key in your account."),
        (json!({"user_existing_key": "active"}), "in your account&#39;s API settings, then start again."),
        (json!({"user_existing_key": "disabled"}), "A disabled API key for this partner exists"),
        (json!({"granted_scopes": "general"}), "API keys"),
    ] {
        let mut bench = Bench::new(json!({"whitebit": knobs}));
        let got = bench.whitebit_login(WHITEBIT);
        let page = bench.get(got.location());
        assert!(page.text().contains(text), "{text}");
        assert!(!page.text().contains("<form"));
        // The headless user does not get past it either.
        bench.knobs(json!({"whitebit": {"user_decision": "approve"}}));
        let got = bench.whitebit_login(WHITEBIT);
        assert_eq!((got.status, got.header("location")), (200, None), "{text}");
    }
}

#[test]
fn a_second_consent_is_blocked_while_the_first_key_is_on_its_way() {
    let mut bench = Bench::new(json!({}));
    bench.whitebit_code(WHITEBIT);
    assert!(bench.whitebit_login(WHITEBIT).text().contains("An active API key"));
}

#[test]
fn bybit_asks_for_openapi() {
    let mut bench = Bench::new(json!({}));
    let got = bench.bybit_login();
    let page = bench.get(got.location());
    assert!(page.text().contains("Demo Partner wants to connect to your account"));
    let session = session(&got);
    let fields = [("session", session.as_str()), ("action", "approve"), ("otp", "123456")];
    let bare = bench.post("/bybit/mainnet/consent", &fields);
    assert_eq!(bare.status, 422);
    assert!(bare.text().contains("Tick a permission, or decline."));
    let fields = [&fields[..], &[("permissions", "openapi")]].concat();
    let got = bench.post("/bybit/mainnet/consent", &fields);
    assert_eq!(got.status, 301);
    let code = got.parameter("code").unwrap();
    assert!(bench.bybit_token(&code).json()["access_token"].is_string());
}

#[test]
fn names_are_escaped() {
    let mut bench = Bench::new(json!({}));
    let query = "clientId=demo-whitebit&%3Cscript%3E=1";
    let got = bench.get(&format!("{WHITEBIT}/auth/login?{query}"));
    assert_eq!(got.status, 400);
    assert!(got.text().contains("&lt;script&gt;") && !got.text().contains("<script>"));
    assert!(got.text().contains("<title>This request is not as documented (sandbox)</title>"));
    assert!(got.text().contains("<h1>This request is not as documented</h1>"));
}

#[test]
fn who_fixes_the_account_may_reload() {
    let mut bench = Bench::new(json!({"whitebit": {"user_two_factor": false}}));
    let got = bench.whitebit_login(WHITEBIT);
    assert!(!bench.get(got.location()).text().contains("<form"));
    bench.knobs(json!({"whitebit": {"user_two_factor": true}}));
    assert!(bench.get(got.location()).text().contains("<form"));
}

#[test]
fn an_error_page_looks_like_the_exchange_whose_page_it_would_be() {
    let mut bench = Bench::new(json!({}));
    for (path, status, class) in [
        ("/bybit/testnet/oauth?client_id=demo-bybit&x=1", 400, "bybit"),
        ("/bybit/mainnet/consent?session=none", 404, "bybit"),
        ("/whitebit/eu/consent?session=none", 404, "whitebit"),
    ] {
        let got = bench.get(path);
        assert_eq!(got.status, status, "{path}");
        assert!(got.text().contains(&format!("<body class=\"{class}\">")), "{path}");
    }
}
