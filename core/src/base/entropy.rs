//! Randomness is an argument. Everything unguessable in a flow is derived from 64 bytes of it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::base::error::VenuekeyError;
use crate::base::secret::Secret;
use crate::base::text::hex;

/// 64 bytes from the operating system's random source, used for one operation and never again.
///
/// The host (or its binding) draws them; core has no random source of its own, so a recorded flow
/// replays byte for byte.
#[derive(Clone)]
pub struct Entropy(Zeroizing<[u8; 64]>);

impl Entropy {
    /// Wraps 64 fresh random bytes.
    pub fn new(bytes: [u8; 64]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The same from a slice, for languages whose byte types have no fixed length.
    ///
    /// # Errors
    /// `invalid_argument` unless it is exactly 64 bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, VenuekeyError> {
        let bytes =
            bytes.try_into().map_err(|_| VenuekeyError::invalid_argument("entropy must be exactly 64 bytes"))?;
        Ok(Self::new(bytes))
    }

    fn derive(&self, label: &str) -> Zeroizing<[u8; 32]> {
        self.derive_with(label, &[])
    }

    /// From the entropy and from what it is used on; the first part must tell its own length.
    pub(crate) fn derive_with(&self, label: &str, parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let mut hash = Sha256::new();
        hash.update(b"venuekey/1/");
        hash.update(label.as_bytes());
        hash.update([0]);
        hash.update(self.0.as_slice());
        for part in parts {
            hash.update(part);
        }
        Zeroizing::new(hash.finalize().into())
    }

    /// 256 bits as 43 characters of unpadded base64url, all of them unreserved (RFC 7636, 4.1).
    pub(crate) fn derive_secret(&self, label: &str) -> Secret {
        Secret::new(URL_SAFE_NO_PAD.encode(self.derive(label).as_slice()))
    }

    /// `length` letters and digits, at most 32. Bytes that would make some of the 62 more likely are skipped.
    pub(crate) fn derive_alphanumeric(&self, label: &str, length: u8) -> Secret {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut text = Zeroizing::new(String::with_capacity(length.into()));
        // 64 bytes for at most 32 characters: all but one in 32 bytes count, so more than enough.
        let digests = [self.derive(label), self.derive_with(label, &[b"more"])];
        for byte in digests.iter().flat_map(|digest| digest.iter()).filter(|byte| **byte < 248).take(length.into()) {
            text.extend(ALPHABET.get(usize::from(*byte) % ALPHABET.len()).map(|letter| char::from(*letter)));
        }
        Secret::new(text.as_str())
    }

    /// 128 bits as 32 hexadecimal digits; not a secret.
    pub(crate) fn derive_id(&self, label: &str) -> String {
        id_of(&self.derive(label))
    }

    /// 32 bits to spread waits with; not a secret.
    pub(crate) fn derive_seed(&self, label: &str) -> u32 {
        seed_of(self.derive(label).as_slice())
    }
}

/// 128 bits of a digest as the id of a flow.
pub(crate) fn id_of(digest: &[u8; 32]) -> String {
    let (first, _) = digest.split_at(16);
    hex(first)
}

/// 32 bits of a digest to spread waits with.
pub(crate) fn seed_of(digest: &[u8]) -> u32 {
    digest.iter().take(4).fold(0, |seed, byte| (seed << 8) | u32::from(*byte))
}

impl core::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Entropy(…)")
    }
}
