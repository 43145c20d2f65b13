//! Core's loops for `_drive.py` and `_tokens.py`, which add how a function is called and what holds a signal back.

use venuekey::Recovery;

use crate::account::Subaccount;
use crate::client::{Client, stored};
use crate::error::{exception, raised};
use crate::flow::{Flow, Snapshot};
use crate::http::{HttpRequest, HttpResponse};
use crate::prelude::*;
use crate::step::Step;
use crate::tokens::{SharedTokens, TokenPlan};

/// The loop around a flow. Immutable: every event makes a new value.
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct _FlowDriver {
    driver: venuekey::FlowDriver,
    /// One object for as long as it is the step at hand.
    step: Py<PyAny>,
}

impl _FlowDriver {
    /// After an event; a driver that waits for the same step's next event keeps its object.
    fn after(&self, py: Python<'_>, driver: venuekey::FlowDriver) -> Result<Self> {
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
        let driver = venuekey::FlowDriver::new(to_core(&step)?);
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
            venuekey::Step::Failed { recovery, .. } => recovery.map(Recovery::as_str),
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

/// The step that an object of one of its classes stands for.
fn to_core(step: &Bound<'_, PyAny>) -> PyResult<venuekey::Step> {
    let flow: Bound<'_, Flow> = step.getattr("flow")?.cast_into()?;
    let next = || flow.get().0.clone();
    match step.getattr("name")?.extract::<Text>()?.as_ref() {
        "send" => {
            let request: Bound<'_, HttpRequest> = step.getattr("request")?.cast_into()?;
            Ok(venuekey::Step::Send { request: request.get().0.clone(), next: next() })
        }
        "save" => Ok(venuekey::Step::Save { next: next() }),
        "wait" => {
            let reason = step.getattr("reason")?.extract::<Text>()?.parse().map_err(raised)?;
            Ok(venuekey::Step::Wait { until_ms: step.getattr("until_ms")?.extract()?, reason, next: next() })
        }
        "choose" => {
            let accounts = step.getattr("subaccounts")?.try_iter()?;
            let account = |given: PyResult<Bound<'_, PyAny>>| Ok(given?.cast_into::<Subaccount>()?.get().0.clone());
            Ok(venuekey::Step::Choose {
                subaccounts: accounts.map(account).collect::<PyResult<_>>()?,
                may_create: step.getattr("may_create")?.extract()?,
                creation_in_doubt: step.getattr("creation_in_doubt")?.extract()?,
                flow: next(),
            })
        }
        "authorize" => {
            let authorize_url = venuekey::Secret::new(step.getattr("authorize_url")?.extract::<Text>()?.0);
            Ok(venuekey::Step::Authorize { authorize_url, flow: next() })
        }
        // An end is what its flow says at any time.
        _ => flow.get().0.resume(or_now(None)?).map_err(raised),
    }
}

class! {
    /// The loop around shared tokens. Immutable: every event makes a new value.
    struct _TokenDriver(venuekey::TokenDriver) as driver {
        action: &'static str = driver.action().as_str(),
        must_go_on: bool = driver.must_go_on(),
        /// At a `save`; `None` elsewhere, which no caller asks for.
        snapshot: Option<Snapshot> = driver.snapshot().map(Snapshot),
        request: Option<HttpRequest> = driver.request().cloned().map(HttpRequest),
        /// At a `sleep`, likewise.
        until_ms: Option<u64> = driver.until_ms(),
        plan: Option<TokenPlan> = driver.plan().cloned().map(TokenPlan),
        error: Option<PyErr> = driver.error().cloned().map(raised),
        /// What a refresh brought, while it is in no store.
        brought: Option<SharedTokens> = driver.brought().cloned().map(SharedTokens),
    }
    opaque
}

methods! {
    impl _TokenDriver as driver {
        fn loaded(text: Option<Text>, now_ms: Int<u64>) -> _TokenDriver =
            _TokenDriver(driver.loaded(&stored(text, "these tokens are")?, now_ms.0)?);
        fn saved(now_ms: Int<u64>) -> _TokenDriver = _TokenDriver(driver.saved(now_ms.0)?);
        fn superseded() -> _TokenDriver = _TokenDriver(driver.superseded()?);
        fn response(response: Ours<'_, HttpResponse>, now_ms: Int<u64>) -> _TokenDriver =
            _TokenDriver(driver.response(&response.0, now_ms.0)?);
        fn no_response(not_sent: bool, now_ms: Int<u64>) -> _TokenDriver =
            _TokenDriver(driver.no_response(not_sent.into(), now_ms.0)?);
        fn awake() -> _TokenDriver = _TokenDriver(driver.awake()?);
    }
}

#[pymethods]
impl _TokenDriver {
    #[staticmethod]
    fn fresh(client: Ours<'_, Client>, refused_generation: Option<Int<u64>>, patience_ms: Int<u64>) -> Self {
        Self(client.0.drive_tokens(refused_generation.map(|Int(number)| number), patience_ms.0))
    }

    #[staticmethod]
    fn keep(client: Ours<'_, Client>, shared: Ours<'_, SharedTokens>) -> Self {
        Self(client.0.keep_tokens(shared.0.clone()))
    }
}
