//! What the classes have in common: each is a table of what Python sees of it, and says how it is shown.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// A class around a value of core: its getters, each with its docs and its type in Rust, then how it is shown.
///
/// `opaque` shows core's own redacted `Debug` and refuses to be pickled: for all that may hold a secret. Else
/// `repr(…)` takes what `format!` takes, behind `match(…)` where the class can be matched by position.
///
/// ```ignore
/// class! {
///     /// An order of a batch.
///     struct BatchItem(venuekey::BatchItem): eq as item {
///         /// Whether the venue took it.
///         is_accepted: bool = item.is_accepted,
///     }
///     match(is_accepted)
///     repr("BatchItem(is_accepted={})", flag(item.is_accepted))
/// }
/// ```
macro_rules! class {
    (
        $(#[$meta:meta])*
        struct $class:ident($core:ty) $(: $($option:ident),+)? as $it:ident {
            $($(#[$doc:meta])* $name:ident: $type:ty = $value:expr,)*
        }
        $($shown:tt)+
    ) => {
        $crate::classes::value! { $(#[$meta])* $class($core) $($($option)+)? }

        #[pyo3::pymethods]
        impl $class {
            $(
                $(#[$doc])*
                #[getter]
                fn $name(&self) -> $type {
                    let $it = &self.0;
                    $value
                }
            )*
        }

        $crate::classes::shown! { $class $it $($shown)+ }
    };
}

/// A union of core as classes, one for each variant: its fields, each with its docs, its type and how it is made of the
/// variant's own, then how it is shown. Each is matched by position in the order of its fields, and refuses to be
/// pickled. `let` makes what several fields share; `with` adds getters that are no fields; behind `else` stand the
/// variants whose classes are elsewhere. `Step(core)` becomes the object of its class in Python.
///
/// ```ignore
/// union! {
///     pub(crate) struct Step(venuekey::Step) as step, py;
///
///     /// Save `next`, then resume it.
///     struct Save: generic of Save { next } {
///         /// The flow.
///         next: Py<Flow> = Py::new(py, Flow(next))?,
///     }
///     with {
///         /// The same as `next`.
///         flow: &Py<Flow> = &step.next,
///     }
///     repr("Save({:?})", step.next.get().0)
/// }
/// ```
macro_rules! union {
    (
        pub(crate) struct $union:ident($core:ty) as $it:ident, $py:ident;
        $(
            $(#[$meta:meta])*
            struct $class:ident $(: $option:ident)?
            of $variant:ident { $($part:ident),+ } $(let $shared:ident = $made:expr;)? {
                $($(#[$doc:meta])* $field:ident: $type:ty = $value:expr,)+
            }
            $(with {
                $($(#[$more_doc:meta])* $name:ident: $more:ty = $computed:expr,)+
            })?
            repr($($shown:tt)+)
        )+
        $(else { $($pattern:pat => $object:expr,)+ })?
    ) => {
        pub(crate) struct $union(pub(crate) $core);

        impl<'py> IntoPyObject<'py> for $union {
            type Target = PyAny;
            type Output = Bound<'py, PyAny>;
            type Error = PyErr;

            fn into_pyobject(self, $py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                use pyo3::IntoPyObjectExt;

                type Core = $core;
                match self.0 {
                    $(Core::$variant { $($part),+ } => {
                        $(let $shared = $made;)?
                        $class { $($field: $value),+ }.into_bound_py_any($py)
                    })+
                    $($($pattern => $object.into_bound_py_any($py),)+)?
                }
            }
        }

        $(
            $(#[$meta])*
            #[pyo3::pyclass(frozen, module = "venuekey" $(, $option)?)]
            pub(crate) struct $class {
                $($(#[$doc])* #[pyo3(get)] $field: $type,)+
            }

            $crate::classes::match_args! { $class $($field)+ }
            $crate::classes::no_pickle!($class);

            #[pyo3::pymethods]
            impl $class {
                $($(
                    $(#[$more_doc])*
                    #[getter]
                    #[allow(unused_variables, reason = "a name is the same for each object")]
                    fn $name(&self) -> $more {
                        let $it = self;
                        $computed
                    }
                )+)?

                #[allow(unused_variables, reason = "few ask Python")]
                fn __repr__(&self, $py: Python<'_>) -> PyResult<String> {
                    let $it = self;
                    Ok(format!($($shown)+))
                }
            }
        )+
    };
}

/// The class itself. What pyo3 derives must be named where the class is, so each choice has an arm.
macro_rules! value {
    ($(#[$meta:meta])* $class:ident($core:ty) eq hash) => {
        $(#[$meta])*
        #[pyo3::pyclass(frozen, eq, hash, module = "venuekey")]
        #[derive(PartialEq, Eq, Hash)]
        pub(crate) struct $class(pub(crate) $core);
    };
    ($(#[$meta:meta])* $class:ident($core:ty) eq) => {
        $(#[$meta])*
        #[pyo3::pyclass(frozen, eq, module = "venuekey")]
        #[derive(PartialEq)]
        pub(crate) struct $class(pub(crate) $core);
    };
    ($(#[$meta:meta])* $class:ident($core:ty) $($option:ident)?) => {
        $(#[$meta])*
        #[pyo3::pyclass(frozen, module = "venuekey" $(, $option)?)]
        pub(crate) struct $class(pub(crate) $core);
    };
}

/// How an object of a class around a core value is shown.
macro_rules! shown {
    ($class:ident $it:ident opaque) => {
        $crate::classes::no_pickle!($class);
        $crate::classes::shown! { $class $it repr("{:?}", $it) }
    };
    ($class:ident $it:ident match($($name:ident),+) $($shown:tt)+) => {
        $crate::classes::match_args! { $class $($name)+ }
        $crate::classes::shown! { $class $it $($shown)+ }
    };
    ($class:ident $it:ident repr($($shown:tt)+)) => {
        #[pyo3::pymethods]
        impl $class {
            pub(crate) fn __repr__(&self) -> String {
                let $it = &self.0;
                format!($($shown)+)
            }
        }
    };
}

macro_rules! match_args {
    ($class:ident $($name:ident)+) => {
        #[pyo3::pymethods]
        impl $class {
            #[classattr]
            #[pyo3(name = "__match_args__")]
            fn match_args() -> $crate::classes::Tuple<&'static str> {
                [$(stringify!($name)),+].into_iter().collect()
            }
        }
    };
}

/// Methods of a class around a value of core, each an expression that may fail by `?`.
///
/// ```ignore
/// methods! {
///     impl Flow as flow {
///         /// Goes on after a `Save`.
///         #[pyo3(signature = (*, now_ms=None))]
///         fn resume(now_ms: Now) -> Step = Step(flow.resume(or_now(now_ms)?)?);
///     }
/// }
/// ```
macro_rules! methods {
    (impl $class:ident as $it:ident {
        $($(#[$meta:meta])* fn $name:ident($($arguments:tt)*) -> $type:ty = $value:expr;)+
    }) => {
        #[pyo3::pymethods]
        impl $class {
            $(
                $(#[$meta])*
                fn $name(&self, $($arguments)*) -> $crate::error::Result<$type> {
                    let $it = &self.0;
                    Ok($value)
                }
            )+
        }
    };
}

/// Refuses pickling and copying: a pickle goes to caches, queues and worker processes.
macro_rules! no_pickle {
    ($class:ident) => {
        #[pyo3::pymethods]
        impl $class {
            fn __reduce__(&self) -> pyo3::PyResult<()> {
                Err($crate::classes::refuse_pickle(stringify!($class)))
            }
        }
    };
}
pub(crate) use {class, match_args, methods, no_pickle, shown, union, value};

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
