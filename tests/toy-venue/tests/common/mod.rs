//! A toy's client, its user, and what stands for the network.
#![allow(clippy::expect_used, clippy::panic, dead_code)]

#[path = "../../../sandbox/tests/toy/mod.rs"]
pub mod toy;

pub use venuekey::parts::*;
pub use venuekey_sandbox::{Config, Reply, Request, Sandbox};

pub const NOW_MS: u64 = 1_790_000_000_000;
pub const BASE: &str = "http://127.0.0.1:9";

pub fn client(environment: VenueEnvironment, base: Option<&str>) -> Client {
    let credentials =
        Credentials::Confidential { client_id: "demo-toy".into(), client_secret: Secret::new("demo-toy-secret") };
    let mut config = ClientConfig::new(Venue::TOY, environment, credentials, "http://127.0.0.1:8000/callback/toy");
    config.authorize_base = base.map(|base| format!("{base}/toy/{}", environment.as_str()));
    config.api_base = base.map(|base| format!("{base}/toy/{}", environment.as_str()));
    Client::new(config).expect("a sound configuration")
}

/// The demo's key has a passphrase, and may have more.
pub fn asked(environment: VenueEnvironment) -> Option<KeyRequest> {
    (environment == VenueEnvironment::DEMO).then(|| KeyRequest {
        label: Some("l4bel".into()),
        permissions: Some(vec!["read".into(), "trade".into()]),
        expires_at_ms: Some(NOW_MS + 60_000),
        passphrase: Some(Secret::new("p4ssphrase")),
        ..KeyRequest::default()
    })
}

pub fn begin_with(client: &Client, key_request: Option<KeyRequest>) -> Result<Started, VenuekeyError> {
    let options = BeginOptions { key_request, ..BeginOptions::default() };
    client.begin(Goal::ApiKey, options, &Entropy::new([7; 64]), NOW_MS)
}

pub fn begin(client: &Client) -> Started {
    begin_with(client, asked(client.environment())).expect("offered")
}

pub fn state_of(started: &Started) -> String {
    started.authorize_url().expose().split("state=").nth(1).expect("state last").to_owned()
}

pub fn send(sandbox: &mut Sandbox, method: &str, url: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let target = url.strip_prefix(BASE).unwrap_or(url).to_owned();
    match sandbox.handle(&Request { method: method.into(), target, headers, body }, NOW_MS).reply {
        Reply::Response { status, headers, body } => (status, headers, body),
        other => panic!("no whole reply: {other:?}"),
    }
}

/// What the browser brings back once the user has approved.
pub fn approved(sandbox: &mut Sandbox, authorize_url: &str) -> String {
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
pub fn drive(client: &Client, mut step: Step, sandbox: &mut Sandbox, mut lose: Option<&str>) -> Result<Outcome, VenuekeyError> {
    let mut now_ms = NOW_MS;
    loop {
        let flow = client.restore(step.flow().snapshot().expose())?;
        step = match step {
            Step::Send { request, .. } => {
                let reply = sent(sandbox, &request);
                match lose.take_if(|purpose| *purpose == request.purpose()) {
                    Some(_) => flow.receive_no_response(Delivery::Unknown, now_ms)?,
                    None => flow.receive_response(&reply, now_ms)?,
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

pub fn connect(lose: Option<&str>) -> (Result<Outcome, VenuekeyError>, Sandbox) {
    connect_to(VenueEnvironment::LIVE, lose)
}

pub fn connect_to(environment: VenueEnvironment, lose: Option<&str>) -> (Result<Outcome, VenuekeyError>, Sandbox) {
    let mut sandbox = Sandbox::with(vec![Box::new(toy::Toy::default())], Config::default()).expect("sound");
    let client = client(environment, Some(BASE));
    let started = begin(&client);
    let state = state_of(&started);
    assert!(state.len() == 20 && state.bytes().all(|b| b.is_ascii_alphanumeric()), "{state}");
    let callback = approved(&mut sandbox, started.authorize_url().expose());
    let pending = client.restore(started.pending().snapshot().expose()).expect("restores");
    let step = pending.receive_callback(&callback, NOW_MS).expect("its own callback");
    (drive(&client, step, &mut sandbox, lose), sandbox)
}

pub fn key_at_the_venue(sandbox: &Sandbox) -> String {
    sandbox.state(NOW_MS, true)["toy"]["live"]["keys"][0]["api_secret"].as_str().expect("a key").to_owned()
}

/// The demo's flow with these replies, `None` for one that is lost: what was sent, and how it ended.
pub fn demo(replies: &[Option<(u16, &str)>]) -> (Vec<&'static str>, Result<Outcome, (VenuekeyError, Option<Recovery>, Flow)>) {
    let client = client(VenueEnvironment::DEMO, None);
    let started = begin(&client);
    let state = state_of(&started);
    let step = started.pending().receive_callback(&format!("/callback/toy?code=c0de&state={state}"), NOW_MS);
    scripted(&client, step.expect("its own callback"), replies)
}

pub fn scripted(
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

pub const TOKEN: Option<(u16, &str)> = Some((200, r#"{"access_token":"t0ken","expires_in":3600}"#));
pub const KEY: Option<(u16, &str)> = Some((200, r#"{"key":"k3y","secret":"s3cret"}"#));
pub const DELETED: Option<(u16, &str)> = Some((200, "{}"));
pub const NO_KEY: Option<(u16, &str)> = Some((404, r#"{"error":"no_key"}"#));
pub const REFUSED: Option<(u16, &str)> = Some((403, r#"{"error":"not_allowed"}"#));
pub const DEAD_TOKEN: Option<(u16, &str)> = Some((401, r#"{"error":"invalid_token"}"#));
pub const HALF: Option<(u16, &str)> = Some((200, r#"{"key":"k3y"#));

/// Sends it to the sandbox.
pub fn sent(sandbox: &mut Sandbox, request: &HttpRequest) -> HttpResponse {
    let header = |header: &Header| (header.name().to_owned(), header.value().expose().to_owned());
    let mut headers: Vec<(String, String)> = request.headers().iter().map(header).collect();
    headers.push(("host".to_owned(), "127.0.0.1:9".to_owned()));
    let body = request.body().unwrap_or_default().to_vec();
    let (status, _, body) = send(sandbox, request.method().as_str(), request.url(), headers, body);
    HttpResponse::new(status, body)
}

/// The flow's snapshot once the callback is in, and everything that was printed on the way there.
pub fn ready(client: &Client) -> (Flow, String) {
    let started = begin(client);
    let callback = format!("/callback/toy?code=c0de&state={}", state_of(&started));
    let step = started.pending().receive_callback(&callback, NOW_MS).expect("its own callback");
    let printed = format!("{started:?} {:?} {step:?} {:?}", started.pending(), step.flow().snapshot());
    (step.flow().clone(), printed)
}

pub const TOKENS: Option<(u16, &str)> = Some((200, r#"{"access_token":"t0ken","refresh_token":"n3xt","expires_in":3600}"#));
