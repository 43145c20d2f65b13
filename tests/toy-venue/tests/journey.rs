//! A whole connection at a venue that core and sandbox know from nothing but its own folders.
#![allow(clippy::expect_used, clippy::panic)]

mod common;

use common::*;

#[test]
fn from_the_click_to_the_key() {
    let (outcome, sandbox) = connect(None);
    let Ok(Outcome::ApiKey { key, .. }) = outcome else { panic!("no key: {outcome:?}") };
    assert_eq!(key.api_secret().expose(), key_at_the_venue(&sandbox));
    assert!(sandbox.violations().is_empty(), "{:?}", sandbox.violations());
}

#[test]
fn a_lost_reply_is_asked_for_again_where_that_is_safe_and_never_where_it_is_not() {
    let (outcome, sandbox) = connect(Some("fetch_key"));
    let Ok(Outcome::ApiKey { key, .. }) = outcome else { panic!("no key: {outcome:?}") };
    assert_eq!(key.api_secret().expose(), key_at_the_venue(&sandbox));
    let (outcome, _) = connect(Some("exchange_code"));
    assert_eq!(outcome.expect_err("spent").code(), ErrorCode::OutcomeUnknown);
}

#[test]
fn a_world_that_is_told_apart_by_a_header_sends_it() {
    let client = client(VenueEnvironment::DEMO, None);
    let started = begin(&client);
    let state = state_of(&started);
    let callback = format!("/callback/toy?code=c0de&state={state}");
    let step = started.pending().receive_callback(&callback, NOW_MS).expect("its own callback");
    let Step::Send { request, .. } = step.flow().resume(NOW_MS).expect("ready") else { panic!("nothing to send") };
    let header = |name: &str| request.headers().iter().find(|header| header.name() == name).map(|h| h.value().expose());
    assert_eq!(header("x-toy-demo"), Some("1"));
    assert_eq!(header("authorization"), Some("Basic ZGVtby10b3k6ZGVtby10b3ktc2VjcmV0"));
    assert_eq!(request.body(), Some(br#"{"grant_type":"authorization_code","code":"c0de"}"#.as_slice()));
}

#[test]
fn a_creation_makes_room_first_and_again_once_where_its_reply_was_lost() {
    for first in [DELETED, NO_KEY] {
        let (sent, outcome) = demo(&[TOKEN, first, KEY]);
        assert_eq!(sent, ["exchange_code", "delete_key", "create_key"]);
        assert!(matches!(outcome, Ok(Outcome::ApiKey { .. })));
    }
    for lost in [None, HALF, Some((502, "bad gateway"))] {
        let (sent, outcome) = demo(&[TOKEN, NO_KEY, lost, DELETED, KEY]);
        assert_eq!(sent, ["exchange_code", "delete_key", "create_key", "delete_key", "create_key"]);
        assert!(matches!(outcome, Ok(Outcome::ApiKey { .. })));
    }
}

#[test]
fn a_creation_that_is_lost_twice_is_the_caller_s_to_decide_and_makes_room_again() {
    let (_, outcome) = demo(&[TOKEN, NO_KEY, None, DELETED, None]);
    let Err((error, Some(Recovery::AskAgain), flow)) = outcome else { panic!("no way on") };
    assert_eq!(error.code(), ErrorCode::KeyUnconfirmed);
    let client = client(VenueEnvironment::DEMO, None);
    let (sent, outcome) = scripted(&client, flow.recover(NOW_MS).expect("recovers"), &[DELETED, KEY]);
    assert_eq!(sent, ["delete_key", "create_key"]);
    assert!(matches!(outcome, Ok(Outcome::ApiKey { .. })));
}

#[test]
fn a_deletion_that_is_refused_says_whether_a_key_may_be_left() {
    let (sent, outcome) = demo(&[TOKEN, REFUSED]);
    assert_eq!(sent, ["exchange_code", "delete_key"]);
    assert_eq!(outcome.expect_err("refused").0.code(), ErrorCode::VenueRefused);
    let (_, outcome) = demo(&[TOKEN, NO_KEY, None, REFUSED]);
    let (error, recovery, _) = outcome.expect_err("refused");
    assert_eq!((error.code(), recovery), (ErrorCode::DeleteKeyInDashboard, Some(Recovery::DeleteKey)));
}

#[test]
fn a_dead_token_ends_it_where_there_is_no_refresh() {
    for replies in [&[TOKEN, DEAD_TOKEN] as &[_], &[TOKEN, NO_KEY, DEAD_TOKEN]] {
        let (_, outcome) = demo(replies);
        assert_eq!(outcome.expect_err("refused").0.code(), ErrorCode::TokenRejected);
    }
}

#[test]
fn a_key_that_no_header_can_carry_is_no_key_and_the_flow_restores() {
    let (_, outcome) = demo(&[TOKEN, NO_KEY, Some((200, r#"{"key":"k 3y","secret":"s3cret"}"#))]);
    assert_eq!(outcome.expect_err("no key").0.code(), ErrorCode::MalformedReply);
}

#[test]
fn reads_have_the_headers_that_tell_the_worlds_apart() {
    let tokens = Tokens::new(Secret::new("t0ken"), None, 0, None, vec![]).expect("sound");
    for (environment, sent) in [(VenueEnvironment::LIVE, None), (VenueEnvironment::DEMO, Some("1"))] {
        let client = client(environment, None);
        let read = client.read_main_balances(BalancesQuery::default()).expect("offered");
        let request = client.resume_read(&read.cursor()).expect("its own").request(&tokens).expect("a request");
        let header = request.headers().iter().find(|header| header.name() == "x-toy-demo");
        assert_eq!(header.map(|header| header.value().expose()), sent);
    }
}
