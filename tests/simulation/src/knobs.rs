//! The sandbox's switches as typed fields.

use serde_json::json;
use venuekey_sandbox::Sandbox;
use venuekey_sandbox::exchange::knob::read;
use venuekey_sandbox::exchange::knobs::Knobs as Untyped;
use venuekey_sandbox::venue::bybit::knobs::BybitKnobs;
use venuekey_sandbox::venue::whitebit::knobs::WhiteBitKnobs;

#[derive(Clone, Debug, Default)]
pub struct Knobs {
    pub whitebit: WhiteBitKnobs,
    pub bybit: BybitKnobs,
}

impl Knobs {
    /// As they stand.
    pub fn of(sandbox: &Sandbox) -> Self {
        let knobs = sandbox.knobs();
        Self {
            whitebit: read(&knobs.of("whitebit")).expect("its own"),
            bybit: read(&knobs.of("bybit")).expect("its own"),
        }
    }
}

impl From<Knobs> for Untyped {
    fn from(knobs: Knobs) -> Self {
        let mut untyped = Self::default();
        untyped.set("whitebit", json!(knobs.whitebit));
        untyped.set("bybit", json!(knobs.bybit));
        untyped
    }
}
