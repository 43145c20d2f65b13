//! 64 workers over one connection's tokens: every action of each interleaved at random, against the sandbox.
//!
//! A worker loads, plans, saves, sends and stores as `SharedTokens` says, one action at a time; any other worker's
//! action may come between two of its own. With faults it dies, sleeps for minutes, or loses a reply anywhere. Each has
//! a clock of its own, and any two of them may be 2 min apart.

use std::collections::BTreeSet;

use fastrand::Rng;
use venuekey::parts::*;
use venuekey_sandbox::Sandbox;

use crate::connection::{Connection, entropy, get, reply};
use crate::knobs::Knobs;
use crate::store::{Saved, Store, Trouble};

const WORKERS: usize = 64;
/// What `SharedTokens` promises to bear.
pub const SKEW_MS: u64 = 120_000;

/// What may go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Faults {
    None,
    /// Requests that do not arrive, workers that die with a lease they have not used: nothing is lost at the venue.
    BeforeTheVenue,
    /// These, and replies that do not arrive or arrive minutes late, and workers that die with the new pair in their hands.
    Everywhere,
}

/// What happened in one run.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub reads: u64,
    /// Reads that met a pair which another worker had replaced since the plan.
    pub overtaken: u64,
    pub refreshes_sent: u64,
    /// Those that gave a new pair at the venue.
    pub refreshes_done: u64,
    pub most_for_one_generation: u64,
    /// Workers that were to refresh the last generation.
    pub leases_of_the_last: u64,
    pub limited: u64,
    pub generation: u64,
    /// The codes that workers were told to connect again with.
    pub ends: BTreeSet<&'static str>,
    /// Pairs that came after another worker had taken over.
    pub late: u64,
    /// Whether a pair was made at the venue that reached no store.
    pub pair_lost: bool,
}

enum Doing {
    Thinking { until_ms: u64, refused: Option<u64> },
    Using { tokens: Tokens, generation: u64, is_second: bool },
    Leasing { request: HttpRequest, next: SharedTokens },
    Sending { request: HttpRequest, next: SharedTokens },
    Waiting { reply: Result<HttpResponse, Delivery>, until_ms: u64, next: SharedTokens },
    Keeping { ours: SharedTokens, late: SharedTokens },
    Over,
}

pub struct Fleet {
    rng: Rng,
    venue: Venue,
    faults: Faults,
    client: Client,
    sandbox: Sandbox,
    store: Store,
    /// The text that was restored last, and what came of it: most loads find what another worker has found.
    restored: Option<(String, SharedTokens)>,
    tokens_id: String,
    workers: Vec<Doing>,
    /// How far each one's clock is ahead of the venue's.
    ahead_ms: Vec<i64>,
    now_ms: u64,
    sent_of: Vec<u64>,
    leases_of: Vec<u64>,
    report: Report,
}

impl Fleet {
    /// A connection, made through the consent page, and its tokens in the store. `skew_ms`: how far apart the clocks are.
    pub fn new(venue: Venue, seed: u64, faults: Faults, skew_ms: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let environment = if venue == Venue::WHITEBIT { VenueEnvironment::GLOBAL } else { VenueEnvironment::MAINNET };
        let mut knobs = Knobs::default();
        // The status of the key answers a token that counts, whether or not there is a key.
        knobs.whitebit.plain_scopes = "general,apikeys.read".into();
        let Connection { client, sandbox, tokens, now_ms } = Connection::new(venue, environment, &mut rng, knobs);
        let most = i64::try_from(skew_ms / 2).expect("minutes");
        let ahead_ms: Vec<i64> = (0..WORKERS)
            .map(|_| if rng.bool() { rng.i64(-most..=most) } else { [-most, most][rng.usize(..2)] })
            .collect();
        let shared = client.share_tokens(tokens, &entropy(&mut rng), by(ahead_ms[0], now_ms)).expect("it can refresh");
        let mut store = Store::default();
        assert_eq!(store.save(&shared.snapshot(), Trouble::None), Saved::Won);
        let workers = (0..WORKERS).map(|_| Doing::Thinking { until_ms: now_ms, refused: None }).collect();
        let tokens_id = shared.tokens_id().to_owned();
        let report = Report::default();
        Self {
            rng,
            venue,
            faults,
            client,
            sandbox,
            store,
            restored: None,
            tokens_id,
            workers,
            ahead_ms,
            now_ms,
            sent_of: vec![],
            leases_of: vec![],
            report,
        }
    }

    /// Runs for `hours` of the fleet's time, then lets every worker finish.
    pub fn run(mut self, hours: u64) -> Report {
        let ends_ms = self.now_ms + hours * 3_600_000;
        while self.workers.iter().any(|worker| !matches!(worker, Doing::Over)) {
            let ready: Vec<usize> = (0..WORKERS).filter(|index| self.is_ready(*index)).collect();
            if ready.is_empty() {
                self.now_ms = self.workers.iter().filter_map(due_ms).min().expect("somebody waits");
                continue;
            }
            let index = ready[self.rng.usize(0..ready.len())];
            let doing = std::mem::replace(&mut self.workers[index], Doing::Over);
            self.now_ms += self.rng.u64(0..3);
            self.workers[index] = match self.disturb(&doing) {
                Some(instead) => instead,
                None => self.act(index, doing, ends_ms),
            };
        }
        let stored = self.load();
        self.report.generation = stored.generation();
        self.report.most_for_one_generation = self.sent_of.iter().copied().max().unwrap_or(0);
        self.report.leases_of_the_last = self.leases_of.get(count(&stored)).copied().unwrap_or(0);
        self.report.pair_lost = self.report.refreshes_done + 1 > stored.generation();
        self.report
    }

    fn is_ready(&self, index: usize) -> bool {
        let doing = &self.workers[index];
        !matches!(doing, Doing::Over) && due_ms(doing).is_none_or(|due_ms| due_ms <= self.now_ms)
    }

    /// A worker dies and is started anew, or its machine stands still for a while.
    fn disturb(&mut self, doing: &Doing) -> Option<Doing> {
        let rate = match doing {
            _ if self.faults == Faults::None => return None,
            // Refreshes are rare, and what goes wrong there is what matters.
            Doing::Leasing { .. } | Doing::Sending { .. } => 12,
            Doing::Waiting { .. } | Doing::Keeping { .. } if self.faults == Faults::Everywhere => 50,
            Doing::Waiting { .. } | Doing::Keeping { .. } => return None,
            _ => 2_000,
        };
        if self.rng.u32(0..rate) > 0 {
            return None;
        }
        let back_ms = self.now_ms + self.rng.u64(1_000..120_000);
        Some(Doing::Thinking { until_ms: back_ms, refused: None })
    }

    fn act(&mut self, index: usize, doing: Doing, ends_ms: u64) -> Doing {
        // What this worker takes for the time.
        let clock_ms = by(self.ahead_ms[index], self.now_ms);
        match doing {
            Doing::Thinking { refused, .. } => self.plan(refused, clock_ms),
            Doing::Using { tokens, generation, is_second } => self.read(&tokens, generation, is_second, ends_ms),
            Doing::Leasing { request, next } => match self.store.save(&next.snapshot(), Trouble::None) {
                Saved::Won => {
                    count_one(&mut self.leases_of, &next);
                    Doing::Sending { request, next }
                }
                _ => self.think(250),
            },
            Doing::Sending { request, next } => self.refresh(&request, next, clock_ms),
            Doing::Waiting { reply, next, .. } => {
                let ours = match reply {
                    Ok(reply) => next.receive_response(&reply, clock_ms),
                    Err(delivery) => next.receive_no_response(delivery, clock_ms),
                }
                .expect("it was leased");
                Doing::Keeping { late: ours.clone(), ours }
            }
            Doing::Keeping { ours, late } => match self.store.save(&late.snapshot(), Trouble::None) {
                Saved::Won => self.think(0),
                _ => match self.load().merge(&ours).expect("its own tokens") {
                    Some(late) => {
                        self.report.late += 1;
                        Doing::Keeping { ours, late }
                    }
                    None => self.think(0),
                },
            },
            Doing::Over => Doing::Over,
        }
    }

    fn plan(&mut self, refused: Option<u64>, clock_ms: u64) -> Doing {
        match self.load().plan(clock_ms, refused).expect("milliseconds") {
            TokenPlan::Use { tokens, generation, .. } => {
                Doing::Using { tokens, generation, is_second: refused.is_some() }
            }
            TokenPlan::Refresh { request, next } => Doing::Leasing { request, next },
            TokenPlan::WaitUntil { until_ms, .. } => {
                // By its own clock, so it sleeps as long by any.
                Doing::Thinking { until_ms: self.now_ms + until_ms.saturating_sub(clock_ms), refused }
            }
            TokenPlan::Reauthorize { error } => {
                self.report.ends.insert(error.code().as_str());
                Doing::Over
            }
        }
    }

    /// A read with the token, by the rules of a partner's worker: refused once, it plans again.
    fn read(&mut self, tokens: &Tokens, generation: u64, is_second: bool, ends_ms: u64) -> Doing {
        let path = match self.venue {
            Venue::WHITEBIT => "/whitebit/global/oauth2/api-key/info",
            _ => "/bybit/mainnet/oauth/v1/resource/restrict/uid_bearer",
        };
        let (status, body) = get(&mut self.sandbox, path, tokens, self.now_ms);
        self.report.reads += 1;
        let is_refused = status == 401 || body.contains("33004");
        if is_refused {
            let has_moved_on = self.load().generation() > generation || self.load().lease_until_ms().is_some();
            self.report.overtaken += 1;
            assert!(self.faults != Faults::None || has_moved_on, "a pair that nobody has replaced is dead");
            assert!(self.faults != Faults::None || !is_second, "a second plan gave a dead pair");
            return Doing::Thinking { until_ms: self.now_ms, refused: Some(generation) };
        }
        assert_eq!(status, 200, "{body}");
        if self.now_ms > ends_ms { Doing::Over } else { self.think(20_000) }
    }

    fn refresh(&mut self, request: &HttpRequest, next: SharedTokens, clock_ms: u64) -> Doing {
        // What the host contract asks for: a machine that stood still leaves the lease to others.
        let until_ms = next.lease_until_ms().expect("leased");
        if clock_ms + u64::from(request.timeout_hint_ms()) > until_ms {
            return self.think(250);
        }
        let lost_before = self.faults != Faults::None && self.rng.u8(0..10) == 0;
        let lost_after = self.faults == Faults::Everywhere && self.rng.u8(0..50) == 0;
        if lost_before {
            let (delivery, takes_ms) =
                if self.rng.bool() { (Delivery::NotSent, 300) } else { (Delivery::Unknown, 30_000) };
            return Doing::Waiting { reply: Err(delivery), until_ms: self.now_ms + takes_ms, next };
        }
        count_one(&mut self.sent_of, &next);
        self.report.refreshes_sent += 1;
        let reply = reply(&mut self.sandbox, request, self.now_ms);
        self.report.limited += u64::from(reply.status() == 429);
        let text = String::from_utf8_lossy(reply.body()).into_owned();
        self.report.refreshes_done += u64::from(text.contains("access_token"));
        match lost_after {
            true => Doing::Waiting { reply: Err(Delivery::Unknown), until_ms: self.now_ms + 30_000, next },
            false => {
                let stands_still = self.faults == Faults::Everywhere && self.rng.u8(0..20) == 0;
                let takes_ms = if stands_still { self.rng.u64(50_000..400_000) } else { self.rng.u64(20..900) };
                Doing::Waiting { reply: Ok(reply), until_ms: self.now_ms + takes_ms, next }
            }
        }
    }

    fn think(&mut self, at_most_ms: u64) -> Doing {
        // Bybit's tokens live for a day.
        let at_most_ms = if self.venue == Venue::BYBIT { at_most_ms * 100 } else { at_most_ms };
        Doing::Thinking { until_ms: self.now_ms + self.rng.u64(0..=at_most_ms), refused: None }
    }

    fn load(&mut self) -> SharedTokens {
        let text = self.store.load().expect("stored");
        if let Some((known, shared)) = &self.restored
            && known == text
        {
            return shared.clone();
        }
        let shared = self.client.restore_tokens(text).expect("its own text");
        assert_eq!(shared.tokens_id(), self.tokens_id);
        self.restored = Some((text.to_owned(), shared.clone()));
        shared
    }
}

fn count(tokens: &SharedTokens) -> usize {
    usize::try_from(tokens.generation()).expect("small")
}

fn count_one(counts: &mut Vec<u64>, of: &SharedTokens) {
    counts.resize(counts.len().max(count(of) + 1), 0);
    counts[count(of)] += 1;
}

fn by(ahead_ms: i64, now_ms: u64) -> u64 {
    now_ms.saturating_add_signed(ahead_ms)
}

fn due_ms(doing: &Doing) -> Option<u64> {
    match doing {
        Doing::Thinking { until_ms, .. } | Doing::Waiting { until_ms, .. } => Some(*until_ms),
        _ => None,
    }
}
