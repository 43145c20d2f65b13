//! Requests and answers as plain data, and how a call's parts are read.

use super::canonical::Json;
use serde_json::Value;

/// What a client sent, as it stood on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, ...
    pub method: String,
    /// Path and query as on the request line: `/{exchange}/{environment}/authorize?state=...`.
    pub target: String,
    /// Names in any case; repeated headers are repeated entries.
    pub headers: Vec<(String, String)>,
    /// The body's bytes, empty when there is none.
    pub body: Vec<u8>,
}

/// What the sandbox wants done with the connection, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Wait so long before replying. The effect has already happened.
    pub delay_ms: u64,
    /// Wait so long after each line of the head; all of it is sent at once where 0.
    pub line_ms: u64,
    /// Wait so long after each byte of the body, likewise.
    pub byte_ms: u64,
    /// The reply itself.
    pub reply: Reply,
}

impl Answer {
    /// A reply without delay.
    pub fn now(reply: Reply) -> Answer {
        Answer { delay_ms: 0, line_ms: 0, byte_ms: 0, reply }
    }
}

/// A reply, or one of the two ways for it not to arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A complete HTTP response. `content-length` is left to whoever writes it.
    Response {
        /// HTTP status.
        status: u16,
        /// Header names in lower case.
        headers: Vec<(String, String)>,
        /// The whole body.
        body: Vec<u8>,
    },
    /// The connection closes before a single byte of a response.
    CloseWithoutByte,
    /// The headers promise more (`content-length`) than `body` holds; then the connection closes.
    Truncated {
        /// HTTP status.
        status: u16,
        /// Header names in lower case, the untrue `content-length` among them.
        headers: Vec<(String, String)>,
        /// The part of the body that is sent.
        body: Vec<u8>,
    },
}

/// A response under construction.
#[derive(Clone, Debug)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Response {
    /// JSON.
    pub fn json(status: u16, body: &Value) -> Response {
        Response::typed(status, "application/json", body.to_string().into_bytes())
    }

    /// A body of any other type.
    pub fn typed(status: u16, content_type: &str, body: Vec<u8>) -> Response {
        Response { status, headers: vec![("content-type".into(), content_type.into())], body }
    }

    /// A redirect, never to be cached.
    pub fn redirect(status: u16, location: &str) -> Response {
        Response { status, headers: vec![("location".into(), location.into())], body: Vec::new() }.no_store()
    }

    /// With one more header; its name is in lower case.
    pub fn with_header(mut self, name: &str, value: &str) -> Response {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With `cache-control: no-store`.
    pub fn no_store(self) -> Response {
        self.with_header("cache-control", "no-store")
    }

    /// The whole of it, as a reply.
    pub fn into_reply(self) -> Reply {
        Reply::Response { status: self.status, headers: self.headers, body: self.body }
    }

    /// Promises the whole body and hands over half of it.
    pub fn into_truncated(self) -> Reply {
        let promised = self.body.len().max(2).to_string();
        let half = self.body.len() / 2;
        let response = self.with_header("content-length", &promised);
        Reply::Truncated { status: response.status, headers: response.headers, body: response.body[..half].to_vec() }
    }
}

/// One request addressed to one host under test; `path` has lost the host's prefix.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// All of the request.
    pub request: &'a Request,
    /// Its path below the host's prefix.
    pub path: &'a str,
    /// What follows the question mark, where there is one.
    pub query: Option<&'a str>,
}

impl<'a> Call<'a> {
    /// The method.
    pub fn method(&self) -> &'a str {
        &self.request.method
    }

    /// Every value of a header, in order.
    pub fn header_values(&self, name: &str) -> Vec<&'a str> {
        self.request.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str()).collect()
    }

    /// A header's first value.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.header_values(name).into_iter().next()
    }

    /// The query, decoded.
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        decode_pairs(self.query.unwrap_or("").as_bytes())
    }

    /// The content type without its parameters, in lower case.
    pub fn content_type(&self) -> Option<String> {
        self.header("content-type").map(|v| v.split(';').next().unwrap_or("").trim().to_ascii_lowercase())
    }

    /// Whether the body says that it is a form.
    pub fn has_form_body(&self) -> bool {
        self.content_type().as_deref() == Some(FORM)
    }

    /// The outermost fields of a JSON body, their values as JSON text.
    pub fn json_pairs(&self) -> Vec<(String, String)> {
        match Json::parse(&self.request.body) {
            Some(Json::Object(fields)) if !self.has_form_body() => {
                fields.into_iter().map(|(name, value)| (name, value.compact())).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The body, decoded as a form.
    pub fn form_pairs(&self) -> Vec<(String, String)> {
        decode_pairs(&self.request.body)
    }
}

/// The content type of forms.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// Names and values of a query or form.
pub fn decode_pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).into_owned().collect()
}

/// Names and values as a query or form.
pub fn encode_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// `redirect_uri` with `pairs` added to its query, and, on request, a slash before the `?`, where an
/// exchange inserts one.
pub fn callback_url(redirect_uri: &str, slash: bool, pairs: &[(&str, &str)]) -> String {
    let uri = redirect_uri.split('#').next().unwrap_or("");
    let (path, query) = match uri.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (uri, None),
    };
    let slash = if slash && !path.ends_with('/') { "/" } else { "" };
    let added = encode_pairs(pairs.iter().copied());
    let query: Vec<&str> = [query.unwrap_or(""), &added].into_iter().filter(|part| !part.is_empty()).collect();
    if query.is_empty() { format!("{path}{slash}") } else { format!("{path}{slash}?{}", query.join("&")) }
}

/// The same with `pairs` in the fragment.
pub fn fragment_url(redirect_uri: &str, slash: bool, pairs: &[(&str, &str)]) -> String {
    format!("{}#{}", callback_url(redirect_uri, slash, &[]), encode_pairs(pairs.iter().copied()))
}
