//! Which of two texts is a key's public half. WhiteBIT's documents disagree: a probe decides (facts/whitebit.md, D2).

use core::fmt;

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::keys::signer::{Signer, SignerConfig};
use crate::model::api_key::ApiKey;
use crate::model::key_proof::KeyProof;
use crate::wire::http::{HttpRequest, HttpResponse};

/// Finds out which public key belongs to an [`ApiKey`] that has a [`ApiKey::candidate_public_key`]: WhiteBIT's
/// documents disagree, so a probe decides. A key without one is proven in the same way, with one request.
///
/// Send [`PublicKeyProbe::request`] and give the reply to [`PublicKeyProbe::receive`] until it answers
/// [`PublicKeyAnswer::Proven`]; then store that key instead. The probes only read: there is nothing to save meanwhile,
/// and if no reply comes, ask again.
///
/// ```
/// use venuekey::parts::*;
/// # fn example(key: &ApiKey, send: impl Fn(HttpRequest) -> HttpResponse, nonce: impl Fn() -> u64) -> Result<(), VenuekeyError> {
/// let (api_key, api_secret) = (key.api_key().clone(), key.api_secret().clone());
/// let config = SignerConfig::new(Venue::WHITEBIT, VenueEnvironment::GLOBAL, api_key, api_secret);
/// let mut probe = PublicKeyProbe::new(key, config)?;
/// let (key, proof) = loop {
///     match probe.receive(&send(probe.request(nonce())?))? {
///         PublicKeyAnswer::Proven { key, proof } => break (key, proof),
///         PublicKeyAnswer::Next { probe: next } => probe = next,
///     }
/// };
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct PublicKeyProbe {
    key: ApiKey,
    config: SignerConfig,
    signer: Signer,
    /// The candidate was asked after because the first public key was refused.
    is_second: bool,
}

/// What a probe's reply says about a public key.
#[derive(Debug, Clone)]
pub enum PublicKeyAnswer {
    /// The public half works.
    Proven {
        /// The key under the public half that works, without a candidate. Store it.
        key: ApiKey,
        /// What the venue says about it.
        proof: KeyProof,
    },
    /// The venue refused this public key: send the next one's request.
    Next {
        /// The same probe, at the candidate.
        probe: PublicKeyProbe,
    },
}

impl PublicKeyProbe {
    /// Begins with [`ApiKey::api_key`]. Everything in `config` counts except key and secret, which come from `key`, as
    /// do passphrase and site if it has them.
    ///
    /// # Errors
    /// `invalid_configuration`, as [`Signer::new`].
    pub fn new(key: &ApiKey, config: SignerConfig) -> Result<Self, VenuekeyError> {
        // Exposed to compare: a candidate that is the same text is none.
        let mut key = key.clone();
        key.candidate_public_key = key.candidate_public_key.filter(|other| !other.ct_eq(key.api_key.expose()));
        let config = SignerConfig {
            api_key: key.api_key.clone(),
            api_secret: key.api_secret.clone(),
            passphrase: key.passphrase.clone().or(config.passphrase),
            site: key.site.clone().or(config.site),
            ..config
        };
        let signer = Signer::new(config.clone())?;
        Ok(Self { key, config, signer, is_second: false })
    }

    /// A read-only request, signed with the public key in question.
    ///
    /// - `nonce_ms`: as for [`Signer::sign`], a new one each time.
    ///
    /// # Errors
    /// `invalid_argument` for the nonce.
    pub fn request(&self, nonce_ms: u64) -> Result<HttpRequest, VenuekeyError> {
        self.signer.probe(nonce_ms)
    }

    /// What the reply says about the public key in question. Any error but `key_rejected`, such as a rate limit or the
    /// clock, says nothing about the key: do what it says, and ask again with this same value.
    ///
    /// # Errors
    /// `key_rejected` if the venue accepts neither.
    pub fn receive(&self, response: &HttpResponse) -> Result<PublicKeyAnswer, VenuekeyError> {
        let error = match self.signer.receive_probe(response) {
            Ok(proof) => {
                let api_key = self.config.api_key.clone();
                let key = ApiKey { api_key, candidate_public_key: None, ..self.key.clone() };
                return Ok(PublicKeyAnswer::Proven { key, proof });
            }
            Err(error) => error,
        };
        // facts/whitebit.md, 11: a wrong public key reads as a wrong key or as a wrong signature; nothing says which.
        if !matches!(error.code(), ErrorCode::KeyRejected | ErrorCode::SignatureRejected) {
            return Err(error);
        }
        match &self.key.candidate_public_key {
            Some(candidate) if !self.is_second => {
                let config = SignerConfig { api_key: candidate.clone(), ..self.config.clone() };
                let signer = Signer::new(config.clone())?;
                Ok(PublicKeyAnswer::Next { probe: Self { key: self.key.clone(), config, signer, is_second: true } })
            }
            Some(_) => Err(error.in_place_of(ErrorCode::KeyRejected).with_hint(
                "neither the externalId nor the callback's public key works; check_key tells whether the key still exists",
            )),
            None => Err(error),
        }
    }
}

impl fmt::Debug for PublicKeyProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (turn, of) = (1 + u8::from(self.is_second), 1 + u8::from(self.key.candidate_public_key.is_some()));
        write!(f, "PublicKeyProbe({:?}, {turn} of {of})", self.signer)
    }
}
