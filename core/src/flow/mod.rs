//! The one loop. A [`Flow`] is a value; each event makes a new one and says what to do next.

mod callback;
mod codec;
mod create;
mod engine;
mod events;
mod hand_off;
mod key;
#[cfg(feature = "seal")]
mod seal;
pub(crate) mod state;
pub(crate) mod step;

mod transition;
pub(crate) mod validate;

use core::fmt;
use std::sync::Arc;

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::ids::Venue;
use crate::base::secret::Secret;
use crate::base::time;
use crate::flow::state::{FlowData, Refresh, StageState, State};
use crate::model::operation::FlowOperation;
use crate::model::snapshot::Snapshot;
use crate::model::status::{FlowStatus, Waiting};
use crate::model::tokens::Tokens;
use crate::venue::settings::Settings;
use crate::wire::pkce::code_challenge_s256;

/// One connection or one operation, at one point of its life. Immutable: every event returns a step. A refused event
/// leaves the value usable.
///
/// All times are Unix milliseconds by the host's clock.
#[derive(Clone)]
pub struct Flow {
    settings: Arc<Settings>,
    data: Arc<FlowData>,
    /// Whether it holds what came from outside and was in no store when this value was made. Not part of its text: what is
    /// restored has been stored.
    brings_news: bool,
}

impl Flow {
    pub(crate) fn new(settings: Arc<Settings>, data: FlowData) -> Self {
        Self { settings, data: Arc::new(data), brings_news: false }
    }

    /// The authorize URL of a flow that awaits its callback: the same each time it is asked for.
    pub(crate) fn authorize_url(&self) -> Option<Secret> {
        let State::AwaitingCallback { oauth_state, code_verifier, response_type, .. } = &self.data.state else {
            return None;
        };
        let consent = (self.settings.profile.consent)(self.data.operation);
        let challenge = code_verifier.as_ref().map(code_challenge_s256);
        Some(self.settings.authorize_url(&consent, *response_type, oauth_state, challenge.as_deref()))
    }

    pub(crate) fn restore(settings: Arc<Settings>, text: &str) -> Result<Self, VenuekeyError> {
        let data = codec::read(&settings, text)?;
        Ok(Self::new(settings, data))
    }

    /// 32 hexadecimal digits, the same for the whole life of the flow.
    pub fn flow_id(&self) -> &str {
        &self.data.flow_id
    }

    /// Counts up by one with each step, from 1.
    pub fn revision(&self) -> u64 {
        self.data.revision
    }

    /// The venue this flow talks to.
    pub fn venue(&self) -> Venue {
        self.settings.profile.venue
    }

    /// What the flow is for.
    pub fn operation(&self) -> FlowOperation {
        self.data.operation
    }

    /// Where it stands.
    pub fn status(&self) -> FlowStatus {
        self.data.state.status()
    }

    /// What it waits for, while its status is `waiting`.
    pub fn wait(&self) -> Option<Waiting> {
        let State::Waiting { work, until_ms, reason } = &self.data.state else { return None };
        let (until_ms, reason, attempts) = (*until_ms, *reason, work.tries.of(*reason));
        let left_ms = self.settings.profile.schedule(reason).left_ms(attempts, self.data.seed);
        Some(Waiting { reason, attempts, until_ms, gives_up_at_ms: Some(time::after(until_ms, left_ms)) })
    }

    /// The newest tokens this flow holds: they may have been refreshed meanwhile, even in a flow that failed.
    pub fn tokens(&self) -> Option<&Tokens> {
        match &self.data.state {
            State::Done { result } => result.tokens(),
            state => state.work()?.context.tokens.as_ref(),
        }
    }

    /// The flow as text, to be stored by compare-and-set under its id and revision.
    pub fn snapshot(&self) -> Snapshot {
        codec::write(&self.settings, &self.data)
    }

    /// Whether it holds a callback, a choice, an order or a reply that can't be had again, which is lost unless it is saved.
    pub(crate) fn brings_news(&self) -> bool {
        self.brings_news
    }

    pub(crate) fn data(&self) -> &FlowData {
        &self.data
    }

    /// Ended before its next request. It still knows the key that it has come to: somebody may have to be told of it.
    pub(crate) fn failed(&self, error: VenuekeyError) -> Self {
        let work = self.data.state.work().filter(|work| !work.replaces_key()).cloned();
        self.successor(State::Failed { error, recovery: None, work })
    }

    /// With its request not sent: whoever goes on decides anew what to send.
    pub(crate) fn held_back(&self) -> Self {
        match &self.data.state {
            State::InFlight { work } => {
                // A refresh is decided on anew; a look on the way to a deletion is a decision that was made.
                let call = if work.looks_first() { work.call } else { work.stage };
                let work = StageState { call, ..work.clone() };
                Self { brings_news: self.brings_news, ..self.successor(State::Ready { work }) }
            }
            _ => self.clone(),
        }
    }

    /// With a pair in the place of the one that it was refreshed from elsewhere.
    pub(crate) fn with_tokens(&self, tokens: Option<&Tokens>) -> Self {
        let Some(tokens) = tokens else { return self.clone() };
        let mut next = self.successor(self.data.state.clone());
        let data = Arc::make_mut(&mut next.data);
        if let State::Done { result } = &mut data.state {
            result.set_tokens(tokens.clone());
        } else if let Some(work) = data.state.work_mut() {
            work.context.tokens = Some(tokens.clone());
            work.refresh = Refresh::default();
        }
        next
    }

    /// How far it has come: the place of its stage, counted from 1. The end is beyond all of them.
    pub(crate) fn progress(&self) -> usize {
        let stages = self.settings.stages(self.data.operation).unwrap_or_default();
        let place = |work: &StageState| stages.iter().position(|stage| *stage == work.stage);
        match &self.data.state {
            State::Done { .. } => usize::MAX,
            state => state.work().and_then(place).map_or(0, |place| place + 1),
        }
    }

    pub(super) fn wrong_state(&self, event: &str) -> VenuekeyError {
        let hint = match (&self.data.state, event) {
            (State::AwaitingCallback { .. }, "resume") => {
                "it waits for the browser: call receive_callback, or resume after its deadline"
            }
            (State::AwaitingCallback { .. }, _) => "it waits for the browser: call receive_callback",
            (State::Ready { .. }, _) => "nothing has been sent yet: call resume",
            (State::AwaitingChoice { .. }, _) => "it waits for the user's choice: call choose",
            (State::InFlight { .. }, _) => "a request is in flight: call receive_response or receive_no_response",
            (State::Waiting { .. }, _) => "it is between two requests: call resume",
            (State::Done { .. }, _) => "it is done: call resume for the outcome",
            (State::Failed { .. }, _) => "it has failed: call resume for the error",
        };
        VenuekeyError::new(ErrorCode::WrongState).with_hint(hint)
    }
}

impl fmt::Debug for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (venue, operation) = (self.venue(), self.operation().as_str());
        let (id, revision, status) = (self.flow_id(), self.revision(), self.status().as_str());
        write!(f, "Flow({venue:?} {operation}, {id}, revision {revision}, {status})")
    }
}
