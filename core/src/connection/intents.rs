//! Web events: they record what is wanted and send nothing. A repeated event changes nothing.

use crate::base::entropy::Entropy;
use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::time;
use crate::client::options::BeginOptions;
use crate::connection::Connection;
use crate::connection::data::Intent;
use crate::connection::shown::AttemptStatus;
use crate::connection::standing::{held, is_working};
use crate::connection::status::ConnectionStatus;
use crate::flow::Flow;
use crate::flow::state::{FlowData, State};
use crate::flow::step::Step;
use crate::model::api_key::CREATE_SUBACCOUNT;

/// Ours: a host's hook that fails is asked again.
const TELL_AGAIN_MS: u64 = 60_000;

impl Connection {
    /// The browser came back to the redirect URI: pass the whole URL, or its path and query. A reloaded page changes
    /// nothing: show where the connection stands.
    ///
    /// # Errors
    /// As of [`Flow::receive_callback`](crate::parts::Flow::receive_callback), except for a second callback; `wrong_state` if no
    /// consent is pending.
    pub fn receive_callback(&self, url: &str, now_ms: u64) -> Result<Self, VenuekeyError> {
        self.called_back(now_ms, |flow| flow.receive_callback(url, now_ms))
    }

    /// The code that the user copied from the venue's page; see
    /// [`Flow::receive_pasted_code`](crate::parts::Flow::receive_pasted_code).
    ///
    /// # Errors
    /// As of that, except for a second code.
    pub fn receive_pasted_code(&self, pasted: &str, now_ms: u64) -> Result<Self, VenuekeyError> {
        self.called_back(now_ms, |flow| flow.receive_pasted_code(pasted, now_ms))
    }

    fn called_back(
        &self,
        now_ms: u64,
        receive: impl FnOnce(&Flow) -> Result<Step, VenuekeyError>,
    ) -> Result<Self, VenuekeyError> {
        time::check(now_ms)?;
        let flow = self.open_flow()?;
        match flow {
            // Its callback has brought all it could.
            None if self.data.credential.is_some() => Ok(self.clone()),
            None => Err(wrong_state("no consent is pending: call reconnect")),
            Some(flow) => match receive(&flow) {
                Ok(step) => Ok(self.with_flow("callback", step.flow(), now_ms)),
                Err(error) if error.code() == ErrorCode::CallbackAlreadyReceived => Ok(self.clone()),
                Err(error) => Err(error),
            },
        }
    }

    /// The user's choice; see [`Flow::choose`](crate::parts::Flow::choose). The same choice again changes nothing.
    ///
    /// # Errors
    /// `invalid_argument` for any other id, `wrong_state` if there is nothing to choose.
    pub fn choose(&self, id: &str, now_ms: u64) -> Result<Self, VenuekeyError> {
        time::check(now_ms)?;
        let Some(flow) = self.open_flow()? else {
            return Err(wrong_state("there is nothing to choose"));
        };
        if matches!(flow.data().state, State::AwaitingChoice { .. }) {
            return Ok(self.with_flow("chosen", flow.choose(id, now_ms)?.flow(), now_ms));
        }
        match chosen(flow.data()) {
            Some(chosen) if chosen == id => Ok(self.clone()),
            _ => Err(wrong_state("there is nothing to choose")),
        }
    }

    /// Goes on after a failure that named a recovery; see [`Flow::recover`](crate::parts::Flow::recover). Changes nothing while a
    /// worker is busy with it.
    ///
    /// # Errors
    /// `wrong_state` if there is nothing to recover.
    pub fn recover(&self, now_ms: u64) -> Result<Self, VenuekeyError> {
        time::check(now_ms)?;
        match self.open_flow()? {
            Some(flow) if is_working(flow.data()) => Ok(self.clone()),
            Some(flow) if self.recovery().is_some() => {
                Ok(self.with_flow("recovered", flow.recover(now_ms)?.flow(), now_ms))
            }
            _ => Err(wrong_state("there is nothing to recover; to ask the user for consent again, call reconnect")),
        }
    }

    /// Asks the user for consent again. What works keeps working until its replacement is stored, unless
    /// [`Connection::replaces_key`]. It must be the same account if the venue tells whose it is, unless `options` name
    /// another.
    ///
    /// Save it, then send the browser to [`Connection::authorize_url`] once that is present: if an old key is deleted
    /// first, a worker does that before. Changes nothing while a consent is pending or a worker is busy with it. If the last
    /// attempt may have left a key, the event `orphaned_credential` names it.
    ///
    /// # Errors
    /// As of [`Client::begin`](crate::Client::begin); `wrong_state` for a connection that has ended or is about to.
    pub fn reconnect(&self, options: BeginOptions, entropy: &Entropy, now_ms: u64) -> Result<Self, VenuekeyError> {
        time::check(now_ms)?;
        let flow = self.open_flow()?;
        let is_open = flow.as_ref().and_then(|flow| flow.status().expires_at_ms()).is_some_and(|ms| now_ms < ms);
        if is_open || flow.as_ref().is_some_and(|flow| is_working(flow.data())) {
            return Ok(self.clone());
        }
        let expected_uid = options.expected_uid.clone().or_else(|| {
            let tells = self.client.settings.profile.tells_uid;
            self.uid().filter(|_| tells).map(str::to_owned)
        });
        let options = BeginOptions { expected_uid, ..options };
        let next = match (self.reissue(), self.tokens()) {
            (Some(id), Some(tokens)) => {
                let step = self.client.reissue_key(tokens.tokens(), &id, options, entropy, now_ms)?;
                step.flow().data().clone()
            }
            _ => self.client.begin(self.data.goal, options, entropy, now_ms)?.pending().data().clone(),
        };
        let mut edit = self.edit(now_ms);
        edit.data.flows = edit.data.flows.saturating_add(1);
        edit.trail("reconnect", None);
        match edit.data.flow.replace(next) {
            // It may be on its way, and its backend has the last word.
            Some(before) if held(&before).is_some() => edit.data.handing_off = Some(before),
            Some(before) => edit.abandon(&before),
            None => {}
        }
        Ok(edit.done())
    }

    /// Calls off the attempt to connect that waits for the user or has failed. What was there before it stays as it was, so
    /// an account that works keeps working; a connection that has nothing else ends, as by [`Connection::disconnect`]. A key
    /// that the attempt may have left, or still brings, is named by the event `orphaned_credential`.
    ///
    /// Changes nothing if there is no attempt, and while a worker is busy with it or its hand-off is on its way: see
    /// [`Connection::attempt`].
    ///
    /// # Errors
    /// `invalid_argument` if `now_ms` is not in Unix milliseconds.
    pub fn cancel_attempt(&self, now_ms: u64) -> Result<Self, VenuekeyError> {
        time::check(now_ms)?;
        match self.attempt().map(|attempt| attempt.status) {
            None | Some(AttemptStatus::Working | AttemptStatus::HandingOff) => return Ok(self.clone()),
            Some(AttemptStatus::AwaitingConsent | AttemptStatus::AwaitingChoice | AttemptStatus::Failed) => {}
        }
        if self.data.credential.is_none() && self.data.handing_off.is_none() {
            return self.disconnect(Intent::Disconnect, now_ms);
        }
        let mut edit = self.edit(now_ms);
        edit.trail("canceled", None);
        edit.data.called_off = Some(edit.data.flows);
        let before = edit.data.flow.take();
        edit.data.flow = edit.data.handing_off.take();
        if let Some(before) = &before {
            edit.abandon(before);
        }
        Ok(edit.done())
    }

    /// Ends the connection once nothing is in flight: a worker does the rest. Of two such requests, the one that goes
    /// further counts; a connection that has ended stays as it is.
    ///
    /// # Errors
    /// `invalid_argument` if `now_ms` is not in Unix milliseconds.
    pub fn disconnect(&self, intent: Intent, now_ms: u64) -> Result<Self, VenuekeyError> {
        time::check(now_ms)?;
        let intent = intent.or(self.data.intent);
        if self.data.intent == Some(intent) || self.data.ended.is_some() {
            return Ok(self.clone());
        }
        let mut edit = self.edit(now_ms);
        edit.data.intent = Some(intent);
        edit.trail("disconnect", None);
        Ok(edit.done())
    }

    /// The host has been told of the events up to this number.
    ///
    /// # Errors
    /// `invalid_argument` if `now_ms` is not in Unix milliseconds.
    pub fn delivered(&self, number: u64, now_ms: u64) -> Result<Self, VenuekeyError> {
        time::check(now_ms)?;
        if self.data.outbox.iter().all(|event| event.number > number) {
            return Ok(self.clone());
        }
        let mut edit = self.edit(now_ms);
        edit.data.outbox.retain(|event| event.number > number);
        edit.data.tell_at_ms = None;
        Ok(edit.done())
    }

    /// The same value at its next revision, to be sealed with the newest key: the seal is bound to the revision.
    ///
    /// # Errors
    /// `invalid_argument` if `now_ms` is not in Unix milliseconds.
    pub fn touched(&self, now_ms: u64) -> Result<Self, VenuekeyError> {
        time::check(now_ms)?;
        Ok(self.edit(now_ms).done())
    }

    /// The host could not take the events: they are due again in a minute.
    ///
    /// # Errors
    /// `invalid_argument` if `now_ms` is not in Unix milliseconds.
    pub fn undelivered(&self, now_ms: u64) -> Result<Self, VenuekeyError> {
        time::check(now_ms)?;
        let mut edit = self.edit(now_ms);
        edit.data.tell_at_ms = Some(time::after(now_ms, TELL_AGAIN_MS));
        Ok(edit.done())
    }

    fn open_flow(&self) -> Result<Option<Flow>, VenuekeyError> {
        if self.status() == ConnectionStatus::Ended || self.data.intent.is_some() {
            return Err(wrong_state("this connection has ended or is about to end: begin a new one"));
        }
        Ok(self.flow())
    }

    fn with_flow(&self, what: &str, flow: &Flow, now_ms: u64) -> Self {
        let mut edit = self.edit(now_ms);
        edit.trail(what, None);
        edit.settle(flow);
        edit.done()
    }
}

/// What the user has chosen.
fn chosen(flow: &FlowData) -> Option<&str> {
    use crate::venue::contract::StageKind;
    let work = flow.state.work().filter(|work| work.context.subaccounts.is_some())?;
    match work.stage.kind {
        StageKind::Create => Some(CREATE_SUBACCOUNT),
        _ => work.context.sub_member_id.as_deref(),
    }
}

fn wrong_state(hint: &str) -> VenuekeyError {
    VenuekeyError::new(ErrorCode::WrongState).with_hint(hint)
}
