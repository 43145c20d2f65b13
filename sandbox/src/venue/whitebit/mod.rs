//! WhiteBIT: the PKCE flow ("Fast API Key") and its key endpoints, and the plain code grant. Section
//! numbers are those of the fact sheet.
//!
//! `/whitebit/global` stands for `https://whitebit.com`, `/whitebit/eu` for `https://whitebit.eu`, which has no key
//! endpoints. The keys that are issued sign calls there, `/api/v4/...`.

mod accounts;
mod api_key;
mod authorize;
mod endpoints;
mod history;
mod host;
mod key;
pub mod knobs;
mod nonces;
mod parameters;
mod permissions;
mod reads;
mod replies;
mod signed;
mod token;
mod user;

use crate::base::http::{Call, Response};
use crate::exchange::Exchange;
use crate::exchange::action::{Arrivals, UserAction};
use crate::exchange::client::ApiKey;
use crate::exchange::context::Context;
use crate::exchange::endpoint::{Endpoint, GET, Kind, POST, Route};
use crate::exchange::fault::Fault;
use crate::exchange::knob::read;
use crate::exchange::profile::Profile;
use crate::exchange::record::Finding;
use crate::parts::consent::Consents;
use endpoints::{DELETE, INFO, SECRET};
use history::History;
use host::{ENVIRONMENTS, Host};
use key::Key;
use knobs::WhiteBitKnobs;
use parameters::shaped;
use reads::Read;
use replies::{TOO_MANY_ATTEMPTS, message, private, public};
use serde_json::{Value, json};

/// WhiteBIT.
#[derive(Clone, Debug)]
pub struct WhiteBit {
    knobs: WhiteBitKnobs,
    hosts: [Host; 2],
}

impl Default for WhiteBit {
    fn default() -> WhiteBit {
        WhiteBit { knobs: WhiteBitKnobs::default(), hosts: ENVIRONMENTS.map(Host::new) }
    }
}

impl Exchange for WhiteBit {
    fn profile(&self) -> Profile {
        Profile {
            name: "whitebit",
            title: "WhiteBIT",
            environments: &ENVIRONMENTS,
            endpoints: endpoints::ALL,
            knobs: WhiteBitKnobs::described(),
            accent: None,
        }
    }

    fn duplicate(&self) -> Box<dyn Exchange> {
        Box::new(self.clone())
    }

    fn route(&self, path: &str) -> Option<Route> {
        Some(match path {
            "/auth/login" => Route::Endpoint(Endpoint::AUTHORIZE, GET),
            "/oauth2/token" => Route::Endpoint(Endpoint::TOKEN, POST),
            "/oauth2/refresh_token" => Route::Endpoint(Endpoint::REFRESH, POST),
            "/oauth2/api-key/info" => Route::Endpoint(INFO, GET),
            "/api/v4/public/time" => Route::Endpoint(Endpoint::TIME, GET),
            _ if path.starts_with("/api/v4/public/") => Route::Endpoint(Endpoint::PUBLIC, GET),
            _ if path.starts_with("/api/v4/accounts/") => {
                Route::Endpoint(Read::of_account_path(path)?.endpoint(), POST)
            }
            _ if is_private(path) => Route::Endpoint(Endpoint::SIGNED, POST),
            _ => {
                let rest = path.strip_prefix("/oauth2/api-key/")?;
                match rest.strip_suffix("/secret") {
                    Some(id) if !id.contains('/') => Route::Endpoint(SECRET, GET),
                    None if !rest.is_empty() && !rest.contains('/') => Route::Endpoint(DELETE, &["DELETE"]),
                    _ => return None,
                }
            }
        })
    }

    fn serve(&mut self, endpoint: Endpoint, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        let host = &mut self.hosts[context.environment];
        let context = &mut context.with(&self.knobs);
        match endpoint {
            Endpoint::AUTHORIZE => host.authorize(call, context),
            Endpoint::TOKEN => host.token(call, context),
            Endpoint::REFRESH => host.refresh(call, context),
            Endpoint::SIGNED => shaped(host.signed(call, context), self.knobs.validation_shape),
            Endpoint::TIME => host.time(call, context),
            Endpoint::PUBLIC => host.public_data(call, context),
            _ if endpoint.kind == Kind::Key => host.api_key(endpoint, call, context),
            _ if endpoint.kind == Kind::Read => {
                shaped(host.account_read(endpoint, call, context), self.knobs.validation_shape)
            }
            _ => message(404, "Not found."),
        }
    }

    fn page(&mut self, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        self.hosts[context.environment].consent(call, &mut context.with(&self.knobs))
    }

    fn refusal(&self, fault: Fault, endpoint: Endpoint, status: u16, _: &mut Context<'_>) -> Response {
        // A refused token of an account read: the shape of section 7, as in `account_read`.
        let is_read = endpoint.kind == Kind::Read && fault != Fault::TokenExpired;
        let message = match endpoint {
            _ if endpoint == Endpoint::SIGNED || is_read => |status, text: &str| private(status, 0, text),
            Endpoint::TIME | Endpoint::PUBLIC => public,
            _ => message,
        };
        match fault {
            // 7.2; no Retry-After is sent.
            Fault::Lock => message(423, "Temporary lock, retry shortly."),
            // 4: the shape of a 429 is undocumented at the OAuth endpoints; the usual one is taken.
            Fault::RateLimit => message(429, TOO_MANY_ATTEMPTS),
            Fault::TokenExpired => message(401, "Unauthorized."),
            Fault::OkWithError => message(200, "Invalid request"),
            _ => message(status, "Internal server error."),
        }
    }

    fn wrong_method(&self, endpoint: Endpoint, finding: &Finding, _: &mut Context<'_>) -> Response {
        match endpoint {
            _ if endpoint == Endpoint::SIGNED || endpoint.kind == Kind::Read => private(405, 0, &finding.detail),
            Endpoint::TIME | Endpoint::PUBLIC => public(405, &finding.detail),
            _ => message(405, &finding.detail),
        }
    }

    fn user(&self) -> Value {
        let WhiteBitKnobs { user_uid, user_two_factor, user_kyc, user_decision, .. } = &self.knobs;
        json!({"uid": user_uid, "two_factor": user_two_factor, "kyc": user_kyc, "decision": user_decision})
    }

    fn state(&self, environment: usize, now_ms: u64, with_values: bool) -> Value {
        self.hosts[environment].state_json(&self.knobs, now_ms, with_values)
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
        let knobs: WhiteBitKnobs = read(values)?;
        knobs.check()?;
        self.knobs = knobs;
        Ok(())
    }

    fn settle(&mut self, context: &mut Context<'_>) {
        self.hosts[context.environment].settle(&mut context.with(&self.knobs));
    }
}

/// V4's private paths: those that are signed. `public` is not.
fn is_private(path: &str) -> bool {
    path.strip_prefix("/api/v4/").is_some_and(|rest| !rest.is_empty() && !rest.starts_with("public/"))
}
