//! Which of two texts is a key's public half.

use venuekey::SignerConfig;

use crate::account::ApiKey;
use crate::http::{HttpRequest, HttpResponse};
use crate::prelude::*;
use crate::proof::KeyProof;

class! {
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
    struct PublicKeyProbe(venuekey::PublicKeyProbe) as probe {}
    opaque
}

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
    ) -> Result<Self> {
        let (api_key, api_secret) = (key.0.api_key().clone(), key.0.api_secret().clone());
        let non_ascii = venuekey::NonAscii::Refuse;
        let config = given!(SignerConfig: venue, environment, api_key, api_secret, api_base, user_agent,
            nonce_window, non_ascii, recv_window_ms, broker_id);
        Ok(Self(venuekey::PublicKeyProbe::new(&key.0, config)?))
    }
}

methods! {
    impl PublicKeyProbe as probe {
        /// A read-only request, signed with the public key in question.
        ///
        /// Args:
        ///     nonce_ms: as for `Signer.sign`, a new one each time.
        ///
        /// Raises:
        ///     MisuseError: `invalid_argument` for the nonce.
        #[pyo3(signature = (*, nonce_ms=None))]
        fn request(nonce_ms: Now) -> HttpRequest = HttpRequest(probe.request(or_now(nonce_ms)?)?);

        /// What the reply says of the public key in question.
        ///
        /// Returns:
        ///     A `PublicKeyProven`, or the probe of the next public key.
        ///
        /// Raises:
        ///     ReauthorizeError: `key_rejected`: the venue accepts neither.
        ///     VenuekeyError: any other says nothing about the key, such as a rate limit or the clock: do what it says,
        ///         and ask again with this same value.
        fn receive(response: Ours<'_, HttpResponse>) -> PublicKeyAnswer =
            PublicKeyAnswer(probe.receive(&response.0)?);
    }
}

union! {
    pub(crate) struct PublicKeyAnswer(venuekey::PublicKeyAnswer) as proven, py;

    /// A key whose public half works.
    struct PublicKeyProven of Proven { key, proof } {
        /// The key under the public half that works, without a candidate. Store it.
        key: Py<ApiKey> = Py::new(py, ApiKey(key))?,
        /// What the venue says of it.
        proof: Py<KeyProof> = Py::new(py, KeyProof(proof))?,
    }
    repr("PublicKeyProven({:?}, {})", proven.key.get().0, proven.proof.get().__repr__())
    else {
        Core::Next { probe } => PublicKeyProbe(probe),
    }
}
