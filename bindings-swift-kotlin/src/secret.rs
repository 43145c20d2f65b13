//! Objects that must not show what they hold.

/// Declares an object around a core value: its description is the core's redacted one, in both of the
/// forms that languages ask for (`toString`, `description`, `debugDescription`).
macro_rules! opaque {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, uniffi::Object)]
        #[uniffi::export(Debug, Display)]
        pub struct $name(pub(crate) venuekey::$name);

        impl $name {
            #[allow(dead_code)] // Not every object comes back from core.
            pub(crate) fn wrap(inner: venuekey::$name) -> std::sync::Arc<Self> {
                std::sync::Arc::new(Self(inner))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{self:?}")
            }
        }
    };
}
pub(crate) use opaque;

opaque! {
    /// Text that must not be seen. It describes itself as `Secret(…)`, and has no equality but identity.
    Secret
}

#[uniffi::export]
impl Secret {
    /// Wraps text that the host has kept.
    #[uniffi::constructor]
    pub fn new(text: String) -> Self {
        Self(venuekey::Secret::new(text))
    }

    /// The text itself. Write down why at every call.
    pub fn expose(&self) -> String {
        self.0.expose().to_owned()
    }
}

/// `BASE64URL(SHA256(code_verifier))` without padding, as PKCE's method S256 wants it (RFC 7636, 4.2).
#[uniffi::export]
pub fn code_challenge_s256(verifier: &Secret) -> String {
    venuekey::code_challenge_s256(&verifier.0)
}
