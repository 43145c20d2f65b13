//! How requests go wrong, and the orders for it.

use super::endpoint::Endpoint;
use crate::base::http::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// How a request goes wrong. "Effect" is what the endpoint does apart from replying: a code spent, a
/// token rotated, a secret handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Effect; the connection closes without a byte.
    DropReply,
    /// No effect; the connection closes without a byte.
    CloseBefore,
    /// Effect; the reply comes `ms` late.
    Delay,
    /// No effect; 423. Only where the exchange locks.
    Lock,
    /// No effect; 429, or what the exchange says in its place.
    RateLimit,
    /// No effect; the exchange's answer to an expired access token. Where one is sent only.
    TokenExpired,
    /// `status`, before the effect or after it.
    ServerError,
    /// Effect; half the body, under a `content-length` that promises all of it.
    TruncatedJson,
    /// No effect; 403 with HTML, as a web application firewall answers.
    #[serde(rename = "html_403")]
    Html403,
    /// No effect; 401 with HTML, as a proxy answers.
    #[serde(rename = "html_401")]
    Html401,
    /// `status`, `headers` and `body` as they stand in the order, before the effect or after it.
    Reply,
    /// No effect; 200 with an error body.
    OkWithError,
    /// Effect; a reply over 1 MiB (the real one, padded with spaces).
    Oversized,
    /// Effect; the real status without a body.
    EmptyBody,
    /// Effect; the body encoded with gzip, whatever the request accepts.
    Gzip,
    /// Effect; the same with deflate.
    Deflate,
    /// Effect; encoded with gzip twice over.
    GzipTwice,
    /// Effect; the head arrives line by line, `ms` apart.
    DribbleHead,
    /// Effect; the body arrives byte by byte, `ms` apart.
    DribbleBody,
    /// Effect; the exchange's clock is `ms` ahead while it serves the request.
    ClockAhead,
    /// Effect; the exchange's clock is `ms` behind while it serves the request.
    ClockBehind,
}

/// So many faults for one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultOrder {
    /// Where: an endpoint's name, or [`ANY`].
    pub endpoint: String,
    /// One exchange only; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<String>,
    /// What.
    pub fault: Fault,
    /// How many requests it meets.
    #[serde(default = "one")]
    pub count: u32,
    /// Milliseconds of `delay`, of a dribble and of a clock that is off.
    #[serde(default = "one_second")]
    pub ms: u64,
    /// Status of `server_error` and of `reply`.
    #[serde(default = "internal_error")]
    pub status: u16,
    /// Whether `server_error` or `reply` strikes after the effect.
    #[serde(default)]
    pub after_effect: bool,
    /// Headers of `reply`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Body of `reply`: a text as it stands, anything else as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

/// The name of [`FaultOrder::endpoint`] that stands for whichever is called next.
pub const ANY: &str = "any";

fn one() -> u32 {
    1
}

fn one_second() -> u64 {
    1000
}

fn internal_error() -> u16 {
    500
}

impl FaultOrder {
    /// `count` faults of one kind, the rest at its default.
    pub fn new(endpoint: impl Into<String>, fault: Fault, count: u32) -> FaultOrder {
        FaultOrder {
            endpoint: endpoint.into(),
            venue: None,
            fault,
            count,
            ms: one_second(),
            status: internal_error(),
            after_effect: false,
            headers: BTreeMap::new(),
            body: None,
        }
    }

    /// One sentence about what is wrong with this order, if something is; these are the endpoints.
    pub(crate) fn check(&self, endpoints: &[Endpoint]) -> Result<(), String> {
        let endpoint = endpoints.iter().find(|endpoint| endpoint.name == self.endpoint);
        if endpoint.is_none() && self.endpoint != ANY {
            let names: Vec<&str> = endpoints.iter().map(|endpoint| endpoint.name).collect();
            return Err(format!("There is no endpoint {}; it is any, or one of {}.", self.endpoint, names.join(", ")));
        }
        if self.fault == Fault::Lock && !endpoint.is_some_and(|endpoint| endpoint.locks) {
            let locked: Vec<&str> = endpoints.iter().filter(|e| e.locks).map(|endpoint| endpoint.name).collect();
            return Err(format!("Only the endpoint {} can be locked.", locked.join(" or ")));
        }
        if self.fault == Fault::TokenExpired && !endpoint.is_some_and(|endpoint| endpoint.takes_token()) {
            return Err("Only an endpoint that takes an access token can find it expired.".into());
        }
        let is_reply = self.fault == Fault::Reply;
        match self.status {
            500..600 => {}
            200..500 if is_reply => {}
            _ if is_reply => return Err("A reply's status is from 200 to 599.".into()),
            _ => return Err("A server error's status is from 500 to 599.".into()),
        }
        if !is_reply && (self.body.is_some() || !self.headers.is_empty()) {
            return Err("Only the fault reply takes headers and a body.".into());
        }
        for (name, value) in &self.headers {
            let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
            if name.is_empty() || !name.bytes().all(is_token) || value.bytes().any(|b| b.is_ascii_control()) {
                return Err("A header's name is a token, and its value one line.".into());
            }
            if ["content-length", "transfer-encoding"].contains(&name.to_ascii_lowercase().as_str()) {
                return Err("The sandbox itself says how long a reply is.".into());
            }
        }
        if self.count == 0 {
            return Err("A count of 0 queues nothing.".into());
        }
        Ok(())
    }

    /// What `reply` answers with.
    pub(crate) fn reply(&self) -> Response {
        let headers = self.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
        let mut response = Response { status: self.status, headers: headers.collect(), body: Vec::new() };
        match &self.body {
            None => {}
            Some(Value::String(text)) => response.body = text.clone().into_bytes(),
            Some(value) => {
                response.body = value.to_string().into_bytes();
                if !response.headers.iter().any(|(name, _)| name == "content-type") {
                    response = response.with_header("content-type", "application/json");
                }
            }
        }
        response
    }

    /// Whether it is for this request.
    pub(crate) fn meets(&self, venue: &str, endpoint: &str) -> bool {
        self.count > 0
            && self.venue.as_ref().is_none_or(|v| v == venue)
            && (self.endpoint == ANY || self.endpoint == endpoint)
    }
}
