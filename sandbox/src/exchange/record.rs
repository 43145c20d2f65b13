//! What the sandbox was sent, and what of it no documentation covers.

use super::fault::Fault;
use super::mask;
pub use super::mask::MASK;
use crate::base::http::{Call, Reply};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// So many requests and violations are kept, the oldest forgotten first,
const KEPT: usize = 10_000;
/// and so much of them: together at most 32 MiB.
const REQUESTS_BYTES: usize = 24 << 20;
const VIOLATIONS_BYTES: usize = 8 << 20;

/// A body over this is not kept, only its size.
const BODY_KEPT: usize = 64 << 10;

/// One request to an endpoint, with every value. Masking is the admin endpoint's task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Counts from 1.
    pub seq: u64,
    /// The sandbox's clock.
    pub at_ms: u64,
    /// Exchange of the host under test; none where the path lies under no host.
    pub venue: Option<&'static str>,
    /// Environment of the host under test, likewise.
    pub environment: Option<&'static str>,
    /// The endpoint's name.
    pub endpoint: &'static str,
    /// HTTP method.
    pub method: String,
    /// Path below the host's prefix.
    pub path: String,
    /// Header names and values as sent.
    pub headers: Vec<(String, String)>,
    /// Query names and values.
    pub query: Vec<(String, String)>,
    /// Form names and values; empty when the body is no form.
    pub form: Vec<(String, String)>,
    /// A JSON body's outermost names, and their values as JSON text.
    pub json: Vec<(String, String)>,
    /// Bytes in the body.
    pub body_bytes: usize,
    /// The body, up to 64 KiB of it: a longer one is not kept.
    pub body: Option<Vec<u8>>,
    /// The fault it met.
    pub fault: Option<Fault>,
    /// What no documentation covers and the exchange is known to answer all the same: no violation.
    pub notes: Vec<Note>,
    /// The status, or `None` when the connection closed without a byte.
    pub status: Option<u16>,
    /// What it was answered; none where the connection closed without a byte.
    pub response: Option<Recorded>,
}

/// An answer, as it went out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The status.
    pub status: u16,
    /// Header names and values.
    pub headers: Vec<(String, String)>,
    /// Bytes in the body.
    pub body_bytes: usize,
    /// The body, up to 64 KiB of it: a longer one is not kept.
    pub body: Option<Vec<u8>>,
}

/// Something that other clients send, too, and are answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// A stable name: `sign_type`, `nonce`, ...
    pub rule: &'static str,
    /// The field or header it is about.
    pub field: String,
    /// One sentence, without any value that was sent.
    pub detail: String,
}

/// Something a client sent that no documentation covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The offending request.
    pub seq: u64,
    /// The sandbox's clock.
    pub at_ms: u64,
    /// Exchange of the host under test; none where the path lies under no host.
    pub venue: Option<&'static str>,
    /// Environment of the host under test, likewise.
    pub environment: Option<&'static str>,
    /// The endpoint's name.
    pub endpoint: &'static str,
    /// A stable name: `content_type`, `unknown_field`, ...
    pub rule: &'static str,
    /// The field or header it is about.
    pub field: String,
    /// One sentence, without any value that was sent.
    pub detail: String,
}

/// What a strict reader found wrong with a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A stable name: `content_type`, `unknown_field`, ...
    pub rule: &'static str,
    /// The field or header it is about.
    pub field: String,
    /// One sentence, without any value that was sent.
    pub detail: String,
}

impl Finding {
    /// A finding.
    pub fn new(rule: &'static str, field: &str, detail: impl Into<String>) -> Finding {
        Finding { rule, field: field.into(), detail: detail.into() }
    }
}

/// The requests and violations, the newest of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    count: u64,
    pub requests: VecDeque<Record>,
    pub violations: VecDeque<Violation>,
    requests_bytes: usize,
    violations_bytes: usize,
}

impl Ledger {
    /// The request last opened.
    pub fn last_seq(&self) -> u64 {
        self.count
    }

    /// Notes a request; findings that follow belong to it.
    pub fn open(
        &mut self,
        host: Option<(&'static str, &'static str)>,
        endpoint: &'static str,
        call: &Call<'_>,
        at_ms: u64,
    ) {
        self.count += 1;
        let record = Record {
            seq: self.count,
            at_ms,
            venue: host.map(|(venue, _)| venue),
            environment: host.map(|(_, environment)| environment),
            endpoint,
            method: call.method().into(),
            path: call.path.into(),
            headers: call.request.headers.clone(),
            query: call.query_pairs(),
            form: if call.has_form_body() { call.form_pairs() } else { Vec::new() },
            json: call.json_pairs(),
            body_bytes: call.request.body.len(),
            body: kept(&call.request.body),
            fault: None,
            notes: Vec::new(),
            status: None,
            response: None,
        };
        self.requests_bytes += record.bytes();
        self.requests.push_back(record);
        self.forget();
    }

    pub fn close(&mut self, fault: Option<Fault>, reply: &Reply) {
        if let Some(record) = self.requests.back_mut() {
            self.requests_bytes -= record.bytes();
            record.fault = fault;
            record.response = Recorded::of(reply);
            record.status = record.response.as_ref().map(|response| response.status);
            self.requests_bytes += record.bytes();
        }
        self.forget();
    }

    /// The oldest, until the rest is within bounds.
    fn forget(&mut self) {
        while self.requests.len() > KEPT || self.requests_bytes > REQUESTS_BYTES && self.requests.len() > 1 {
            let oldest = self.requests.pop_front();
            self.requests_bytes -= oldest.map_or(0, |record| record.bytes());
        }
    }

    /// Adds to the request last opened what is no violation.
    pub fn note(&mut self, rule: &'static str, field: &str, detail: &str) {
        if let Some(record) = self.requests.back_mut() {
            record.notes.push(Note { rule, field: field.into(), detail: detail.into() });
        }
    }

    /// Files findings against the request last opened.
    pub fn violate(&mut self, findings: &[Finding]) {
        let Some(record) = self.requests.back() else {
            return;
        };
        for finding in findings {
            let violation = Violation {
                seq: record.seq,
                at_ms: record.at_ms,
                venue: record.venue,
                environment: record.environment,
                endpoint: record.endpoint,
                rule: finding.rule,
                field: finding.field.clone(),
                detail: finding.detail.clone(),
            };
            self.violations_bytes += violation.bytes();
            self.violations.push_back(violation);
            while self.violations.len() > KEPT || self.violations_bytes > VIOLATIONS_BYTES {
                let Some(oldest) = self.violations.pop_front() else { break };
                self.violations_bytes -= oldest.bytes();
            }
        }
    }
}

impl Violation {
    fn bytes(&self) -> usize {
        size_of::<Violation>() + self.field.len() + self.detail.len()
    }
}

impl Recorded {
    fn of(reply: &Reply) -> Option<Recorded> {
        match reply {
            Reply::Response { status, headers, body } | Reply::Truncated { status, headers, body } => {
                Some(Recorded { status: *status, headers: headers.clone(), body_bytes: body.len(), body: kept(body) })
            }
            Reply::CloseWithoutByte => None,
        }
    }

    /// The body as text, its secrets masked unless `with_values`; none where it can't be shown.
    pub(crate) fn body_text(&self, with_values: bool) -> Option<String> {
        text_of(&self.headers, self.body.as_deref(), with_values)
    }

    fn to_json(&self, with_values: bool) -> Value {
        json!({
            "status": self.status, "headers": header_list(&self.headers, with_values),
            "body_bytes": self.body_bytes, "body": self.body_text(with_values),
        })
    }
}

impl Record {
    /// What it holds in memory but for its notes, which are few and of the sandbox's own words.
    fn bytes(&self) -> usize {
        let answer = self.response.as_ref();
        let answered = answer.map(|response| &response.headers);
        let pairs = [&self.headers, &self.query, &self.form, &self.json].into_iter().chain(answered).flatten();
        let text: usize = pairs.map(|(name, value)| size_of::<(String, String)>() + name.len() + value.len()).sum();
        let bodies = [self.body.as_ref(), answer.and_then(|response| response.body.as_ref())];
        let bodies: usize = bodies.into_iter().flatten().map(Vec::len).sum();
        size_of::<Record>() + self.method.len() + self.path.len() + text + bodies
    }

    /// The body as text, its secrets masked unless `with_values`; none where it can't be shown.
    pub(crate) fn body_text(&self, with_values: bool) -> Option<String> {
        text_of(&self.headers, self.body.as_deref(), with_values)
    }

    pub(crate) fn to_json(&self, with_values: bool) -> Value {
        let pairs = |pairs: &[(String, String)]| -> Vec<Value> {
            pairs
                .iter()
                .map(|(name, value)| json!({"name": name, "value": if with_values { value.as_str() } else { MASK }}))
                .collect()
        };
        json!({
            "seq": self.seq, "at_ms": self.at_ms, "venue": self.venue,
            "environment": self.environment, "endpoint": self.endpoint,
            "method": self.method, "path": self.path, "headers": pairs(&self.headers),
            "query": pairs(&self.query), "form": pairs(&self.form),
            "json": pairs(&self.json),
            "body_bytes": self.body_bytes, "body": self.body_text(with_values),
            "fault": self.fault, "notes": self.notes, "status": self.status,
            "response": self.response.as_ref().map(|response| response.to_json(with_values)),
        })
    }
}

fn kept(body: &[u8]) -> Option<Vec<u8>> {
    (body.len() <= BODY_KEPT).then(|| body.to_vec())
}

/// Header names and values as JSON, secrets masked unless `with_values`.
pub(crate) fn header_list(headers: &[(String, String)], with_values: bool) -> Vec<Value> {
    let shown = |(name, value): &(String, String)| match with_values {
        true => json!({"name": name, "value": value}),
        false => json!({"name": name, "value": mask::header(name, value)}),
    };
    headers.iter().map(shown).collect()
}

/// The value of the header `content-type`.
pub(crate) fn content_type(headers: &[(String, String)]) -> Option<&str> {
    headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type")).map(|(_, value)| value.as_str())
}

fn text_of(headers: &[(String, String)], body: Option<&[u8]>, with_values: bool) -> Option<String> {
    let body = body.filter(|body| !body.is_empty())?;
    match with_values {
        true => std::str::from_utf8(body).ok().map(str::to_owned),
        false => mask::body(content_type(headers), body),
    }
}
