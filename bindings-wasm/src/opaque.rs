//! Handles that describe themselves without what they hold.

/// Declares a handle around a core value: its `toString` is core's redacted description.
macro_rules! opaque {
    ($($name:ident),+ $(,)?) => {$(
        #[wasm_bindgen::prelude::wasm_bindgen]
        pub struct $name(pub(crate) venuekey::$name);

        #[wasm_bindgen::prelude::wasm_bindgen]
        impl $name {
            #[wasm_bindgen(js_name = toString)]
            #[allow(clippy::inherent_to_string)] // JavaScript's method, not Rust's.
            pub fn to_string(&self) -> String {
                format!("{:?}", self.0)
            }
        }
    )+};
}
pub(crate) use opaque;
