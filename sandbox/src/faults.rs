//! Faults: queued per endpoint, spent one request at a time.

use crate::encoding::{deflate, gzip};
use crate::http::{Answer, Reply, Response};
use crate::pages;
use crate::venue::{Context, Endpoint, Host, Venue};
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
    /// No effect; 423. WhiteBIT's secret endpoint only (facts/whitebit.md, 7.2).
    Lock,
    /// No effect; 429, or at Bybit's V5 the code 10006 and its headers.
    RateLimit,
    /// No effect; the venue's answer to an expired access token. Where one is sent only.
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
    /// Where.
    pub endpoint: Target,
    /// One venue only; both when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<Venue>,
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

/// One endpoint, or any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Whichever is called next.
    Any,
    /// A particular one.
    #[serde(untagged)]
    Endpoint(Endpoint),
}

impl Target {
    fn takes_token(self) -> bool {
        let Target::Endpoint(endpoint) = self else {
            return false;
        };
        !matches!(
            endpoint,
            Endpoint::Authorize
                | Endpoint::Token
                | Endpoint::Refresh
                | Endpoint::Signed
                | Endpoint::Time
                | Endpoint::Public
                | Endpoint::Unknown
        )
    }
}

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
    pub fn new(endpoint: Target, fault: Fault, count: u32) -> FaultOrder {
        FaultOrder {
            endpoint,
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

    /// One sentence about what is wrong with this order, if something is.
    pub fn check(&self) -> Result<(), String> {
        if self.fault == Fault::Lock && self.endpoint != Target::Endpoint(Endpoint::Secret) {
            return Err("Only the endpoint secret can be locked.".into());
        }
        if self.fault == Fault::TokenExpired && !self.endpoint.takes_token() {
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
    fn reply(&self) -> Response {
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

    fn meets(&self, venue: Venue, endpoint: Endpoint) -> bool {
        self.count > 0
            && self.venue.is_none_or(|v| v == venue)
            && match self.endpoint {
                Target::Any => true,
                Target::Endpoint(e) => e == endpoint,
            }
    }
}

/// The orders still open, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    orders: Vec<FaultOrder>,
}

impl Faults {
    pub fn push(&mut self, order: FaultOrder) {
        self.orders.push(order);
    }

    pub fn open(&self) -> &[FaultOrder] {
        &self.orders
    }

    pub fn clear(&mut self) {
        self.orders.clear();
    }

    /// Spends one fault of the oldest order that meets this call.
    pub fn take(&mut self, venue: Venue, endpoint: Endpoint) -> Option<FaultOrder> {
        let order = self.orders.iter_mut().find(|o| o.meets(venue, endpoint))?;
        order.count -= 1;
        let taken = order.clone();
        self.orders.retain(|o| o.count > 0);
        Some(taken)
    }
}

/// An answer without delay.
pub(crate) fn now(reply: Reply) -> Answer {
    Answer { delay_ms: 0, line_ms: 0, byte_ms: 0, reply }
}

/// The clock by which the exchange serves this request.
pub(crate) fn venue_clock(order: Option<&FaultOrder>, now_ms: u64) -> u64 {
    match order {
        Some(FaultOrder { fault: Fault::ClockAhead, ms, .. }) => now_ms.saturating_add(*ms),
        Some(FaultOrder { fault: Fault::ClockBehind, ms, .. }) => now_ms.saturating_sub(*ms),
        _ => now_ms,
    }
}

/// The reply of a fault that strikes before any effect.
pub(crate) fn refused_by(
    order: Option<&FaultOrder>,
    host: &dyn Host,
    endpoint: Endpoint,
    context: &Context<'_>,
) -> Option<Reply> {
    let order = order?;
    let response = match order.fault {
        Fault::CloseBefore => return Some(Reply::CloseWithoutByte),
        Fault::Html403 => pages::firewall("Request blocked."),
        Fault::Html401 => Response { status: 401, ..pages::firewall("Authorization required.") },
        Fault::Reply if !order.after_effect => order.reply(),
        Fault::Lock | Fault::RateLimit | Fault::TokenExpired | Fault::OkWithError => {
            host.refusal(order.fault, endpoint, order.status, context)
        }
        Fault::ServerError if !order.after_effect => host.refusal(order.fault, endpoint, order.status, context),
        _ => return None,
    };
    Some(response.into_reply())
}

/// The answer once the effect has happened.
pub(crate) fn spoilt_by(
    order: Option<&FaultOrder>,
    mut response: Response,
    host: &dyn Host,
    endpoint: Endpoint,
    context: &Context<'_>,
) -> Answer {
    let Some(order) = order else {
        return now(response.into_reply());
    };
    match order.fault {
        Fault::DropReply => return now(Reply::CloseWithoutByte),
        Fault::TruncatedJson => return now(response.into_truncated()),
        Fault::Delay => {
            return Answer { delay_ms: order.ms, ..now(response.into_reply()) };
        }
        Fault::DribbleHead => return Answer { line_ms: order.ms, ..now(response.into_reply()) },
        Fault::DribbleBody => return Answer { byte_ms: order.ms, ..now(response.into_reply()) },
        Fault::Reply => response = order.reply(),
        Fault::Gzip => response = encoded(response, "gzip", gzip),
        Fault::Deflate => response = encoded(response, "deflate", deflate),
        Fault::GzipTwice => response = encoded(response, "gzip, gzip", |body| gzip(&gzip(body))),
        Fault::ServerError => {
            response = host.refusal(order.fault, endpoint, order.status, context);
        }
        // Spaces after a JSON text are part of no value: only the size is wrong.
        Fault::Oversized => response.body.resize(OVERSIZED.max(response.body.len()), b' '),
        Fault::EmptyBody => response.body.clear(),
        _ => {}
    }
    now(response.into_reply())
}

fn encoded(mut response: Response, encoding: &str, encode: impl Fn(&[u8]) -> Vec<u8>) -> Response {
    response.body = encode(&response.body);
    response.with_header("content-encoding", encoding)
}

/// One byte over 1 MiB.
const OVERSIZED: usize = (1 << 20) + 1;
