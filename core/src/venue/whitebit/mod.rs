//! WhiteBIT. Source: the official documentation as sheeted in whitebit.md, read 2026-08-03 and later.

mod read;

use super::{Call, Environment, EnvironmentProfile, Facts, FlowOperation, Profile, Settings, Venue};
use crate::http::{HttpMethod, HttpRequest};
use crate::wire;

pub(super) const PROFILE: Profile = Profile {
    venue: Venue::Whitebit,
    // Section 1.
    environments: &[
        EnvironmentProfile {
            environment: Environment::Global,
            authorize_base: "https://whitebit.com",
            api_base: "https://whitebit.com",
        },
        EnvironmentProfile {
            environment: Environment::Eu,
            authorize_base: "https://whitebit.eu",
            api_base: "https://whitebit.eu",
        },
    ],
    // Section 3: camelCase here, `client_id` at the token endpoint. No scope, no response_type.
    authorize_path: "/auth/login",
    default_locale: "",
    client_id_parameter: "clientId",
    authorize_constants: &[],
    pkce: true,
    user_agent: None,
    // D2: name and place of a separate public key were left open; these are taken where they appear.
    callback_key_parameters: &["apiKey", "api_key", "publicKey"],
    // D3: 300 s is the shortest documented life, and the only one for refresh tokens is 600 s.
    access_lifetime_s: 300,
    refresh_lifetime_s: Some(600),
    stages,
    request,
    read: read::read,
};

fn stages(environment: Environment, operation: FlowOperation) -> &'static [Call] {
    match (environment, operation) {
        // Section 1: the EU host has no /oauth2/api-key/*.
        (Environment::Global, FlowOperation::ApiKey) => &[Call::ExchangeCode, Call::CheckKey, Call::FetchSecret],
        (Environment::Global, FlowOperation::CheckKey) => &[Call::CheckKey],
        (Environment::Global, FlowOperation::DeleteKey) => &[Call::DeleteKey],
        (_, FlowOperation::RefreshTokens) => &[Call::RefreshTokens],
        _ => &[],
    }
}

fn request(call: Call, settings: &Settings, facts: &Facts) -> Option<HttpRequest> {
    let build = |method, path: &str| {
        let request = HttpRequest::new(call.purpose(), method, settings.api_url(path), call.replay());
        match &settings.user_agent {
            Some(agent) => request.header("user-agent", crate::secret::Secret::new(agent.as_str())),
            None => request,
        }
    };
    let tokens = facts.tokens.as_ref();
    let id = facts.external_id.as_ref().map(|id| id.as_str());
    // All `expose` calls below: into the body of the one request that the value exists for.
    let client = [("client_id", settings.client_id.as_str()), ("client_secret", settings.client_secret.expose())];
    Some(match call {
        // Section 4: the secret is required with PKCE too; no grant_type, no redirect_uri.
        Call::ExchangeCode => {
            let (code, verifier) = (facts.code.as_ref()?, facts.code_verifier.as_ref()?);
            let [id, secret] = client;
            let body = wire::form(&[id, secret, ("code", code.expose()), ("code_verifier", verifier.expose())]);
            build(HttpMethod::Post, "/oauth2/token").form(body)
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
        Call::ReadUid | Call::FetchApiKey => return None,
    })
}
