//! Enums of the names that core's registry knows: core has them as values, which uniffi can't mirror.

/// Declares one and its ways out of core and into it.
macro_rules! names {
    ($(#[$meta:meta])* $type:ident { $($(#[$doc:meta])* $variant:ident = $constant:ident,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
        pub enum $type {
            $($(#[$doc])* $variant,)*
        }

        impl From<$type> for venuekey::$type {
            fn from(name: $type) -> Self {
                match name { $($type::$variant => Self::$constant,)* }
            }
        }

        impl From<venuekey::$type> for $type {
            fn from(name: venuekey::$type) -> Self {
                let all = [$(Self::$variant),*];
                let [first, ..] = all;
                // There always is one: a test holds the two lists together.
                all.into_iter().find(|ours| venuekey::$type::from(*ours) == name).unwrap_or(first)
            }
        }
    };
}
pub(crate) use names;

#[cfg(test)]
mod tests {
    use crate::values::{Venue, VenueEnvironment};

    #[test]
    fn every_name_of_the_registry_is_here() {
        assert!(venuekey::Venue::ALL.iter().all(|name| venuekey::Venue::from(Venue::from(*name)) == *name));
        let there_and_back =
            |name: &venuekey::VenueEnvironment| venuekey::VenueEnvironment::from(VenueEnvironment::from(*name));
        assert!(venuekey::VenueEnvironment::ALL.iter().all(|name| there_and_back(name) == *name));
    }
}
