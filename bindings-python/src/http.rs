//! What to send and what came back, where Python's own values are meant: pairs of text, bytes.

use pyo3::Borrowed;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::arguments::{Bytes, Int, List, wrong};
use crate::classes::wire_http::{HttpRequest, HttpResponse};

#[pymethods]
impl HttpRequest {
    /// All headers but `host` and `content-length`, in order; the values may be secrets.
    #[getter]
    fn headers(&self) -> Vec<(&str, &str)> {
        // Exposed to be sent.
        self.0.headers().iter().map(|each| (each.name(), each.value().expose())).collect()
    }
}

#[pymethods]
impl HttpResponse {
    #[new]
    #[pyo3(signature = (status, body, headers=Headers::default()), text_signature = "(status, body, headers=())")]
    fn new(status: Int<u16>, body: Bytes, headers: Headers) -> Self {
        let response = venuekey::parts::HttpResponse::new(status.0, &*body.0);
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
