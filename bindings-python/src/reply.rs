//! What the replies to signed requests say.

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::opaque::opaque;

/// A signed request's success. It is the user's data: keep it out of logs, as its `repr` does.
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct SignedReply(pub(crate) venuekey::SignedReply);

#[pymethods]
impl SignedReply {
    /// JSON, in the venue's own spelling. WhiteBIT: the body; Bybit: its `result`.
    #[getter]
    fn payload(&self) -> &str {
        self.0.payload()
    }

    /// Bybit: what became of each order of a batch, in the batch's order. The call succeeds though all of them fail.
    /// Empty where the reply is not a batch's, and at WhiteBIT.
    ///
    /// >>> import venuekey
    /// >>> signer = venuekey.Signer(venue="bybit", environment="mainnet", api_key="key", api_secret="s3cr3t")
    /// >>> told = b'{"list": [{"code": 170131, "msg": "Insufficient balance."}]}'
    /// >>> body = b'{"retCode": 0, "result": {}, "retExtInfo": %b}' % told
    /// >>> [item for item in signer.read(venuekey.HttpResponse(200, body)).items if not item.is_accepted]
    /// [BatchItem(is_accepted=False, venue_code='170131')]
    #[getter]
    fn items<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.items().iter().cloned().map(BatchItem))
    }

    /// The payload as Python's values; a number with a point or an exponent is a `Decimal`, to the digit.
    ///
    /// >>> import venuekey
    /// >>> signer = venuekey.Signer(venue="whitebit", environment="global", api_key="key", api_secret="s3cr3t")
    /// >>> signer.read(venuekey.HttpResponse(200, b'{"BTC": {"available": "0.10"}, "rate": 1.50}')).json()
    /// {'BTC': {'available': '0.10'}, 'rate': Decimal('1.50')}
    fn json(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(py.import("venuekey._json")?.call_method1("read", (self.0.payload(),))?.unbind())
    }
}

/// What became of one order of a batch.
#[pyclass(frozen, eq, module = "venuekey")]
#[derive(PartialEq)]
pub(crate) struct BatchItem(venuekey::BatchItem);

#[pymethods]
impl BatchItem {
    /// Whether the venue took it: its code is 0.
    #[getter]
    fn is_accepted(&self) -> bool {
        self.0.is_accepted
    }

    /// The venue's code for it, as text; `None` where it named none.
    #[getter]
    fn venue_code(&self) -> Option<&str> {
        self.0.venue_code.as_deref()
    }

    /// The venue's own words. **Untrusted**: never put them into a page, a log or a message unescaped.
    #[getter]
    fn venue_text(&self) -> Option<&str> {
        self.0.venue_text.as_deref()
    }

    fn __repr__(&self) -> String {
        let accepted = if self.0.is_accepted { "True" } else { "False" };
        let code = self.0.venue_code.as_ref().map_or("None".to_owned(), |code| format!("'{code}'"));
        format!("BatchItem(is_accepted={accepted}, venue_code={code})")
    }
}

/// A key that works, and what the venue says of it.
#[pyclass(frozen, eq, module = "venuekey")]
#[derive(PartialEq)]
pub(crate) struct KeyProof(pub(crate) venuekey::KeyProof);

#[pymethods]
impl KeyProof {
    /// Whether the probe itself was permitted. WhiteBIT: `False` where the user has granted nothing of it.
    #[getter]
    fn is_permitted(&self) -> bool {
        self.0.is_permitted
    }

    /// Bybit: what the user granted, an open list; `None` where the venue did not say.
    #[getter]
    fn permissions<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let groups = self.0.permissions.as_ref();
        groups.map(|groups| PyTuple::new(py, groups.iter().cloned().map(GrantedPermission))).transpose()
    }

    /// Bybit: whose key it is, where the venue told it.
    #[getter]
    fn uid(&self) -> Option<&str> {
        self.0.uid.as_deref()
    }

    /// Bybit: the addresses the key is bound to; empty where it is bound to none.
    #[getter]
    fn ips<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.0.ips)
    }

    /// Bybit: whether the key only reads; `None` where the venue did not say.
    #[getter]
    fn is_read_only(&self) -> Option<bool> {
        self.0.is_read_only
    }

    /// Bybit: whether it is a key for a third-party app, as one granted by consent should be.
    #[getter]
    fn is_third_party(&self) -> Option<bool> {
        self.0.is_third_party
    }

    /// Bybit: when it ends (RFC 3339), where it does.
    #[getter]
    fn expires_at(&self) -> Option<&str> {
        self.0.expires_at.as_deref()
    }

    /// The same in Unix milliseconds; `None` where it cannot be read.
    #[getter]
    fn expires_at_ms(&self) -> Option<u64> {
        self.0.expires_at_ms
    }

    /// Whether the user has granted anything at all; `None` where that is not known. WhiteBIT: a probe that was not
    /// permitted leaves it open.
    #[getter]
    fn any_granted(&self) -> Option<bool> {
        self.0.any_granted()
    }

    /// Without the addresses: they are nobody else's business.
    pub(crate) fn __repr__(&self) -> String {
        let permitted = if self.0.is_permitted { "True" } else { "False" };
        let uid = self.uid().map_or("None".to_owned(), |uid| format!("{uid:?}"));
        format!("KeyProof(is_permitted={permitted}, uid={uid})")
    }
}

/// One group of permissions on a Bybit key.
#[pyclass(frozen, eq, module = "venuekey")]
#[derive(PartialEq)]
pub(crate) struct GrantedPermission(venuekey::GrantedPermission);

#[pymethods]
impl GrantedPermission {
    /// The group, such as `Spot`.
    #[getter]
    fn name(&self) -> &str {
        &self.0.name
    }

    /// What is granted of it, such as `SpotTrade`; empty where nothing is.
    #[getter]
    fn granted<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.0.granted)
    }

    fn __repr__(&self) -> String {
        format!("GrantedPermission({:?}, {} granted)", self.0.name, self.0.granted.len())
    }
}

opaque!(SignedReply);
