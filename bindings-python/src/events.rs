//! What happens to a flow: each event makes a new flow and says what to do next.

use pyo3::prelude::*;

use crate::arguments::{Int, Ours, Text, now_ms};
use crate::error::raised;
use crate::flow::Flow;
use crate::http::HttpResponse;
use crate::step;

#[pymethods]
impl Flow {
    /// The browser came back to the redirect URI: give the whole URL, or its path and query.
    ///
    /// An accepted callback is a `Save`: once its flow is stored, the web request can end, and any worker
    /// goes on by `resume`.
    ///
    /// Raises:
    ///     RejectedError: the callback is not this flow's, or it has had one (`callback_already_received`).
    ///     MisuseError: `wrong_state` where a reissue has not come to its `Authorize` yet.
    #[pyo3(signature = (url, *, now_ms=None))]
    fn receive_callback(&self, py: Python<'_>, url: Text, now_ms: Option<Int<u64>>) -> PyResult<Py<PyAny>> {
        step::to_python(py, self.0.receive_callback(&url, self::now_ms(now_ms)?).map_err(raised)?)
    }

    /// The code that the user has copied from the venue's page, for a client of Bybit's AI agent whose redirect URI
    /// is that page. White space around it does not matter; the page's whole address is taken as well.
    ///
    /// An accepted code is a `Save`, as an accepted callback is.
    ///
    /// Raises:
    ///     RejectedError: `callback_invalid` for text that is no code, `callback_already_received`; for an address,
    ///         as `receive_callback`.
    ///     MisuseError: `not_supported` for every other client.
    #[pyo3(signature = (pasted, *, now_ms=None))]
    fn receive_pasted_code(&self, py: Python<'_>, pasted: Text, now_ms: Option<Int<u64>>) -> PyResult<Py<PyAny>> {
        step::to_python(py, self.0.receive_pasted_code(&pasted, self::now_ms(now_ms)?).map_err(raised)?)
    }

    /// The user's choice at a `Choose`. It is a `Save`, as an accepted callback is: once its flow is stored, any
    /// worker goes on by `resume`, and a second click finds the flow moved on.
    ///
    /// Args:
    ///     id: the `id` of one of the accounts, or `CREATE_SUBACCOUNT` where `may_create`.
    ///
    /// Raises:
    ///     MisuseError: `invalid_argument` for any other id; `wrong_state` where there is nothing to choose.
    #[pyo3(signature = (id, *, now_ms=None))]
    fn choose(&self, py: Python<'_>, id: Text, now_ms: Option<Int<u64>>) -> PyResult<Py<PyAny>> {
        step::to_python(py, self.0.choose(&id, self::now_ms(now_ms)?).map_err(raised)?)
    }

    /// The reply to the request of the last `Send`.
    ///
    /// Raises:
    ///     MisuseError: `wrong_state` where no request is in flight.
    #[pyo3(signature = (response, *, now_ms=None))]
    fn receive_response(&self, response: Ours<'_, HttpResponse>, now_ms: Option<Int<u64>>) -> PyResult<Py<PyAny>> {
        let now_ms = self::now_ms(now_ms)?;
        step::to_python(response.py(), self.0.receive_response(&response.get().0, now_ms).map_err(raised)?)
    }

    /// No reply came: a timeout, a broken connection, or nobody knows. `not_sent` says that the request for certain
    /// never left, as where no connection could be made: then a one-time code is not spent, and the same request goes
    /// out again in a while.
    ///
    /// Raises:
    ///     MisuseError: `wrong_state` where no request is in flight.
    #[pyo3(signature = (*, not_sent=false, now_ms=None))]
    fn receive_no_response(&self, py: Python<'_>, not_sent: bool, now_ms: Option<Int<u64>>) -> PyResult<Py<PyAny>> {
        let now_ms = self::now_ms(now_ms)?;
        step::to_python(py, self.0.receive_no_response(not_sent.into(), now_ms).map_err(raised)?)
    }

    /// Goes on after a `Save`, a `Wait` or a restore. In flight, it means `receive_no_response`; awaiting a choice,
    /// done or failed, it gives the options, the outcome or the error again, and a reissue that awaits its callback
    /// its `Authorize`.
    ///
    /// Raises:
    ///     MisuseError: `wrong_state` while a flow of `Client.begin` awaits its callback and the deadline has not
    ///         passed.
    #[pyo3(signature = (*, now_ms=None))]
    fn resume(&self, py: Python<'_>, now_ms: Option<Int<u64>>) -> PyResult<Py<PyAny>> {
        step::to_python(py, self.0.resume(self::now_ms(now_ms)?).map_err(raised)?)
    }

    /// Goes on after a `Failed` that named a recovery.
    ///
    /// Raises:
    ///     MisuseError: `wrong_state` where there is nothing to recover.
    #[pyo3(signature = (*, now_ms=None))]
    fn recover(&self, py: Python<'_>, now_ms: Option<Int<u64>>) -> PyResult<Py<PyAny>> {
        step::to_python(py, self.0.recover(self::now_ms(now_ms)?).map_err(raised)?)
    }
}
