//! What every class that may hold a secret has in common.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

/// Gives a class that wraps a core value core's redacted `Debug` as its `repr` and `str`, and no way
/// to be pickled or copied: a pickle goes to caches, queues and worker processes.
macro_rules! opaque {
    ($($class:ident),+ $(,)?) => {
        $crate::opaque::no_pickle!($($class),+);
        $(
            #[pyo3::pymethods]
            impl $class {
                fn __repr__(&self) -> String {
                    format!("{:?}", self.0)
                }
            }
        )+
    };
}

/// Refuses pickling alone, for classes that word their `repr` themselves.
macro_rules! no_pickle {
    ($($class:ident),+ $(,)?) => {$(
        #[pyo3::pymethods]
        impl $class {
            fn __reduce__(&self) -> pyo3::PyResult<()> {
                Err($crate::opaque::refuse_pickle(stringify!($class)))
            }
        }
    )+};
}
pub(crate) use {no_pickle, opaque};

pub(crate) fn refuse_pickle(class: &str) -> PyErr {
    PyTypeError::new_err(format!(
        "a venuekey {class} can't be pickled or copied: it is immutable and may hold a secret; \
         to keep a flow, store its snapshot().expose(), encrypted"
    ))
}
