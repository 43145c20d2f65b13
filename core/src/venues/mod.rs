//! The venues there are: a line for each folder.

mod bybit;
mod whitebit;

use crate::base::ids::Venue;
use crate::venue::profile::Profile;
use crate::venue::signing::KeyLife;

impl Venue {
    /// What ends its keys, the same for every client.
    pub(crate) fn key_life(self) -> &'static KeyLife {
        &self.profile(false).signing.key_life
    }

    /// The venue as this kind of client sees it: one without a secret has other operations and other rules.
    pub(crate) fn profile(self, is_public: bool) -> &'static Profile {
        match (self, is_public) {
            (Self::Whitebit, false) => &whitebit::CONFIDENTIAL,
            (Self::Whitebit, true) => &whitebit::PUBLIC,
            (Self::Bybit, false) => &bybit::BROKER,
            (Self::Bybit, true) => &bybit::AI_AGENT,
        }
    }
}
