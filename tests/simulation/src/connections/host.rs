//! One host's loop around a connection's driver, cut into the small steps between which anything may happen.

use venuekey::parts::*;

use super::World;
use super::store::{Saved, Trouble};
use super::types::{Doing, Fate, News, Task};
use crate::connection::entropy;

impl Doing {
    /// When it goes on.
    pub fn at_ms(&self) -> Option<u64> {
        match self {
            Self::Idle | Self::Clicks { .. } => None,
            Self::Acts { at_ms, .. } | Self::Hears { at_ms, .. } => Some(*at_ms),
        }
    }
}

impl World {
    pub fn is_ready(&self, index: usize) -> bool {
        let doing = &self.hosts[index].doing;
        !matches!(doing, Doing::Idle) && doing.at_ms().is_none_or(|at_ms| at_ms <= self.now_ms)
    }

    /// A worker begins with a row that is due.
    pub fn take_up(&mut self, index: usize, id: &str) {
        let host_ms = self.host_ms(index);
        let Some(stored) = self.stored(id, host_ms) else { return };
        let driver = ConnectionDriver::new(stored, &format!("worker-{index}"), host_ms).expect("a driver");
        self.begin(index, driver, Task { row: id.to_owned(), session: None, brought: None, looked_ms: 0 });
    }

    pub fn begin(&mut self, index: usize, driver: ConnectionDriver, task: Task) {
        let at_ms = self.now_ms;
        self.hosts[index].doing = Doing::Acts { driver: Box::new(driver), task, at_ms };
    }

    /// One small step of one host.
    pub fn step(&mut self, index: usize) {
        match std::mem::replace(&mut self.hosts[index].doing, Doing::Idle) {
            Doing::Idle => {}
            Doing::Acts { driver, task, .. } => self.act(index, *driver, task),
            Doing::Hears { driver, task, news, .. } => self.hear(index, *driver, task, news),
            Doing::Clicks { row, click, next, tries } => self.save_click(index, &row, click, &next, tries),
        }
    }

    fn act(&mut self, index: usize, driver: ConnectionDriver, mut task: Task) {
        self.print(&driver);
        let (host_ms, mut at_ms) = (self.host_ms(index), self.now_ms);
        let trouble = match driver.action() {
            Action::Load | Action::Save | Action::Nonce | Action::Find | Action::Delete => self.trouble(),
            _ => Trouble::None,
        };
        let fails = matches!(trouble, Trouble::FailsBefore | Trouble::FailsAfter);
        let news = match driver.action() {
            Action::Load if fails => News::Broken,
            Action::Load => News::Loaded(self.stored(&task.row, host_ms).map(Box::new)),
            Action::Save => News::Saved(self.save(&task.row, driver.connection(), task.brought, trouble)),
            Action::Send => {
                let (news, arrives_ms) = self.send(index, &driver, &mut task);
                at_ms = arrives_ms;
                news
            }
            Action::Nonce if fails => News::Broken,
            Action::Nonce => News::Nonce(self.nonce(driver.connection())),
            Action::Find if fails => News::Broken,
            Action::Find => {
                task.looked_ms = self.now_ms;
                let now_ms = self.now_ms;
                self.life(&task.row).keys.looked_ms = now_ms;
                News::Found(self.store.has_other(driver.connection()))
            }
            Action::Deliver => News::Told(self.tell(&task.row, driver.events())),
            Action::Delete if trouble == Trouble::FailsBefore => News::Broken,
            Action::Delete => {
                self.store.delete(&task.row, driver.connection().revision());
                if trouble == Trouble::FailsAfter { News::Broken } else { News::Deleted }
            }
            Action::Sleep => {
                at_ms = self.now_ms + driver.until_ms().expect("a time").saturating_sub(host_ms);
                News::Awake
            }
            Action::Return | Action::Fail | Action::Stop => return self.end(index, &driver, task),
            action @ (Action::Choose | Action::Authorize) => panic!("{action:?} is no action of a connection"),
        };
        self.hosts[index].doing = Doing::Hears { driver: Box::new(driver), task, news, at_ms };
    }

    fn hear(&mut self, index: usize, driver: ConnectionDriver, mut task: Task, news: News) {
        let host_ms = self.host_ms(index);
        match news {
            News::Reply(_) => self.hand_over(index, &task),
            News::NoReply(_) => self.out.retain(|out| out.host != index),
            _ => {}
        }
        let next = match news {
            News::Broken | News::Saved(Saved::Unknown) => {
                // What can't be had again is tried until it is stored; of anything else a host may let go.
                if driver.must_go_on() || self.calm || self.rng.bool() {
                    let at_ms = self.now_ms + self.rng.u64(100..5_000);
                    self.hosts[index].doing = Doing::Acts { driver: Box::new(driver), task, at_ms };
                }
                return;
            }
            News::Loaded(stored) => driver.loaded(stored.map(|stored| *stored), host_ms),
            News::Saved(Saved::Won) => driver.saved(host_ms),
            News::Saved(Saved::Lost) => driver.superseded(),
            News::Reply(response) => driver.response(&response, host_ms),
            News::NoReply(delivery) => driver.no_response(delivery, host_ms),
            News::Nonce(nonce_ms) => driver.nonce(nonce_ms, host_ms),
            News::Found(others) => driver.found(others, host_ms),
            News::Told(all) => driver.delivered(all, host_ms),
            News::Deleted => driver.deleted(),
            News::Awake => driver.awake(),
        };
        let next = next.unwrap_or_else(|error| panic!("the loop does what the driver says: {error}"));
        self.go_on(index, next, &mut task);
    }

    fn go_on(&mut self, index: usize, next: ConnectionDriver, task: &mut Task) {
        if !next.must_go_on() {
            self.kept(task);
        }
        if matches!(next.action(), Action::Return | Action::Fail | Action::Stop) {
            return self.end(index, &next, task.clone());
        }
        if next.action() == Action::Send && !self.chances.steals {
            // A host sends at once, or it dies here.
            return self.act(index, next, task.clone());
        }
        self.begin(index, next, task.clone());
    }

    /// The store's compare-and-set, and what of it is remembered.
    pub fn save(&mut self, row: &str, next: &Connection, brought: Option<usize>, trouble: Trouble) -> Saved {
        assert_eq!(row, next.id(), "one row became two");
        self.print(next);
        let before = self.store.row(row).map(|row| row.text.clone());
        let writes = self.store.writes();
        let rng = &mut self.rng;
        let saved = self.store.save(next, || entropy(rng), trouble);
        if self.store.writes() > writes {
            self.was_saved(row, before.as_deref(), next, brought);
        }
        saved
    }

    /// A host dies with all it has in its hands.
    pub fn crash(&mut self, index: usize) {
        match std::mem::replace(&mut self.hosts[index].doing, Doing::Idle) {
            Doing::Acts { task, .. } | Doing::Hears { task, .. } => {
                if let Some(brought) = task.brought
                    && matches!(self.brought[brought].fate, Fate::OnItsWay | Fate::Handed)
                {
                    self.brought[brought].fate = Fate::Lost;
                    self.note("a reply was lost with its host");
                }
                self.out.retain(|out| out.host != index);
            }
            Doing::Idle | Doing::Clicks { .. } => {}
        }
        self.note("a host died");
    }

    /// A host is told to end: it says so to its driver, and goes on as that says.
    pub fn stop(&mut self, index: usize) {
        let host_ms = self.host_ms(index);
        match std::mem::replace(&mut self.hosts[index].doing, Doing::Idle) {
            Doing::Acts { driver, mut task, .. } => {
                let next = driver.stop(host_ms).expect("a time");
                self.note("a host was told to stop");
                self.go_on(index, next, &mut task);
            }
            // What the store is doing is reported first.
            doing @ Doing::Hears { news: News::Saved(_) | News::Deleted, .. } => self.hosts[index].doing = doing,
            Doing::Hears { driver, mut task, news, at_ms } => {
                let next = driver.stop(host_ms).expect("a time");
                self.note("a host was told to stop");
                if next.action() == driver.action() {
                    self.hosts[index].doing = Doing::Hears { driver: Box::new(next), task, news, at_ms };
                } else {
                    self.out.retain(|out| out.host != index);
                    if let Some(brought) = task.brought.take() {
                        // It gave up what may be asked for again.
                        self.brought[brought].fate = Fate::Lost;
                    }
                    self.go_on(index, next, &mut task);
                }
            }
            doing @ (Doing::Idle | Doing::Clicks { .. }) => self.hosts[index].doing = doing,
        }
    }

    pub fn pause(&mut self, index: usize, pause_ms: u64) {
        let until_ms = self.now_ms + pause_ms;
        match &mut self.hosts[index].doing {
            Doing::Acts { at_ms, .. } | Doing::Hears { at_ms, .. } => *at_ms = (*at_ms).max(until_ms),
            Doing::Idle | Doing::Clicks { .. } => {}
        }
    }

    fn end(&mut self, index: usize, driver: &ConnectionDriver, task: Task) {
        self.kept(&mut task.clone());
        match (driver.action(), task.session) {
            (Action::Return, None) if !driver.is_gone() => self.rests(index, driver, &task.row),
            (Action::Return, Some(refused)) => {
                if let Some(access) = driver.access().cloned() {
                    self.print(&access);
                    self.use_access(index, driver.connection(), &access, refused);
                }
            }
            (Action::Fail, session) => {
                let error = driver.error().expect("an error");
                assert!(session.is_some(), "a worker failed: {error}");
                self.print(error);
            }
            _ => {}
        }
    }

    /// Nothing is due any more, and the store knows when that changes: a row that stays due is taken up for ever.
    fn rests(&mut self, index: usize, driver: &ConnectionDriver, row: &str) {
        let (host_ms, revision) = (self.host_ms(index), driver.connection().revision());
        let Some(stored) = self.store.row(row).filter(|stored| stored.revision == revision) else { return };
        let is_due = stored.due_at_ms.is_some_and(|due_ms| due_ms <= host_ms);
        if is_due && self.chances.steals {
            // By the clock of whoever saved it: a host puts the column right, or it takes the row up for ever.
            let right = driver.connection().touched(host_ms).expect("a time");
            self.save(row, &right, None, Trouble::None);
            return;
        }
        // After a rollback another value may have this revision.
        assert!(
            !is_due || self.is_rolled_back,
            "a worker is done, and the row stays due at {:?} by {host_ms}: {}",
            stored.due_at_ms,
            stored.text
        );
    }
}
