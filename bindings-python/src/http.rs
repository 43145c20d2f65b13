//! What to send and what came back. The host does the sending; its contract is in `venuekey.senders`.

use pyo3::Borrowed;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};

use crate::arguments::{Bytes, Int, List, wrong};
use crate::opaque::opaque;
use crate::rate_limit::RateLimit;

/// A request for the host to send exactly as it is.
///
/// No redirects, no automatic retry, no cache; TLS verified; the reply's body read as bytes, at most
/// `MAX_BODY_BYTES` + 1 of them. Anything but `replay == "safe"` goes out on a fresh connection with
/// retries off. `venuekey.senders` has functions that keep this contract.
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct HttpRequest(pub(crate) venuekey::HttpRequest);

#[pymethods]
impl HttpRequest {
    /// What it is for, in one snake_case word: fit for logs and progress lines.
    #[getter]
    fn purpose(&self) -> &'static str {
        self.0.purpose()
    }

    /// `"GET"`, `"POST"` or `"DELETE"`.
    #[getter]
    fn method(&self) -> &'static str {
        self.0.method().as_str()
    }

    /// The absolute URL. It holds no token, but may hold a key's id: keep it out of logs.
    #[getter]
    fn url(&self) -> &str {
        self.0.url()
    }

    /// All headers but `host` and `content-length`, in order; the values may be secrets.
    #[getter]
    fn headers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        // Exposed to be sent.
        PyList::new(py, self.0.headers().iter().map(|header| (header.name(), header.value().expose())))
    }

    /// The body's exact bytes, which may hold secrets; `None` means no body at all.
    #[getter]
    fn body<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.0.body().map(|body| PyBytes::new(py, body))
    }

    /// What sending it twice would do: `"safe"` nothing, `"never"` harm; `"once_only"`: the reply can
    /// be had once.
    #[getter]
    fn replay(&self) -> &'static str {
        self.0.replay().as_str()
    }

    /// The documented limit it counts against, where there is one: for `RateBudget.reserve`.
    #[getter]
    fn rate_limit(&self) -> Option<RateLimit> {
        self.0.rate_limit().map(RateLimit::from)
    }

    /// How long to wait for the whole reply before saying `receive_no_response`, in milliseconds.
    #[getter]
    fn timeout_hint_ms(&self) -> u32 {
        self.0.timeout_hint_ms()
    }
}

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
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct HttpResponse(pub(crate) venuekey::HttpResponse);

#[pymethods]
impl HttpResponse {
    #[new]
    #[pyo3(signature = (status, body, headers=Headers::default()), text_signature = "(status, body, headers=())")]
    fn new(status: Int<u16>, body: Bytes, headers: Headers) -> Self {
        let response = venuekey::HttpResponse::new(status.0, &*body);
        Self(headers.0.into_iter().fold(response, |response, (name, value)| response.with_header(name, value)))
    }

    /// The HTTP status.
    #[getter]
    fn status(&self) -> u16 {
        self.0.status()
    }

    /// The body's bytes, which may hold secrets.
    #[getter]
    fn body<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.body())
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

opaque!(HttpRequest, HttpResponse);
