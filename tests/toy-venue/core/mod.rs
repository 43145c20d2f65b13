//! Toy: a made-up exchange. A plain code grant, JSON at the token endpoint, HTTP Basic for the client, and one key for each
//! user, which can be read again. Its second environment has room for one key, deletes before it creates, and lets the app say
//! what the key is to be like, as OKX does.
//! Between them they use what of the contract no real venue uses yet.

mod parse;
#[cfg(feature = "read")]
pub(super) mod reads;
#[cfg(feature = "sign")]
pub(super) mod signing;
mod stages;

use crate::base::ids::{VenueEnvironment, Venue};
use crate::model::operation::FlowOperation;
use crate::venue::contract::Stage;
use crate::venue::profile::{ClientKinds, Consent, EnvironmentProfile, Profile, Redirect, StateForm};
use crate::model::key_request::{KeyPart, KeyRequest};
use crate::wire::rate_limit::RateLimit;
use stages::{CREATE_KEY, DELETE_KEY, EXCHANGE_CODE, FETCH_KEY, REFRESH_TOKENS};

pub(super) const CLIENTS: ClientKinds = ClientKinds { confidential: &CONFIDENTIAL, public: &PUBLIC };

const CONFIDENTIAL: Profile = Profile {
    venue: Venue::TOY,
    environments: &[
        EnvironmentProfile {
            environment: VenueEnvironment::LIVE,
            authorize_base: "https://toy.example",
            api_base: "https://api.toy.example",
            rest_base: "https://api.toy.example",
            sites: &["https://api.toy.example", "https://eu.toy.example"],
            headers: &[],
        },
        EnvironmentProfile {
            environment: VenueEnvironment::DEMO,
            authorize_base: "https://toy.example",
            api_base: "https://api.toy.example",
            rest_base: "https://api.toy.example",
            sites: &[],
            headers: &[("x-toy-demo", "1")],
        },
    ],
    authorize_path: "/authorize",
    default_locale: "",
    client_id_parameter: "client_id",
    consent: |_| Consent { response_types: &[], scope: None, redirect_uri: true, constants: &[], pkce: false },
    redirect: |_, _| Ok(Redirect::Callback),
    hands_off: false,
    takes_hand_offs: false,
    user_agent: None,
    withdrawn: "",
    callback_key_parameters: &[],
    callback_site_parameter: Some("domain"),
    state: StateForm::Alphanumeric(20),
    key_id: |_| Err("a toy's key has no id"),
    // A key that is read again is what it is.
    key_parts: |environment| match environment == VenueEnvironment::DEMO {
        true => &[KeyPart::Label, KeyPart::Permissions, KeyPart::Expiry, KeyPart::Passphrase],
        false => &[],
    },
    check_key_request,
    access_lifetime_s: 3600,
    refresh_lifetime_s: None,
    tells_uid: false,
    uid_hint: |_| None,
    operation: |environment, operation| match operation {
        FlowOperation::ApiKey if environment == VenueEnvironment::DEMO => &[&EXCHANGE_CODE, &DELETE_KEY, &CREATE_KEY],
        FlowOperation::ApiKey => &[&EXCHANGE_CODE, &FETCH_KEY],
        FlowOperation::AccountTokens => &[&EXCHANGE_CODE],
        FlowOperation::RefreshTokens => &[&REFRESH_TOKENS],
        _ => &[],
    },
    stages: STAGES,
    max_accounts: 0,
    waits: &[],
    has_passphrase: true,
};

const STAGES: &[&Stage] = &[&EXCHANGE_CODE, &REFRESH_TOKENS, &FETCH_KEY, &DELETE_KEY, &CREATE_KEY];

/// A toy has no client without a secret.
const PUBLIC: Profile = Profile { operation: |_, _| &[], ..CONFIDENTIAL };

static LIMIT: RateLimit = RateLimit { name: "toy", requests: 10, window_ms: 1_000 };

fn check_key_request(request: &KeyRequest) -> Result<(), &'static str> {
    if request.label.as_ref().is_some_and(|label| label.len() > 50) {
        return Err("label must be at most 50 bytes");
    }
    match &request.passphrase {
        Some(passphrase) if passphrase.len() >= 8 => Ok(()),
        _ => Err("passphrase must be at least 8 characters: a toy's key has one"),
    }
}
