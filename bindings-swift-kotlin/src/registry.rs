//! Enums of the names that core's registry knows: core has them as values, which uniffi can't mirror.

/// Ways out of core and into it.
macro_rules! names {
    ($type:ident: $($variant:ident = $constant:ident),*) => {
        impl From<$type> for venuekey::parts::$type {
            fn from(name: $type) -> Self {
                match name { $($type::$variant => Self::$constant,)* }
            }
        }

        impl $crate::cross::Cross<$type> for venuekey::parts::$type {
            fn cross(self) -> $type {
                let all = [$($type::$variant),*];
                let [first, ..] = all;
                // There always is one: both lists are of core's registry.
                all.into_iter().find(|ours| venuekey::parts::$type::from(*ours) == self).unwrap_or(first)
            }
        }
    };
}
pub(crate) use names;
