//! What to send and what came back.

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::convert::{argument, whole};
use crate::error::Refused;
use crate::js::object;
use crate::opaque::opaque;

opaque!(HttpRequest, HttpResponse);

#[wasm_bindgen]
impl HttpRequest {
    #[wasm_bindgen(getter)]
    pub fn purpose(&self) -> String {
        self.0.purpose().to_owned()
    }

    #[wasm_bindgen(getter)]
    pub fn method(&self) -> String {
        self.0.method().as_str().to_owned()
    }

    #[wasm_bindgen(getter)]
    pub fn url(&self) -> String {
        self.0.url().to_owned()
    }

    /// Names and values in turn. Exposed to be sent.
    #[wasm_bindgen(getter)]
    pub fn headers(&self) -> Vec<String> {
        let pairs = self.0.headers().iter().map(|header| [header.name(), header.value().expose()]);
        pairs.flatten().map(str::to_owned).collect()
    }

    #[wasm_bindgen(getter)]
    pub fn body(&self) -> Option<Vec<u8>> {
        self.0.body().map(<[u8]>::to_vec)
    }

    #[wasm_bindgen(getter)]
    pub fn replay(&self) -> String {
        self.0.replay().as_str().to_owned()
    }

    #[wasm_bindgen(getter)]
    pub fn rate_limit(&self) -> JsValue {
        let Some(limit) = self.0.rate_limit() else { return JsValue::UNDEFINED };
        object(&[
            ("name", limit.name.into()),
            ("requests", limit.requests.into()),
            ("windowMs", limit.window_ms.into()),
        ])
    }

    #[wasm_bindgen(getter)]
    pub fn timeout_hint_ms(&self) -> u32 {
        self.0.timeout_hint_ms()
    }
}

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

    #[wasm_bindgen(getter)]
    pub fn status(&self) -> u16 {
        self.0.status()
    }

    #[wasm_bindgen(getter)]
    pub fn body(&self) -> Vec<u8> {
        self.0.body().to_vec()
    }
}
