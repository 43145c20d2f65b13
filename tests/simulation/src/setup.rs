//! How a schedule's world begins.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use venuekey::parts::*;
use venuekey_sandbox::venue::whitebit::knobs::KeyTiming;
use venuekey_sandbox::{Config, Sandbox};

use crate::browser::{BASE, parameter};
use crate::chaos::{self, pick};
use crate::connection::{CLIENT_SECRET, entropy};
use crate::entry::{Entry, Party, connect, goal, redirect_uri, response_type};
use crate::itinerary::Itinerary;
use crate::knobs::Knobs;
use crate::label::{CHECK_OLD_KEY, event};
use crate::pending::Pending;
use crate::store::{Saved, Store, Trouble};
use crate::worker::{End, Worker};
use crate::world::World;

impl World {
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let (graph, itinerary) = Itinerary::of_schedule(seed, &mut rng);
        let mut knobs = chaos::knobs(&mut rng);
        if let Some(itinerary) = &itinerary {
            chaos::favour(&mut knobs, itinerary, &mut rng);
        }
        // Tokens come from a connection; where there is more than one kind, from any.
        let environment = pick(&mut rng, &graph.environments);
        let client = |party, entry| connect(graph.venue, environment, party, entry, (BASE, CLIENT_SECRET));
        let entry = itinerary.as_ref().map(|itinerary| itinerary.entry(graph, &mut rng));
        let entry = entry.unwrap_or_else(|| pick(&mut rng, graph.entries));
        let client_of = |entry| client(graph.party, entry).expect("an environment of its own graph");
        let goals: Vec<Goal> = match goal(graph.operation) {
            Some(goal) => vec![goal],
            None => {
                Goal::ALL.iter().copied().filter(|goal| goal_fits(graph.operation, *goal, &client_of(entry))).collect()
            }
        };
        let goal = pick(&mut rng, &goals);
        let mut config = Config { seed: rng.u64(..), knobs: knobs.into(), ..Config::default() };
        for venue in [Venue::WHITEBIT, Venue::BYBIT] {
            let clients = config.clients_mut(venue.as_str());
            clients[0].client_secret = CLIENT_SECRET.into();
            clients[0].redirect_uris = vec![redirect_uri(venue, environment, Party::Confidential, Entry::Code)];
        }
        let either = pick(&mut rng, &[LostSecretPolicy::Report, LostSecretPolicy::DeleteAndReport]);
        let on_secret_lost = itinerary.as_ref().map_or(either, Itinerary::on_secret_lost);
        let options = BeginOptions {
            callback_timeout_s: rng.u32(60..1800),
            on_secret_lost,
            response_type: response_type(entry),
            expected_uid: None,
            key_request: None,
        };
        let now_ms = 1_790_000_000_000;
        let begins = match entry {
            Entry::HandOff => client(Party::Public, Entry::Code).expect("the app of the same environment"),
            _ => client_of(entry),
        };
        let started = begins.begin(goal, options.clone(), &entropy(&mut rng), now_ms).expect("supported");
        let authorize_url = started.authorize_url().expose().to_owned();
        let mut world = Self {
            workers: (0..rng.usize(2..=8)).map(|_| Worker::Idle).collect(),
            sandbox: Sandbox::new(config).expect("a sound configuration"),
            planted: vec![CLIENT_SECRET.into(), parameter(&authorize_url, "state")],
            pending: Pending::Stored,
            recoveries: Vec::new(),
            refused: BTreeSet::new(),
            choices: BTreeMap::new(),
            creations: Vec::new(),
            elsewhere: BTreeSet::new(),
            past_accounts: Vec::new(),
            was_robbed: false,
            printed: String::new(),
            skew_ms: 0,
            callback: None,
            has_old_url: false,
            calm: false,
            edges: BTreeSet::new(),
            way_on: None,
            client: client_of(entry),
            store: Store::default(),
            rng,
            graph,
            environment,
            entry,
            itinerary,
            on_secret_lost,
            now_ms,
            authorize_url,
        };
        world.print(&started);
        match entry {
            Entry::HandOff => world.begin_in_the_app(&started),
            Entry::Tokens => world.begin_with_tokens(&started, options),
            _ => world.keep(&started),
        }
        world
    }

    /// The host keeps the pending flow: in its store, or in the browser's cookie.
    fn keep(&mut self, started: &Started) {
        self.begun(event::BEGIN, started.pending());
        if self.rng.u8(0..4) == 0 {
            self.pending = Pending::seal(started.pending(), &mut self.rng);
        } else {
            assert_eq!(self.store.save(&started.pending().snapshot(), Trouble::None), Saved::Won);
        }
    }

    /// An app without a secret has the user's consent, and all it can do is hand it off.
    fn begin_in_the_app(&mut self, started: &Started) {
        self.visit("approve", "123456");
        let callback = self.callback.clone().expect("a user who approves comes back");
        let step = started.pending().receive_callback(&callback, self.now_ms).expect("this flow's callback");
        self.print(&step);
        let ended = step.flow().resume(self.now_ms);
        let Ok(Step::Done { outcome: Outcome::HandOff { hand_off }, .. }) = ended else { panic!("{ended:?}") };
        self.print(&hand_off);
        self.pending = Pending::hand_off(&hand_off);
    }

    /// A connection without trouble, and then the operation that needs its tokens.
    fn begin_with_tokens(&mut self, started: &Started, options: BeginOptions) {
        assert_eq!(self.store.save(&started.pending().snapshot(), Trouble::None), Saved::Won);
        let itinerary = self.itinerary.take();
        let knobs = Knobs::of(&self.sandbox);
        let mut healthy = knobs.clone();
        healthy.whitebit.ip_allowlisted = true;
        healthy.whitebit.code_ttl_s = 600;
        healthy.whitebit.issue_refresh_token = Some(true);
        healthy.bybit.issue_refresh_token = true;
        healthy.bybit.user_two_factor = true;
        if !healthy.whitebit.granted_scopes.contains("apikeys.read") {
            healthy.whitebit.granted_scopes = "apikeys.create,apikeys.read,apikeys.delete".into();
        }
        let lacks_scope = |itinerary: &Itinerary| itinerary.wants(CHECK_OLD_KEY, "200, active key");
        let is_reissue = self.graph.operation == FlowOperation::ReissueKey;
        if is_reissue && !itinerary.as_ref().is_some_and(lacks_scope) {
            // What is lacking may still be lacking in the grant that follows.
            healthy.whitebit.granted_scopes = "apikeys.create,apikeys.read,apikeys.delete".into();
        }
        healthy.whitebit.key_timing = KeyTiming::Before;
        self.turn_knobs(|knobs| *knobs = healthy);
        self.calm = true;
        self.visit("approve", "123456");
        let callback = self.callback.clone().expect("a user who approves comes back");
        let (flow, host_ms) = (self.stored(), self.host_ms());
        let step = flow.receive_callback(&callback, host_ms).expect("this flow's callback");
        self.hold(0, &flow, event::CODE, step);
        let End::Done(outcome) = self.finish() else { panic!("a healthy connection fails: {:?}", self.stored()) };
        self.calm = false;
        self.turn_knobs(|turned| *turned = knobs);
        self.itinerary = itinerary;
        self.edges.clear();
        self.choices.clear();
        // They were the connection's, and no choice of this flow's.
        let made_before = std::mem::take(&mut self.creations);
        self.elsewhere.extend(made_before.into_iter().map(|(_, seq)| seq));

        let tokens = outcome.tokens().expect("a connection brings tokens").clone();
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
            (FlowOperation::SwitchSubaccount, _) => self.client.switch_subaccount(&tokens, &entropy, self.now_ms),
            (FlowOperation::CheckKey, _) => self.client.check_key(&tokens, &entropy, self.now_ms),
            (FlowOperation::DeleteKey, Outcome::ApiKey { key, .. }) => {
                let id = key.external_id().expect("WhiteBIT's keys have an id");
                self.client.delete_key(&tokens, id, &entropy, self.now_ms)
            }
            (FlowOperation::ReissueKey, Outcome::ApiKey { key, .. }) => {
                let id = key.external_id().expect("WhiteBIT's keys have an id");
                (self.has_old_url, self.callback) = (true, None);
                self.client.reissue_key(&tokens, id, options, &entropy, self.now_ms)
            }
            _ => panic!("nobody has said how {} begins", operation.as_str()),
        };
        let step = step.expect("supported");
        self.store = Store::default();
        assert_eq!(self.store.save(&step.flow().snapshot(), Trouble::None), Saved::Won);
        self.begun(event::BEGIN, step.flow());
        self.workers[0] = Worker::Saved(step);
    }
}

/// Whether a connection for this goal brings what the operation needs.
fn goal_fits(operation: FlowOperation, of: Goal, client: &Client) -> bool {
    let makes_key = of == Goal::ApiKey;
    let connection = if makes_key { FlowOperation::ApiKey } else { FlowOperation::AccountTokens };
    client.supports(connection) && (makes_key || operation == FlowOperation::RefreshTokens)
}
