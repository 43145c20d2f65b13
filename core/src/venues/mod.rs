//! The registry: which venues there are. A venue is its folder, and its lines here.

mod bybit;
mod whitebit;

use crate::base::error::{ErrorCode, VenuekeyError, parsed_by_name};
use crate::base::ids::{Venue, VenueEnvironment};
use crate::venue::profile::{ClientKinds, Profile};
use crate::venue::signing::KeyLife;

const REGISTRY: &[&ClientKinds] = &[&whitebit::CLIENTS, &bybit::CLIENTS];

macro_rules! constants {
    ($type:ident { $($(#[$doc:meta])* $constant:ident = $name:literal;)* }) => {
        impl $type {
            $($(#[$doc])* pub const $constant: Self = Self::named($name);)*

            /// Every one there is.
            pub const ALL: &'static [Self] = &[$(Self::$constant),*];
        }
    };
}

constants!(Venue {
    /// WhiteBIT (`global`, `eu`).
    WHITEBIT = "whitebit";
    /// Bybit (`mainnet`, `testnet`).
    BYBIT = "bybit";
});

constants!(VenueEnvironment {
    /// WhiteBIT, `whitebit.com`.
    GLOBAL = "global";
    /// WhiteBIT, `whitebit.eu`: no API-key endpoints.
    EU = "eu";
    /// Bybit, `www.bybit.com` and `api2.bybit.com`.
    MAINNET = "mainnet";
    /// Bybit, `testnet.bybit.com` and `api2-testnet.bybit.com`.
    TESTNET = "testnet";
});

parsed_by_name!(Venue, "venue");
parsed_by_name!(VenueEnvironment, "environment");

impl Venue {
    /// The venue as this kind of client sees it: one without a secret has other operations and other rules.
    ///
    /// # Errors
    /// `not_supported` for a name that came from elsewhere.
    pub(crate) fn profile(self, is_public: bool) -> Result<&'static Profile, VenuekeyError> {
        let found = REGISTRY.iter().find(|kinds| kinds.confidential.venue == self);
        let kinds = found
            .ok_or_else(|| VenuekeyError::new(ErrorCode::NotSupported).with_hint("this release knows no such venue"))?;
        Ok(if is_public { kinds.public } else { kinds.confidential })
    }

    /// What ends its keys, the same for every client.
    pub(crate) fn key_life(self) -> Option<&'static KeyLife> {
        Some(&self.profile(false).ok()?.signing.key_life)
    }
}
