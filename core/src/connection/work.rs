//! What a worker does next.

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::time;
use crate::connection::Connection;
use crate::connection::data::{KeepAlive, Lease, Purpose};
use crate::connection::event::EventKind;
use crate::connection::left::{UNKNOWN_KEY, left_behind, left_by_credential, left_by_flow, looks_for_key, may_be_own};
use crate::connection::reply::Attempt;
use crate::flow::Flow;
use crate::flow::state::{StageState, State};
use crate::flow::step::Step;
use crate::keys::signer::{Signer, SignerConfig};
use crate::keys::watch::CheckReason;
use crate::model::operation::FlowOperation;
use crate::tokens::TokenPlan;
use crate::tokens::record::{LEASE_MS, SKEW_MS};
use crate::venue::contract::{FlowContext, StageKind};

/// What a worker does next.
pub(super) enum Work {
    /// Save what the attempt is made from, then send.
    Send(Attempt),
    /// Save, then ask again.
    Save(Connection),
    /// Reserve a nonce for the key, then [`Connection::probe`].
    Nonce,
    /// Look for other rows that may hold the key that is to be deleted or named, then [`Connection::found`].
    Find,
    /// Tell the host of the events.
    Deliver,
    /// Remove the row.
    Delete,
    /// Nothing before `due_at_ms`.
    Rest,
}

/// Whose turn it is to do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// A worker's.
    Worker,
    /// A worker's that has just looked: no other row may hold the key that is to be deleted.
    Alone,
    /// A request's that waits for tokens that work.
    Request,
}

impl Connection {
    /// What `holder` does next.
    pub(super) fn work(&self, holder: &str, turn: Turn, now_ms: u64) -> Result<Work, VenuekeyError> {
        let is_alone = turn == Turn::Alone;
        time::check(now_ms)?;
        if let Some(lease) = &self.data.attempt {
            return Ok(if lease.is_over(now_ms) { Work::Save(self.taken_over(now_ms)) } else { Work::Rest });
        }
        if let Some(ended) = &self.data.ended {
            return Ok(match self.telling(now_ms) {
                // What is told at least once goes first.
                Work::Rest if now_ms >= ended.until_ms && self.data.outbox.is_empty() => Work::Delete,
                work => work,
            });
        }
        if self.data.intent.is_some() {
            let work = self.disposal(holder, is_alone, now_ms)?;
            return Ok(if matches!(work, Work::Rest) { self.telling(now_ms) } else { work });
        }
        if let Some(work) = self.flow_work(holder, false, now_ms)? {
            return Ok(work);
        }
        if let Some(work) = self.token_work(holder, turn == Turn::Request, now_ms)? {
            return Ok(work);
        }
        if self.look_due(now_ms).is_some_and(|at_ms| at_ms <= now_ms) {
            return Ok(Work::Nonce);
        }
        Ok(self.telling(now_ms))
    }

    /// What is left once nothing keeps the connection alive or ends it: a store that fails here holds up nothing else.
    fn telling(&self, now_ms: u64) -> Work {
        if self.lets_go() {
            return Work::Find;
        }
        let may_tell = self.data.tell_at_ms.is_none_or(|at_ms| at_ms <= now_ms);
        if may_tell && !self.data.outbox.is_empty() { Work::Deliver } else { Work::Rest }
    }

    /// Without the lease of a worker that has not come back: nobody knows whether it had sent.
    fn taken_over(&self, now_ms: u64) -> Self {
        let mut edit = self.edit(now_ms);
        edit.data.attempt = None;
        edit.trail("taken_over", None);
        // One clock decides for all that it is over.
        if let Some(tokens) = self.tokens() {
            edit.set_tokens(&tokens.given_up(now_ms));
        }
        edit.done()
    }

    /// The flow's next step, where it has one now; `is_alone` where no other row may hold the key that it deletes. Each request
    /// that deletes one has a look of its own before it: another row may have come to hold the key since the last.
    fn flow_work(&self, holder: &str, is_alone: bool, now_ms: u64) -> Result<Option<Work>, VenuekeyError> {
        let Some(flow) = self.flow() else { return Ok(None) };
        let is_due = match &flow.data().state {
            State::Ready { .. } | State::InFlight { .. } => true,
            State::Waiting { until_ms, .. } => *until_ms <= now_ms,
            State::AwaitingCallback { expires_at_ms, .. } => *expires_at_ms <= now_ms,
            State::AwaitingChoice { .. } | State::Done { .. } | State::Failed { .. } => false,
        };
        if !is_due {
            return Ok(None);
        }
        let step = flow.resume(now_ms)?;
        if self.data.intent.is_none() && deletes_key(step.flow()) && self.would_lose_own(&flow) {
            let hint = "the key that would be deleted may be the one that this connection works with";
            return Ok(Some(self.spared(&flow, hint, now_ms)));
        }
        let asks_first = !is_alone && deletes_key(step.flow()) && !self.sought().is_empty();
        if asks_first { Ok(Some(Work::Find)) } else { self.stepped(&step, holder, now_ms).map(Some) }
    }

    /// Whether a flow whose key's secret is lost would delete the key that works here.
    fn would_lose_own(&self, flow: &Flow) -> bool {
        let replaces = flow.data().state.work().is_some_and(StageState::replaces_key);
        self.works() && !replaces && may_be_own(&self.data, flow.data())
    }

    fn stepped(&self, step: &Step, holder: &str, now_ms: u64) -> Result<Work, VenuekeyError> {
        let mut edit = self.edit(now_ms);
        let Step::Send { request, next } = step else {
            edit.settle(step.flow());
            return Ok(Work::Save(edit.done()));
        };
        edit.data.flow = Some(next.data().clone());
        edit.begin(Purpose::Flow, holder, time::after(now_ms, LEASE_MS), request.purpose());
        Ok(Work::Send(Attempt::new(edit.done(), request.clone())))
    }

    /// A refresh, where it is due or wanted, or the end of the tokens.
    fn token_work(&self, holder: &str, wants_tokens: bool, now_ms: u64) -> Result<Option<Work>, VenuekeyError> {
        let (Some(tokens), Some(credential)) = (self.tokens(), self.data.credential.as_ref()) else {
            return Ok(None);
        };
        let is_due = self.tokens_due(now_ms).is_some_and(|at_ms| at_ms <= now_ms);
        if credential.error().is_some() || !(is_due || wants_tokens) {
            return Ok(None);
        }
        let has_key = credential.key.is_some();
        let mut edit = self.edit(now_ms);
        match tokens.plan_stored(now_ms, credential.refused_generation)? {
            TokenPlan::Refresh { request, next } => {
                let until_ms = next.lease_until_ms().unwrap_or(now_ms);
                edit.set_tokens(&next);
                edit.begin(Purpose::Refresh, holder, until_ms, request.purpose());
                Ok(Some(Work::Send(Attempt::new(edit.done(), request))))
            }
            TokenPlan::Reauthorize { error } => {
                // Beside a key they serve to check and delete it, and nothing more.
                match (&mut edit.data.credential, has_key) {
                    (Some(credential), true) => credential.tokens = None,
                    _ => edit.spend(error),
                }
                Ok(Some(Work::Save(edit.done())))
            }
            TokenPlan::Use { .. } | TokenPlan::WaitUntil { .. } => Ok(None),
        }
    }

    /// A look at the key.
    pub(super) fn probe(&self, nonce_ms: u64, holder: &str, now_ms: u64) -> Result<Option<Work>, VenuekeyError> {
        let Some(signer) = self.signer()? else { return Ok(None) };
        let request = signer.probe(nonce_ms)?;
        let mut edit = self.edit(now_ms);
        let looks_ahead = self.data.credential.as_ref().and_then(|credential| credential.key.as_ref());
        if looks_ahead.is_some_and(|held| held.watch.next_check(now_ms).reason == CheckReason::Expiry) {
            edit.event(EventKind::KeyExpires, None, None);
        }
        edit.begin(Purpose::Probe, holder, time::after(now_ms, LEASE_MS), request.purpose());
        Ok(Some(Work::Send(Attempt::new(edit.done(), request))))
    }

    /// Puts the connection's key to work, for any number of workers at once; absent where there is no key.
    ///
    /// # Errors
    /// As of [`Signer::new`].
    pub fn signer(&self) -> Result<Option<Signer>, VenuekeyError> {
        self.signer_config().map(Signer::new).transpose()
    }

    fn signer_config(&self) -> Option<SignerConfig> {
        let key = &self.data.credential.as_ref()?.key.as_ref()?.key;
        let settings = &self.client.settings;
        let (venue, environment) = (self.client.venue(), self.client.environment());
        Some(SignerConfig {
            api_base: settings.rest_base.clone(),
            passphrase: key.passphrase().cloned(),
            site: key.site().map(str::to_owned),
            user_agent: settings.identity.user_agent.clone(),
            nonce_window: true,
            ..SignerConfig::new(venue, environment, key.api_key().clone(), key.api_secret().clone())
        })
    }

    /// The way to the end that was asked for.
    fn disposal(&self, holder: &str, is_alone: bool, now_ms: u64) -> Result<Work, VenuekeyError> {
        if let Some(flow) = &self.deletion() {
            return Ok(self.flow_work(holder, is_alone, now_ms)?.unwrap_or_else(|| self.ended_unless(flow, now_ms)));
        }
        if self.looks_for_key() {
            return Ok(self.flow_work(holder, is_alone, now_ms)?.unwrap_or(Work::Rest));
        }
        // What is deleted or named may be at work elsewhere.
        let key = left_by_flow(&self.client, &self.data).or_else(|| left_by_credential(&self.data));
        let asks_first = key.is_some_and(|key| key != UNKNOWN_KEY) && !self.sought().is_empty();
        if asks_first { Ok(Work::Find) } else { self.dispose(false, now_ms) }
    }

    /// The deletion of the key that an end has begun.
    fn deletion(&self) -> Option<Flow> {
        self.flow().filter(|flow| flow.operation() == FlowOperation::DeleteKey)
    }

    /// Whether the key that is to be deleted has to be found first: the user has agreed, and the venue may have made one. The
    /// flow goes on until it knows.
    fn looks_for_key(&self) -> bool {
        let flow = self.data.flow.as_ref().filter(|flow| looks_for_key(&self.client, flow));
        let deletes = self.deletes_key() && self.client.supports(FlowOperation::DeleteKey);
        deletes && flow.is_some()
    }

    /// Whether an end that was asked for waits for a flow.
    pub(super) fn disposes_by_flow(&self) -> bool {
        self.deletion().is_some() || self.looks_for_key()
    }

    /// A deletion that waits goes on waiting.
    fn ended_unless(&self, deletion: &Flow, now_ms: u64) -> Work {
        match deletion.data().state {
            State::Waiting { .. } => Work::Rest,
            _ => Work::Save(self.left(true, now_ms)),
        }
    }

    fn left(&self, is_told: bool, now_ms: u64) -> Self {
        let mut edit = self.edit(now_ms);
        edit.leave_key(is_told);
        edit.done()
    }

    /// Goes on once it is known whether other rows may hold the same key: then it stays, and nobody is told to delete it.
    pub(super) fn found(&self, holder: &str, is_shared: bool, now_ms: u64) -> Result<Work, VenuekeyError> {
        if self.data.intent.is_some() && (is_shared || self.deletion().is_none()) {
            return self.dispose(is_shared, now_ms);
        }
        match self.flow().filter(|_| is_shared) {
            None => Ok(self.flow_work(holder, true, now_ms)?.unwrap_or(Work::Rest)),
            Some(flow) => {
                let replaces = flow.data().state.work().is_some_and(StageState::replaces_key);
                let hint = if replaces {
                    "another connection holds the key that would be replaced"
                } else {
                    "another connection holds the key that would be deleted"
                };
                Ok(self.spared(&flow, hint, now_ms))
            }
        }
    }

    /// The flow ends here: the key that it would delete is at work.
    fn spared(&self, flow: &Flow, hint: &str, now_ms: u64) -> Work {
        let error = self.client.settings.profile.error(ErrorCode::SecretTakenElsewhere, None, hint);
        let mut edit = self.edit(now_ms);
        edit.settle(&flow.failed(error));
        Work::Save(edit.done())
    }

    fn dispose(&self, is_shared: bool, now_ms: u64) -> Result<Work, VenuekeyError> {
        let Some(key) = self.deletable().filter(|_| !is_shared) else {
            return Ok(Work::Save(self.left(!is_shared, now_ms)));
        };
        let mut edit = self.edit(now_ms);
        edit.data.flows = edit.data.flows.saturating_add(1);
        let entropy = edit.entropy();
        let step = self.client.delete_known_key(key, &entropy, now_ms)?;
        edit.data.flow = Some(step.flow().data().clone());
        Ok(Work::Save(edit.done()))
    }

    /// What is known of the key that is to be deleted next, the flow's before the credential's, with the tokens for it, where the
    /// venue lets an app do so.
    fn deletable(&self) -> Option<FlowContext> {
        if !self.deletes_key() || !self.client.supports(FlowOperation::DeleteKey) {
            return None;
        }
        let (first, last) = (left_by_flow(&self.client, &self.data), left_by_credential(&self.data));
        let held = self.deletable_held().filter(|_| last.is_some() && first.is_none_or(|first| last == Some(first)));
        held.or_else(|| left_behind(self.data.flow.as_ref()?))
    }

    fn deletable_held(&self) -> Option<FlowContext> {
        let credential = self.data.credential.as_ref()?;
        let key = &credential.key.as_ref()?.key;
        Some(FlowContext {
            external_id: Some(key.external_id()?.clone()),
            candidate_public_key: key.candidate_public_key().cloned(),
            ..FlowContext::of(&credential.tokens.as_ref()?.tokens)
        })
    }

    /// When the tokens want a refresh by themselves.
    pub(super) fn tokens_due(&self, now_ms: u64) -> Option<u64> {
        let (tokens, credential) = (self.tokens()?, self.data.credential.as_ref()?);
        let keep_alive = self.data.keep_alive;
        if credential.error().is_some() || keep_alive == KeepAlive::OnUse {
            return None;
        }
        let own = tokens.record().refresh_token_due_ms();
        // When a refresh is possible next, if it ever is.
        let next = match tokens.plan_stored(now_ms, credential.refused_generation).ok()? {
            TokenPlan::Use { refresh_at_ms, .. } => {
                refresh_at_ms.map(|at_ms| at_ms.max(tokens.record().waits_until_ms(now_ms).unwrap_or(0)))
            }
            TokenPlan::Refresh { .. } => Some(now_ms),
            TokenPlan::WaitUntil { until_ms, .. } => Some(until_ms),
            TokenPlan::Reauthorize { .. } => return Some(now_ms),
        };
        match keep_alive {
            KeepAlive::Access | KeepAlive::OnUse => next,
            KeepAlive::Refresh => own.zip(next).map(|(own_ms, next_ms)| own_ms.max(next_ms)),
        }
    }

    /// When to look at the key.
    pub(super) fn look_due(&self, now_ms: u64) -> Option<u64> {
        let credential = self.data.credential.as_ref().filter(|credential| credential.error().is_none())?;
        let held = credential.key.as_ref()?;
        Some(held.look_again_at_ms.unwrap_or_else(|| held.watch.next_check(now_ms).at_ms))
    }
}

/// Whether its request is the deletion of a key.
fn deletes_key(flow: &Flow) -> bool {
    flow.data().state.work().is_some_and(|work| work.call.kind == StageKind::Delete)
}

impl Lease {
    /// Whether it is over by every clock. One that ends later than any could is from a clock that has jumped.
    pub fn is_over(&self, now_ms: u64) -> bool {
        self.until_ms > now_ms.saturating_add(LEASE_MS + SKEW_MS) || now_ms > self.until_ms.saturating_add(SKEW_MS)
    }
}
