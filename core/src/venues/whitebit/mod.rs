//! WhiteBIT. Source: the official documentation as sheeted in facts/whitebit.md (read 2026-08-03 and later).

#[cfg(feature = "read")]
pub(super) mod accounts;
mod limits;
mod parse;
mod stages;
#[cfg(feature = "sign")]
pub(super) mod v4;

use crate::base::ids::{Venue, VenueEnvironment};
use crate::base::text::is_uuid;
use crate::base::time::Schedule;
use crate::model::operation::FlowOperation;
use crate::model::policy::WaitReason;
use crate::venue::contract::Stage;
use crate::venue::profile::{ClientKinds, Consent, EnvironmentProfile, Profile, Redirect, StateForm};
use crate::venues::whitebit::stages::{CHECK_KEY, DELETE_KEY, EXCHANGE_CODE, FETCH_SECRET, REFRESH_TOKENS};

pub(super) const CLIENTS: ClientKinds = ClientKinds { confidential: &CONFIDENTIAL, public: &PUBLIC };

const CONFIDENTIAL: Profile = Profile {
    venue: Venue::WHITEBIT,
    // Section 1.
    environments: &[
        EnvironmentProfile {
            environment: VenueEnvironment::GLOBAL,
            authorize_base: "https://whitebit.com",
            api_base: "https://whitebit.com",
            rest_base: "https://whitebit.com",
            sites: &[],
            headers: &[],
        },
        EnvironmentProfile {
            environment: VenueEnvironment::EU,
            authorize_base: "https://whitebit.eu",
            api_base: "https://whitebit.eu",
            rest_base: "https://whitebit.eu",
            sites: &[],
            headers: &[],
        },
    ],
    // Section 3: camelCase here, `client_id` at the token endpoint.
    authorize_path: "/auth/login",
    default_locale: "",
    client_id_parameter: "clientId",
    consent,
    redirect: |_, _| Ok(Redirect::Callback),
    hands_off: false,
    takes_hand_offs: true,
    user_agent: None,
    withdrawn: parse::WITHDRAWN,
    // D2: name and place of a separate public key were left open; these are taken where they appear.
    callback_key_parameters: &["apiKey", "api_key", "publicKey"],
    callback_site_parameter: None,
    state: StateForm::Base64Url,
    // Section 7: `externalId`.
    key_id: |id| if is_uuid(id) { Ok(()) } else { Err("an externalId must be a UUID") },
    // Sections 3.1 and 7: the user picks on WhiteBIT's page, and no request of the flow creates the key.
    key_parts: |_| &[],
    check_key_request: |_| Ok(()),
    // D3: 300 s is the shortest documented life, and the only one for refresh tokens is 600 s.
    access_lifetime_s: 300,
    refresh_lifetime_s: Some(600),
    // Section 14: no endpoint tells whose account it is. Section 4: tokens are opaque.
    tells_uid: false,
    uid_hint: |_| None,
    operation,
    stages: &[&EXCHANGE_CODE, &REFRESH_TOKENS, &CHECK_KEY, &FETCH_SECRET, &DELETE_KEY],
    max_accounts: 0,
    waits: &WAITS,
    has_passphrase: false,
};

/// An app without the secret. The token endpoint wants it with PKCE too (section 2), so the app ends at the hand-off.
/// Only the key flow has PKCE, and a code without it must not travel (design.md, 6).
const PUBLIC: Profile = Profile {
    hands_off: true,
    takes_hand_offs: false,
    operation: |environment, operation_| match operation_ {
        FlowOperation::ApiKey => operation(environment, operation_),
        _ => &[],
    },
    ..CONFIDENTIAL
};

/// Section 3: no scope and no response_type anywhere; D14: `redirect_uri` and PKCE belong to the key flow.
fn consent(operation: FlowOperation) -> Consent {
    let is_key_flow = operation.connects_key();
    Consent { response_types: &[], scope: None, redirect_uri: is_key_flow, constants: &[], pkce: is_key_flow }
}

fn operation(environment: VenueEnvironment, operation: FlowOperation) -> &'static [&'static Stage] {
    match (environment, operation) {
        // Section 1: the EU host has no /oauth2/api-key/*.
        (VenueEnvironment::GLOBAL, FlowOperation::ApiKey) => &[&EXCHANGE_CODE, &CHECK_KEY, &FETCH_SECRET],
        (VenueEnvironment::GLOBAL, FlowOperation::CheckKey) => &[&CHECK_KEY],
        (VenueEnvironment::GLOBAL, FlowOperation::DeleteKey) => &[&DELETE_KEY],
        // Section 8: one active key per user and client, and what it may do is fixed; so delete, then connect.
        (VenueEnvironment::GLOBAL, FlowOperation::ReissueKey) => {
            &[&DELETE_KEY, &EXCHANGE_CODE, &CHECK_KEY, &FETCH_SECRET]
        }
        (_, FlowOperation::AccountTokens) => &[&EXCHANGE_CODE],
        (_, FlowOperation::RefreshTokens) => &[&REFRESH_TOKENS],
        _ => &[],
    }
}

const WAITS: [(WaitReason, Schedule); 2] = [
    // 7.1: every 1 to 2 s, under 30 s in all (17 times 1.75 s is 29.75 s).
    (WaitReason::KeyNotReady, Schedule { first_ms: 1_250, spread_ms: 500, doubling: false, cap_ms: 2_000, waits: 17 }),
    // 7.2: start at 5 to 10 s, double, at most 60 s, 3 to 5 min in all (195 s to 250 s).
    (
        WaitReason::SecretLocked,
        Schedule { first_ms: 5_000, spread_ms: 5_000, doubling: true, cap_ms: 60_000, waits: 6 },
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(reason: WaitReason, seed: u32) -> Vec<u32> {
        let schedule = CLIENTS.confidential.schedule(reason);
        (1..).map_while(|attempts| schedule.wait_ms(attempts, seed)).collect()
    }

    /// Every seed must keep to the documented figures; some thousand stand for all.
    #[test]
    fn waits_are_the_documented_ones() {
        for seed in (0..5_000).map(|n: u32| n.wrapping_mul(0x9e37_79b9)) {
            let polls = waits(WaitReason::KeyNotReady, seed);
            assert!(polls.iter().all(|ms| (1_000..=2_000).contains(ms)), "every 1 to 2 s");
            assert!((20_000..30_000).contains(&polls.iter().sum::<u32>()), "under 30 s, and most of it");
            let locked = waits(WaitReason::SecretLocked, seed);
            assert!(locked.first().is_some_and(|ms| (5_000..=10_000).contains(ms)), "from 5 to 10 s");
            assert!(
                locked.windows(2).all(|pair| matches!(pair, [a, b] if *b == (a * 2).min(60_000))),
                "doubling to 60 s"
            );
            assert!((180_000..=300_000).contains(&locked.iter().sum::<u32>()), "3 to 5 min");
            let limited = waits(WaitReason::RateLimited, seed);
            assert!(limited.first().is_some_and(|ms| (1_000..=1_250).contains(ms)), "12: from 1 s, with jitter");
            assert!(limited.iter().all(|ms| *ms <= 30_000), "at most 30 s");
        }
    }
}
