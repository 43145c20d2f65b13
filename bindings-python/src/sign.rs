//! A key at work: signed requests, and what their replies mean.

use pyo3::Borrowed;
use pyo3::types::PyString;
use venuekey::SignerConfig;

use crate::http::{HttpRequest, HttpResponse};
use crate::prelude::*;
use crate::proof::KeyProof;
use crate::secret::SecretText;

/// Parameters as JSON text. What is no text is written by `venuekey/_json.py`, which knows Python's types.
struct Parameters(String);

impl<'py> FromPyObject<'_, 'py> for Parameters {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if given.is_instance_of::<PyString>() {
            return given.extract::<Text>().map(|Text(text)| Self(text));
        }
        let written = given.py().import("venuekey._json")?.call_method1("written", (given,))?;
        written.extract::<Text>().map(|Text(text)| Self(text))
    }
}

class! {
    /// Signs requests with one API key and reads their replies. It keeps no nonce: share one between threads.
    ///
    /// A key that a connection has brought goes in as it is (`api_key=key.api_key, api_secret=key.api_secret`), one from
    /// the host's store as text.
    ///
    /// Args:
    ///     venue: `"whitebit"` or `"bybit"`.
    ///     environment: WhiteBIT `"global"` or `"eu"`; Bybit `"mainnet"` or `"testnet"`. A key of one is unknown in the
    ///         other.
    ///     api_key: the public half, `str` or `Secret`.
    ///     api_secret: the secret half, `str` or `Secret`.
    ///     api_base: another base for the private API (a sandbox, a regional host): https, or http on loopback.
    ///     user_agent: the `User-Agent` to send. Bybit's guidance asks for a browser's; a default is sent there.
    ///     nonce_window: WhiteBIT: send `nonceWindow`, so that requests may arrive in any order, within 5 seconds of the
    ///         venue's clock: for several workers with one key.
    ///     non_ascii: WhiteBIT: how names and texts that are not ASCII are written, such as those in a withdrawal's
    ///         travel-rule data: `"refuse"`, `"utf8"` (as they are) or `"escape"` (JSON's escapes). The venue compares the
    ///         body with its own spelling, and no document says which that is: try with a request that changes nothing.
    ///     recv_window_ms: Bybit: how old a request may be when it arrives, in milliseconds: 1 to 60000.
    ///     broker_id: Bybit: the broker id, sent as `X-Referer`.
    ///
    /// Raises:
    ///     MisuseError: `invalid_configuration`, with a hint that names the field and the rule.
    ///
    /// >>> import venuekey
    /// >>> signer = venuekey.Signer(venue="bybit", environment="mainnet", api_key="key", api_secret="s3cr3t")
    /// >>> signer
    /// Signer(bybit mainnet)
    /// >>> request = signer.sign("GET", "/v5/account/wallet-balance", {"accountType": "UNIFIED"})
    /// >>> request, request.url
    /// (HttpRequest(GET signed_request, safe), 'https://api.bybit.com/v5/account/wallet-balance?accountType=UNIFIED')
    /// >>> reply = venuekey.HttpResponse(200, b'{"retCode": 0, "result": {"totalEquity": "3.50"}}')
    /// >>> signer.receive_response(reply).json()
    /// {'totalEquity': '3.50'}
    struct Signer(venuekey::Signer) as signer {
        /// The venue this key belongs to.
        venue: String = signer.venue().as_str().to_owned(),
        /// The environment this key belongs to.
        environment: String = signer.environment().as_str().to_owned(),
    }
    opaque
}

#[pymethods]
impl Signer {
    #[new]
    #[pyo3(signature = (
        *, venue, environment, api_key, api_secret, api_base=None, user_agent=None, nonce_window=false,
        non_ascii=Text("refuse".to_owned()), recv_window_ms=5000, broker_id=None,
    ), text_signature = "(*, venue, environment, api_key, api_secret, api_base=None, user_agent=None, nonce_window=False, non_ascii='refuse', recv_window_ms=5000, broker_id=None)")]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments are Python's configuration record")]
    fn new(
        venue: Text,
        environment: Text,
        api_key: SecretText<'_>,
        api_secret: SecretText<'_>,
        api_base: Option<Text>,
        user_agent: Option<Text>,
        nonce_window: bool,
        non_ascii: Text,
        recv_window_ms: u32,
        broker_id: Option<Text>,
    ) -> Result<Self> {
        let config = given!(SignerConfig: venue, environment, api_key, api_secret, api_base, user_agent,
            nonce_window, non_ascii, recv_window_ms, broker_id);
        Ok(Self(venuekey::Signer::new(config)?))
    }

    /// A request whose bytes are the signed bytes: send it exactly as it is, once. `call` does, and reads the reply.
    ///
    /// Args:
    ///     method: `"GET"` or `"POST"`; every private endpoint of WhiteBIT is a `"POST"`.
    ///     path: any path of the private API, without a query: `/api/v4/…` at WhiteBIT, `/v5/…` at Bybit.
    ///     parameters: names and values in the order in which they are to be sent: the body, or for a GET the query.
    ///         A `Decimal` is written as a text, which is how both venues take amounts; a `float` is refused, because
    ///         its digits are not surely those that were meant. Or the object's JSON as a `str`, taken as it is
    ///         written. WhiteBIT: ASCII only.
    ///     nonce_ms: Unix milliseconds by the venue's clock; left out, the operating system's clock. That is enough at
    ///         Bybit, where this is only the timestamp (at most 1 second ahead of Bybit's clock), and at WhiteBIT
    ///         where one worker sends at most one request a millisecond and waits for each reply. Otherwise take it
    ///         from `Nonces`: WhiteBIT refuses a nonce that comes twice.
    ///
    /// Raises:
    ///     MisuseError: `invalid_argument`, with a hint at the rule.
    ///     TypeError: a `float` among the parameters, or something else that JSON has no form for.
    ///     ValueError: a `Decimal` that is not finite.
    ///
    /// >>> import json, venuekey
    /// >>> from decimal import Decimal
    /// >>> signer = venuekey.Signer(venue="whitebit", environment="global", api_key="key", api_secret="s3cr3t")
    /// >>> order = {"market": "BTC_USDT", "side": "buy", "amount": Decimal("0.010"), "price": "9000"}
    /// >>> json.loads(signer.sign("POST", "/api/v4/order/new", order).body)["amount"]
    /// '0.010'
    #[pyo3(signature = (method, path, parameters=None, *, nonce_ms=None))]
    fn sign(&self, method: Text, path: Text, parameters: Option<Parameters>, nonce_ms: Now) -> Result<HttpRequest> {
        let parameters = parameters.as_ref().map_or("{}", |Parameters(text)| text);
        Ok(HttpRequest(self.0.sign(method.given()?, &path, parameters, or_now(nonce_ms)?)?))
    }
}

methods! {
    impl Signer as signer {
        /// What the venue answered to a signed request.
        ///
        /// A refusal is raised: no flow goes on after it, and the exception's class says what the caller does next.
        ///
        /// Raises:
        ///     MisuseError: `request_rejected` (`venue_text` has the venue's words), `signature_rejected`,
        ///         `ip_not_allowed`.
        ///     UserActionError: `permission_denied`: the user connects again and grants it.
        ///     ReauthorizeError: `key_rejected`: deleted, disabled, over, or of another environment.
        ///     UnavailableError: `nonce_rejected` and `clock_rejected` (sign again, see `Nonces` and `receive_time`),
        ///         `rate_limited`, `venue_refused`; `venue_unavailable`, after which a request that changes something may
        ///         have done so.
        ///     ProtocolError: `malformed_reply`, `reply_too_large`.
        fn receive_response(response: Ours<'_, HttpResponse>) -> SignedReply =
            SignedReply(signer.receive_response(&response.0)?);

        /// A read-only request that proves that the key works, for `receive_probe`.
        ///
        /// Args:
        ///     nonce_ms: as for `sign`.
        ///
        /// Raises:
        ///     MisuseError: `invalid_argument` for the nonce.
        #[pyo3(signature = (*, nonce_ms=None))]
        fn probe(nonce_ms: Now) -> HttpRequest = HttpRequest(signer.probe(or_now(nonce_ms)?)?);

        /// What the reply to `probe` says of the key.
        ///
        /// Raises:
        ///     VenuekeyError: as `receive_response`; but at WhiteBIT a missing permission is no error here, since it proves
        ///         the key.
        ///
        /// >>> import venuekey
        /// >>> signer = venuekey.Signer(venue="bybit", environment="mainnet", api_key="key", api_secret="s3cr3t")
        /// >>> result = b'{"userID": 106000001, "readOnly": 1, "permissions": {"Spot": ["SpotTrade"]}}'
        /// >>> proof = signer.receive_probe(venuekey.HttpResponse(200, b'{"retCode": 0, "result": %b}' % result))
        /// >>> proof.uid, proof.is_read_only, proof.permissions
        /// ('106000001', True, (GrantedPermission("Spot", 1 granted),))
        fn receive_probe(response: Ours<'_, HttpResponse>) -> KeyProof = KeyProof(signer.receive_probe(&response.0)?);

        /// The request for the venue's time, for `receive_time`. It is not signed.
        fn ask_time() -> HttpRequest = HttpRequest(signer.ask_time());

        /// How far the venue's clock is ahead of the host's.
        ///
        /// Args:
        ///     response: the reply to `ask_time`.
        ///     sent_at_ms: when the request went out, in Unix milliseconds by the host's clock.
        ///     received_at_ms: when the reply was there.
        ///
        /// Raises:
        ///     ProtocolError: `malformed_reply` where the reply names no time.
        ///
        /// >>> import venuekey
        /// >>> signer = venuekey.Signer(venue="bybit", environment="mainnet", api_key="key", api_secret="s3cr3t")
        /// >>> reply = venuekey.HttpResponse(200, b'{"retCode": 0, "result": {}, "time": 1790000000500}')
        /// >>> signer.receive_time(reply, sent_at_ms=1_790_000_000_000, received_at_ms=1_790_000_000_200)
        /// ClockOffset(ahead_ms=400, uncertainty_ms=100)
        #[pyo3(signature = (response, *, sent_at_ms, received_at_ms))]
        fn receive_time(response: Ours<'_, HttpResponse>, sent_at_ms: Int<u64>, received_at_ms: Int<u64>) -> ClockOffset =
            ClockOffset(signer.receive_time(&response.0, sent_at_ms.0, received_at_ms.0)?);
    }
}

class! {
    /// A signed request's success. It is the user's data: keep it out of logs, as its `repr` does.
    struct SignedReply(venuekey::SignedReply) as reply {
        /// JSON, in the venue's own spelling. WhiteBIT: the body; Bybit: its `result`.
        payload: &str = reply.payload(),
        /// Bybit: what became of each order of a batch, in the batch's order. The call succeeds though all of them fail.
        /// Empty where the reply is not a batch's, and at WhiteBIT.
        ///
        /// >>> import venuekey
        /// >>> signer = venuekey.Signer(venue="bybit", environment="mainnet", api_key="key", api_secret="s3cr3t")
        /// >>> told = b'{"list": [{"code": 170131, "msg": "Insufficient balance."}]}'
        /// >>> body = b'{"retCode": 0, "result": {}, "retExtInfo": %b}' % told
        /// >>> [item for item in signer.receive_response(venuekey.HttpResponse(200, body)).items if not item.is_accepted]
        /// [BatchItem(is_accepted=False, venue_code='170131')]
        items: Tuple<BatchItem> = reply.items().iter().cloned().map(BatchItem).collect(),
    }
    opaque
}

#[pymethods]
impl SignedReply {
    /// The payload as Python's values; a number with a point or an exponent is a `Decimal`, to the digit.
    ///
    /// >>> import venuekey
    /// >>> signer = venuekey.Signer(venue="whitebit", environment="global", api_key="key", api_secret="s3cr3t")
    /// >>> signer.receive_response(venuekey.HttpResponse(200, b'{"BTC": {"available": "0.10"}, "rate": 1.50}')).json()
    /// {'BTC': {'available': '0.10'}, 'rate': Decimal('1.50')}
    fn json(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(py.import("venuekey._json")?.call_method1("read", (self.0.payload(),))?.unbind())
    }
}

class! {
    /// What became of one order of a batch.
    struct BatchItem(venuekey::BatchItem): eq as item {
        /// Whether the venue took it: its code is 0.
        is_accepted: bool = item.is_accepted,
        /// The venue's code for it, as text; `None` where it named none.
        venue_code: Option<&str> = item.venue_code.as_deref(),
        /// The venue's own words. **Untrusted**: never put them into a page, a log or a message unescaped.
        venue_text: Option<&str> = item.venue_text.as_deref(),
    }
    repr(
        "BatchItem(is_accepted={}, venue_code={})",
        flag(item.is_accepted), item.venue_code.as_ref().map_or("None".to_owned(), |code| format!("'{code}'"))
    )
}

class! {
    /// The distance between two clocks.
    struct ClockOffset(venuekey::ClockOffset): eq, hash as offset {
        /// Add this to the host's time to get the venue's, in milliseconds; below zero where the venue is behind.
        ahead_ms: i64 = offset.ahead_ms,
        /// How far the figure may be off, in milliseconds. WhiteBIT tells whole seconds only.
        uncertainty_ms: u64 = offset.uncertainty_ms,
    }
    match(ahead_ms, uncertainty_ms)
    repr("ClockOffset(ahead_ms={}, uncertainty_ms={})", offset.ahead_ms, offset.uncertainty_ms)
}
