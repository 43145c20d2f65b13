//! One error, a subclass of JavaScript's own: thrown, and carried by a `failed` step as the same thing.

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::convert::{number, object};

#[wasm_bindgen(module = "/js/error.js")]
extern "C" {
    #[wasm_bindgen(reexport, extends = js_sys::Error)]
    pub type VenuekeyError;

    #[wasm_bindgen(constructor)]
    fn new(message: &str, kind: &str, code: &str, details: JsValue) -> VenuekeyError;
}

/// A refusal of the binding's own: an argument that core's types can't express.
pub(crate) fn argument(hint: &str) -> VenuekeyError {
    venuekey::VenuekeyError::invalid_argument(hint).into()
}

impl From<venuekey::VenuekeyError> for VenuekeyError {
    fn from(error: venuekey::VenuekeyError) -> Self {
        let details = object(&[
            ("venue", error.venue().map(venuekey::Venue::as_str).into()),
            ("httpStatus", error.http_status().into()),
            ("venueCode", error.venue_code().into()),
            ("venueText", error.venue_text().into()),
            ("retryAfterMs", error.retry_after_ms().map(number).into()),
            ("hint", error.hint().into()),
        ]);
        Self::new(&error.to_string(), error.kind().as_str(), error.code().as_str(), details)
    }
}
