//! The admin page: what the admin endpoints offer, for a person at a browser. No script; each form
//! stands for one admin call, `POST /_sandbox/form/{method}/{path}`.

mod exchanges;
mod form;
mod state;
mod view;

use crate::admin::administer;
use crate::base::http::{Call, Request, Response, encode_pairs};
use crate::base::template::fill;
use crate::engine::sandbox::Sandbox;
use crate::exchange::fault::Fault;
use crate::parts::pages;
use exchanges::Filter;
use serde_json::Value;
use state::{date, plain, span};
use view::{fault_options, hold, options, steps, to_json};

const PAGE: &str = include_str!("../../pages/console.html");
const STYLE: &str = include_str!("../../pages/console.css");

const ROOT: &str = "/_sandbox";

/// The page, its style sheet, or one of its forms; `None` where an admin endpoint is meant.
pub(crate) fn answer(sandbox: &mut Sandbox, call: &Call<'_>, now_ms: u64) -> Option<Response> {
    match (call.method(), call.path) {
        ("GET", "") => Some(Response::redirect(302, "/_sandbox/")),
        ("GET", "/") => {
            let filter = Filter::of(call, &sandbox.hosts);
            Some(page(sandbox, 200, Notice::of(call), &filter, now_ms))
        }
        ("GET", "/consent.css") => Some(style(sandbox)),
        ("POST", path) => {
            let (method, path) = path.strip_prefix("/form/")?.split_once('/')?;
            Some(submit(sandbox, method, path, call, now_ms))
        }
        _ => None,
    }
}

fn submit(sandbox: &mut Sandbox, method: &str, path: &str, call: &Call<'_>, now_ms: u64) -> Response {
    let fields = call.form_pairs();
    let outcome = if !form::is_own(call, sandbox.config.scheme()) {
        Err((403, "Forms of other sites' pages are refused.".into()))
    } else if !call.has_form_body() {
        Err((415, "The admin page's forms are sent as forms.".into()))
    } else {
        let request = Request {
            method: method.to_ascii_uppercase(),
            target: format!("{ROOT}/{path}"),
            headers: vec![("content-type".into(), "application/json".into())],
            body: form::to_json(&fields, &to_json(&sandbox.knobs())).to_string().into_bytes(),
        };
        administer(sandbox, &Call { request: &request, path: &format!("/{path}"), query: None }, now_ms)
    };
    match outcome {
        // To a page that can be loaded again without doing it again.
        Ok(answer) => Notice::after(method, path, &fields, &answer).redirect(),
        Err((status, text)) => {
            let filter = Filter::of(call, &sandbox.hosts);
            page(sandbox, status, Some(Notice::error(text)), &filter, now_ms)
        }
    }
}

fn page(sandbox: &Sandbox, status: u16, notice: Option<Notice>, filter: &Filter, now_ms: u64) -> Response {
    let notices = |place: &str| notice.as_ref().filter(|n| n.place == place).map_or(String::new(), Notice::html);
    let now = sandbox.clock(now_ms);
    let clock = sandbox.clock.to_json(now_ms);
    let offset = clock["offset_ms"].as_i64().unwrap_or(0);
    let running = match (sandbox.clock.is_held(), offset / 1000) {
        (true, _) => "held still".into(),
        (false, 0) => "running, the same as this machine’s".into(),
        (false, s) => {
            let side = if s > 0 { "ahead of" } else { "behind" };
            format!("running, {} {side} this machine’s", span(offset.unsigned_abs()))
        }
    };
    let seen = sandbox.requests().len();
    let (exchanges, newest) = exchanges::exchanges(sandbox, filter);
    let endpoints: Vec<&str> = sandbox.hosts.endpoints().iter().map(|endpoint| endpoint.name).collect();
    let faults: u64 = sandbox.open_faults().iter().map(|order| u64::from(order.count)).sum();
    let body = fill(
        PAGE,
        &[
            ("notice", &notices("")),
            ("exchanged", &seen.to_string()),
            ("newest", &newest),
            ("violated", &sandbox.violations().len().to_string()),
            ("violated_class", if sandbox.violations().is_empty() { "good" } else { "bad" }),
            ("queued", &faults.to_string()),
            ("violations", &exchanges::violations(sandbox)),
            ("filter", &filter.html(&sandbox.hosts)),
            ("exchanges", &exchanges),
            ("date", &date(now)),
            ("now_ms", &now.to_string()),
            ("running", &running),
            ("steps", &steps()),
            ("hold", &hold(sandbox.clock.is_held())),
            ("clock_notice", &notices("clock")),
            ("actions", &view::actions(sandbox)),
            ("actions_notice", &notices("actions")),
            ("faults", &view::faults(sandbox)),
            ("faults_notice", &notices("faults")),
            ("endpoints", &options(&endpoints)),
            ("venues", &options(&sandbox.hosts.venues())),
            ("fault_names", &fault_options(form::names_of::<Fault>())),
            ("accounts", &view::accounts(sandbox, now_ms)),
            ("knobs", &view::knobs(sandbox)),
            ("knobs_notice", &notices("knobs")),
        ],
    );
    let title = if status == 200 { "Admin page" } else { "Error: admin page" };
    let mut response = pages::page(status, ROOT, "console", title, &body, "");
    // With no-referrer, browsers without Sec-Fetch-Site would send the forms with `Origin: null`.
    for (name, value) in &mut response.headers {
        if name == "referrer-policy" {
            *value = "same-origin".into();
        }
    }
    response
}

/// The pages' own style sheet, and what only this one needs.
fn style(sandbox: &Sandbox) -> Response {
    let mut style = pages::style(&sandbox.hosts.profiles);
    style.body.extend_from_slice(STYLE.as_bytes());
    style
}

/// What became of a form, said in the section that it belongs to.
struct Notice {
    place: String,
    text: String,
    failed: bool,
}

impl Notice {
    fn error(text: String) -> Notice {
        Notice { place: String::new(), text, failed: true }
    }

    fn after(method: &str, path: &str, fields: &[(String, String)], answer: &Value) -> Notice {
        let field = |name: &str| fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.as_str());
        let (place, text) = match (method, path.split('/').next().unwrap_or("")) {
            ("post", "clock") => ("clock", "The clock is set.".to_owned()),
            ("delete", "faults") => ("faults", "The queued faults are forgotten.".to_owned()),
            (_, "faults") => ("faults", format!("Queued: {} at {}.", field("fault"), field("endpoint"))),
            (_, "knobs") => ("knobs", "The knobs are saved.".to_owned()),
            (_, "user") => ("actions", format!("Done: {}. It met: {}.", field("action"), plain(answer))),
            (_, "reset") => ("", "The sandbox has started over.".to_owned()),
            _ => ("", "Done.".to_owned()),
        };
        Notice { place: place.to_owned(), text, failed: false }
    }

    fn redirect(&self) -> Response {
        let query = encode_pairs([("at", self.place.as_str()), ("done", &self.text)]);
        let fragment = if self.place.is_empty() { String::new() } else { format!("#{}", self.place) };
        Response::redirect(303, &format!("{ROOT}/?{query}{fragment}"))
    }

    /// The notice of the redirect; of any other text a link could bring, nothing.
    fn of(call: &Call<'_>) -> Option<Notice> {
        let pairs = call.query_pairs();
        let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
        let (place, text) = (value("at")?, value("done")?);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || " _,.:-".contains(c);
        let fits = text.len() <= 160 && text.chars().all(is_plain);
        fits.then_some(Notice { place, text, failed: false })
    }

    fn html(&self) -> String {
        let (class, role) = if self.failed { ("notice bad", "alert") } else { ("notice", "status") };
        let values = [("class", class), ("role", role), ("text", &self.text)];
        fill("<p class=\"{{class}}\" role=\"{{role}}\">{{text}}</p>\n", &values)
    }
}
