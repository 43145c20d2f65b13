//! WhiteBIT. Source: the official documentation as sheeted in facts/whitebit.md (read 2026-08-03 and later).

mod accounts;
mod limits;
mod parse;
mod stages;
mod v4;

use crate::base::ids::{Venue, VenueEnvironment};
use crate::base::text::is_uuid;
use crate::model::operation::FlowOperation;
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
    // D3: 300 s is the shortest documented life, and the only one for refresh tokens is 600 s.
    access_lifetime_s: 300,
    refresh_lifetime_s: Some(600),
    // Section 14: no endpoint tells whose account it is. Section 4: tokens are opaque.
    tells_uid: false,
    uid_hint: |_| None,
    operation,
    stages: &[&EXCHANGE_CODE, &REFRESH_TOKENS, &CHECK_KEY, &FETCH_SECRET, &DELETE_KEY],
    max_accounts: 0,
    signing: &v4::SIGNING,
    // Section 1: on both hosts.
    reads: Some(&accounts::READS),
};

/// An app without the secret. The token endpoint wants it with PKCE too (section 2), so the app ends at the hand-off.
/// Only the key flow has PKCE, and a code without it must not travel (design: who may hold what).
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
