//! Enums that cross as text: one list of names for printing, reading, storing and listing them.

use serde::de::{Deserialize, Deserializer, Error};

/// The one of `all` that is stored by its name. A derived reader would repeat the list, and weighs ten times as much in
/// a browser.
pub(crate) fn stored<'de, T: Copy, D: Deserializer<'de>>(
    d: D,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<T, D::Error> {
    let text = String::deserialize(d)?;
    all.iter().copied().find(|value| name(*value) == text).ok_or_else(|| D::Error::custom("no such name"))
}

/// Stores a type with `ALL` and `as_str` by its name.
macro_rules! stored_by_name {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                crate::base::string_enum::stored(d, Self::ALL, Self::as_str)
            }
        }
    };
}
pub(crate) use stored_by_name;

/// Gives a fieldless enum `ALL`, `as_str`, and its name in JSON.
macro_rules! string_enum {
    ($type:ident { $($variant:ident = $name:literal),* $(,)? }) => {
        impl $type {
            /// Every value there is.
            pub const ALL: &'static [$type] = &[$($type::$variant),*];

            /// The name used in every language.
            pub const fn as_str(self) -> &'static str {
                match self { $($type::$variant => $name,)* }
            }
        }

        crate::base::string_enum::stored_by_name!($type);
    };
}
pub(crate) use string_enum;
