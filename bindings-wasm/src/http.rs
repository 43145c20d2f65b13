//! What to send and what came back.

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::convert::{list, object, required_text, whole};
use crate::error::{VenuekeyError, argument};
use crate::secret::{Secret, opaque};

opaque! {
    /// A request for the host to send exactly as it is: no redirects, no retry, no cache; TLS verified; the
    /// reply's body as bytes. What is not `safe` to replay goes out on a fresh connection.
    HttpRequest
}

#[wasm_bindgen]
impl HttpRequest {
    /// What it is for, in one snake_case word: fit for logs.
    #[wasm_bindgen(getter)]
    pub fn purpose(&self) -> String {
        self.0.purpose().to_owned()
    }

    /// The method.
    #[wasm_bindgen(getter, unchecked_return_type = "HttpMethod")]
    pub fn method(&self) -> String {
        self.0.method().as_str().to_owned()
    }

    /// The absolute URL. It holds no token, but may hold a key's id: keep it out of logs.
    #[wasm_bindgen(getter)]
    pub fn url(&self) -> String {
        self.0.url().to_owned()
    }

    /// All headers but `host` and `content-length`, in order. Every value is treated as a secret.
    #[wasm_bindgen(getter, unchecked_return_type = "Header[]")]
    pub fn headers(&self) -> Vec<JsValue> {
        let header = |header: &venuekey::Header| {
            object(&[("name", header.name().into()), ("value", Secret(header.value().clone()).into())])
        };
        self.0.headers().iter().map(header).collect()
    }

    /// The body's exact bytes; `undefined` means no body at all.
    #[wasm_bindgen(getter)]
    pub fn body(&self) -> Option<Vec<u8>> {
        self.0.body().map(<[u8]>::to_vec)
    }

    /// Whether it may be sent again.
    #[wasm_bindgen(getter, unchecked_return_type = "Replay")]
    pub fn replay(&self) -> String {
        self.0.replay().as_str().to_owned()
    }

    /// How long to wait for the whole reply before `receiveNoResponse`, in milliseconds.
    #[wasm_bindgen(getter, js_name = timeoutHintMs)]
    pub fn timeout_hint_ms(&self) -> u32 {
        self.0.timeout_hint_ms()
    }
}

opaque! {
    /// What came back: the status, the body's bytes whatever they are, and the headers.
    HttpResponse
}

#[wasm_bindgen]
impl HttpResponse {
    /// A reply as received.
    #[wasm_bindgen(constructor)]
    pub fn new(
        status: f64,
        body: Vec<u8>,
        #[wasm_bindgen(unchecked_optional_param_type = "readonly ResponseHeader[]")] headers: JsValue,
    ) -> Result<Self, VenuekeyError> {
        let status = u16::try_from(whole(status, "status")?).map_err(|_| argument("status must be an HTTP status"))?;
        let mut response = venuekey::HttpResponse::new(status, body);
        if !headers.is_undefined() {
            for header in list(headers, "headers")?.iter() {
                response = response.with_header(required_text(&header, "name")?, required_text(&header, "value")?);
            }
        }
        Ok(Self(response))
    }
}
