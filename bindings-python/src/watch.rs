//! When to look at a key next, and what a look has brought.

use pyo3::Borrowed;
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use venuekey::{ExternalId, VenuekeyError};

use crate::account::KeyStatus;
use crate::arguments::{self, Int, Ours, Text, int, wrong};
use crate::error::{is_ours, raised};
use crate::proof::KeyProof;

/// What a host knows of a key's life: enough to say when to look at it next. It holds no secret; keep its
/// `to_text()`, or make it anew from what you store.
///
/// A look is a signed probe (`Signer.probe`). A key that is at work needs none: each signed request that the venue
/// accepts is one, see `used`.
///
/// Args:
///     venue: `"whitebit"` or `"bybit"`.
///     issued_at_ms: when the app got the key, in Unix milliseconds.
///     last_used_at_ms: when the venue last accepted a request signed with it, probes included.
///     expires_at_ms: when it ends, where the venue says so: `KeyProof.expires_at_ms`.
///     is_ip_bound: whether it is bound to IP addresses, where that is known.
///     seed: any number from 0 to 4294967295, another one for each key, so that a fleet's looks do not fall together;
///         left out, a random one. Keep it with the rest.
///
/// Raises:
///     MisuseError: `snapshot_invalid` for a time beyond 2^53 ms.
///
/// >>> import venuekey
/// >>> watch = venuekey.KeyWatch("whitebit", 1_790_000_000_000, seed=4711)
/// >>> look = watch.next_check(now_ms=1_790_000_000_000)
/// >>> look.reason, (look.at_ms - watch.issued_at_ms) / 86_400_000 < 7
/// ('inactivity', True)
/// >>> signer = venuekey.Signer(venue="whitebit", environment="global", api_key="key", api_secret="s3cr3t")
/// >>> try:  # a week later, with the reply to the probe
/// ...     proof = signer.receive_probe(venuekey.HttpResponse(401, b'{"code": 0, "message": "?"}'))
/// ... except venuekey.VenuekeyError as error:
/// ...     verdict = watch.receive_error(error)
/// ... else:
/// ...     verdict = watch.receive_proof(proof)
/// >>> verdict
/// KeyVerdict(gone)
#[pyclass(frozen, eq, module = "venuekey")]
#[derive(PartialEq)]
pub(crate) struct KeyWatch(venuekey::KeyWatch);

/// An exception of ours as core's error.
struct Refusal(VenuekeyError);

impl<'py> FromPyObject<'_, 'py> for Refusal {
    type Error = PyErr;

    fn extract(error: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if !is_ours(error) {
            return Err(wrong("venuekey.VenuekeyError", error, ""));
        }
        let text = |name| Ok::<_, PyErr>(error.getattr(name)?.extract::<Option<Text>>()?.map(Into::into));
        let code: Text = error.getattr("code")?.extract()?;
        VenuekeyError::from_parts(&code, text("venue_code")?, text("venue_text")?)
            .map(Self)
            .ok_or_else(|| raised(VenuekeyError::invalid_argument("error has a code that is not in ERROR_CODES")))
    }
}

#[pymethods]
impl KeyWatch {
    #[new]
    #[pyo3(signature = (
        venue, issued_at_ms, *, last_used_at_ms=None, expires_at_ms=None, is_ip_bound=None, seed=None,
    ))]
    fn new(
        venue: Text,
        issued_at_ms: Int<u64>,
        last_used_at_ms: Option<Int<u64>>,
        expires_at_ms: Option<Int<u64>>,
        is_ip_bound: Option<bool>,
        seed: Option<Int<u32>>,
    ) -> PyResult<Self> {
        let draw = || getrandom::u32().map_err(|_| PyOSError::new_err("the operating system gave no random bytes"));
        let seed = int(seed).map_or_else(draw, Ok)?;
        let venue = arguments::named(&venue)?;
        let watch = venuekey::KeyWatch {
            venue,
            issued_at_ms: issued_at_ms.0,
            last_used_at_ms: int(last_used_at_ms),
            expires_at_ms: int(expires_at_ms),
            is_ip_bound,
            seed,
        };
        // Read back, so that what can be made can also be restored.
        venuekey::KeyWatch::from_text(&watch.to_text()).map(Self).map_err(raised)
    }

    /// The watch from its `to_text()`.
    ///
    /// Raises:
    ///     MisuseError: `snapshot_invalid`; `snapshot_version` for the text of a newer release.
    #[staticmethod]
    fn from_text(text: Text) -> PyResult<Self> {
        venuekey::KeyWatch::from_text(&text).map(Self).map_err(raised)
    }

    /// The watch as text, for the host's store. No secret is in it.
    fn to_text(&self) -> String {
        self.0.to_text()
    }

    /// Whose key it is.
    #[getter]
    fn venue(&self) -> String {
        self.0.venue.as_str().to_owned()
    }

    /// When the app got it, in Unix milliseconds.
    #[getter]
    fn issued_at_ms(&self) -> u64 {
        self.0.issued_at_ms
    }

    /// When the venue last accepted a request signed with it.
    #[getter]
    fn last_used_at_ms(&self) -> Option<u64> {
        self.0.last_used_at_ms
    }

    /// When it ends, where the venue has said so.
    #[getter]
    fn expires_at_ms(&self) -> Option<u64> {
        self.0.expires_at_ms
    }

    /// Whether it is bound to IP addresses, where that is known.
    #[getter]
    fn is_ip_bound(&self) -> Option<bool> {
        self.0.is_ip_bound
    }

    /// What spreads the looks of a fleet.
    #[getter]
    fn seed(&self) -> u32 {
        self.0.seed
    }

    /// When the key ends: by the venue's word or, for a Bybit key that is bound to no address, about 3 months after
    /// its issue. `None` where it does not, or nobody knows.
    #[getter]
    fn ends_at_ms(&self) -> Option<u64> {
        self.0.ends_at_ms()
    }

    /// The same after the venue has accepted a signed request.
    #[pyo3(signature = (*, now_ms=None))]
    fn used(&self, now_ms: Option<Int<u64>>) -> PyResult<Self> {
        Ok(Self(self.0.used(arguments::now_ms(now_ms)?)))
    }

    /// When to look next, and what for.
    #[pyo3(signature = (*, now_ms=None))]
    fn next_check(&self, now_ms: Option<Int<u64>>) -> PyResult<KeyCheck> {
        let venuekey::KeyCheck { at_ms, reason } = self.0.next_check(arguments::now_ms(now_ms)?);
        Ok(KeyCheck { at_ms, reason: reason.as_str() })
    }

    /// What the proof of `Signer.receive_probe` means: the key works.
    #[pyo3(signature = (proof, *, now_ms=None))]
    fn receive_proof(&self, proof: Ours<'_, KeyProof>, now_ms: Option<Int<u64>>) -> PyResult<KeyVerdict> {
        Ok(KeyVerdict(self.0.receive_proof(&proof.get().0, arguments::now_ms(now_ms)?)))
    }

    /// What the status of `Client.check_key` means for the key with this id. It does not use the key, so
    /// `next_check` stays as it is.
    ///
    /// Raises:
    ///     MisuseError: `invalid_argument` where the id is not a UUID.
    fn receive_status(&self, status: Ours<'_, KeyStatus>, external_id: Text) -> PyResult<KeyVerdict> {
        let external_id = ExternalId::try_from(String::from(external_id)).map_err(raised)?;
        self.0.receive_status(&status.get().0, &external_id).map(KeyVerdict).map_err(raised)
    }

    /// What the error of a signed request means for the key, be it a probe's or one of the app's own.
    #[pyo3(signature = (error, *, now_ms=None))]
    fn receive_error(&self, error: Refusal, now_ms: Option<Int<u64>>) -> PyResult<KeyVerdict> {
        Ok(KeyVerdict(self.0.receive_error(&error.0, arguments::now_ms(now_ms)?)))
    }

    fn __repr__(&self) -> String {
        format!("KeyWatch({:?}, {}, seed={})", self.venue(), self.0.issued_at_ms, self.0.seed)
    }
}

/// The next look at a key.
#[pyclass(frozen, eq, hash, module = "venuekey")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct KeyCheck {
    /// When, in Unix milliseconds; one that is past is due now.
    #[pyo3(get)]
    at_ms: u64,
    /// What for. `"inactivity"`: WhiteBIT disables or deletes a key after 14 days without API activity; we infer
    /// that the probe counts as activity, no document says so. `"revocation"`: nothing runs out, but a key can be gone
    /// without notice. `"expiry"`: it ends at `KeyWatch.ends_at_ms`, so ask the user to connect again before.
    #[pyo3(get)]
    reason: &'static str,
}

#[pymethods]
impl KeyCheck {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("at_ms", "reason");

    fn __repr__(&self) -> String {
        format!("KeyCheck(at_ms={}, reason={:?})", self.at_ms, self.reason)
    }
}

/// What a look has brought.
#[pyclass(frozen, eq, module = "venuekey")]
#[derive(PartialEq)]
pub(crate) struct KeyVerdict(venuekey::KeyVerdict);

#[pymethods]
impl KeyVerdict {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str, &'static str) = ("name", "watch", "check_again_at_ms");

    /// `"works"`; `"disabled"`: only the user can delete it, in the venue's dashboard, then connect again (WhiteBIT
    /// says the same of an address that the key is not bound to); `"gone"` and `"expired"`: the user connects again,
    /// and until then the secret is kept; `"unclear"`: this look told nothing.
    #[getter]
    fn name(&self) -> &'static str {
        self.0.name()
    }

    /// Where it works: the watch with what was learnt, to be kept instead of the old one.
    #[getter]
    fn watch(&self) -> Option<KeyWatch> {
        match &self.0 {
            venuekey::KeyVerdict::Works { watch } => Some(KeyWatch(watch.clone())),
            _ => None,
        }
    }

    /// Where it is unclear: when to look again, in Unix milliseconds.
    #[getter]
    fn check_again_at_ms(&self) -> Option<u64> {
        match self.0 {
            venuekey::KeyVerdict::Unclear { check_again_at_ms } => Some(check_again_at_ms),
            _ => None,
        }
    }

    fn __repr__(&self) -> String {
        format!("KeyVerdict({})", self.0.name())
    }
}
