//! What a venue states about its signed requests, and the JSON that goes into them.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::budget::RateLimit;
use crate::error::{ErrorCode, VenuekeyError};
use crate::http::{HttpMethod, HttpRequest, HttpResponse};
use crate::secret::Secret;
use crate::sign::KeyProof;

/// A venue's private REST API.
pub(crate) struct Signing {
    /// What every path of it begins with.
    pub path_prefix: &'static str,
    /// Adds signature and body to the request of this path; a hint where the arguments can't be signed.
    pub sign: fn(&SigningKey, &ToSign<'_>) -> Result<HttpRequest, &'static str>,
    /// The request that proves a key, and what its reply says.
    pub probe: (HttpMethod, &'static str),
    pub read_probe: fn(&SigningKey, &HttpResponse) -> Result<KeyProof, Refused>,
    /// The payload's text, or what the refusal means.
    pub read: fn(&HttpResponse) -> Result<String, Refused>,
    /// The documented limit a path counts against.
    pub limit: fn(&str) -> &'static RateLimit,
    pub time_path: &'static str,
    /// The venue's time in milliseconds, and how coarse it is.
    pub read_time: fn(&HttpResponse) -> Option<(u64, u64)>,
    pub key_life: KeyLife,
}

/// What ends a venue's keys.
pub(crate) struct KeyLife {
    /// How long one lives that is not used.
    pub unused_ms: Option<u64>,
    /// How long one lives that is bound to no address.
    pub unbound_ms: Option<u64>,
    /// What a refused request says of the key, which has worked before or has not.
    pub fate: fn(&VenuekeyError, bool) -> Fate,
}

/// What has become of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Works,
    Disabled,
    Gone,
    Expired,
    Unknown,
}

/// A key with everything its requests are made from.
pub(crate) struct SigningKey {
    pub api_key: Secret,
    pub api_secret: Secret,
    pub base: String,
    pub user_agent: Option<String>,
    pub nonce_window: bool,
    pub recv_window_ms: u32,
    pub broker_id: Option<String>,
}

/// What is to be signed, its path checked.
pub(crate) struct ToSign<'a> {
    pub purpose: &'static str,
    pub method: HttpMethod,
    pub path: &'a str,
    pub parameters: &'a str,
    pub nonce_ms: u64,
}

/// A signed request that was refused, in the terms of its own surface.
pub(crate) struct Refused {
    pub code: ErrorCode,
    pub venue_code: Option<String>,
    pub text: Option<String>,
    pub hint: &'static str,
    pub retry_after_ms: Option<u64>,
}

impl Refused {
    pub fn new(code: ErrorCode) -> Self {
        Self { code, venue_code: None, text: None, hint: "", retry_after_ms: None }
    }

    pub fn into_error(self, status: u16) -> VenuekeyError {
        let mut error = VenuekeyError::new(self.code).with_reply(Some(status), self.venue_code, self.text);
        if !self.hint.is_empty() {
            error = error.with_hint(self.hint);
        }
        match self.retry_after_ms {
            Some(ms) => error.with_retry_after(ms),
            None => error,
        }
    }
}

impl SigningKey {
    pub fn request(
        &self,
        purpose: &'static str,
        method: HttpMethod,
        target: &str,
        limit: &'static RateLimit,
    ) -> HttpRequest {
        let replay = if method == HttpMethod::Get { crate::http::Replay::Safe } else { crate::http::Replay::Never };
        let url = format!("{}{target}", self.base);
        HttpRequest::new(purpose, method, url, replay).limited_by(limit).user_agent(self.user_agent.as_deref())
    }
}

/// What both signers say of parameters that they can't read.
pub(crate) const NOT_AN_OBJECT: &str = "parameters must be a JSON object, each name once";

/// A JSON object's fields in their own order; a name that comes twice is refused.
pub(crate) struct Fields(pub Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;

            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields: Vec<(String, Box<RawValue>)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    if fields.iter().any(|(seen, _)| *seen == name) {
                        return Err(serde::de::Error::custom("a name twice"));
                    }
                    fields.push((name, value));
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

/// An object's fields, and its text without the space between its tokens, in the order and with the figures it was
/// written in.
pub(crate) fn compact(json: &str) -> Option<(Fields, String)> {
    let fields = serde_json::from_str(json).ok()?;
    let mut out = String::with_capacity(json.len());
    let (mut in_string, mut escaped) = (false, false);
    for c in json.chars() {
        if in_string || !c.is_ascii_whitespace() {
            out.push(c);
        }
        match c {
            '"' if !escaped => in_string = !in_string,
            '\\' if in_string && !escaped => {
                escaped = true;
                continue;
            }
            _ => {}
        }
        escaped = false;
    }
    Some((fields, out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_compacted_and_nothing_in_it_changes() {
        let spaced = "{ \"b\" : [ 1 , 2.50, \"a \\\" b\\\\\" ] ,\n\t\"a\": {\"x y\": null , \"z\":true} }";
        let compact = |json| compact(json).map(|(_, text)| text);
        assert_eq!(compact(spaced).as_deref(), Some(r#"{"b":[1,2.50,"a \" b\\"],"a":{"x y":null,"z":true}}"#));
        assert_eq!(compact("{}").as_deref(), Some("{}"));
        for refused in ["[]", "1", "{\"a\":1,}", "{\"a\":1} x", "", "{\"a\":1,\"a\":2}"] {
            assert_eq!(compact(refused), None, "{refused}");
        }
    }
}
