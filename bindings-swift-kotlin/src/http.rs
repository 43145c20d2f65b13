//! What to send and what came back.

use std::sync::Arc;

use crate::error::VenuekeyError;
use crate::secret::{Secret, opaque};
use crate::values::{HttpMethod, Replay};

/// One header to send; its value is treated as a secret, whichever it is.
#[derive(uniffi::Record)]
pub struct Header {
    /// In lower case.
    pub name: String,
    /// To be exposed into the request.
    pub value: Arc<Secret>,
}

/// One header that was received.
#[derive(uniffi::Record)]
pub struct ResponseHeader {
    /// In any case.
    pub name: String,
    /// As received.
    pub value: String,
}

opaque! {
    /// A request for the host to send exactly as it is: no redirects, no retry, no cache; TLS verified; the
    /// reply's body as bytes. What is not `Replay.SAFE` goes out on a fresh connection.
    HttpRequest
}

#[uniffi::export]
impl HttpRequest {
    /// What it is for, in one snake_case word: fit for logs.
    pub fn purpose(&self) -> String {
        self.0.purpose().to_owned()
    }

    /// The method.
    pub fn method(&self) -> HttpMethod {
        self.0.method()
    }

    /// The absolute URL. It holds no token, but may hold a key's id: keep it out of logs.
    pub fn url(&self) -> String {
        self.0.url().to_owned()
    }

    /// All headers but `host` and `content-length`, in order.
    pub fn headers(&self) -> Vec<Header> {
        let header = |header: &venuekey::Header| Header {
            name: header.name().to_owned(),
            value: Secret::wrap(header.value().clone()),
        };
        self.0.headers().iter().map(header).collect()
    }

    /// The body's exact bytes, or none at all.
    pub fn body(&self) -> Option<Vec<u8>> {
        self.0.body().map(<[u8]>::to_vec)
    }

    /// Whether it may be sent again.
    pub fn replay(&self) -> Replay {
        self.0.replay()
    }

    /// How long to wait for the whole reply before saying `receive_no_response`, in milliseconds.
    pub fn timeout_hint_ms(&self) -> i64 {
        self.0.timeout_hint_ms().into()
    }
}

opaque! {
    /// What came back: the status, the body's bytes whatever they are, and the headers.
    HttpResponse
}

#[uniffi::export]
impl HttpResponse {
    /// A reply as received.
    #[uniffi::constructor(default(headers = []))]
    pub fn new(status: i32, body: Vec<u8>, headers: Vec<ResponseHeader>) -> Result<Self, VenuekeyError> {
        let status = u16::try_from(status).map_err(|_| VenuekeyError::argument("status must be an HTTP status"))?;
        let response = venuekey::HttpResponse::new(status, body);
        let with =
            |response: venuekey::HttpResponse, header: ResponseHeader| response.with_header(header.name, header.value);
        Ok(Self(headers.into_iter().fold(response, with)))
    }
}
