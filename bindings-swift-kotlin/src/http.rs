//! What to send and what came back.

use std::sync::Arc;

use crate::ambient::whole;
use crate::error::VenuekeyError;
use crate::rate_limit::RateLimit;
use crate::secret::{Secret, opaque};
use crate::values::{HttpMethod, Replay};

/// One header; its value is treated as a secret, whichever it is.
#[derive(uniffi::Record)]
pub struct Header {
    /// In lower case where it is to be sent, in any case where it was received.
    pub name: String,
    /// To be exposed into the request.
    pub value: Arc<Secret>,
}

opaque! {
    /// A request for the host to send exactly as it is: no redirects, no automatic retry, no cache; TLS verified; the
    /// reply's body read as bytes, at most `maxBodyBytes` + 1 of them (see `constants`). What is not `safe` in `replay()`
    /// goes out on a fresh connection with retries off.
    HttpRequest
}

#[uniffi::export]
impl HttpRequest {
    /// What it is for, in one snake_case word: fit for logs and progress lines.
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

    /// The body's exact bytes, which may hold secrets; absent means no body at all.
    pub fn body(&self) -> Option<Vec<u8>> {
        self.0.body().map(<[u8]>::to_vec)
    }

    /// What sending it twice would do.
    pub fn replay(&self) -> Replay {
        self.0.replay()
    }

    /// The documented limit it counts against, where there is one: for `RateBudget.reserve`.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.0.rate_limit().map(RateLimit::from)
    }

    /// How long to wait for the whole reply before saying `Flow.receiveNoResponse`, in milliseconds.
    pub fn timeout_hint_ms(&self) -> i64 {
        self.0.timeout_hint_ms().into()
    }
}

opaque! {
    /// What came back: the status and the body's bytes, whatever they are.
    HttpResponse
}

#[uniffi::export]
impl HttpResponse {
    /// A reply as received, even where the body is not JSON. Of the headers only `retry-after` is looked at today.
    ///
    /// Throws `invalid_argument` where the status is none.
    #[uniffi::constructor(default(headers = []))]
    pub fn new(status: i32, body: Vec<u8>, headers: Vec<Header>) -> Result<Self, VenuekeyError> {
        let status = u16::try_from(whole(status.into(), "status")?)
            .map_err(|_| VenuekeyError::argument("status must be an HTTP status"))?;
        let with = |response: venuekey::HttpResponse, header: Header| {
            response.with_header(header.name, header.value.0.expose())
        };
        Ok(Self(headers.into_iter().fold(venuekey::HttpResponse::new(status, body), with)))
    }

    /// The HTTP status.
    pub fn status(&self) -> i32 {
        self.0.status().into()
    }

    /// The body's bytes, which may hold secrets.
    pub fn body(&self) -> Vec<u8> {
        self.0.body().to_vec()
    }
}
