//! After the chaos: hosts that work, clocks that are right, a venue without faults, users who want to be connected.

use venuekey::parts::*;
use venuekey_sandbox::exchange::action::UserAction;

use super::World;
use super::types::{Click, Doing};

/// So often a row is taken up until it rests.
const ROUNDS: u32 = 60;

impl World {
    /// Whoever has something in hand that can't be had again finishes; others may be gone. Then rows come to rest.
    pub fn calm_down(&mut self) {
        self.calm = true;
        self.now_ms = self.now_ms.max(self.store.down_until_ms);
        self.sandbox.clear_faults();
        self.out.clear();
        for index in 0..self.hosts.len() {
            self.hosts[index].ahead_ms = 0;
            let has_hands_free = matches!(&self.hosts[index].doing, Doing::Acts { driver, .. } | Doing::Hears { driver, .. } if !driver.must_go_on());
            if has_hands_free && self.rng.bool() {
                self.crash(index);
            }
        }
        for index in 0..self.hosts.len() {
            self.finish(index);
        }
        let ids: Vec<String> = self.rows.keys().cloned().collect();
        for id in ids {
            self.rest(&id);
        }
    }

    /// One host's doing, to its end.
    pub fn finish(&mut self, index: usize) {
        for _ in 0..4_000 {
            if matches!(self.hosts[index].doing, Doing::Idle) {
                return;
            }
            self.now_ms = self.now_ms.max(self.hosts[index].doing.at_ms().unwrap_or(0));
            self.step(index);
        }
        let (Doing::Acts { driver, task, .. } | Doing::Hears { driver, task, .. }) = &self.hosts[index].doing else {
            panic!()
        };
        let row = self.store.row(&task.row).map_or("gone", |row| row.text.as_str());
        panic!("a host does not come to an end at {}: {driver:?} {:?} {row}", self.now_ms, task.session);
    }

    /// Takes the row up when it is due, until nobody but its user or the far future can change it.
    pub fn rest(&mut self, id: &str) {
        for _ in 0..ROUNDS {
            let Some(row) = self.store.row(id) else { return };
            let Some(due_ms) = row.due_at_ms else { return };
            let stored = self.stored(id, self.now_ms).expect("there is a row");
            let goes_on = match stored.status() {
                ConnectionStatus::Working => true,
                // The user may be away for good.
                ConnectionStatus::AwaitingUser => stored.choices().is_none(),
                _ => {
                    // An attempt beside a key that works may still tell of another.
                    let attempts = stored.attempt().is_some_and(|attempt| attempt.status == AttemptStatus::Working);
                    attempts
                        || due_ms <= self.now_ms
                        || (!stored.events().is_empty() && !self.chances.steals)
                        || stored.lease_holder().is_some()
                }
            };
            if !goes_on {
                return;
            }
            self.now_ms = self.now_ms.max(due_ms);
            if self.chances.steals {
                // What was stored by a clock that has jumped is due by no other.
                self.now_ms += 10_000;
            }
            self.take_up(0, id);
            self.finish(0);
        }
        panic!("a row does not come to rest: {}", self.store.row(id).map_or("gone", |row| row.text.as_str()));
    }

    /// A healthy way to a connection, for whoever wants one.
    pub fn connect(&mut self, id: &str) {
        for _ in 0..ROUNDS {
            let Some(stored) = self.stored(id, self.now_ms) else { return };
            match stored.status() {
                ConnectionStatus::Connected if stored.events().is_empty() => return,
                ConnectionStatus::AwaitingUser | ConnectionStatus::NeedsUser => {
                    if let Some(click) = self.next_click(&stored) {
                        self.click(0, id, click);
                        self.finish(0);
                    }
                }
                _ => self.rest(id),
            }
        }
        let stored = self.stored(id, self.now_ms);
        panic!("a user does not get connected: {stored:?} {:?}", stored.as_ref().and_then(Connection::error));
    }

    /// Every row is in a state that its user can get out of.
    pub fn lead_out(&mut self, id: &str) {
        for _ in 0..ROUNDS {
            let Some(stored) = self.stored(id, self.now_ms) else { return };
            match stored.status() {
                ConnectionStatus::Ended => return self.end_row(id),
                ConnectionStatus::Connected => return,
                ConnectionStatus::AwaitingUser | ConnectionStatus::NeedsUser => {
                    if self.case.goal == Goal::ApiKey && stored.authorize_url().is_none() && self.rng.bool() {
                        // What the venue's page or the error tells the user to do.
                        self.user_acts(UserAction::DeleteKey);
                    }
                    match self.next_click(&stored) {
                        Some(click) => {
                            self.click(0, id, click);
                            self.finish(0);
                        }
                        None if self.life(id).callback.is_none() => self.look_again(id, &stored),
                        None => {}
                    }
                }
                _ => match stored.hand_off() {
                    Some(hand_off) => {
                        self.click(0, id, Click::HandedOff(Box::new(hand_off)));
                        self.finish(0);
                    }
                    None => self.rest(id),
                },
            }
        }
        let text = self.store.row(id).map_or("gone", |row| row.text.as_str());
        panic!("a user does not get out of this: {text}");
    }

    /// The venue's page lets nobody through while a key is there: the user deletes it and begins again.
    fn look_again(&mut self, id: &str, stored: &Connection) {
        self.user_acts(UserAction::DeleteKey);
        self.life(id).visited.clear();
        self.now_ms += u64::from(stored.authorize_url().is_none());
    }

    /// A tombstone goes by itself.
    fn end_row(&mut self, id: &str) {
        for _ in 0..ROUNDS {
            let Some(due_ms) = self.store.row(id).and_then(|row| row.due_at_ms) else { break };
            self.now_ms = self.now_ms.max(due_ms);
            self.take_up(0, id);
            self.finish(0);
        }
        assert!(self.store.row(id).is_none(), "an ended row stays for ever");
    }

    /// What is in the store is what the venue takes: a request goes out, or the user is asked.
    pub fn try_access(&mut self, id: &str) {
        self.want_access(0, id, None, 0);
        self.finish(0);
        self.rest(id);
        if let Some(stored) = self.stored(id, self.now_ms)
            && let Ok(Access::Tokens { generation, .. }) = stored.access(self.now_ms)
        {
            let again = Click::TokenRefused(generation + 1);
            assert!(again.apply(&stored, self.now_ms).is_ok_and(|next| next.revision() == stored.revision()));
        }
    }
}
