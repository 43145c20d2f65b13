//! WhiteBIT: the PKCE flow ("Fast API Key") and its key endpoints, and the plain code grant. Section
//! numbers are those of the fact sheet.

mod accounts;
mod authorize;
mod history;
mod key;
mod parameters;
mod permissions;
mod reads;
mod signed;
mod token;
mod user;

use history::Histories;
use key::Key;
use parameters::shaped;
use reads::Read;
use signed::{TOO_MANY_ATTEMPTS, private, public};

use super::consent::Desk;
use super::grants::{Codes, Pairs};
use super::limits::Limits;
use super::{Arrivals, Context, Endpoint, Environment, GET, Host, POST, Route, UserAction};
use crate::config::ApiKey;
use crate::faults::Fault;
use crate::http::{Call, Response};
use crate::knobs::Knobs;
use crate::record::Finding;
use serde_json::{Value, json};

/// One WhiteBIT host.
#[derive(Clone, Debug)]
pub(crate) struct WhiteBit {
    environment: Environment,
    desk: Desk,
    codes: Codes,
    pairs: Pairs,
    keys: Vec<Key>,
    histories: Histories,
    limits: Limits,
}

impl WhiteBit {
    pub fn new(environment: Environment) -> WhiteBit {
        WhiteBit {
            environment,
            desk: Desk::default(),
            codes: Codes::default(),
            pairs: Pairs::default(),
            keys: Vec::new(),
            histories: Histories::default(),
            limits: Limits::default(),
        }
    }
}

impl Host for WhiteBit {
    fn route(&self, path: &str) -> Option<Route> {
        Some(match path {
            "/consent" | "/consent.css" => Route::Page,
            "/auth/login" => Route::Endpoint(Endpoint::Authorize, GET),
            "/oauth2/token" => Route::Endpoint(Endpoint::Token, POST),
            "/oauth2/refresh_token" => Route::Endpoint(Endpoint::Refresh, POST),
            "/oauth2/api-key/info" => Route::Endpoint(Endpoint::Info, GET),
            "/api/v4/public/time" => Route::Endpoint(Endpoint::Time, GET),
            _ if path.starts_with("/api/v4/public/") => Route::Endpoint(Endpoint::Public, GET),
            _ if path.starts_with("/api/v4/accounts/") => {
                Route::Endpoint(Read::of_account_path(path)?.endpoint(), POST)
            }
            _ if is_private(path) => Route::Endpoint(Endpoint::Signed, POST),
            _ => {
                let rest = path.strip_prefix("/oauth2/api-key/")?;
                match rest.strip_suffix("/secret") {
                    Some(id) if !id.contains('/') => Route::Endpoint(Endpoint::Secret, GET),
                    None if !rest.is_empty() && !rest.contains('/') => Route::Endpoint(Endpoint::Delete, &["DELETE"]),
                    _ => return None,
                }
            }
        })
    }

    fn serve(&mut self, endpoint: Endpoint, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        match endpoint {
            Endpoint::Authorize => self.authorize(call, context),
            Endpoint::Token => self.token(call, context),
            Endpoint::Refresh => self.refresh(call, context),
            Endpoint::Info | Endpoint::Secret | Endpoint::Delete => self.api_key(endpoint, call, context),
            Endpoint::Signed => {
                let response = self.signed(call, context);
                shaped(response, context.knobs.whitebit.validation_shape)
            }
            Endpoint::Time => self.time(call, context),
            Endpoint::Public => self.public_data(call, context),
            _ if endpoint.is_account_read() => {
                let response = self.account_read(endpoint, call, context);
                shaped(response, context.knobs.whitebit.validation_shape)
            }
            _ => message(404, "Not found."),
        }
    }

    fn refusal(&self, fault: Fault, endpoint: Endpoint, status: u16, _: &Context<'_>) -> Response {
        // A refused token of an account read: the shape of section 7, as in `account_read`.
        let is_private = endpoint == Endpoint::Signed || endpoint.is_account_read() && fault != Fault::TokenExpired;
        let message = match endpoint {
            _ if is_private => |status, text: &str| private(status, 0, text),
            Endpoint::Time | Endpoint::Public => public,
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

    fn wrong_method(&self, endpoint: Endpoint, finding: &Finding, _: &Context<'_>) -> Response {
        match endpoint {
            _ if endpoint == Endpoint::Signed || endpoint.is_account_read() => private(405, 0, &finding.detail),
            Endpoint::Time | Endpoint::Public => public(405, &finding.detail),
            _ => message(405, &finding.detail),
        }
    }

    fn plant(&mut self, key: &ApiKey, uid: u64) {
        self.keys.push(Key::planted(key, uid));
    }

    fn act(&mut self, action: UserAction, context: &mut Context<'_>) -> Result<Value, String> {
        self.user_acts(action, context)
    }

    fn arrive(&mut self, rows: &Arrivals, context: &mut Context<'_>) -> Result<Value, String> {
        let uid = rows.user.unwrap_or(context.knobs.whitebit.user_uid);
        Ok(self.histories.of(uid, context).arrive(rows, context.now_ms))
    }

    fn follow_clock(&mut self, context: &Context<'_>) {
        for key in &mut self.keys {
            key.idle_from_ms.get_or_insert(context.now_ms);
            key.status = key.status_at(context.now_ms, context.knobs.whitebit.inactivity);
        }
    }

    fn follow_knobs(&mut self, before: Option<&Knobs>, context: &mut Context<'_>) {
        let staged = context.knobs.whitebit.user_existing_key;
        if before.is_none_or(|before| before.whitebit.user_existing_key != staged) {
            self.stage_existing_key(before.is_none(), context);
        }
        let past = |knobs: &Knobs| (knobs.whitebit.history_rows, knobs.whitebit.history_days, knobs.whitebit.odd_enums);
        if before.is_none_or(|before| past(before) != past(context.knobs)) {
            self.histories.forget();
        }
    }

    fn state(&self, knobs: &Knobs, now_ms: u64, with_values: bool) -> Value {
        self.state_json(&knobs.whitebit, now_ms, with_values)
    }
}

/// V4's private paths: those that are signed. `public` is not.
fn is_private(path: &str) -> bool {
    path.strip_prefix("/api/v4/").is_some_and(|rest| !rest.is_empty() && !rest.starts_with("public/"))
}

/// The error body of sections 4 and 7.
fn message(status: u16, text: &str) -> Response {
    Response::json(status, &json!({"data": {"message": [text]}}))
}

/// The validation body of section 4, which has no `data`: one array per field name.
fn invalid_fields(findings: &[Finding]) -> Response {
    let mut errors = serde_json::Map::new();
    for finding in findings {
        // `validation.required` is documented; the rest is the sandbox's own text.
        let text = match finding.rule {
            "missing_field" => "validation.required".to_owned(),
            rule => format!("sandbox.{rule}: {}", finding.detail),
        };
        match errors.entry(finding.field.as_str()).or_insert(json!([])) {
            Value::Array(texts) => texts.push(json!(text)),
            other => *other = json!([text]),
        }
    }
    Response::json(422, &json!({"errors": errors, "notification": null}))
}

/// How the classic flow, its refresh and its reads answer once they are removed (15). Neither is documented.
fn classic_flow_gone(context: &Context<'_>) -> Option<(u16, &'static str)> {
    match context.knobs.whitebit.classic_flow_status {
        404 => Some((404, "Not found.")),
        410 => Some((410, "Gone.")),
        _ => None,
    }
}

/// The scopes of every WhiteBIT client: frozen at registration, all of them in each token (3). A client
/// stands for two registrations here, one for each flow (2).
fn granted_scopes(makes_key: bool, context: &Context<'_>) -> Vec<String> {
    let knobs = &context.knobs.whitebit;
    let scopes = if makes_key { &knobs.granted_scopes } else { &knobs.plain_scopes };
    scopes.split(',').map(str::trim).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}
