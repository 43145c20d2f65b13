//! A rate limit, as a venue documents it.

use pyo3::prelude::*;

/// A limit that a venue documents. All of them count requests per IP address of the caller.
#[pyclass(frozen, eq, module = "venuekey", get_all)]
#[derive(PartialEq, Eq)]
pub(crate) struct RateLimit {
    /// What the venue counts together, such as `"whitebit_trade_account"`.
    name: &'static str,
    /// How many requests.
    requests: u32,
    /// In which time, in milliseconds.
    window_ms: u32,
}

#[pymethods]
impl RateLimit {
    fn __repr__(&self) -> String {
        format!("RateLimit({}: {} in {} ms)", self.name, self.requests, self.window_ms)
    }
}

impl From<&'static venuekey::RateLimit> for RateLimit {
    fn from(limit: &'static venuekey::RateLimit) -> Self {
        Self { name: limit.name, requests: limit.requests, window_ms: limit.window_ms }
    }
}
