//! HMAC: the key is the secret's text, the result lower-case hexadecimal.

use super::mint::hex;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha512};

/// With SHA-512.
pub fn sha512(secret: &str, message: &[u8]) -> String {
    sign::<Hmac<Sha512>>(secret, &[message])
}

/// With SHA-256. The parts follow each other without a separator.
pub fn sha256(secret: &str, parts: &[&[u8]]) -> String {
    sign::<Hmac<Sha256>>(secret, parts)
}

fn sign<M: Mac + KeyInit>(secret: &str, parts: &[&[u8]]) -> String {
    let mut mac = <M as KeyInit>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    hex(&mac.finalize().into_bytes())
}
