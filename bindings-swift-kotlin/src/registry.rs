//! Enums of the names that core's registry knows: core has them as values, which uniffi can't mirror.

/// Ways out of core and into it.
macro_rules! names {
    ($type:ident: $($variant:ident = $constant:ident),*) => {
        impl From<$type> for venuekey::$type {
            fn from(name: $type) -> Self {
                match name { $($type::$variant => Self::$constant,)* }
            }
        }

        impl $crate::cross::Cross<$type> for venuekey::$type {
            fn cross(self) -> $type {
                let all = [$($type::$variant),*];
                let [first, ..] = all;
                // There always is one: a test holds the two lists together.
                all.into_iter().find(|ours| venuekey::$type::from(*ours) == self).unwrap_or(first)
            }
        }
    };
}
pub(crate) use names;

#[cfg(test)]
mod tests {
    use crate::cross::Cross;
    use crate::generated::values::{Venue, VenueEnvironment};

    #[test]
    fn every_name_of_the_registry_is_here() {
        let venue = |name: &venuekey::Venue| -> Venue { name.cross() };
        assert!(venuekey::Venue::ALL.iter().all(|name| venuekey::Venue::from(venue(name)) == *name));
        let environment = |name: &venuekey::VenueEnvironment| -> VenueEnvironment { name.cross() };
        let there_and_back = |name| venuekey::VenueEnvironment::from(environment(name));
        assert!(venuekey::VenueEnvironment::ALL.iter().all(|name| there_and_back(name) == *name));
    }
}
