//! Core's loops for `_drive.py` and `_tokens.py`, which add how a function is called and what holds a signal back.

use pyo3::prelude::*;
use venuekey::parts::Recovery;

use crate::arguments::{Int, Ours, Text};
use crate::classes::client::Client;
use crate::classes::drive_tokens::_TokenDriver;
use crate::classes::flow_step::Step;
use crate::classes::model_snapshot::Snapshot;
use crate::classes::tokens::SharedTokens;
use crate::classes::wire_http::HttpResponse;
use crate::client::stored;
use crate::error::{Result, exception};

/// The loop around a flow. Immutable: every event makes a new value.
#[pyclass(frozen, module = "venuekey.parts")]
pub(crate) struct _FlowDriver {
    driver: venuekey::parts::FlowDriver,
    /// One object for as long as it is the step at hand.
    step: Py<PyAny>,
}

impl _FlowDriver {
    /// After an event; a driver that waits for the same step's next event keeps its object.
    fn after(&self, py: Python<'_>, driver: venuekey::parts::FlowDriver) -> Result<Self> {
        let step = match driver.is_new_step() {
            true => Step(driver.step().clone()).into_pyobject(py)?.unbind(),
            false => self.step.clone_ref(py),
        };
        Ok(Self { driver, step })
    }
}

#[pymethods]
impl _FlowDriver {
    #[new]
    fn new(step: Bound<'_, PyAny>) -> PyResult<Self> {
        let Step(of_core) = step.extract()?;
        let driver = venuekey::parts::FlowDriver::new(of_core);
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
    fn error(&self, py: Python<'_>) -> PyResult<Option<PyErr>> {
        let recovery = match self.driver.step() {
            venuekey::parts::Step::Failed { recovery, .. } => recovery.map(Recovery::as_str),
            _ => None,
        };
        let flow = self.step.getattr(py, "flow")?;
        Ok(self.driver.error().map(|error| exception(error, recovery, Some(flow))))
    }

    fn stop(&self, py: Python<'_>) -> Self {
        Self { driver: self.driver.stop(), step: self.step.clone_ref(py) }
    }

    fn saved(&self, py: Python<'_>, now_ms: Int<u64>) -> Result<Self> {
        self.after(py, self.driver.saved(now_ms.0)?)
    }

    fn superseded(&self, py: Python<'_>) -> Result<Self> {
        self.after(py, self.driver.superseded()?)
    }

    fn response(&self, py: Python<'_>, response: Ours<'_, HttpResponse>, now_ms: Int<u64>) -> Result<Self> {
        self.after(py, self.driver.response(&response.0, now_ms.0)?)
    }

    fn no_response(&self, py: Python<'_>, not_sent: bool, now_ms: Int<u64>) -> Result<Self> {
        self.after(py, self.driver.no_response(not_sent.into(), now_ms.0)?)
    }

    fn awake(&self, py: Python<'_>, now_ms: Int<u64>) -> Result<Self> {
        self.after(py, self.driver.awake(now_ms.0)?)
    }

    fn chosen(&self, py: Python<'_>, id: Text, now_ms: Int<u64>) -> Result<Self> {
        self.after(py, self.driver.chosen(&id, now_ms.0)?)
    }

    fn called_back(&self, py: Python<'_>, url: Text, now_ms: Int<u64>) -> Result<Self> {
        self.after(py, self.driver.called_back(&url, now_ms.0)?)
    }

    fn unanswered(&self, py: Python<'_>) -> Result<Self> {
        self.after(py, self.driver.unanswered()?)
    }
}

#[pymethods]
impl _TokenDriver {
    #[staticmethod]
    fn fresh(client: Ours<'_, Client>, refused_generation: Option<Int<u64>>, patience_ms: Int<u64>) -> Self {
        Self(client.0.drive_tokens(refused_generation.map(|Int(number)| number), patience_ms.0))
    }

    fn loaded(&self, text: Option<Text>, now_ms: Int<u64>) -> Result<Self> {
        Ok(Self(self.0.loaded(&stored(text, "these tokens are")?, now_ms.0)?))
    }

    #[staticmethod]
    fn keep(client: Ours<'_, Client>, shared: Ours<'_, SharedTokens>) -> Self {
        Self(client.0.keep_tokens(shared.0.clone()))
    }
}
