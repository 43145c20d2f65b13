//! The sandbox's own time. It runs beside the caller's, ahead or behind, or is held still.

use serde_json::{Value, json};

#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// So many milliseconds ahead of the caller's clock; behind it when negative.
    Runs { ahead_ms: i64 },
    /// Stands there until it is moved or released.
    Held { at_ms: u64 },
}

impl Clock {
    pub fn ahead_by(ms: u64) -> Clock {
        Clock::Runs { ahead_ms: signed(ms) }
    }

    pub fn held_at(ms: u64) -> Clock {
        Clock::Held { at_ms: ms }
    }

    pub fn now(self, now_ms: u64) -> u64 {
        match self {
            Clock::Runs { ahead_ms } => now_ms.saturating_add_signed(ahead_ms),
            Clock::Held { at_ms } => at_ms,
        }
    }

    pub fn advance(&mut self, ms: u64) {
        match self {
            Clock::Runs { ahead_ms } => *ahead_ms = ahead_ms.saturating_add_unsigned(ms),
            Clock::Held { at_ms } => *at_ms = at_ms.saturating_add(ms),
        }
    }

    /// Makes it read `to_ms` now; whether it is held stays as it is.
    pub fn set(&mut self, to_ms: u64, now_ms: u64) {
        *self = match self {
            Clock::Runs { .. } => Clock::Runs { ahead_ms: signed(to_ms).saturating_sub_unsigned(now_ms) },
            Clock::Held { .. } => Clock::Held { at_ms: to_ms },
        };
    }

    /// Stops it where it stands, or lets it run on from there.
    pub fn hold(&mut self, held: bool, now_ms: u64) {
        let at_ms = self.now(now_ms);
        *self = if held {
            Clock::Held { at_ms }
        } else {
            Clock::Runs { ahead_ms: signed(at_ms).saturating_sub_unsigned(now_ms) }
        };
    }

    pub fn is_held(self) -> bool {
        matches!(self, Clock::Held { .. })
    }

    pub fn to_json(self, now_ms: u64) -> Value {
        let reads = self.now(now_ms);
        let ahead = signed(reads).saturating_sub_unsigned(now_ms);
        json!({"now_ms": reads, "held": self.is_held(), "offset_ms": ahead})
    }
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}
