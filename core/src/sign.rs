//! A key at work: signed requests to a venue's private REST API, and what their replies mean.

use core::fmt;
use std::sync::Arc;

use crate::error::{ErrorCode, VenuekeyError, code_like, printable};
use crate::http::{HttpMethod, HttpRequest, HttpResponse};
use crate::names::named;
use crate::secret::Secret;
use crate::time;
use crate::venue::{Environment, Signing, SigningKey, ToSign, Venue, base_or, fits_header};

/// What a signer is made from. Only the first four are required.
#[derive(Clone)]
pub struct SignerConfig {
    /// The exchange.
    pub venue: Venue,
    /// Which of its worlds: a key of one is unknown in another.
    pub environment: Environment,
    /// The public half, as [`ApiKey::api_key`](crate::ApiKey::api_key).
    pub api_key: Secret,
    /// The secret half.
    pub api_secret: Secret,
    /// Another base for the private API (a sandbox, a regional host): https, or http on loopback.
    pub api_base: Option<String>,
    /// The `User-Agent` to send.
    pub user_agent: Option<String>,
    /// WhiteBIT: send `nonceWindow`, so that requests may arrive in any order, within 5 s of the venue's clock.
    pub nonce_window: bool,
    /// WhiteBIT: how names and texts that are not ASCII are written.
    pub non_ascii: NonAscii,
    /// Bybit: how old a request may be when it arrives, in milliseconds: 1 to 60,000.
    pub recv_window_ms: u32,
    /// Bybit: the broker id, sent as `X-Referer`.
    pub broker_id: Option<String>,
}

impl SignerConfig {
    /// The required part; the rest by default.
    pub fn new(venue: Venue, environment: Environment, api_key: Secret, api_secret: Secret) -> Self {
        Self {
            venue,
            environment,
            api_key,
            api_secret,
            api_base: None,
            user_agent: None,
            nonce_window: false,
            non_ascii: NonAscii::Refuse,
            recv_window_ms: 5_000,
            broker_id: None,
        }
    }
}

impl fmt::Debug for SignerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignerConfig({}, {})", self.venue.as_str(), self.environment.as_str())
    }
}

/// How a body at WhiteBIT spells what is not ASCII, such as the names in a withdrawal's travel-rule data. The venue
/// compares the body with its own spelling, and no document says which (facts/whitebit.md, 10.1 and 15): try one with a
/// request that changes nothing. Bybit takes any UTF-8, and this does not concern it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NonAscii {
    /// `invalid_argument`, before anything is signed.
    Refuse,
    /// As it is, in UTF-8.
    Utf8,
    /// As `\u` escapes, in lower case.
    Escape,
}

named!(NonAscii "non_ascii" {
    Refuse = "refuse",
    Utf8 = "utf8",
    Escape = "escape",
});

/// Signs requests with one key. Cheap to clone, safe to share; it keeps no nonce, see [`Nonces`](crate::Nonces).
#[derive(Clone)]
pub struct Signer {
    venue: Venue,
    environment: Environment,
    signing: &'static Signing,
    key: Arc<SigningKey>,
}

impl Signer {
    /// Checks the configuration.
    ///
    /// # Errors
    /// `invalid_configuration`, with a hint that names the field and the rule.
    pub fn new(config: SignerConfig) -> Result<Self, VenuekeyError> {
        let profile = config.venue.profile(false);
        let refuse =
            |hint: &str| VenuekeyError::new(ErrorCode::InvalidConfiguration).with_hint(hint).with_venue(profile.venue);
        let hosts = profile.hosts(config.environment)?;
        if !config.api_key.is_header_safe(256) {
            return Err(refuse("api_key must be 1 to 256 characters of visible ASCII"));
        }
        if !config.api_secret.fits_configuration() {
            return Err(refuse("api_secret must be 1 to 1024 bytes, without white space at either end"));
        }
        if !(1..=60_000).contains(&config.recv_window_ms) {
            return Err(refuse("recv_window_ms must be 1 to 60000"));
        }
        if [&config.user_agent, &config.broker_id].into_iter().flatten().any(|text| !fits_header(text)) {
            return Err(refuse("user_agent and broker_id must be 1 to 256 characters of printable ASCII"));
        }
        let Some(base) = base_or(config.api_base, hosts.rest_base) else {
            return Err(refuse(
                "api_base must be https, or http on loopback, its host in ASCII, without user, query or fragment",
            ));
        };
        let key = SigningKey {
            api_key: config.api_key,
            api_secret: config.api_secret,
            base,
            user_agent: config.user_agent.or(profile.user_agent.map(str::to_owned)),
            nonce_window: config.nonce_window,
            non_ascii: config.non_ascii,
            recv_window_ms: config.recv_window_ms,
            broker_id: config.broker_id,
        };
        Ok(Self { venue: config.venue, environment: config.environment, signing: profile.signing, key: Arc::new(key) })
    }

    /// The venue this key belongs to.
    pub fn venue(&self) -> Venue {
        self.venue
    }

    /// The environment this key belongs to.
    pub fn environment(&self) -> Environment {
        self.environment
    }

    /// A request whose bytes are the signed bytes: send it exactly as it is, once.
    ///
    /// `path` is any path of the private API (`/api/v4/…`, `/v5/…`), without a query. `parameters` is a JSON object of at
    /// most 64 KiB, each name once in its object: the body, or for a GET the query. Its order and its figures stay as they
    /// are written. At WhiteBIT the request is a POST, decimals are texts, and everything is ASCII unless
    /// [`SignerConfig::non_ascii`] says otherwise. `nonce_ms` comes from
    /// [`Nonces`](crate::Nonces): near the venue's clock in Unix milliseconds; at Bybit it is the timestamp.
    ///
    /// # Errors
    /// `invalid_argument`, with a hint at the rule.
    pub fn sign(
        &self,
        method: HttpMethod,
        path: &str,
        parameters: &str,
        nonce_ms: u64,
    ) -> Result<HttpRequest, VenuekeyError> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"/_-.".contains(&b);
        let inside = path.strip_prefix(self.signing.path_prefix).unwrap_or_default();
        let fits = !inside.is_empty() && path.len() <= 256 && path.bytes().all(plain);
        // HTTP stacks take `/./` and `/../` out, and the signature would be of another path.
        if !fits || path.contains("//") || path.contains("..") || path.split('/').any(|part| part == ".") {
            let prefix = self.signing.path_prefix;
            let hint =
                format!("a path begins with {prefix} and has no query, no escapes, and no . or .. between slashes");
            return Err(VenuekeyError::invalid_argument(&hint).with_venue(self.venue));
        }
        self.sign_for("signed_request", method, path, parameters, nonce_ms)
    }

    fn sign_for(
        &self,
        purpose: &'static str,
        method: HttpMethod,
        path: &str,
        parameters: &str,
        nonce_ms: u64,
    ) -> Result<HttpRequest, VenuekeyError> {
        if nonce_ms > time::MAX_MS {
            return Err(VenuekeyError::invalid_argument("nonce_ms must be below 2^53").with_venue(self.venue));
        }
        let to_sign = ToSign { purpose, method, path, parameters, nonce_ms };
        (self.signing.sign)(&self.key, &to_sign)
            .map_err(|hint| VenuekeyError::invalid_argument(hint).with_venue(self.venue))
    }

    /// What the venue answered: the payload's JSON, the venue's own text. WhiteBIT: the body; Bybit: `result`. Of a batch,
    /// look at [`SignedReply::items`]: each order has an end of its own.
    ///
    /// # Errors
    /// By what to do next: `signature_rejected`, `request_rejected` and `ip_not_allowed` (fix it), `permission_denied`
    /// and `key_rejected` (the user), `nonce_rejected` and `clock_rejected` (sign again), `rate_limited`,
    /// `venue_unavailable`, `malformed_reply`, `reply_too_large`.
    pub fn read(&self, response: &HttpResponse) -> Result<SignedReply, VenuekeyError> {
        (self.signing.read)(response).map_err(|refused| refused.into_error(response).with_venue(self.venue))
    }

    /// A read-only request that proves that the key works.
    ///
    /// # Errors
    /// `invalid_argument` for the nonce.
    pub fn probe(&self, nonce_ms: u64) -> Result<HttpRequest, VenuekeyError> {
        let (method, path) = self.signing.probe;
        self.sign_for("probe_key", method, path, "{}", nonce_ms)
    }

    /// What the reply to [`Signer::probe`] says of the key.
    ///
    /// # Errors
    /// As [`Signer::read`]; at WhiteBIT a missing permission is no error here, since it proves the key.
    pub fn read_probe(&self, response: &HttpResponse) -> Result<KeyProof, VenuekeyError> {
        (self.signing.read_probe)(&self.key, response)
            .map_err(|refused| refused.into_error(response).with_venue(self.venue))
    }

    /// The request for the venue's time. It is not signed.
    pub fn ask_time(&self) -> HttpRequest {
        let path = self.signing.time_path;
        self.key.request("ask_time", HttpMethod::Get, path, (self.signing.limit)(path))
    }

    /// How far the venue's clock is ahead of the host's, from when [`Signer::ask_time`] went out and came back.
    ///
    /// # Errors
    /// `malformed_reply` where the reply names no time.
    pub fn read_time(
        &self,
        response: &HttpResponse,
        sent_at_ms: u64,
        received_at_ms: u64,
    ) -> Result<ClockOffset, VenuekeyError> {
        let read = (200..300).contains(&response.status()).then(|| (self.signing.read_time)(response)).flatten();
        let in_reach = |&(venue_ms, _): &(u64, u64)| venue_ms <= time::MAX_MS;
        let Some((venue_ms, coarse_ms)) = read.filter(in_reach) else {
            return Err(VenuekeyError::new(ErrorCode::MalformedReply)
                .with_reply(Some(response.status()), None, None)
                .with_venue(self.venue));
        };
        let round_trip_ms = received_at_ms.saturating_sub(sent_at_ms);
        let here_ms = sent_at_ms.saturating_add(round_trip_ms / 2).min(time::MAX_MS);
        // A coarse figure is on average half of its step behind.
        let there_ms = venue_ms.saturating_add(coarse_ms / 2);
        let ahead_ms = i64::try_from(there_ms).unwrap_or(i64::MAX) - i64::try_from(here_ms).unwrap_or(i64::MAX);
        Ok(ClockOffset { ahead_ms, uncertainty_ms: round_trip_ms / 2 + coarse_ms / 2 })
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({} {})", self.venue.as_str(), self.environment.as_str())
    }
}

/// A signed request's success.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedReply {
    pub(crate) payload: String,
    pub(crate) items: Vec<BatchItem>,
}

impl SignedReply {
    /// JSON, in the venue's own spelling: read decimals as texts. It is the user's data; keep it out of logs.
    pub fn payload(&self) -> &str {
        &self.payload
    }

    /// Bybit: what became of each order of a batch, in the batch's order. The call succeeds though all of them fail.
    /// Empty where the reply is not a batch's, and at WhiteBIT.
    pub fn items(&self) -> &[BatchItem] {
        &self.items
    }
}

impl fmt::Debug for SignedReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedReply({} bytes", self.payload.len())?;
        if !self.items.is_empty() {
            let refused = self.items.iter().filter(|item| !item.is_accepted).count();
            write!(f, ", {refused} of {} items refused", self.items.len())?;
        }
        f.write_str(")")
    }
}

/// What became of one order of a batch.
#[derive(Clone, PartialEq, Eq)]
pub struct BatchItem {
    /// Whether the venue took it: its code is 0.
    pub is_accepted: bool,
    /// The venue's code for it, as text.
    pub venue_code: Option<String>,
    /// The venue's own words. **Untrusted**: never put them into a page, a log or a message unescaped.
    pub venue_text: Option<String>,
}

impl fmt::Debug for BatchItem {
    /// Without the venue's words, as an error.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.venue_code.as_deref().unwrap_or("none");
        write!(f, "BatchItem(is_accepted={}, venue code {code})", self.is_accepted)
    }
}

impl BatchItem {
    pub(crate) fn new(code: Option<String>, text: Option<&str>) -> Self {
        let venue_code = code.as_deref().and_then(code_like);
        let venue_text = text.map(|text| printable(text, 300));
        Self { is_accepted: venue_code.as_deref() == Some("0"), venue_code, venue_text }
    }
}

/// A key that works, and what the venue says of it.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyProof {
    /// Whether the probe itself was permitted. WhiteBIT: `false` where the user has granted nothing of it.
    pub is_permitted: bool,
    /// Bybit: what the user granted, an open list.
    pub permissions: Option<Vec<GrantedPermission>>,
    /// Bybit: whose key it is.
    pub uid: Option<String>,
    /// Bybit: the addresses the key is bound to; empty where it is bound to none.
    pub ips: Vec<String>,
    /// Bybit: whether the key only reads.
    pub is_read_only: Option<bool>,
    /// Bybit: whether it is a key for a third-party app, as one granted by consent should be.
    pub is_third_party: Option<bool>,
    /// Bybit: when it ends (RFC 3339), where it does.
    pub expires_at: Option<String>,
    /// The same in Unix milliseconds; `None` where it cannot be read.
    pub expires_at_ms: Option<u64>,
}

impl fmt::Debug for KeyProof {
    /// Without the addresses: they are the app's own business, and a log is read by others.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyProof(is_permitted={}, {} ips)", self.is_permitted, self.ips.len())
    }
}

impl KeyProof {
    pub(crate) fn permitted(is_permitted: bool) -> Self {
        Self {
            is_permitted,
            permissions: None,
            uid: None,
            ips: Vec::new(),
            is_read_only: None,
            is_third_party: None,
            expires_at: None,
            expires_at_ms: None,
        }
    }

    /// Whether the user has granted anything at all; `None` where that is not known. WhiteBIT: a probe that was not
    /// permitted leaves it open (facts/whitebit.md, D9).
    pub fn any_granted(&self) -> Option<bool> {
        match &self.permissions {
            Some(groups) => Some(groups.iter().any(|group| !group.granted.is_empty())),
            // Something must be granted for the probe to be permitted (facts/bybit.md, 8.4: any permission suffices).
            None => self.is_permitted.then_some(true),
        }
    }
}

/// One group of permissions on a Bybit key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedPermission {
    /// The group, such as `Spot`.
    pub name: String,
    /// What is granted of it, such as `SpotTrade`; empty where nothing is.
    pub granted: Vec<String>,
}

/// The distance between two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockOffset {
    /// Add this to the host's time to get the venue's, in milliseconds; below zero where the venue is behind.
    pub ahead_ms: i64,
    /// How far the figure may be off, in milliseconds. WhiteBIT tells whole seconds only.
    pub uncertainty_ms: u64,
}
