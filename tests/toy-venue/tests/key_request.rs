//! What a caller asks of a key: what the venue takes, and what it refuses.
#![allow(clippy::expect_used, clippy::panic)]

mod common;

use common::*;

#[test]
fn what_is_asked_of_a_key_reaches_the_venue_and_signs() {
    for lose in [None, Some("create_key")] {
        let (outcome, mut sandbox) = connect_to(VenueEnvironment::DEMO, lose);
        let Ok(Outcome::ApiKey { key, tokens }) = outcome else { panic!("no key: {outcome:?}") };
        let there = sandbox.state(NOW_MS, true)["toy"]["demo"]["keys"][0].clone();
        assert_eq!(there["api_secret"].as_str(), Some(key.api_secret().expose()));
        let asked = serde_json::json!({
            "label": "l4bel", "permissions": "read,trade", "expires_at_ms": (NOW_MS + 60_000).to_string(),
            "passphrase": "p4ssphrase",
        });
        assert_eq!(there["asked"], asked, "{lose:?}");

        let passphrase = key.passphrase().expect("the one that was asked for").clone();
        let mut config =
            SignerConfig::new(Venue::TOY, VenueEnvironment::DEMO, key.api_key().clone(), key.api_secret().clone());
        config.api_base = Some(format!("{BASE}/toy/demo"));
        let refused = Signer::new(config.clone()).expect_err("no passphrase");
        assert_eq!(refused.hint(), Some("passphrase is missing: signed requests carry it"));
        config.passphrase = Some(passphrase);
        let signer = Signer::new(config).expect("sound");
        let reply = sent(&mut sandbox, &signer.probe(NOW_MS).expect("a probe"));
        assert!(signer.receive_probe(&reply).expect("it works").is_permitted);

        let read = client(VenueEnvironment::DEMO, Some(BASE)).read_main_balances(BalancesQuery::default());
        let read = read.expect("offered");
        let page = read.receive(&sent(&mut sandbox, &read.request(&tokens).expect("a request"))).expect("a page");
        assert_eq!(page.records_json(), r#"[{"ticker":"BTC","main_balance":"0.5"}]"#);
        assert!(sandbox.violations().is_empty(), "{:?}", sandbox.violations());
    }
}

#[test]
fn a_part_that_the_venue_does_not_take_is_refused_by_its_name() {
    let all = || KeyRequest { ip_allowlist: Some(vec!["203.0.113.7".into()]), ..asked(VenueEnvironment::DEMO).expect("it") };
    let with = |change: fn(&mut KeyRequest)| {
        let mut request = asked(VenueEnvironment::DEMO).expect("it");
        change(&mut request);
        Some(request)
    };
    for (environment, request, hint) in [
        (VenueEnvironment::DEMO, Some(all()), "toy demo takes no ip_allowlist for api_key"),
        (
            VenueEnvironment::LIVE,
            Some(all()),
            "toy live takes no label, permissions, ip_allowlist, expires_at_ms, passphrase for api_key",
        ),
        (VenueEnvironment::DEMO, None, "passphrase must be at least 8 characters: a toy's key has one"),
        (
            VenueEnvironment::DEMO,
            with(|asked| asked.passphrase = Some(Secret::new("short"))),
            "passphrase must be at least 8 characters: a toy's key has one",
        ),
        (VenueEnvironment::DEMO, with(|asked| asked.label = Some("x".repeat(51))), "label must be at most 50 bytes"),
        (
            VenueEnvironment::DEMO,
            with(|asked| asked.label = Some("two\nlines".into())),
            "label must be 1 to 128 bytes on one line, without white space at either end",
        ),
        (VenueEnvironment::DEMO, with(|asked| asked.expires_at_ms = Some(NOW_MS)), "expires_at_ms must be later than now"),
    ] {
        let error = begin_with(&client(environment, None), request).expect_err(hint);
        assert_eq!((error.code(), error.venue()), (ErrorCode::InvalidArgument, Some(Venue::TOY)));
        assert_eq!(error.hint(), Some(format!("key_request: {hint}").as_str()));
        assert!(!format!("{error:?}").contains("p4ssphrase"));
    }
}

#[test]
fn what_is_asked_of_a_key_is_in_the_snapshot_and_nowhere_else() {
    let demo = client(VenueEnvironment::DEMO, None);
    let (flow, printed) = ready(&demo);
    assert!(!printed.contains("p4ssphrase") && !printed.contains("l4bel"), "{printed}");
    let options = BeginOptions { key_request: asked(VenueEnvironment::DEMO), ..BeginOptions::default() };
    assert!(format!("{options:?}").contains("KeyRequest(label, permissions, expires_at_ms, passphrase)"), "{options:?}");
    for text in [begin(&demo).pending().snapshot(), flow.snapshot()] {
        let text = text.expose();
        assert!(text.contains(r#""key_request":{"label":"l4bel","permissions":["read","trade"]"#), "{text}");
        // The time it ends at may have passed.
        assert_eq!(demo.restore(text).expect("its own text").snapshot().expose(), text);
    }
    let (flow, _) = ready(&client(VenueEnvironment::LIVE, None));
    assert!(!flow.snapshot().expose().contains("key_request"));
}

#[test]
fn a_flow_that_asks_too_much_for_a_cookie_is_not_sealed() {
    let demo = client(VenueEnvironment::DEMO, None);
    let keys = SealingKeys::new([("k1", [9; 32].as_slice())]).expect("keys");
    let sealed = |count: usize| {
        let permissions = (0..count).map(|n| format!("permission-number-{n:02}-of-some-sixty-and-one-that-has-a-long-name")).collect();
        let asked = KeyRequest { permissions: Some(permissions), ..asked(VenueEnvironment::DEMO).expect("it") };
        begin_with(&demo, Some(asked)).expect("taken").pending().seal(&keys, "session", &Entropy::new([7; 64]))
    };
    assert!(demo.open(&sealed(20).expect("it fits"), &keys, "session").is_ok());
    assert_eq!(sealed(45).map(|text| text.len()).expect_err("too long").code(), ErrorCode::InvalidArgument);
    assert!(demo.open(&sealed(45).unwrap_or_default(), &keys, "session").is_err());
}

#[test]
fn a_snapshot_that_asks_what_the_venue_does_not_take_is_refused() {
    let demo = client(VenueEnvironment::DEMO, None);
    let (flow, _) = ready(&demo);
    for text in [begin(&demo).pending().snapshot(), flow.snapshot()] {
        for (sound, edited) in [
            (r#""label":"l4bel""#, r#""ip_allowlist":["203.0.113.7"]"#),
            ("p4ssphrase", "short"),
            ("l4bel", "two\\nlines"),
            (r#""label":"l4bel""#, r#""nonce_window":"5""#),
        ] {
            let edited = text.expose().replace(sound, edited);
            assert_ne!(edited, text.expose());
            assert_eq!(demo.restore(&edited).expect_err(sound).code(), ErrorCode::SnapshotInvalid);
        }
    }
}
