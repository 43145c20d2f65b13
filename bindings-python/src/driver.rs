//! Core's loops for `_drive.py` and `_tokens.py`, which add how a function is called and what holds a signal back.

use pyo3::prelude::*;
use venuekey::{Step, VenuekeyError};

use crate::arguments::{self, Int, Ours, Text, int};
use crate::client::{Client, stored};
use crate::error::{exception, raised};
use crate::flow::{Flow, Snapshot};
use crate::http::{HttpRequest, HttpResponse};
use crate::step;
use crate::tokens::{self, SharedTokens};

/// The loop around a flow. Immutable: every event makes a new value.
#[pyclass(frozen, name = "_FlowDriver", module = "venuekey")]
pub(crate) struct FlowDriver {
    driver: venuekey::FlowDriver,
    /// One object for as long as it is the step at hand.
    step: Py<PyAny>,
}

impl FlowDriver {
    fn after(&self, py: Python<'_>, next: Result<venuekey::FlowDriver, VenuekeyError>) -> PyResult<Self> {
        let driver = next.map_err(raised)?;
        let is_same = driver.step().flow().revision() == self.driver.step().flow().revision()
            && driver.step().name() == self.driver.step().name();
        let step = if is_same { self.step.clone_ref(py) } else { step::to_python(py, driver.step().clone())? };
        Ok(Self { driver, step })
    }
}

#[pymethods]
impl FlowDriver {
    #[new]
    fn new(step: Bound<'_, PyAny>, now_ms: Int<u64>) -> PyResult<Self> {
        let driver = venuekey::FlowDriver::new(to_core(&step, now_ms.0)?);
        Ok(Self { driver, step: step.unbind() })
    }

    #[getter]
    fn action(&self) -> &'static str {
        self.driver.action().as_str()
    }

    #[getter]
    fn step(&self, py: Python<'_>) -> Py<PyAny> {
        self.step.clone_ref(py)
    }

    #[getter]
    fn is_new_step(&self) -> bool {
        self.driver.is_new_step()
    }

    #[getter]
    fn must_go_on(&self) -> bool {
        self.driver.must_go_on()
    }

    #[getter]
    fn snapshot(&self) -> Snapshot {
        Snapshot(self.driver.snapshot())
    }

    /// At a `fail`: the exception, which has the flow.
    #[getter]
    fn error(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let recovery = match self.driver.step() {
            Step::Failed { recovery, .. } => *recovery,
            _ => None,
        };
        let flow = self.step.getattr(py, "flow")?;
        Ok(self.driver.error().map(|error| exception(error, recovery, Some(flow)).into_value(py).into_any()))
    }

    fn stop(&self, py: Python<'_>) -> PyResult<Self> {
        self.after(py, Ok(self.driver.stop()))
    }

    fn saved(&self, py: Python<'_>, now_ms: Int<u64>) -> PyResult<Self> {
        self.after(py, self.driver.saved(now_ms.0))
    }

    fn superseded(&self, py: Python<'_>) -> PyResult<Self> {
        self.after(py, self.driver.superseded())
    }

    fn response(&self, response: Ours<'_, HttpResponse>, now_ms: Int<u64>) -> PyResult<Self> {
        self.after(response.py(), self.driver.response(&response.get().0, now_ms.0))
    }

    fn no_response(&self, py: Python<'_>, not_sent: bool, now_ms: Int<u64>) -> PyResult<Self> {
        self.after(py, self.driver.no_response(not_sent.into(), now_ms.0))
    }

    fn awake(&self, py: Python<'_>, now_ms: Int<u64>) -> PyResult<Self> {
        self.after(py, self.driver.awake(now_ms.0))
    }

    fn chosen(&self, py: Python<'_>, id: Text, now_ms: Int<u64>) -> PyResult<Self> {
        self.after(py, self.driver.chosen(&id, now_ms.0))
    }

    fn called_back(&self, py: Python<'_>, url: Text, now_ms: Int<u64>) -> PyResult<Self> {
        self.after(py, self.driver.called_back(&url, now_ms.0))
    }

    fn unanswered(&self, py: Python<'_>) -> PyResult<Self> {
        self.after(py, self.driver.unanswered())
    }
}

/// The step that an object of one of its classes stands for.
fn to_core(step: &Bound<'_, PyAny>, now_ms: u64) -> PyResult<Step> {
    let flow: Bound<'_, Flow> = step.getattr("flow")?.cast_into()?;
    let next = || flow.get().0.clone();
    match step.getattr("name")?.extract::<Text>()?.as_ref() {
        "send" => {
            let request: Bound<'_, HttpRequest> = step.getattr("request")?.cast_into()?;
            Ok(Step::Send { request: request.get().0.clone(), next: next() })
        }
        "save" => Ok(Step::Save { next: next() }),
        "wait" => {
            let reason: Text = step.getattr("reason")?.extract()?;
            let until_ms = step.getattr("until_ms")?.extract()?;
            Ok(Step::Wait { until_ms, reason: arguments::named(&reason)?, next: next() })
        }
        // Stored already: it gives the same again.
        _ => flow.get().0.resume(now_ms).map_err(raised),
    }
}

/// The loop around shared tokens. Immutable: every event makes a new value.
#[pyclass(frozen, name = "_TokenDriver", module = "venuekey")]
pub(crate) struct TokenDriver(venuekey::TokenDriver);

#[pymethods]
impl TokenDriver {
    #[staticmethod]
    fn fresh(client: Ours<'_, Client>, refused_generation: Option<Int<u64>>, patience_ms: Int<u64>) -> Self {
        Self(client.get().0.drive_tokens(int(refused_generation), patience_ms.0))
    }

    #[staticmethod]
    fn keep(client: Ours<'_, Client>, shared: Ours<'_, SharedTokens>) -> Self {
        Self(client.get().0.keep_tokens(shared.get().0.clone()))
    }

    #[getter]
    fn action(&self) -> &'static str {
        self.0.action().as_str()
    }

    #[getter]
    fn must_go_on(&self) -> bool {
        self.0.must_go_on()
    }

    #[getter]
    fn snapshot(&self) -> Option<Snapshot> {
        self.0.snapshot().map(Snapshot)
    }

    #[getter]
    fn request(&self) -> Option<HttpRequest> {
        self.0.request().cloned().map(HttpRequest)
    }

    #[getter]
    fn until_ms(&self) -> Option<u64> {
        self.0.until_ms()
    }

    #[getter]
    fn plan(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.0.plan().map(|plan| tokens::to_python(py, plan.clone())).transpose()
    }

    #[getter]
    fn error(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.0.error().map(|error| exception(error, None, None).into_value(py).into_any())
    }

    /// What a refresh brought, while it is in no store.
    #[getter]
    fn brought(&self) -> Option<SharedTokens> {
        self.0.brought().cloned().map(SharedTokens)
    }

    fn loaded(&self, text: Option<Text>, now_ms: Int<u64>) -> PyResult<Self> {
        self.0.loaded(&stored(text, "these tokens are")?, now_ms.0).map(Self).map_err(raised)
    }

    fn saved(&self, now_ms: Int<u64>) -> PyResult<Self> {
        self.0.saved(now_ms.0).map(Self).map_err(raised)
    }

    fn superseded(&self) -> PyResult<Self> {
        self.0.superseded().map(Self).map_err(raised)
    }

    fn response(&self, response: Ours<'_, HttpResponse>, now_ms: Int<u64>) -> PyResult<Self> {
        self.0.response(&response.get().0, now_ms.0).map(Self).map_err(raised)
    }

    fn no_response(&self, not_sent: bool, now_ms: Int<u64>) -> PyResult<Self> {
        self.0.no_response(not_sent.into(), now_ms.0).map(Self).map_err(raised)
    }

    fn awake(&self) -> PyResult<Self> {
        self.0.awake().map(Self).map_err(raised)
    }
}
