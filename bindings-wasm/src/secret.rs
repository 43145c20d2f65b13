//! Classes that must not show what they hold.

/// Declares a class around a core value: `String(…)` and `JSON.stringify` give the core's redacted description.
macro_rules! opaque {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[wasm_bindgen::prelude::wasm_bindgen]
        pub struct $name(pub(crate) venuekey::$name);

        #[wasm_bindgen::prelude::wasm_bindgen]
        impl $name {
            /// A description without anything secret in it.
            #[wasm_bindgen(js_name = toString)]
            #[allow(clippy::inherent_to_string)] // JavaScript's method, not Rust's.
            pub fn to_string(&self) -> String {
                format!("{:?}", self.0)
            }

            /// The same, so that JSON holds nothing secret either.
            #[wasm_bindgen(js_name = toJSON)]
            pub fn to_json(&self) -> String {
                self.to_string()
            }
        }
    };
}
pub(crate) use opaque;
use wasm_bindgen::prelude::wasm_bindgen;

opaque! {
    /// Text that must not be seen. It describes itself as `Secret(…)`.
    Secret
}

#[wasm_bindgen]
impl Secret {
    /// Wraps text that the host has kept.
    #[wasm_bindgen(constructor)]
    pub fn new(text: String) -> Self {
        Self(venuekey::Secret::new(text))
    }

    /// The text itself. Write down why at every call.
    pub fn expose(&self) -> String {
        self.0.expose().to_owned()
    }
}
