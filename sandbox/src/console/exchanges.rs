//! What was sent and answered, by a filter, and what of it no documentation covers.

use super::state::time;
use super::view::{name, options, place_of};
use crate::base::http::Call;
use crate::base::template::fill;
use crate::engine::hosts::Hosts;
use crate::engine::sandbox::Sandbox;
use crate::exchange::record::{Record, Recorded, Violation, header_list};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const EXCHANGE: &str = include_str!("../../pages/console-exchange.html");
const FILTER: &str = include_str!("../../pages/console-filter.html");

/// So many exchanges are shown, the first unless another is chosen; the endpoint `requests` has them all.
const SHOWN: [usize; 3] = [20, 100, 1000];
/// So much of a body is shown, in bytes.
const BODY_SHOWN: usize = 8 << 10;
/// So many kinds of violations are open to see at once; further ones are a click away.
const VIOLATIONS_OPEN: usize = 20;

/// What came of a request, as one may look for it.
const OUTCOMES: [(&str, &str); 4] = [
    ("error", "errors"),
    ("undocumented", "not as documented"),
    ("noted", "answered all the same"),
    ("fault", "faults"),
];

/// Which exchanges to show.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    venue: String,
    endpoint: String,
    outcome: String,
    shown: usize,
}

impl Filter {
    /// From the page's query. What names nothing filters nothing.
    pub fn of(call: &Call<'_>, hosts: &Hosts) -> Filter {
        let pairs = call.query_pairs();
        let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.as_str());
        let known = |name: &str, known: &[&str]| {
            let value = value(name);
            if known.contains(&value) { value.to_owned() } else { String::new() }
        };
        let endpoints: Vec<&str> = hosts.endpoints().iter().map(|endpoint| endpoint.name).collect();
        let shown = value("shown").parse().ok().filter(|shown| SHOWN.contains(shown));
        Filter {
            venue: known("venue", &hosts.venues()),
            endpoint: known("endpoint", &endpoints),
            outcome: known("outcome", &OUTCOMES.map(|(name, _)| name)),
            shown: shown.unwrap_or(SHOWN[0]),
        }
    }

    fn takes(&self, record: &Record, violated: bool) -> bool {
        let outcome = match self.outcome.as_str() {
            "error" => record.status.is_none_or(|status| status >= 400),
            "undocumented" => violated,
            "noted" => !record.notes.is_empty(),
            "fault" => record.fault.is_some(),
            _ => true,
        };
        outcome
            && (self.venue.is_empty() || record.venue == Some(self.venue.as_str()))
            && (self.endpoint.is_empty() || record.endpoint == self.endpoint)
    }

    /// The form that chooses another.
    pub fn html(&self, hosts: &Hosts) -> String {
        let endpoints: Vec<&str> = hosts.endpoints().iter().map(|endpoint| endpoint.name).collect();
        let outcomes =
            OUTCOMES.iter().map(|(value, label)| option(value, label, *value == self.outcome)).collect::<String>();
        let shown = SHOWN.iter().map(|n| option(&n.to_string(), &n.to_string(), *n == self.shown)).collect::<String>();
        fill(
            FILTER,
            &[
                ("venues", &chosen(&options(&hosts.venues()), &self.venue)),
                ("endpoints", &chosen(&options(&endpoints), &self.endpoint)),
                ("outcomes", &outcomes),
                ("shown", &shown),
            ],
        )
    }
}

fn option(value: &str, label: &str, selected: bool) -> String {
    let values = [("value", value), ("label", label), ("selected", if selected { " selected" } else { "" })];
    fill("<option value=\"{{value}}\"{{selected}}>{{label}}</option>\n", &values)
}

fn chosen(options: &str, value: &str) -> String {
    options.replace(&format!("<option>{value}</option>"), &format!("<option selected>{value}</option>"))
}

/// The newest that the filter takes, and a sentence on how many these are.
pub(super) fn exchanges(sandbox: &Sandbox, filter: &Filter) -> (String, String) {
    let violated: BTreeSet<u64> = sandbox.violations().iter().map(|violation| violation.seq).collect();
    let taken =
        || sandbox.requests().iter().rev().filter(|record| filter.takes(record, violated.contains(&record.seq)));
    let count = taken().count();
    let items: String = taken()
        .take(filter.shown)
        .map(|record| exchange(record, violated.contains(&record.seq), &sandbox.hosts))
        .collect();
    let html = match items.as_str() {
        "" if sandbox.requests().is_empty() => {
            "<p class=\"soft\">Nothing yet. Point your backend here, or open an authorize URL.</p>".into()
        }
        "" => "<p class=\"soft\">None is like that.</p>".into(),
        _ => format!("<ol class=\"exchanges\">\n{items}</ol>"),
    };
    let text = match (count == sandbox.requests().len(), count > filter.shown) {
        (true, false) => "The newest first, secrets masked.".to_owned(),
        (true, true) => format!("The newest first, secrets masked: the last {}.", filter.shown),
        (false, true) => format!("The newest first, secrets masked: the last {} of {count} like that.", filter.shown),
        (false, false) => format!("The newest first, secrets masked: {count} like that."),
    };
    (html, text)
}

fn exchange(record: &Record, violated: bool, hosts: &Hosts) -> String {
    let names = |what: &str, pairs: &[(String, String)]| -> String {
        let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        let values = [("what", what), ("names", &names.join(", "))];
        if names.is_empty() { String::new() } else { fill("<dt>{{what}}</dt><dd>{{names}}</dd>\n", &values) }
    };
    let noted: Vec<(String, String)> = record.notes.iter().map(|n| (n.field.clone(), String::new())).collect();
    let sent = [
        names("Query", &record.query),
        names("Form", &record.form),
        names("Headers", &record.headers),
        names("Not documented, but answered", &noted),
    ];
    let (status, class) = match record.status {
        Some(status) if status < 400 => (status.to_string(), "good"),
        Some(status) => (status.to_string(), "bad"),
        None => ("no reply".into(), "bad"),
    };
    let fault = record.fault.map(|fault| format!("fault {}", name(&fault))).unwrap_or_default();
    fill(
        EXCHANGE,
        &[
            ("seq", &record.seq.to_string()),
            ("time", &time(record.at_ms)),
            ("endpoint", record.endpoint),
            ("place", &place_of(hosts, record.venue, record.environment)),
            ("method", &record.method),
            ("path", &record.path),
            ("status", &status),
            ("class", class),
            ("fault", &fault),
            ("violated", if violated { "not as documented" } else { "" }),
            ("sent", &sent.concat()),
            ("request", &body("Request", record.body_bytes, record.body_text(false))),
            ("response", &record.response.as_ref().map(response).unwrap_or_default()),
        ],
    )
}

fn response(response: &Recorded) -> String {
    let headers = header_list(&response.headers, false);
    let text = |header: &Value, name: &str| header[name].as_str().unwrap_or_default().to_owned();
    let lines: Vec<String> =
        headers.iter().map(|header| format!("{}: {}", text(header, "name"), text(header, "value"))).collect();
    let headers = fill("<h3>Answer’s headers</h3>\n<pre>{{lines}}</pre>\n", &[("lines", &lines.join("\n"))]);
    let headers = if lines.is_empty() { String::new() } else { headers };
    headers + &body("Answer", response.body_bytes, response.body_text(false))
}

/// JSON on several lines, any other text as it is.
fn body(whose: &str, bytes: usize, text: Option<String>) -> String {
    if bytes == 0 {
        return String::new();
    }
    let text = match text {
        None => format!("{bytes} bytes that can’t be shown with their secrets masked"),
        Some(text) => {
            let value: Option<Value> = serde_json::from_str(&text).ok();
            let mut text = value.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or(text);
            if text.len() > BODY_SHOWN {
                let end = (0..=BODY_SHOWN).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
                text.truncate(end);
                text += "\n… (all of it is in the JSON)";
            }
            text
        }
    };
    fill("<h3>{{whose}}’s body</h3>\n<pre>{{text}}</pre>\n", &[("whose", whose), ("text", &text)])
}

/// All of them, those that say the same in one line.
pub(super) fn violations(sandbox: &Sandbox) -> String {
    let mut kinds: Vec<(&Violation, Vec<u64>)> = Vec::new();
    let mut places = BTreeMap::new();
    for violation in sandbox.violations().iter().rev() {
        let Violation { rule, field, detail, endpoint, venue, environment, .. } = violation;
        let place = *places.entry((rule, field, detail, endpoint, venue, environment)).or_insert(kinds.len());
        match kinds.get_mut(place) {
            Some((_, requests)) => requests.push(violation.seq),
            None => kinds.push((violation, vec![violation.seq])),
        }
    }
    let items: Vec<String> =
        kinds.iter().map(|(violation, requests)| line(violation, requests, &sandbox.hosts)).collect();
    let list = |items: &[String]| format!("<ul class=\"violations\">\n{}</ul>", items.concat());
    match items.split_at_checked(VIOLATIONS_OPEN) {
        _ if items.is_empty() => "<p class=\"soft\">None. Everything that came was as documented.</p>".into(),
        Some((first, more)) if !more.is_empty() => {
            let more = format!("<details>\n<summary>{} more</summary>\n{}\n</details>", more.len(), list(more));
            format!("{}\n{more}", list(first))
        }
        _ => list(&items),
    }
}

/// The newest request, and how many there were.
fn line(v: &Violation, requests: &[u64], hosts: &Hosts) -> String {
    let newest = requests.first().copied().unwrap_or(v.seq);
    let times = match requests.len() {
        1 => String::new(),
        n => format!(", {n} times"),
    };
    fill(
        "<li><strong>{{rule}}</strong> {{field}}: {{detail}} <span class=\"soft\">(#{{seq}}{{times}}, {{endpoint}} at \
         {{place}})</span></li>\n",
        &[
            ("rule", v.rule),
            ("field", &v.field),
            ("detail", &v.detail),
            ("seq", &newest.to_string()),
            ("times", &times),
            ("endpoint", v.endpoint),
            ("place", &place_of(hosts, v.venue, v.environment)),
        ],
    )
}
