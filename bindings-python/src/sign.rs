//! A key at work, where Python's own values are meant: mappings, `Decimal`.

use pyo3::Borrowed;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyString};

use crate::arguments::{Given, Now, Text};
use crate::classes::keys_signer::Signer;
use crate::classes::model_key_proof::SignedReply;
use crate::classes::wire_http::HttpRequest;
use crate::error::Result;

/// Parameters as JSON text. What is neither a text nor a dict of plain values is written by `venuekey/_json.py`, which knows
/// Python's types.
struct Parameters(String);

impl<'py> FromPyObject<'_, 'py> for Parameters {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if given.is_instance_of::<PyString>() {
            return given.extract::<Text>().map(|Text(text)| Self(text));
        }
        if let Some(text) = given.cast_exact::<PyDict>().ok().and_then(|fields| plain(&fields)) {
            return Ok(Self(text));
        }
        let written = given.py().import("venuekey._json")?.call_method1("written", (given,))?;
        written.extract::<Text>().map(|Text(text)| Self(text))
    }
}

/// A dict of texts, whole numbers, booleans and `None` as compact JSON, to the byte what `venuekey/_json.py` makes of it; none
/// for any other, whatever its trouble.
fn plain(fields: &Bound<'_, PyDict>) -> Option<String> {
    let mut out = vec![b'{'];
    for (name, value) in fields.iter() {
        if out.len() > 1 {
            out.push(b',');
        }
        quoted(&mut out, name.cast_exact::<PyString>().ok()?)?;
        out.push(b':');
        if let Ok(text) = value.cast_exact::<PyString>() {
            quoted(&mut out, text)?;
        } else if let Ok(flag) = value.cast_exact::<PyBool>() {
            out.extend_from_slice(if flag.is_true() { b"true" } else { b"false" });
        } else if value.is_none() {
            out.extend_from_slice(b"null");
        } else {
            out.extend_from_slice(value.cast_exact::<PyInt>().ok()?.str().ok()?.to_cow().ok()?.as_bytes());
        }
    }
    out.push(b'}');
    String::from_utf8(out).ok()
}

fn quoted(out: &mut Vec<u8>, text: &Bound<'_, PyString>) -> Option<()> {
    serde_json::to_writer(out, text.to_cow().ok()?.as_ref()).ok()
}

#[pymethods]
impl Signer {
    /// A request whose bytes are the signed bytes: send it exactly as it is, once. `call` does, and reads the reply.
    ///
    /// Args:
    ///     method: `"GET"` or `"POST"`; every private endpoint of WhiteBIT is a `"POST"`.
    ///     path: any path of the private API, without a query: `/api/v4/…` at WhiteBIT, `/v5/…` at Bybit.
    ///     parameters: names and values in the order in which they are to be sent: the body, or for a GET the query.
    ///         A `Decimal` is written as a text, which is how both venues take amounts; a `float` is refused, because
    ///         its digits are not surely those that were meant. Or the object's JSON as a `str`, taken as it is
    ///         written. WhiteBIT: ASCII only.
    ///     nonce_ms: Unix milliseconds by the venue's clock; left out, the operating system's clock. That is enough at
    ///         Bybit, where this is only the timestamp (at most 1 second ahead of Bybit's clock), and at WhiteBIT
    ///         where one worker sends at most one request a millisecond and waits for each reply. Otherwise take it
    ///         from `Nonces`: WhiteBIT refuses a nonce that comes twice.
    ///
    /// Raises:
    ///     MisuseError: `invalid_argument`, with a hint at the rule.
    ///     TypeError: a `float` among the parameters, or something else that JSON has no form for.
    ///     ValueError: a `Decimal` that is not finite.
    ///
    /// >>> import json, venuekey
    /// >>> from decimal import Decimal
    /// >>> signer = venuekey.parts.Signer(venue="whitebit", environment="global", api_key="key", api_secret="s3cr3t")
    /// >>> order = {"market": "BTC_USDT", "side": "buy", "amount": Decimal("0.010"), "price": "9000"}
    /// >>> json.loads(signer.sign("POST", "/api/v4/order/new", order).body)["amount"]
    /// '0.010'
    #[pyo3(signature = (method, path, parameters=None, *, nonce_ms=None))]
    fn sign(&self, method: Text, path: Text, parameters: Option<Parameters>, nonce_ms: Now) -> Result<HttpRequest> {
        let parameters = parameters.as_ref().map_or("{}", |Parameters(text)| text);
        Ok(HttpRequest(self.0.sign(method.given()?, &path, parameters, nonce_ms.given()?)?))
    }
}

#[pymethods]
impl SignedReply {
    /// The payload as Python's values; a number with a point or an exponent is a `Decimal`, to the digit.
    ///
    /// >>> import venuekey
    /// >>> signer = venuekey.parts.Signer(venue="whitebit", environment="global", api_key="key", api_secret="s3cr3t")
    /// >>> response = venuekey.parts.HttpResponse(200, b'{"BTC": {"available": "0.10"}, "rate": 1.50}')
    /// >>> signer.receive_response(response).json()
    /// {'BTC': {'available': '0.10'}, 'rate': Decimal('1.50')}
    fn json(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(py.import("venuekey._json")?.call_method1("read", (self.0.payload(),))?.unbind())
    }
}
