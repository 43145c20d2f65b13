//! A flow and its snapshot: values. What happens to a flow is in `events.rs`.

use pyo3::prelude::*;
use venuekey::FlowStatus;

use crate::account::Tokens;
use crate::arguments::{Bytes, Ours, Text, entropy};
use crate::error::{exception, raised};
use crate::opaque::opaque;
use crate::seal::SealingKeys;

/// One connection or one operation, at one point of its life. Immutable: every event returns a step.
///
/// `now_ms` is Unix milliseconds everywhere; left out, it is the operating system's clock. A method
/// that raises leaves the value usable.
#[pyclass(frozen, generic, module = "venuekey")]
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
    fn venue(&self) -> String {
        self.0.venue().as_str().to_owned()
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
