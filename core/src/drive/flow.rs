//! The loop that runs a flow.

use core::fmt;

use crate::base::error::VenuekeyError;
use crate::drive::Action;
use crate::flow::step::Step;
use crate::model::snapshot::Snapshot;
use crate::wire::http::{Delivery, HttpResponse, Replay};

/// A flow on its way from one [`Step`] to its end, in the hands of one worker. Immutable: every event makes a new value.
///
/// [`FlowDriver::action`] says what to do, and the event of the same name reports the result. The order is the point:
/// what a step asks for is stored before it is done, and only the worker whose save won does it. So neither two workers
/// nor a callback that arrives twice ever send one code twice.
///
/// A host that must shut down meanwhile, because of a signal, a deploy or a cancellation, calls [`FlowDriver::stop`]
/// and continues while [`FlowDriver::must_go_on`]: a request that may have taken effect is not cut off, and its reply
/// is stored.
#[derive(Clone)]
pub struct FlowDriver {
    step: Step,
    phase: Phase,
    is_stopping: bool,
}

#[derive(Clone)]
enum Phase {
    /// The step is to be stored, if it has anything to store.
    Save,
    /// It has been, and is acted on.
    Act,
    Failed(VenuekeyError),
    Stopped,
}

impl FlowDriver {
    /// Begins at a step that `receive_callback`, `resume`, `choose`, `recover` or a call of [`Client`](crate::Client)
    /// returned.
    pub fn new(step: Step) -> Self {
        Self { step, phase: Phase::Save, is_stopping: false }
    }

    /// What to do now.
    pub fn action(&self) -> Action {
        match (&self.phase, &self.step) {
            (Phase::Failed(_), _) => Action::Fail,
            (Phase::Stopped, _) => Action::Stop,
            (_, Step::Failed { .. }) => Action::Fail,
            (_, Step::Done { .. }) => Action::Return,
            // Stored already: by the `Save` before, or they were restored. The answer is not asked for twice.
            (_, Step::Choose { .. }) => Action::Choose,
            (_, Step::Authorize { .. }) => Action::Authorize,
            (Phase::Save, Step::Send { .. } | Step::Save { .. } | Step::Wait { .. }) | (_, Step::Save { .. }) => {
                Action::Save
            }
            (Phase::Act, Step::Send { .. }) => Action::Send,
            (Phase::Act, Step::Wait { .. }) => Action::Sleep,
        }
    }

    /// The current step: it has the request of a `Send`, the accounts of a `Choose`, the outcome of a `Return`.
    pub fn step(&self) -> &Step {
        &self.step
    }

    /// What to store at a `Save`.
    pub fn snapshot(&self) -> Snapshot {
        self.step.flow().snapshot()
    }

    /// Why it failed, at a `Fail`: the step's own error, `superseded` if another worker won, or `choice_required` and
    /// `authorization_required` if nobody was there to answer. The flow is stored, and its `resume` asks again.
    pub fn error(&self) -> Option<&VenuekeyError> {
        match (&self.phase, &self.step) {
            (Phase::Failed(error), _) | (_, Step::Failed { error, .. }) => Some(error),
            _ => None,
        }
    }

    /// Whether it has just reached this step and nothing has been done about it yet: the time to show progress.
    pub fn is_new_step(&self) -> bool {
        matches!(self.phase, Phase::Save)
    }

    /// Whether nothing may interrupt this action: it holds something that is stored nowhere else, or a request that may
    /// be sent only once is stored as sent, so that nobody would send it later.
    pub fn must_go_on(&self) -> bool {
        match (&self.phase, &self.step) {
            (Phase::Save, step) => step.flow().brings_news() && self.action() == Action::Save,
            (Phase::Act, Step::Send { request, .. }) => request.replay() != Replay::Safe,
            _ => false,
        }
    }

    /// The host is shutting down; first report a save that has begun. While [`FlowDriver::must_go_on`], this takes
    /// effect once everything that must be stored is; otherwise the action is `Stop` at once, and whatever is being
    /// done is abandoned.
    #[must_use]
    pub fn stop(&self) -> Self {
        Self { is_stopping: true, ..self.clone() }.stopped_if_it_may()
    }

    /// The store has the snapshot.
    ///
    /// # Errors
    /// `wrong_state` if there was nothing to save; `invalid_argument` if `now_ms` is not in Unix milliseconds.
    pub fn saved(&self, now_ms: u64) -> Result<Self, VenuekeyError> {
        self.action().must_be(Action::Save, "saved")?;
        match &self.step {
            // Whoever is to end does so here: any worker goes on from what is stored.
            Step::Save { .. } if self.is_stopping => Ok(self.at(Phase::Stopped)),
            Step::Save { next } => Ok(self.after(next.resume(now_ms)?)),
            _ => Ok(self.at(Phase::Act).stopped_if_it_may()),
        }
    }

    /// The store has another revision: another worker has taken over this flow.
    ///
    /// # Errors
    /// `wrong_state` if there was nothing to save.
    pub fn superseded(&self) -> Result<Self, VenuekeyError> {
        self.action().must_be(Action::Save, "superseded")?;
        Ok(self.at(Phase::Failed(VenuekeyError::superseded())))
    }

    /// The reply to the request.
    ///
    /// # Errors
    /// `wrong_state` if there was nothing to send.
    pub fn response(&self, response: &HttpResponse, now_ms: u64) -> Result<Self, VenuekeyError> {
        self.action().must_be(Action::Send, "response")?;
        Ok(self.after(self.step.flow().receive_response(response, now_ms)?))
    }

    /// No reply came to the request; see [`Flow::receive_no_response`](crate::parts::Flow::receive_no_response).
    ///
    /// # Errors
    /// `wrong_state` if there was nothing to send.
    pub fn no_response(&self, delivery: Delivery, now_ms: u64) -> Result<Self, VenuekeyError> {
        self.action().must_be(Action::Send, "no_response")?;
        Ok(self.after(self.step.flow().receive_no_response(delivery, now_ms)?))
    }

    /// It is `until_ms`.
    ///
    /// # Errors
    /// `wrong_state` if it was not sleeping; `invalid_argument` if `now_ms` is not in Unix milliseconds.
    pub fn awake(&self, now_ms: u64) -> Result<Self, VenuekeyError> {
        self.action().must_be(Action::Sleep, "awake")?;
        Ok(self.after(self.step.flow().resume(now_ms)?))
    }

    /// What the user chose; see [`Flow::choose`](crate::parts::Flow::choose).
    ///
    /// # Errors
    /// As of `choose`; the flow waits as before.
    pub fn chosen(&self, id: &str, now_ms: u64) -> Result<Self, VenuekeyError> {
        self.action().must_be(Action::Choose, "chosen")?;
        Ok(self.after(self.step.flow().choose(id, now_ms)?))
    }

    /// The URL that the browser came back with; see [`Flow::receive_callback`](crate::parts::Flow::receive_callback).
    ///
    /// # Errors
    /// As of `receive_callback`; the flow waits as before.
    pub fn called_back(&self, url: &str, now_ms: u64) -> Result<Self, VenuekeyError> {
        self.action().must_be(Action::Authorize, "called_back")?;
        Ok(self.after(self.step.flow().receive_callback(url, now_ms)?))
    }

    /// Nobody is here to choose or to be sent to the venue: the answer comes in another request.
    ///
    /// # Errors
    /// `wrong_state` if nobody was asked.
    pub fn unanswered(&self) -> Result<Self, VenuekeyError> {
        match self.action() {
            Action::Choose => Ok(self.at(Phase::Failed(VenuekeyError::choice_required()))),
            Action::Authorize => Ok(self.at(Phase::Failed(VenuekeyError::authorization_required()))),
            action => Err(action.unanswered_by("unanswered")),
        }
    }

    fn after(&self, step: Step) -> Self {
        Self { step, phase: Phase::Save, is_stopping: self.is_stopping }.stopped_if_it_may()
    }

    fn at(&self, phase: Phase) -> Self {
        Self { phase, ..self.clone() }
    }

    fn stopped_if_it_may(self) -> Self {
        let has_ended = matches!(self.phase, Phase::Failed(_));
        if self.is_stopping && !has_ended && !self.must_go_on() { self.at(Phase::Stopped) } else { self }
    }
}

impl fmt::Debug for FlowDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FlowDriver({}, {:?})", self.action().as_str(), self.step)
    }
}
