//! The world and its turns.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use fastrand::Rng;
use serde_json::Value;
use venuekey::parts::*;
use venuekey_sandbox::Sandbox;

use crate::browser::parameter;
use crate::chaos;
use crate::entry::Entry;
use crate::explore::{Edge, Graph};
use crate::itinerary::Itinerary;
use crate::label::{Position, event};
use crate::pending::Pending;
use crate::store::{Saved, Store, Trouble};
use crate::worker::{End, Worker};

/// How the schedule came out, for the statistics of a run.
pub struct Ending {
    pub graph: &'static Graph,
    pub end: String,
    pub turns: u32,
    /// Every transition any worker made.
    pub edges: BTreeSet<Edge>,
}

pub struct World {
    pub rng: Rng,
    pub sandbox: Sandbox,
    pub graph: &'static Graph,
    pub environment: VenueEnvironment,
    pub itinerary: Option<Itinerary>,
    pub on_secret_lost: LostSecretPolicy,
    pub entry: Entry,
    pub pending: Pending,
    /// What was recovered from, in order.
    pub recoveries: Vec<Recovery>,
    /// The requests that the sandbox refused before any effect, by their number.
    pub refused: BTreeSet<u64>,
    /// The user's choices that were saved, by the revision that holds them.
    pub choices: BTreeMap<u64, String>,
    /// Requests for a new account: whose choice asked for it, and its number.
    pub creations: Vec<(Option<u64>, u64)>,
    /// Those that somebody else sent.
    pub elsewhere: BTreeSet<u64>,
    /// Accounts that were there before others took their place.
    pub past_accounts: Vec<Value>,
    /// Somebody outside the flow has read the secret.
    pub was_robbed: bool,
    /// Everything any value printed of itself; no secret may be in it.
    pub printed: String,
    /// Secrets no sandbox knows of: states, codes, verifiers.
    pub planted: Vec<String>,
    pub store: Store,
    pub client: Client,
    pub now_ms: u64,
    /// The hosts' clock is off by so much.
    pub skew_ms: i64,
    pub workers: Vec<Worker>,
    pub authorize_url: String,
    /// It is that of the connection whose key is to be replaced; the flow's own has not been asked for.
    pub has_old_url: bool,
    pub callback: Option<String>,
    pub calm: bool,
    pub edges: BTreeSet<Edge>,
    /// How the stored flow can be recovered, if it has failed.
    pub way_on: Option<Recovery>,
}

impl World {
    /// Chaos, then calm until the flow has ended, then its recoveries.
    pub fn run(mut self) -> Ending {
        let mut guided = 0;
        while self.itinerary.is_some() && guided < 500 {
            self.guided_turn();
            guided += 1;
        }
        self.itinerary = None;
        let turns = self.rng.u32(if guided > 0 { 0..100 } else { 20..400 });
        (0..turns).for_each(|_| self.turn());
        self.calm = true;
        self.skew_ms = 0;
        self.sandbox.clear_faults();
        self.workers.iter_mut().for_each(|worker| *worker = Worker::Idle);
        let mut end = self.finish();
        for _ in 0..4 {
            let End::Failed(_, Some(_)) = &end else { break };
            self.recover(0);
            end = self.finish();
        }
        self.check(&end);
        let end = match end {
            End::Done(outcome) => format!("done {}", outcome.name()),
            End::Failed(error, _) => error.code().as_str().to_owned(),
        };
        Ending { graph: self.graph, end, turns: guided + turns, edges: self.edges }
    }

    pub fn turn(&mut self) {
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
                let action = chaos::mishap(&mut self.rng);
                self.user_acts(action);
            }
            89 if self.recoveries.len() < 6 && !self.someone_works() => self.recover(index),
            90 if self.rng.u8(0..8) == 0 => self.something_else_changes(),
            _ => self.now_ms += self.rng.u64(0..8_000),
        }
    }

    pub fn someone_works(&self) -> bool {
        self.workers.iter().any(|worker| !matches!(worker, Worker::Idle))
    }

    /// One healthy worker, whatever was left behind, until the flow has ended.
    pub fn finish(&mut self) -> End {
        for _ in 0..2_000 {
            if let Some(end) = self.ended() {
                return end;
            }
            match &self.workers[0] {
                Worker::Idle if self.is_unclaimed() => {
                    if let Some(error) = self.claim(0) {
                        return End::Failed(error, None);
                    }
                }
                Worker::Idle => match self.stored().status() {
                    FlowStatus::AwaitingChoice => self.choose(0, None),
                    FlowStatus::AwaitingCallback { expires_at_ms } => {
                        // The user never came back: the deadline passes.
                        self.now_ms = self.now_ms.max(expires_at_ms);
                        self.pick_up(0);
                    }
                    _ => self.pick_up(0),
                },
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
        if self.is_unclaimed() {
            return None;
        }
        let flow = self.stored();
        let ended =
            matches!(flow.status(), FlowStatus::Done | FlowStatus::Failed) && matches!(self.workers[0], Worker::Idle);
        ended.then(|| End::of(&flow.resume(self.host_ms()).expect("an ended flow tells its end"))).flatten()
    }

    /// A worker takes the stored flow up, as after a restart.
    pub fn pick_up(&mut self, index: usize) {
        if self.is_unclaimed() {
            self.claim(index);
            return;
        }
        let flow = self.stored();
        let awaits =
            matches!(flow.status(), FlowStatus::AwaitingCallback { expires_at_ms } if self.host_ms() < expires_at_ms);
        match flow.resume(self.host_ms()) {
            Ok(step) => self.hold(index, &flow, &self.resumed(&flow), step),
            Err(error) => assert!(awaits && error.code() == ErrorCode::WrongState, "{error}"),
        }
    }

    /// Goes on with the stored flow if it has failed and names a way on.
    pub fn recover(&mut self, index: usize) {
        if self.way_on.is_some() {
            let flow = self.stored();
            let step = flow.recover(self.host_ms()).expect("a named recovery works");
            self.hold(index, &flow, event::RECOVER, step);
        }
    }

    /// What `resume` means to a flow now.
    fn resumed(&self, flow: &Flow) -> String {
        let event = match flow.status() {
            FlowStatus::AwaitingCallback { .. } => event::DEADLINE,
            FlowStatus::InFlight => event::NO_REPLY,
            FlowStatus::Waiting { until_ms } if self.host_ms() < until_ms => event::TOO_EARLY,
            FlowStatus::Waiting { .. } => event::WAIT_OVER,
            FlowStatus::Ready | FlowStatus::AwaitingChoice | FlowStatus::Done | FlowStatus::Failed => event::RESUME,
        };
        event.to_owned()
    }

    /// One small step of one worker.
    pub fn work(&mut self, index: usize) {
        let host_ms = self.host_ms();
        match std::mem::replace(&mut self.workers[index], Worker::Idle) {
            Worker::Idle => {}
            // Ends and questions are saved already.
            Worker::Holds(step) if is_saved(&step) => {}
            Worker::Holds(step) => match self.save(step.flow()) {
                Saved::Won => self.workers[index] = Worker::Saved(step),
                // The host retries what it holds, or gives up; here both happen.
                Saved::Unknown if self.rng.bool() => self.workers[index] = Worker::Holds(step),
                Saved::Unknown | Saved::Lost => {}
            },
            Worker::Saved(step) => match step {
                Step::Send { request, next } => {
                    let (reply, event) = self.send(&request, &next);
                    self.workers[index] = Worker::Sent { next, reply, event };
                }
                Step::Save { next } => self.resume(index, &next),
                Step::Wait { until_ms, next, .. } => self.workers[index] = Worker::Sleeps { until_ms, next },
                Step::Choose { .. } | Step::Authorize { .. } | Step::Failed { .. } | Step::Done { .. } => {}
            },
            Worker::Sent { next, reply, event } => {
                let step = match reply {
                    Some(response) => next.receive_response(&response, host_ms),
                    None if event == event::NOT_SENT => next.receive_no_response(Delivery::NotSent, host_ms),
                    None => next.receive_no_response(Delivery::Unknown, host_ms),
                };
                self.hold(index, &next, &event, step.expect("the loop calls what the state allows"));
            }
            Worker::Sleeps { until_ms, next } => {
                if host_ms >= until_ms || self.rng.u8(0..20) == 0 {
                    self.resume(index, &next);
                } else {
                    self.workers[index] = Worker::Sleeps { until_ms, next };
                }
            }
        }
    }

    pub fn resume(&mut self, index: usize, flow: &Flow) {
        let step = flow.resume(self.host_ms()).expect("the loop calls what the state allows");
        self.hold(index, flow, &self.resumed(flow), step);
    }

    /// The host's save, which may fail before or after it has happened.
    fn save(&mut self, flow: &Flow) -> Saved {
        let trouble = match self.rng.u8(0..100) {
            _ if self.calm => Trouble::None,
            0..4 if self.itinerary.is_none() => Trouble::FailsBefore,
            4..8 if self.itinerary.is_none() => Trouble::FailsAfter,
            8 => Trouble::FailsAfter,
            _ => Trouble::None,
        };
        let before = self.store.revision();
        let saved = self.store.save(&flow.snapshot(), trouble);
        if self.store.revision() != before {
            let position = Position::of(flow);
            if position.state() == "ready" {
                match position.stage() {
                    "create_subaccount" => self.choices.insert(flow.revision(), CREATE_SUBACCOUNT.into()),
                    "fetch_subaccount_key" => {
                        let id = position.text("/state/work/context/sub_member_id").to_owned();
                        self.choices.insert(flow.revision(), id)
                    }
                    _ => None,
                };
            }
            // Whatever follows a failed flow is its recovery.
            self.recoveries.extend(self.way_on.take());
            if flow.status() == FlowStatus::Failed
                && let Ok(Step::Failed { recovery, .. }) = flow.resume(self.host_ms())
            {
                self.way_on = recovery;
            }
        }
        saved
    }

    /// A worker gets the step that `event` made of `flow`.
    pub fn hold(&mut self, index: usize, flow: &Flow, event: &str, step: Step) {
        self.print(&step);
        self.print(&step.flow().clone());
        self.print(&step.flow().snapshot());
        if let Step::Authorize { authorize_url, .. } = &step {
            self.authorize_url = authorize_url.expose().to_owned();
            self.planted.push(parameter(&self.authorize_url, "state"));
            self.has_old_url = false;
        }
        if !is_saved(&step) {
            self.note(Position::of(flow).label(), event, step.flow());
        }
        self.workers[index] = Worker::Holds(step);
    }

    pub fn host_ms(&self) -> u64 {
        self.now_ms.saturating_add_signed(self.skew_ms)
    }

    pub fn print(&mut self, value: &dyn std::fmt::Debug) {
        let _ = writeln!(self.printed, "{value:?}");
    }
}

/// Steps that tell what the store holds already.
fn is_saved(step: &Step) -> bool {
    matches!(step, Step::Choose { .. } | Step::Authorize { .. } | Step::Failed { .. } | Step::Done { .. })
}
