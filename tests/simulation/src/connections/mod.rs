//! Connections in one store, up to 64 workers, an app's requests, and users: every step of each interleaved at random.
//!
//! A host takes a row and does what its `ConnectionDriver` says, one action at a time; between an action and its outcome,
//! and between any two of them, anything else may happen. It dies, stops, sleeps for minutes with a reply in its hands,
//! loses its lease; its clock is up to 2 min off; the store fails, lies, or comes back from a backup; users click twice.
//! Then the world calms down, and the promises are checked against what the sandbox recorded.

mod calm;
mod chaos;
pub mod document;
mod explore;
mod host;
mod keys;
mod promises;
mod setup;
mod store;
mod types;
mod venue;
mod web;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use fastrand::Rng;
use venuekey::parts::*;
use venuekey_sandbox::Sandbox;

use store::Store;
use types::Case;
use types::Chances;
use types::{Brought, Known, Out};
use types::{Doing, Host};

/// How a schedule came out, for the statistics of a run.
pub struct Ending {
    pub case: &'static str,
    /// Where its first row came to.
    pub end: String,
    /// What happened on the way.
    pub happened: BTreeMap<&'static str, u32>,
}

/// What the world knows of one row besides what the store has.
#[derive(Default)]
pub struct Life {
    /// When it began.
    pub since_ms: u64,
    /// What the host's hook has heard, by its number.
    pub heard: BTreeMap<u64, ConnectionEvent>,
    /// What the user's browser brings back next.
    pub callback: Option<String>,
    /// What it brought before.
    pub old_callbacks: Vec<String>,
    /// The consent that the user has been to.
    pub visited: String,
    /// Somebody deleted it by hand: how often the store had been written to by then, the last time.
    pub deleted_at: Option<usize>,
    /// What the app has sent its backend.
    pub sent_off: Vec<HandOff>,
    /// The ids of keys whose secret it has asked for.
    pub asked_for: BTreeSet<String>,
    pub keys: Known,
}

pub struct World {
    rng: Rng,
    case: &'static Case,
    client: Client,
    /// Whether the user may bring the code by hand.
    pastes: bool,
    sandbox: Sandbox,
    store: Store,
    hosts: Vec<Host>,
    rows: BTreeMap<String, Life>,
    now_ms: u64,
    chances: Chances,
    brought: Vec<Brought>,
    /// Requests that may be on their way.
    out: Vec<Out>,
    /// The store has lost what it said it had.
    is_rolled_back: bool,
    calm: bool,
    /// Everything any value printed of itself; no secret may be in it.
    printed: String,
    /// Secrets no sandbox knows of.
    planted: Vec<String>,
    happened: BTreeMap<&'static str, u32>,
}

impl World {
    /// Chaos, then calm until all rows rest, then the promises.
    pub fn run(mut self) -> Ending {
        for _ in 0..self.chances.turns {
            self.turn();
        }
        self.calm_down();
        self.check();
        let first = self.rows.keys().next().cloned().unwrap_or_default();
        let end = self.stored(&first, self.now_ms).map_or("gone".into(), |row| {
            let error = row.error().map_or("", |error| error.code().as_str());
            format!("{} {error}", row.status().as_str()).trim_end().to_owned()
        });
        Ending { case: self.case.name, end, happened: self.happened }
    }

    fn turn(&mut self) {
        let busy: Vec<usize> = (0..self.hosts.len()).filter(|index| self.is_ready(*index)).collect();
        if self.rng.u32(0..1000) < self.chances.trouble {
            self.disturb();
        }
        match self.rng.u8(0..100) {
            0..72 if !busy.is_empty() => {
                let index = busy[self.rng.usize(0..busy.len())];
                self.step(index);
            }
            0..82 => self.poll(),
            82..86 => self.open_session(),
            86..96 => self.browse(),
            _ => self.pass_time(),
        }
    }

    /// A worker looks for rows that are due, by its own clock and the store's column.
    fn poll(&mut self) {
        let index = self.rng.usize(0..self.hosts.len());
        if !matches!(self.hosts[index].doing, Doing::Idle) || self.store.down_until_ms > self.now_ms {
            return;
        }
        let host_ms = self.host_ms(index);
        let due: Vec<String> = self
            .store
            .rows()
            .filter(|(_, row)| row.due_at_ms.is_some_and(|due_ms| due_ms <= host_ms))
            .map(|(id, _)| id.clone())
            .collect();
        if !due.is_empty() {
            let id = due[self.rng.usize(0..due.len())].clone();
            self.take_up(index, &id);
        }
    }

    /// Time runs to where something happens next, or a little.
    fn pass_time(&mut self) {
        let busy = self.hosts.iter().filter_map(|host| host.doing.at_ms()).min();
        let due = self.store.rows().filter_map(|(_, row)| row.due_at_ms).min();
        let is_idle = self.hosts.iter().all(|host| matches!(host.doing, Doing::Idle));
        let next = if is_idle { due } else { busy };
        let far_ms = next.map_or(60_000, |at_ms| at_ms.saturating_sub(self.now_ms).min(8 * 86_400_000));
        self.now_ms += match self.rng.u8(0..10) {
            0..5 => self.rng.u64(0..2_000),
            5..9 => far_ms,
            _ => self.rng.u64(0..300_000),
        };
    }

    fn host_ms(&self, index: usize) -> u64 {
        self.now_ms.saturating_add_signed(self.hosts[index].ahead_ms)
    }

    /// What the store has, seen by a host with this clock.
    fn stored(&self, id: &str, host_ms: u64) -> Option<Connection> {
        self.store.load(&self.client, id, host_ms)
    }

    fn life(&mut self, id: &str) -> &mut Life {
        self.rows.entry(id.to_owned()).or_default()
    }

    fn note(&mut self, what: &'static str) {
        *self.happened.entry(what).or_default() += 1;
    }

    fn print(&mut self, value: &dyn std::fmt::Debug) {
        let _ = writeln!(self.printed, "{value:?}");
    }
}
