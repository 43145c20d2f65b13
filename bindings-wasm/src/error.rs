//! One error, a subclass of JavaScript's own: thrown, and carried by a `failed` step as the same thing.

use venuekey::VenuekeyError;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::js::{number, object};

#[wasm_bindgen(raw_module = "./errors.js")]
extern "C" {
    /// The class of `ts/errors.ts`.
    #[wasm_bindgen(js_name = VenuekeyError)]
    pub type Refused;

    #[wasm_bindgen(constructor, js_class = "VenuekeyError")]
    fn new(message: &str, kind: &str, code: &str, details: JsValue) -> Refused;
}

impl From<VenuekeyError> for Refused {
    fn from(error: VenuekeyError) -> Self {
        let details = object(&[
            ("venue", error.venue().as_ref().map(venuekey::Venue::as_str).into()),
            ("httpStatus", error.http_status().into()),
            ("venueCode", error.venue_code().into()),
            ("venueText", error.venue_text().into()),
            ("retryAfterMs", error.retry_after_ms().map(number).into()),
            ("hint", error.hint().into()),
        ]);
        Self::new(&error.to_string(), error.kind().as_str(), error.code().as_str(), details)
    }
}

/// What `ts/` refuses with before it calls.
#[wasm_bindgen]
pub fn invalid_argument(hint: &str) -> Refused {
    VenuekeyError::invalid_argument(hint).into()
}
