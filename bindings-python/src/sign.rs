//! A key at work: signed requests, and what their replies mean.

use pyo3::Borrowed;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};
use venuekey::SignerConfig;

use crate::arguments::{self, Int, Ours, Text};
use crate::error::raised;
use crate::http::{HttpRequest, HttpResponse};
use crate::opaque::opaque;
use crate::proof::KeyProof;
use crate::secret::SecretText;

/// Parameters as JSON text. What is no text is written by `venuekey/_json.py`, which knows Python's types.
struct Parameters(String);

impl<'py> FromPyObject<'_, 'py> for Parameters {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if given.is_instance_of::<PyString>() {
            return given.extract::<Text>().map(|text| Self(text.into()));
        }
        given
            .py()
            .import("venuekey._json")?
            .call_method1("written", (given,))?
            .extract::<Text>()
            .map(|text| Self(text.into()))
    }
}

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
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct Signer(venuekey::Signer);

#[pymethods]
impl Signer {
    #[new]
    #[pyo3(signature = (
        *, venue, environment, api_key, api_secret, api_base=None, user_agent=None, nonce_window=false,
        non_ascii=Text::from("refuse"), recv_window_ms=5000, broker_id=None,
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
    ) -> PyResult<Self> {
        let config = SignerConfig {
            venue: arguments::named(&venue)?,
            environment: arguments::named(&environment)?,
            api_key: api_key.into(),
            api_secret: api_secret.into(),
            api_base: api_base.map(Into::into),
            user_agent: user_agent.map(Into::into),
            nonce_window,
            non_ascii: arguments::named(&non_ascii)?,
            recv_window_ms,
            broker_id: broker_id.map(Into::into),
        };
        venuekey::Signer::new(config).map(Self).map_err(raised)
    }

    /// The venue this key belongs to.
    #[getter]
    fn venue(&self) -> String {
        self.0.venue().as_str().to_owned()
    }

    /// The environment this key belongs to.
    #[getter]
    fn environment(&self) -> String {
        self.0.environment().as_str().to_owned()
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
    fn sign(
        &self,
        method: Text,
        path: Text,
        parameters: Option<Parameters>,
        nonce_ms: Option<Int<u64>>,
    ) -> PyResult<HttpRequest> {
        let parameters = parameters.as_ref().map_or("{}", |Parameters(text)| text);
        let (method, nonce_ms) = (arguments::named(&method)?, arguments::now_ms(nonce_ms)?);
        self.0.sign(method, &path, parameters, nonce_ms).map(HttpRequest).map_err(raised)
    }

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
    fn receive_response(&self, response: Ours<'_, HttpResponse>) -> PyResult<SignedReply> {
        self.0.receive_response(&response.get().0).map(SignedReply).map_err(raised)
    }

    /// A read-only request that proves that the key works, for `receive_probe`.
    ///
    /// Args:
    ///     nonce_ms: as for `sign`.
    ///
    /// Raises:
    ///     MisuseError: `invalid_argument` for the nonce.
    #[pyo3(signature = (*, nonce_ms=None))]
    fn probe(&self, nonce_ms: Option<Int<u64>>) -> PyResult<HttpRequest> {
        self.0.probe(arguments::now_ms(nonce_ms)?).map(HttpRequest).map_err(raised)
    }

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
    fn receive_probe(&self, response: Ours<'_, HttpResponse>) -> PyResult<KeyProof> {
        self.0.receive_probe(&response.get().0).map(KeyProof).map_err(raised)
    }

    /// The request for the venue's time, for `receive_time`. It is not signed.
    fn ask_time(&self) -> HttpRequest {
        HttpRequest(self.0.ask_time())
    }

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
    fn receive_time(
        &self,
        response: Ours<'_, HttpResponse>,
        sent_at_ms: Int<u64>,
        received_at_ms: Int<u64>,
    ) -> PyResult<ClockOffset> {
        let offset = self.0.receive_time(&response.get().0, sent_at_ms.0, received_at_ms.0).map_err(raised)?;
        Ok(ClockOffset { ahead_ms: offset.ahead_ms, uncertainty_ms: offset.uncertainty_ms })
    }
}

/// A signed request's success. It is the user's data: keep it out of logs, as its `repr` does.
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct SignedReply(venuekey::SignedReply);

#[pymethods]
impl SignedReply {
    /// JSON, in the venue's own spelling. WhiteBIT: the body; Bybit: its `result`.
    #[getter]
    fn payload(&self) -> &str {
        self.0.payload()
    }

    /// Bybit: what became of each order of a batch, in the batch's order. The call succeeds though all of them fail.
    /// Empty where the reply is not a batch's, and at WhiteBIT.
    ///
    /// >>> import venuekey
    /// >>> signer = venuekey.Signer(venue="bybit", environment="mainnet", api_key="key", api_secret="s3cr3t")
    /// >>> told = b'{"list": [{"code": 170131, "msg": "Insufficient balance."}]}'
    /// >>> body = b'{"retCode": 0, "result": {}, "retExtInfo": %b}' % told
    /// >>> [item for item in signer.receive_response(venuekey.HttpResponse(200, body)).items if not item.is_accepted]
    /// [BatchItem(is_accepted=False, venue_code='170131')]
    #[getter]
    fn items<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.items().iter().cloned().map(BatchItem))
    }

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

/// What became of one order of a batch.
#[pyclass(frozen, eq, module = "venuekey")]
#[derive(PartialEq)]
pub(crate) struct BatchItem(venuekey::BatchItem);

#[pymethods]
impl BatchItem {
    /// Whether the venue took it: its code is 0.
    #[getter]
    fn is_accepted(&self) -> bool {
        self.0.is_accepted
    }

    /// The venue's code for it, as text; `None` where it named none.
    #[getter]
    fn venue_code(&self) -> Option<&str> {
        self.0.venue_code.as_deref()
    }

    /// The venue's own words. **Untrusted**: never put them into a page, a log or a message unescaped.
    #[getter]
    fn venue_text(&self) -> Option<&str> {
        self.0.venue_text.as_deref()
    }

    fn __repr__(&self) -> String {
        let accepted = if self.0.is_accepted { "True" } else { "False" };
        let code = self.0.venue_code.as_ref().map_or("None".to_owned(), |code| format!("'{code}'"));
        format!("BatchItem(is_accepted={accepted}, venue_code={code})")
    }
}

/// The distance between two clocks.
#[pyclass(frozen, eq, hash, module = "venuekey")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct ClockOffset {
    /// Add this to the host's time to get the venue's, in milliseconds; below zero where the venue is behind.
    #[pyo3(get)]
    ahead_ms: i64,
    /// How far the figure may be off, in milliseconds. WhiteBIT tells whole seconds only.
    #[pyo3(get)]
    uncertainty_ms: u64,
}

#[pymethods]
impl ClockOffset {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("ahead_ms", "uncertainty_ms");

    fn __repr__(&self) -> String {
        format!("ClockOffset(ahead_ms={}, uncertainty_ms={})", self.ahead_ms, self.uncertainty_ms)
    }
}

opaque!(Signer, SignedReply);
