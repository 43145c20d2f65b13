//! Text that must not be seen.

use crate::object::opaque;

/// Text that must not be seen. It describes itself as `Secret(…)`, and has no equality but identity.
#[derive(Clone, uniffi::Object)]
#[uniffi::export(Debug, Display)]
pub struct Secret(pub(crate) venuekey::parts::Secret);

opaque!(Secret);

#[uniffi::export]
impl Secret {
    /// Wraps text that the host has kept.
    #[uniffi::constructor]
    pub fn new(text: String) -> Self {
        Self(venuekey::parts::Secret::new(text))
    }

    /// The text itself. Write down why at every call.
    pub fn expose(&self) -> String {
        self.0.expose().to_owned()
    }
}

/// `BASE64URL(SHA256(code_verifier))` without padding, as PKCE's method S256 wants it (RFC 7636, 4.2).
#[uniffi::export]
pub fn code_challenge_s256(verifier: &Secret) -> String {
    venuekey::parts::code_challenge_s256(&verifier.0)
}
