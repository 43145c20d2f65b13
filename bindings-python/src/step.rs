//! What a flow asks of its host, one class for each kind of step.

use core::convert::Infallible;

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};
use venuekey::{Recovery, VenuekeyError};

use crate::account::Subaccount;
use crate::classes::{flag, record};
use crate::error::{Unraised, exception};
use crate::flow::Flow;
use crate::http::HttpRequest;
use crate::outcome;

record! {
    /// Save `next`, send `request`, then `next.receive_response` or `next.receive_no_response`.
    struct Send: generic as step {
        /// What to send, exactly.
        request: Py<HttpRequest>,
        /// The flow, waiting for the reply.
        next: Py<Flow>,
    }
    with {
        /// `"send"`.
        name: &'static str = "send",
        /// The same as `next`.
        flow: &Py<Flow> = &step.next,
    }
    repr("Send({:?})", step.request.get().0)
}

record! {
    /// Save `next` (a callback, a reply that can't be had again, or an end is inside), then `next.resume`.
    struct Save: generic as step {
        /// The flow, with the reply.
        next: Py<Flow>,
    }
    with {
        /// `"save"`.
        name: &'static str = "save",
        /// The same as `next`.
        flow: &Py<Flow> = &step.next,
    }
    repr("Save({:?})", step.next.get().0)
}

record! {
    /// Save `next`, sleep until `until_ms`, then `next.resume`.
    struct Wait: generic as step {
        /// When to resume, in Unix milliseconds.
        until_ms: u64,
        /// What is waited for: `"key_not_ready"`, `"secret_locked"`, `"rate_limited"`, `"venue_trouble"` or
        /// `"refresh_unanswered"`.
        reason: &'static str,
        /// The flow, waiting.
        next: Py<Flow>,
    }
    with {
        /// `"wait"`.
        name: &'static str = "wait",
        /// The same as `next`.
        flow: &Py<Flow> = &step.next,
    }
    repr("Wait({}, until_ms={})", step.reason, step.until_ms)
}

record! {
    /// Show the user the accounts and let them choose, then `flow.choose`: in any process, at any later time.
    ///
    /// Saved already. Bybit's AI agent asks always, even where there is one account or none.
    struct Choose: generic as step, py {
        /// The accounts there are; none is possible.
        subaccounts: Py<PyTuple>,
        /// Whether a new account may be made: `CREATE_SUBACCOUNT` is then a choice too.
        may_create: bool,
        /// Whether a new account was asked for without a readable reply: it may be among these, so say so before
        /// another is made.
        creation_in_doubt: bool,
        /// The flow, waiting for the choice.
        flow: Py<Flow>,
    }
    with {
        /// `"choose"`.
        name: &'static str = "choose",
    }
    repr(
        "Choose(subaccounts={}, may_create={}, creation_in_doubt={})",
        step.subaccounts.bind(py).len(), flag(step.may_create), flag(step.creation_in_doubt)
    )
}

record! {
    /// Send the user's browser to `authorize_url`, then `flow.receive_callback` with the URL it comes back to.
    ///
    /// Saved already; the flow's `resume` gives it again until its deadline. Only `Client.reissue_key` comes here.
    struct Authorize: generic as step {
        /// Where to send the user's browser. It carries `state`: keep it out of logs.
        authorize_url: Exposed,
        /// The flow, waiting for its callback.
        flow: Py<Flow>,
    }
    with {
        /// `"authorize"`.
        name: &'static str = "authorize",
    }
    repr("Authorize({:?})", step.flow.get().0)
}

record! {
    /// The operation did not succeed. Saved already; stays restorable until the host deletes it.
    struct Failed: generic as step {
        /// What went wrong, as an exception that has not been raised: a new one at each access, so that no
        /// traceback keeps this step alive.
        error: Unraised,
        /// How this same flow can go on by `flow.recover()`, where it can: `"poll_longer"`, `"try_again"`,
        /// `"choose_again"`, `"ask_again"`, `"delete_key"` or `None`.
        recovery: Option<&'static str>,
        /// The flow, ended.
        flow: Py<Flow>,
    }
    with {
        /// `"failed"`.
        name: &'static str = "failed",
    }
    repr("Failed({}, recovery={})", step.error.error.code().as_str(), step.recovery.unwrap_or("None"))
}

record! {
    /// The operation succeeded. Saved already; stays restorable until the host deletes it.
    struct Done: generic as step, py {
        /// What it brought: `ApiKeyGranted`, `AccountTokens`, `TokensRefreshed`, `KeyChecked` or `KeyDeleted`; at a
        /// public client of WhiteBIT a `HandOff`.
        outcome: Py<PyAny>,
        /// The flow, finished.
        flow: Py<Flow>,
    }
    with {
        /// `"done"`.
        name: &'static str = "done",
    }
    repr("Done({})", step.outcome.bind(py).repr()?)
}

/// A step of core: in Python an object of the step's class.
pub(crate) struct Step(pub(crate) venuekey::Step);

impl<'py> IntoPyObject<'py> for Step {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        use venuekey::Step as Core;

        let held = |flow| Py::new(py, Flow(flow));
        match self.0 {
            Core::Send { request, next } => {
                Send { request: Py::new(py, HttpRequest(request))?, next: held(next)? }.into_bound_py_any(py)
            }
            Core::Save { next } => Save { next: held(next)? }.into_bound_py_any(py),
            Core::Wait { until_ms, reason, next } => {
                Wait { until_ms, reason: reason.as_str(), next: held(next)? }.into_bound_py_any(py)
            }
            Core::Choose { subaccounts, may_create, creation_in_doubt, flow } => {
                let subaccounts = PyTuple::new(py, subaccounts.into_iter().map(Subaccount))?.unbind();
                Choose { subaccounts, may_create, creation_in_doubt, flow: held(flow)? }.into_bound_py_any(py)
            }
            Core::Authorize { authorize_url, flow } => {
                Authorize { authorize_url: Exposed(authorize_url), flow: held(flow)? }.into_bound_py_any(py)
            }
            Core::Failed { error, recovery, flow } => {
                let (flow, recovery) = (held(flow)?, recovery.map(Recovery::as_str));
                let error = Unraised { error, recovery, flow: Some(flow.clone_ref(py).into_any()) };
                Failed { error, recovery, flow }.into_bound_py_any(py)
            }
            Core::Done { outcome, flow } => {
                Done { outcome: outcome::to_python(py, outcome)?, flow: held(flow)? }.into_bound_py_any(py)
            }
        }
    }
}

/// A URL that is hidden until Python asks for it.
struct Exposed(venuekey::Secret);

impl<'py> IntoPyObject<'py> for &Exposed {
    type Target = PyString;
    type Output = Bound<'py, PyString>;
    type Error = Infallible;

    fn into_pyobject(self, py: Python<'py>) -> Result<Bound<'py, PyString>, Infallible> {
        Ok(PyString::new(py, self.0.expose()))
    }
}

/// What `drive` ends with when `save` says that another worker won.
#[pyfunction]
#[pyo3(name = "_superseded")]
pub(crate) fn superseded(flow: &Bound<'_, Flow>) -> PyErr {
    ended(flow, &VenuekeyError::superseded())
}

/// What `drive` ends with at a `Choose` where nobody is there to ask.
#[pyfunction]
#[pyo3(name = "_choice_required")]
pub(crate) fn choice_required(flow: &Bound<'_, Flow>) -> PyErr {
    ended(flow, &VenuekeyError::choice_required())
}

/// What `drive` ends with at an `Authorize` where there is no browser.
#[pyfunction]
#[pyo3(name = "_authorization_required")]
pub(crate) fn authorization_required(flow: &Bound<'_, Flow>) -> PyErr {
    ended(flow, &VenuekeyError::authorization_required())
}

/// A flow's error, as an exception that has the flow.
fn ended(flow: &Bound<'_, Flow>, error: &VenuekeyError) -> PyErr {
    exception(error, None, Some(flow.as_any().clone().unbind()))
}
