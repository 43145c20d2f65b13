//! Bybit, broker client. Source: the official guidance and help pages as sheeted in bybit.md (2025-12-30 and later).

mod read;

pub(crate) use read::is_uid;

use super::{Call, Environment, EnvironmentProfile, Facts, FlowOperation, Profile, Settings, Venue};
use crate::http::{HttpMethod, HttpRequest};
use crate::secret::Secret;
use crate::wire;

pub(super) const PROFILE: Profile = Profile {
    venue: Venue::Bybit,
    // Section 1. The broker's testnet form is not documented: `/en/oauth` by analogy.
    environments: &[
        EnvironmentProfile {
            environment: Environment::Mainnet,
            authorize_base: "https://www.bybit.com",
            api_base: "https://api2.bybit.com",
        },
        EnvironmentProfile {
            environment: Environment::Testnet,
            authorize_base: "https://testnet.bybit.com",
            api_base: "https://api2-testnet.bybit.com",
        },
    ],
    // Section 3; B1: always `code`; B15: one scope; B4: state always.
    authorize_path: "/{locale}/oauth",
    default_locale: "en",
    client_id_parameter: "client_id",
    authorize_constants: &[("response_type", "code"), ("scope", "openapi")],
    // Section 2: not mentioned for brokers, and section 4 warns against further fields.
    pkce: false,
    // B10: the guidance uses a browser's; never empty, never a library's.
    user_agent: Some("Mozilla/5.0 (compatible; venuekey)"),
    callback_key_parameters: &[],
    // Section 4: 24 h and 30 d, where the reply is silent.
    access_lifetime_s: 86_400,
    refresh_lifetime_s: Some(2_592_000),
    stages,
    request,
    read: read::read,
};

fn stages(_: Environment, operation: FlowOperation) -> &'static [Call] {
    match operation {
        // The UID first: a safe request proves the token before the key is asked for, once.
        FlowOperation::ApiKey => &[Call::ExchangeCode, Call::ReadUid, Call::FetchApiKey],
        FlowOperation::AccountTokens => &[Call::ExchangeCode, Call::ReadUid],
        FlowOperation::RefreshTokens => &[Call::RefreshTokens],
        // Section 5: no status and no deletion of keys is documented on the OAuth host.
        FlowOperation::CheckKey | FlowOperation::DeleteKey => &[],
    }
}

fn request(call: Call, settings: &Settings, facts: &Facts) -> Option<HttpRequest> {
    let build = |method, path: &str| {
        let request = HttpRequest::new(call.purpose(), method, settings.api_url(path), call.replay());
        let agent = settings.user_agent.as_deref().or(PROFILE.user_agent).unwrap_or_default();
        request.header("user-agent", Secret::new(agent))
    };
    let tokens = facts.tokens.as_ref();
    // All `expose` calls below: into the body of the one request that the value exists for.
    let client = [("client_id", settings.client_id.as_str()), ("client_secret", settings.client_secret.expose())];
    Some(match call {
        // Section 4: exactly these three; B8: no grant_type, no redirect_uri.
        Call::ExchangeCode => {
            let [id, secret] = client;
            let body = wire::form(&[id, secret, ("code", facts.code.as_ref()?.expose())]);
            build(HttpMethod::Post, "/oauth/v1/public/access_token").form(body)
        }
        // Section 5, B6: documented for the public client; a client with a secret adds it.
        Call::RefreshTokens => {
            let [id, secret] = client;
            let body = wire::form(&[id, secret, ("refresh_token", tokens?.refresh_token()?.expose())]);
            build(HttpMethod::Post, "/oauth/v1/public/refresh_token").form(body)
        }
        // Section 6: GET, Bearer, no body.
        Call::ReadUid => {
            build(HttpMethod::Get, "/oauth/v1/resource/restrict/uid_bearer").bearer(tokens?.access_token())
        }
        Call::FetchApiKey => {
            build(HttpMethod::Get, "/oauth/v1/resource/restrict/openapi").bearer(tokens?.access_token())
        }
        Call::CheckKey | Call::FetchSecret | Call::DeleteKey => return None,
    })
}
