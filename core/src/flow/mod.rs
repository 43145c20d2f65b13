//! The one loop. A [`Flow`] is a value; each event makes a new one and says what to do next.

mod callback;
mod engine;
mod hand_off;
mod key;
pub(crate) mod snapshot;
pub(crate) mod state;
pub(crate) mod step;
mod subaccounts;

use core::fmt;
use std::sync::Arc;

use crate::account::{CREATE_SUBACCOUNT, Subaccount, Tokens};
use crate::entropy::Entropy;
use crate::error::{ErrorCode, VenuekeyError};
use crate::http::{Delivery, HttpResponse};
use crate::oauth::code_challenge_s256;
use crate::seal::SealingKeys;
use crate::secret::Secret;
use crate::time;
use crate::venue::{Call, FlowOperation, MAX_SUBACCOUNTS, Settings, Venue};
use engine::Engine;
use snapshot::Snapshot;
use state::{FlowData, Move, State, Work};
use step::{Recovery, SecretLost, Step};

/// One connection or one operation, at one point of its life. Immutable: every event returns a [`Step`].
///
/// All times are Unix milliseconds by the host's clock.
#[derive(Clone)]
pub struct Flow {
    settings: Arc<Settings>,
    data: Arc<FlowData>,
}

/// Where a flow stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowStatus {
    /// The user is at the venue, or is to be sent there; only [`Flow::receive_callback`] moves it, or its deadline.
    AwaitingCallback {
        /// When it ends without a callback.
        expires_at_ms: u64,
    },
    /// The callback, the choice or the order to recover is in, or a call such as `check_key` has begun, and nothing has
    /// been sent since: [`Flow::resume`] sends, in any process.
    Ready,
    /// The user is to choose an account: [`Flow::resume`] gives the options again, [`Flow::choose`] goes on.
    AwaitingChoice,
    /// A request may have been sent.
    InFlight,
    /// Between two requests.
    Waiting {
        /// When to resume.
        until_ms: u64,
    },
    /// Succeeded: [`Flow::resume`] gives the outcome again.
    Done,
    /// Failed: [`Flow::resume`] gives the error again.
    Failed,
}

impl FlowStatus {
    /// The name used in every language.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingCallback { .. } => "awaiting_callback",
            Self::Ready => "ready",
            Self::AwaitingChoice => "awaiting_choice",
            Self::InFlight => "in_flight",
            Self::Waiting { .. } => "waiting",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

impl Flow {
    pub(crate) fn begin(settings: Arc<Settings>, data: FlowData) -> Self {
        Self { settings, data: Arc::new(data) }
    }

    /// The authorize URL of a flow that awaits its callback: the same each time it is asked for.
    pub(crate) fn authorize_url(&self) -> Option<Secret> {
        let State::AwaitingCallback { oauth_state, code_verifier, response_type, .. } = &self.data.state else {
            return None;
        };
        let consent = (self.settings.profile.consent)(self.data.operation);
        let challenge = code_verifier.as_ref().map(code_challenge_s256);
        Some(Secret::new(self.settings.authorize_url(&consent, *response_type, oauth_state, challenge.as_deref())))
    }

    pub(crate) fn restore(settings: Arc<Settings>, text: &str) -> Result<Self, VenuekeyError> {
        let data = snapshot::read(&settings, text)?;
        Ok(Self { settings, data: Arc::new(data) })
    }

    pub(crate) fn accept_hand_off(
        settings: Arc<Settings>,
        text: &str,
        on_secret_lost: SecretLost,
        now_ms: u64,
    ) -> Result<Step, VenuekeyError> {
        let data = Arc::new(hand_off::read(&settings, text, on_secret_lost, now_ms)?);
        Ok(Step::Save { next: Self { settings, data } })
    }

    /// A flow from its seal. One that began with its wait is in no store, and its successor is the first revision; one
    /// that comes later, as a reissue's, has its row.
    pub(crate) fn unsealed(self) -> Self {
        let revision = if self.data.revision == 1 { 0 } else { self.data.revision };
        Self { data: Arc::new(FlowData { revision, ..(*self.data).clone() }), ..self }
    }

    /// The pending flow as text for a cookie of the browser's own session, instead of a row in the store. `context`
    /// says whose it is, such as the session's id: the text opens under the same context only.
    ///
    /// A reissue's pending flow is in the store already and stays there: its seal spares the callback the search.
    ///
    /// # Errors
    /// `wrong_state` once the callback is in: what comes after belongs into the store.
    pub fn seal(&self, keys: &SealingKeys, context: &str, entropy: &Entropy) -> Result<String, VenuekeyError> {
        match self.data.state {
            State::AwaitingCallback { .. } => {
                keys.seal(&snapshot::write(&self.settings, &self.data).into_text(), context, entropy)
            }
            _ => Err(self.wrong_state("seal")),
        }
    }

    /// 32 hexadecimal digits, the same through the whole life of the flow.
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

    /// The newest tokens this flow holds: they may have been refreshed on the way, even in one that failed.
    pub fn tokens(&self) -> Option<&Tokens> {
        match &self.data.state {
            State::Finished { result } => result.tokens(),
            state => state.work()?.facts.tokens.as_ref(),
        }
    }

    /// The flow as text, to be stored by compare-and-set under its id and revision.
    pub fn snapshot(&self) -> Snapshot {
        snapshot::write(&self.settings, &self.data)
    }

    /// The reply to the request of the last `Send`. It is read whatever `now_ms` says.
    ///
    /// # Errors
    /// `wrong_state` where no request is in flight.
    pub fn receive_response(&self, response: &HttpResponse, now_ms: u64) -> Result<Step, VenuekeyError> {
        let State::InFlight { work } = &self.data.state else { return Err(self.wrong_state("receive_response")) };
        let reading = (self.settings.profile.read)(work.call, response);
        let next = self.engine(now_ms)?.receive(work.clone(), reading);
        self.take(next, now_ms)
    }

    /// No reply came: a timeout, a broken connection, or nobody knows. Only where it is certain that the request never
    /// left may it be said: then a one-time code is not spent, and the same request goes out again in a while.
    ///
    /// # Errors
    /// `wrong_state` where no request is in flight.
    pub fn receive_no_response(&self, delivery: Delivery, now_ms: u64) -> Result<Step, VenuekeyError> {
        let State::InFlight { work } = &self.data.state else { return Err(self.wrong_state("receive_no_response")) };
        let engine = self.engine(now_ms)?;
        let next = match delivery {
            Delivery::Unknown => engine.receive_no_response(work.clone()),
            Delivery::NotSent => engine.receive_not_sent(work.clone()),
        };
        self.take(next, now_ms)
    }

    /// The user's choice: the id of one of the accounts of [`Step::Choose`], or
    /// [`CREATE_SUBACCOUNT`](crate::CREATE_SUBACCOUNT) where a new one may be made.
    ///
    /// A `Save`, like the callback: once it is stored, any worker goes on by [`Flow::resume`], and a second click
    /// finds the flow moved on.
    ///
    /// # Errors
    /// `invalid_argument` for any other id, `wrong_state` where there is nothing to choose; the flow stays usable.
    pub fn choose(&self, id: &str, now_ms: u64) -> Result<Step, VenuekeyError> {
        time::check(now_ms)?;
        let State::AwaitingChoice { work } = &self.data.state else { return Err(self.wrong_state("choose")) };
        let (may_create, listed) = choices(work);
        let mut work = if id == CREATE_SUBACCOUNT && may_create {
            work.clone().at_stage(Call::CreateSubaccount)
        } else if listed.iter().any(|account| account.id == id) {
            let mut work = work.clone().at_stage(Call::FetchSubaccountKey);
            work.facts.sub_member_id = Some(id.to_owned());
            work
        } else {
            let hint = "choose the id of one of the accounts, or \"create\" where a new one may be made";
            return Err(VenuekeyError::invalid_argument(hint));
        };
        work.facts.creation_in_doubt = false;
        self.take(Move::Ready(work), now_ms)
    }

    /// Goes on after a `Save`, a `Wait`, or a restore. In flight, it means [`Flow::receive_no_response`] of
    /// [`Delivery::Unknown`]: give a flow that another worker may still be driving to nobody else.
    ///
    /// # Errors
    /// `wrong_state` while a flow of [`Client::begin`](crate::Client::begin) awaits its callback and the deadline has
    /// not passed; a reissue gives its [`Step::Authorize`] again.
    pub fn resume(&self, now_ms: u64) -> Result<Step, VenuekeyError> {
        time::check(now_ms)?;
        match &self.data.state {
            State::AwaitingCallback { expires_at_ms, .. } if now_ms < *expires_at_ms => match self.authorize_url() {
                // Nobody else has this URL; that of `begin` was given with the flow.
                Some(authorize_url) if self.data.operation == FlowOperation::ReissueKey => {
                    Ok(Step::Authorize { authorize_url, flow: self.clone() })
                }
                _ => Err(self.wrong_state("resume")),
            },
            State::AwaitingCallback { .. } => {
                let hint = "the user closed the page, or the venue did not let them through; start again";
                let error = self.engine(now_ms)?.error(ErrorCode::CallbackTimeout, None, hint);
                self.take(Move::End { error, recovery: None, work: None }, now_ms)
            }
            State::Ready { work } => {
                let next = self.engine(now_ms)?.start(work.clone());
                self.take(next, now_ms)
            }
            State::AwaitingChoice { work } => {
                let (may_create, listed) = choices(work);
                let (subaccounts, creation_in_doubt) = (listed.to_vec(), work.facts.creation_in_doubt);
                Ok(Step::Choose { subaccounts, may_create, creation_in_doubt, flow: self.clone() })
            }
            State::InFlight { .. } => self.receive_no_response(Delivery::Unknown, now_ms),
            State::Waiting { work, until_ms, reason } => {
                if now_ms >= *until_ms {
                    let next = self.engine(now_ms)?.start(work.clone());
                    return self.take(next, now_ms);
                }
                // A clock that jumped back must not stretch the wait.
                let until_ms = time::clamp_until(*until_ms, now_ms, reason.schedule().cap_ms);
                let next = self.successor(State::Waiting { work: work.clone(), until_ms, reason: *reason });
                Ok(Step::Wait { until_ms, reason: *reason, next })
            }
            State::Finished { result } => Ok(Step::Done { outcome: result.clone(), flow: self.clone() }),
            State::Ended { error, recovery, .. } => {
                Ok(Step::Failed { error: error.clone(), recovery: *recovery, flow: self.clone() })
            }
        }
    }

    /// Goes on after a `Failed` that named a recovery.
    ///
    /// A `Save` of a flow that is ready, like the callback and the choice: the web request that got the click saves it
    /// and ends, and any worker goes on by [`Flow::resume`]. A second click finds the flow moved on.
    ///
    /// # Errors
    /// `wrong_state` where there is nothing to recover.
    pub fn recover(&self, now_ms: u64) -> Result<Step, VenuekeyError> {
        time::check(now_ms)?;
        let State::Ended { recovery: Some(recovery), work: Some(work), .. } = &self.data.state else {
            return Err(self.wrong_state("recover"));
        };
        let doubts = work.doubts;
        let stage = match recovery {
            Recovery::DeleteKey => Call::DeleteKey,
            Recovery::ChooseAgain => Call::ListSubaccounts,
            Recovery::PollLonger | Recovery::TryAgain | Recovery::AskAgain => work.stage,
        };
        let mut work = work.clone().at_stage(stage);
        // What was in doubt stays in doubt: a 409 later must still count as this flow's own loss.
        work.doubts = if stage == Call::FetchSecret { doubts } else { 0 };
        self.take(Move::Ready(work), now_ms)
    }

    fn engine(&self, now_ms: u64) -> Result<Engine, VenuekeyError> {
        Ok(Engine {
            profile: self.settings.profile,
            stages: self.settings.stages(self.data.operation)?,
            operation: self.data.operation,
            on_secret_lost: self.data.on_secret_lost,
            expected_uid: self.data.expected_uid.clone(),
            seed: self.data.seed,
            now_ms,
        })
    }

    /// Turns a decision into the next value and the step that goes with it.
    fn take(&self, next: Move, now_ms: u64) -> Result<Step, VenuekeyError> {
        match next {
            Move::Ready(work) => Ok(Step::Save { next: self.successor(State::Ready { work }) }),
            Move::Choose(work) => Ok(Step::Save { next: self.successor(State::AwaitingChoice { work }) }),
            Move::Authorize(consent) => Ok(Step::Save { next: self.successor(State::awaiting(consent, now_ms)) }),
            Move::Send(work) => {
                let Some(request) = (self.settings.profile.request)(work.call, &self.settings, &work.facts) else {
                    // A venue whose stage asks for a fact that no earlier stage brings: a defect of its profile.
                    return Err(VenuekeyError::new(ErrorCode::WrongState)
                        .with_hint("this request needs a fact the flow does not have"));
                };
                Ok(Step::Send { request, next: self.successor(State::InFlight { work }) })
            }
            Move::Wait { work, wait_ms, reason } => {
                let until_ms = time::after(now_ms, u64::from(wait_ms));
                Ok(Step::Wait { until_ms, reason, next: self.successor(State::Waiting { work, until_ms, reason }) })
            }
            Move::Finish(result) => Ok(Step::Save { next: self.successor(State::Finished { result }) }),
            Move::End { error, recovery, work } => {
                Ok(Step::Save { next: self.successor(State::Ended { error, recovery, work }) })
            }
        }
    }

    fn successor(&self, state: State) -> Self {
        let data = FlowData { state, revision: self.data.revision.saturating_add(1), ..(*self.data).clone() };
        Self { settings: Arc::clone(&self.settings), data: Arc::new(data) }
    }

    fn wrong_state(&self, event: &str) -> VenuekeyError {
        let hint = match (&self.data.state, event) {
            (State::AwaitingCallback { .. }, "resume") => {
                "it waits for the browser: call receive_callback, or resume after its deadline"
            }
            (State::AwaitingCallback { .. }, _) => "it waits for the browser: call receive_callback",
            (State::Ready { .. }, _) => "nothing has been sent yet: call resume",
            (State::AwaitingChoice { .. }, _) => "it waits for the user's choice: call choose",
            (State::InFlight { .. }, _) => "a request is in flight: call receive_response or receive_no_response",
            (State::Waiting { .. }, _) => "it is between two requests: call resume",
            (State::Finished { .. }, _) => "it is done: call resume for the outcome",
            (State::Ended { .. }, _) => "it has failed: call resume for the error",
        };
        VenuekeyError::new(ErrorCode::WrongState).with_hint(hint)
    }
}

/// Whether a new account may be made (facts/bybit.md, 6.3: only when fewer than five exist), and those there are.
fn choices(work: &Work) -> (bool, &[Subaccount]) {
    let listed = work.facts.subaccounts.as_deref().unwrap_or_default();
    (listed.len() < MAX_SUBACCOUNTS, listed)
}

impl fmt::Debug for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (venue, operation) = (self.venue().as_str(), self.operation().as_str());
        let (id, revision, status) = (self.flow_id(), self.revision(), self.status().as_str());
        write!(f, "Flow({venue} {operation}, {id}, revision {revision}, {status})")
    }
}
