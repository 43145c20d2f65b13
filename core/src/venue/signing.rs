//! What a venue states about its signed requests, and the JSON that goes into them.

use core::fmt;
use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::mac::KeyedMac;
use crate::base::secret::Secret;
use crate::base::time;
use crate::model::key_proof::{KeyProof, SignedReply};
use crate::model::policy::NonAscii;
use crate::wire::http::{HttpMethod, HttpRequest, HttpResponse, Replay};
use crate::wire::rate_limit::RateLimit;

/// A venue's private REST API.
pub(crate) struct Signing {
    /// What every path of it begins with.
    pub path_prefix: &'static str,
    /// Prepares a key's secret for the HMAC of every request; none where requests are signed in another way.
    pub mac: Option<fn(&Secret) -> Option<KeyedMac>>,
    /// Adds signature and body to the request of this path; a hint where the arguments can't be signed.
    pub sign: fn(&SigningKey, &ToSign<'_>) -> Result<HttpRequest, &'static str>,
    /// The request that proves a key, and what its reply says.
    pub probe: (HttpMethod, &'static str),
    pub parse_probe: fn(&SigningKey, &HttpResponse) -> Result<KeyProof, SignedRefusal>,
    /// The payload, or what the refusal means.
    pub parse: fn(&HttpResponse) -> Result<SignedReply, SignedRefusal>,
    /// The documented limit a path counts against.
    pub limit: fn(&str) -> &'static RateLimit,
    pub time_path: &'static str,
    /// The venue's time in milliseconds, and how coarse it is.
    pub parse_time: fn(&HttpResponse) -> Option<(u64, u64)>,
    pub key_life: KeyLife,
}

/// What ends a venue's keys.
pub(crate) struct KeyLife {
    /// How long one lives that is not used.
    pub unused_ms: Option<u64>,
    /// How long one lives that is bound to no address.
    pub unbound_ms: Option<u64>,
    /// Whether the proof of a key says when it ends, and which addresses it is bound to.
    pub proof_tells_end: bool,
    /// What a refused request says of the key, which has worked before or has not.
    pub key_state: fn(&VenuekeyError, bool) -> KeyState,
}

/// What has become of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyState {
    Works,
    Disabled,
    Gone,
    Expired,
    Unknown,
}

/// A key with everything its requests are made from.
pub(crate) struct SigningKey {
    pub api_key: Secret,
    /// As it is; so far only the toy venue sends it (tests/toy-venue).
    #[allow(dead_code)]
    pub api_secret: Secret,
    pub mac: Option<KeyedMac>,
    /// There where the venue's keys have one; so far the toy venue's (tests/toy-venue).
    #[allow(dead_code)]
    pub passphrase: Option<Secret>,
    pub base: String,
    pub user_agent: Option<String>,
    pub nonce_window: bool,
    pub non_ascii: NonAscii,
    pub recv_window_ms: u32,
    pub broker_id: Option<String>,
    pub headers: &'static [(&'static str, &'static str)],
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
pub(crate) struct SignedRefusal {
    pub code: ErrorCode,
    pub venue_code: Option<String>,
    pub text: Option<String>,
    pub hint: &'static str,
    pub retry_after_ms: Option<u64>,
}

impl SignedRefusal {
    pub fn new(code: ErrorCode) -> Self {
        Self { code, venue_code: None, text: None, hint: "", retry_after_ms: None }
    }

    pub fn into_error(self, response: &HttpResponse) -> VenuekeyError {
        let status = response.status();
        let mut error = VenuekeyError::new(self.code).with_reply(Some(status), self.venue_code, self.text);
        if !self.hint.is_empty() {
            error = error.with_hint(self.hint);
        }
        // What the reply itself asks for comes first (RFC 9110, 10.2.3).
        let asked_ms = response.retry_after_ms().filter(|_| matches!(status, 429 | 503));
        // Never shorter than the pace without it, and no longer than a day: a timer may take a larger number for zero.
        match asked_ms.map(|ms| ms.max(self.retry_after_ms.unwrap_or(0)).min(time::DAY_MS)).or(self.retry_after_ms) {
            Some(ms) => error.with_retry_after(ms),
            None => error,
        }
    }
}

impl SigningKey {
    /// The code of these parts under the key's secret, where the venue signs by HMAC.
    pub fn signature(&self, parts: &[&str]) -> Result<Secret, &'static str> {
        Ok(Secret::new(self.mac.as_ref().ok_or("this secret cannot be used to sign")?.hex_of(parts)))
    }

    pub fn request(
        &self,
        purpose: &'static str,
        method: HttpMethod,
        target: &str,
        limit: &'static RateLimit,
    ) -> HttpRequest {
        let replay = if method == HttpMethod::Get { Replay::Safe } else { Replay::Never };
        let mut url = String::with_capacity(self.base.len() + target.len());
        url.extend([self.base.as_str(), target]);
        let request = HttpRequest::new(purpose, method, url, replay).limited_by(limit).constants(self.headers);
        request.user_agent(self.user_agent.as_deref())
    }
}

/// What both signers say of parameters that they can't read.
pub(crate) const NOT_AN_OBJECT: &str = "parameters must be a JSON object of at most 64 KiB, without duplicate names";

/// Ours. The longest documented request is a batch of orders of a few KB; WhiteBIT's goes into a header and Bybit's GET
/// into a URL, which servers end far below this.
const MAX_PARAMETERS_BYTES: usize = 64 * 1024;
/// As many as an order has, and some more.
const FEW_NAMES: usize = 16;

/// A JSON object's fields in their own order, each by a name of its own. What stands in them has not been looked at.
pub(crate) struct Fields(pub Vec<(String, Box<RawValue>)>);

impl Fields {
    /// `None` for anything but an object, and where a name comes twice: which of the two a venue means nobody knows.
    pub fn parse(json: &str) -> Option<Self> {
        if json.len() > MAX_PARAMETERS_BYTES {
            return None;
        }
        serde_json::from_str(json).ok()
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields: Vec<(String, Box<RawValue>)> = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                let mut names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
                match has_twice(&mut names) {
                    true => Err(A::Error::custom("a name twice")),
                    false => Ok(Fields(fields)),
                }
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

/// Few are compared with each other. Many are sorted, so that they take no longer than they must.
fn has_twice<T: Ord>(names: &mut [T]) -> bool {
    if names.len() <= FEW_NAMES {
        return names.iter().enumerate().any(|(place, name)| names.iter().take(place).any(|seen| seen == name));
    }
    names.sort_unstable();
    names.windows(2).any(|pair| matches!(pair, [one, other] if one == other))
}

/// The names of a JSON object whose objects, at whatever depth, have each name once. The parser itself bounds the depth.
fn names_once(json: &str) -> Option<Vec<Cow<'_, str>>> {
    match serde_json::from_str(json).ok()? {
        NamesOnce::Object(names) => Some(names),
        NamesOnce::Other => None,
    }
}

enum NamesOnce<'de> {
    Object(Vec<Cow<'de, str>>),
    Other,
}

/// A name, borrowed where it is written without escapes.
struct Name<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowed;

        impl<'de> Visitor<'de> for Borrowed {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(Borrowed)
    }
}

impl<'de> Deserialize<'de> for NamesOnce<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = NamesOnce<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON with each name once")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<NamesOnce<'de>, A::Error> {
        let mut names = Vec::with_capacity(8);
        while let Some((Name(name), _)) = map.next_entry::<Name<'de>, NamesOnce<'de>>()? {
            names.push(name);
        }
        match has_twice(&mut names) {
            true => Err(A::Error::custom("a name twice")),
            false => Ok(NamesOnce::Object(names)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<NamesOnce<'de>, A::Error> {
        while items.next_element::<NamesOnce<'de>>()?.is_some() {}
        Ok(NamesOnce::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<NamesOnce<'de>, E> {
        Ok(NamesOnce::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<NamesOnce<'de>, E> {
        Ok(NamesOnce::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<NamesOnce<'de>, E> {
        Ok(NamesOnce::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<NamesOnce<'de>, E> {
        Ok(NamesOnce::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<NamesOnce<'de>, E> {
        Ok(NamesOnce::Other)
    }

    fn visit_unit<E>(self) -> Result<NamesOnce<'de>, E> {
        Ok(NamesOnce::Other)
    }
}

/// An object's own names, in no order, and its text without the space between its tokens, in the order and with the figures
/// it was written in.
pub(crate) fn compact(json: &str) -> Option<(Vec<Cow<'_, str>>, Cow<'_, str>)> {
    if json.len() > MAX_PARAMETERS_BYTES {
        return None;
    }
    let names = names_once(json)?;
    // As programs write it.
    if !json.bytes().any(|byte| byte.is_ascii_whitespace()) {
        return Some((names, Cow::Borrowed(json)));
    }
    let (mut in_string, mut escaped) = (false, false);
    // Space between tokens; inside of texts JSON has none but the blank, which is theirs.
    let mut is_between = |byte: u8| {
        let starts_or_ends = byte == b'"' && !escaped;
        escaped = in_string && byte == b'\\' && !escaped;
        in_string ^= starts_or_ends;
        !in_string && byte.is_ascii_whitespace()
    };
    let Some(first) = json.bytes().position(&mut is_between) else { return Some((names, Cow::Borrowed(json))) };
    let (before, after) = json.split_at_checked(first)?;
    let mut out = String::with_capacity(json.len());
    out.push_str(before);
    // The first of them moves nothing inside of `is_between`, so it is asked about it again.
    out.extend(after.chars().filter(|c| !u8::try_from(*c).is_ok_and(&mut is_between)));
    Some((names, Cow::Owned(out)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_compacted_and_nothing_in_it_changes() {
        let spaced = "{ \"b\" : [ 1 , 2.50, \"a \\\" b\\\\\" ] ,\n\t\"a\": {\"x y\": null , \"z\":true} }";
        fn compact(json: &str) -> Option<String> {
            super::compact(json).map(|(_, text)| text.into_owned())
        }
        assert_eq!(compact(spaced).as_deref(), Some(r#"{"b":[1,2.50,"a \" b\\"],"a":{"x y":null,"z":true}}"#));
        assert_eq!(compact("{}").as_deref(), Some("{}"));
        for refused in
            ["[]", "1", "{\"a\":1,}", "{\"a\":1} x", "", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"\\u0062\":2}}"]
        {
            assert_eq!(compact(refused), None, "{refused}");
        }
    }

    #[test]
    fn parameters_are_bounded() {
        let names = |count: usize| (0..count).map(|n| format!("\"{n:05}\":1")).collect::<Vec<_>>().join(",");
        let padded = |bytes: usize| format!("{{{}{}}}", names(5_000), " ".repeat(bytes - 5_000 * 10 - 1));
        assert!(compact(&padded(MAX_PARAMETERS_BYTES)).is_some_and(|(names, _)| names.len() == 5_000));
        assert!(compact(&padded(MAX_PARAMETERS_BYTES + 1)).is_none());
        let deep = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(compact(&deep(100)).is_some() && compact(&deep(1_000)).is_none());
    }
}
