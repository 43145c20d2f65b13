//! Bybit: the broker client (official guidance and help pages, 2025-12-30 and later) and the public client of AI agents
//! (Bybit's own script, 2026-08-07), as sheeted in facts/bybit.md.

mod read;
mod subaccounts;
mod v5;

pub(crate) use read::is_uid;
pub(crate) use subaccounts::{MAX_LISTED, MAX_SUBACCOUNTS};

use url::{Host, Url};

use super::{Call, Consent, Environment, EnvironmentProfile, Facts, FlowOperation, Profile, Redirect, Settings, Venue};
use crate::http::{HttpMethod, HttpRequest};
use crate::oauth::ResponseType;
use crate::wire;

pub(super) const BROKER: Profile = Profile {
    venue: Venue::Bybit,
    // Section 1. The broker's testnet form is not documented: `/en/oauth` by analogy.
    environments: &[
        EnvironmentProfile {
            environment: Environment::Mainnet,
            authorize_base: "https://www.bybit.com",
            api_base: "https://api2.bybit.com",
            rest_base: "https://api.bybit.com",
        },
        EnvironmentProfile {
            environment: Environment::Testnet,
            authorize_base: "https://testnet.bybit.com",
            api_base: "https://api2-testnet.bybit.com",
            rest_base: "https://api-testnet.bybit.com",
        },
    ],
    // Section 3; B4: state always.
    authorize_path: "/{locale}/oauth",
    default_locale: "en",
    client_id_parameter: "client_id",
    consent: |_| Consent {
        // B1: `token` only where the caller asks for it by name.
        response_types: &[ResponseType::Code, ResponseType::Token],
        // B15: one scope.
        scope: Some("openapi"),
        redirect_uri: true,
        // Section 2: not mentioned for brokers, and section 4 warns against further fields.
        pkce: false,
    },
    redirect: |_, _| Ok(Redirect::Callback),
    hands_off: false,
    // B10: the guidance uses a browser's; never empty, never a library's.
    user_agent: Some("Mozilla/5.0 (compatible; venuekey)"),
    withdrawn: "",
    callback_key_parameters: &[],
    // Section 4: 24 h and 30 d, where the reply is silent.
    access_lifetime_s: 86_400,
    refresh_lifetime_s: Some(2_592_000),
    tells_uid: true,
    uid_hint: read::claimed_uid,
    stages,
    request,
    read: read::read,
    // Section 4: the reply names no scope.
    scopes: |_| &[],
    // Section 9: none documented on the OAuth host.
    rate_limit: |_| None,
    signing: &v5::SIGNING,
    reads: None,
};

/// Section 2: `client_id` `ai-agent`, no secret, PKCE, scope `ai-account`.
pub(super) const AI_AGENT: Profile = Profile {
    // B11: `/oauth` without a locale.
    default_locale: "",
    consent: |_| Consent {
        response_types: &[ResponseType::Code],
        scope: Some("ai-account"),
        redirect_uri: true,
        pkce: true,
    },
    redirect: ai_agent_redirect,
    stages: |_, operation| match operation {
        FlowOperation::ApiKey => {
            &[Call::ExchangeCode, Call::ListSubaccounts, Call::FetchSubaccountKey, Call::CreateSubaccount]
        }
        // Section 12: with live or refreshed tokens, without a new consent.
        FlowOperation::SwitchSubaccount => &[Call::ListSubaccounts, Call::FetchSubaccountKey, Call::CreateSubaccount],
        FlowOperation::RefreshTokens => &[Call::RefreshTokens],
        // Its scope opens the accounts and nothing else (section 2), so tokens alone are good for nothing.
        FlowOperation::AccountTokens
        | FlowOperation::CheckKey
        | FlowOperation::DeleteKey
        | FlowOperation::ReissueKey => &[],
    },
    ..BROKER
};

const REDIRECT_HINT: &str = "without client_secret it must be http://127.0.0.1:9876/callback (up to port 9886), or the page that shows the code: https://www.bybit.com/oauth/callback, on testnet https://testnet.bybit.com/oauth/callback";

/// Section 2: loopback on ports 9876 to 9886, or the page that shows the code.
fn ai_agent_redirect(environment: Environment, url: &Url) -> Result<Redirect, &'static str> {
    let page = if environment == Environment::Testnet {
        "https://testnet.bybit.com/oauth/callback"
    } else {
        "https://www.bybit.com/oauth/callback"
    };
    if url.as_str() == page {
        return Ok(Redirect::Paste);
    }
    let is_loopback = url.scheme() == "http" && url.host() == Some(Host::Ipv4([127, 0, 0, 1].into()));
    let is_registered = url.port().is_some_and(|port| (9876..=9886).contains(&port)) && url.path() == "/callback";
    if is_loopback && is_registered && url.query().is_none() { Ok(Redirect::Callback) } else { Err(REDIRECT_HINT) }
}

fn stages(_: Environment, operation: FlowOperation) -> &'static [Call] {
    match operation {
        // The UID first: a safe request proves the token before the key is asked for, once.
        FlowOperation::ApiKey => &[Call::ExchangeCode, Call::ReadUid, Call::FetchApiKey],
        FlowOperation::AccountTokens => &[Call::ExchangeCode, Call::ReadUid],
        FlowOperation::RefreshTokens => &[Call::RefreshTokens],
        // Section 5: no status and no deletion of keys is documented on the OAuth host.
        FlowOperation::CheckKey
        | FlowOperation::DeleteKey
        | FlowOperation::ReissueKey
        | FlowOperation::SwitchSubaccount => &[],
    }
}

fn request(call: Call, settings: &Settings, facts: &Facts) -> Option<HttpRequest> {
    let build = |method, path: &str| {
        HttpRequest::new(call.as_str(), method, settings.api_url(path), call.replay())
            .user_agent(settings.user_agent.as_deref())
    };
    let tokens = facts.tokens.as_ref();
    // All `expose` calls below: into the body of the one request that the value exists for.
    let mut fields = vec![("client_id", settings.client_id.as_str())];
    fields.extend(settings.client_secret.as_ref().map(|secret| ("client_secret", secret.expose())));
    let accounts = |query: &str| {
        let path = format!("/oauth/v1/resource/restrict/ai_accounts{query}");
        Some(build(HttpMethod::Get, &path).bearer(tokens?.access_token()))
    };
    Some(match call {
        // Section 4: exactly these; B8: no grant_type, no redirect_uri.
        Call::ExchangeCode => {
            fields.push(("code", facts.code.as_ref()?.expose()));
            fields.extend(facts.code_verifier.as_ref().map(|verifier| ("code_verifier", verifier.expose())));
            build(HttpMethod::Post, "/oauth/v1/public/access_token").form(wire::form(&fields))
        }
        // Section 5, B6: documented for the public client; a client with a secret adds it.
        Call::RefreshTokens => {
            fields.push(("refresh_token", tokens?.refresh_token()?.expose()));
            build(HttpMethod::Post, "/oauth/v1/public/refresh_token").form(wire::form(&fields))
        }
        // Section 6: GET, Bearer, no body.
        Call::ReadUid => {
            build(HttpMethod::Get, "/oauth/v1/resource/restrict/uid_bearer").bearer(tokens?.access_token())
        }
        Call::FetchApiKey => {
            build(HttpMethod::Get, "/oauth/v1/resource/restrict/openapi").bearer(tokens?.access_token())
        }
        // Section 6.3.
        Call::ListSubaccounts => accounts("")?,
        Call::FetchSubaccountKey => {
            // Checked when it was taken: letters, digits, `-` and `_` need no encoding.
            let id = facts.sub_member_id.as_deref().filter(|id| is_uid(id))?;
            accounts(&format!("?sub_member_id={id}"))?
        }
        Call::CreateSubaccount => accounts("?is_create=true")?,
        Call::CheckKey | Call::FetchSecret | Call::DeleteKey => return None,
    })
}
