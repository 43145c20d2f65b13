//! The world and its turns.

use std::fmt::Write as _;

use fastrand::Rng;
use venuekey::*;
use venuekey_sandbox::{Config, Reply, Request, Sandbox};

use crate::browser::{self, BASE, Page};
use crate::chaos::{self, pick};
use crate::store::{Saved, Store, Trouble};
use crate::worker::{End, Worker};

pub const CLIENT_SECRET: &str = "canary-client-secret-4711";

/// How the schedule came out, for the statistics of a run.
pub struct Ending {
    pub venue: &'static str,
    pub end: String,
    pub turns: u32,
}

pub struct World {
    pub rng: Rng,
    pub sandbox: Sandbox,
    pub venue: Venue,
    pub on_secret_lost: SecretLost,
    pub recoveries: Vec<Recovery>,
    /// Everything any value printed of itself; no secret may be in it.
    pub printed: String,
    /// Secrets no sandbox knows of: states, codes, verifiers.
    pub planted: Vec<String>,
    pub store: Store,
    client: Client,
    now_ms: u64,
    /// The hosts' clock is off by so much.
    skew_ms: i64,
    workers: Vec<Worker>,
    authorize_url: String,
    callback: Option<String>,
    calm: bool,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let venue = pick(&mut rng, Venue::ALL);
        let goal = if venue == Venue::Bybit && rng.bool() { Goal::AccountTokens } else { Goal::ApiKey };
        let redirect_uri = format!("http://127.0.0.1:2/cb/{}", venue.as_str());
        let mut config = Config { seed: rng.u64(..), knobs: chaos::knobs(&mut rng), ..Config::default() };
        for clients in [&mut config.whitebit_clients, &mut config.bybit_clients] {
            clients[0].client_secret = CLIENT_SECRET.into();
            clients[0].redirect_uris = vec![redirect_uri.clone()];
        }
        let (environment, place) = match venue {
            Venue::Whitebit => (Environment::Global, "whitebit/global"),
            _ => (Environment::Mainnet, "bybit/mainnet"),
        };
        let credentials = Credentials::Confidential {
            client_id: format!("demo-{}", venue.as_str()),
            client_secret: Secret::new(CLIENT_SECRET),
        };
        let mut client = ClientConfig::new(venue, environment, credentials, redirect_uri);
        client.authorize_base = Some(format!("{BASE}/{place}"));
        client.api_base = Some(format!("{BASE}/{place}"));
        let client = Client::new(client).expect("a valid configuration");
        let on_secret_lost = pick(&mut rng, &[SecretLost::Report, SecretLost::DeleteAndReport]);
        let options = BeginOptions { callback_timeout_s: rng.u32(60..1800), on_secret_lost };
        let entropy = Entropy::new(std::array::from_fn(|_| rng.u8(..)));
        let now_ms = 1_790_000_000_000;
        let started = client.begin(goal, options, &entropy, now_ms).expect("supported");
        let mut store = Store::default();
        assert_eq!(store.save(&started.pending().snapshot(), Trouble::None), Saved::Won);
        let authorize_url = started.authorize_url().expose().to_owned();
        let mut world = Self {
            workers: (0..rng.usize(2..=8)).map(|_| Worker::Idle).collect(),
            sandbox: Sandbox::new(config),
            planted: vec![CLIENT_SECRET.into(), parameter(&authorize_url, "state")],
            recoveries: Vec::new(),
            printed: String::new(),
            skew_ms: 0,
            callback: None,
            calm: false,
            rng,
            venue,
            on_secret_lost,
            store,
            client,
            now_ms,
            authorize_url,
        };
        world.print(&started);
        world
    }

    /// Chaos, then calm until the flow has ended, then its recoveries.
    pub fn run(mut self) -> Ending {
        let turns = self.rng.u32(20..400);
        for _ in 0..turns {
            self.turn();
        }
        self.calm = true;
        self.skew_ms = 0;
        self.sandbox.clear_faults();
        self.workers.iter_mut().for_each(|worker| *worker = Worker::Idle);
        let mut end = self.finish();
        for _ in 0..4 {
            let End::Failed(_, Some(recovery)) = &end else { break };
            self.recoveries.push(*recovery);
            let flow = self.stored();
            let step = flow.recover(self.host_ms()).expect("a named recovery works");
            self.workers[0] = Worker::Holds(step);
            end = self.finish();
        }
        self.check(&end);
        let end = match end {
            End::Done(outcome) => format!("done {}", outcome.name()),
            End::Failed(error, _) => error.code().as_str().to_owned(),
        };
        Ending { venue: self.venue.as_str(), end, turns }
    }

    fn turn(&mut self) {
        let index = self.rng.usize(0..self.workers.len());
        match self.rng.u8(0..100) {
            0..66 => self.work(index),
            // A host resumes what its store holds; now and then it does so too early.
            66..71 if self.rng.u8(0..6) == 0 || !self.someone_works() => self.pick_up(index),
            71..73 => self.workers[index] = Worker::Idle,
            73..82 => self.browse(),
            82..85 => {
                let order = chaos::fault(&mut self.rng);
                self.sandbox.queue_fault(order).expect("a sound fault");
            }
            85..87 => self.skew_ms = self.rng.i64(-10_800_000..10_800_000),
            87 => self.skew_ms = 0,
            88 if self.rng.u8(0..4) == 0 => {
                let (venue, environment) = self.place();
                let action = chaos::mishap(&mut self.rng);
                // Some actions make no sense at some venue; the sandbox says so.
                let _ = self.sandbox.user_acts(venue, environment, action, self.now_ms);
            }
            _ => self.now_ms += self.rng.u64(0..8_000),
        }
    }

    fn someone_works(&self) -> bool {
        self.workers.iter().any(|worker| !matches!(worker, Worker::Idle))
    }

    /// One healthy worker, whatever was left behind, until the flow has ended.
    fn finish(&mut self) -> End {
        for _ in 0..2_000 {
            if let Some(end) = self.ended() {
                return end;
            }
            match &self.workers[0] {
                Worker::Idle => {
                    let flow = self.stored();
                    if let FlowStatus::AwaitingCallback { expires_at_ms } = flow.status() {
                        // The user never came back: the deadline passes.
                        self.now_ms = self.now_ms.max(expires_at_ms);
                    }
                    self.pick_up(0);
                }
                Worker::Sleeps { until_ms, .. } => {
                    self.now_ms = self.now_ms.max(*until_ms);
                    self.work(0);
                }
                _ => self.work(0),
            }
        }
        panic!("the flow never ends; it stands at {:?}", self.stored());
    }

    fn ended(&mut self) -> Option<End> {
        let flow = self.stored();
        let ended =
            matches!(flow.status(), FlowStatus::Done | FlowStatus::Failed) && matches!(self.workers[0], Worker::Idle);
        ended.then(|| End::of(&flow.resume(self.host_ms()).expect("an ended flow tells its end"))).flatten()
    }

    /// A worker takes the stored flow up, as after a restart.
    fn pick_up(&mut self, index: usize) {
        let flow = self.stored();
        match flow.resume(self.host_ms()) {
            Ok(step) => self.hold(index, step),
            Err(error) => assert_eq!(error.code(), ErrorCode::WrongState, "{error}"),
        }
    }

    /// The browser goes to the exchange, or comes back: once, twice, late, or with another's state.
    fn browse(&mut self) {
        if self.callback.is_none() {
            let Page::Redirect(consent) = browser::get(&mut self.sandbox, &self.authorize_url, self.now_ms) else {
                return;
            };
            let action = pick(&mut self.rng, &["approve", "approve", "approve", "approve", "decline", "close"]);
            let otp = if self.rng.u8(0..5) == 0 { "000000" } else { "123456" };
            if let Page::Redirect(callback) = browser::answer(&mut self.sandbox, &consent, action, otp, self.now_ms) {
                self.planted.push(parameter(&callback, "code"));
                self.callback = Some(callback);
            }
            return;
        }
        let Some(callback) = self.callback.clone() else { return };
        let foreign = self.rng.u8(0..5) == 0;
        let url = if foreign { callback.replace("state=", "state=x") } else { callback };
        let flow = self.stored();
        let index = self.rng.usize(0..self.workers.len());
        match flow.receive_callback(&url, self.host_ms()) {
            Ok(step) => {
                assert!(!foreign, "a foreign state was accepted");
                self.hold(index, step);
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
                self.print(&error);
            }
        }
    }

    /// One small step of one worker.
    fn work(&mut self, index: usize) {
        let host_ms = self.host_ms();
        match std::mem::replace(&mut self.workers[index], Worker::Idle) {
            Worker::Idle => {}
            Worker::Holds(step) => {
                // Ends are saved already.
                if End::of(&step).is_some() {
                    return;
                }
                let trouble = match self.rng.u8(0..100) {
                    0..4 if !self.calm => Trouble::FailsBefore,
                    4..8 if !self.calm => Trouble::FailsAfter,
                    _ => Trouble::None,
                };
                match self.store.save(&step.flow().snapshot(), trouble) {
                    Saved::Won => self.workers[index] = Worker::Saved(step),
                    // The host retries what it holds, or gives up; here both happen.
                    Saved::Unknown if self.rng.bool() => self.workers[index] = Worker::Holds(step),
                    Saved::Unknown | Saved::Lost => {}
                }
            }
            Worker::Saved(step) => match step {
                Step::Send { request, next } => {
                    let reply = self.send(&request);
                    self.workers[index] = Worker::Sent { next, reply };
                }
                Step::Save { next } => self.go_on(index, next.resume(host_ms)),
                Step::Wait { until_ms, next, .. } => self.workers[index] = Worker::Sleeps { until_ms, next },
                _ => {}
            },
            Worker::Sent { next, reply } => {
                let step = match reply {
                    Some(response) => next.receive_response(&response, host_ms),
                    None => next.receive_no_response(host_ms),
                };
                self.go_on(index, step);
            }
            Worker::Sleeps { until_ms, next } => {
                if host_ms >= until_ms || self.rng.u8(0..20) == 0 {
                    self.go_on(index, next.resume(host_ms));
                } else {
                    self.workers[index] = Worker::Sleeps { until_ms, next };
                }
            }
        }
    }

    fn go_on(&mut self, index: usize, step: Result<Step, VenuekeyError>) {
        let step = step.expect("the loop calls what the state allows");
        self.hold(index, step);
    }

    fn hold(&mut self, index: usize, step: Step) {
        self.print(&step);
        self.print(&step.flow().clone());
        self.print(&step.flow().snapshot());
        self.workers[index] = Worker::Holds(step);
    }

    fn send(&mut self, request: &HttpRequest) -> Option<HttpResponse> {
        self.print(request);
        let headers = request.headers().iter().map(|h| (h.name().to_owned(), h.value().expose().to_owned())).collect();
        let request = Request {
            method: request.method().as_str().into(),
            target: browser::target(request.url()),
            headers,
            body: request.body().unwrap_or_default().to_vec(),
        };
        let answer = self.sandbox.handle(&request, self.now_ms);
        self.now_ms += self.rng.u64(1..900);
        if answer.delay_ms > 15_000 {
            return None;
        }
        self.now_ms += answer.delay_ms;
        let (status, headers, body) = match answer.reply {
            Reply::Response { status, headers, body } => (status, headers, body),
            // Some HTTP clients hand over what came before the end, some raise.
            Reply::Truncated { status, headers, body } if self.rng.bool() => (status, headers, body),
            Reply::Truncated { .. } | Reply::CloseWithoutByte => return None,
        };
        if !self.calm && self.rng.u8(0..25) == 0 {
            return None;
        }
        let response = HttpResponse::new(status, body);
        Some(headers.into_iter().fold(response, |response, (name, value)| response.with_header(name, value)))
    }

    pub fn stored(&self) -> Flow {
        self.client.restore(self.store.load().expect("begun")).expect("what was saved restores")
    }

    pub fn place(&self) -> (venuekey_sandbox::venue::Venue, venuekey_sandbox::venue::Environment) {
        use venuekey_sandbox::venue::{Environment, Venue as Exchange};
        match self.venue {
            Venue::Whitebit => (Exchange::WhiteBit, Environment::Global),
            _ => (Exchange::Bybit, Environment::Mainnet),
        }
    }

    pub fn now_ms(&self) -> u64 {
        self.now_ms
    }

    fn host_ms(&self) -> u64 {
        self.now_ms.saturating_add_signed(self.skew_ms)
    }

    fn print(&mut self, value: &dyn std::fmt::Debug) {
        let _ = writeln!(self.printed, "{value:?}");
    }
}

/// A query parameter of a URL, as it stands there.
pub fn parameter(url: &str, name: &str) -> String {
    let found = url.split(['?', '&']).find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or("no such parameter").to_owned()
}
