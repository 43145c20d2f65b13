//! The one loop: a flow is a value, each event makes a new one and says what to do next.

use std::sync::Arc;

use crate::account::Outcome;
use crate::ambient::now;
use crate::error::VenuekeyError;
use crate::flow::Flow;
use crate::http::{HttpRequest, HttpResponse};
use crate::numbers::signed;
use crate::secret::Secret;
use crate::values::{Recovery, Subaccount, WaitReason};

/// One turn of the loop: do what it says, then ask the successor for the next.
///
/// Save `next` by compare-and-set before acting on the step, and act only if the save won.
#[derive(uniffi::Enum)]
pub enum Step {
    /// Save, then send, then `receiveResponse` or `receiveNoResponse`.
    Send {
        /// What to send, exactly.
        request: Arc<HttpRequest>,
        /// The flow, waiting for the reply.
        next: Arc<Flow>,
    },
    /// Save (a callback, a reply that can't be had again, or an end is inside), then `resume`.
    Save {
        /// The flow, with the reply.
        next: Arc<Flow>,
    },
    /// Save, sleep, then `resume`.
    Wait {
        /// When to resume, in Unix milliseconds.
        until_ms: i64,
        /// What is waited for.
        reason: WaitReason,
        /// The flow, waiting.
        next: Arc<Flow>,
    },
    /// Show the user the accounts and let them choose, then `choose`: in any process, at any later time. Saved already.
    /// Bybit's AI agent asks always, even where there is one account or none.
    Choose {
        /// The accounts there are; none is possible.
        subaccounts: Vec<Subaccount>,
        /// Whether a new one may be made: `createSubaccount` (see `constants`) is then a choice too.
        may_create: bool,
        /// Whether one was asked for without a readable reply: it may be among these, so say so before another is made.
        creation_in_doubt: bool,
        /// The flow, waiting for the choice.
        flow: Arc<Flow>,
    },
    /// Send the user's browser to the venue, then `receiveCallback`. Saved already; `resume` gives it again until its
    /// deadline. Only `Client.reissueKey` comes here.
    Authorize {
        /// Where to send the browser. It carries `state`: keep it out of logs.
        authorize_url: Arc<Secret>,
        /// The flow, waiting for its callback.
        flow: Arc<Flow>,
    },
    /// The operation did not succeed. Saved already; stays restorable until the host deletes it.
    Failed {
        /// What went wrong; it can be thrown as it is.
        error: VenuekeyError,
        /// How this same flow can go on, by `recover`, where it can.
        recovery: Option<Recovery>,
        /// The flow, ended.
        flow: Arc<Flow>,
    },
    /// The operation succeeded. Saved already; stays restorable until the host deletes it.
    Done {
        /// What it brought.
        outcome: Outcome,
        /// The flow, finished.
        flow: Arc<Flow>,
    },
}

impl Step {
    pub(crate) fn from_core(step: venuekey::Step) -> Self {
        use venuekey::Step as Core;
        match step {
            Core::Send { request, next } => Self::Send { request: HttpRequest::wrap(request), next: Flow::wrap(next) },
            Core::Save { next } => Self::Save { next: Flow::wrap(next) },
            Core::Wait { until_ms, reason, next } => {
                Self::Wait { until_ms: signed(until_ms), reason, next: Flow::wrap(next) }
            }
            Core::Choose { subaccounts, may_create, creation_in_doubt, flow } => {
                Self::Choose { subaccounts, may_create, creation_in_doubt, flow: Flow::wrap(flow) }
            }
            Core::Authorize { authorize_url, flow } => {
                Self::Authorize { authorize_url: Secret::wrap(authorize_url), flow: Flow::wrap(flow) }
            }
            Core::Failed { error, recovery, flow } => {
                let flow = Flow::wrap(flow);
                Self::Failed { error: VenuekeyError::ended(error, recovery, flow.clone()), recovery, flow }
            }
            Core::Done { outcome, flow } => Self::Done { outcome: outcome.into(), flow: Flow::wrap(flow) },
        }
    }
}

#[uniffi::export]
impl Flow {
    /// The browser came back to the redirect URI: give the whole URL, or its path and query.
    ///
    /// An accepted callback is a `Step.Save`: once its flow is stored, the web request can end, and any worker goes on by
    /// `resume`.
    ///
    /// Throws a `Rejected` where the callback is not this flow's, or it has had one (`callback_already_received`);
    /// `wrong_state` where a reissue has not come to its `Step.Authorize` yet.
    #[uniffi::method(default(now_ms = None))]
    pub fn receive_callback(&self, url: String, now_ms: Option<i64>) -> Result<Step, VenuekeyError> {
        Ok(Step::from_core(self.0.receive_callback(&url, now(now_ms)?)?))
    }

    /// The code that the user has copied from the venue's page, for a client of Bybit's AI agent whose redirect URI is
    /// that page. White space around it does not matter; the page's whole address is taken as well. An accepted code is a
    /// `Step.Save`, as an accepted callback is.
    ///
    /// Throws `callback_invalid` for text that is no code, `callback_already_received`; for an address, as
    /// `receiveCallback`; `not_supported` for every other client.
    #[uniffi::method(default(now_ms = None))]
    pub fn receive_pasted_code(&self, pasted: String, now_ms: Option<i64>) -> Result<Step, VenuekeyError> {
        Ok(Step::from_core(self.0.receive_pasted_code(&pasted, now(now_ms)?)?))
    }

    /// The user's choice at a `Step.Choose`: the `id` of one of the accounts, or `createSubaccount` (see `constants`)
    /// where `mayCreate`. It is a `Step.Save`, as an accepted callback is: once its flow is stored, any worker goes on by
    /// `resume`, and a second click finds the flow moved on.
    ///
    /// Throws `invalid_argument` for any other id; `wrong_state` where there is nothing to choose.
    #[uniffi::method(default(now_ms = None))]
    pub fn choose(&self, id: String, now_ms: Option<i64>) -> Result<Step, VenuekeyError> {
        Ok(Step::from_core(self.0.choose(&id, now(now_ms)?)?))
    }

    /// The reply to the request of the last `Step.Send`.
    ///
    /// Throws `wrong_state` where no request is in flight.
    #[uniffi::method(default(now_ms = None))]
    pub fn receive_response(&self, response: &HttpResponse, now_ms: Option<i64>) -> Result<Step, VenuekeyError> {
        Ok(Step::from_core(self.0.receive_response(&response.0, now(now_ms)?)?))
    }

    /// No reply came: a timeout, a broken connection, or nobody knows. `notSent` says that the request for certain never
    /// left, as where no connection could be made: then a one-time code is not spent, and the same request goes out again
    /// in a while.
    ///
    /// Throws `wrong_state` where no request is in flight.
    #[uniffi::method(default(now_ms = None, not_sent = false))]
    pub fn receive_no_response(&self, now_ms: Option<i64>, not_sent: bool) -> Result<Step, VenuekeyError> {
        Ok(Step::from_core(self.0.receive_no_response(not_sent.into(), now(now_ms)?)?))
    }

    /// Goes on after a `Step.Save`, a `Step.Wait` or a restore. In flight, it means `receiveNoResponse`; awaiting a
    /// choice, done or failed, it gives the options, the outcome or the error again, and a reissue that awaits its
    /// callback its `Step.Authorize`.
    ///
    /// Throws `wrong_state` while a flow of `Client.begin` awaits its callback and the deadline has not passed.
    #[uniffi::method(default(now_ms = None))]
    pub fn resume(&self, now_ms: Option<i64>) -> Result<Step, VenuekeyError> {
        Ok(Step::from_core(self.0.resume(now(now_ms)?)?))
    }

    /// Goes on after a `Step.Failed` that named a recovery.
    ///
    /// Throws `wrong_state` where there is nothing to recover.
    #[uniffi::method(default(now_ms = None))]
    pub fn recover(&self, now_ms: Option<i64>) -> Result<Step, VenuekeyError> {
        Ok(Step::from_core(self.0.recover(now(now_ms)?)?))
    }
}
