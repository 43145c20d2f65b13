//! What a venue says of a key that works.

use pyo3::prelude::*;
use pyo3::types::PyTuple;

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
