//! The one loop: a flow is a value, each event makes a new one and says what to do next.

use std::sync::Arc;

use crate::account::{Outcome, Tokens};
use crate::ambient::{self, now};
use crate::calls::calls;
use crate::cross::{Cross, mirror};
use crate::error::VenuekeyError;
use crate::flow_object::Flow;
use crate::http::{HttpRequest, HttpResponse};
use crate::object::{getters, opaque};
use crate::seal::SealingKeys;
use crate::secret::Secret;
use crate::values::{FlowOperation, Recovery, Subaccount, Venue, WaitReason};

opaque! {
    /// A flow as text, for the host's store. **A secret**: encrypt it at rest; it may hold tokens, keys and a verifier.
    ///
    /// Store it by compare-and-set: under `flowId`, only where the stored revision is `expectedRevision`.
    Snapshot;

    /// The key to store it under: 32 hexadecimal digits.
    flow_id: String,

    /// Counts up by one with each step, from 1.
    revision: i64,

    /// The revision that must be in the store for this one to replace it; 0 means none may be there.
    expected_revision: i64,

    /// What the flow is for, as `Flow.operation`.
    operation: FlowOperation,

    /// Where it stands, as `Flow.status`: for a store that looks for flows to resume.
    status: FlowStatus,

    /// Why it failed, where its status says so. `Flow.resume` gives the recovery too.
    error: Option<VenuekeyError>,
}

#[uniffi::export]
impl Snapshot {
    /// The text itself, JSON, for `Client.restore`.
    pub fn expose(&self) -> String {
        self.0.expose().to_owned()
    }
}

mirror! {
    /// Where a flow stands.
    enum FlowStatus {
        /// The user is at the venue.
        AwaitingCallback {
            /// When it ends without a callback, in Unix milliseconds.
            expires_at_ms: i64,
        },
        /// The callback or the choice is in and nothing has been sent since: `resume` sends, in any process.
        Ready,
        /// The user is to choose an account: `resume` gives the options again, `choose` goes on.
        AwaitingChoice,
        /// A request may have been sent.
        InFlight,
        /// Between two requests.
        Waiting {
            /// When to resume, in Unix milliseconds.
            until_ms: i64,
        },
        /// Succeeded: `resume` gives the outcome again.
        Done,
        /// Failed: `resume` gives the error again.
        Failed,
    }
}

mirror! {
    /// One turn of the loop: do what it says, then ask the successor for the next.
    ///
    /// Save `next` by compare-and-set before acting on the step, and act only if the save won.
    enum Step, then with_its_flow {
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
}

getters! {
    Flow;

    /// 32 hexadecimal digits, the same through the whole life of the flow.
    flow_id: String,

    /// Counts up by one with each step, from 1.
    revision: i64,

    /// The venue this flow talks to.
    venue: Venue,

    /// What the flow is for.
    operation: FlowOperation,

    /// Where it stands.
    status: FlowStatus,

    /// The newest tokens this flow holds: they may have been refreshed on the way, even in one that failed.
    tokens: Option<Arc<Tokens>>,
}

/// What a flow has failed with can be thrown as it is: it brings the flow along.
fn with_its_flow(mut step: Step) -> Step {
    if let Step::Failed { error, recovery, flow } = &mut step {
        error.ends(*recovery, flow.clone());
    }
    step
}

calls! {
    Flow;

    /// The browser came back to the redirect URI: give the whole URL, or its path and query.
    ///
    /// An accepted callback is a `Step.Save`: once its flow is stored, the web request can end, and any worker goes on by
    /// `resume`.
    ///
    /// Throws a `Rejected` where the callback is not this flow's, or it has had one (`callback_already_received`);
    /// `wrong_state` where a reissue has not come to its `Step.Authorize` yet.
    fn receive_callback(url: String), ambient(now_ms) -> Step;

    /// The code that the user has copied from the venue's page, for a client of Bybit's AI agent whose redirect URI is
    /// that page. White space around it does not matter; the page's whole address is taken as well. An accepted code is a
    /// `Step.Save`, as an accepted callback is.
    ///
    /// Throws `callback_invalid` for text that is no code, `callback_already_received`; for an address, as
    /// `receiveCallback`; `not_supported` for every other client.
    fn receive_pasted_code(pasted: String), ambient(now_ms) -> Step;

    /// The user's choice at a `Step.Choose`: the `id` of one of the accounts, or `createSubaccount` (see `constants`)
    /// where `mayCreate`. It is a `Step.Save`, as an accepted callback is: once its flow is stored, any worker goes on by
    /// `resume`, and a second click finds the flow moved on.
    ///
    /// Throws `invalid_argument` for any other id; `wrong_state` where there is nothing to choose.
    fn choose(id: String), ambient(now_ms) -> Step;

    /// The reply to the request of the last `Step.Send`.
    ///
    /// Throws `wrong_state` where no request is in flight.
    fn receive_response(response: &HttpResponse), ambient(now_ms) -> Step;

    /// Goes on after a `Step.Save`, a `Step.Wait` or a restore. In flight, it means `receiveNoResponse`; awaiting a
    /// choice, done or failed, it gives the options, the outcome or the error again, and a reissue that awaits its
    /// callback its `Step.Authorize`.
    ///
    /// Throws `wrong_state` while a flow of `Client.begin` awaits its callback and the deadline has not passed.
    fn resume(), ambient(now_ms) -> Step;

    /// Goes on after a `Step.Failed` that named a recovery.
    ///
    /// Throws `wrong_state` where there is nothing to recover.
    fn recover(), ambient(now_ms) -> Step;
}

#[uniffi::export]
impl Flow {
    /// The flow as text, to be stored by compare-and-set under its id and revision.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.0.snapshot().cross()
    }

    /// The pending flow as text for a cookie of the browser's own session, instead of a row in the store: less than 3 KB
    /// of letters, digits, `.`, `-` and `_`. `Client.open` reads it back. A reissue's pending flow is in the store
    /// already and stays there: its seal spares the callback the search.
    ///
    /// `context` is whose it is, such as the session's id: 1 to 1024 bytes; it opens under the same context only.
    /// `entropy` is 64 random bytes, never used twice; left out, the operating system's.
    ///
    /// Throws `wrong_state` once the callback is in: what comes after belongs into the store; `invalid_argument`.
    #[uniffi::method(default(entropy = None))]
    pub fn seal(&self, keys: &SealingKeys, context: String, entropy: Option<Vec<u8>>) -> Result<String, VenuekeyError> {
        Ok(self.0.seal(&keys.0, &context, &ambient::entropy(entropy)?)?)
    }

    /// No reply came: a timeout, a broken connection, or nobody knows. `notSent` says that the request for certain never
    /// left, as where no connection could be made: then a one-time code is not spent, and the same request goes out again
    /// in a while.
    ///
    /// Throws `wrong_state` where no request is in flight.
    #[uniffi::method(default(now_ms = None, not_sent = false))]
    pub fn receive_no_response(&self, now_ms: Option<i64>, not_sent: bool) -> Result<Step, VenuekeyError> {
        Ok(self.0.receive_no_response(not_sent.into(), now(now_ms)?)?.cross())
    }
}
