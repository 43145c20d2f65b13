//! What to send and what came back.

use std::sync::Arc;

use crate::ambient::whole;
use crate::cross::Cross;
use crate::error::VenuekeyError;
use crate::object::opaque;
use crate::rate_limit::RateLimit;
use crate::secret::Secret;
use crate::values::{HttpMethod, Replay};

/// One header; its value is treated as a secret, whichever it is.
#[derive(uniffi::Record)]
pub struct Header {
    /// In lower case where it is to be sent, in any case where it was received.
    pub name: String,
    /// To be exposed into the request.
    pub value: Arc<Secret>,
}

impl Cross<Header> for venuekey::Header {
    fn cross(self) -> Header {
        Header { name: self.name().cross(), value: self.value().cross() }
    }
}

opaque! {
    /// A request for the host to send exactly as it is: no redirects, no automatic retry, no cache; TLS verified; the
    /// reply's body read as bytes, at most `maxBodyBytes` + 1 of them (see `constants`). What is not `safe` in `replay`
    /// goes out on a fresh connection with retries off.
    HttpRequest;

    /// What it is for, in one snake_case word: fit for logs and progress lines.
    purpose: String,

    /// The method.
    method: HttpMethod,

    /// The absolute URL. It holds no token, but may hold a key's id: keep it out of logs.
    url: String,

    /// All headers but `host` and `content-length`, in order.
    headers: Vec<Header>,

    /// The body's exact bytes, which may hold secrets; absent means no body at all.
    body: Option<Vec<u8>>,

    /// What sending it twice would do.
    replay: Replay,

    /// The documented limit it counts against, where there is one: for `RateBudget.reserve`.
    rate_limit: Option<RateLimit>,

    /// How long to wait for the whole reply before saying `Flow.receiveNoResponse`, in milliseconds.
    timeout_hint_ms: i64,
}

opaque! {
    /// What came back: the status and the body's bytes, whatever they are.
    HttpResponse;

    /// The HTTP status.
    status: i32,

    /// The body's bytes, which may hold secrets.
    body: Vec<u8>,
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
}
