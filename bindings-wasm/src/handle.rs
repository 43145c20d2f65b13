//! Handles: classes of the module around core's values, which `ts/` has the public classes for.

use venuekey::parts::VenuekeyError;

/// Declares a handle around a core value: its `toString` is core's redacted description.
macro_rules! handles {
    ($($handle:ident),+ $(,)?) => {
        $crate::handle::drivers!($($handle),+);
        $(
            #[wasm_bindgen::prelude::wasm_bindgen]
            impl $handle {
                #[wasm_bindgen(js_name = toString)]
                #[allow(clippy::inherent_to_string)] // JavaScript's method, not Rust's.
                pub fn to_string(&self) -> wasm_bindgen::prelude::JsValue {
                    format!("{:?}", self.0).into()
                }
            }
        )+
    };
}

/// The same for what `ts/` runs and shows nobody.
macro_rules! drivers {
    ($($handle:ident),+ $(,)?) => {$(
        #[wasm_bindgen::prelude::wasm_bindgen]
        pub struct $handle(pub(crate) venuekey::parts::$handle);

        $crate::js::to_js!(venuekey::parts::$handle = |core| $handle(core).into(););
    )+};
}

/// What a handle tells: what core's method of that name gives, or what is written down. `ts/` has each in its class.
macro_rules! getters {
    ($handle:ident { $($name:ident $(= |$core:ident| $value:expr)?),+ $(,)? }) => {
        #[wasm_bindgen::prelude::wasm_bindgen]
        impl $handle {$(
            #[wasm_bindgen(getter)]
            pub fn $name(&self) -> wasm_bindgen::prelude::JsValue {
                $crate::js::ToJs::to_js($crate::handle::told!(self, $name $(, |$core| $value)?))
            }
        )+}
    };
}

macro_rules! told {
    ($handle:expr, $name:ident) => {
        $handle.0.$name()
    };
    ($handle:expr, $name:ident, |$core:ident| $value:expr) => {{
        let $core = &$handle.0;
        $value
    }};
}

/// What a handle tells of core's public fields.
macro_rules! fields {
    ($handle:ident { $($field:ident),+ $(,)? }) => {
        $crate::handle::getters!($handle { $($field = |core| &core.$field),+ });
    };
}

/// Calls of core's, by the same name unless another one is told: what is given, and what core takes of it.
macro_rules! calls {
    ($handle:ident { $($call:ident $(of $core:ident)? ($($given:tt)*) = ($($taken:expr),*);)+ }) => {
        #[wasm_bindgen::prelude::wasm_bindgen]
        impl $handle {$(
            pub fn $call(&self, $($given)*) -> $crate::error::Returned {
                $crate::error::Returns::returned($crate::handle::called!(self, $call $($core)?, $($taken),*))
            }
        )+}
    };
}

macro_rules! called {
    ($handle:expr, $core:ident, $($taken:expr),*) => {
        $handle.0.$core($($taken),*)
    };
    ($handle:expr, $call:ident $core:ident, $($taken:expr),*) => {
        $handle.0.$core($($taken),*)
    };
}

/// Events, after which the handle has the value that follows: so a loop has one to free.
macro_rules! events {
    ($handle:ident { $($event:ident $(of $core:ident)? ($($given:tt)*) = ($($taken:expr),*);)+ }) => {
        #[wasm_bindgen::prelude::wasm_bindgen]
        impl $handle {$(
            pub fn $event(&mut self, $($given)*) -> Result<(), $crate::error::Refused> {
                self.0 = $crate::handle::Made::made($crate::handle::called!(self, $event $($core)?, $($taken),*))?;
                Ok(())
            }
        )+}
    };
}

/// Calls of core's that make a value.
macro_rules! makes {
    ($handle:ident { $($call:ident($($given:tt)*) = ($($taken:expr),*);)+ }) => {
        #[wasm_bindgen::prelude::wasm_bindgen]
        impl $handle {$(
            pub fn $call($($given)*) -> Result<Self, $crate::error::Refused> {
                Ok(Self($crate::handle::Made::made(venuekey::parts::$handle::$call($($taken),*))?))
            }
        )+}
    };
}

/// The same where it is the class's own constructor.
macro_rules! constructors {
    ($handle:ident { new($($given:tt)*) = ($($taken:expr),*)$(.$with:ident($more:expr))*; }) => {
        #[wasm_bindgen::prelude::wasm_bindgen]
        impl $handle {
            #[wasm_bindgen(constructor)]
            pub fn new($($given)*) -> Result<Self, $crate::error::Refused> {
                let core: venuekey::parts::$handle = $crate::handle::Made::made(venuekey::parts::$handle::new($($taken),*))?;
                Ok(Self(core$(.$with($more))*))
            }
        }
    };
}

/// What core makes, whether it can refuse to or not.
pub(crate) trait Made<T> {
    fn made(self) -> Result<T, VenuekeyError>;
}

impl<T> Made<T> for T {
    fn made(self) -> Result<T, VenuekeyError> {
        Ok(self)
    }
}

impl<T> Made<T> for Result<T, VenuekeyError> {
    fn made(self) -> Result<T, VenuekeyError> {
        self
    }
}

pub(crate) use {called, calls, constructors, drivers, events, fields, getters, handles, makes, told};
