//! Plain JavaScript values on their way out.

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::JsValue;

/// The largest whole number that JavaScript keeps exactly.
pub(crate) const MAX_NUMBER: u64 = (1 << 53) - 1;

/// A plain object of those fields that have a value.
pub(crate) fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_undefined()) {
        // A fresh object takes any property.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

/// No time or count that core makes comes near the limit.
pub(crate) fn number(number: u64) -> f64 {
    number.min(MAX_NUMBER) as f64
}
