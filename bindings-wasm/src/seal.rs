//! The keys that seal pending flows.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::argument;
use crate::error::Refused;
use crate::opaque::opaque;

opaque!(SealingKeys);

#[wasm_bindgen]
impl SealingKeys {
    /// `keys` are the keys one after the other, `lengths` their lengths.
    #[wasm_bindgen(constructor)]
    pub fn new(ids: Vec<String>, keys: &[u8], lengths: &[u32]) -> Result<Self, Refused> {
        let mut rest = keys;
        let mut pairs = Vec::new();
        for (id, length) in ids.iter().zip(lengths) {
            let Some((key, after)) = rest.split_at_checked(*length as usize) else {
                return Err(argument("a sealing key is a Uint8Array"));
            };
            pairs.push((id.as_str(), key));
            rest = after;
        }
        Ok(Self(venuekey::SealingKeys::new(pairs)?))
    }
}
