//! Handles: classes of the module around core's values, which `ts/` has the public classes for.

/// Declares a handle around a core value: its `toString` is core's redacted description.
macro_rules! handles {
    ($($handle:ident),+ $(,)?) => {$(
        #[wasm_bindgen::prelude::wasm_bindgen]
        pub struct $handle(pub(crate) venuekey::$handle);

        #[wasm_bindgen::prelude::wasm_bindgen]
        impl $handle {
            #[wasm_bindgen(js_name = toString)]
            #[allow(clippy::inherent_to_string)] // JavaScript's method, not Rust's.
            pub fn to_string(&self) -> wasm_bindgen::prelude::JsValue {
                format!("{:?}", self.0).into()
            }
        }

        $crate::js::to_js!(venuekey::$handle = |core| $handle(core).into(););
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

/// Calls of core's by the same name: what is given, and what core takes of it.
macro_rules! calls {
    ($handle:ident { $($call:ident($($given:tt)*) = ($($taken:expr),*);)+ }) => {
        #[wasm_bindgen::prelude::wasm_bindgen]
        impl $handle {$(
            pub fn $call(&self, $($given)*) -> $crate::error::Returned {
                $crate::error::Returns::returned(self.0.$call($($taken),*))
            }
        )+}
    };
}

pub(crate) use {calls, fields, getters, handles, told};
