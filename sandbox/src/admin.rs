//! The endpoints under `/_sandbox/`: switches, clock, faults, and what was seen.

use crate::base::http::{Call, Response};
use crate::engine::sandbox::Sandbox;
use crate::exchange::action::{Arrivals, UserAction};
use crate::exchange::consent::{Consent, Decision};
use crate::exchange::fault::FaultOrder;
use crate::har;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetClock {
    /// What it reads from now on; where it stands, when absent.
    now_ms: Option<u64>,
    /// Whether it stands still; as before, when absent.
    held: Option<bool>,
}

/// An authorize URL, and what the user answers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    url: String,
    decision: Decision,
    permissions: Option<Vec<String>>,
    otp: Option<String>,
    user: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Act {
    action: UserAction,
    /// Who acts; the demo user when absent.
    user: Option<u64>,
}

/// So many requests are shown at once.
const PAGE: usize = 1000;

/// The query of `requests`: those that came after the one with this `seq` and since this moment, so many of them.
struct Page {
    after: u64,
    since_ms: u64,
    limit: usize,
    values: bool,
}

impl Page {
    fn of(call: &Call<'_>) -> Result<Page, (u16, String)> {
        let mut page = Page { after: 0, since_ms: 0, limit: PAGE, values: false };
        for (name, value) in call.query_pairs() {
            let fits = match name.as_str() {
                "after" => value.parse().map(|after| page.after = after).is_ok(),
                "since" => value.parse().map(|since_ms| page.since_ms = since_ms).is_ok(),
                "limit" => value.parse().map(|limit| page.limit = limit).is_ok() && (1..=PAGE).contains(&page.limit),
                "values" => value.parse().map(|values| page.values = values).is_ok(),
                _ => false,
            };
            if !fits {
                let text = format!(
                    "The query takes after (a seq), since (Unix milliseconds), limit (1 to {PAGE}) and values (true or \
                     false)."
                );
                return Err((400, text));
            }
        }
        Ok(page)
    }
}

pub(crate) type Outcome = Result<Value, (u16, String)>;

/// Answers an admin endpoint; `call.path` is the part after `/_sandbox`.
pub(crate) fn answer(sandbox: &mut Sandbox, call: &Call<'_>, now_ms: u64) -> Response {
    // A page of another site could otherwise reach the switches through the user's browser.
    let outcome = if call.header("sec-fetch-site") == Some("cross-site") {
        Err((403, "Other sites' pages may not use the admin endpoints.".into()))
    } else {
        administer(sandbox, call, now_ms)
    };
    match outcome {
        Ok(body) => Response::json(200, &body),
        Err((status, text)) => Response::json(status, &json!({"error": text})),
    }
    .no_store()
}

/// The description of these endpoints (OpenAPI 3.1). Its version is the crate's.
const OPENAPI: &str = include_str!("../openapi.json");

/// Method and path of each. What is not among them is not there, and `tests/openapi.rs` holds the description to them.
pub(crate) const ROUTES: [(&str, &str); 19] = [
    ("GET", "/health"),
    ("GET", "/openapi.json"),
    ("GET", "/hosts"),
    ("GET", "/knobs"),
    ("PATCH", "/knobs"),
    ("GET", "/clock"),
    ("POST", "/clock"),
    ("POST", "/clock/advance"),
    ("GET", "/faults"),
    ("POST", "/faults"),
    ("DELETE", "/faults"),
    ("GET", "/requests"),
    ("GET", "/har"),
    ("GET", "/violations"),
    ("GET", "/state"),
    ("POST", "/consent"),
    ("POST", "/history"),
    ("POST", "/user/{venue}/{environment}/action"),
    ("POST", "/reset"),
];

pub(crate) fn administer(sandbox: &mut Sandbox, call: &Call<'_>, now_ms: u64) -> Outcome {
    let action = call.path.strip_prefix("/user").and_then(|rest| rest.strip_suffix("/action"));
    let path = if action.is_some() { "/user/{venue}/{environment}/action" } else { call.path };
    if !ROUTES.contains(&(call.method(), path)) {
        return Err(match (call.method(), action) {
            (_, Some(_)) => (405, "A user action is a POST.".into()),
            (method, None) => (404, format!("There is no admin endpoint {method} {path}.")),
        });
    }
    if let Some(place) = action {
        return user_action(sandbox, call, place, now_ms);
    }
    match (call.method(), call.path) {
        ("GET", "/openapi.json") => serde_json::from_str(OPENAPI).map_err(|error| (500, error.to_string())),
        ("GET", "/health") => Ok(json!({"status": "ok"})),
        ("GET", "/hosts") => Ok(json!({"hosts": sandbox.host_list()})),
        ("GET", "/knobs") => to_json(&sandbox.knobs()),
        ("PATCH", "/knobs") => {
            let patch: Value = body(call)?;
            let knobs = sandbox.knobs().patched(&patch).map_err(bad)?;
            sandbox.set_knobs(knobs, now_ms).map_err(bad)?;
            to_json(&sandbox.knobs())
        }
        ("POST", "/clock/advance") => {
            let advance: Advance = body(call)?;
            sandbox.advance_clock(advance.ms);
            Ok(sandbox.clock.to_json(now_ms))
        }
        ("GET", "/clock") => Ok(sandbox.clock.to_json(now_ms)),
        ("POST", "/clock") => {
            let set: SetClock = body(call)?;
            if let Some(held) = set.held {
                sandbox.hold_clock(held, now_ms);
            }
            if let Some(to_ms) = set.now_ms {
                sandbox.set_clock(to_ms, now_ms);
            }
            Ok(sandbox.clock.to_json(now_ms))
        }
        ("GET", "/faults") => to_json(&sandbox.open_faults()),
        ("POST", "/faults") => {
            let order: FaultOrder = body(call)?;
            sandbox.queue_fault(order).map_err(bad)?;
            to_json(&sandbox.open_faults())
        }
        ("DELETE", "/faults") => {
            sandbox.clear_faults();
            to_json(&sandbox.open_faults())
        }
        ("GET", "/requests") => {
            let page = Page::of(call)?;
            let mut after =
                sandbox.requests().iter().filter(|record| record.seq > page.after && record.at_ms >= page.since_ms);
            let requests: Vec<Value> = after.by_ref().take(page.limit).map(|r| r.to_json(page.values)).collect();
            Ok(json!({"requests": requests, "more": after.next().is_some()}))
        }
        ("GET", "/har") => {
            let origin = format!("{}://{}", sandbox.config.scheme(), call.header("host").unwrap_or("localhost"));
            Ok(har::archive(sandbox, &origin, wants_values(call)?))
        }
        ("GET", "/violations") => Ok(json!({"violations": to_json(sandbox.violations())?})),
        ("GET", "/state") => Ok(sandbox.state(now_ms, wants_values(call)?)),
        ("POST", "/consent") => {
            let Asked { url, decision, permissions, otp, user } = body(call)?;
            let consent = Consent { decision, permissions, otp, user };
            to_json(&sandbox.consent(&url, consent, now_ms).map_err(|text| (422, text))?)
        }
        ("POST", "/history") => {
            let rows: Arrivals = body(call)?;
            sandbox.rows_arrive(&rows, now_ms).map_err(bad)
        }
        ("POST", "/reset") => {
            sandbox.reset();
            Ok(json!({"status": "reset"}))
        }
        (method, path) => Err((404, format!("There is no admin endpoint {method} {path}."))),
    }
}

fn user_action(sandbox: &mut Sandbox, call: &Call<'_>, place: &str, now_ms: u64) -> Outcome {
    let Some(host) = sandbox.hosts.all.iter().find(|host| host.prefix == place) else {
        let places = sandbox.hosts.prefixes().join(", ");
        return Err((404, format!("There is no host {place}; there are {places}.")));
    };
    let (venue, environment) = (host.venue, host.name);
    let act: Act = body(call)?;
    sandbox.user_acts(venue, environment, act.action, act.user, now_ms).map_err(bad)
}

fn bad(text: String) -> (u16, String) {
    (400, text)
}

fn to_json(value: &(impl serde::Serialize + ?Sized)) -> Outcome {
    serde_json::to_value(value).map_err(|e| (500, format!("The answer has no JSON form: {e}.")))
}

/// The JSON body; its content type must say so, which keeps plain forms of other sites out.
fn body<T: DeserializeOwned>(call: &Call<'_>) -> Result<T, (u16, String)> {
    if call.content_type().as_deref() != Some("application/json") {
        return Err((415, "The body must be JSON, with content-type application/json.".into()));
    }
    serde_json::from_slice(&call.request.body).map_err(|e| (400, format!("The body does not fit: {e}.")))
}

fn wants_values(call: &Call<'_>) -> Result<bool, (u16, String)> {
    match call.query {
        None | Some("") | Some("values=false") => Ok(false),
        Some("values=true") => Ok(true),
        Some(_) => Err((400, "The only query here is values=true.".into())),
    }
}
