//! Nonces as a block that is used up.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::{small, whole};
use crate::error::Refused;
use crate::js::number;
use crate::opaque::opaque;

opaque!(Nonces);

#[wasm_bindgen]
impl Nonces {
    pub fn reserve(reserved: f64, count: f64, venue_now_ms: f64, nonce_window: bool) -> Result<Self, Refused> {
        let (reserved, count) = (whole(reserved, "reserved")?, small(count, "count")?);
        Ok(Self(venuekey::Nonces::reserve(reserved, count, whole(venue_now_ms, "venueNowMs")?, nonce_window)?))
    }

    #[wasm_bindgen(getter)]
    pub fn reserved(&self) -> f64 {
        number(self.0.reserved())
    }

    pub fn take(&mut self, venue_now_ms: f64) -> Result<Option<f64>, Refused> {
        Ok(self.0.take(whole(venue_now_ms, "venueNowMs")?).map(|(nonce, rest)| {
            self.0 = rest;
            number(nonce)
        }))
    }
}
