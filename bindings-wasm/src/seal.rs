//! The keys that seal pending flows.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::Refused;
use crate::full::SealingKeys;
use crate::globals::Uint8Array;

#[wasm_bindgen]
impl SealingKeys {
    #[wasm_bindgen(constructor)]
    pub fn new(ids: Vec<String>, keys: Vec<Uint8Array>) -> Result<Self, Refused> {
        let mut copies: Vec<_> = keys.iter().map(Uint8Array::to_vec).collect();
        let made =
            venuekey::parts::SealingKeys::new(ids.iter().map(String::as_str).zip(copies.iter().map(Vec::as_slice)));
        copies.iter_mut().for_each(|copy| copy.fill(0));
        Ok(Self(made?))
    }
}
