//! A flow: a value; each event makes a new one and says what to do next.

use pyo3::prelude::*;
use venuekey::FlowStatus;

use crate::account::Tokens;
use crate::arguments::{Bytes, Int, Ours, Text, entropy, now_ms};
use crate::error::{exception, raised};
use crate::http::HttpResponse;
use crate::opaque::opaque;
use crate::seal::SealingKeys;
use crate::step;

/// One connection or one operation, at one point of its life. Immutable: every event returns a step.
///
/// `now_ms` is Unix milliseconds everywhere; left out, it is the operating system's clock. A method
/// that raises leaves the value usable.
#[pyclass(frozen, generic, module = "venuekey")]
#[derive(Clone)]
pub(crate) struct Flow(pub(crate) venuekey::Flow);

#[pymethods]
impl Flow {
    /// 32 hexadecimal digits, the same through the whole life of the flow.
    #[getter]
    fn flow_id(&self) -> &str {
        self.0.flow_id()
    }

    /// Counts up by one with each step, from 1.
    #[getter]
    fn revision(&self) -> u64 {
        self.0.revision()
    }

    /// `"whitebit"` or `"bybit"`.
    #[getter]
    fn venue(&self) -> &'static str {
        self.0.venue().as_str()
    }

    /// `"account_tokens"`, `"api_key"`, `"refresh_tokens"`, `"check_key"`, `"delete_key"` or `"reissue_key"`.
    #[getter]
    fn operation(&self) -> &'static str {
        self.0.operation().as_str()
    }

    /// Where it stands: `"awaiting_callback"`, `"ready"` (the callback or the choice is in, or a reissue has begun;
    /// nothing has been sent since), `"awaiting_choice"`, `"in_flight"`, `"waiting"`, `"done"` or `"failed"`.
    #[getter]
    fn status(&self) -> &'static str {
        self.0.status().as_str()
    }

    /// When it ends without a callback, in Unix milliseconds; `None` unless it awaits one.
    #[getter]
    fn expires_at_ms(&self) -> Option<u64> {
        expires_at_ms(self.0.status())
    }

    /// When to resume, in Unix milliseconds; `None` unless it waits.
    #[getter]
    fn until_ms(&self) -> Option<u64> {
        until_ms(self.0.status())
    }

    /// The newest tokens this flow holds: they may have been refreshed on the way, even in one that failed.
    #[getter]
    fn tokens(&self) -> Option<Tokens> {
        self.0.tokens().cloned().map(Tokens)
    }

    /// The flow as text, to be stored by compare-and-set under its id and revision.
    fn snapshot(&self) -> Snapshot {
        Snapshot(self.0.snapshot())
    }

    /// The pending flow as text for a cookie of the browser's own session, instead of a row in the store: less
    /// than 3 KB of letters, digits, `.`, `-` and `_`. `Client.open` reads it back. A reissue's pending flow is in the
    /// store already and stays there: its seal spares the callback the search.
    ///
    /// Args:
    ///     keys: the sealing keys; the newest seals.
    ///     context: whose it is, such as the session's id: 1 to 1024 bytes. It opens under the same context only.
    ///     entropy: 64 random bytes, never used twice; left out, the operating system's.
    ///
    /// Raises:
    ///     MisuseError: `wrong_state` once the callback is in: what comes after belongs into the store;
    ///         `invalid_argument` for context or entropy.
    #[pyo3(signature = (keys, *, context, entropy=None))]
    fn seal(&self, keys: Ours<'_, SealingKeys>, context: Text, entropy: Option<Bytes>) -> PyResult<String> {
        self.0.seal(&keys.get().0, &context, &self::entropy(entropy)?).map_err(raised)
    }

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

/// A flow as text. A secret: encrypt it at rest; it may hold tokens, keys and a PKCE verifier.
///
/// Store it by compare-and-set: under `flow_id`, only where the stored revision is `expected_revision`.
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct Snapshot(pub(crate) venuekey::Snapshot);

#[pymethods]
impl Snapshot {
    /// The key to store it under: 32 hexadecimal digits.
    #[getter]
    fn flow_id(&self) -> &str {
        self.0.flow_id()
    }

    /// Counts up by one with each step, from 1.
    #[getter]
    fn revision(&self) -> u64 {
        self.0.revision()
    }

    /// The revision that must be in the store for this one to replace it; 0 means none may be there.
    #[getter]
    fn expected_revision(&self) -> u64 {
        self.0.expected_revision()
    }

    /// What the flow is for, as `Flow.operation`.
    #[getter]
    fn operation(&self) -> &'static str {
        self.0.operation().as_str()
    }

    /// Where it stands, as `Flow.status`: for a store that looks for flows to resume.
    #[getter]
    fn status(&self) -> &'static str {
        self.0.status().as_str()
    }

    /// When it ends without a callback, in Unix milliseconds; `None` unless it awaits one.
    #[getter]
    fn expires_at_ms(&self) -> Option<u64> {
        expires_at_ms(self.0.status())
    }

    /// When to resume, in Unix milliseconds; `None` unless it waits.
    #[getter]
    fn until_ms(&self) -> Option<u64> {
        until_ms(self.0.status())
    }

    /// Why it failed, where its status is `"failed"`, else `None`. `Flow.resume` gives the recovery too.
    #[getter]
    fn error(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.0.error().map(|error| exception(error, None, None).into_value(py).into_any())
    }

    /// The text itself, JSON, for `Client.restore`: at most `MAX_SNAPSHOT_BYTES`.
    fn expose(&self) -> &str {
        self.0.expose()
    }
}

fn expires_at_ms(status: FlowStatus) -> Option<u64> {
    match status {
        FlowStatus::AwaitingCallback { expires_at_ms } => Some(expires_at_ms),
        FlowStatus::Ready
        | FlowStatus::AwaitingChoice
        | FlowStatus::InFlight
        | FlowStatus::Waiting { .. }
        | FlowStatus::Done
        | FlowStatus::Failed => None,
    }
}

fn until_ms(status: FlowStatus) -> Option<u64> {
    match status {
        FlowStatus::Waiting { until_ms } => Some(until_ms),
        FlowStatus::AwaitingCallback { .. }
        | FlowStatus::Ready
        | FlowStatus::AwaitingChoice
        | FlowStatus::InFlight
        | FlowStatus::Done
        | FlowStatus::Failed => None,
    }
}

opaque!(Flow, Snapshot);
