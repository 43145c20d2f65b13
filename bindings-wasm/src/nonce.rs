//! Nonces as a block that is used up.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::{small, whole};
use crate::error::{Refused, Returned, Returns};
use crate::handle::{getters, handles};

handles!(Nonces);

#[wasm_bindgen]
impl Nonces {
    pub fn reserve(reserved: f64, count: f64, venue_now_ms: f64, nonce_window: bool) -> Result<Self, Refused> {
        let (reserved, count) = (whole(reserved, "reserved")?, small(count, "count")?);
        Ok(Self(venuekey::parts::Nonces::reserve(reserved, count, whole(venue_now_ms, "venueNowMs")?, nonce_window)?))
    }

    pub fn take(&mut self, venue_now_ms: f64) -> Returned {
        let Some((nonce, rest)) = self.0.take(whole(venue_now_ms, "venueNowMs")?) else {
            return None::<u64>.returned();
        };
        self.0 = rest;
        nonce.returned()
    }
}
getters!(Nonces { reserved });
