//! Bybit: the broker client (official guidance and help pages, 2025-12-30 and later) and the public client of AI agents
//! (Bybit's own script, 2026-08-07), as sheeted in facts/bybit.md.

mod fields;
mod parse;
#[cfg(feature = "read")]
pub(super) mod reads;
mod stages;
mod subaccounts;
#[cfg(feature = "sign")]
pub(super) mod v5;

use url::{Host, Url};

use crate::base::ids::{Venue, VenueEnvironment};
use crate::model::operation::{FlowOperation, ResponseType};
use crate::venue::contract::Stage;
use crate::venue::profile::{ClientKinds, Consent, EnvironmentProfile, Profile, Redirect, StateForm};
use crate::venues::bybit::stages::{
    CREATE_SUBACCOUNT, EXCHANGE_CODE, FETCH_API_KEY, FETCH_SUBACCOUNT_KEY, LIST_SUBACCOUNTS, READ_UID, REFRESH_TOKENS,
};

pub(super) const CLIENTS: ClientKinds = ClientKinds { confidential: &BROKER, public: &AI_AGENT };

const BROKER: Profile = Profile {
    venue: Venue::BYBIT,
    // Section 1. The broker's testnet form is not documented: `/en/oauth` by analogy.
    environments: &[
        EnvironmentProfile {
            environment: VenueEnvironment::MAINNET,
            authorize_base: "https://www.bybit.com",
            api_base: "https://api2.bybit.com",
            rest_base: "https://api.bybit.com",
            sites: &[],
            headers: &[],
        },
        EnvironmentProfile {
            environment: VenueEnvironment::TESTNET,
            authorize_base: "https://testnet.bybit.com",
            api_base: "https://api2-testnet.bybit.com",
            rest_base: "https://api-testnet.bybit.com",
            sites: &[],
            headers: &[],
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
        constants: &[],
        // Section 2: not mentioned for brokers, and section 4 warns against further fields.
        pkce: false,
    },
    redirect: |_, _| Ok(Redirect::Callback),
    hands_off: false,
    takes_hand_offs: false,
    // B10: the guidance uses a browser's; never empty, never a library's.
    user_agent: Some("Mozilla/5.0 (compatible; venuekey)"),
    withdrawn: "",
    callback_key_parameters: &[],
    callback_site_parameter: None,
    state: StateForm::Base64Url,
    // No operation takes one (section 5).
    key_id: |_| Err("this venue's keys have no id"),
    // Section 6: no request names any. Addresses are the app's, registered at Bybit (6.2 and 12).
    key_parts: |_| &[],
    check_key_request: |_| Ok(()),
    // Section 4: 24 h and 30 d, where the reply is silent.
    access_lifetime_s: 86_400,
    refresh_lifetime_s: Some(2_592_000),
    tells_uid: true,
    uid_hint: fields::claimed_uid,
    operation,
    stages: &[&EXCHANGE_CODE, &REFRESH_TOKENS, &READ_UID, &FETCH_API_KEY],
    max_accounts: 0,
    waits: &[],
    has_passphrase: false,
};

/// Section 2: `client_id` `ai-agent`, no secret, PKCE, scope `ai-account`.
const AI_AGENT: Profile = Profile {
    // B11: `/oauth` without a locale.
    default_locale: "",
    consent: |_| Consent {
        response_types: &[ResponseType::Code],
        scope: Some("ai-account"),
        redirect_uri: true,
        constants: &[],
        pkce: true,
    },
    redirect: ai_agent_redirect,
    stages: &[&EXCHANGE_CODE, &REFRESH_TOKENS, &LIST_SUBACCOUNTS, &FETCH_SUBACCOUNT_KEY, &CREATE_SUBACCOUNT],
    // Section 6.3: only when fewer than five exist.
    max_accounts: 5,
    operation: |_, operation| match operation {
        FlowOperation::ApiKey => &[&EXCHANGE_CODE, &LIST_SUBACCOUNTS, &FETCH_SUBACCOUNT_KEY, &CREATE_SUBACCOUNT],
        // Section 12: with live or refreshed tokens, without a new consent.
        FlowOperation::SwitchSubaccount => &[&LIST_SUBACCOUNTS, &FETCH_SUBACCOUNT_KEY, &CREATE_SUBACCOUNT],
        FlowOperation::RefreshTokens => &[&REFRESH_TOKENS],
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
fn ai_agent_redirect(environment: VenueEnvironment, url: &Url) -> Result<Redirect, &'static str> {
    let page = if environment == VenueEnvironment::TESTNET {
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

fn operation(_: VenueEnvironment, operation: FlowOperation) -> &'static [&'static Stage] {
    match operation {
        // The UID first: a safe request proves the token before the key is asked for, once.
        FlowOperation::ApiKey => &[&EXCHANGE_CODE, &READ_UID, &FETCH_API_KEY],
        FlowOperation::AccountTokens => &[&EXCHANGE_CODE, &READ_UID],
        FlowOperation::RefreshTokens => &[&REFRESH_TOKENS],
        // Section 5: no status and no deletion of keys is documented on the OAuth host.
        FlowOperation::CheckKey
        | FlowOperation::DeleteKey
        | FlowOperation::ReissueKey
        | FlowOperation::SwitchSubaccount => &[],
    }
}
