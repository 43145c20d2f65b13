//! What to send and what came back. The host does the sending; its contract is in `venuekey.senders`.

use pyo3::Borrowed;
use pyo3::types::PyString;

use crate::arguments::wrong;
use crate::prelude::*;
use crate::rate_limit::RateLimit;

class! {
    /// A request for the host to send exactly as it is.
    ///
    /// No redirects, no automatic retry, no cache; TLS verified; the reply's body read as bytes, at most
    /// `MAX_BODY_BYTES` + 1 of them. Anything but `replay == "safe"` goes out on a fresh connection with
    /// retries off. `venuekey.senders` has functions that keep this contract.
    struct HttpRequest(venuekey::HttpRequest) as request {
        /// What it is for, in one snake_case word: fit for logs and progress lines.
        purpose: &'static str = request.purpose(),
        /// `"GET"`, `"POST"` or `"DELETE"`.
        method: &'static str = request.method().as_str(),
        /// The absolute URL. It holds no token, but may hold a key's id: keep it out of logs.
        url: &str = request.url(),
        /// All headers but `host` and `content-length`, in order; the values may be secrets.
        // Exposed to be sent.
        headers: Vec<(&str, &str)> = request.headers().iter().map(|each| (each.name(), each.value().expose())).collect(),
        /// The body's exact bytes, which may hold secrets; `None` means no body at all.
        body: Option<&[u8]> = request.body(),
        /// What sending it twice would do: `"safe"` nothing, `"never"` harm; `"once_only"`: the reply can
        /// be had once.
        replay: &'static str = request.replay().as_str(),
        /// The documented limit it counts against, where there is one: for `RateBudget.reserve`.
        rate_limit: Option<RateLimit> = request.rate_limit().map(RateLimit),
        /// How long to wait for the whole reply before saying `receive_no_response`, in milliseconds.
        timeout_hint_ms: u32 = request.timeout_hint_ms(),
    }
    opaque
}

class! {
    /// What came back: the status and the body's bytes, whatever they are.
    ///
    /// Args:
    ///     status: the HTTP status.
    ///     body: the bytes as received, even where they are not JSON.
    ///     headers: the reply's headers; only `retry-after` is looked at today.
    ///
    /// >>> import venuekey
    /// >>> venuekey.HttpResponse(200, b'{"data": []}', [("content-type", "application/json")])
    /// HttpResponse(200, 12 bytes)
    struct HttpResponse(venuekey::HttpResponse) as response {
        /// The HTTP status.
        status: u16 = response.status(),
        /// The body's bytes, which may hold secrets.
        body: &[u8] = response.body(),
    }
    opaque
}

#[pymethods]
impl HttpResponse {
    #[new]
    #[pyo3(signature = (status, body, headers=Headers::default()), text_signature = "(status, body, headers=())")]
    fn new(status: Int<u16>, body: Bytes, headers: Headers) -> Self {
        let response = venuekey::HttpResponse::new(status.0, &*body.0);
        Self(headers.0.into_iter().fold(response, |response, (name, value)| response.with_header(name, value)))
    }
}

/// Pairs of a name and a value. One with a lone surrogate in it is left out: core takes text, and a header costs no reply.
#[derive(Default)]
struct Headers(Vec<(String, String)>);

impl<'py> FromPyObject<'_, 'py> for Headers {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if given.hasattr("items")? {
            return Err(wrong("a list of pairs", given, ": give list(headers.items())"));
        }
        let List(pairs) = given.extract::<List<(Bound<'py, PyAny>, Bound<'py, PyAny>)>>()?;
        let mut headers = Vec::with_capacity(pairs.len());
        for (name, value) in &pairs {
            for each in [name, value] {
                each.cast::<PyString>().map_err(|_| wrong("pairs of str", each.as_borrowed(), ""))?;
            }
            if let (Ok(name), Ok(value)) = (name.extract(), value.extract()) {
                headers.push((name, value));
            }
        }
        Ok(Self(headers))
    }
}
