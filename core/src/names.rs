//! Enums that cross as text: one list of names for printing, reading and listing them.

/// Gives a fieldless enum `ALL`, `as_str` and `FromStr`.
macro_rules! named {
    ($type:ident $label:literal { $($variant:ident = $name:literal),* $(,)? }) => {
        impl $type {
            /// Every value there is.
            pub const ALL: &'static [$type] = &[$($type::$variant),*];

            /// The name used in every language.
            pub const fn as_str(self) -> &'static str {
                match self { $($type::$variant => $name,)* }
            }
        }

        impl core::str::FromStr for $type {
            type Err = crate::error::VenuekeyError;

            /// `invalid_argument` for any other text: the hint lists the names, and does not repeat what was given.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let names: &[&str] = &[$($name),*];
                Self::ALL.iter().copied().find(|value| value.as_str() == text).ok_or_else(|| {
                    let hint = format!("{} must be one of: {}", $label, names.join(", "));
                    crate::error::VenuekeyError::invalid_argument(&hint)
                })
            }
        }
    };
}
pub(crate) use named;
