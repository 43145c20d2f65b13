//! Tokens that many workers use, and what one of them may do now.

use pyo3::prelude::*;
use venuekey::{TokenPlan, VenuekeyError};

use crate::account::Tokens;
use crate::arguments::{Int, Ours, int, now_ms};
use crate::error::{exception, raised};
use crate::flow::Snapshot;
use crate::http::{HttpRequest, HttpResponse};
use crate::opaque::{no_pickle, opaque};

/// Tokens of one connection as a whole fleet of workers sees them. Immutable: every event makes a new value.
///
/// A refresh spends the refresh token (both venues replace it), WhiteBIT's live ten minutes and take one refresh a
/// second, and a race between two workers would log the user out. So the tokens stand in the host's store with a
/// `generation`, and `plan` says what one worker may do now. A refresh is a lease, written by compare-and-set before
/// anything is sent: one worker wins it, the others wait for the next generation. `fresh_tokens` does all of it.
///
/// `now_ms` is Unix milliseconds everywhere; left out, it is the operating system's clock.
///
/// >>> import venuekey
/// >>> client = venuekey.Client(
/// ...     venue="whitebit", environment="global", client_id="demo", client_secret="s3cr3t",
/// ...     redirect_uri="https://partner.example/callback",
/// ... )
/// >>> tokens = venuekey.Tokens(
/// ...     access_token="access", refresh_token="refresh", expires_at_ms=1_790_000_300_000
/// ... )
/// >>> shared = client.share_tokens(tokens, entropy=bytes(64), now_ms=1_790_000_000_000)
/// >>> shared.plan(now_ms=1_790_000_100_000)
/// UseTokens(generation 1)
/// >>> shared.plan(now_ms=1_790_000_290_000)
/// RefreshTokens(HttpRequest(POST refresh_tokens, never))
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct SharedTokens(pub(crate) venuekey::SharedTokens);

#[pymethods]
impl SharedTokens {
    /// 32 hexadecimal digits, the same as long as the connection lives.
    #[getter]
    fn tokens_id(&self) -> &str {
        self.0.tokens_id()
    }

    /// Counts up by one with each value that is to be saved, from 1.
    #[getter]
    fn revision(&self) -> u64 {
        self.0.revision()
    }

    /// Counts the token pairs, from 1.
    #[getter]
    fn generation(&self) -> u64 {
        self.0.generation()
    }

    /// While a worker refreshes: when its lease ends, in Unix milliseconds. Where that is nearer than the request's
    /// `timeout_hint_ms` by the time the save has returned, don't send any more, and plan again.
    #[getter]
    fn lease_until_ms(&self) -> Option<u64> {
        self.0.lease_until_ms()
    }

    /// The newest pair. Whether it may be used, `plan` says.
    #[getter]
    fn tokens(&self) -> Tokens {
        Tokens(self.0.tokens().clone())
    }

    /// The tokens as text, to be stored by compare-and-set like a flow's: its `flow_id` is the `tokens_id`, its
    /// operation `"refresh_tokens"`, its status `"ready"`, `"in_flight"` or `"failed"`. `Client.restore_tokens` reads
    /// it back.
    fn snapshot(&self) -> Snapshot {
        Snapshot(self.0.snapshot())
    }

    /// What a worker may do now: `UseTokens`, `RefreshTokens`, `WaitUntil` or `Reauthorize`.
    ///
    /// Args:
    ///     refused_generation: the generation whose access token the venue has just refused this worker (401, 403),
    ///         where it has. One refresh answers that; a second refusal ends it.
    #[pyo3(signature = (*, refused_generation=None, now_ms=None))]
    fn plan(
        &self,
        py: Python<'_>,
        refused_generation: Option<Int<u64>>,
        now_ms: Option<Int<u64>>,
    ) -> PyResult<Py<PyAny>> {
        to_python(py, self.0.plan(self::now_ms(now_ms)?, int(refused_generation)).map_err(raised)?)
    }

    /// The reply to the request of a `RefreshTokens`. Save the value; where the save is lost, load what is stored
    /// and `merge` this into it: the new pair may be in no other hands.
    ///
    /// Raises:
    ///     MisuseError: `wrong_state` where these tokens are not leased.
    #[pyo3(signature = (response, *, now_ms=None))]
    fn receive_response(&self, response: Ours<'_, HttpResponse>, now_ms: Option<Int<u64>>) -> PyResult<Self> {
        self.0.receive_response(&response.get().0, self::now_ms(now_ms)?).map(Self).map_err(raised)
    }

    /// No reply came to the request of a `RefreshTokens`. It is asked again, first after 2 seconds; where it
    /// is `not_sent`, it never left and the pair stays as good as it was.
    ///
    /// Raises:
    ///     MisuseError: `wrong_state` where these tokens are not leased.
    #[pyo3(signature = (*, not_sent=false, now_ms=None))]
    fn receive_no_response(&self, not_sent: bool, now_ms: Option<Int<u64>>) -> PyResult<Self> {
        self.0.receive_no_response(not_sent.into(), self::now_ms(now_ms)?).map(Self).map_err(raised)
    }

    /// What a worker that came too late has brought, put into the stored value this is called on: the value to save
    /// where its pair is newer than the stored one; `None` where the stored one is as new.
    ///
    /// Raises:
    ///     MisuseError: `snapshot_mismatch` for the tokens of another connection.
    fn merge(&self, late: Ours<'_, Self>) -> PyResult<Option<Self>> {
        Ok(self.0.merge(&late.get().0).map_err(raised)?.map(Self))
    }
}

/// Send requests with these tokens.
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct UseTokens {
    tokens: Py<Tokens>,
    /// Which pair this is. Where the venue refuses it, plan again with this number as `refused_generation`.
    #[pyo3(get)]
    generation: u64,
    /// When to plan again so that the tokens stay alive, in Unix milliseconds; `None` where no refresh is possible
    /// and the connection ends with the access token.
    #[pyo3(get)]
    refresh_at_ms: Option<u64>,
}

#[pymethods]
impl UseTokens {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str, &'static str) = ("tokens", "generation", "refresh_at_ms");

    /// Their access token counts, as far as is known.
    #[getter]
    fn tokens(&self, py: Python<'_>) -> Py<Tokens> {
        self.tokens.clone_ref(py)
    }

    fn __repr__(&self) -> String {
        format!("UseTokens(generation {})", self.generation)
    }
}

/// Save `next` by compare-and-set; where that won, send, then `next.receive_response` or `next.receive_no_response`,
/// and save what it returns. Where it lost: load, and plan again.
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct RefreshTokens {
    request: Py<HttpRequest>,
    next: Py<SharedTokens>,
}

#[pymethods]
impl RefreshTokens {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("request", "next");

    /// What to send, exactly, once.
    #[getter]
    fn request(&self, py: Python<'_>) -> Py<HttpRequest> {
        self.request.clone_ref(py)
    }

    /// The tokens, leased to this worker for 45 seconds.
    #[getter]
    fn next(&self, py: Python<'_>) -> Py<SharedTokens> {
        self.next.clone_ref(py)
    }

    fn __repr__(&self) -> String {
        format!("RefreshTokens({:?})", self.request.get().0)
    }
}

/// Sleep, load the tokens anew, plan again.
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct WaitUntil {
    /// When to look again, in Unix milliseconds.
    #[pyo3(get)]
    until_ms: u64,
    error: Option<VenuekeyError>,
}

#[pymethods]
impl WaitUntil {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("until_ms", "error");

    /// Why no token can be had meanwhile; `None` while a worker refreshes. An exception that has not been raised: a
    /// new one at each access.
    #[getter]
    fn error(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.error.as_ref().map(|error| exception(error, None, None).into_value(py).into_any())
    }

    fn __repr__(&self) -> String {
        format!("WaitUntil(until_ms={})", self.until_ms)
    }
}

/// No token works any more, and no refresh can help: the user must connect again.
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct Reauthorize {
    error: VenuekeyError,
}

#[pymethods]
impl Reauthorize {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str,) = ("error",);

    /// Why: `token_expired`, `token_rejected`, or `outcome_unknown` after a refresh whose reply was lost. An
    /// exception that has not been raised: a new one at each access.
    #[getter]
    fn error(&self, py: Python<'_>) -> Py<PyAny> {
        exception(&self.error, None, None).into_value(py).into_any()
    }

    fn __repr__(&self) -> String {
        format!("Reauthorize({})", self.error)
    }
}

/// The object of the plan's class.
pub(crate) fn to_python(py: Python<'_>, plan: TokenPlan) -> PyResult<Py<PyAny>> {
    Ok(match plan {
        TokenPlan::Use { tokens, generation, refresh_at_ms } => {
            let tokens = Py::new(py, Tokens(tokens))?;
            Py::new(py, UseTokens { tokens, generation, refresh_at_ms })?.into_any()
        }
        TokenPlan::Refresh { request, next } => {
            let (request, next) = (Py::new(py, HttpRequest(request))?, Py::new(py, SharedTokens(next))?);
            Py::new(py, RefreshTokens { request, next })?.into_any()
        }
        TokenPlan::WaitUntil { until_ms, error } => Py::new(py, WaitUntil { until_ms, error })?.into_any(),
        TokenPlan::Reauthorize { error } => Py::new(py, Reauthorize { error })?.into_any(),
    })
}

opaque!(SharedTokens);
no_pickle!(UseTokens, RefreshTokens, WaitUntil, Reauthorize);
