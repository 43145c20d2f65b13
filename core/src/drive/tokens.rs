//! The loop that hands out tokens which work, and refreshes them where that is due.

use core::fmt;
use std::sync::Arc;

use crate::base::error::VenuekeyError;
use crate::base::time;
use crate::drive::Action;
use crate::model::snapshot::Snapshot;
use crate::tokens::{SharedTokens, TokenPlan};
use crate::venue::settings::Settings;
use crate::wire::http::{Delivery, HttpRequest, HttpResponse};

/// Shared tokens on their way to a working pair, in the hands of one worker. Immutable: every event makes a new value.
///
/// [`TokenDriver::action`] says what to do, and the event of the same name what came of it; made by
/// [`Client::drive_tokens`](crate::Client::drive_tokens) and [`Client::keep_tokens`](crate::Client::keep_tokens).
///
/// The lease of a refresh is stored before anything is sent. The result is saved again and again until it is stored or
/// the store has something newer: the stored tokens may have changed meanwhile, and the newer pair stays.
#[derive(Clone)]
pub struct TokenDriver {
    settings: Arc<Settings>,
    /// None where what a refresh brought is to be kept, and no more.
    asked: Option<Asked>,
    phase: Phase,
    is_stopping: bool,
}

/// What was asked for.
#[derive(Clone, Copy)]
struct Asked {
    refused_generation: Option<u64>,
    patience_ms: u64,
}

#[derive(Clone)]
enum Phase {
    /// The stored tokens are to be planned with.
    Load,
    /// A lease is to be stored.
    Lease {
        request: HttpRequest,
        next: SharedTokens,
    },
    /// It is, and nobody else refreshes.
    Send {
        request: HttpRequest,
        next: SharedTokens,
    },
    /// What the refresh brought is to be stored.
    Keep {
        brought: SharedTokens,
        next: SharedTokens,
    },
    /// The store has moved on: what it has now is to be merged with.
    Merge {
        brought: SharedTokens,
    },
    Sleep {
        until_ms: u64,
    },
    Planned(TokenPlan),
    Kept,
    Failed(VenuekeyError),
    Stopped,
}

impl TokenDriver {
    pub(crate) fn fresh(settings: Arc<Settings>, refused_generation: Option<u64>, patience_ms: u64) -> Self {
        let asked = Some(Asked { refused_generation, patience_ms });
        Self { settings, asked, phase: Phase::Load, is_stopping: false }
    }

    pub(crate) fn keep(settings: Arc<Settings>, brought: SharedTokens) -> Self {
        let phase = Phase::Keep { next: brought.clone(), brought };
        Self { settings, asked: None, phase, is_stopping: false }
    }

    /// What to do now.
    pub fn action(&self) -> Action {
        match &self.phase {
            Phase::Load | Phase::Merge { .. } => Action::Load,
            Phase::Lease { .. } | Phase::Keep { .. } => Action::Save,
            Phase::Send { .. } => Action::Send,
            Phase::Sleep { .. } => Action::Sleep,
            Phase::Planned(_) | Phase::Kept => Action::Return,
            Phase::Failed(_) => Action::Fail,
            Phase::Stopped => Action::Stop,
        }
    }

    /// What to store at a `Save`.
    pub fn snapshot(&self) -> Option<Snapshot> {
        match &self.phase {
            Phase::Lease { next, .. } | Phase::Keep { next, .. } => Some(next.snapshot()),
            _ => None,
        }
    }

    /// What to send at a `Send`.
    pub fn request(&self) -> Option<&HttpRequest> {
        match &self.phase {
            Phase::Send { request, .. } => Some(request),
            _ => None,
        }
    }

    /// Until when to sleep at a `Sleep`, in Unix milliseconds.
    pub fn until_ms(&self) -> Option<u64> {
        match self.phase {
            Phase::Sleep { until_ms } => Some(until_ms),
            _ => None,
        }
    }

    /// The [`TokenPlan::Use`] of a `Return`; none if there was only something to store.
    pub fn plan(&self) -> Option<&TokenPlan> {
        match &self.phase {
            Phase::Planned(plan) => Some(plan),
            _ => None,
        }
    }

    /// Why it failed, at a `Fail`.
    pub fn error(&self) -> Option<&VenuekeyError> {
        match &self.phase {
            Phase::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// The result of a refresh, while it is in no store. If the store fails meanwhile, store it later with
    /// [`Client::keep_tokens`](crate::Client::keep_tokens).
    pub fn brought(&self) -> Option<&SharedTokens> {
        match &self.phase {
            Phase::Keep { brought, .. } | Phase::Merge { brought } => Some(brought),
            _ => None,
        }
    }

    /// Whether nothing may interrupt this action: a lease that nobody uses counts as a lost reply, and the result of a
    /// refresh can't be obtained again.
    pub fn must_go_on(&self) -> bool {
        matches!(self.phase, Phase::Send { .. } | Phase::Keep { .. } | Phase::Merge { .. })
    }

    /// The host is shutting down; as [`FlowDriver::stop`](crate::parts::FlowDriver::stop).
    #[must_use]
    pub fn stop(&self) -> Self {
        Self { is_stopping: true, ..self.clone() }.to(self.phase.clone())
    }

    /// The store's newest text of these tokens.
    ///
    /// # Errors
    /// As of [`Client::restore_tokens`](crate::Client::restore_tokens) and [`SharedTokens::merge`]; `wrong_state` if
    /// there was nothing to load.
    pub fn loaded(&self, text: &str, now_ms: u64) -> Result<Self, VenuekeyError> {
        self.action().must_be(Action::Load, "loaded")?;
        let stored = SharedTokens::restore(Arc::clone(&self.settings), text)?;
        match (&self.phase, self.asked) {
            (Phase::Merge { brought }, _) => Ok(match stored.merge(brought)? {
                Some(next) => self.to(Phase::Keep { brought: brought.clone(), next }),
                None => self.kept(),
            }),
            (_, Some(asked)) => {
                let plan = stored.plan(now_ms, asked.refused_generation)?;
                Ok(self.planned(plan, asked, now_ms))
            }
            (_, None) => Ok(self.kept()),
        }
    }

    /// The store has the snapshot.
    ///
    /// # Errors
    /// `wrong_state` if there was nothing to save.
    pub fn saved(&self, now_ms: u64) -> Result<Self, VenuekeyError> {
        self.action().must_be(Action::Save, "saved")?;
        Ok(match &self.phase {
            Phase::Lease { request, next } => {
                let lease_until_ms = next.lease_until_ms().unwrap_or_default();
                // A save that took too long leaves no time for a reply within the lease: others will refresh.
                let in_time = time::after(now_ms, u64::from(request.timeout_hint_ms())) <= lease_until_ms;
                let send = || Phase::Send { request: request.clone(), next: next.clone() };
                self.to(if in_time { send() } else { Phase::Load })
            }
            _ => self.kept(),
        })
    }

    /// The store has another revision.
    ///
    /// # Errors
    /// `wrong_state` if there was nothing to save.
    pub fn superseded(&self) -> Result<Self, VenuekeyError> {
        self.action().must_be(Action::Save, "superseded")?;
        Ok(self.to(match &self.phase {
            Phase::Keep { brought, .. } => Phase::Merge { brought: brought.clone() },
            _ => Phase::Load,
        }))
    }

    /// The reply to the request. It is read whatever `now_ms` says.
    ///
    /// # Errors
    /// `wrong_state` if there was nothing to send.
    pub fn response(&self, response: &HttpResponse, now_ms: u64) -> Result<Self, VenuekeyError> {
        self.replied("response", |leased| leased.receive_response(response, now_ms))
    }

    /// No reply came to the request; see [`SharedTokens::receive_no_response`].
    ///
    /// # Errors
    /// `wrong_state` if there was nothing to send.
    pub fn no_response(&self, delivery: Delivery, now_ms: u64) -> Result<Self, VenuekeyError> {
        self.replied("no_response", |leased| leased.receive_no_response(delivery, now_ms))
    }

    /// It is `until_ms`.
    ///
    /// # Errors
    /// `wrong_state` if it was not sleeping.
    pub fn awake(&self) -> Result<Self, VenuekeyError> {
        self.action().must_be(Action::Sleep, "awake")?;
        Ok(self.to(Phase::Load))
    }

    fn planned(&self, plan: TokenPlan, asked: Asked, now_ms: u64) -> Self {
        match plan {
            TokenPlan::Use { .. } => self.to(Phase::Planned(plan)),
            TokenPlan::Reauthorize { error } => self.to(Phase::Failed(error)),
            TokenPlan::Refresh { request, next } => self.to(Phase::Lease { request, next }),
            // Another worker's refresh takes as long as its lease at most.
            TokenPlan::WaitUntil { until_ms, error: None } => self.to(Phase::Sleep { until_ms }),
            TokenPlan::WaitUntil { until_ms, error: Some(error) } => {
                match asked.patience_ms.checked_sub(until_ms.saturating_sub(now_ms)) {
                    Some(patience_ms) => {
                        Self { asked: Some(Asked { patience_ms, ..asked }), ..self.to(Phase::Sleep { until_ms }) }
                    }
                    None => self.to(Phase::Failed(error)),
                }
            }
        }
    }

    fn kept(&self) -> Self {
        self.to(if self.asked.is_some() { Phase::Load } else { Phase::Kept })
    }

    fn replied(
        &self,
        event: &str,
        receive: impl FnOnce(&SharedTokens) -> Result<SharedTokens, VenuekeyError>,
    ) -> Result<Self, VenuekeyError> {
        let Phase::Send { next, .. } = &self.phase else { return Err(self.action().unanswered_by(event)) };
        let brought = receive(next)?;
        Ok(self.to(Phase::Keep { next: brought.clone(), brought }))
    }

    fn to(&self, phase: Phase) -> Self {
        let next = Self { phase, ..self.clone() };
        let may_stop = matches!(next.phase, Phase::Load | Phase::Lease { .. } | Phase::Sleep { .. });
        if self.is_stopping && may_stop { Self { phase: Phase::Stopped, ..next } } else { next }
    }
}

impl fmt::Debug for TokenDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenDriver({})", self.action().as_str())
    }
}
