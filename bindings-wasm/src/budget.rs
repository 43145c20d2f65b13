//! Rate limits as a value.

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::convert::{now, small};
use crate::error::Refused;
use crate::handle::{calls, getters};
use crate::http::HttpRequest;
use crate::js::{plain, to_js};

#[wasm_bindgen]
pub struct RateBudget(pub(crate) venuekey::RateBudget);

to_js!(venuekey::RateBudget = |core| RateBudget(core).into(););

#[wasm_bindgen]
impl RateBudget {
    #[wasm_bindgen(constructor)]
    pub fn new(share_of: f64) -> Result<Self, Refused> {
        Ok(Self(venuekey::RateBudget::new(small(share_of, "shareOf")?)?))
    }

    pub fn from_text(text: &str) -> Result<Self, Refused> {
        Ok(Self(venuekey::RateBudget::from_text(text)?))
    }

    /// Which share it spends, and nothing of what it has spent.
    #[wasm_bindgen(js_name = toString)]
    #[allow(clippy::inherent_to_string)] // JavaScript's method, not Rust's.
    pub fn to_string(&self) -> JsValue {
        format!("RateBudget(share_of={})", self.0.share_of()).into()
    }
}
getters!(RateBudget { share_of });
calls!(RateBudget {
    to_text() = ();
    reserve(request: &HttpRequest, now_ms: f64) = (&request.0, now(now_ms)?);
});

plain! {
    Reservation { start_at_ms, budget };
    Preflight { start_at_ms, requests, worst_case_ms, budget };
}
