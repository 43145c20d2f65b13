//! Reading the account: core's pages as the dataclasses that `venuekey/_page.py` makes.

use pyo3::prelude::*;

use crate::arguments::Ours;
use crate::classes::account_read::AccountRead;
use crate::classes::wire_http::HttpResponse;
use crate::error::Result;

#[pymethods]
impl AccountRead {
    /// What the venue answered to `request`: a `Page` with the new records and the read after it.
    ///
    /// Raises:
    ///     ReauthorizeError: `token_rejected`: refresh once.
    ///     MisuseError: `request_rejected` (`venue_text` names the field), `not_supported`, `history_too_long`.
    ///     UnavailableError: `rate_limited`, `venue_unavailable` (ask again), `venue_refused`.
    ///     ProtocolError: `malformed_reply` (the hint names record and field), `reply_too_large` (a smaller limit).
    fn receive(&self, py: Python<'_>, response: Ours<'_, HttpResponse>) -> Result<Py<PyAny>> {
        self.brought(py, self.0.receive(&response.0)?)
    }

    /// What the venue answered to `sign`: a `Page` with the new records and the read after it.
    ///
    /// The errors mean what they mean for `Signer.receive_response`.
    ///
    /// Raises:
    ///     UnavailableError: `nonce_rejected` and `clock_rejected` (sign again), `rate_limited`, `venue_unavailable`
    ///         (ask again).
    ///     ReauthorizeError: `key_rejected`.
    ///     UserActionError: `permission_denied`.
    ///     MisuseError: `request_rejected` (`venue_text` names the field), `signature_rejected`, `ip_not_allowed`,
    ///         `history_too_long`.
    ///     ProtocolError: `malformed_reply` (the hint names record and field), `reply_too_large` (a smaller limit).
    fn receive_signed(&self, py: Python<'_>, response: Ours<'_, HttpResponse>) -> Result<Py<PyAny>> {
        self.brought(py, self.0.receive_signed(&response.0)?)
    }
}

impl AccountRead {
    fn brought(&self, py: Python<'_>, page: venuekey::parts::Page) -> Result<Py<PyAny>> {
        let (text, next) = (page.records_json(), page.next.map(Self));
        Ok(py
            .import("venuekey._page")?
            .call_method1("page", (self.0.kind().as_str(), text, page.total, next))?
            .unbind())
    }
}
