//! Plain JavaScript values on their way in.

use std::str::FromStr;

use js_sys::Reflect;
use venuekey::{Entropy, ExternalId, VenuekeyError};
use wasm_bindgen::prelude::JsValue;

use crate::error::Refused;
use crate::js::MAX_NUMBER;

pub(crate) fn whole(number: f64, name: &str) -> Result<u64, Refused> {
    if number.fract() == 0.0 && (0.0..=MAX_NUMBER as f64).contains(&number) {
        Ok(number as u64)
    } else {
        Err(argument(&format!("{name} must be a whole number from 0 to 2^53 - 1")))
    }
}

pub(crate) fn optional_whole(number: Option<f64>, name: &str) -> Result<Option<u64>, Refused> {
    number.map(|number| whole(number, name)).transpose()
}

/// A nonce beyond 2^53 is refused by core, which knows the venue.
pub(crate) fn nonce(number: f64) -> Result<u64, Refused> {
    if number.is_finite() && number > MAX_NUMBER as f64 { Ok(u64::MAX) } else { whole(number, "nonceMs") }
}

/// A number for an option that core keeps in 32 bits; what is larger is refused by core's own rule.
pub(crate) fn small(number: f64, name: &str) -> Result<u32, Refused> {
    Ok(u32::try_from(whole(number, name)?).unwrap_or(u32::MAX))
}

pub(crate) fn now(now_ms: f64) -> Result<u64, Refused> {
    whole(now_ms, "nowMs")
}

pub(crate) fn random(entropy: &[u8]) -> Result<Entropy, Refused> {
    Ok(Entropy::from_slice(entropy)?)
}

pub(crate) fn external_id(text: String) -> Result<ExternalId, Refused> {
    Ok(ExternalId::try_from(text)?)
}

/// Enumerations cross by the names that core gives them.
pub(crate) fn named<T: FromStr<Err = VenuekeyError>>(text: &str) -> Result<T, Refused> {
    Ok(text.parse()?)
}

/// A refusal of the binding's own: an argument that core's types can't express.
pub(crate) fn argument(hint: &str) -> Refused {
    VenuekeyError::invalid_argument(hint).into()
}

/// Options as an object, whose fields' types `ts/` has looked at.
pub(crate) struct Options(pub(crate) JsValue);

impl Options {
    fn get(&self, name: &str) -> JsValue {
        Reflect::get(&self.0, &name.into()).unwrap_or_default()
    }

    pub(crate) fn optional_text(&self, name: &str) -> Option<String> {
        self.get(name).as_string()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.optional_text(name).unwrap_or_default()
    }

    pub(crate) fn optional_flag(&self, name: &str) -> Option<bool> {
        self.get(name).as_bool()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.optional_flag(name).unwrap_or_default()
    }

    pub(crate) fn named<T: FromStr<Err = VenuekeyError>>(&self, name: &str) -> Result<T, Refused> {
        named(&self.text(name))
    }

    pub(crate) fn optional_whole(&self, name: &str) -> Result<Option<u64>, Refused> {
        optional_whole(self.get(name).as_f64(), name)
    }

    /// In the place of core's default, where it is given.
    pub(crate) fn or_named<T: FromStr<Err = VenuekeyError>>(&self, name: &str, default: T) -> Result<T, Refused> {
        self.optional_text(name).map_or(Ok(default), |text| named(&text))
    }

    pub(crate) fn or_small(&self, name: &str, default: u32) -> Result<u32, Refused> {
        self.get(name).as_f64().map_or(Ok(default), |number| small(number, name))
    }
}
