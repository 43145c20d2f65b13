//! Rate limits as a value.

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::convert::{now, small};
use crate::error::Refused;
use crate::http::HttpRequest;
use crate::js::{number, object};

#[wasm_bindgen]
pub struct RateBudget(pub(crate) venuekey::RateBudget);

#[wasm_bindgen]
impl RateBudget {
    #[wasm_bindgen(constructor)]
    pub fn new(share_of: f64) -> Result<Self, Refused> {
        Ok(Self(venuekey::RateBudget::new(small(share_of, "shareOf")?)?))
    }

    pub fn from_text(text: &str) -> Result<Self, Refused> {
        Ok(Self(venuekey::RateBudget::from_text(text)?))
    }

    pub fn to_text(&self) -> String {
        self.0.to_text()
    }

    #[wasm_bindgen(getter)]
    pub fn share_of(&self) -> u32 {
        self.0.share_of()
    }

    pub fn reserve(&self, request: &HttpRequest, now_ms: f64) -> Result<JsValue, Refused> {
        let reservation = self.0.reserve(&request.0, now(now_ms)?)?;
        Ok(object(&[
            ("startAtMs", number(reservation.start_at_ms).into()),
            ("budget", Self(reservation.budget).into()),
        ]))
    }

    /// Which share it spends, and nothing of what it has spent.
    #[wasm_bindgen(js_name = toString)]
    #[allow(clippy::inherent_to_string)] // JavaScript's method, not Rust's.
    pub fn to_string(&self) -> String {
        format!("RateBudget(share_of={})", self.0.share_of())
    }
}

pub(crate) fn preflight(plan: venuekey::Preflight) -> JsValue {
    let venuekey::Preflight { start_at_ms, requests, worst_case_ms, budget } = plan;
    object(&[
        ("startAtMs", number(start_at_ms).into()),
        ("requests", requests.into()),
        ("worstCaseMs", number(worst_case_ms).into()),
        ("budget", RateBudget(budget).into()),
    ])
}
