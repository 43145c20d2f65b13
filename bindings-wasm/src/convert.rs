//! Plain JavaScript values on their way in.

use std::str::FromStr;

use venuekey::parts::{Credentials, Entropy, ExternalId, Secret, VenuekeyError};
use wasm_bindgen::prelude::JsValue;

use crate::error::Refused;
use crate::globals::{Array, get_field};
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

/// A value whose type `ts/` has looked at. What is missing is empty, and where that is no value, core says so.
pub(crate) trait Given: Sized {
    fn given(value: &JsValue, name: &str) -> Result<Self, Refused>;
}

macro_rules! given {
    ($($kind:ty = |$value:ident, $name:ident| $made:expr;)+) => {$(
        impl $crate::convert::Given for $kind {
            fn given($value: &wasm_bindgen::prelude::JsValue, $name: &str) -> Result<Self, $crate::error::Refused> {
                $made
            }
        }
    )+};
}
pub(crate) use given;

given! {
    String = |value, _name| Ok(value.as_string().unwrap_or_default());
    Secret = |value, name| Ok(Secret::new(String::given(value, name)?));
    ExternalId = |value, name| external_id(String::given(value, name)?);
    bool = |value, _name| Ok(value.as_bool().unwrap_or_default());
    u32 = |value, name| small(value.as_f64().unwrap_or_default(), name);
    u64 = |value, name| whole(value.as_f64().unwrap_or_default(), name);
}

/// What comes by its name.
macro_rules! given_by_name {
    ($($kind:ident),+ $(,)?) => {
        $crate::convert::given! {
            $(venuekey::parts::$kind = |value, name| $crate::convert::named(&<String as $crate::convert::Given>::given(value, name)?);)+
        }
    };
}
pub(crate) use given_by_name;

impl<T: Given> Given for Option<T> {
    fn given(value: &JsValue, name: &str) -> Result<Self, Refused> {
        if value.is_undefined() { Ok(None) } else { T::given(value, name).map(Some) }
    }
}

impl<T: Given> Given for Vec<T> {
    fn given(value: &JsValue, name: &str) -> Result<Self, Refused> {
        let array = Array::of(value);
        (0..array.length()).map(|index| T::given(&array.at(index), name)).collect()
    }
}

/// An object's fields, by the names they have in JavaScript.
pub(crate) struct Fields<'a>(pub(crate) &'a JsValue);

impl Fields<'_> {
    pub(crate) fn get<T: Given>(&self, name: &str) -> Result<T, Refused> {
        T::given(&get_field(self.0, name).unwrap_or_default(), name)
    }

    /// In the place of core's default, where it is given.
    pub(crate) fn or<T: Given>(&self, name: &str, default: T) -> Result<T, Refused> {
        Ok(self.get::<Option<T>>(name)?.unwrap_or(default))
    }
}

/// A record of core's from an object. In full: a field that core adds is decided on here.
macro_rules! options {
    ($options:ident |$given:ident| { $($fields:tt)+ }) => {
        $crate::convert::given! {
            venuekey::parts::$options = |value, _name| {
                let $given = $crate::convert::Fields(value);
                Ok(Self { $($fields)+ })
            };
        }
    };
}
pub(crate) use options;

pub(crate) fn taken<T: Given>(options: JsValue) -> Result<T, Refused> {
    T::given(&options, "options")
}

/// Of a client with a secret, or without one.
pub(crate) fn credentials(given: &Fields<'_>) -> Result<Credentials, Refused> {
    let client_id = given.get("clientId")?;
    Ok(match given.get("clientSecret")? {
        Some(client_secret) => Credentials::Confidential { client_id, client_secret },
        None => Credentials::Public { client_id },
    })
}

/// An error that comes back: what JavaScript's still knows of it.
pub(crate) fn thrown(error: JsValue) -> Result<VenuekeyError, Refused> {
    let given = Fields(&error);
    VenuekeyError::from_parts(&given.get::<String>("code")?, given.get("venueCode")?, given.get("venueText")?)
        .ok_or_else(|| argument("error must be a VenuekeyError"))
}
