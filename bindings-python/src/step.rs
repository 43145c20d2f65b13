//! What a flow asks of its host, one class for each kind of step.

use core::convert::Infallible;

use pyo3::types::{PyString, PyTuple};
use venuekey::Recovery;

use crate::account::Subaccount;
use crate::error::Unraised;
use crate::flow::Flow;
use crate::http::HttpRequest;
use crate::outcome::Outcome;
use crate::prelude::*;

union! {
    pub(crate) struct Step(venuekey::Step) as step, py;

    /// Save `next`, send `request`, then `next.receive_response` or `next.receive_no_response`.
    struct Send: generic of Send { request, next } {
        /// What to send, exactly.
        request: Py<HttpRequest> = Py::new(py, HttpRequest(request))?,
        /// The flow, waiting for the reply.
        next: Py<Flow> = Py::new(py, Flow(next))?,
    }
    with {
        /// `"send"`.
        name: &'static str = "send",
        /// The same as `next`.
        flow: &Py<Flow> = &step.next,
    }
    repr("Send({:?})", step.request.get().0)

    /// Save `next` (a callback, a reply that can't be had again, or an end is inside), then `next.resume`.
    struct Save: generic of Save { next } {
        /// The flow, with the reply.
        next: Py<Flow> = Py::new(py, Flow(next))?,
    }
    with {
        /// `"save"`.
        name: &'static str = "save",
        /// The same as `next`.
        flow: &Py<Flow> = &step.next,
    }
    repr("Save({:?})", step.next.get().0)

    /// Save `next`, sleep until `until_ms`, then `next.resume`.
    struct Wait: generic of Wait { until_ms, reason, next } {
        /// When to resume, in Unix milliseconds.
        until_ms: u64 = until_ms,
        /// What is waited for: `"key_not_ready"`, `"secret_locked"`, `"rate_limited"`, `"venue_trouble"` or
        /// `"refresh_unanswered"`.
        reason: &'static str = reason.as_str(),
        /// The flow, waiting.
        next: Py<Flow> = Py::new(py, Flow(next))?,
    }
    with {
        /// `"wait"`.
        name: &'static str = "wait",
        /// The same as `next`.
        flow: &Py<Flow> = &step.next,
    }
    repr("Wait({}, until_ms={})", step.reason, step.until_ms)

    /// Show the user the accounts and let them choose, then `flow.choose`: in any process, at any later time.
    ///
    /// Saved already. Bybit's AI agent asks always, even where there is one account or none.
    struct Choose: generic of Choose { subaccounts, may_create, creation_in_doubt, flow } {
        /// The accounts there are; none is possible.
        subaccounts: Py<PyTuple> = PyTuple::new(py, subaccounts.into_iter().map(Subaccount))?.unbind(),
        /// Whether a new account may be made: `CREATE_SUBACCOUNT` is then a choice too.
        may_create: bool = may_create,
        /// Whether a new account was asked for without a readable reply: it may be among these, so say so before
        /// another is made.
        creation_in_doubt: bool = creation_in_doubt,
        /// The flow, waiting for the choice.
        flow: Py<Flow> = Py::new(py, Flow(flow))?,
    }
    with {
        /// `"choose"`.
        name: &'static str = "choose",
    }
    repr(
        "Choose(subaccounts={}, may_create={}, creation_in_doubt={})",
        step.subaccounts.bind(py).len(), flag(step.may_create), flag(step.creation_in_doubt)
    )

    /// Send the user's browser to `authorize_url`, then `flow.receive_callback` with the URL it comes back to.
    ///
    /// Saved already; the flow's `resume` gives it again until its deadline. Only `Client.reissue_key` comes here.
    struct Authorize: generic of Authorize { authorize_url, flow } {
        /// Where to send the user's browser. It carries `state`: keep it out of logs.
        authorize_url: Exposed = Exposed(authorize_url),
        /// The flow, waiting for its callback.
        flow: Py<Flow> = Py::new(py, Flow(flow))?,
    }
    with {
        /// `"authorize"`.
        name: &'static str = "authorize",
    }
    repr("Authorize({:?})", step.flow.get().0)

    /// The operation did not succeed. Saved already; stays restorable until the host deletes it.
    struct Failed: generic of Failed { error, recovery, flow } let flow = Py::new(py, Flow(flow))?; {
        /// What went wrong, as an exception that has not been raised: a new one at each access, so that no
        /// traceback keeps this step alive.
        error: Unraised =
            Unraised { error, recovery: recovery.map(Recovery::as_str), flow: Some(flow.clone_ref(py).into_any()) },
        /// How this same flow can go on by `flow.recover()`, where it can: `"poll_longer"`, `"try_again"`,
        /// `"choose_again"`, `"ask_again"`, `"delete_key"` or `None`.
        recovery: Option<&'static str> = recovery.map(Recovery::as_str),
        /// The flow, ended.
        flow: Py<Flow> = flow,
    }
    with {
        /// `"failed"`.
        name: &'static str = "failed",
    }
    repr("Failed({}, recovery={})", step.error.error.code().as_str(), step.recovery.unwrap_or("None"))

    /// The operation succeeded. Saved already; stays restorable until the host deletes it.
    struct Done: generic of Done { outcome, flow } {
        /// What it brought: `ApiKeyGranted`, `AccountTokens`, `TokensRefreshed`, `KeyChecked` or `KeyDeleted`; at a
        /// public client of WhiteBIT a `HandOff`.
        outcome: Py<PyAny> = Outcome(outcome).into_py_any(py)?,
        /// The flow, finished.
        flow: Py<Flow> = Py::new(py, Flow(flow))?,
    }
    with {
        /// `"done"`.
        name: &'static str = "done",
    }
    repr("Done({})", step.outcome.bind(py).repr()?)
}

/// A URL that is hidden until Python asks for it.
struct Exposed(venuekey::Secret);

impl<'py> IntoPyObject<'py> for &Exposed {
    type Target = PyString;
    type Output = Bound<'py, PyString>;
    type Error = Infallible;

    fn into_pyobject(self, py: Python<'py>) -> core::result::Result<Self::Output, Infallible> {
        Ok(PyString::new(py, self.0.expose()))
    }
}
