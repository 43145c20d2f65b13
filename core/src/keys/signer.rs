//! A key at work: signed requests to a venue's private REST API, and what their replies mean.

use core::fmt;
use std::sync::Arc;

use crate::base::base_url::{base_or, fits_header};
use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::ids::{Venue, VenueEnvironment};
use crate::base::secret::Secret;
use crate::base::time;
use crate::model::key_proof::{KeyProof, SignedReply};
use crate::model::policy::NonAscii;
use crate::venue::identity::site_hint;
use crate::venue::signing::{Signing, SigningKey, ToSign};
use crate::wire::http::{HttpMethod, HttpRequest, HttpResponse};

/// A signer's configuration. Only the first four are required.
#[derive(Clone)]
pub struct SignerConfig {
    /// The exchange.
    pub venue: Venue,
    /// Which of its environments. A key of one is unknown in another.
    pub environment: VenueEnvironment,
    /// The public half, as [`ApiKey::api_key`](crate::parts::ApiKey::api_key) gives it.
    pub api_key: Secret,
    /// The secret half, as [`ApiKey::api_secret`](crate::parts::ApiKey::api_secret) gives it.
    pub api_secret: Secret,
    /// The key's own [`ApiKey::passphrase`](crate::parts::ApiKey::passphrase), if the venue's keys have one.
    pub passphrase: Option<Secret>,
    /// The key's own [`ApiKey::site`](crate::parts::ApiKey::site), exactly one of the venue's: requests go there.
    pub site: Option<String>,
    /// Another base for the private API (a sandbox, a regional host): https, or http on loopback.
    pub api_base: Option<String>,
    /// The `User-Agent` to send. Bybit's guidance asks for a browser's, so Bybit is sent one by default.
    pub user_agent: Option<String>,
    /// WhiteBIT: send `nonceWindow`, so that requests may arrive in any order within 5 s of the venue's clock: for
    /// several workers with one key.
    pub nonce_window: bool,
    /// WhiteBIT: how names and texts that are not ASCII are written, such as those in a withdrawal's travel-rule data.
    /// The venue compares the body with its own encoding, and no document says which that is: try with a request that
    /// changes nothing.
    pub non_ascii: NonAscii,
    /// Bybit: how old a request may be when it arrives, in milliseconds: 1 to 60,000.
    pub recv_window_ms: u32,
    /// Bybit: the broker id, sent as `X-Referer`.
    pub broker_id: Option<String>,
}

impl SignerConfig {
    /// The required part; the rest by default.
    pub fn new(venue: Venue, environment: VenueEnvironment, api_key: Secret, api_secret: Secret) -> Self {
        Self {
            venue,
            environment,
            api_key,
            api_secret,
            passphrase: None,
            site: None,
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

/// Signs requests with one API key and reads their replies. It keeps no nonce (see [`Nonces`](crate::parts::Nonces)),
/// so threads can share it.
#[derive(Clone)]
pub struct Signer {
    venue: Venue,
    environment: VenueEnvironment,
    signing: &'static Signing,
    key: Arc<SigningKey>,
}

impl Signer {
    /// Checks the configuration.
    ///
    /// # Errors
    /// `invalid_configuration`, with a hint that names the field and the rule.
    pub fn new(config: SignerConfig) -> Result<Self, VenuekeyError> {
        let profile = config.venue.profile(false)?;
        let signing = config.venue.signing()?;
        let refuse =
            |hint: &str| VenuekeyError::new(ErrorCode::InvalidConfiguration).with_hint(hint).with_venue(profile.venue);
        let hosts = profile.hosts(config.environment)?;
        if !config.api_key.is_header_safe(256) {
            return Err(refuse("api_key must be 1 to 256 characters of visible ASCII"));
        }
        if !config.api_secret.fits_configuration() {
            return Err(refuse("api_secret must be 1 to 1024 bytes, without white space at either end"));
        }
        match &config.passphrase {
            None if profile.has_passphrase => {
                return Err(refuse("passphrase is missing: signed requests carry it"));
            }
            Some(_) if !profile.has_passphrase => {
                return Err(refuse("passphrase must be left out: this venue's keys have none"));
            }
            // Exposed to be checked; it goes into no hint.
            Some(passphrase) if !fits_header(passphrase.expose()) => {
                return Err(refuse("passphrase must be 1 to 256 characters of printable ASCII"));
            }
            _ => {}
        }
        if !(1..=60_000).contains(&config.recv_window_ms) {
            return Err(refuse("recv_window_ms must be 1 to 60000"));
        }
        if [&config.user_agent, &config.broker_id].into_iter().flatten().any(|text| !fits_header(text)) {
            return Err(refuse("user_agent and broker_id must be 1 to 256 characters of printable ASCII"));
        }
        // A configured base is the only one there is.
        let sites = if config.api_base.is_none() { hosts.sites } else { &[] };
        let site = config.site.as_deref();
        if site.is_some_and(|site| !sites.contains(&site)) {
            return Err(refuse(&site_hint(sites)));
        }
        let Some(base) = base_or(config.api_base, site.unwrap_or(hosts.rest_base)) else {
            return Err(refuse(
                "api_base must be https, or http on loopback, with an ASCII host and without user, query or fragment",
            ));
        };
        let key = SigningKey {
            api_key: config.api_key,
            mac: signing.mac.and_then(|prepared| prepared(&config.api_secret)),
            api_secret: config.api_secret,
            passphrase: config.passphrase,
            base,
            user_agent: config.user_agent.or(profile.user_agent.map(str::to_owned)),
            nonce_window: config.nonce_window,
            non_ascii: config.non_ascii,
            recv_window_ms: config.recv_window_ms,
            broker_id: config.broker_id,
            headers: hosts.headers,
        };
        Ok(Self { venue: config.venue, environment: config.environment, signing, key: Arc::new(key) })
    }

    /// The venue this key belongs to.
    pub fn venue(&self) -> Venue {
        self.venue
    }

    /// The environment this key belongs to.
    pub fn environment(&self) -> VenueEnvironment {
        self.environment
    }

    /// A request whose bytes are the signed bytes: send it exactly as it is, once.
    ///
    /// - `method`: GET or POST; every private endpoint of WhiteBIT is a POST.
    /// - `path`: any path of the private API, without a query: `/api/v4/…` at WhiteBIT, `/v5/…` at Bybit.
    /// - `parameters`: a JSON object of at most 64 KiB, without repeated names: the body, or for a GET the query. Its
    ///   order and numbers stay as written; write amounts as strings, which is how both venues take them. WhiteBIT:
    ///   ASCII only, unless [`SignerConfig::non_ascii`] says otherwise.
    /// - `nonce_ms`: Unix milliseconds by the venue's clock. The host's own clock is enough at Bybit (this is only the
    ///   timestamp there, at most 1 second ahead of Bybit's clock), and at WhiteBIT if one worker sends at most one
    ///   request a millisecond and waits for each reply. Otherwise take it from [`Nonces`](crate::parts::Nonces):
    ///   WhiteBIT refuses a repeated nonce.
    ///
    /// # Errors
    /// `invalid_argument`, with a hint that states the rule.
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
        let doubled = path.as_bytes().windows(2).any(|pair| pair == b"//" || pair == b"..");
        let has_dot = path.as_bytes().windows(3).any(|three| three == b"/./") || path.ends_with("/.");
        if !fits || doubled || has_dot {
            let prefix = self.signing.path_prefix;
            let hint = format!("a path must begin with {prefix} and have no query, no escapes, and no . or .. segment");
            return Err(VenuekeyError::invalid_argument(&hint).with_venue(self.venue));
        }
        self.sign_for("signed_request", method, path, parameters, nonce_ms)
    }

    pub(crate) fn sign_for(
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

    /// What the venue answered to a signed request. For a batch, look at [`SignedReply::items`]: each order has its own
    /// result.
    ///
    /// # Errors
    /// `request_rejected` (`venue_text` has the venue's words), `signature_rejected`, `ip_not_allowed`;
    /// `permission_denied`: the user connects again and grants it. `key_rejected`: deleted, disabled, expired, or of
    /// another environment. `nonce_rejected` and `clock_rejected` (sign again, see [`Nonces`](crate::parts::Nonces) and
    /// [`Signer::receive_time`]), `rate_limited`, `venue_refused`, and `venue_unavailable`, after which a request that
    /// changes something may have done so. `malformed_reply`, `reply_too_large`.
    pub fn receive_response(&self, response: &HttpResponse) -> Result<SignedReply, VenuekeyError> {
        (self.signing.parse)(response).map_err(|refused| refused.into_error(response).with_venue(self.venue))
    }

    /// A read-only request that proves that the key works, for [`Signer::receive_probe`].
    ///
    /// - `nonce_ms`: as for [`Signer::sign`].
    ///
    /// # Errors
    /// `invalid_argument` for the nonce.
    pub fn probe(&self, nonce_ms: u64) -> Result<HttpRequest, VenuekeyError> {
        let (method, path) = self.signing.probe;
        self.sign_for("probe_key", method, path, "{}", nonce_ms)
    }

    /// What the reply to [`Signer::probe`] says about the key.
    ///
    /// # Errors
    /// As [`Signer::receive_response`]; but at WhiteBIT a missing permission is no error here, since it proves the key.
    pub fn receive_probe(&self, response: &HttpResponse) -> Result<KeyProof, VenuekeyError> {
        (self.signing.parse_probe)(&self.key, response)
            .map_err(|refused| refused.into_error(response).with_venue(self.venue))
    }

    /// The request for the venue's time, for [`Signer::receive_time`]. It is not signed.
    pub fn ask_time(&self) -> HttpRequest {
        let path = self.signing.time_path;
        self.key.request("ask_time", HttpMethod::Get, path, (self.signing.limit)(path))
    }

    /// How far the venue's clock is ahead of the host's.
    ///
    /// - `response`: the reply to [`Signer::ask_time`].
    /// - `sent_at_ms`: when the request went out, in Unix milliseconds by the host's clock.
    /// - `received_at_ms`: when the reply arrived.
    ///
    /// # Errors
    /// `malformed_reply` if the reply has no time.
    pub fn receive_time(
        &self,
        response: &HttpResponse,
        sent_at_ms: u64,
        received_at_ms: u64,
    ) -> Result<ClockOffset, VenuekeyError> {
        let read = (200..300).contains(&response.status()).then(|| (self.signing.parse_time)(response)).flatten();
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

/// The difference between two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClockOffset {
    /// Add this to the host's time to get the venue's, in milliseconds; negative if the venue's clock is behind.
    pub ahead_ms: i64,
    /// How far off this may be, in milliseconds. WhiteBIT reports only whole seconds.
    pub uncertainty_ms: u64,
}
