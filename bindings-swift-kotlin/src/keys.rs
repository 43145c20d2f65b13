//! How what works with a key is made.

use crate::ambient::{random, small, whole};
use crate::error::VenuekeyError;
use crate::generated::objects::{ApiKey, KeyWatch, PublicKeyProbe, Signer};
use crate::generated::options::SignerOptions;
use crate::generated::values::Venue;
use crate::secret::Secret;

#[uniffi::export]
impl Signer {
    /// `apiKey` is the public half, `apiSecret` the secret half.
    ///
    /// Throws `invalid_configuration`, with a hint that names the field and the rule.
    #[uniffi::constructor]
    pub fn new(options: SignerOptions, api_key: &Secret, api_secret: &Secret) -> Result<Self, VenuekeyError> {
        Ok(Self(venuekey::parts::Signer::new(options.into_core(api_key.0.clone(), api_secret.0.clone())?)?))
    }
}

#[uniffi::export]
impl PublicKeyProbe {
    /// `key` is the key that a connection has brought.
    ///
    /// Throws `invalid_configuration`.
    #[uniffi::constructor]
    pub fn new(key: &ApiKey, options: SignerOptions) -> Result<Self, VenuekeyError> {
        // Core puts the key's own texts in.
        let none = || venuekey::parts::Secret::new("");
        Ok(Self(venuekey::parts::PublicKeyProbe::new(&key.0, options.into_core(none(), none())?)?))
    }
}

#[uniffi::export]
impl KeyWatch {
    /// `issuedAtMs` is when the app got the key, `lastUsedAtMs` when the venue last accepted a request signed with it,
    /// probes included, and `expiresAtMs` when it ends, where the venue says so (`KeyProof.expiresAtMs`), all in Unix
    /// milliseconds. `isIpBound` is whether it is bound to IP addresses, where that is known. `seed` is any number from 0
    /// to 4294967295, another one for each key, so that a fleet's looks do not fall together; left out, a random one.
    /// Keep it with the rest.
    ///
    /// Throws `snapshot_invalid` for a time beyond 2^53 ms.
    #[uniffi::constructor(default(last_used_at_ms = None, expires_at_ms = None, is_ip_bound = None, seed = None))]
    pub fn new(
        venue: Venue,
        issued_at_ms: i64,
        last_used_at_ms: Option<i64>,
        expires_at_ms: Option<i64>,
        is_ip_bound: Option<bool>,
        seed: Option<i64>,
    ) -> Result<Self, VenuekeyError> {
        let watch = venuekey::parts::KeyWatch {
            venue: venue.into(),
            issued_at_ms: whole(issued_at_ms, "issued_at_ms")?,
            last_used_at_ms: last_used_at_ms.map(|ms| whole(ms, "last_used_at_ms")).transpose()?,
            expires_at_ms: expires_at_ms.map(|ms| whole(ms, "expires_at_ms")).transpose()?,
            is_ip_bound,
            seed: match seed {
                Some(seed) => small(seed, "seed")?,
                None => u32::from_ne_bytes(random("seed")?),
            },
        };
        // Read back, so that what can be made can also be restored.
        Ok(Self(venuekey::parts::KeyWatch::from_text(&watch.to_text())?))
    }
}
