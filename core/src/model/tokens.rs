//! Tokens, checked.

use core::fmt;

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::json::members;
use crate::base::secret::Secret;
use crate::base::time;

/// The longest token that is accepted, in bytes: it must fit a header and a stored snapshot.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// An access token, with a refresh token if the venue issued one.
#[derive(Clone)]
pub struct Tokens {
    access_token: Secret,
    refresh_token: Option<Secret>,
    expires_at_ms: u64,
    refresh_expires_at_ms: Option<u64>,
    scope: Vec<String>,
    site: Option<String>,
}

members!(Tokens {
    access_token,
    refresh_token: optional,
    expires_at_ms,
    refresh_expires_at_ms: optional,
    scope: optional,
    site: optional,
});

impl Tokens {
    /// Tokens that the host kept.
    ///
    /// - `access_token`: 1 to 8192 bytes of visible ASCII.
    /// - `refresh_token`: likewise, if there is one.
    /// - `expires_at_ms`: when the access token expires, in Unix milliseconds; 0 means that it already has.
    /// - `refresh_expires_at_ms`: when the refresh token expires, in Unix milliseconds, if known.
    /// - `scope`: granted scopes, open strings.
    ///
    /// # Errors
    /// `invalid_argument` if a token can't be sent in a header.
    pub fn new(
        access_token: Secret,
        refresh_token: Option<Secret>,
        expires_at_ms: u64,
        refresh_expires_at_ms: Option<u64>,
        scope: Vec<String>,
    ) -> Result<Self, VenuekeyError> {
        let tokens = Self { access_token, refresh_token, expires_at_ms, refresh_expires_at_ms, scope, site: None };
        if !tokens.is_sound() {
            return Err(VenuekeyError::new(ErrorCode::InvalidArgument).with_hint(
                "a token must be 1 to 8192 bytes of visible ASCII, a scope at most 128 names of visible ASCII without quote or backslash, a time below 2^53 ms",
            ));
        }
        Ok(tokens)
    }

    /// The same tokens at one of the venue's sites, from [`Tokens::site`]; absent for the environment's own API. A
    /// client refuses tokens of a site that it does not know.
    #[must_use]
    pub fn with_site(&self, site: Option<String>) -> Self {
        Self { site, ..self.clone() }
    }

    /// Whether the tokens can stand in a header and in a snapshot.
    pub(crate) fn is_sound(&self) -> bool {
        self.access_token.is_header_safe(MAX_TOKEN_BYTES)
            && self.refresh_token.as_ref().is_none_or(|token| token.is_header_safe(MAX_TOKEN_BYTES))
            && self.expires_at_ms <= time::MAX_MS
            && self.refresh_expires_at_ms.is_none_or(|ms| ms <= time::MAX_MS)
            && self.scope.len() <= 128
            && self.scope.iter().all(|name| name.len() <= 128 && name.bytes().all(is_scope_byte))
    }

    /// Sent as `Authorization: Bearer …`.
    pub fn access_token(&self) -> &Secret {
        &self.access_token
    }

    /// Absent if the venue issued none; WhiteBIT's documents disagree (facts/whitebit.md, D1).
    pub fn refresh_token(&self) -> Option<&Secret> {
        self.refresh_token.as_ref()
    }

    /// When the access token expires by the host's clock, in Unix milliseconds.
    pub fn expires_at_ms(&self) -> u64 {
        self.expires_at_ms
    }

    /// When the refresh token expires, in Unix milliseconds, if known.
    pub fn refresh_expires_at_ms(&self) -> Option<u64> {
        self.refresh_expires_at_ms
    }

    /// Granted scopes, open strings; empty if the venue names none.
    pub fn scope(&self) -> &[String] {
        &self.scope
    }

    /// The API of the user's own site, if the venue has several: every request with these tokens goes there. Keep it
    /// with them.
    pub fn site(&self) -> Option<&str> {
        self.site.as_deref()
    }

    pub(crate) fn without_refresh_token(mut self) -> Self {
        self.refresh_token = None;
        self.refresh_expires_at_ms = None;
        self
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refreshable = self.refresh_token.is_some();
        write!(f, "Tokens(…, expires_at_ms={}, refreshable={refreshable})", self.expires_at_ms)
    }
}

/// RFC 6749, 3.3: visible ASCII without quote and backslash.
pub(crate) fn is_scope_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'"' && byte != b'\\'
}
