//! A key at work: signed requests, what their replies mean, and which of two texts is its public half.

use std::sync::Arc;

use crate::account::ApiKey;
use crate::ambient::at;
use crate::calls::{Enter, calls};
use crate::cross::{Cross, mirror};
use crate::error::VenuekeyError;
use crate::http::{HttpRequest, HttpResponse};
use crate::object::{fields, opaque};
use crate::secret::Secret;
use crate::values::{BatchItem, GrantedPermission, HttpMethod, NonAscii, Venue, VenueEnvironment};

/// Everything of a signer but its key. Only the first two are required.
#[derive(uniffi::Record)]
pub struct SignerOptions {
    /// The exchange.
    pub venue: Venue,
    /// Which of its worlds; a key of one is unknown in another.
    pub environment: VenueEnvironment,
    /// Another base for the private API (a sandbox, a regional host): https, or http on loopback.
    #[uniffi(default)]
    pub api_base: Option<String>,
    /// The `User-Agent` to send. Bybit's guidance asks for a browser's; a default is sent there.
    #[uniffi(default)]
    pub user_agent: Option<String>,
    /// WhiteBIT: send `nonceWindow`, so that requests may arrive in any order, within 5 seconds of the venue's clock: for
    /// several workers with one key.
    #[uniffi(default = false)]
    pub nonce_window: bool,
    /// WhiteBIT: how names and texts that are not ASCII are written, such as those in a withdrawal's travel-rule data.
    /// Left out: refused.
    #[uniffi(default)]
    pub non_ascii: Option<NonAscii>,
    /// Bybit: how old a request may be when it arrives, in milliseconds: 1 to 60000; 5000 where left out.
    #[uniffi(default)]
    pub recv_window_ms: Option<i64>,
    /// Bybit: the broker id, sent as `X-Referer`.
    #[uniffi(default)]
    pub broker_id: Option<String>,
}

impl SignerOptions {
    fn with_key(
        self,
        api_key: venuekey::Secret,
        api_secret: venuekey::Secret,
    ) -> Result<venuekey::SignerConfig, VenuekeyError> {
        let Self { venue, environment, api_base, user_agent, nonce_window, non_ascii, recv_window_ms, broker_id } =
            self;
        let defaults = venuekey::SignerConfig::new(venue.into(), environment.into(), api_key, api_secret);
        let recv_window_ms = recv_window_ms.enter("recv_window_ms")?.unwrap_or(defaults.recv_window_ms);
        Ok(venuekey::SignerConfig {
            api_base,
            user_agent,
            nonce_window,
            non_ascii: non_ascii.unwrap_or(defaults.non_ascii),
            recv_window_ms,
            broker_id,
            ..defaults
        })
    }
}

opaque! {
    /// Signs requests with one API key and reads their replies. It keeps no nonce: share one between threads. A key that
    /// a connection has brought goes in as it is (`ApiKey.apiKey`, `ApiKey.apiSecret`).
    ///
    /// `nonceMs` is Unix milliseconds by the venue's clock; left out, the operating system's clock. That is enough at
    /// Bybit, where this is only the timestamp (at most 1 second ahead of Bybit's clock), and at WhiteBIT where one
    /// worker sends at most one request a millisecond and waits for each reply. Otherwise take it from `Nonces`: WhiteBIT
    /// refuses a nonce that comes twice.
    Signer;

    /// The venue this key belongs to.
    venue: Venue,

    /// The environment this key belongs to.
    environment: VenueEnvironment,
}

calls! {
    Signer;

    /// What the venue answered to a signed request. A refusal is thrown: no flow goes on after it, and the error's kind
    /// says what the caller does next.
    ///
    /// Throws a `Misuse`: `request_rejected` (`venueText` has the venue's words), `signature_rejected`, `ip_not_allowed`;
    /// a `UserAction`: `permission_denied` (the user connects again and grants it); a `Reauthorize`: `key_rejected`
    /// (deleted, disabled, over, or of another environment); an `Unavailable`: `nonce_rejected` and `clock_rejected`
    /// (sign again, see `Nonces` and `receiveTime`), `rate_limited`, `venue_unavailable`, after which a
    /// request that changes something may have done so; a `Protocol`: `malformed_reply`, `reply_too_large`.
    fn receive_response(response: &HttpResponse) -> Arc<SignedReply>;

    /// A read-only request that proves that the key works, for `receiveProbe`.
    ///
    /// Throws `invalid_argument` for the nonce.
    fn probe(), ambient(nonce_ms) -> Arc<HttpRequest>;

    /// What the reply to `probe` says of the key.
    ///
    /// Throws as `receiveResponse`; but at WhiteBIT a missing permission is no error here, since it proves the key.
    fn receive_probe(response: &HttpResponse) -> Arc<KeyProof>;

    /// How far the venue's clock is ahead of the host's. `sentAtMs` is when the request went out, `receivedAtMs` when the
    /// reply was there, both in Unix milliseconds by the host's clock.
    ///
    /// Throws `malformed_reply` where the reply names no time.
    fn receive_time(response: &HttpResponse, sent_at_ms: i64, received_at_ms: i64) -> ClockOffset;
}

#[uniffi::export]
impl Signer {
    /// `apiKey` is the public half, `apiSecret` the secret half.
    ///
    /// Throws `invalid_configuration`, with a hint that names the field and the rule.
    #[uniffi::constructor]
    pub fn new(options: SignerOptions, api_key: &Secret, api_secret: &Secret) -> Result<Self, VenuekeyError> {
        Ok(Self(venuekey::Signer::new(options.with_key(api_key.0.clone(), api_secret.0.clone())?)?))
    }

    /// A request whose bytes are the signed bytes: send it exactly as it is, once.
    ///
    /// `method` is GET or POST; every private endpoint of WhiteBIT is a POST. `path` is any path of the private API,
    /// without a query: `/api/v4/…` at WhiteBIT, `/v5/…` at Bybit. `parameters` is a JSON object, taken as it is written:
    /// the body, or for a GET the query; left out, there are none. Write amounts as strings, which is how both venues
    /// take them. WhiteBIT: ASCII only, unless the options' `nonAscii` says otherwise.
    ///
    /// Throws `invalid_argument`, with a hint at the rule.
    #[uniffi::method(default(parameters = "{}", nonce_ms = None))]
    pub fn sign(
        &self,
        method: HttpMethod,
        path: String,
        parameters: String,
        nonce_ms: Option<i64>,
    ) -> Result<Arc<HttpRequest>, VenuekeyError> {
        Ok(self.0.sign(method, &path, &parameters, at(nonce_ms, "nonce_ms")?)?.cross())
    }

    /// The request for the venue's time, for `receiveTime`. It is not signed.
    pub fn ask_time(&self) -> Arc<HttpRequest> {
        self.0.ask_time().cross()
    }
}

mirror! {
    /// The distance between two clocks.
    ClockOffset {
        /// Add this to the host's time to get the venue's, in milliseconds; below zero where the venue is behind.
        ahead_ms: i64,
        /// How far the figure may be off, in milliseconds. WhiteBIT tells whole seconds only.
        uncertainty_ms: i64,
    }
}

opaque! {
    /// A signed request's success. It is the user's data: keep it out of logs, as its description does.
    SignedReply;

    /// JSON, in the venue's own spelling. WhiteBIT: the body; Bybit: its `result`.
    payload: String,

    /// Bybit: what became of each order of a batch, in the batch's order. The call succeeds though all of them fail. Empty
    /// where the reply is not a batch's, and at WhiteBIT.
    items: Vec<BatchItem>,
}

opaque! {
    /// A key that works, and what the venue says of it.
    KeyProof;

    /// Whether the user has granted anything at all; absent where that is not known. WhiteBIT: a probe that was not
    /// permitted leaves it open.
    any_granted: Option<bool>,
}

fields! {
    KeyProof;

    /// Whether the probe itself was permitted. WhiteBIT: false where the user has granted nothing of it.
    is_permitted: bool,

    /// Bybit: what the user granted, an open list; absent where the venue did not say.
    permissions: Option<Vec<GrantedPermission>>,

    /// Bybit: whose key it is, where the venue told it.
    uid: Option<String>,

    /// Bybit: the addresses the key is bound to; empty where it is bound to none.
    ips: Vec<String>,

    /// Bybit: whether the key only reads; absent where the venue did not say.
    is_read_only: Option<bool>,

    /// Bybit: whether it is a key for a third-party app, as one granted by consent should be.
    is_third_party: Option<bool>,

    /// Bybit: when it ends (RFC 3339), where it does.
    expires_at: Option<String>,

    /// The same in Unix milliseconds; absent where it cannot be read.
    expires_at_ms: Option<i64>,
}

opaque! {
    /// Finds out which public key belongs to an `ApiKey` with a `candidatePublicKey`: WhiteBIT's documents disagree, so
    /// a probe decides. A key without one is proven in the same way, by one request.
    ///
    /// Send `request()`, give the reply to `receive`, until it answers `Proven`; then store that key instead. The probes
    /// only read: nothing is to be saved meanwhile, and where no reply comes, ask again.
    PublicKeyProbe
}

calls! {
    PublicKeyProbe;

    /// A read-only request, signed with the public key in question. `nonceMs` as for `Signer`, a new one each time.
    ///
    /// Throws `invalid_argument` for the nonce.
    fn request(), ambient(nonce_ms) -> Arc<HttpRequest>;

    /// What the reply says of the public key in question.
    ///
    /// Throws `key_rejected` where the venue accepts neither. Any other says nothing about the key, such as a rate limit
    /// or the clock: do what it says, and ask again with this same value.
    fn receive(response: &HttpResponse) -> PublicKeyAnswer;
}

#[uniffi::export]
impl PublicKeyProbe {
    /// `key` is the key that a connection has brought.
    ///
    /// Throws `invalid_configuration`.
    #[uniffi::constructor]
    pub fn new(key: &ApiKey, options: SignerOptions) -> Result<Self, VenuekeyError> {
        // Core puts the key's own texts in.
        let none = || venuekey::Secret::new("");
        Ok(Self(venuekey::PublicKeyProbe::new(&key.0, options.with_key(none(), none())?)?))
    }
}

mirror! {
    /// What a probe's reply says of a public key.
    enum PublicKeyAnswer {
        /// The public half works.
        Proven {
            /// The key under the public half that works, without a candidate. Store it.
            key: Arc<ApiKey>,
            /// What the venue says of it.
            proof: Arc<KeyProof>,
        },
        /// Ask for the next public key.
        Next {
            /// Its probe.
            probe: Arc<PublicKeyProbe>,
        },
    }
}
