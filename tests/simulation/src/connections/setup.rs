//! How the world of a schedule begins.

use super::types::{Case, Chances, Doing, Host};
use std::collections::BTreeMap;

use fastrand::Rng;
use venuekey::parts::*;
use venuekey_sandbox::venue::bybit::knobs::*;
use venuekey_sandbox::venue::whitebit::knobs::*;
use venuekey_sandbox::{Config, Sandbox};

use super::store::Store;
use super::{Ending, World};
use crate::browser::BASE;
use crate::chaos::pick;
use crate::connection::{CLIENT_SECRET, entropy};
use crate::entry::{Entry, Party, connect, redirect_uri};
use crate::knobs::Knobs;

pub static CASES: [Case; 6] = [
    Case {
        name: "whitebit tokens",
        venue: Venue::WHITEBIT,
        environment: VenueEnvironment::GLOBAL,
        party: Party::Confidential,
        goal: Goal::AccountTokens,
        read: "/whitebit/global/oauth2/api-key/info",
    },
    Case {
        name: "whitebit key",
        venue: Venue::WHITEBIT,
        environment: VenueEnvironment::GLOBAL,
        party: Party::Confidential,
        goal: Goal::ApiKey,
        read: "",
    },
    Case {
        name: "bybit tokens",
        venue: Venue::BYBIT,
        environment: VenueEnvironment::MAINNET,
        party: Party::Confidential,
        goal: Goal::AccountTokens,
        read: "/bybit/mainnet/oauth/v1/resource/restrict/uid_bearer",
    },
    Case {
        name: "bybit key",
        venue: Venue::BYBIT,
        environment: VenueEnvironment::MAINNET,
        party: Party::Confidential,
        goal: Goal::ApiKey,
        read: "",
    },
    Case {
        name: "bybit agent",
        venue: Venue::BYBIT,
        environment: VenueEnvironment::MAINNET,
        party: Party::Public,
        goal: Goal::ApiKey,
        read: "",
    },
    Case {
        name: "whitebit app",
        venue: Venue::WHITEBIT,
        environment: VenueEnvironment::GLOBAL,
        party: Party::Public,
        goal: Goal::ApiKey,
        read: "",
    },
];

impl World {
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        // The once-only secret has the most ways to be lost.
        let case = &CASES[[0, 0, 1, 1, 1, 2, 3, 4, 5][rng.usize(0..9)]];
        let chances = Chances::new(&mut rng);
        let entry = if case.venue == Venue::BYBIT && case.party == Party::Public && rng.bool() {
            Entry::Pasted
        } else {
            Entry::Code
        };
        let client_of = |party, entry| connect(case.venue, case.environment, party, entry, (BASE, CLIENT_SECRET));
        let client = client_of(case.party, entry).expect("an environment of the venue's");
        let mut config = Config { seed: rng.u64(..), knobs: knobs(&mut rng).into(), ..Config::default() };
        for venue in [Venue::WHITEBIT, Venue::BYBIT] {
            let clients = config.clients_mut(venue.as_str());
            clients[0].client_secret = CLIENT_SECRET.into();
            clients[0].redirect_uris = vec![redirect_uri(venue, case.environment, Party::Confidential, Entry::Code)];
        }
        let most_ms: i64 = if chances.steals { 10_800_000 } else { 60_000 };
        let count = [1, 2, 3, 4, 8, 64][rng.usize(0..6)];
        let hosts = (0..count).map(|_| Host { ahead_ms: 0, doing: Doing::Idle }).collect();
        let seals = rng.u8(0..8) == 0;
        let mut world = Self {
            sandbox: Sandbox::new(config).expect("a sound configuration"),
            store: Store::new(seals),
            rows: BTreeMap::new(),
            now_ms: 1_790_000_000_000,
            brought: Vec::new(),
            out: Vec::new(),
            is_rolled_back: false,
            calm: true,
            printed: String::new(),
            planted: vec![CLIENT_SECRET.into()],
            happened: BTreeMap::new(),
            pastes: entry == Entry::Pasted,
            rng,
            case,
            client,
            hosts,
            chances,
        };
        world.begin_first();
        world.calm = false;
        for host in &mut world.hosts {
            host.ahead_ms = pick(&mut world.rng, &[0, 1, -1]) * world.rng.i64(0..=most_ms);
        }
        world
    }

    /// One row: just begun, or connected already.
    fn begin_first(&mut self) {
        let keep_alive = pick(&mut self.rng, &[None, None, Some(KeepAlive::Access), Some(KeepAlive::Refresh)]);
        let options =
            ConnectOptions { keep_alive, label: Some("the first".into()), ..ConnectOptions::new("user-1", "client-1") };
        let consent = BeginOptions { callback_timeout_s: self.rng.u32(60..1800), ..self.consent() };
        let (entropy, now_ms) = (self.draw(), self.now_ms);
        let begun = if self.case.name == "whitebit key" && self.rng.u8(0..6) == 0 {
            let hand_off = self.hand_off();
            self.client
                .begin_connection_by_hand_off(hand_off.expose(), consent.on_secret_lost, options, now_ms)
                .expect("sound")
        } else {
            self.client.begin_connection(self.case.goal, options, consent, &entropy, now_ms).expect("supported")
        };
        self.add(&begun);
        // An app's account is connected at its backend, and here it has ended.
        if self.rng.bool() && !self.case.hands_off() {
            let id = begun.id().to_owned();
            self.connect(&id);
        }
    }

    /// What an app without the secret brings its backend.
    fn hand_off(&mut self) -> HandOff {
        let case = self.case;
        let app = connect(case.venue, case.environment, Party::Public, Entry::Code, (BASE, CLIENT_SECRET))
            .expect("it hands off");
        let entropy = entropy(&mut self.rng);
        let started = app.begin(Goal::ApiKey, self.consent(), &entropy, self.now_ms).expect("supported");
        self.visit("the app", started.authorize_url().expose(), "approve");
        let life = self.rows.remove("the app").unwrap_or_default();
        let callback = life.callback.expect("a user who approves comes back");
        let step = started.pending().receive_callback(&callback, self.now_ms).expect("this flow's callback");
        match step.flow().resume(self.now_ms) {
            Ok(Step::Done { outcome: Outcome::HandOff { hand_off }, .. }) => hand_off,
            other => panic!("{other:?}"),
        }
    }
}

/// Documentation variants that a connection can come to its end with.
fn knobs(rng: &mut Rng) -> Knobs {
    let mut knobs = Knobs::default();
    let w = &mut knobs.whitebit;
    w.variant = pick(rng, &[Variant::Old, Variant::New]);
    w.key_timing = pick(rng, &[KeyTiming::Before, KeyTiming::After]);
    w.key_delay_ms = rng.u64(0..15_000);
    w.code_ttl_s = 600;
    w.access_ttl_s = rng.bool().then(|| rng.u64(40..400));
    w.issue_refresh_token = rng.bool().then(|| rng.u8(0..4) > 0);
    w.delete_disabled_status = pick(rng, &[403, 404]);
    w.info_extended_statuses = rng.bool();
    w.plain_scopes = "general,apikeys.read".into();
    w.inactivity = pick(rng, &[Inactivity::Disable, Inactivity::Delete, Inactivity::Never]);
    let b = &mut knobs.bybit;
    b.access_ttl_s = rng.u64(20..86_400);
    b.issue_refresh_token = rng.u8(0..4) != 0;
    b.accept_refresh_without_secret = rng.bool();
    b.token_envelope = pick(rng, &[TokenEnvelope::Flat, TokenEnvelope::Result]);
    b.uid_shape = pick(rng, &[UidShape::ResultUid, UidShape::TopUid, UidShape::ScalarResult, UidShape::Absent]);
    b.ai_shape =
        pick(rng, &[AiShape::Accounts, AiShape::Array, AiShape::AlwaysList, AiShape::TopLevel, AiShape::CamelCase]);
    b.ai_list_keys = rng.bool();
    b.user_sub_accounts = rng.u8(0..=4);
    b.invalid_token_code = pick(rng, &[401, 10_001]);
    b.invalid_refresh_code = pick(rng, &[10_001, 10_004]);
    b.openapi_repeat = pick(rng, &[OpenapiRepeat::Same, OpenapiRepeat::New, OpenapiRepeat::Rotate]);
    knobs
}

impl Ending {
    /// Every case's name, for a run that must have had them all.
    pub fn cases() -> impl Iterator<Item = &'static str> {
        CASES.iter().map(|case| case.name)
    }
}
