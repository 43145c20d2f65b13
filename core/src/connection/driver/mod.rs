//! The loop around one connection, without I/O.

mod plan;

use core::fmt;

use crate::base::error::VenuekeyError;
use crate::connection::Connection;
use crate::connection::access::Access;
use crate::connection::codec::MAX_HOLDER_BYTES;
use crate::connection::data::check_name;
use crate::connection::event::ConnectionEvent;
use crate::connection::pace::Pace;
use crate::connection::reply::{Attempt, Reply};
use crate::connection::work::{Turn, Work};
use crate::drive::Action;
use crate::wire::http::{Delivery, HttpRequest, HttpResponse};

/// One worker's hold on one connection. Immutable: every event makes a new value.
///
/// [`ConnectionDriver::action`] says what to do, and the event of the same name reports the result. A worker's driver
/// ends ([`Action::Return`]) when nothing is due; one that waits for access ([`ConnectionDriver::for_access`]) ends
/// when a request may go out.
///
/// Whatever is sent has been saved first, under a lease; if that save loses, nothing is sent. What a reply brought is
/// merged into whatever the store has by then, until it is stored: while [`ConnectionDriver::must_go_on`], retry a
/// failing store.
#[derive(Clone)]
pub struct ConnectionDriver {
    /// As the store last had it, as far as is known.
    connection: Connection,
    holder: String,
    /// None for a worker.
    waits: Option<Waits>,
    phase: Phase,
    is_stopping: bool,
}

/// What a request waits for.
#[derive(Clone, Copy)]
struct Waits {
    refused_generation: Option<u64>,
    patience_ms: u64,
}

#[derive(Clone)]
enum Phase {
    /// The store is asked what it has.
    Load,
    /// The store is asked what it has, and the reply put into that: the value that did not win has it already.
    LoadFor(Box<Connection>, Attempt, Reply),
    Save(Connection),
    /// The same, after a look that found no other row: it holds for the one request that is planned next.
    SaveAlone(Connection),
    /// A lease is to be stored.
    Begin(Attempt),
    /// The store has refused it, or was said to: what it has tells.
    Reconsider(Attempt),
    Send(Attempt),
    /// What a reply brought is to be stored.
    Keep(Connection, Attempt, Reply),
    Nonce,
    Find,
    Deliver,
    Delete,
    Sleep(u64),
    Granted(Access),
    Rest,
    Gone,
    Failed(VenuekeyError),
    Stopped,
}

impl ConnectionDriver {
    /// A worker's driver: does what is due. `holder` names this one hold on the row: 1 to 64 bytes that no other driver
    /// has, not even in the same process, since it identifies whose lease was stored.
    ///
    /// # Errors
    /// `invalid_argument`.
    pub fn new(connection: Connection, holder: &str, now_ms: u64) -> Result<Self, VenuekeyError> {
        Self::begun(connection, holder, None, now_ms)
    }

    /// A request's driver: ends when the request may go out, with [`ConnectionDriver::access`]. It does the row's work
    /// if nobody else does, so run it out of reach of the caller's cancellation. `refused_generation` is as of
    /// [`Access::Tokens`]; `patience_ms` is how long to wait while nothing works: the venue limits requests or fails,
    /// or a worker does not come back. It waits for a request in flight, at most as long as its lease.
    ///
    /// # Errors
    /// `invalid_argument`.
    pub fn for_access(
        connection: Connection,
        holder: &str,
        refused_generation: Option<u64>,
        patience_ms: u64,
        now_ms: u64,
    ) -> Result<Self, VenuekeyError> {
        Self::begun(connection, holder, Some(Waits { refused_generation, patience_ms }), now_ms)
    }

    fn begun(connection: Connection, holder: &str, waits: Option<Waits>, now_ms: u64) -> Result<Self, VenuekeyError> {
        check_name("holder", holder, MAX_HOLDER_BYTES)?;
        let driver = Self { connection, holder: holder.to_owned(), waits, phase: Phase::Load, is_stopping: false };
        driver.planned(now_ms)
    }

    /// What to do now.
    pub fn action(&self) -> Action {
        match &self.phase {
            Phase::Load | Phase::LoadFor(..) | Phase::Reconsider(_) => Action::Load,
            Phase::Save(_) | Phase::SaveAlone(_) | Phase::Begin(_) | Phase::Keep(..) => Action::Save,
            Phase::Send(_) => Action::Send,
            Phase::Nonce => Action::Nonce,
            Phase::Find => Action::Find,
            Phase::Deliver => Action::Deliver,
            Phase::Delete => Action::Delete,
            Phase::Sleep(_) => Action::Sleep,
            Phase::Granted(_) | Phase::Rest | Phase::Gone => Action::Return,
            Phase::Failed(_) => Action::Fail,
            Phase::Stopped => Action::Stop,
        }
    }

    /// What to store at a `Save`, by compare-and-set; at any other action, the connection as the store last had it.
    pub fn connection(&self) -> &Connection {
        match &self.phase {
            Phase::Save(next) | Phase::SaveAlone(next) | Phase::Keep(next, ..) => next,
            Phase::Begin(attempt) | Phase::Send(attempt) => attempt.sent(),
            _ => &self.connection,
        }
    }

    /// What to send at a `Send`.
    pub fn request(&self) -> Option<&HttpRequest> {
        match &self.phase {
            Phase::Send(attempt) => Some(attempt.request()),
            _ => None,
        }
    }

    /// Whose turn it is, at a `Send` that has to keep a pace: all refreshes at one venue share it. Add `interval_ms` to
    /// the store's counter, after raising it to `now_ms - interval_ms` if it is behind; the sum is when to send. If
    /// that is more than `longest_wait_ms` away, report [`Delivery::NotSent`] instead. Before all that, see `furthest_ms`.
    pub fn pace(&self, now_ms: u64) -> Option<Pace> {
        let Phase::Send(attempt) = &self.phase else { return None };
        attempt.pace(self.connection.client(), now_ms)
    }

    /// What to tell the host at a `Deliver`, oldest first.
    pub fn events(&self) -> &[ConnectionEvent] {
        match self.phase {
            Phase::Deliver => self.connection.events(),
            _ => &[],
        }
    }

    /// When to wake up from a `Sleep`, in Unix milliseconds.
    pub fn until_ms(&self) -> Option<u64> {
        match self.phase {
            Phase::Sleep(until_ms) => Some(until_ms),
            _ => None,
        }
    }

    /// At a `Return`: what the request may go out with. None for a worker.
    pub fn access(&self) -> Option<&Access> {
        match &self.phase {
            Phase::Granted(access) => Some(access),
            _ => None,
        }
    }

    /// At a `Return`: whether the row is gone.
    pub fn is_gone(&self) -> bool {
        matches!(self.phase, Phase::Gone)
    }

    /// Why it failed, at a `Fail`.
    pub fn error(&self) -> Option<&VenuekeyError> {
        match &self.phase {
            Phase::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// Whether nothing may interrupt this action: a request that may have taken effect is in flight, or its result is
    /// not stored yet.
    pub fn must_go_on(&self) -> bool {
        match &self.phase {
            Phase::Send(attempt) => !attempt.is_safe(),
            Phase::Keep(_, _, reply) | Phase::LoadFor(_, _, reply) => matches!(reply, Reply::Response(_)),
            _ => false,
        }
    }

    /// The host is shutting down; first report a save that has begun. What may have taken effect is waited for and
    /// stored; a lease that was stored for a request that was not sent is given back, so that nobody waits for it.
    ///
    /// # Errors
    /// `invalid_argument` if `now_ms` is not in Unix milliseconds.
    pub fn stop(&self, now_ms: u64) -> Result<Self, VenuekeyError> {
        let stopping = Self { is_stopping: true, ..self.clone() };
        match &self.phase {
            Phase::Send(attempt) if attempt.is_safe() => stopping.applied(attempt, Reply::Withdrawn, now_ms),
            Phase::Begin(_) | Phase::Save(_) | Phase::SaveAlone(_) => Ok(stopping),
            phase => Ok(stopping.to(phase.clone())),
        }
    }

    /// What the store has now; absent if the row is gone.
    ///
    /// # Errors
    /// `wrong_state` if there was nothing to load; `invalid_argument` if `now_ms` is not in Unix milliseconds.
    pub fn loaded(&self, stored: Option<Connection>, now_ms: u64) -> Result<Self, VenuekeyError> {
        self.action().must_be(Action::Load, "loaded")?;
        match (&self.phase, stored) {
            // The save had arrived after all. Where it reports an orphan, another worker may have saved the same of its own.
            (Phase::LoadFor(kept, ..), Some(stored)) if stored.same_value(kept) && !kept.tells_of_orphan() => {
                self.with(stored).planned(now_ms)
            }
            (Phase::LoadFor(_, attempt, reply), stored) => self.merged(attempt, reply, stored.as_ref(), now_ms),
            // The save had arrived after all, and nobody but its maker may send.
            (Phase::Reconsider(attempt), Some(stored)) if stored.same_value(attempt.sent()) => {
                self.with(stored).sent_or_not(attempt, now_ms)
            }
            (_, Some(stored)) => self.with(stored).planned(now_ms),
            (_, None) => Ok(self.to(Phase::Gone)),
        }
    }

    /// The store has the value.
    ///
    /// # Errors
    /// `wrong_state` if there was nothing to save; `invalid_argument` if `now_ms` is not in Unix milliseconds.
    pub fn saved(&self, now_ms: u64) -> Result<Self, VenuekeyError> {
        self.action().must_be(Action::Save, "saved")?;
        match &self.phase {
            Phase::Begin(attempt) => self.with(attempt.sent().clone()).sent_or_not(attempt, now_ms),
            Phase::SaveAlone(next) => {
                let work = next.work(&self.holder, Turn::Alone, now_ms)?;
                Ok(self.with(next.clone()).doing(work))
            }
            _ => self.with(self.connection().clone()).planned(now_ms),
        }
    }

    /// The store has another revision.
    ///
    /// # Errors
    /// `wrong_state` if there was nothing to save.
    pub fn superseded(&self) -> Result<Self, VenuekeyError> {
        self.action().must_be(Action::Save, "superseded")?;
        Ok(self.to(match &self.phase {
            Phase::Begin(attempt) => Phase::Reconsider(attempt.clone()),
            Phase::Keep(kept, attempt, reply) => Phase::LoadFor(Box::new(kept.clone()), attempt.clone(), reply.clone()),
            _ => Phase::Load,
        }))
    }

    /// The reply to the request. It is read whatever `now_ms` says.
    ///
    /// # Errors
    /// `wrong_state` if there was nothing to send.
    pub fn response(&self, response: &HttpResponse, now_ms: u64) -> Result<Self, VenuekeyError> {
        let attempt = self.attempt("response")?;
        self.applied(&attempt, Reply::Response(response.clone()), now_ms)
    }

    /// No reply came to the request; see [`Flow::receive_no_response`](crate::parts::Flow::receive_no_response).
    ///
    /// # Errors
    /// `wrong_state` if there was nothing to send.
    pub fn no_response(&self, delivery: Delivery, now_ms: u64) -> Result<Self, VenuekeyError> {
        let attempt = self.attempt("no_response")?;
        self.applied(&attempt, Reply::None(delivery), now_ms)
    }

    /// A number that no other request with this key has had, from [`Nonces`](crate::parts::Nonces); at Bybit the time.
    ///
    /// # Errors
    /// `wrong_state` if none was asked for; `invalid_argument` for a number that can't be one.
    pub fn nonce(&self, nonce_ms: u64, now_ms: u64) -> Result<Self, VenuekeyError> {
        self.action().must_be(Action::Nonce, "nonce")?;
        match self.connection.probe(nonce_ms, &self.holder, now_ms)? {
            Some(Work::Send(attempt)) => Ok(self.to(Phase::Begin(attempt))),
            _ => Ok(self.to(Phase::Rest)),
        }
    }

    /// Whether another row holds the same account: one with an `account_hash` from [`Connection::account_hashes`] that has not
    /// ended and is not about to, so has no `intent`. Of rows that end together each deletes the key, and the later ones find it
    /// gone.
    ///
    /// # Errors
    /// `wrong_state` if that was not asked.
    pub fn found(&self, others: bool, now_ms: u64) -> Result<Self, VenuekeyError> {
        self.action().must_be(Action::Find, "found")?;
        if self.connection.lets_go() {
            return Ok(self.to(Phase::Save(self.connection.told_of_let_go(others, now_ms))));
        }
        match self.connection.found(&self.holder, others, now_ms)? {
            Work::Save(next) if !others => Ok(self.to(Phase::SaveAlone(next))),
            work => Ok(self.doing(work)),
        }
    }

    /// Whether the host took the events; if not, it is told again in a minute.
    ///
    /// # Errors
    /// `wrong_state` if there was nothing to tell.
    pub fn delivered(&self, all: bool, now_ms: u64) -> Result<Self, VenuekeyError> {
        self.action().must_be(Action::Deliver, "delivered")?;
        let last = self.connection.events().last().map_or(0, |event| event.number);
        let connection = &self.connection;
        let next = if all { connection.delivered(last, now_ms)? } else { connection.undelivered(now_ms)? };
        Ok(self.to(Phase::Save(next)))
    }

    /// The row is gone; it need not have existed.
    ///
    /// # Errors
    /// `wrong_state` if it was not to be removed.
    pub fn deleted(&self) -> Result<Self, VenuekeyError> {
        self.action().must_be(Action::Delete, "deleted")?;
        Ok(self.to(Phase::Gone))
    }

    /// It is `until_ms`.
    ///
    /// # Errors
    /// `wrong_state` if it was not sleeping.
    pub fn awake(&self) -> Result<Self, VenuekeyError> {
        self.action().must_be(Action::Sleep, "awake")?;
        Ok(self.to(Phase::Load))
    }
}

impl fmt::Debug for ConnectionDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectionDriver({}, {:?})", self.action().as_str(), self.connection)
    }
}
