//! How a schedule's world begins.

use std::collections::BTreeSet;

use fastrand::Rng;
use venuekey::*;
use venuekey_sandbox::{Config, Sandbox, venue};

use crate::browser::BASE;
use crate::chaos::{self, pick};
use crate::itinerary::Itinerary;
use crate::label::event;
use crate::store::{Saved, Store, Trouble};
use crate::wire::parameter;
use crate::worker::{End, Worker};
use crate::world::World;

pub const CLIENT_SECRET: &str = "canary-client-secret-4711";

impl World {
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let (graph, itinerary) = Itinerary::of_schedule(seed, &mut rng);
        let redirect_uri = format!("http://127.0.0.1:2/cb/{}", graph.venue.as_str());
        let mut knobs = chaos::knobs(&mut rng);
        if let Some(itinerary) = &itinerary {
            chaos::favour(&mut knobs, itinerary, &mut rng);
        }
        let mut config = Config { seed: rng.u64(..), knobs, ..Config::default() };
        for clients in [&mut config.whitebit_clients, &mut config.bybit_clients] {
            clients[0].client_secret = CLIENT_SECRET.into();
            clients[0].redirect_uris = vec![redirect_uri.clone()];
        }
        // Tokens come from a connection, so only environments that offer one will do.
        let connects = |environment: &Environment| {
            let client = connect(graph.venue, *environment, &redirect_uri);
            [Goal::ApiKey, Goal::AccountTokens].into_iter().find(|goal| client.supports(goal_operation(*goal)))
        };
        let places: Vec<Environment> = graph.environments.iter().filter(|e| connects(e).is_some()).copied().collect();
        let environment = pick(&mut rng, &places);
        let client = connect(graph.venue, environment, &redirect_uri);
        let goal = match graph.operation {
            FlowOperation::AccountTokens => Goal::AccountTokens,
            FlowOperation::ApiKey => Goal::ApiKey,
            _ => connects(&environment).expect("one of those that connect"),
        };
        let either = pick(&mut rng, &[SecretLost::Report, SecretLost::DeleteAndReport]);
        let on_secret_lost = itinerary.as_ref().map_or(either, Itinerary::on_secret_lost);
        let options = BeginOptions { callback_timeout_s: rng.u32(60..1800), on_secret_lost };
        let now_ms = 1_790_000_000_000;
        let started = client.begin(goal, options, &entropy(&mut rng), now_ms).expect("supported");
        let mut store = Store::default();
        assert_eq!(store.save(&started.pending().snapshot(), Trouble::None), Saved::Won);
        let authorize_url = started.authorize_url().expose().to_owned();
        let mut world = Self {
            workers: (0..rng.usize(2..=8)).map(|_| Worker::Idle).collect(),
            sandbox: Sandbox::new(config),
            planted: vec![CLIENT_SECRET.into(), parameter(&authorize_url, "state")],
            recoveries: Vec::new(),
            refused: BTreeSet::new(),
            was_robbed: false,
            printed: String::new(),
            skew_ms: 0,
            callback: None,
            calm: false,
            edges: BTreeSet::new(),
            way_on: None,
            rng,
            graph,
            environment,
            itinerary,
            on_secret_lost,
            store,
            client,
            now_ms,
            authorize_url,
        };
        world.print(&started);
        if goal_operation(goal) != graph.operation {
            world.begin_with_tokens();
        }
        world
    }

    /// A connection without trouble, and then the operation that needs its tokens.
    fn begin_with_tokens(&mut self) {
        let itinerary = self.itinerary.take();
        let knobs = self.sandbox.knobs().clone();
        let mut healthy = knobs.clone();
        healthy.whitebit.ip_allowlisted = true;
        healthy.whitebit.code_ttl_s = 600;
        healthy.whitebit.issue_refresh_token = Some(true);
        healthy.bybit.issue_refresh_token = true;
        if !healthy.whitebit.granted_scopes.contains("apikeys.read") {
            healthy.whitebit.granted_scopes = "apikeys.create,apikeys.read,apikeys.delete".into();
        }
        healthy.whitebit.key_timing = venuekey_sandbox::knobs::KeyTiming::Before;
        self.sandbox.set_knobs(healthy, self.now_ms).expect("sound knobs");
        self.calm = true;
        self.visit("approve", "123456");
        let callback = self.callback.clone().expect("a user who approves comes back");
        let (flow, host_ms) = (self.stored(), self.host_ms());
        let step = flow.receive_callback(&callback, host_ms).expect("this flow's callback");
        self.hold(0, &flow, event::CODE, step);
        let End::Done(outcome) = self.finish() else { panic!("a healthy connection fails: {:?}", self.stored()) };
        self.calm = false;
        self.sandbox.set_knobs(knobs, self.now_ms).expect("sound knobs");
        self.itinerary = itinerary;
        self.edges.clear();

        let tokens = outcome.tokens().clone();
        let operation = self.graph.operation;
        // A host may have kept the access token only.
        let tokens = if operation != FlowOperation::RefreshTokens && self.itinerary.is_none() && self.rng.bool() {
            let access_token = tokens.access_token().clone();
            Tokens::new(access_token, None, tokens.expires_at_ms(), None, vec![]).expect("sound")
        } else {
            tokens
        };
        // The user may come back at once, or when the access token is over.
        let over = |itinerary: &Itinerary| itinerary.begins_at("send refresh_tokens, for");
        self.now_ms = match self.itinerary.as_ref().map(over) {
            Some(true) => tokens.expires_at_ms() - self.rng.u64(0..30_000),
            None if self.rng.bool() => self.now_ms + self.rng.u64(0..400_000),
            _ => self.now_ms,
        };
        let entropy = entropy(&mut self.rng);
        let step = match (operation, &outcome) {
            (FlowOperation::RefreshTokens, _) => self.client.refresh_tokens(&tokens, &entropy, self.now_ms),
            (FlowOperation::CheckKey, _) => self.client.check_key(&tokens, &entropy, self.now_ms),
            (FlowOperation::DeleteKey, Outcome::ApiKey { key, .. }) => {
                let id = key.external_id().expect("WhiteBIT's keys have an id");
                self.client.delete_key(&tokens, id, &entropy, self.now_ms)
            }
            _ => panic!("nobody has said how {} begins", operation.as_str()),
        };
        let step = step.expect("supported");
        self.store = Store::default();
        assert_eq!(self.store.save(&step.flow().snapshot(), Trouble::None), Saved::Won);
        self.workers[0] = Worker::Saved(step);
    }

    /// The same venue and environment as the sandbox names them.
    pub fn place(&self) -> (venue::Venue, venue::Environment) {
        match self.environment {
            Environment::Global => (venue::Venue::WhiteBit, venue::Environment::Global),
            Environment::Eu => (venue::Venue::WhiteBit, venue::Environment::Eu),
            Environment::Mainnet => (venue::Venue::Bybit, venue::Environment::Mainnet),
            Environment::Testnet => (venue::Venue::Bybit, venue::Environment::Testnet),
        }
    }
}

fn goal_operation(goal: Goal) -> FlowOperation {
    match goal {
        Goal::AccountTokens => FlowOperation::AccountTokens,
        Goal::ApiKey => FlowOperation::ApiKey,
    }
}

fn entropy(rng: &mut Rng) -> Entropy {
    Entropy::new(std::array::from_fn(|_| rng.u8(..)))
}

fn connect(venue: Venue, environment: Environment, redirect_uri: &str) -> Client {
    let credentials = Credentials::Confidential {
        client_id: format!("demo-{}", venue.as_str()),
        client_secret: Secret::new(CLIENT_SECRET),
    };
    let mut config = ClientConfig::new(venue, environment, credentials, redirect_uri);
    let base = format!("{BASE}/{}/{}", venue.as_str(), environment.as_str());
    config.authorize_base = Some(base.clone());
    config.api_base = Some(base);
    Client::new(config).expect("a valid configuration")
}
