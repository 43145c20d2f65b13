//! What a signed request brought: a reply, or the proof that a key works.

use core::fmt;

use crate::base::text::{code_like, printable};

/// The reply to a signed request that succeeded. It is the user's data: keep it out of logs.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedReply {
    pub(crate) payload: String,
    pub(crate) items: Vec<BatchItem>,
}

impl SignedReply {
    /// JSON, as the venue wrote it: read decimals as text. WhiteBIT: the body; Bybit: its `result`.
    pub fn payload(&self) -> &str {
        &self.payload
    }

    /// Bybit: the result of each order of a batch, in the batch's order. The call succeeds even if all of them fail.
    /// Empty if the request was not a batch, and always at WhiteBIT.
    pub fn items(&self) -> &[BatchItem] {
        &self.items
    }
}

impl fmt::Debug for SignedReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedReply({} bytes", self.payload.len())?;
        if !self.items.is_empty() {
            let refused = self.items.iter().filter(|item| !item.is_accepted).count();
            write!(f, ", {refused} of {} items refused", self.items.len())?;
        }
        f.write_str(")")
    }
}

/// The result of one order of a batch.
#[derive(Clone, PartialEq, Eq)]
pub struct BatchItem {
    /// Whether the venue accepted it: its code is 0.
    pub is_accepted: bool,
    /// The venue's code for it, as text; absent if it gave none.
    pub venue_code: Option<String>,
    /// The venue's own words. **Untrusted**: never put them into a page, a log or a message unescaped.
    pub venue_text: Option<String>,
}

impl fmt::Debug for BatchItem {
    /// Without the venue's words, as an error.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.venue_code.as_deref().unwrap_or("none");
        write!(f, "BatchItem(is_accepted={}, venue code {code})", self.is_accepted)
    }
}

impl BatchItem {
    pub(crate) fn new(code: Option<String>, text: Option<&str>) -> Self {
        let venue_code = code.as_deref().and_then(code_like);
        let venue_text = text.map(|text| printable(text, 300));
        Self { is_accepted: venue_code.as_deref() == Some("0"), venue_code, venue_text }
    }
}

/// A key that works, and what the venue says about it.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyProof {
    /// Whether the probe itself was permitted. WhiteBIT: false if the user did not grant it.
    pub is_permitted: bool,
    /// Bybit: what the user granted, an open list; absent if the venue did not say.
    pub permissions: Option<Vec<GrantedPermission>>,
    /// Bybit: whose key it is, if the venue returned it.
    pub uid: Option<String>,
    /// Bybit: the addresses the key is bound to; empty if it is bound to none.
    pub ips: Vec<String>,
    /// Bybit: whether the key is read-only; absent if the venue did not say.
    pub is_read_only: Option<bool>,
    /// Bybit: whether it is a key for a third-party app, as one granted by consent should be.
    pub is_third_party: Option<bool>,
    /// Bybit: when it expires (RFC 3339), if it does.
    pub expires_at: Option<String>,
    /// The same in Unix milliseconds; absent if it can't be read.
    pub expires_at_ms: Option<u64>,
}

impl fmt::Debug for KeyProof {
    /// Without the addresses: they are the app's own business, and a log is read by others.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyProof(is_permitted={}, {} ips)", self.is_permitted, self.ips.len())
    }
}

impl KeyProof {
    pub(crate) fn permitted(is_permitted: bool) -> Self {
        Self {
            is_permitted,
            permissions: None,
            uid: None,
            ips: Vec::new(),
            is_read_only: None,
            is_third_party: None,
            expires_at: None,
            expires_at_ms: None,
        }
    }

    /// Whether the user granted anything at all; absent if unknown. WhiteBIT: a probe that was not permitted leaves it
    /// open (facts/whitebit.md, D9).
    pub fn any_granted(&self) -> Option<bool> {
        match &self.permissions {
            Some(groups) => Some(groups.iter().any(|group| !group.granted.is_empty())),
            // Something must be granted for the probe to be permitted (facts/bybit.md, 8.4: any permission suffices).
            None => self.is_permitted.then_some(true),
        }
    }
}

/// One group of permissions on a Bybit key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedPermission {
    /// The group, such as `Spot`.
    pub name: String,
    /// What is granted in it, such as `SpotTrade`; empty if nothing is.
    pub granted: Vec<String>,
}
