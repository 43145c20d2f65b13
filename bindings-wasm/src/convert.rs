//! Plain JavaScript values in and out.

use std::str::FromStr;

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::{JsCast, JsValue};

use crate::error::{VenuekeyError, argument};

/// The largest whole number that JavaScript keeps exactly.
const MAX_NUMBER: u64 = (1 << 53) - 1;

/// A plain frozen object of those fields that have a value.
pub(crate) fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_undefined()) {
        // A fresh object takes any property.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    Object::freeze(&object).into()
}

/// No time or count that core makes comes near the limit.
pub(crate) fn number(number: u64) -> f64 {
    number.min(MAX_NUMBER) as f64
}

pub(crate) fn whole(number: f64, name: &str) -> Result<u64, VenuekeyError> {
    if number.fract() == 0.0 && (0.0..=MAX_NUMBER as f64).contains(&number) {
        Ok(number as u64)
    } else {
        Err(argument(&format!("{name} must be a whole number from 0 to 2^53 - 1")))
    }
}

/// A field of an object that the caller wrote; `None` where it is left out.
pub(crate) fn field(object: &JsValue, name: &str) -> Result<Option<JsValue>, VenuekeyError> {
    let value = Reflect::get(object, &name.into()).map_err(|_| argument(&format!("expected an object with {name}")))?;
    Ok(Some(value).filter(|value| !value.is_undefined() && !value.is_null()))
}

pub(crate) fn text(object: &JsValue, name: &str) -> Result<Option<String>, VenuekeyError> {
    field(object, name)?
        .map(|value| value.as_string().ok_or_else(|| argument(&format!("{name} must be a string"))))
        .transpose()
}

pub(crate) fn required_text(object: &JsValue, name: &str) -> Result<String, VenuekeyError> {
    text(object, name)?.ok_or_else(|| argument(&format!("{name} is required")))
}

/// A list as it is, not copied into Rust as handles.
pub(crate) fn list(value: JsValue, name: &str) -> Result<js_sys::Array, VenuekeyError> {
    value.dyn_into().map_err(|_| argument(&format!("{name} must be an array")))
}

/// Enumerations cross by the names that core gives them.
pub(crate) fn named<T: FromStr<Err = venuekey::VenuekeyError>>(text: &str) -> Result<T, VenuekeyError> {
    Ok(text.parse()?)
}
