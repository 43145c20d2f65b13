//! What a driver turns to next.

use crate::base::error::VenuekeyError;
use crate::base::time;
use crate::connection::Connection;
use crate::connection::access::{Access, LOOK_AGAIN_MS};
use crate::connection::driver::{ConnectionDriver, Phase, Waits};
use crate::connection::reply::{Attempt, Reply};
use crate::connection::work::{Turn, Work};
use crate::drive::Action;

impl ConnectionDriver {
    pub(super) fn attempt(&self, event: &str) -> Result<Attempt, VenuekeyError> {
        match &self.phase {
            Phase::Send(attempt) => Ok(attempt.clone()),
            _ => Err(self.action().unanswered_by(event)),
        }
    }

    /// Goes on with what the store has.
    pub(super) fn planned(&self, now_ms: u64) -> Result<Self, VenuekeyError> {
        time::check(now_ms)?;
        let Some(waits) = self.waits else {
            let work = self.connection.work(&self.holder, Turn::Worker, now_ms)?;
            return Ok(self.doing(work));
        };
        if let Some(generation) = waits.refused_generation {
            if let Some(error) = self.connection.refused_alone(generation, now_ms) {
                return Ok(self.to(Phase::Failed(error)));
            }
            let refused = self.connection.token_refused(generation, now_ms)?;
            if refused.revision() != self.connection.revision() {
                return Ok(self.to(Phase::Save(refused)));
            }
        }
        let (until_ms, error) = match self.connection.access(now_ms)? {
            Access::Later { until_ms, error } => (until_ms, error),
            Access::NeedsUser { error, .. } => return Ok(self.to(Phase::Failed(error))),
            access => return Ok(self.to(Phase::Granted(access))),
        };
        match self.connection.work(&self.holder, Turn::Request, now_ms)? {
            // What is not for this request is a worker's.
            Work::Rest | Work::Nonce | Work::Find | Work::Deliver | Work::Delete => {
                self.waiting(waits, until_ms, error, now_ms)
            }
            work => Ok(self.doing(work)),
        }
    }

    pub(super) fn waiting(
        &self,
        waits: Waits,
        until_ms: u64,
        error: Option<VenuekeyError>,
        now_ms: u64,
    ) -> Result<Self, VenuekeyError> {
        let (until_ms, error) = match error {
            Some(error) => (until_ms, error),
            None => {
                let look_ms = time::after(now_ms, LOOK_AGAIN_MS);
                if self.connection.data.attempt.as_ref().is_some_and(|lease| now_ms < lease.until_ms) {
                    // Another worker's request takes as long as its lease at most.
                    return Ok(self.to(Phase::Sleep(look_ms)));
                }
                (look_ms, self.connection.unavailable(until_ms.saturating_sub(now_ms)))
            }
        };
        match waits.patience_ms.checked_sub(until_ms.saturating_sub(now_ms)) {
            Some(patience_ms) => {
                let waits = Some(Waits { patience_ms, ..waits });
                Ok(Self { waits, ..self.to(Phase::Sleep(until_ms)) })
            }
            None => Ok(self.to(Phase::Failed(error))),
        }
    }

    pub(super) fn doing(&self, work: Work) -> Self {
        self.to(match work {
            Work::Send(attempt) => Phase::Begin(attempt),
            Work::Save(next) => Phase::Save(next),
            Work::Nonce => Phase::Nonce,
            Work::Find => Phase::Find,
            Work::Deliver => Phase::Deliver,
            Work::Delete => Phase::Delete,
            Work::Rest => Phase::Rest,
        })
    }

    /// The lease is stored: sends, unless the host is to end or the lease is over by now.
    pub(super) fn sent_or_not(&self, attempt: &Attempt, now_ms: u64) -> Result<Self, VenuekeyError> {
        if self.is_stopping || !attempt.is_in_time(now_ms) {
            return self.applied(attempt, Reply::Withdrawn, now_ms);
        }
        Ok(self.to(Phase::Send(attempt.clone())))
    }

    /// Puts the reply into the value that waits for it.
    pub(super) fn applied(&self, attempt: &Attempt, reply: Reply, now_ms: u64) -> Result<Self, VenuekeyError> {
        self.merged(attempt, &reply, Some(attempt.sent()), now_ms)
    }

    pub(super) fn merged(
        &self,
        attempt: &Attempt,
        reply: &Reply,
        stored: Option<&Connection>,
        now_ms: u64,
    ) -> Result<Self, VenuekeyError> {
        match (attempt.apply(reply, stored, now_ms)?, stored) {
            (Some(next), _) => Ok(self.to(Phase::Keep(next, attempt.clone(), reply.clone()))),
            (None, Some(stored)) => self.with(stored.clone()).planned(now_ms),
            (None, None) => Ok(self.to(Phase::Gone)),
        }
    }

    pub(super) fn with(&self, connection: Connection) -> Self {
        Self { connection, ..self.clone() }
    }

    pub(super) fn to(&self, phase: Phase) -> Self {
        let next = Self { phase, ..self.clone() };
        let has_ended = matches!(next.action(), Action::Return | Action::Fail | Action::Stop);
        // What was given back or brought is stored first, and a lease that may be in the store is looked for.
        let stops = !matches!(next.phase, Phase::Keep(..) | Phase::LoadFor(..) | Phase::Send(_) | Phase::Reconsider(_));
        if self.is_stopping && stops && !has_ended { Self { phase: Phase::Stopped, ..next } } else { next }
    }
}
