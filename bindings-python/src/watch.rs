//! When to look at a key next, and what a look has brought.

use pyo3::Borrowed;
use pyo3::exceptions::PyOSError;
use venuekey::{KeyVerdict as Verdict, KeyWatch as CoreWatch, VenuekeyError};

use crate::account::KeyStatus;
use crate::arguments::{external_id, wrong};
use crate::error::{is_ours, raised};
use crate::prelude::*;
use crate::proof::KeyProof;

class! {
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
    struct KeyWatch(CoreWatch): eq as watch {
        /// Whose key it is.
        venue: String = watch.venue.as_str().to_owned(),
        /// When the app got it, in Unix milliseconds.
        issued_at_ms: u64 = watch.issued_at_ms,
        /// When the venue last accepted a request signed with it.
        last_used_at_ms: Option<u64> = watch.last_used_at_ms,
        /// When it ends, where the venue has said so.
        expires_at_ms: Option<u64> = watch.expires_at_ms,
        /// Whether it is bound to IP addresses, where that is known.
        is_ip_bound: Option<bool> = watch.is_ip_bound,
        /// What spreads the looks of a fleet.
        seed: u32 = watch.seed,
        /// When the key ends: by the venue's word or, for a Bybit key that is bound to no address, about 3 months after
        /// its issue. `None` where it does not, or nobody knows.
        ends_at_ms: Option<u64> = watch.ends_at_ms(),
    }
    repr("KeyWatch({:?}, {}, seed={})", watch.venue.as_str(), watch.issued_at_ms, watch.seed)
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
    ) -> Result<Self> {
        let draw = || getrandom::u32().map_err(|_| PyOSError::new_err("the operating system gave no random bytes"));
        let seed = seed.map_or_else(draw, |Int(seed)| Ok(seed))?;
        let watch = given!(CoreWatch: venue, issued_at_ms, last_used_at_ms, expires_at_ms, is_ip_bound, seed);
        // Read back, so that what can be made can also be restored.
        Ok(Self(CoreWatch::from_text(&watch.to_text())?))
    }

    /// The watch from its `to_text()`.
    ///
    /// Raises:
    ///     MisuseError: `snapshot_invalid`; `snapshot_version` for the text of a newer release.
    #[staticmethod]
    fn from_text(text: Text) -> Result<Self> {
        Ok(Self(CoreWatch::from_text(&text)?))
    }
}

methods! {
    impl KeyWatch as watch {
        /// The watch as text, for the host's store. No secret is in it.
        fn to_text() -> String = watch.to_text();

        /// The same after the venue has accepted a signed request.
        #[pyo3(signature = (*, now_ms=None))]
        fn used(now_ms: Now) -> Self = Self(watch.used(or_now(now_ms)?));

        /// When to look next, and what for.
        #[pyo3(signature = (*, now_ms=None))]
        fn next_check(now_ms: Now) -> KeyCheck = KeyCheck(watch.next_check(or_now(now_ms)?));

        /// What the proof of `Signer.receive_probe` means: the key works.
        #[pyo3(signature = (proof, *, now_ms=None))]
        fn receive_proof(proof: Ours<'_, KeyProof>, now_ms: Now) -> KeyVerdict =
            KeyVerdict(watch.receive_proof(&proof.0, or_now(now_ms)?));

        /// What the status of `Client.check_key` means for the key with this id. It does not use the key, so
        /// `next_check` stays as it is.
        ///
        /// Raises:
        ///     MisuseError: `invalid_argument` where the id is not a UUID.
        fn receive_status(status: Ours<'_, KeyStatus>, external_id: Text) -> KeyVerdict =
            KeyVerdict(watch.receive_status(&status.0, &self::external_id(external_id)?)?);

        /// What the error of a signed request means for the key, be it a probe's or one of the app's own.
        #[pyo3(signature = (error, *, now_ms=None))]
        fn receive_error(error: Refusal, now_ms: Now) -> KeyVerdict =
            KeyVerdict(watch.receive_error(&error.0, or_now(now_ms)?));
    }
}

/// An exception of ours as core's error.
struct Refusal(VenuekeyError);

impl<'py> FromPyObject<'_, 'py> for Refusal {
    type Error = PyErr;

    fn extract(error: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if !is_ours(error) {
            return Err(wrong("venuekey.VenuekeyError", error, ""));
        }
        let text = |name| Ok::<_, PyErr>(error.getattr(name)?.extract::<Option<Text>>()?.map(|Text(text)| text));
        let code: Text = error.getattr("code")?.extract()?;
        VenuekeyError::from_parts(&code, text("venue_code")?, text("venue_text")?)
            .map(Self)
            .ok_or_else(|| raised(VenuekeyError::invalid_argument("error has a code that is not in ERROR_CODES")))
    }
}

class! {
    /// The next look at a key.
    struct KeyCheck(venuekey::KeyCheck): eq, hash as check {
        /// When, in Unix milliseconds; one that is past is due now.
        at_ms: u64 = check.at_ms,
        /// What for. `"inactivity"`: WhiteBIT disables or deletes a key after 14 days without API activity; we infer
        /// that the probe counts as activity, no document says so. `"revocation"`: nothing runs out, but a key can be gone
        /// without notice. `"expiry"`: it ends at `KeyWatch.ends_at_ms`, so ask the user to connect again before.
        reason: &'static str = check.reason.as_str(),
    }
    match(at_ms, reason)
    repr("KeyCheck(at_ms={}, reason={:?})", check.at_ms, check.reason.as_str())
}

class! {
    /// What a look has brought.
    struct KeyVerdict(Verdict): eq as verdict {
        /// `"works"`; `"disabled"`: only the user can delete it, in the venue's dashboard, then connect again (WhiteBIT
        /// says the same of an address that the key is not bound to); `"gone"` and `"expired"`: the user connects again,
        /// and until then the secret is kept; `"unclear"`: this look told nothing.
        name: &'static str = verdict.name(),
        /// Where it works: the watch with what was learnt, to be kept instead of the old one.
        watch: Option<KeyWatch> =
            if let Verdict::Works { watch } = verdict { Some(KeyWatch(watch.clone())) } else { None },
        /// Where it is unclear: when to look again, in Unix milliseconds.
        check_again_at_ms: Option<u64> =
            if let Verdict::Unclear { check_again_at_ms } = verdict { Some(*check_again_at_ms) } else { None },
    }
    match(name, watch, check_again_at_ms)
    repr("KeyVerdict({})", verdict.name())
}
