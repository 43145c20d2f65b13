//! A whole connection at a venue that core and sandbox know from nothing but its own folders.
#![allow(clippy::expect_used, clippy::panic)]

#[path = "../../sandbox/tests/toy/mod.rs"]
mod toy;

use venuekey::*;
use venuekey_sandbox::{Config, Reply, Request, Sandbox};

const NOW_MS: u64 = 1_790_000_000_000;
const BASE: &str = "http://127.0.0.1:9";

fn client(environment: VenueEnvironment, base: Option<&str>) -> Client {
    let credentials =
        Credentials::Confidential { client_id: "demo-toy".into(), client_secret: Secret::new("demo-toy-secret") };
    let mut config = ClientConfig::new(Venue::TOY, environment, credentials, "http://127.0.0.1:8000/callback/toy");
    config.authorize_base = base.map(|base| format!("{base}/toy/live"));
    config.api_base = base.map(|base| format!("{base}/toy/live"));
    Client::new(config).expect("a sound configuration")
}

fn begin(client: &Client) -> Started {
    client.begin(Goal::ApiKey, BeginOptions::default(), &Entropy::new([7; 64]), NOW_MS).expect("offered")
}

fn send(sandbox: &mut Sandbox, method: &str, url: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let target = url.strip_prefix(BASE).unwrap_or(url).to_owned();
    match sandbox.handle(&Request { method: method.into(), target, headers, body }, NOW_MS).reply {
        Reply::Response { status, headers, body } => (status, headers, body),
        other => panic!("no whole reply: {other:?}"),
    }
}

/// What the browser brings back once the user has approved.
fn approved(sandbox: &mut Sandbox, authorize_url: &str) -> String {
    let location = |headers: &[(String, String)]| {
        headers.iter().find(|(name, _)| name == "location").map(|(_, value)| value.clone()).expect("a redirect")
    };
    let (_, headers, _) = send(sandbox, "GET", authorize_url, vec![], vec![]);
    let page = location(&headers);
    let session = page.split("session=").nth(1).expect("a session");
    let form = vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    let consent = page.split('?').next().expect("a path").to_owned();
    let (_, headers, _) = send(sandbox, "POST", &consent, form, format!("session={session}&action=approve").into_bytes());
    location(&headers)
}

/// The loop of core's manual; every value goes through its snapshot. `lose` loses the first reply to that purpose.
fn drive(client: &Client, mut step: Step, sandbox: &mut Sandbox, mut lose: Option<&str>) -> Result<Outcome, VenuekeyError> {
    let mut now_ms = NOW_MS;
    loop {
        let flow = client.restore(step.flow().snapshot().expose())?;
        step = match step {
            Step::Send { request, .. } => {
                let mut headers: Vec<(String, String)> =
                    request.headers().iter().map(|header| (header.name().to_owned(), header.value().expose().to_owned())).collect();
                headers.push(("host".to_owned(), "127.0.0.1:9".to_owned()));
                let body = request.body().unwrap_or_default().to_vec();
                let (status, _, body) = send(sandbox, request.method().as_str(), request.url(), headers, body);
                match lose.take_if(|purpose| *purpose == request.purpose()) {
                    Some(_) => flow.receive_no_response(Delivery::Unknown, now_ms)?,
                    None => flow.receive_response(&HttpResponse::new(status, body), now_ms)?,
                }
            }
            Step::Save { .. } => flow.resume(now_ms)?,
            Step::Wait { until_ms, .. } => {
                now_ms = until_ms;
                flow.resume(now_ms)?
            }
            Step::Failed { error, .. } => return Err(error),
            Step::Done { outcome, .. } => return Ok(outcome),
            other => panic!("nobody chooses or agrees here: {other:?}"),
        };
    }
}

fn connect(lose: Option<&str>) -> (Result<Outcome, VenuekeyError>, Sandbox) {
    let mut sandbox = Sandbox::with(vec![Box::new(toy::Toy::default())], Config::default()).expect("sound");
    let client = client(VenueEnvironment::LIVE, Some(BASE));
    let started = begin(&client);
    let state = started.authorize_url().expose().split("state=").nth(1).expect("state last").to_owned();
    assert!(state.len() == 20 && state.bytes().all(|b| b.is_ascii_alphanumeric()), "{state}");
    let callback = approved(&mut sandbox, started.authorize_url().expose());
    let pending = client.restore(started.pending().snapshot().expose()).expect("restores");
    let step = pending.receive_callback(&callback, NOW_MS).expect("its own callback");
    (drive(&client, step, &mut sandbox, lose), sandbox)
}

fn key_at_the_venue(sandbox: &Sandbox) -> String {
    sandbox.state(NOW_MS, true)["toy"]["live"]["keys"][0]["api_secret"].as_str().expect("a key").to_owned()
}

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
fn requests_go_to_the_site_that_the_callback_names_if_it_is_listed() {
    for (domain, host) in [
        ("", "https://api.toy.example/"),
        ("&domain=https%3A%2F%2Feu.toy.example", "https://eu.toy.example/"),
        ("&domain=https%3A%2F%2Fevil.example", "https://api.toy.example/"),
        ("&domain=https%3A%2F%2Feu.toy.example.evil.example", "https://api.toy.example/"),
    ] {
        let client = client(VenueEnvironment::LIVE, None);
        let started = begin(&client);
        let state = started.authorize_url().expose().split("state=").nth(1).expect("state last").to_owned();
        let callback = format!("http://127.0.0.1:8000/callback/toy?code=c0de&state={state}{domain}");
        let step = started.pending().receive_callback(&callback, NOW_MS).expect("its own callback");
        let Step::Send { request, .. } = step.flow().resume(NOW_MS).expect("ready") else { panic!("nothing to send") };
        assert!(request.url().starts_with(host), "{domain}: {}", request.url());
        assert!(request.headers().iter().all(|header| header.name() != "x-toy-demo"));
    }
}

#[test]
fn a_world_that_is_told_apart_by_a_header_sends_it() {
    let client = client(VenueEnvironment::DEMO, None);
    let started = begin(&client);
    let state = started.authorize_url().expose().split("state=").nth(1).expect("state last").to_owned();
    let callback = format!("/callback/toy?code=c0de&state={state}");
    let step = started.pending().receive_callback(&callback, NOW_MS).expect("its own callback");
    let Step::Send { request, .. } = step.flow().resume(NOW_MS).expect("ready") else { panic!("nothing to send") };
    let header = |name: &str| request.headers().iter().find(|header| header.name() == name).map(|h| h.value().expose());
    assert_eq!(header("x-toy-demo"), Some("1"));
    assert_eq!(header("authorization"), Some("Basic ZGVtby10b3k6ZGVtby10b3ktc2VjcmV0"));
    assert_eq!(request.body(), Some(br#"{"grant_type":"authorization_code","code":"c0de"}"#.as_slice()));
}

/// The demo's flow with these replies, `None` for one that is lost: what was sent, and how it ended.
fn demo(replies: &[Option<(u16, &str)>]) -> (Vec<&'static str>, Result<Outcome, (VenuekeyError, Option<Recovery>, Flow)>) {
    let client = client(VenueEnvironment::DEMO, None);
    let started = begin(&client);
    let state = started.authorize_url().expose().split("state=").nth(1).expect("state last").to_owned();
    let step = started.pending().receive_callback(&format!("/callback/toy?code=c0de&state={state}"), NOW_MS);
    scripted(&client, step.expect("its own callback"), replies)
}

fn scripted(
    client: &Client,
    mut step: Step,
    replies: &[Option<(u16, &str)>],
) -> (Vec<&'static str>, Result<Outcome, (VenuekeyError, Option<Recovery>, Flow)>) {
    let (mut now_ms, mut sent, mut replies) = (NOW_MS, Vec::new(), replies.iter());
    for _ in 0..200 {
        let flow = client.restore(step.flow().snapshot().expose()).expect("what is written restores");
        step = match step {
            Step::Send { request, .. } => {
                sent.push(request.purpose());
                match replies.next().unwrap_or_else(|| panic!("one request too many: {sent:?}")) {
                    Some((status, body)) => flow.receive_response(&HttpResponse::new(*status, *body), now_ms),
                    None => flow.receive_no_response(Delivery::Unknown, now_ms),
                }
            }
            Step::Wait { until_ms, .. } => {
                now_ms = until_ms;
                flow.resume(now_ms)
            }
            Step::Failed { error, recovery, .. } => return (sent, Err((error, recovery, flow))),
            Step::Done { outcome, .. } => return (sent, Ok(outcome)),
            _ => flow.resume(now_ms),
        }
        .expect("the flow takes it");
    }
    panic!("no end: {sent:?}");
}

const TOKEN: Option<(u16, &str)> = Some((200, r#"{"access_token":"t0ken","expires_in":3600}"#));
const KEY: Option<(u16, &str)> = Some((200, r#"{"key":"k3y","secret":"s3cret"}"#));
const DELETED: Option<(u16, &str)> = Some((200, "{}"));
const NO_KEY: Option<(u16, &str)> = Some((404, r#"{"error":"no_key"}"#));
const REFUSED: Option<(u16, &str)> = Some((403, r#"{"error":"not_allowed"}"#));
const DEAD_TOKEN: Option<(u16, &str)> = Some((401, r#"{"error":"invalid_token"}"#));
const HALF: Option<(u16, &str)> = Some((200, r#"{"key":"k3y"#));

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
