//! What to send and what came back, as plain data. The host does the sending.
//!
//! **Host contract.** No redirects followed, no automatic retry, no cache, no prefetch, no service
//! worker; TLS verified; the reply's body as bytes, reading stopped after [`MAX_BODY_BYTES`] + 1.
//! A request that is not [`Replay::Safe`] goes out on a fresh connection with retries off: HTTP
//! stacks resend on a dead pooled connection by themselves, GETs included.

use core::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::base::error::named;
use crate::base::secret::Secret;
use crate::wire::rate_limit::RateLimit;

/// The largest reply body that is read, in bytes (1 MiB).
pub const MAX_BODY_BYTES: usize = 1 << 20;

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpMethod {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `DELETE`
    Delete,
}

named!(HttpMethod "method" {
    Get = "GET",
    Post = "POST",
    Delete = "DELETE",
});

/// What sending the same request a second time would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// Nothing: it may be sent again.
    Safe,
    /// Harm: it has an effect each time, or spends something that can be spent only once.
    Never,
    /// The reply can be obtained only once; asking again tells whether it was.
    OnceOnly,
}

named!(Replay "replay" {
    Safe = "safe",
    Never = "never",
    OnceOnly = "once_only",
});

/// One header; its value is treated as a secret, whichever it is.
#[derive(Clone)]
pub struct Header {
    name: &'static str,
    value: Secret,
}

impl Header {
    /// Lower-case in a request; in a reply, as it was received.
    pub fn name(&self) -> &str {
        self.name
    }

    /// To be exposed into the request.
    pub fn value(&self) -> &Secret {
        &self.value
    }
}

/// A request for the host to send exactly as it is.
///
/// No redirects, no automatic retry, no cache; TLS verified; the reply's body read as bytes, at most [`MAX_BODY_BYTES`]
/// + 1. Unless `replay` is [`Replay::Safe`], it goes out on a fresh connection with retries off.
#[derive(Clone)]
pub struct HttpRequest {
    purpose: &'static str,
    method: HttpMethod,
    url: String,
    headers: Vec<Header>,
    body: Option<Zeroizing<Vec<u8>>>,
    replay: Replay,
    rate_limit: Option<&'static RateLimit>,
}

impl HttpRequest {
    pub(crate) fn new(purpose: &'static str, method: HttpMethod, url: String, replay: Replay) -> Self {
        // As many as a signed request has.
        let mut headers = Vec::with_capacity(10);
        headers.push(Header { name: "accept", value: Secret::new("application/json") });
        Self { purpose, method, url, headers, body: None, replay, rate_limit: None }
    }

    pub(crate) fn header(mut self, name: &'static str, value: Secret) -> Self {
        self.headers.push(Header { name, value });
        self
    }

    /// If the venue's method does not say what sending it twice does.
    pub(crate) fn replayed(mut self, replay: Replay) -> Self {
        self.replay = replay;
        self
    }

    pub(crate) fn limited_by(mut self, limit: &'static RateLimit) -> Self {
        self.rate_limit = Some(limit);
        self
    }

    /// Headers that are the same in each request.
    pub(crate) fn constants(self, headers: &[(&'static str, &'static str)]) -> Self {
        headers.iter().fold(self, |request, (name, value)| request.header(name, Secret::new(*value)))
    }

    pub(crate) fn user_agent(self, agent: Option<&str>) -> Self {
        match agent {
            Some(agent) => self.header("user-agent", Secret::new(agent)),
            None => self,
        }
    }

    pub(crate) fn bearer(self, token: &Secret) -> Self {
        // Exposed into the header that carries it (RFC 6750, 2.1).
        let value = Secret::new(format!("Bearer {}", token.expose()));
        self.header("authorization", value)
    }

    pub(crate) fn form(mut self, mut body: Zeroizing<String>) -> Self {
        self.body = Some(Zeroizing::new(core::mem::take(&mut *body).into_bytes()));
        self.header("content-type", Secret::new("application/x-www-form-urlencoded"))
    }

    /// RFC 7617. The parts go in as they are, which is what venues document; RFC 6749, 2.3.1 would have them encoded first,
    /// and for letters and digits it is the same.
    pub(crate) fn basic(self, user: &str, password: &str) -> Self {
        // Room first, here and below: growing would leave unwiped copies behind.
        let mut both = Zeroizing::new(String::with_capacity(user.len() + password.len() + 1));
        both.extend([user, ":", password]);
        let mut value = Zeroizing::new(String::with_capacity(6 + both.len().div_ceil(3) * 4));
        value.push_str("Basic ");
        STANDARD.encode_string(both.as_bytes(), &mut value);
        self.header("authorization", Secret::new(core::mem::take(&mut *value)))
    }

    /// A JSON object of these texts, in this order.
    pub(crate) fn json_fields(mut self, fields: &[(&str, &str)]) -> Self {
        // An escape takes at most six bytes for one.
        let room = fields.iter().map(|(name, value)| 6 * (name.len() + value.len()) + 6).sum::<usize>() + 2;
        let mut body = Zeroizing::new(Vec::with_capacity(room));
        for (index, (name, value)) in fields.iter().enumerate() {
            body.push(if index == 0 { b'{' } else { b',' });
            // Writing text into memory does not fail.
            let _ = serde_json::to_writer(&mut *body, name);
            body.push(b':');
            let _ = serde_json::to_writer(&mut *body, value);
        }
        body.extend_from_slice(if fields.is_empty() { b"{}" } else { b"}" });
        self.body = Some(body);
        self.header("content-type", Secret::new("application/json"))
    }

    /// A body that is JSON already. If the request is signed, exactly the signed bytes.
    pub(crate) fn json(mut self, body: String) -> Self {
        self.body = Some(Zeroizing::new(body.into_bytes()));
        self.header("content-type", Secret::new("application/json"))
    }

    /// What it is for, as one snake_case word, for logs and progress lines.
    pub fn purpose(&self) -> &'static str {
        self.purpose
    }

    /// The HTTP method.
    pub fn method(&self) -> HttpMethod {
        self.method
    }

    /// The absolute URL. It holds no token, but may hold a key's id: keep it out of logs.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// All headers but `host` and `content-length`, in order; the values may be secrets.
    pub fn headers(&self) -> &[Header] {
        &self.headers
    }

    /// The body's exact bytes, which may hold secrets; absent means no body at all.
    pub fn body(&self) -> Option<&[u8]> {
        self.body.as_ref().map(|body| body.as_slice())
    }

    /// What sending it twice would do.
    pub fn replay(&self) -> Replay {
        self.replay
    }

    /// The documented limit it counts against, if there is one: for
    /// [`RateBudget::reserve`](crate::parts::RateBudget::reserve).
    pub fn rate_limit(&self) -> Option<&'static RateLimit> {
        self.rate_limit
    }

    /// How long to wait for the whole reply before calling
    /// [`Flow::receive_no_response`](crate::parts::Flow::receive_no_response), in milliseconds.
    pub fn timeout_hint_ms(&self) -> u32 {
        timeout_ms(self.replay)
    }
}

/// No sheet gives a figure. A once-only reply is worth a longer wait than a poll.
pub(crate) fn timeout_ms(replay: Replay) -> u32 {
    match replay {
        Replay::Safe => 15_000,
        Replay::Never | Replay::OnceOnly => 30_000,
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpRequest({} {}, {})", self.method.as_str(), self.purpose, self.replay.as_str())
    }
}

/// Whether a request that got no reply may have arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It may have arrived, as far as is known.
    Unknown,
    /// Certainly no byte of it left: the name is unknown, the connection was refused, or the TLS handshake failed.
    NotSent,
}

/// What to look at first if it was not sent.
pub(crate) const UNREACHABLE_HINT: &str = "no connection could be made; check the network, the proxy and the base URL";

impl From<bool> for Delivery {
    /// From what bindings call `not_sent`.
    fn from(not_sent: bool) -> Self {
        if not_sent { Self::NotSent } else { Self::Unknown }
    }
}

/// What came back: the status and the body's bytes.
#[derive(Clone)]
pub struct HttpResponse {
    status: u16,
    headers: Vec<(String, String)>,
    body: Zeroizing<Vec<u8>>,
}

impl HttpResponse {
    /// A reply as received.
    ///
    /// - `status`: the HTTP status.
    /// - `body`: the bytes as received, even if they are not JSON.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: Zeroizing::new(body.into()) }
    }

    /// Adds a header; only `retry-after` is used today.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The body's bytes, which may hold secrets.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// `Retry-After` in milliseconds, if it is a number of seconds (RFC 9110, 10.2.3).
    pub(crate) fn retry_after_ms(&self) -> Option<u64> {
        self.header("retry-after")?.parse::<u32>().ok().map(|seconds| u64::from(seconds) * 1000)
    }

    /// The first one of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name))?;
        Some(value.trim())
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpResponse({}, {} bytes)", self.status, self.body.len())
    }
}
