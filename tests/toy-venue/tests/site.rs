//! A venue with several sites: whose tokens and keys go where.
#![allow(clippy::expect_used, clippy::panic)]

mod common;

use common::*;

#[test]
fn requests_go_to_the_site_that_the_callback_names_if_it_is_listed() {
    for (domain, host) in [
        ("", "https://api.toy.example/"),
        ("&domain=https%3A%2F%2Feu.toy.example", "https://eu.toy.example/"),
        ("&domain=https%3A%2F%2Fevil.example", "https://api.toy.example/"),
        ("&domain=https%3A%2F%2Feu.toy.example.evil.example", "https://api.toy.example/"),
    ] {
        let client = client(VenueEnvironment::LIVE, None);
        let started = begin(&client);
        let state = state_of(&started);
        let callback = format!("http://127.0.0.1:8000/callback/toy?code=c0de&state={state}{domain}");
        let step = started.pending().receive_callback(&callback, NOW_MS).expect("its own callback");
        let Step::Send { request, .. } = step.flow().resume(NOW_MS).expect("ready") else { panic!("nothing to send") };
        assert!(request.url().starts_with(host), "{domain}: {}", request.url());
        assert!(request.headers().iter().all(|header| header.name() != "x-toy-demo"));
    }
}

const EU: &str = "https://eu.toy.example";

/// A key of the user's own site.
fn connected_at_eu() -> (Client, Outcome, Vec<String>) {
    let live = client(VenueEnvironment::LIVE, None);
    let started = begin(&live);
    let callback = format!("/callback/toy?code=c0de&state={}&domain=https%3A%2F%2Feu.toy.example", state_of(&started));
    let mut flow = started.pending().receive_callback(&callback, NOW_MS).expect("its own callback").flow().clone();
    let (mut texts, mut replies) = (vec![flow.snapshot().expose().to_owned()], vec![KEY, TOKENS]);
    loop {
        flow = match flow.resume(NOW_MS).expect("it goes on") {
            Step::Send { request, next } => {
                assert!(request.url().starts_with(EU), "{}", request.url());
                let (status, body) = replies.pop().expect("a reply is left").expect("a reply");
                let reply = next.receive_response(&HttpResponse::new(status, body), NOW_MS).expect("in flight");
                match reply {
                    // The request that follows goes there too.
                    Step::Send { request, next } => {
                        assert!(request.url().starts_with(EU), "{}", request.url());
                        texts.push(next.snapshot().expose().to_owned());
                        let (status, body) = replies.pop().expect("a reply is left").expect("a reply");
                        next.receive_response(&HttpResponse::new(status, body), NOW_MS).expect("in flight").flow().clone()
                    }
                    step => step.flow().clone(),
                }
            }
            Step::Done { outcome, flow } => {
                texts.push(flow.snapshot().expose().to_owned());
                return (live, outcome, texts);
            }
            step => panic!("{step:?}"),
        };
    }
}

#[test]
fn tokens_and_keys_of_a_site_stay_with_it() {
    let (live, outcome, _) = connected_at_eu();
    let Outcome::ApiKey { key, tokens } = outcome else { panic!("no key") };
    assert_eq!((key.site(), tokens.site()), (Some(EU), Some(EU)));

    let read = live.read_main_balances(BalancesQuery::default()).expect("offered");
    assert!(read.request(&tokens).expect("a request").url().starts_with(EU));
    let refresh = live.refresh_tokens(&tokens, &Entropy::new([8; 64]), NOW_MS).expect("offered");
    let Step::Send { request, next } = refresh.flow().resume(NOW_MS).expect("ready") else { panic!("nothing to send") };
    assert!(request.url().starts_with(EU));
    let done = next.receive_response(&HttpResponse::new(200, TOKENS.expect("it").1), NOW_MS).expect("in flight");
    assert_eq!(done.flow().tokens().and_then(Tokens::site), Some(EU));

    let shared = live.share_tokens(tokens.clone(), &Entropy::new([9; 64]), NOW_MS).expect("offered");
    let shared = live.restore_tokens(shared.snapshot().expose()).expect("its own text");
    let TokenPlan::Refresh { request, next } = shared.plan(NOW_MS, Some(1)).expect("a plan") else { panic!("no refresh") };
    assert!(request.url().starts_with(EU));
    let fresh = next.receive_response(&HttpResponse::new(200, TOKENS.expect("it").1), NOW_MS).expect("leased");
    assert_eq!((fresh.generation(), fresh.tokens().site()), (2, Some(EU)));

    let mut config = SignerConfig::new(Venue::TOY, VenueEnvironment::LIVE, key.api_key().clone(), key.api_secret().clone());
    config.passphrase = Some(Secret::new("p4ssphrase"));
    let probe = PublicKeyProbe::new(&key, config.clone()).expect("sound");
    assert!(probe.request(NOW_MS).expect("a probe").url().starts_with(EU));
    config.site = key.site().map(str::to_owned);
    assert!(Signer::new(config.clone()).expect("sound").probe(NOW_MS).expect("a probe").url().starts_with(EU));
    let refused = Signer::new(SignerConfig { api_base: Some(BASE.into()), ..config.clone() }).expect_err("two bases");
    assert_eq!(refused.hint(), Some("site must be left out: this environment has no sites, or a base is configured"));
    config.site = Some("https://eu.toy.example.evil.example".into());
    let refused = Signer::new(config).expect_err("no site of the venue's");
    assert_eq!(refused.code(), ErrorCode::InvalidConfiguration);
    assert_eq!(refused.hint(), Some("site must be one of: https://api.toy.example, https://eu.toy.example"));
}

#[test]
fn tokens_of_an_unknown_site_go_nowhere() {
    let (live, outcome, texts) = connected_at_eu();
    let tokens = outcome.tokens().expect("tokens").clone().with_site(Some("https://evil.example".into()));
    let entropy = Entropy::new([8; 64]);
    let read = live.read_main_balances(BalancesQuery::default()).expect("offered");
    for error in [
        read.request(&tokens).map(|_| ()).expect_err("a read"),
        live.refresh_tokens(&tokens, &entropy, NOW_MS).map(|_| ()).expect_err("a refresh"),
        live.share_tokens(tokens, &entropy, NOW_MS).map(|_| ()).expect_err("a share"),
    ] {
        assert_eq!((error.code(), error.venue()), (ErrorCode::InvalidArgument, Some(Venue::TOY)));
    }
    let shared = live.share_tokens(outcome.tokens().expect("tokens").clone(), &entropy, NOW_MS).expect("offered");
    let shared = shared.snapshot().expose().to_owned();
    let elsewhere = client(VenueEnvironment::LIVE, Some(BASE));
    for text in texts {
        assert_eq!(live.restore(&text).expect("its own text").snapshot().expose(), text);
        let edited = text.replace(EU, "https://evil.example");
        assert_ne!(edited, text);
        assert_eq!(live.restore(&edited).expect_err("unknown").code(), ErrorCode::SnapshotMismatch);
        // A client with a base of its own knows no sites.
        assert_eq!(elsewhere.restore(&text).expect_err("unknown").code(), ErrorCode::SnapshotMismatch);
        let parted = text.replacen(EU, "https://api.toy.example", 1);
        if parted.contains(EU) && !text.contains(r#""state":"done""#) {
            assert_eq!(live.restore(&parted).expect_err("two sites").code(), ErrorCode::SnapshotInvalid);
        }
    }
    let edited = shared.replace(EU, "https://evil.example");
    assert_eq!(live.restore_tokens(&edited).expect_err("unknown").code(), ErrorCode::SnapshotMismatch);
    assert_eq!(elsewhere.restore_tokens(&shared).expect_err("unknown").code(), ErrorCode::SnapshotMismatch);
}

#[test]
fn a_snapshot_with_a_key_id_or_an_error_of_another_venue_is_refused() {
    let (live, _, texts) = connected_at_eu();
    let done = texts.last().expect("it");
    let edited = done.replace(r#""api_secret":"#, r#""external_id":"11111111-2222-4333-8444-555555555555","api_secret":"#);
    assert_ne!(&edited, done);
    assert_eq!(live.restore(&edited).expect_err("a toy's key has no id").code(), ErrorCode::SnapshotInvalid);
    let (_, outcome) = demo(&[TOKEN, REFUSED]);
    let (_, _, failed) = outcome.expect_err("refused");
    let text = failed.snapshot().expose().to_owned();
    let demo = client(VenueEnvironment::DEMO, None);
    assert!(demo.restore(&text).is_ok());
    let edited = text.replace(r#""code":"venue_refused","venue":"toy""#, r#""code":"venue_refused","venue":"bybit""#);
    assert_ne!(edited, text);
    assert_eq!(demo.restore(&edited).expect_err("another venue's").code(), ErrorCode::SnapshotInvalid);
}
