//! Which of two texts is a key's public half.

use pyo3::prelude::*;
use venuekey::{PublicKeyAnswer, SignerConfig};

use crate::account::ApiKey;
use crate::arguments::{self, Int, Ours, Text};
use crate::error::raised;
use crate::http::{HttpRequest, HttpResponse};
use crate::opaque::{no_pickle, opaque};
use crate::proof::KeyProof;

/// Finds out which public key belongs to an `ApiKey` with a `candidate_public_key`: WhiteBIT's documents disagree,
/// so a probe decides. A key without one is proven in the same way, by one request.
///
/// Send `request()`, give the reply to `receive`, until it returns a `PublicKeyProven`; then store that key instead.
/// The probes only read: nothing is to be saved meanwhile, and where no reply comes, ask again.
///
/// Args:
///     key: the key that a connection has brought.
///     venue: as for `Signer`, as all that follow.
///
/// Raises:
///     MisuseError: `invalid_configuration`.
///
/// >>> import venuekey
/// >>> def prove(key: venuekey.ApiKey, send) -> venuekey.PublicKeyProven:
/// ...     answer = venuekey.PublicKeyProbe(key, venue="whitebit", environment="global")
/// ...     while isinstance(answer, venuekey.PublicKeyProbe):
/// ...         answer = answer.receive(send(answer.request()))
/// ...     return answer
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct PublicKeyProbe(venuekey::PublicKeyProbe);

#[pymethods]
impl PublicKeyProbe {
    #[new]
    #[pyo3(signature = (
        key, *, venue, environment, api_base=None, user_agent=None, nonce_window=false, recv_window_ms=5000,
        broker_id=None,
    ))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments are Python's configuration record")]
    fn new(
        key: Ours<'_, ApiKey>,
        venue: Text,
        environment: Text,
        api_base: Option<Text>,
        user_agent: Option<Text>,
        nonce_window: bool,
        recv_window_ms: u32,
        broker_id: Option<Text>,
    ) -> PyResult<Self> {
        let key = &key.get().0;
        let config = SignerConfig {
            venue: arguments::named(&venue)?,
            environment: arguments::named(&environment)?,
            api_key: key.api_key().clone(),
            api_secret: key.api_secret().clone(),
            api_base: api_base.map(Into::into),
            user_agent: user_agent.map(Into::into),
            nonce_window,
            non_ascii: venuekey::NonAscii::Refuse,
            recv_window_ms,
            broker_id: broker_id.map(Into::into),
        };
        venuekey::PublicKeyProbe::new(key, config).map(Self).map_err(raised)
    }

    /// A read-only request, signed with the public key in question.
    ///
    /// Args:
    ///     nonce_ms: as for `Signer.sign`, a new one each time.
    ///
    /// Raises:
    ///     MisuseError: `invalid_argument` for the nonce.
    #[pyo3(signature = (*, nonce_ms=None))]
    fn request(&self, nonce_ms: Option<Int<u64>>) -> PyResult<HttpRequest> {
        self.0.request(arguments::now_ms(nonce_ms)?).map(HttpRequest).map_err(raised)
    }

    /// What the reply says of the public key in question.
    ///
    /// Returns:
    ///     A `PublicKeyProven`, or the probe of the next public key.
    ///
    /// Raises:
    ///     ReauthorizeError: `key_rejected`: the venue accepts neither.
    ///     VenuekeyError: any other says nothing about the key, such as a rate limit or the clock: do what it says,
    ///         and ask again with this same value.
    fn receive(&self, py: Python<'_>, response: Ours<'_, HttpResponse>) -> PyResult<Py<PyAny>> {
        Ok(match self.0.receive(&response.get().0).map_err(raised)? {
            PublicKeyAnswer::Proven { key, proof } => {
                let (key, proof) = (Py::new(py, ApiKey(key))?, Py::new(py, KeyProof(proof))?);
                Py::new(py, PublicKeyProven { key, proof })?.into_any()
            }
            PublicKeyAnswer::Next { probe } => Py::new(py, Self(probe))?.into_any(),
        })
    }
}

/// A key whose public half works.
#[pyclass(frozen, module = "venuekey")]
pub(crate) struct PublicKeyProven {
    key: Py<ApiKey>,
    proof: Py<KeyProof>,
}

#[pymethods]
impl PublicKeyProven {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("key", "proof");

    /// The key under the public half that works, without a candidate. Store it.
    #[getter]
    fn key(&self, py: Python<'_>) -> Py<ApiKey> {
        self.key.clone_ref(py)
    }

    /// What the venue says of it.
    #[getter]
    fn proof(&self, py: Python<'_>) -> Py<KeyProof> {
        self.proof.clone_ref(py)
    }

    fn __repr__(&self) -> String {
        format!("PublicKeyProven({:?}, {})", self.key.get().0, self.proof.get().__repr__())
    }
}

opaque!(PublicKeyProbe);
no_pickle!(PublicKeyProven);
