//! Enums that cross as text: one list of names for printing, reading, storing and listing them.

/// Stores a type with `ALL` and `as_str` by its name.
macro_rules! stored_by_name {
    ($type:ty) => {
        impl $crate::base::json::ToJson for $type {
            fn to_json(&self, to: &mut $crate::base::json::Writer) {
                to.text(self.as_str());
            }
        }

        impl $crate::base::json::FromJson for $type {
            fn from_json(json: $crate::base::json::Json<'_>) -> Option<Self> {
                let name = json.text()?;
                Self::ALL.iter().copied().find(|value| value.as_str() == name.as_str())
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
