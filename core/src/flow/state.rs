//! Where a flow stands: plain data, all of it in the snapshot.

use crate::base::error::VenuekeyError;
use crate::base::json::{members, tagged};
use crate::base::secret::Secret;
use crate::base::time;
use crate::model::key_request::KeyRequest;
use crate::model::operation::{FlowOperation, ResponseType};
use crate::model::outcome::Outcome;
use crate::model::policy::{LostSecretPolicy, Recovery, WaitReason};
use crate::model::status::FlowStatus;
use crate::venue::contract::{FlowContext, NextConsent, Stage, StageKind};

/// A flow without its client: who it is, and where it stands.
#[derive(Clone)]
pub(crate) struct FlowData<S = &'static Stage> {
    pub flow_id: String,
    pub revision: u64,
    pub operation: FlowOperation,
    pub on_secret_lost: LostSecretPolicy,
    /// Whose account it must be, where the host has said so.
    pub expected_uid: Option<String>,
    /// Spreads the waits.
    pub seed: u32,
    pub state: State<S>,
}

members!(FlowData, read as FlowData<String> { flow_id, revision, operation, on_secret_lost, expected_uid: optional, seed, state });

#[derive(Clone)]
pub(crate) enum State<S = &'static Stage> {
    /// The user is at the venue.
    AwaitingCallback {
        oauth_state: Secret,
        code_verifier: Option<Secret>,
        expires_at_ms: u64,
        response_type: ResponseType,
        key_request: Option<KeyRequest>,
    },
    /// The callback, the choice or the order to recover has been accepted, or a call such as `check_key` has begun, and
    /// nothing has been sent since: whoever resumes it sends.
    Ready { work: StageState<S> },
    /// The user is to choose one of the accounts that are known.
    AwaitingChoice { work: StageState<S> },
    /// A request may have been sent. Restored, this means: we don't know.
    InFlight { work: StageState<S> },
    /// Between two requests.
    Waiting { work: StageState<S>, until_ms: u64, reason: WaitReason },
    /// Succeeded.
    Done { result: Outcome },
    /// Failed.
    Failed { error: VenuekeyError, recovery: Option<Recovery>, work: Option<StageState<S>> },
}

tagged!(State, read as State<String>, "state" {
    AwaitingCallback = "awaiting_callback" {
        oauth_state, code_verifier: optional, expires_at_ms, response_type: optional, key_request: optional
    },
    Ready = "ready" { work },
    AwaitingChoice = "awaiting_choice" { work },
    InFlight = "in_flight" { work },
    Waiting = "waiting" { work, until_ms, reason },
    Done = "done" { result },
    Failed = "failed" { error, recovery: optional, work: optional },
});

impl<S> State<S> {
    /// The work in hand, or what was left of it at the end.
    pub fn work(&self) -> Option<&StageState<S>> {
        match self {
            State::AwaitingCallback { .. } | State::Done { .. } => None,
            State::Ready { work }
            | State::AwaitingChoice { work }
            | State::InFlight { work }
            | State::Waiting { work, .. } => Some(work),
            State::Failed { work, .. } => work.as_ref(),
        }
    }
}

impl State {
    /// The user may go to the venue from now on.
    pub fn awaiting(consent: NextConsent, now_ms: u64) -> Self {
        let NextConsent { oauth_state, code_verifier, callback_timeout_s, response_type, key_request } = consent;
        let expires_at_ms = time::after(now_ms, u64::from(callback_timeout_s) * 1000);
        Self::AwaitingCallback { oauth_state, code_verifier, expires_at_ms, response_type, key_request }
    }

    pub fn work_mut(&mut self) -> Option<&mut StageState> {
        match self {
            State::AwaitingCallback { .. } | State::Done { .. } => None,
            State::Ready { work }
            | State::AwaitingChoice { work }
            | State::InFlight { work }
            | State::Waiting { work, .. } => Some(work),
            State::Failed { work, .. } => work.as_mut(),
        }
    }

    pub fn status(&self) -> FlowStatus {
        match self {
            State::AwaitingCallback { expires_at_ms, .. } => {
                FlowStatus::AwaitingCallback { expires_at_ms: *expires_at_ms }
            }
            State::Ready { .. } => FlowStatus::Ready,
            State::AwaitingChoice { .. } => FlowStatus::AwaitingChoice,
            State::InFlight { .. } => FlowStatus::InFlight,
            State::Waiting { until_ms, .. } => FlowStatus::Waiting { until_ms: *until_ms },
            State::Done { .. } => FlowStatus::Done,
            State::Failed { .. } => FlowStatus::Failed,
        }
    }
}

/// A flow's work, apart from its wait for the callback.
#[derive(Clone)]
pub(crate) struct StageState<S = &'static Stage> {
    /// What is to be reached now: one of the operation's stages, or the deletion of a key whose secret is lost.
    pub stage: S,
    /// The request in hand: the stage's own, or one it needs first.
    pub call: S,
    pub tries: Tries,
    /// Requests of this stage that had no readable answer and may have taken effect.
    pub doubts: u32,
    pub refresh: Refresh,
    pub context: FlowContext,
}

members!(StageState, read as StageState<String> { stage, call, tries: default, doubts: default, refresh: default, context });

impl FlowData<String> {
    /// With the venue's stages in the place of their names; `None` where it has none of that name.
    pub fn resolve(self, stage: impl Fn(&str) -> Option<&'static Stage>) -> Option<FlowData> {
        let resolve = |work: StageState<String>| {
            let StageState { stage: name, call, tries, doubts, refresh, context } = work;
            Some(StageState { stage: stage(&name)?, call: stage(&call)?, tries, doubts, refresh, context })
        };
        let state = match self.state {
            State::AwaitingCallback { oauth_state, code_verifier, expires_at_ms, response_type, key_request } => {
                State::AwaitingCallback { oauth_state, code_verifier, expires_at_ms, response_type, key_request }
            }
            State::Ready { work } => State::Ready { work: resolve(work)? },
            State::AwaitingChoice { work } => State::AwaitingChoice { work: resolve(work)? },
            State::InFlight { work } => State::InFlight { work: resolve(work)? },
            State::Waiting { work, until_ms, reason } => State::Waiting { work: resolve(work)?, until_ms, reason },
            State::Done { result } => State::Done { result },
            State::Failed { error, recovery, work: None } => State::Failed { error, recovery, work: None },
            State::Failed { error, recovery, work: Some(work) } => {
                State::Failed { error, recovery, work: Some(resolve(work)?) }
            }
        };
        let Self { flow_id, revision, operation, on_secret_lost, expected_uid, seed, .. } = self;
        Some(FlowData { flow_id, revision, operation, on_secret_lost, expected_uid, seed, state })
    }
}

/// How often each reason has made this stage wait.
#[derive(Clone, Default)]
pub(crate) struct Tries {
    pub key_not_ready: u32,
    pub secret_locked: u32,
    pub rate_limited: u32,
    pub venue_trouble: u32,
    pub refresh_unanswered: u32,
}

members!(Tries {
    key_not_ready: default,
    secret_locked: default,
    rate_limited: default,
    venue_trouble: default,
    refresh_unanswered: default,
});

impl Tries {
    pub fn of(&self, reason: WaitReason) -> u32 {
        match reason {
            WaitReason::KeyNotReady => self.key_not_ready,
            WaitReason::SecretLocked => self.secret_locked,
            WaitReason::RateLimited => self.rate_limited,
            WaitReason::VenueTrouble => self.venue_trouble,
            WaitReason::RefreshUnanswered => self.refresh_unanswered,
        }
    }

    pub fn count(&mut self, reason: WaitReason) -> u32 {
        let tries = match reason {
            WaitReason::KeyNotReady => &mut self.key_not_ready,
            WaitReason::SecretLocked => &mut self.secret_locked,
            WaitReason::RateLimited => &mut self.rate_limited,
            WaitReason::VenueTrouble => &mut self.venue_trouble,
            WaitReason::RefreshUnanswered => &mut self.refresh_unanswered,
        };
        *tries = tries.saturating_add(1);
        *tries
    }
}

#[derive(Clone, Default)]
pub(crate) struct Refresh {
    /// The venue has refused the access token, so the next request must be a refresh.
    pub forced: bool,
    /// A refresh was spent since the token last worked: another would be a loop (facts/whitebit.md, D4).
    pub spent: bool,
}

members!(Refresh { forced: default, spent: default });

impl StageState {
    pub fn new(stage: &'static Stage, context: FlowContext) -> Self {
        Self { stage, call: stage, tries: Tries::default(), doubts: 0, refresh: Refresh::default(), context }
    }

    /// Whether the venue knew of no such key, and a look tells what that means, before anything else is sent.
    pub fn looks_first(&self) -> bool {
        self.stage.kind == StageKind::Delete && self.call.kind == StageKind::Check
    }

    /// Whether it is about a key that another is to take the place of.
    pub fn replaces_key(&self) -> bool {
        self.context.next_consent.is_some()
    }

    /// What is known, at another stage, with fresh counts.
    pub fn at_stage(self, stage: &'static Stage) -> Self {
        Self { refresh: self.refresh, ..Self::new(stage, self.context) }
    }
}
