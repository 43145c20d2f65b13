//! Proof Key for Code Exchange (RFC 7636).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::base::secret::Secret;

/// `BASE64URL(SHA256(ASCII(code_verifier)))` without padding (RFC 7636, 4.2; method `S256`).
///
/// ```
/// let verifier = venuekey::Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
/// assert_eq!(venuekey::parts::code_challenge_s256(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
/// ```
pub fn code_challenge_s256(code_verifier: &Secret) -> String {
    // Exposed to be hashed.
    URL_SAFE_NO_PAD.encode(Sha256::digest(code_verifier.expose().as_bytes()))
}
