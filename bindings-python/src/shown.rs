//! What the classes have in common: how values are shown, and that secrets are not pickled.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// Refuses pickling and copying: a pickle goes to caches, queues and worker processes.
pub(crate) fn refuse_pickle(class: &str) -> PyErr {
    PyTypeError::new_err(format!(
        "a venuekey {class} can't be pickled or copied: it is immutable and may hold a secret; \
         to keep a flow, store its snapshot().expose(), encrypted"
    ))
}

/// What becomes a tuple in Python; a `Vec` becomes a list.
pub(crate) struct Tuple<T>(Vec<T>);

impl<T> FromIterator<T> for Tuple<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<'py, T: IntoPyObject<'py>> IntoPyObject<'py> for Tuple<T> {
    type Target = PyTuple;
    type Output = Bound<'py, PyTuple>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0)
    }
}

/// A `bool` as Python writes it, for a `repr`.
pub(crate) fn flag(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// Text in quotes or `None`, for a `repr`.
pub(crate) fn or_none(text: Option<&str>) -> String {
    text.map_or("None".to_owned(), |text| format!("{text:?}"))
}
