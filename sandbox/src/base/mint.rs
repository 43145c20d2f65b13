//! Codes, tokens, keys and ids: all from the seed and a counter, so that a run repeats byte for byte.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Makes what has to be new. Labels say what for; they keep one use from another.
#[derive(Clone, Debug)]
pub struct Mint {
    seed: u64,
    count: u64,
}

impl Mint {
    /// The mint of a seed.
    pub fn new(seed: u64) -> Mint {
        Mint { seed, count: 0 }
    }

    /// Its seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    fn bytes(&mut self, label: &str) -> [u8; 32] {
        self.count += 1;
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        hash.update(self.count.to_be_bytes());
        hash.update(label.as_bytes());
        hash.finalize().into()
    }

    /// Letters and digits.
    pub fn alphanumeric(&mut self, label: &str, length: usize) -> String {
        const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut text = String::with_capacity(length);
        while text.len() < length {
            for byte in self.bytes(label) {
                if text.len() < length {
                    text.push(char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
                }
            }
        }
        text
    }

    /// 64 lower-case hexadecimal digits.
    pub fn hex(&mut self, label: &str) -> String {
        hex(&self.bytes(label))
    }

    /// A UUID of version 4's shape.
    pub fn uuid(&mut self, label: &str) -> String {
        let mut bytes = self.bytes(label);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let digits = hex(&bytes[..16]);
        let (a, rest) = digits.split_at(8);
        let (b, rest) = rest.split_at(4);
        let (c, rest) = rest.split_at(4);
        let (d, e) = rest.split_at(4);
        format!("{a}-{b}-{c}-{d}-{e}")
    }

    /// An HS256 JSON web token with these claims. The key is the seed's.
    pub fn jwt(&self, claims: &Value) -> String {
        let header = URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256","typ":"JWT"}"#);
        let body = URL_SAFE_NO_PAD.encode(claims.to_string());
        let message = format!("{header}.{body}");
        let mut key = [0; 64];
        key[..8].copy_from_slice(&self.seed.to_be_bytes());
        let mut mac = Hmac::<Sha256>::new(&key.into());
        mac.update(message.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        format!("{message}.{signature}")
    }
}

/// `BASE64URL(SHA256(verifier))` without padding (RFC 7636, 4.2).
pub fn pkce_challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_matches_the_published_vector() {
        // RFC 7636 appendix B.
        assert_eq!(
            pkce_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn a_uuid_has_version_4_and_its_variant() {
        let id = Mint::new(7).uuid("key");
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
    }
}
