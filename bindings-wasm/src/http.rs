//! Headers: pairs on their way out, names and values in turn on their way in.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::{argument, whole};
use crate::error::Refused;
use crate::js::to_js;
use crate::wrapped::HttpResponse;

// Exposed to be sent.
to_js!(venuekey::parts::Header = |header| vec![header.name().to_js(), header.value().expose().to_js()].to_js(););

#[wasm_bindgen]
impl HttpResponse {
    #[wasm_bindgen(constructor)]
    pub fn new(status: f64, body: Vec<u8>, headers: Vec<String>) -> Result<Self, Refused> {
        let status = u16::try_from(whole(status, "status")?).map_err(|_| argument("status must be an HTTP status"))?;
        let mut response = venuekey::parts::HttpResponse::new(status, body);
        for pair in headers.chunks_exact(2) {
            response = response.with_header(pair[0].as_str(), pair[1].as_str());
        }
        Ok(Self(response))
    }
}
