//! The registry: which venues there are. A venue is its folder, its feature, and its lines here.

#[cfg(feature = "bybit")]
mod bybit;
#[cfg(feature = "whitebit")]
mod whitebit;

use crate::base::error::{ErrorCode, VenuekeyError, parsed_by_name};
use crate::base::ids::{Venue, VenueEnvironment};
use crate::venue::profile::{ClientKinds, Profile};
#[cfg(feature = "read")]
use crate::venue::reads::Reads;
#[cfg(feature = "sign")]
use crate::venue::signing::{KeyLife, Signing};

const REGISTRY: &[&ClientKinds] = &[
    #[cfg(feature = "whitebit")]
    &whitebit::CLIENTS,
    #[cfg(feature = "bybit")]
    &bybit::CLIENTS,
];

// Apart from the profiles, which point at all that a flow needs: a program that neither signs nor reads carries none of it.

/// Every venue's private API.
#[cfg(feature = "sign")]
const SIGNING: &[(Venue, &Signing)] = &[
    #[cfg(feature = "whitebit")]
    (Venue::WHITEBIT, &whitebit::v4::SIGNING),
    #[cfg(feature = "bybit")]
    (Venue::BYBIT, &bybit::v5::SIGNING),
];

/// The account reads of the venues that have them.
#[cfg(feature = "read")]
const READS: &[(Venue, &Reads)] = &[
    #[cfg(feature = "whitebit")]
    (Venue::WHITEBIT, &whitebit::accounts::READS),
    #[cfg(feature = "bybit")]
    (Venue::BYBIT, &bybit::reads::READS),
];

macro_rules! constants {
    ($type:ident { $($(#[$doc:meta])* $constant:ident = $name:literal;)* }) => {
        impl $type {
            $($(#[$doc])* pub const $constant: Self = Self::named($name);)*

            /// All of them.
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
        let kinds = REGISTRY.iter().find(|kinds| kinds.confidential.venue == self).ok_or_else(unknown)?;
        Ok(if is_public { kinds.public } else { kinds.confidential })
    }
}

#[cfg(feature = "sign")]
impl Venue {
    /// Its private API.
    ///
    /// # Errors
    /// As [`Venue::profile`].
    pub(crate) fn signing(self) -> Result<&'static Signing, VenuekeyError> {
        SIGNING.iter().find(|(venue, _)| *venue == self).map(|(_, signing)| *signing).ok_or_else(unknown)
    }

    /// What ends its keys, the same for every client.
    pub(crate) fn key_life(self) -> Option<&'static KeyLife> {
        Some(&self.signing().ok()?.key_life)
    }
}

#[cfg(feature = "read")]
impl Venue {
    /// Its account reads, where it has them.
    pub(crate) fn reads(self) -> Option<&'static Reads> {
        READS.iter().find(|(venue, _)| *venue == self).map(|(_, reads)| *reads)
    }
}

fn unknown() -> VenuekeyError {
    VenuekeyError::new(ErrorCode::NotSupported).with_hint("this build does not include this venue")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::key_request::KeyPart;
    use crate::model::operation::{FlowOperation, ResponseType};
    use crate::venue::contract::{Stage, StageKind, Unanswered, of_kind};
    use crate::venue::profile::StateForm;
    use crate::wire::http::Replay;

    /// What the flow relies on and no type says.
    #[test]
    fn every_profile_is_one_that_the_flow_can_follow() {
        for profile in REGISTRY.iter().flat_map(|kinds| [kinds.confidential, kinds.public]) {
            let about = |stage: &Stage| format!("{:?}: {}", profile.venue, stage.name);
            for (place, stage) in profile.stages.iter().enumerate() {
                assert!(!profile.stages.iter().take(place).any(|seen| seen == stage), "{} twice", about(stage));
                match stage.unanswered {
                    Unanswered::Look(name) => {
                        let looks = profile.stage(name).map(|looked| looked.kind);
                        let is_way_back = matches!(looks, Some(StageKind::Choose | StageKind::Delete));
                        assert!(is_way_back && stage.kind == StageKind::Create, "{} looks at {name}", about(stage));
                    }
                    Unanswered::Again => {
                        let spends = matches!(stage.kind, StageKind::Exchange | StageKind::Create);
                        assert!(!spends, "{} would be repeated blindly", about(stage));
                    }
                    Unanswered::End | Unanswered::AskCaller => {}
                }
                let is_once = stage.replay == Replay::OnceOnly;
                assert!(!is_once || stage.kind == StageKind::Fetch, "{}: only a fetch can be had once", about(stage));
                let is_safe = stage.replay == Replay::Safe;
                assert!(!is_safe || stage.kind != StageKind::Create, "{}: a creation is never safe", about(stage));
            }
            for operation in FlowOperation::ALL {
                for environment in profile.environments {
                    let stages = (profile.operation)(environment.environment, *operation);
                    assert!(stages.iter().all(|stage| profile.stage(stage.name).is_some()), "{operation:?} unknown");
                    let begins = stages.first().map(|first| first.kind);
                    assert!(begins != Some(StageKind::Create), "{operation:?} begins with a creation");
                    let kinds = stages.iter().map(|stage| stage.kind);
                    let deletes = kinds.filter(|kind| *kind == StageKind::Delete).count();
                    assert!(deletes <= 1, "{operation:?} deletes twice");
                    if *operation == FlowOperation::RefreshTokens {
                        assert!(stages.is_empty() || of_kind(stages, StageKind::Refresh).is_some());
                    }
                }
            }
            for environment in profile.environments {
                let parts = (profile.key_parts)(environment.environment);
                let stages = (profile.operation)(environment.environment, FlowOperation::ApiKey);
                assert!(
                    parts.is_empty() || of_kind(stages, StageKind::Create).is_some(),
                    "nothing can carry {parts:?}"
                );
                assert!(parts.is_empty() || !profile.hands_off, "a hand-off carries no key request");
                assert!(!parts.contains(&KeyPart::Passphrase) || profile.has_passphrase, "to sign with");
            }
            for operation in FlowOperation::ALL {
                let constants = (profile.consent)(*operation).constants.iter().map(|(name, _)| *name);
                let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                assert!(constants.chain([profile.client_id_parameter]).all(plain), "a name is not encoded");
            }
            if profile.callback_site_parameter.is_some() {
                assert!(!profile.hands_off, "a hand-off carries no site");
                let takes_tokens =
                    |operation| (profile.consent)(operation).response_types.contains(&ResponseType::Token);
                assert!(!FlowOperation::ALL.iter().copied().any(takes_tokens), "a callback's token carries no site");
            }
            let fits = match profile.state {
                StateForm::Base64Url => true,
                StateForm::Alphanumeric(length) => (16..=32).contains(&length),
            };
            assert!(fits, "{:?}: state is guessable, or too long to draw", profile.venue);
        }
    }
}
