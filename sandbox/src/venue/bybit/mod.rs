//! Bybit: from the authorize page to the key, for brokers and for the AI agent. Section numbers are
//! those of the fact sheet.

mod accounts;
mod agent;
mod authorize;
mod consent;
mod orders;
mod resource;
mod signed;
mod token;
mod user;
mod v5;

use super::consent::{Consents, Desk};
use super::grants::{Codes, Pairs};
use super::limits::{Limits, Room};
use super::{Context, Endpoint, Environment, GET, Host, POST, Route, UserAction};
use crate::config::ApiKey;
use crate::faults::Fault;
use crate::http::{Call, Response};
use crate::knobs::{BybitKnobs, Digits, Knobs, Naming, UserAgent};
use crate::pages;
use crate::record::Finding;
use accounts::SubAccount;
use resource::Key;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The headless flow's last page (2, 3.3).
const CODE_PAGE: &str = "/oauth/callback";
/// The same with the slash that may be inserted before the question mark (3.1).
const CODE_PAGE_WITH_SLASH: &str = "/oauth/callback/";
/// The only scope a broker has without a special agreement (2).
const BROKER_SCOPE: &str = "openapi";
/// The access token has expired: documented for ai_accounts (6.3), used for its neighbours too.
const TOKEN_EXPIRED: u32 = 33_004;
/// V5's "permission denied" (9): which code a missing scope gives is undocumented.
const PERMISSION_DENIED: u32 = 10_005;

/// One Bybit environment. The authorize page and the OAuth API share a base here.
#[derive(Clone, Debug)]
pub(crate) struct Bybit {
    environment: Environment,
    desk: Desk,
    codes: Codes,
    pairs: Pairs,
    keys: Vec<Key>,
    /// By user; an entry means that the user has been given those to begin with.
    sub_accounts: BTreeMap<u64, Vec<SubAccount>>,
    sub_accounts_made: u64,
    limits: Limits,
    banned_until_ms: u64,
}

impl Bybit {
    pub fn new(environment: Environment) -> Bybit {
        Bybit {
            environment,
            desk: Desk::default(),
            codes: Codes::default(),
            pairs: Pairs::default(),
            keys: Vec::new(),
            sub_accounts: BTreeMap::new(),
            sub_accounts_made: 0,
            limits: Limits::default(),
            banned_until_ms: 0,
        }
    }

    /// Refuses a request that a web application firewall would drop (4, B10): without a User-Agent of
    /// its own, or without a browser's. The API endpoints only; a browser brings its own.
    fn user_agent(call: &Call<'_>, context: &mut Context<'_>) -> Option<Response> {
        let agent = call.header("user-agent").unwrap_or("").trim();
        let detail = match context.knobs.bybit.user_agent {
            UserAgent::Any => return None,
            _ if agent.is_empty() => "Bybit needs a User-Agent; the request has none.",
            UserAgent::Own if is_library_default(agent) => {
                "Bybit may drop a library's default User-Agent; send one of your own."
            }
            // What every browser's begins with.
            UserAgent::Browser if !agent.starts_with("Mozilla/5.0 (") => "The User-Agent must be a browser's.",
            UserAgent::Own | UserAgent::Browser => return None,
        };
        context.violate(&[Finding::new("user_agent", "user-agent", detail)]);
        Some(pages::firewall(detail))
    }
}

/// Whether an HTTP library sends this User-Agent unless told otherwise.
fn is_library_default(agent: &str) -> bool {
    const LIBRARIES: [&str; 21] = [
        "aiohttp",
        "apache-httpclient",
        "axios",
        "bun",
        "curl",
        "dalvik",
        "dart",
        "deno",
        "go-http-client",
        "got",
        "hyper",
        "java",
        "java-http-client",
        "ktor",
        "libwww-perl",
        "node",
        "node-fetch",
        "okhttp",
        "python",
        "undici",
        "wget",
    ];
    let agent = agent.to_ascii_lowercase();
    let product = agent.split(['/', ' ']).next().unwrap_or("");
    LIBRARIES.contains(&product)
        || product.starts_with("python-")
        // What URLSession composes of the app's name and its own.
        || agent.contains(" cfnetwork/")
}

impl Host for Bybit {
    fn route(&self, path: &str) -> Option<Route> {
        Some(match path {
            "/consent" | "/consent.css" | CODE_PAGE | CODE_PAGE_WITH_SLASH => Route::Page,
            "/oauth/v1/public/access_token" => Route::Endpoint(Endpoint::Token, POST),
            "/oauth/v1/public/refresh_token" => Route::Endpoint(Endpoint::Refresh, POST),
            "/oauth/v1/resource/restrict/uid_bearer" => Route::Endpoint(Endpoint::Uid, GET),
            "/oauth/v1/resource/restrict/openapi" => Route::Endpoint(Endpoint::Openapi, GET),
            "/oauth/v1/resource/restrict/ai_accounts" => Route::Endpoint(Endpoint::AiAccounts, GET),
            "/v5/market/time" => Route::Endpoint(Endpoint::Time, GET),
            _ if path.starts_with("/v5/market/") => Route::Endpoint(Endpoint::Public, GET),
            "/v5/user/query-api" => Route::Endpoint(Endpoint::Signed, GET),
            _ if orders::is_listed(path) => Route::Endpoint(Endpoint::Signed, POST),
            _ if path.starts_with("/v5/") => Route::Endpoint(Endpoint::Signed, &["GET", "POST"]),
            _ => {
                // The locale segment is optional and varies (1).
                let locale = path.strip_suffix("/oauth")?;
                if !locale.is_empty() && !is_locale(locale) {
                    return None;
                }
                Route::Endpoint(Endpoint::Authorize, GET)
            }
        })
    }

    fn serve(&mut self, endpoint: Endpoint, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        match endpoint {
            Endpoint::Authorize => return self.authorize(call, context),
            // Another host, of which no such firewall is told.
            Endpoint::Signed => return self.signed(call, context),
            Endpoint::Time => return self.time(call, context),
            Endpoint::Public => return self.public(context),
            _ => {}
        }
        if let Some(refused) = Bybit::user_agent(call, context) {
            return refused;
        }
        match endpoint {
            Endpoint::Token => self.token(call, context),
            Endpoint::Refresh => self.refresh(call, context),
            _ => self.resource(endpoint, call, context),
        }
    }

    /// No limit and no error status of the OAuth host is documented (11); codes are V5's (9).
    fn refusal(&self, fault: Fault, endpoint: Endpoint, status: u16, context: &Context<'_>) -> Response {
        let at_v5 = is_v5(endpoint);
        if at_v5 && fault == Fault::RateLimit {
            let reset_ms = (context.now_ms / 1000).saturating_add(1).saturating_mul(1000);
            return signed::too_many(Room { limit: 10, left: None, reset_ms }, context);
        }
        let (status, code, text) = match fault {
            Fault::TokenExpired => return error(endpoint, TOKEN_EXPIRED, "access token expired", context),
            Fault::RateLimit => (429, 10_006, "Too many visits!"),
            Fault::OkWithError => (200, 10_016, "Server error."),
            _ => (status, 10_016, "Server error."),
        };
        if at_v5 {
            return v5::refused(status, code, text, context);
        }
        let mut response = error(endpoint, code, text, context);
        response.status = status;
        response
    }

    fn wrong_method(&self, endpoint: Endpoint, finding: &Finding, context: &Context<'_>) -> Response {
        match endpoint {
            // 400 stands for a wrong method (9).
            _ if is_v5(endpoint) => v5::refused(400, 10_001, &finding.detail, context),
            _ => error(endpoint, 10_001, &finding.detail, context),
        }
    }

    fn plant(&mut self, key: &ApiKey, uid: u64) {
        self.keys.push(Key {
            api_key: key.api_key.clone(),
            api_secret: key.api_secret.clone(),
            uid,
            client_id: None,
            lives: true,
            created_ms: None,
            password_changed_ms: None,
        });
    }

    fn act(&mut self, action: UserAction, context: &mut Context<'_>) -> Result<Value, String> {
        self.user_acts(action, context)
    }

    fn page(&mut self, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        match call.path {
            "/consent.css" => pages::style(),
            "/consent" => self.consent(call, context),
            _ => self.code_page(call, context),
        }
    }

    fn follow_clock(&mut self, context: &Context<'_>) {
        for key in &mut self.keys {
            key.created_ms.get_or_insert(context.now_ms);
        }
        self.date_sub_accounts(context.now_ms);
    }

    fn follow_knobs(&mut self, before: Option<&Knobs>, context: &mut Context<'_>) {
        self.stage_sub_accounts(before, context);
    }

    fn state(&self, _: &Knobs, now_ms: u64, with_values: bool) -> Value {
        self.state_json(now_ms, with_values)
    }
}

fn is_v5(endpoint: Endpoint) -> bool {
    matches!(endpoint, Endpoint::Signed | Endpoint::Time | Endpoint::Public)
}

/// `/en`, `/zh-MY`.
fn is_locale(segment: &str) -> bool {
    let parts: Vec<&str> = segment.trim_start_matches('/').split('-').collect();
    segment.starts_with('/')
        && (1..=2).contains(&parts.len())
        && parts.iter().all(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_alphabetic()))
}

fn naming(endpoint: Endpoint, code: u32, knobs: &BybitKnobs) -> Naming {
    match endpoint {
        Endpoint::AiAccounts if code == 0 => knobs.ai_naming,
        Endpoint::AiAccounts => knobs.ai_error_naming,
        Endpoint::Uid => knobs.uid_naming,
        Endpoint::Openapi => knobs.openapi_naming,
        _ => knobs.token_naming,
    }
}

fn code_value(code: u32, knobs: &BybitKnobs) -> Value {
    match knobs.code_type {
        Digits::Number => json!(code),
        Digits::String => json!(code.to_string()),
    }
}

/// An envelope in the endpoint's style (7).
fn envelope(endpoint: Endpoint, code: u32, text: &str, result: Value, knobs: &BybitKnobs) -> Value {
    let (code_name, text_name) = match naming(endpoint, code, knobs) {
        Naming::Camel => ("retCode", "retMsg"),
        Naming::Snake => ("ret_code", "ret_msg"),
    };
    let mut body = json!({"result": result});
    body[code_name] = code_value(code, knobs);
    body[text_name] = json!(text);
    body
}

/// An error; the HTTP status of these is undocumented and a knob (4).
fn error(endpoint: Endpoint, code: u32, text: &str, context: &Context<'_>) -> Response {
    let knobs = &context.knobs.bybit;
    let mut body = envelope(endpoint, code, text, json!({}), knobs);
    if naming(endpoint, code, knobs) == Naming::Camel {
        body["retExtInfo"] = json!({});
        body["time"] = json!(context.now_ms);
    }
    Response::json(knobs.error_http_status, &body)
}

/// An undocumented call: a parameter error that names what is wrong.
fn refuse(endpoint: Endpoint, findings: &[Finding], context: &mut Context<'_>) -> Response {
    context.violate(findings);
    let texts: Vec<&str> = findings.iter().map(|f| f.detail.as_str()).collect();
    error(endpoint, 10_001, &texts.join(" "), context)
}
