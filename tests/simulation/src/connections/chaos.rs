//! What can go wrong around connections, drawn from the seed.

use fastrand::Rng;
use venuekey_sandbox::exchange::action::UserAction;

use super::World;
use super::store::Trouble;
use super::types::{Chances, Doing};
use crate::chaos::{fault, mishap};

impl Chances {
    pub fn new(rng: &mut Rng) -> Self {
        let mut one_in = |times: u8| rng.u8(0..times) == 0;
        let (steals, forgets, deletes) = (one_in(10), one_in(8), one_in(10));
        let (mishaps, faults) = (one_in(8), one_in(3));
        let level = [0, 5, 20, 60][rng.usize(0..4)];
        let mut some = |most: u32| if rng.bool() { 0 } else { rng.u32(0..most) };
        let (store, wire, hook) = (some(80), some(120), some(500));
        Self {
            turns: rng.u32(30..260),
            trouble: level,
            store,
            wire,
            hook,
            moods: [2, 10, 40][rng.usize(0..3)],
            steals,
            forgets,
            deletes,
            mishaps,
            faults,
        }
    }
}

impl World {
    /// Something breaks, somewhere.
    pub fn disturb(&mut self) {
        let busy: Vec<usize> =
            (0..self.hosts.len()).filter(|index| !matches!(self.hosts[*index].doing, Doing::Idle)).collect();
        let index = if busy.is_empty() { 0 } else { busy[self.rng.usize(0..busy.len())] };
        match self.rng.u8(0..100) {
            0..25 => self.crash(index),
            25..40 => self.stop(index),
            // A machine stands still: past its lease, or far past it.
            40..60 => {
                let pause_ms = [self.rng.u64(1_000..50_000), self.rng.u64(160_000..700_000)][self.rng.usize(0..2)];
                self.pause(index, pause_ms);
            }
            60..70 if self.chances.faults => {
                let order = fault(&mut self.rng);
                self.sandbox.queue_fault(order).expect("a sound fault");
            }
            70..74 if self.chances.mishaps => {
                let action = mishap(&mut self.rng);
                self.user_acts(action);
            }
            74..80 if self.chances.forgets => {
                // A replica that had not heard of the last writes, or a backup of before.
                let writes = [self.rng.usize(1..4), self.rng.usize(1..20)][self.rng.usize(0..2)];
                if self.store.writes() > writes + self.rows.len() {
                    self.store.roll_back(writes);
                    self.is_rolled_back = true;
                    self.note("the store lost writes");
                    // It takes longer than any block of nonces lasts.
                    self.store.down_until_ms = self.now_ms + self.rng.u64(10_000..60_000);
                }
            }
            80..84 if self.chances.deletes => {
                let ids: Vec<String> = self.store.rows().map(|(id, _)| id.clone()).collect();
                if !ids.is_empty() {
                    let id = &ids[self.rng.usize(0..ids.len())];
                    self.store.remove(id);
                    self.life(id).deleted_at = Some(self.store.writes());
                    self.note("a row was deleted by hand");
                }
            }
            84..88 => self.store.down_until_ms = self.now_ms + self.rng.u64(1_000..120_000),
            88..90 => self.now_ms += self.rng.u64(1..9) * 86_400_000,
            _ => self.now_ms += self.rng.u64(0..400_000),
        }
    }

    /// What the store makes of the next call.
    pub fn trouble(&mut self) -> Trouble {
        if self.calm {
            return Trouble::None;
        }
        if self.store.down_until_ms > self.now_ms {
            return Trouble::FailsBefore;
        }
        if self.rng.u32(0..1000) >= self.chances.store {
            return Trouble::None;
        }
        [Trouble::FailsBefore, Trouble::FailsAfter, Trouble::Denies][self.rng.usize(0..3)]
    }

    pub fn user_acts(&mut self, action: UserAction) {
        let (venue, environment) = (self.case.venue.as_str(), self.case.environment.as_str());
        // Some actions make no sense at some venue; the sandbox says so.
        if self.sandbox.user_acts(venue, environment, action, None, self.now_ms).is_ok() {
            self.note("the user acted at the venue");
        }
    }
}
