//! What a flow asks of its host, one class for each kind of step.

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use venuekey::{Recovery, Step, VenuekeyError};

use crate::account::Subaccount;
use crate::error::exception;
use crate::flow::Flow;
use crate::http::HttpRequest;
use crate::opaque::no_pickle;
use crate::outcome;

/// Save `next`, send `request`, then `next.receive_response` or `next.receive_no_response`.
#[pyclass(frozen, generic, module = "venuekey")]
pub(crate) struct Send {
    request: Py<HttpRequest>,
    next: Py<Flow>,
}

#[pymethods]
impl Send {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("request", "next");

    /// `"send"`.
    #[getter]
    fn name(&self) -> &'static str {
        "send"
    }

    /// What to send, exactly.
    #[getter]
    fn request(&self, py: Python<'_>) -> Py<HttpRequest> {
        self.request.clone_ref(py)
    }

    /// The flow, waiting for the reply.
    #[getter]
    fn next(&self, py: Python<'_>) -> Py<Flow> {
        self.next.clone_ref(py)
    }

    /// The same as `next`.
    #[getter]
    fn flow(&self, py: Python<'_>) -> Py<Flow> {
        self.next.clone_ref(py)
    }

    fn __repr__(&self) -> String {
        format!("Send({:?})", self.request.get().0)
    }
}

/// Save `next` (a callback, a reply that can't be had again, or an end is inside), then `next.resume`.
#[pyclass(frozen, generic, module = "venuekey")]
pub(crate) struct Save {
    next: Py<Flow>,
}

#[pymethods]
impl Save {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str,) = ("next",);

    /// `"save"`.
    #[getter]
    fn name(&self) -> &'static str {
        "save"
    }

    /// The flow, with the reply.
    #[getter]
    fn next(&self, py: Python<'_>) -> Py<Flow> {
        self.next.clone_ref(py)
    }

    /// The same as `next`.
    #[getter]
    fn flow(&self, py: Python<'_>) -> Py<Flow> {
        self.next.clone_ref(py)
    }

    fn __repr__(&self) -> String {
        format!("Save({:?})", self.next.get().0)
    }
}

/// Save `next`, sleep until `until_ms`, then `next.resume`.
#[pyclass(frozen, generic, module = "venuekey")]
pub(crate) struct Wait {
    /// When to resume, in Unix milliseconds.
    #[pyo3(get)]
    until_ms: u64,
    /// What is waited for: `"key_not_ready"`, `"secret_locked"`, `"rate_limited"`, `"venue_trouble"` or
    /// `"refresh_unanswered"`.
    #[pyo3(get)]
    reason: &'static str,
    next: Py<Flow>,
}

#[pymethods]
impl Wait {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str, &'static str) = ("until_ms", "reason", "next");

    /// `"wait"`.
    #[getter]
    fn name(&self) -> &'static str {
        "wait"
    }

    /// The flow, waiting.
    #[getter]
    fn next(&self, py: Python<'_>) -> Py<Flow> {
        self.next.clone_ref(py)
    }

    /// The same as `next`.
    #[getter]
    fn flow(&self, py: Python<'_>) -> Py<Flow> {
        self.next.clone_ref(py)
    }

    fn __repr__(&self) -> String {
        format!("Wait({}, until_ms={})", self.reason, self.until_ms)
    }
}

/// Show the user the accounts and let them choose, then `flow.choose`: in any process, at any later time.
///
/// Saved already. Bybit's AI agent asks always, even where there is one account or none.
#[pyclass(frozen, generic, module = "venuekey")]
pub(crate) struct Choose {
    subaccounts: Py<PyTuple>,
    /// Whether a new account may be made: `CREATE_SUBACCOUNT` is then a choice too.
    #[pyo3(get)]
    may_create: bool,
    /// Whether a new account was asked for without a readable reply: it may be among these, so say so before
    /// another is made.
    #[pyo3(get)]
    creation_in_doubt: bool,
    flow: Py<Flow>,
}

#[pymethods]
impl Choose {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str, &'static str, &'static str) =
        ("subaccounts", "may_create", "creation_in_doubt", "flow");

    /// `"choose"`.
    #[getter]
    fn name(&self) -> &'static str {
        "choose"
    }

    /// The accounts there are; none is possible.
    #[getter]
    fn subaccounts(&self, py: Python<'_>) -> Py<PyTuple> {
        self.subaccounts.clone_ref(py)
    }

    /// The flow, waiting for the choice.
    #[getter]
    fn flow(&self, py: Python<'_>) -> Py<Flow> {
        self.flow.clone_ref(py)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let count = self.subaccounts.bind(py).len();
        let python = |flag| if flag { "True" } else { "False" };
        let (may_create, in_doubt) = (python(self.may_create), python(self.creation_in_doubt));
        Ok(format!("Choose(subaccounts={count}, may_create={may_create}, creation_in_doubt={in_doubt})"))
    }
}

/// Send the user's browser to `authorize_url`, then `flow.receive_callback` with the URL it comes back to.
///
/// Saved already; the flow's `resume` gives it again until its deadline. Only `Client.reissue_key` comes here.
#[pyclass(frozen, generic, module = "venuekey")]
pub(crate) struct Authorize {
    authorize_url: venuekey::Secret,
    flow: Py<Flow>,
}

#[pymethods]
impl Authorize {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("authorize_url", "flow");

    /// `"authorize"`.
    #[getter]
    fn name(&self) -> &'static str {
        "authorize"
    }

    /// Where to send the user's browser. It carries `state`: keep it out of logs.
    #[getter]
    fn authorize_url(&self) -> &str {
        self.authorize_url.expose()
    }

    /// The flow, waiting for its callback.
    #[getter]
    fn flow(&self, py: Python<'_>) -> Py<Flow> {
        self.flow.clone_ref(py)
    }

    fn __repr__(&self) -> String {
        format!("Authorize({:?})", self.flow.get().0)
    }
}

/// The operation did not succeed. Saved already; stays restorable until the host deletes it.
#[pyclass(frozen, generic, module = "venuekey")]
pub(crate) struct Failed {
    error: VenuekeyError,
    recovery: Option<Recovery>,
    flow: Py<Flow>,
}

#[pymethods]
impl Failed {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str, &'static str) = ("error", "recovery", "flow");

    /// `"failed"`.
    #[getter]
    fn name(&self) -> &'static str {
        "failed"
    }

    /// What went wrong, as an exception that has not been raised: a new one at each access, so that no
    /// traceback keeps this step alive.
    #[getter]
    fn error(&self, py: Python<'_>) -> Py<PyAny> {
        ended(py, &self.error, self.recovery, &self.flow)
    }

    /// How this same flow can go on by `flow.recover()`, where it can: `"poll_longer"`, `"try_again"`,
    /// `"choose_again"`, `"ask_again"`, `"delete_key"` or `None`.
    #[getter]
    fn recovery(&self) -> Option<&'static str> {
        self.recovery.map(Recovery::as_str)
    }

    /// The flow, ended.
    #[getter]
    fn flow(&self, py: Python<'_>) -> Py<Flow> {
        self.flow.clone_ref(py)
    }

    fn __repr__(&self) -> String {
        format!("Failed({}, recovery={})", self.error.code().as_str(), self.recovery.map_or("None", Recovery::as_str))
    }
}

/// The operation succeeded. Saved already; stays restorable until the host deletes it.
#[pyclass(frozen, generic, module = "venuekey")]
pub(crate) struct Done {
    outcome: Py<PyAny>,
    flow: Py<Flow>,
}

#[pymethods]
impl Done {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("outcome", "flow");

    /// `"done"`.
    #[getter]
    fn name(&self) -> &'static str {
        "done"
    }

    /// What it brought: `ApiKeyGranted`, `AccountTokens`, `TokensRefreshed`, `KeyChecked` or `KeyDeleted`; at a
    /// public client of WhiteBIT a `HandOff`.
    #[getter]
    fn outcome(&self, py: Python<'_>) -> Py<PyAny> {
        self.outcome.clone_ref(py)
    }

    /// The flow, finished.
    #[getter]
    fn flow(&self, py: Python<'_>) -> Py<Flow> {
        self.flow.clone_ref(py)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("Done({})", self.outcome.bind(py).repr()?))
    }
}

/// The object of the step's class.
pub(crate) fn to_python(py: Python<'_>, step: Step) -> PyResult<Py<PyAny>> {
    let flow = |flow| Py::new(py, Flow(flow));
    Ok(match step {
        Step::Send { request, next } => {
            Py::new(py, Send { request: Py::new(py, HttpRequest(request))?, next: flow(next)? })?.into_any()
        }
        Step::Save { next } => Py::new(py, Save { next: flow(next)? })?.into_any(),
        Step::Wait { until_ms, reason, next } => {
            Py::new(py, Wait { until_ms, reason: reason.as_str(), next: flow(next)? })?.into_any()
        }
        Step::Choose { subaccounts, may_create, creation_in_doubt, flow: waiting } => {
            let subaccounts = PyTuple::new(py, subaccounts.into_iter().map(Subaccount::from))?.unbind();
            Py::new(py, Choose { subaccounts, may_create, creation_in_doubt, flow: flow(waiting)? })?.into_any()
        }
        Step::Authorize { authorize_url, flow: waiting } => {
            Py::new(py, Authorize { authorize_url, flow: flow(waiting)? })?.into_any()
        }
        Step::Failed { error, recovery, flow: ended } => {
            Py::new(py, Failed { error, recovery, flow: flow(ended)? })?.into_any()
        }
        Step::Done { outcome, flow: finished } => {
            Py::new(py, Done { outcome: outcome::to_python(py, outcome)?, flow: flow(finished)? })?.into_any()
        }
    })
}

/// A flow's error, as an exception that has the flow.
fn ended(py: Python<'_>, error: &VenuekeyError, recovery: Option<Recovery>, flow: &Py<Flow>) -> Py<PyAny> {
    exception(error, recovery, Some(flow.clone_ref(py).into_any())).into_value(py).into_any()
}

no_pickle!(Send, Save, Wait, Choose, Authorize, Failed, Done);
