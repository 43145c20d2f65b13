//! Core's values on their way out. Names stay core's, `flow_id`; `shown` in `ts/opaque.ts` makes them JavaScript's.

use wasm_bindgen::prelude::JsValue;

use crate::globals::{Array, Object, Uint8Array, set_field};

/// The largest whole number that JavaScript keeps exactly.
pub(crate) const MAX_NUMBER: u64 = (1 << 53) - 1;

/// A plain object of those fields that have a value.
pub(crate) fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_undefined()) {
        // A fresh object takes any property.
        let _ = set_field(&object, name, value);
    }
    object.into()
}

/// What a value of core's is in JavaScript: itself, a plain object, or a handle.
pub(crate) trait ToJs {
    fn to_js(self) -> JsValue;
}

macro_rules! to_js {
    ($($kind:ty = |$core:ident| $made:expr;)+) => {$(
        impl $crate::js::ToJs for $kind {
            fn to_js(self) -> wasm_bindgen::prelude::JsValue {
                let $core = self;
                $made
            }
        }
    )+};
}
pub(crate) use to_js;

to_js! {
    JsValue = |made| made;
    bool = |flag| flag.into();
    u16 = |number| number.into();
    u32 = |number| number.into();
    // No time or count that core makes comes near the limit, nor does the distance between two clocks.
    u64 = |number| (number.min(MAX_NUMBER) as f64).into();
    i64 = |number| (number as f64).into();
    &str = |text| text.into();
    String = |text| text.into();
    &[u8] = |bytes| Uint8Array::new(bytes).into();
}

impl<T: ToJs> ToJs for Option<T> {
    fn to_js(self) -> JsValue {
        self.map_or(JsValue::UNDEFINED, T::to_js)
    }
}

impl<T: ToJs + Clone> ToJs for &T {
    fn to_js(self) -> JsValue {
        self.clone().to_js()
    }
}

impl<T: ToJs + Clone> ToJs for &[T] {
    fn to_js(self) -> JsValue {
        let array = Array::new();
        for each in self {
            array.push(&each.to_js());
        }
        array.into()
    }
}

impl<T: ToJs + Clone> ToJs for Vec<T> {
    fn to_js(self) -> JsValue {
        self.as_slice().to_js()
    }
}

/// What crosses as its name.
macro_rules! by_name {
    ($($kind:ident),+ $(,)?) => {
        $crate::js::to_js! {
            $(venuekey::parts::$kind = |named| named.as_str().into();)+
        }
    };
}
pub(crate) use by_name;

/// A struct with fields as a plain object, and what else it can tell. In full: a field that core adds is decided on here.
macro_rules! plain {
    ($($plain:ident { $($field:ident),+ $(,)? } $($told:ident())*;)+) => {$(
        impl $crate::js::ToJs for venuekey::parts::$plain {
            fn to_js(self) -> wasm_bindgen::prelude::JsValue {
                $(let $told = self.$told();)*
                let Self { $($field),+ } = self;
                $crate::js::object(&[
                    $((stringify!($field), $crate::js::ToJs::to_js($field)),)+
                    $((stringify!($told), $crate::js::ToJs::to_js($told)),)*
                ])
            }
        }
    )+};
}
pub(crate) use plain;

/// An enum with fields as a plain object whose `name` tells which. In full, likewise.
macro_rules! union {
    ($union:ident { $($case:ident $name:literal { $($field:ident),* }),+ $(,)? }) => {
        impl $crate::js::ToJs for venuekey::parts::$union {
            fn to_js(self) -> wasm_bindgen::prelude::JsValue {
                match self {
                    $(Self::$case { $($field),* } => {
                        let name = ("name", $name.into());
                        $crate::js::object(&[name, $((stringify!($field), $crate::js::ToJs::to_js($field))),*])
                    })+
                }
            }
        }
    };
}
pub(crate) use union;
