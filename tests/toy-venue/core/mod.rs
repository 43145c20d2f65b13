//! Toy: a made-up exchange. A plain code grant, JSON at the token endpoint, HTTP Basic for the client, and one key for each
//! user, which can be read again. Its second environment has room for one key and deletes before it creates, as OKX does.
//! Between them they use what of the contract no real venue uses yet.

mod parse;
mod stages;

use crate::base::ids::{VenueEnvironment, Venue};
use crate::model::operation::FlowOperation;
use crate::venue::contract::Stage;
use crate::venue::profile::{ClientKinds, Consent, EnvironmentProfile, Profile, Redirect, StateForm};
use crate::venue::signing::{KeyLife, KeyState, SignedRefusal, Signing};
use crate::base::error::ErrorCode;
use crate::wire::http::HttpMethod;
use crate::wire::rate_limit::RateLimit;
use stages::{CREATE_KEY, DELETE_KEY, EXCHANGE_CODE, FETCH_KEY};

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
    access_lifetime_s: 3600,
    refresh_lifetime_s: None,
    tells_uid: false,
    uid_hint: |_| None,
    operation: |environment, operation| match operation {
        FlowOperation::ApiKey if environment == VenueEnvironment::DEMO => &[&EXCHANGE_CODE, &DELETE_KEY, &CREATE_KEY],
        FlowOperation::ApiKey => &[&EXCHANGE_CODE, &FETCH_KEY],
        FlowOperation::AccountTokens => &[&EXCHANGE_CODE],
        _ => &[],
    },
    stages: STAGES,
    max_accounts: 0,
    waits: &[],
    signing: &SIGNING,
    reads: None,
};

const STAGES: &[&Stage] = &[&EXCHANGE_CODE, &FETCH_KEY, &DELETE_KEY, &CREATE_KEY];

/// A toy has no client without a secret.
const PUBLIC: Profile = Profile { operation: |_, _| &[], ..CONFIDENTIAL };

static LIMIT: RateLimit = RateLimit { name: "toy", requests: 10, window_ms: 1_000 };

/// Its keys sign nothing.
const SIGNING: Signing = Signing {
    path_prefix: "/",
    sign: |_, _| Err("a toy's key signs nothing"),
    probe: (HttpMethod::Get, "/"),
    parse_probe: |_, _| Err(SignedRefusal::new(ErrorCode::NotSupported)),
    parse: |_| Err(SignedRefusal::new(ErrorCode::NotSupported)),
    limit: |_| &LIMIT,
    time_path: "/",
    parse_time: |_| None,
    key_life: KeyLife { unused_ms: None, unbound_ms: None, proof_tells_end: false, key_state: |_, _| KeyState::Unknown },
};
