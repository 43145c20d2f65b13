//! What is neither a handle nor a record of core's own fields.

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::js::{object, to_js};
use crate::wrapped::Secret;

to_js! {
    venuekey::parts::Started = |started| {
        object(&[("authorize_url", started.authorize_url().to_js()), ("pending", started.pending().to_js())])
    };
}

#[wasm_bindgen]
pub fn code_challenge_s256(verifier: &Secret) -> JsValue {
    venuekey::parts::code_challenge_s256(&verifier.0).into()
}

#[cfg(feature = "full")]
to_js! {
    // Records go out as JSON.
    venuekey::parts::Page = |page| {
        let records = page.records_json();
        object(&[("records_json", records.into()), ("total", page.total.to_js()), ("next", page.next.to_js())])
    };
}
