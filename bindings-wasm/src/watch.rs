//! When to look at a key next.

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::convert::taken;
use crate::error::Refused;
use crate::full::KeyWatch;

#[wasm_bindgen]
impl KeyWatch {
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue) -> Result<Self, Refused> {
        // Read back, so that what can be made can also be restored.
        Self::from_text(&taken::<venuekey::parts::KeyWatch>(options)?.to_text())
    }
}
