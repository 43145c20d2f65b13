//! What happens to a flow, and what it leads to.

use std::sync::Arc;

use super::hand_off;
use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::time;
use crate::flow::Flow;
use crate::flow::engine::Engine;
use crate::flow::state::{FlowData, StageState, State};
use crate::flow::step::Step;
use crate::flow::transition::Transition;
use crate::model::api_key::{CREATE_SUBACCOUNT, Subaccount};
use crate::model::operation::FlowOperation;
use crate::model::policy::{LostSecretPolicy, Recovery};
use crate::venue::contract::{StageKind, Unanswered, of_kind};
use crate::venue::settings::Settings;
use crate::wire::http::{Delivery, HttpResponse, Replay};

impl Flow {
    pub(crate) fn accept_hand_off(
        settings: Arc<Settings>,
        text: &str,
        on_secret_lost: LostSecretPolicy,
        now_ms: u64,
    ) -> Result<Step, VenuekeyError> {
        let data = hand_off::read(&settings, text, on_secret_lost, now_ms)?;
        Ok(Step::Save { next: Self::new(settings, data) }.with_news())
    }

    /// The reply to the request of the last [`Step::Send`]. It is read whatever the time.
    ///
    /// # Errors
    /// `wrong_state` if no request is in flight.
    pub fn receive_response(&self, response: &HttpResponse, now_ms: u64) -> Result<Step, VenuekeyError> {
        let State::InFlight { work } = &self.data.state else { return Err(self.wrong_state("receive_response")) };
        let reply = (work.call.parse)(response);
        let next = self.engine(now_ms)?.receive(work.clone(), reply);
        Ok(self.apply(next, now_ms)?.with_news())
    }

    /// No reply came: a timeout, a broken connection, or nobody knows.
    ///
    /// - `delivery`: say that the request was not sent only if it certainly never left, for example because no
    ///   connection could be made: then a one-time code is not spent, and the same request goes out again in a while.
    ///
    /// # Errors
    /// `wrong_state` if no request is in flight.
    pub fn receive_no_response(&self, delivery: Delivery, now_ms: u64) -> Result<Step, VenuekeyError> {
        let State::InFlight { work } = &self.data.state else { return Err(self.wrong_state("receive_no_response")) };
        let engine = self.engine(now_ms)?;
        match delivery {
            // What a restart would find as well.
            Delivery::Unknown => self.apply(engine.receive_no_response(work.clone()), now_ms),
            Delivery::NotSent => Ok(self.apply(engine.receive_not_sent(work.clone()), now_ms)?.with_news()),
        }
    }

    /// The user's choice at a [`Step::Choose`]. It is a [`Step::Save`], like the callback: once it is stored, any
    /// worker continues with [`Flow::resume`], and a second click finds that the flow has moved on.
    ///
    /// - `id`: the id of one of the accounts, or [`CREATE_SUBACCOUNT`](crate::parts::CREATE_SUBACCOUNT) if a new one
    ///   can be created.
    ///
    /// # Errors
    /// `invalid_argument` for any other id; `wrong_state` if there is nothing to choose. The flow stays usable.
    pub fn choose(&self, id: &str, now_ms: u64) -> Result<Step, VenuekeyError> {
        time::check(now_ms)?;
        let State::AwaitingChoice { work } = &self.data.state else { return Err(self.wrong_state("choose")) };
        let (may_create, listed) = self.choices(work);
        let is_listed = listed.iter().any(|account| account.id == id);
        let kind = match id {
            CREATE_SUBACCOUNT if may_create => Some(StageKind::Create),
            _ => is_listed.then_some(StageKind::Fetch),
        };
        let stages = self.settings.stages(self.data.operation)?;
        let Some(stage) = kind.and_then(|kind| of_kind(stages, kind)) else {
            let hint = "choose the id of one of the accounts, or \"create\" if a new one may be created";
            return Err(VenuekeyError::invalid_argument(hint));
        };
        let mut work = work.clone().at_stage(stage);
        if stage.kind == StageKind::Fetch {
            work.context.sub_member_id = Some(id.to_owned());
        }
        work.context.creation_in_doubt = false;
        Ok(self.apply(Transition::Ready(work), now_ms)?.with_news())
    }

    /// Continues after a [`Step::Save`], a [`Step::Wait`] or a restore. For a flow in flight it means that no reply
    /// came, as [`Flow::receive_no_response`], so leave alone a flow that another worker may still be driving. A flow
    /// that awaits a choice, is done or has failed gives the options, the outcome or the error again; a reissue that
    /// awaits its callback gives its [`Step::Authorize`].
    ///
    /// # Errors
    /// `wrong_state` while a flow of [`Client::begin`](crate::Client::begin) awaits its callback and the deadline has
    /// not passed.
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
                self.apply(Transition::End { error, recovery: None, work: None }, now_ms)
            }
            State::Ready { work } if work.looks_first() => self.apply(Transition::Send(work.clone()), now_ms),
            State::Ready { work } => {
                let next = self.engine(now_ms)?.start(work.clone());
                self.apply(next, now_ms)
            }
            State::AwaitingChoice { work } => {
                let (subaccounts, may_create, creation_in_doubt) = self.offer(work);
                Ok(Step::Choose { subaccounts, may_create, creation_in_doubt, flow: self.clone() })
            }
            State::InFlight { .. } => self.receive_no_response(Delivery::Unknown, now_ms),
            State::Waiting { work, until_ms, reason } => {
                if now_ms >= *until_ms {
                    let next = self.engine(now_ms)?.start(work.clone());
                    return self.apply(next, now_ms);
                }
                // A clock that jumped back must not stretch the wait.
                let until_ms = time::clamp_until(*until_ms, now_ms, self.settings.profile.schedule(*reason).cap_ms);
                let next = self.successor(State::Waiting { work: work.clone(), until_ms, reason: *reason });
                Ok(Step::Wait { until_ms, reason: *reason, next })
            }
            State::Done { result } => Ok(Step::Done { outcome: result.clone(), flow: self.clone() }),
            State::Failed { error, recovery, .. } => {
                Ok(Step::Failed { error: error.clone(), recovery: *recovery, flow: self.clone() })
            }
        }
    }

    /// Continues after a [`Step::Failed`] that named a recovery. It is a [`Step::Save`] of a flow that is ready: the
    /// web request that got the click saves it and ends, and any worker continues with [`Flow::resume`]. A second click
    /// finds that the flow has moved on.
    ///
    /// # Errors
    /// `wrong_state` if there is nothing to recover.
    pub fn recover(&self, now_ms: u64) -> Result<Step, VenuekeyError> {
        time::check(now_ms)?;
        let State::Failed { recovery: Some(recovery), work: Some(work), .. } = &self.data.state else {
            return Err(self.wrong_state("recover"));
        };
        let doubts = work.doubts;
        let profile = self.settings.profile;
        let stage = match (recovery, work.stage.unanswered) {
            (Recovery::DeleteKey, _) => of_kind(profile.stages, StageKind::Delete),
            (Recovery::ChooseAgain, _) => of_kind(profile.stages, StageKind::Choose),
            // What may have been created is cleared away first.
            (Recovery::AskAgain, Unanswered::Look(stage)) => profile.stage(stage),
            (Recovery::PollLonger | Recovery::TryAgain | Recovery::AskAgain, _) => Some(work.stage),
        };
        let stage = stage.ok_or_else(|| self.wrong_state("recover"))?;
        let mut work = work.clone().at_stage(stage);
        // What was in doubt stays in doubt: a 409 later must still count as this flow's own loss.
        work.doubts = if stage.replay == Replay::OnceOnly { doubts } else { 0 };
        Ok(self.apply(Transition::Ready(work), now_ms)?.with_news())
    }

    pub(super) fn engine(&self, now_ms: u64) -> Result<Engine, VenuekeyError> {
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
    pub(super) fn apply(&self, next: Transition, now_ms: u64) -> Result<Step, VenuekeyError> {
        match next {
            Transition::Ready(work) => Ok(Step::Save { next: self.successor(State::Ready { work }) }),
            Transition::Choose(work) => Ok(Step::Save { next: self.successor(State::AwaitingChoice { work }) }),
            Transition::Authorize(consent) => Ok(Step::Save { next: self.successor(State::awaiting(consent, now_ms)) }),
            Transition::Send(work) => {
                let Some(request) = (work.call.request)(work.call, &self.settings.identity, &work.context) else {
                    // A venue whose stage asks for a fact that no earlier stage brings: a defect of its profile.
                    return Err(VenuekeyError::new(ErrorCode::WrongState)
                        .with_hint("this request needs a value that the flow does not have"));
                };
                Ok(Step::Send { request, next: self.successor(State::InFlight { work }) })
            }
            Transition::Wait { work, wait_ms, reason } => {
                let until_ms = time::after(now_ms, u64::from(wait_ms));
                Ok(Step::Wait { until_ms, reason, next: self.successor(State::Waiting { work, until_ms, reason }) })
            }
            Transition::Finish(result) => Ok(Step::Save { next: self.successor(State::Done { result }) }),
            Transition::End { error, recovery, work } => {
                Ok(Step::Save { next: self.successor(State::Failed { error, recovery, work }) })
            }
        }
    }

    pub(super) fn successor(&self, state: State) -> Self {
        // Field by field: `..clone()` would copy the old state, with all its secrets, only to wipe it.
        let FlowData { flow_id, revision, operation, on_secret_lost, expected_uid, seed, state: _ } = &*self.data;
        let data = FlowData {
            flow_id: flow_id.clone(),
            revision: revision.saturating_add(1),
            operation: *operation,
            on_secret_lost: *on_secret_lost,
            expected_uid: expected_uid.clone(),
            seed: *seed,
            state,
        };
        Self::new(Arc::clone(&self.settings), data)
    }

    /// What the user chooses from, while a choice is wanted: the accounts, whether one may be made, whether one is in doubt.
    pub(crate) fn offered(&self) -> Option<(Vec<Subaccount>, bool, bool)> {
        match &self.data.state {
            State::AwaitingChoice { work } => Some(self.offer(work)),
            _ => None,
        }
    }

    fn offer(&self, work: &StageState) -> (Vec<Subaccount>, bool, bool) {
        let (may_create, listed) = self.choices(work);
        (listed.to_vec(), may_create, work.context.creation_in_doubt)
    }

    /// Whether a new account may be made, and those there are.
    fn choices<'a>(&self, work: &'a StageState) -> (bool, &'a [Subaccount]) {
        let listed = work.context.subaccounts.as_deref().unwrap_or_default();
        (listed.len() < self.settings.profile.max_accounts, listed)
    }
}
