//! Rate limits as a value, and what can be known of an operation before it begins.

use pyo3::prelude::*;

use crate::arguments::{Int, Ours, Text, now_ms};
use crate::error::raised;
use crate::http::HttpRequest;

/// How much of the venues' rate limits one IP address has used. Immutable: a reservation makes a new value.
///
/// Whoever shares the address shares the limit, so keep one value for each address you call from: in memory for one
/// process, or as `to_text()` in your store, moved by compare-and-set. Processes that share no store take a share
/// each: `RateBudget(share_of=8)` for one of eight.
///
/// It spends at half of the documented pace, after at most a quarter of a limit at once: whatever window the venue
/// counts by, and however unevenly the requests arrive, the limit is not reached.
///
/// Raises:
///     MisuseError: `invalid_argument` where `share_of` is not 1 to 1000.
///
/// >>> import venuekey
/// >>> signer = venuekey.Signer(venue="whitebit", environment="global", api_key="key", api_secret="s3cr3t")
/// >>> request = signer.sign("POST", "/api/v4/main-account/history", {})
/// >>> request.rate_limit
/// RateLimit(whitebit_main_account_history: 200 in 10000 ms)
/// >>> reservation = venuekey.RateBudget().reserve(request, now_ms=1_790_000_000_000)
/// >>> reservation.start_at_ms, reservation.budget  # keep the budget, then send
/// (1790000000000, RateBudget(share_of=1))
#[pyclass(frozen, eq, module = "venuekey")]
#[derive(PartialEq, Eq)]
pub(crate) struct RateBudget(pub(crate) venuekey::RateBudget);

#[pymethods]
impl RateBudget {
    #[new]
    #[pyo3(signature = (*, share_of=1))]
    fn new(share_of: u32) -> PyResult<Self> {
        venuekey::RateBudget::new(share_of).map(Self).map_err(raised)
    }

    /// The value from your store.
    ///
    /// Raises:
    ///     MisuseError: `snapshot_invalid`, `snapshot_version`.
    #[staticmethod]
    fn from_text(text: Text) -> PyResult<Self> {
        venuekey::RateBudget::from_text(&text).map(Self).map_err(raised)
    }

    /// The value as text for your store. Not a secret.
    fn to_text(&self) -> String {
        self.0.to_text()
    }

    /// Between how many processes the limits are divided.
    #[getter]
    fn share_of(&self) -> u32 {
        self.0.share_of()
    }

    /// When this request may go out. A request whose limit is not documented goes at once.
    ///
    /// Args:
    ///     request: what is to be sent.
    ///     now_ms: Unix milliseconds; left out, the operating system's clock.
    ///
    /// Raises:
    ///     UnavailableError: `rate_limited` where that would be later than a minute from now; nothing is reserved then.
    #[pyo3(signature = (request, *, now_ms=None))]
    fn reserve(&self, request: Ours<'_, HttpRequest>, now_ms: Option<Int<u64>>) -> PyResult<Reservation> {
        let reservation = self.0.reserve(&request.get().0, self::now_ms(now_ms)?).map_err(raised)?;
        let budget = Py::new(request.py(), Self(reservation.budget))?;
        Ok(Reservation { start_at_ms: reservation.start_at_ms, budget })
    }

    fn __repr__(&self) -> String {
        format!("RateBudget(share_of={})", self.0.share_of())
    }
}

/// A request's place in the budget.
#[pyclass(frozen, module = "venuekey", get_all)]
pub(crate) struct Reservation {
    /// When it may go out, in Unix milliseconds: now, or later.
    start_at_ms: u64,
    /// What is left: keep it before the request goes out.
    budget: Py<RateBudget>,
}

#[pymethods]
impl Reservation {
    fn __repr__(&self) -> String {
        format!("Reservation(start_at_ms={})", self.start_at_ms)
    }
}

/// An operation that can go ahead.
#[pyclass(frozen, module = "venuekey", get_all)]
pub(crate) struct Preflight {
    /// When it may begin, in Unix milliseconds: now, or later where the rate budget says so.
    start_at_ms: u64,
    /// The most requests it can take: where everything goes well, far fewer.
    requests: u32,
    /// How long it can take from `start_at_ms`, in milliseconds: every wait and every request at its longest. The
    /// time that the user spends at the venue is not in it.
    worst_case_ms: u64,
    /// What is left of the budget: keep it before the operation begins.
    budget: Py<RateBudget>,
}

#[pymethods]
impl Preflight {
    fn __repr__(&self) -> String {
        let (start, requests, worst) = (self.start_at_ms, self.requests, self.worst_case_ms);
        format!("Preflight(start_at_ms={start}, requests={requests}, worst_case_ms={worst})")
    }
}

impl Preflight {
    pub(crate) fn of(py: Python<'_>, plan: venuekey::Preflight) -> PyResult<Self> {
        let budget = Py::new(py, RateBudget(plan.budget))?;
        let (start_at_ms, requests, worst_case_ms) = (plan.start_at_ms, plan.requests, plan.worst_case_ms);
        Ok(Self { start_at_ms, requests, worst_case_ms, budget })
    }
}
