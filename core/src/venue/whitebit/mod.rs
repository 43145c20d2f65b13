//! WhiteBIT. Source: the official documentation as sheeted in facts/whitebit.md (read 2026-08-03 and later).

mod accounts;
mod limits;
mod read;
mod v4;

use super::{Call, Consent, Environment, EnvironmentProfile, Facts, FlowOperation, Profile, Redirect, Settings, Venue};
use crate::http::{HttpMethod, HttpRequest};
use crate::wire;

pub(super) const CONFIDENTIAL: Profile = Profile {
    venue: Venue::Whitebit,
    // Section 1.
    environments: &[
        EnvironmentProfile {
            environment: Environment::Global,
            authorize_base: "https://whitebit.com",
            api_base: "https://whitebit.com",
            rest_base: "https://whitebit.com",
        },
        EnvironmentProfile {
            environment: Environment::Eu,
            authorize_base: "https://whitebit.eu",
            api_base: "https://whitebit.eu",
            rest_base: "https://whitebit.eu",
        },
    ],
    // Section 3: camelCase here, `client_id` at the token endpoint.
    authorize_path: "/auth/login",
    default_locale: "",
    client_id_parameter: "clientId",
    consent,
    redirect: |_, _| Ok(Redirect::Callback),
    hands_off: false,
    user_agent: None,
    withdrawn: WITHDRAWN,
    // D2: name and place of a separate public key were left open; these are taken where they appear.
    callback_key_parameters: &["apiKey", "api_key", "publicKey"],
    // D3: 300 s is the shortest documented life, and the only one for refresh tokens is 600 s.
    access_lifetime_s: 300,
    refresh_lifetime_s: Some(600),
    // Section 14: no endpoint tells whose account it is. Section 4: tokens are opaque.
    tells_uid: false,
    uid_hint: |_| None,
    stages,
    request,
    read: read::read,
    // Section 9: the only documented bindings.
    scopes: |call| match call {
        Call::CheckKey | Call::FetchSecret => &["apikeys.read"],
        Call::DeleteKey => &["apikeys.delete"],
        _ => &[],
    },
    rate_limit: |call| Some(limits::of_call(call)),
    signing: &v4::SIGNING,
    // Section 1: on both hosts.
    reads: Some(&accounts::READS),
};

/// Sections 2 and 15: the notice covers the classic grant, its refresh and its six reads. Whether they still answer is not
/// known.
const WITHDRAWN: &str = "no such endpoint: check the base URL; WhiteBIT announced that its classic grant, the refresh and the account reads end on 2026-11-01";

/// An app without the secret. The token endpoint wants it with PKCE too (section 2), so the app ends at the hand-off.
/// Only the key flow has PKCE, and a code without it must not travel (design: who may hold what).
pub(super) const PUBLIC: Profile = Profile {
    hands_off: true,
    stages: |environment, operation| match operation {
        FlowOperation::ApiKey => stages(environment, operation),
        _ => &[],
    },
    ..CONFIDENTIAL
};

/// Section 3: no scope and no response_type anywhere; D14: `redirect_uri` and PKCE belong to the key flow.
fn consent(operation: FlowOperation) -> Consent {
    let is_key_flow = operation.connects_key();
    Consent { response_types: &[], scope: None, redirect_uri: is_key_flow, pkce: is_key_flow }
}

fn stages(environment: Environment, operation: FlowOperation) -> &'static [Call] {
    match (environment, operation) {
        // Section 1: the EU host has no /oauth2/api-key/*.
        (Environment::Global, FlowOperation::ApiKey) => &[Call::ExchangeCode, Call::CheckKey, Call::FetchSecret],
        (Environment::Global, FlowOperation::CheckKey) => &[Call::CheckKey],
        (Environment::Global, FlowOperation::DeleteKey) => &[Call::DeleteKey],
        // Section 8: one active key per user and client, and what it may do is fixed; so delete, then connect.
        (Environment::Global, FlowOperation::ReissueKey) => {
            &[Call::DeleteKey, Call::ExchangeCode, Call::CheckKey, Call::FetchSecret]
        }
        (_, FlowOperation::AccountTokens) => &[Call::ExchangeCode],
        (_, FlowOperation::RefreshTokens) => &[Call::RefreshTokens],
        _ => &[],
    }
}

fn request(call: Call, settings: &Settings, facts: &Facts) -> Option<HttpRequest> {
    let build = |method, path: &str| {
        HttpRequest::new(call.as_str(), method, settings.api_url(path), call.replay())
            .limited_by(limits::of_call(call))
            .user_agent(settings.user_agent.as_deref())
    };
    let tokens = facts.tokens.as_ref();
    let id = facts.external_id.as_ref().map(|id| id.as_str());
    // All `expose` calls below: into the body of the one request that the value exists for.
    let secret = settings.client_secret.as_ref()?;
    let client = [("client_id", settings.client_id.as_str()), ("client_secret", secret.expose())];
    Some(match call {
        // Section 4: the secret is required with PKCE too; no grant_type, no redirect_uri.
        Call::ExchangeCode => {
            let mut fields = client.to_vec();
            fields.push(("code", facts.code.as_ref()?.expose()));
            fields.extend(facts.code_verifier.as_ref().map(|verifier| ("code_verifier", verifier.expose())));
            build(HttpMethod::Post, "/oauth2/token").form(wire::form(&fields))
        }
        // Section 5: its own path, and the field is `token`.
        Call::RefreshTokens => {
            let [id, secret] = client;
            let body = wire::form(&[id, secret, ("token", tokens?.refresh_token()?.expose())]);
            build(HttpMethod::Post, "/oauth2/refresh_token").form(body)
        }
        // Section 7: Bearer, no body.
        Call::CheckKey => build(HttpMethod::Get, "/oauth2/api-key/info").bearer(tokens?.access_token()),
        Call::FetchSecret => {
            build(HttpMethod::Get, &format!("/oauth2/api-key/{}/secret", id?)).bearer(tokens?.access_token())
        }
        Call::DeleteKey => {
            build(HttpMethod::Delete, &format!("/oauth2/api-key/{}", id?)).bearer(tokens?.access_token())
        }
        Call::ReadUid
        | Call::FetchApiKey
        | Call::ListSubaccounts
        | Call::FetchSubaccountKey
        | Call::CreateSubaccount => return None,
    })
}
