//! HMAC (RFC 2104), its key prepared once.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha512};

use crate::base::secret::Secret;
use crate::base::text::hex;

/// A key that signs any number of messages: half of what a short message costs is its key. As secret as that; wiped when
/// dropped.
pub(crate) enum KeyedMac {
    Sha256(Box<Hmac<Sha256>>),
    Sha512(Box<Hmac<Sha512>>),
}

impl KeyedMac {
    pub fn sha256(key: &Secret) -> Option<Self> {
        // Exposed to be prepared, here and below.
        Self::sha256_of(key.expose().as_bytes())
    }

    /// HMAC takes a key of any length.
    pub fn sha256_of(key: &[u8]) -> Option<Self> {
        Some(Self::Sha256(Box::new(Hmac::new_from_slice(key).ok()?)))
    }

    pub fn sha512(key: &Secret) -> Option<Self> {
        Some(Self::Sha512(Box::new(Hmac::new_from_slice(key.expose().as_bytes()).ok()?)))
    }

    /// The code of these parts as one message, in lower-case hexadecimal digits. Part by part: a text that is put together
    /// grows, and leaves what it holds in the memory that it grew out of.
    pub fn hex_of(&self, parts: &[&str]) -> String {
        match self {
            Self::Sha256(key) => hex(&coded(key.as_ref().clone(), parts).finalize().into_bytes()),
            Self::Sha512(key) => hex(&coded(key.as_ref().clone(), parts).finalize().into_bytes()),
        }
    }
}

fn coded<M: Mac>(mut mac: M, parts: &[&str]) -> M {
    for part in parts {
        mac.update(part.as_bytes());
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, 4.3.
    #[test]
    fn parts_are_one_message_and_the_key_stays() {
        let key = Secret::new("Jefe");
        let (short, long) = (KeyedMac::sha256(&key), KeyedMac::sha512(&key));
        for parts in [&["what do ya want for nothing?"][..], &["what do ya want", "", " for nothing?"]] {
            let codes = [&short, &long].map(|mac| mac.as_ref().map(|mac| mac.hex_of(parts)));
            assert_eq!(codes[0].as_deref(), Some("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
            assert_eq!(
                codes[1].as_deref(),
                Some(
                    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
                )
            );
        }
    }
}
