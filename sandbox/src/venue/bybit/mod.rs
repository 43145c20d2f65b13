//! Bybit: from the authorize page to the key, for brokers and for the AI agent. Section numbers are
//! those of the fact sheet.
//!
//! `/bybit/mainnet` stands for `https://www.bybit.com`, `https://api2.bybit.com` and, with the keys that are issued,
//! `https://api.bybit.com`; `/bybit/testnet` for their testnets. The headless redirect, `https://www.bybit.com/oauth/callback`
//! or testnet's, becomes `{prefix}/oauth/callback`, a page that shows the code for the user to copy.

mod accounts;
mod agent;
mod authorize;
mod consent;
mod endpoints;
mod firewall;
mod history;
mod host;
mod key;
pub mod knobs;
mod orders;
mod reads;
mod replies;
mod resource;
mod signed;
mod signer;
mod sub_account;
mod token;
mod user;
mod v5;
mod v5_replies;

use crate::base::http::{Call, Response};
use crate::exchange::Exchange;
use crate::exchange::action::{Arrivals, UserAction};
use crate::exchange::client::ApiKey;
use crate::exchange::context::Context;
use crate::exchange::endpoint::{Endpoint, GET, POST, Route};
use crate::exchange::fault::Fault;
use crate::exchange::knob::read;
use crate::exchange::profile::{Accent, Profile};
use crate::exchange::record::Finding;
use crate::parts::consent::Consents;
use crate::parts::limits::Room;
use endpoints::{AI_ACCOUNTS, OPENAPI, UID};
use history::History;
use host::{CODE_PAGE, CODE_PAGE_WITH_SLASH, ENVIRONMENTS, Host};
use key::Key;
use knobs::BybitKnobs;
use replies::{TOKEN_EXPIRED, error};
use serde_json::{Value, json};

/// Bybit.
#[derive(Clone, Debug)]
pub struct Bybit {
    knobs: BybitKnobs,
    hosts: [Host; 2],
}

impl Default for Bybit {
    fn default() -> Bybit {
        Bybit { knobs: BybitKnobs::default(), hosts: ENVIRONMENTS.map(Host::new) }
    }
}

impl Exchange for Bybit {
    fn profile(&self) -> Profile {
        Profile {
            name: "bybit",
            title: "Bybit",
            environments: &ENVIRONMENTS,
            endpoints: endpoints::ALL,
            knobs: BybitKnobs::described(),
            accent: Some(Accent { light: ("#f2a900", "#16181d"), dark: ("#f7b733", "#16181d") }),
        }
    }

    fn duplicate(&self) -> Box<dyn Exchange> {
        Box::new(self.clone())
    }

    fn route(&self, path: &str) -> Option<Route> {
        Some(match path {
            CODE_PAGE | CODE_PAGE_WITH_SLASH => Route::Page,
            "/oauth/v1/public/access_token" => Route::Endpoint(Endpoint::TOKEN, POST),
            "/oauth/v1/public/refresh_token" => Route::Endpoint(Endpoint::REFRESH, POST),
            "/oauth/v1/resource/restrict/uid_bearer" => Route::Endpoint(UID, GET),
            "/oauth/v1/resource/restrict/openapi" => Route::Endpoint(OPENAPI, GET),
            "/oauth/v1/resource/restrict/ai_accounts" => Route::Endpoint(AI_ACCOUNTS, GET),
            "/v5/market/time" => Route::Endpoint(Endpoint::TIME, GET),
            _ if path.starts_with("/v5/market/") => Route::Endpoint(Endpoint::PUBLIC, GET),
            "/v5/user/query-api" => Route::Endpoint(Endpoint::SIGNED, GET),
            _ if reads::is_listed(path) => Route::Endpoint(Endpoint::SIGNED, GET),
            _ if orders::is_listed(path) => Route::Endpoint(Endpoint::SIGNED, POST),
            _ if path.starts_with("/v5/") => Route::Endpoint(Endpoint::SIGNED, &["GET", "POST"]),
            _ => {
                // The locale segment is optional and varies (1).
                let locale = path.strip_suffix("/oauth")?;
                if !locale.is_empty() && !is_locale(locale) {
                    return None;
                }
                Route::Endpoint(Endpoint::AUTHORIZE, GET)
            }
        })
    }

    fn serve(&mut self, endpoint: Endpoint, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        let host = &mut self.hosts[context.environment];
        let context = &mut context.with(&self.knobs);
        match endpoint {
            Endpoint::AUTHORIZE => return host.authorize(call, context),
            // Another host, of which no such firewall is told.
            Endpoint::SIGNED => return host.signed(call, context),
            Endpoint::TIME => return host.time(call, context),
            Endpoint::PUBLIC => return host.public(context),
            _ => {}
        }
        if let Some(refused) = firewall::user_agent(call, context) {
            return refused;
        }
        match endpoint {
            Endpoint::TOKEN => host.token(call, context),
            Endpoint::REFRESH => host.refresh(call, context),
            _ => host.resource(endpoint, call, context),
        }
    }

    fn page(&mut self, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        let host = &mut self.hosts[context.environment];
        let context = &mut context.with(&self.knobs);
        match call.path {
            CODE_PAGE | CODE_PAGE_WITH_SLASH => host.code_page(call, context),
            _ => host.consent(call, context),
        }
    }

    /// No limit and no error status of the OAuth host is documented (11); codes are V5's (9).
    fn refusal(&self, fault: Fault, endpoint: Endpoint, status: u16, context: &mut Context<'_>) -> Response {
        let context = &context.with(&self.knobs);
        let at_v5 = is_v5(endpoint);
        if at_v5 && fault == Fault::RateLimit {
            let reset_ms = (context.now_ms / 1000).saturating_add(1).saturating_mul(1000);
            return v5_replies::too_many(Room { limit: 10, left: None, reset_ms }, context);
        }
        let (status, code, text) = match fault {
            Fault::TokenExpired => return error(endpoint, TOKEN_EXPIRED, "access token expired", context),
            Fault::RateLimit => (429, 10_006, "Too many visits!"),
            Fault::OkWithError => (200, 10_016, "Server error."),
            _ => (status, 10_016, "Server error."),
        };
        if at_v5 {
            return v5_replies::refused(status, code, text, context);
        }
        let mut response = error(endpoint, code, text, context);
        response.status = status;
        response
    }

    fn wrong_method(&self, endpoint: Endpoint, finding: &Finding, context: &mut Context<'_>) -> Response {
        let context = &context.with(&self.knobs);
        match endpoint {
            // 400 stands for a wrong method (9).
            _ if is_v5(endpoint) => v5_replies::refused(400, 10_001, &finding.detail, context),
            _ => error(endpoint, 10_001, &finding.detail, context),
        }
    }

    fn user(&self) -> Value {
        let BybitKnobs { user_uid, user_two_factor, user_kyc, user_decision, .. } = &self.knobs;
        json!({"uid": user_uid, "two_factor": user_two_factor, "kyc": user_kyc, "decision": user_decision})
    }

    fn state(&self, environment: usize, now_ms: u64, with_values: bool) -> Value {
        self.hosts[environment].state_json(now_ms, with_values)
    }

    fn plant(&mut self, environment: usize, key: &ApiKey) {
        self.hosts[environment].keys.push(Key::planted(key, self.knobs.user_uid));
    }

    fn act(&mut self, action: UserAction, context: &mut Context<'_>) -> Result<Value, String> {
        self.hosts[context.environment].user_acts(action, &mut context.with(&self.knobs))
    }

    fn arrive(&mut self, rows: &Arrivals, context: &mut Context<'_>) -> Result<Value, String> {
        let uid = rows.user.unwrap_or(self.knobs.user_uid);
        let host = &mut self.hosts[context.environment];
        let history = host.histories.of(uid, || History::new(uid, &context.with(&self.knobs)));
        Ok(history.arrive(rows, context.now_ms))
    }

    fn knobs(&self) -> Value {
        json!(self.knobs)
    }

    fn take_knobs(&mut self, values: &Value) -> Result<(), String> {
        let knobs: BybitKnobs = read(values)?;
        knobs.check()?;
        self.knobs = knobs;
        Ok(())
    }

    fn settle(&mut self, context: &mut Context<'_>) {
        self.hosts[context.environment].settle(&mut context.with(&self.knobs));
    }
}

fn is_v5(endpoint: Endpoint) -> bool {
    matches!(endpoint, Endpoint::SIGNED | Endpoint::TIME | Endpoint::PUBLIC)
}

/// `/en`, `/zh-MY`.
fn is_locale(segment: &str) -> bool {
    let parts: Vec<&str> = segment.trim_start_matches('/').split('-').collect();
    segment.starts_with('/')
        && (1..=2).contains(&parts.len())
        && parts.iter().all(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_alphabetic()))
}
