//! The nonces of signed calls (10.2).

use std::collections::BTreeSet;

/// So far a nonce may be from the clock when `nonceWindow` is set (10.2).
const NONCE_WINDOW_MS: u64 = 5000;
/// A nonce that clashes reads like a limit; the limit itself has a text of its own (15).
pub const NOT_INCREASING: &str = "Too many requests.";

/// The nonces a key has used (10.2).
#[derive(Clone, Debug, Default)]
pub struct Nonces {
    /// The greatest one accepted, with a window or without: how the two mix is not documented.
    pub last: Option<u64>,
    /// Those that the window could still let pass once more.
    recent: BTreeSet<u64>,
}

impl Nonces {
    /// Accepts a nonce or says why not. The texts for one reused and one too far ahead are
    /// undocumented: here the same as for one that does not increase.
    pub fn accept(&mut self, nonce: u64, windowed: bool, now_ms: u64) -> Result<(), &'static str> {
        let oldest = now_ms.saturating_sub(NONCE_WINDOW_MS);
        let newest = now_ms.saturating_add(NONCE_WINDOW_MS);
        if windowed {
            if nonce < oldest {
                return Err("Your nonce is more than 5 seconds lesser than the current nonce");
            }
            if nonce > newest || self.recent.contains(&nonce) {
                return Err(NOT_INCREASING);
            }
        } else if self.last.is_some_and(|last| nonce <= last) {
            return Err(NOT_INCREASING);
        }
        self.recent = self.recent.split_off(&oldest);
        if nonce <= newest {
            self.recent.insert(nonce);
        }
        self.last = self.last.max(Some(nonce));
        Ok(())
    }
}
