//! One error, a subclass of JavaScript's own: thrown, and carried by a `failed` step as the same thing.

use venuekey::parts::VenuekeyError;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::js::{ToJs, object, to_js};

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
            ("venue", error.venue().to_js()),
            ("http_status", error.http_status().to_js()),
            ("venue_code", error.venue_code().to_js()),
            ("venue_text", error.venue_text().to_js()),
            ("retry_after_ms", error.retry_after_ms().to_js()),
            ("hint", error.hint().to_js()),
        ]);
        Self::new(&error.to_string(), error.kind().as_str(), error.code().as_str(), details)
    }
}

to_js!(VenuekeyError = |error| Refused::from(error).into(););

/// What a call returns, or throws.
pub(crate) type Returned = Result<JsValue, Refused>;

pub(crate) trait Returns {
    fn returned(self) -> Returned;
}

impl<T: ToJs> Returns for T {
    fn returned(self) -> Returned {
        Ok(self.to_js())
    }
}

impl<T: ToJs> Returns for Result<T, VenuekeyError> {
    fn returned(self) -> Returned {
        Ok(self?.to_js())
    }
}

/// What `ts/` refuses with before it calls.
#[wasm_bindgen]
pub fn invalid_argument(hint: &str) -> Refused {
    VenuekeyError::invalid_argument(hint).into()
}
