//! Nonces as a block that is used up.

use std::sync::{Mutex, PoisonError};

use crate::ambient::{at, small, whole};
use crate::cross::Cross;
use crate::error::VenuekeyError;

/// A block of nonces for one WhiteBIT key, made by `reserve`. Threads may share it: each number is taken once. (Bybit
/// wants the time alone, which may come twice.)
///
/// The host keeps one number for each key, the last one reserved, and moves it by compare-and-set: read it, call
/// `reserve`, write `reserved` where the old number still stands, and only then take from the block. So blocks never
/// overlap, whatever workers do. Numbers are Unix milliseconds by the venue's clock; a worker that stops loses the rest
/// of its block and nothing else.
///
/// Without `nonceWindow` numbers must also arrive in order, so the block that was reserved last is the only one to take
/// from: one worker at a time. With it, any number of workers have blocks of their own, each good for as long as it is
/// near the venue's clock.
#[derive(uniffi::Object)]
#[uniffi::export(Debug)]
pub struct Nonces(Mutex<venuekey::parts::Nonces>);

#[uniffi::export]
impl Nonces {
    /// A block of `count` numbers (1 to 4000) after `reserved`, the number in the store (0 at first), and not before the
    /// venue's time, in Unix milliseconds; left out, the operating system's clock. `nonceWindow` as in the
    /// `SignerOptions` that sign with them.
    ///
    /// Throws `invalid_argument` for the count, or where no number is left below 2^53.
    #[uniffi::constructor(default(venue_now_ms = None, nonce_window = false))]
    pub fn reserve(
        reserved: i64,
        count: i64,
        venue_now_ms: Option<i64>,
        nonce_window: bool,
    ) -> Result<Self, VenuekeyError> {
        let (reserved, count) = (whole(reserved, "reserved")?, small(count, "count")?);
        let block = venuekey::parts::Nonces::reserve(reserved, count, at(venue_now_ms, "venue_now_ms")?, nonce_window)?;
        Ok(Self(Mutex::new(block)))
    }

    /// The number to store before any of the block is taken.
    #[doc = "[property]"]
    pub fn reserved(&self) -> i64 {
        self.lock().reserved().cross()
    }

    /// The next one, for `Signer.sign`; absent where the block is used up, or with `nonceWindow` too far from the
    /// venue's time (4 seconds): reserve again. Where the block lies ahead (many reservations in a short time), wait
    /// until the time has come near. `venueNowMs` as for `reserve`.
    #[uniffi::method(default(venue_now_ms = None))]
    pub fn take(&self, venue_now_ms: Option<i64>) -> Result<Option<i64>, VenuekeyError> {
        let venue_now_ms = at(venue_now_ms, "venue_now_ms")?;
        let mut nonces = self.lock();
        Ok(nonces.take(venue_now_ms).map(|(nonce, rest)| {
            *nonces = rest;
            nonce.cross()
        }))
    }
}

impl Nonces {
    fn lock(&self) -> std::sync::MutexGuard<'_, venuekey::parts::Nonces> {
        // A number and its limit: nothing is half done where a thread has died.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Nonces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&*self.lock(), f)
    }
}
