//! Flows that no store holds yet: sealed into the browser's cookie, or on their way from an app.

use fastrand::Rng;
use venuekey::parts::*;

/// What stands in for the first row of the store.
pub enum Pending {
    /// Nothing: the row is there from the start.
    Stored,
    Sealed {
        text: String,
        keys: SealingKeys,
    },
    HandOff {
        text: String,
        expires_at_ms: u64,
    },
}

pub const SESSION: &str = "session-1";

impl Pending {
    /// Seals with the key before last, as a host does that is about to rotate.
    pub fn seal(flow: &Flow, rng: &mut Rng) -> Self {
        let (newer, older) = (bytes(rng), bytes(rng));
        let keys = |pairs: &[(&str, &[u8; 32])]| {
            SealingKeys::new(pairs.iter().map(|(id, key)| (*id, key.as_slice()))).expect("sound keys")
        };
        let text = flow.seal(&keys(&[("older", &older)]), SESSION, &Entropy::new(bytes(rng)));
        Self::Sealed { text: text.expect("a pending flow"), keys: keys(&[("newer", &newer), ("older", &older)]) }
    }

    pub fn hand_off(hand_off: &HandOff) -> Self {
        let text = hand_off.expose().to_owned();
        let read: serde_json::Value = serde_json::from_str(&text).expect("a hand-off is JSON");
        Self::HandOff { text, expires_at_ms: read["expires_at_ms"].as_u64().expect("a time") }
    }
}

fn bytes<const N: usize>(rng: &mut Rng) -> [u8; N] {
    std::array::from_fn(|_| rng.u8(..))
}
