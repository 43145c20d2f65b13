//! What to send and what came back.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::{argument, whole};
use crate::error::Refused;
use crate::handle::{getters, handles};
use crate::js::{ToJs, object};

handles!(HttpRequest, HttpResponse);

getters!(HttpRequest {
    purpose,
    method,
    url,
    // Pairs. Exposed to be sent.
    headers = |request| {
        let pair = |header: &venuekey::Header| vec![header.name().to_js(), header.value().expose().to_js()].to_js();
        request.headers().iter().map(pair).collect::<Vec<_>>()
    },
    body,
    replay,
    rate_limit = |request| request.rate_limit().map(|limit| {
        object(&[
            ("name", limit.name.to_js()),
            ("requests", limit.requests.to_js()),
            ("window_ms", limit.window_ms.to_js()),
        ])
    }),
    timeout_hint_ms,
});

#[wasm_bindgen]
impl HttpResponse {
    /// `headers` are names and values in turn.
    #[wasm_bindgen(constructor)]
    pub fn new(status: f64, body: Vec<u8>, headers: Vec<String>) -> Result<Self, Refused> {
        let status = u16::try_from(whole(status, "status")?).map_err(|_| argument("status must be an HTTP status"))?;
        let mut response = venuekey::HttpResponse::new(status, body);
        for pair in headers.chunks_exact(2) {
            response = response.with_header(pair[0].as_str(), pair[1].as_str());
        }
        Ok(Self(response))
    }
}
getters!(HttpResponse { status, body });
