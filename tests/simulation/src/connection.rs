//! A connection that ended with tokens: where tests of what comes after it begin.

use fastrand::Rng;
use venuekey::parts::*;
use venuekey_sandbox::{Config, Reply, Request, Sandbox};

use crate::browser::{self, BASE, Page};
use crate::entry::{Entry, Party, connect, redirect_uri};
use crate::knobs::Knobs;

pub const CLIENT_SECRET: &str = "canary-client-secret-4711";

pub struct Connection {
    pub client: Client,
    pub sandbox: Sandbox,
    pub tokens: Tokens,
    pub now_ms: u64,
}

impl Connection {
    /// Through the consent page of a new sandbox.
    pub fn new(venue: Venue, environment: VenueEnvironment, rng: &mut Rng, knobs: Knobs) -> Self {
        let mut config = Config { seed: rng.u64(..), knobs: knobs.into(), ..Config::default() };
        for exchange in ["whitebit", "bybit"] {
            let clients = config.clients_mut(exchange);
            clients[0].client_secret = CLIENT_SECRET.into();
            clients[0].redirect_uris = vec![redirect_uri(venue, environment, Party::Confidential, Entry::Code)];
        }
        let mut sandbox = Sandbox::new(config).expect("a sound configuration");
        let now_ms = 1_790_000_000_000;
        let client = connect(venue, environment, Party::Confidential, Entry::Code, (BASE, CLIENT_SECRET)).expect("one");
        let started = client.begin(Goal::AccountTokens, BeginOptions::default(), &entropy(rng), now_ms);
        let started = started.expect("supported");
        let Page::Redirect(consent) = browser::get(&mut sandbox, started.authorize_url().expose(), now_ms) else {
            panic!("no consent page")
        };
        let Page::Redirect(callback) = browser::answer(&mut sandbox, &consent, "approve", "123456", now_ms) else {
            panic!("no callback")
        };
        let step = started.pending().receive_callback(&callback, now_ms).expect("its own callback");
        let tokens = tokens_of(&mut sandbox, step, now_ms);
        Self { client, sandbox, tokens, now_ms }
    }

    /// The tokens are replaced by new ones.
    pub fn refresh(&mut self, rng: &mut Rng) {
        let step = self.client.refresh_tokens(&self.tokens, &entropy(rng), self.now_ms).expect("they can be refreshed");
        self.tokens = tokens_of(&mut self.sandbox, step, self.now_ms);
    }

    /// Sends, and says the status.
    pub fn send(&mut self, request: &HttpRequest) -> u16 {
        reply(&mut self.sandbox, request, self.now_ms).status()
    }

    /// A GET with the access token.
    pub fn get(&mut self, target: &str) -> u16 {
        get(&mut self.sandbox, target, &self.tokens, self.now_ms).0
    }
}

fn tokens_of(sandbox: &mut Sandbox, mut step: Step, now_ms: u64) -> Tokens {
    loop {
        step = match step {
            Step::Send { request, next } => next.receive_response(&reply(sandbox, &request, now_ms), now_ms),
            Step::Done { outcome, .. } => return outcome.tokens().expect("tokens").clone(),
            Step::Failed { error, .. } => panic!("{error}"),
            other => other.flow().resume(now_ms),
        }
        .expect("a step");
    }
}

/// Status and body of a GET with the access token.
pub fn get(sandbox: &mut Sandbox, target: &str, tokens: &Tokens, now_ms: u64) -> (u16, String) {
    let bearer = format!("Bearer {}", tokens.access_token().expose());
    let headers = vec![("authorization".to_owned(), bearer), ("user-agent".to_owned(), "a partner".to_owned())];
    let request = Request { method: "GET".into(), target: target.into(), headers, ..Request::default() };
    let Reply::Response { status, body, .. } = sandbox.handle(&request, now_ms).reply else {
        panic!("no fault was ordered")
    };
    (status, String::from_utf8_lossy(&body).into_owned())
}

/// The request as it reaches the sandbox.
pub fn as_sent(request: &HttpRequest) -> Request {
    Request {
        method: request.method().as_str().into(),
        target: browser::target(request.url()),
        headers: request.headers().iter().map(|h| (h.name().to_owned(), h.value().expose().to_owned())).collect(),
        body: request.body().unwrap_or_default().to_vec(),
    }
}

/// What the sandbox answers at once.
pub fn reply(sandbox: &mut Sandbox, request: &HttpRequest, now_ms: u64) -> HttpResponse {
    match sandbox.handle(&as_sent(request), now_ms).reply {
        Reply::Response { status, body, .. } => HttpResponse::new(status, body),
        _ => panic!("no fault was ordered"),
    }
}

pub fn entropy(rng: &mut Rng) -> Entropy {
    let mut bytes = [0; 64];
    rng.fill(&mut bytes);
    Entropy::new(bytes)
}
