//! Nonces as a value: increasing, never twice, shared by workers through the host's own store.

use crate::base::error::VenuekeyError;
use crate::base::time;

/// How far from the venue's clock a nonce may be when it is taken with `nonceWindow`: WhiteBIT refuses beyond 5 s
/// (facts/whitebit.md, 10.2), and the request still has to travel.
const FRESH_MS: u64 = 4_000;
/// The largest block, in numbers: one a millisecond, so a larger one could not be used up while it is fresh.
const MAX_BLOCK: u32 = 4_000;

/// A block of nonces for one WhiteBIT key. (Bybit wants only the time, which may repeat.)
///
/// The host keeps one number for each key, the last one reserved, and advances it by compare-and-set: read it, call
/// [`Nonces::reserve`], write [`Nonces::reserved`] if the old number is still there, and only then take from the block.
/// Blocks never overlap, so no nonce is used twice, whatever workers do. Numbers are Unix milliseconds by the venue's
/// clock; a worker that stops loses the rest of its block and nothing else.
///
/// Without `nonceWindow`, numbers must also arrive in order, so only the block reserved last may be used: one worker at
/// a time. With it, any number of workers have blocks of their own, each good as long as it is near the venue's clock.
///
/// ```
/// use venuekey::parts::Nonces;
/// let nonces = Nonces::reserve(0, 100, 1_790_000_000_000, true)?; // 0: nothing reserved yet
/// assert_eq!(nonces.reserved(), 1_790_000_000_099); // to be stored before the first is taken
/// let (first, nonces) = nonces.take(1_790_000_000_005).expect("fresh");
/// let (second, nonces) = nonces.take(1_790_000_000_005).expect("fresh");
/// assert_eq!((first, second), (1_790_000_000_000, 1_790_000_000_001));
/// assert_eq!(nonces.take(1_790_000_005_000), None); // too old by now: reserve again
/// # Ok::<(), venuekey::VenuekeyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonces {
    next: u64,
    last: u64,
    nonce_window: bool,
}

impl Nonces {
    /// A block of `count` numbers after `reserved`, the number in the store (0 at first), and not before the venue's
    /// time. `nonce_window` as in the [`SignerConfig`](crate::parts::SignerConfig) that signs with them.
    ///
    /// # Errors
    /// `invalid_argument` unless `count` is 1 to 4,000, or if no number is left.
    pub fn reserve(reserved: u64, count: u32, venue_now_ms: u64, nonce_window: bool) -> Result<Self, VenuekeyError> {
        if !(1..=MAX_BLOCK).contains(&count) {
            return Err(VenuekeyError::invalid_argument("reserve 1 to 4000 nonces at a time"));
        }
        let next = reserved.saturating_add(1).max(venue_now_ms);
        let last = next.saturating_add(u64::from(count) - 1);
        if last > time::MAX_MS {
            return Err(VenuekeyError::invalid_argument("nonces must stay below 2^53"));
        }
        Ok(Self { next, last, nonce_window })
    }

    /// The number to store before any of the block is taken.
    pub fn reserved(&self) -> u64 {
        self.last
    }

    /// The next one, and the block without it; `None` if the block is used up, or with `nonce_window` too far from the
    /// venue's time: reserve again, and if the block lies ahead (many reservations in a short time), wait until the
    /// time has come near.
    pub fn take(&self, venue_now_ms: u64) -> Option<(u64, Self)> {
        let nonce = self.next;
        if nonce > self.last || (self.nonce_window && nonce.abs_diff(venue_now_ms) > FRESH_MS) {
            return None;
        }
        Some((nonce, Self { next: nonce.saturating_add(1), ..self.clone() }))
    }
}
