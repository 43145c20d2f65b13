//! Nonces: core's value behind a lock, because Python's threads share objects.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::arguments::{Given, Int, Now};
use crate::error::Result;

/// A block of nonces for one WhiteBIT key, made by `reserve`. Threads may share it: each number is taken once.
/// (Bybit wants the time alone, which may come twice.)
///
/// The host keeps one number for each key, the last one reserved, and moves it by compare-and-set: read it, call
/// `reserve`, write `reserved` where the old number still stands, and only then take from the block. So blocks never
/// overlap, whatever workers do. Numbers are Unix milliseconds by the venue's clock; a worker that stops loses the rest
/// of its block and nothing else. After a fork each process reserves its own.
///
/// Without `nonce_window` numbers must also arrive in order, so the block that was reserved last is the only one to
/// take from: one worker at a time. With it, any number of workers have blocks of their own, each good for as long as
/// it is near the venue's clock.
///
/// >>> import venuekey
/// >>> nonces = venuekey.parts.Nonces.reserve(0, 100, venue_now_ms=1_790_000_000_000, nonce_window=True)
/// >>> nonces.reserved  # to be stored before the first is taken
/// 1790000000099
/// >>> nonces.take(venue_now_ms=1_790_000_000_005), nonces.take(venue_now_ms=1_790_000_000_005)
/// (1790000000000, 1790000000001)
/// >>> nonces.take(venue_now_ms=1_790_000_005_000) is None  # too old by now: reserve again
/// True
#[pyclass(frozen, module = "venuekey.parts")]
pub(crate) struct Nonces(Mutex<venuekey::parts::Nonces>);

impl Nonces {
    /// Held for one call into core, never while Python runs.
    fn locked(&self) -> MutexGuard<'_, venuekey::parts::Nonces> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Nonces {
    /// A block of numbers after `reserved` and not before the venue's time.
    ///
    /// Args:
    ///     reserved: the number in the store; 0 where nothing is reserved yet.
    ///     count: how many, 1 to 4000. They are one a millisecond: a large block lies in the future.
    ///     venue_now_ms: Unix milliseconds by the venue's clock (`ClockOffset.ahead_ms` added to the host's); left
    ///         out, the operating system's clock.
    ///     nonce_window: as in the `Signer` that signs with them.
    ///
    /// Raises:
    ///     MisuseError: `invalid_argument` for a count out of range, or where no number is left.
    #[staticmethod]
    #[pyo3(signature = (reserved, count, *, venue_now_ms=None, nonce_window=false))]
    fn reserve(reserved: Int<u64>, count: Int<u32>, venue_now_ms: Now, nonce_window: bool) -> Result<Self> {
        let nonces = venuekey::parts::Nonces::reserve(reserved.0, count.0, venue_now_ms.given()?, nonce_window)?;
        Ok(Self(Mutex::new(nonces)))
    }

    /// The number to store before any of the block is taken.
    #[getter]
    fn reserved(&self) -> u64 {
        self.locked().reserved()
    }

    /// The next one, for `Signer.sign`; `None` where the block is used up, or with `nonce_window` too far from the
    /// venue's time (4 seconds): reserve again. Where the block lies ahead (many reservations in a short time), wait
    /// until the time has come near.
    ///
    /// Args:
    ///     venue_now_ms: as for `reserve`.
    #[pyo3(signature = (*, venue_now_ms=None))]
    fn take(&self, venue_now_ms: Now) -> Result<Option<u64>> {
        let (now_ms, mut nonces) = (venue_now_ms.given()?, self.locked());
        let Some((nonce, rest)) = nonces.take(now_ms) else { return Ok(None) };
        *nonces = rest;
        Ok(Some(nonce))
    }

    fn __repr__(&self) -> String {
        format!("Nonces(reserved={})", self.locked().reserved())
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "a venuekey Nonces can't be pickled or copied: both would give the same nonces; reserve another block",
        ))
    }
}
