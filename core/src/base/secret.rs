//! Text that must not be seen: tokens, codes, verifiers, keys.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Secret text: wiped when dropped, redacted in `Debug`, readable only through [`Secret::expose`].
///
/// It has no `Display`, no `Serialize` and no `PartialEq`; compare with [`Secret::ct_eq`].
///
/// ```
/// let secret = venuekey::Secret::new("s3cr3t");
/// assert_eq!(format!("{secret:?}"), "Secret(…)");
/// assert_eq!(secret.expose(), "s3cr3t");
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes ownership of `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. Say why at every call.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in time that depends only on the lengths.
    pub fn ct_eq(&self, other: &str) -> bool {
        // Exposed to compare, in constant time.
        self.expose().as_bytes().ct_eq(other.as_bytes()).into()
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it can be a client's or a key's secret, as configured: white space at an end comes from how it was copied.
    pub(crate) fn fits_configuration(&self) -> bool {
        (1..=1024).contains(&self.len()) && self.0.trim() == self.0.as_str()
    }

    /// Whether the text can stand in an HTTP header: visible ASCII, no spaces, 1 to `max` bytes.
    pub(crate) fn is_header_safe(&self, max: usize) -> bool {
        !self.is_empty() && self.len() <= max && self.0.bytes().all(|b| b.is_ascii_graphic())
    }
}

impl core::fmt::Debug for Secret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secret(…)")
    }
}
