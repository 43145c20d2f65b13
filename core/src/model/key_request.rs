//! What a caller asks of the key that a connection is to bring.

use core::fmt;
use std::net::IpAddr;

use crate::base::json::{self, members};
use crate::base::secret::Secret;
use crate::base::text::is_invisible;
use crate::base::time;

/// What to ask for in the new key: each venue takes the parts it supports, and a part that it does not support is
/// refused, never dropped. WhiteBIT and Bybit take none: there the user, or the app's registration, decides.
#[derive(Clone, Default)]
pub struct KeyRequest {
    /// The name under which the user sees the key at the venue.
    pub label: Option<String>,
    /// What the key may do, in the venue's own words.
    pub permissions: Option<Vec<String>>,
    /// The addresses it may be used from: IPv4 or IPv6, one address or a range such as `203.0.113.0/24`.
    pub ip_allowlist: Option<Vec<String>>,
    /// When the key is to expire, in Unix milliseconds.
    pub expires_at_ms: Option<u64>,
    /// A secret of the app's own that signed requests carry too, if the venue's keys have one.
    pub passphrase: Option<Secret>,
}

members!(KeyRequest {
    label: optional,
    permissions: optional,
    ip_allowlist: optional,
    expires_at_ms: optional,
    passphrase: optional,
});

/// A part of a key request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyPart {
    Label,
    Permissions,
    IpAllowlist,
    Expiry,
    Passphrase,
}

impl KeyPart {
    /// The name of its field.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Permissions => "permissions",
            Self::IpAllowlist => "ip_allowlist",
            Self::Expiry => "expires_at_ms",
            Self::Passphrase => "passphrase",
        }
    }
}

/// Ours, far above what any sheet documents: 20 addresses (facts/okx.md, 5) and 12 permissions (facts/kraken.md, 6).
const MAX_BYTES: usize = 4 * 1024;
const MAX_ITEMS: usize = 64;
const MAX_TEXT_BYTES: usize = 128;

impl KeyRequest {
    /// The parts that are asked for.
    pub(crate) fn parts(&self) -> Vec<KeyPart> {
        let Self { label, permissions, ip_allowlist, expires_at_ms, passphrase } = self;
        let asked = [
            (KeyPart::Label, label.is_some()),
            (KeyPart::Permissions, permissions.is_some()),
            (KeyPart::IpAllowlist, ip_allowlist.is_some()),
            (KeyPart::Expiry, expires_at_ms.is_some()),
            (KeyPart::Passphrase, passphrase.is_some()),
        ];
        asked.into_iter().filter_map(|(part, is_asked)| is_asked.then_some(part)).collect()
    }

    /// Whether each part can be one at any venue, or a hint at the rule.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if self.label.as_ref().is_some_and(|label| !is_line(label)) {
            return Err("label must be 1 to 128 bytes on one line, without white space at either end");
        }
        if self.permissions.as_ref().is_some_and(|names| !is_list(names, is_name)) {
            return Err("permissions must be 1 to 64 different names of visible ASCII; leave them out to ask for none");
        }
        if self.ip_allowlist.as_ref().is_some_and(|addresses| !is_list(addresses, is_network)) {
            return Err("ip_allowlist must be 1 to 64 different addresses or ranges; leave it out to ask for none");
        }
        if self.expires_at_ms.is_some_and(|ms| ms > time::MAX_MS) {
            return Err("expires_at_ms must be below 2^53");
        }
        // Exposed to be checked; it goes into no hint.
        let fits_header = |text: &str| is_line(text) && text.is_ascii();
        if self.passphrase.as_ref().is_some_and(|passphrase| !fits_header(passphrase.expose())) {
            return Err("passphrase must be 1 to 128 characters of printable ASCII, without space at either end");
        }
        if json::written(self).len() > MAX_BYTES {
            return Err("it must be at most 4 KiB as JSON");
        }
        Ok(())
    }
}

fn is_line(text: &str) -> bool {
    (1..=MAX_TEXT_BYTES).contains(&text.len()) && text.trim() == text && !text.chars().any(is_invisible)
}

fn is_name(text: &str) -> bool {
    (1..=MAX_TEXT_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_list(items: &[String], fits: impl Fn(&str) -> bool) -> bool {
    let is_new = |(place, item): (usize, &String)| !items.iter().take(place).any(|seen| seen == item);
    (1..=MAX_ITEMS).contains(&items.len())
        && items.iter().all(|item| fits(item))
        && items.iter().enumerate().all(is_new)
}

/// An address, or a range in CIDR's notation (RFC 4632, 3.1; RFC 4291, 2.3).
fn is_network(text: &str) -> bool {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let is_length = |prefix: &str| prefix.parse::<u8>().is_ok_and(|n| n <= longest && n.to_string() == prefix);
    prefix.is_none_or(is_length)
}

impl fmt::Debug for KeyRequest {
    /// Which parts there are, and nothing of what they say.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<&str> = self.parts().into_iter().map(KeyPart::as_str).collect();
        write!(f, "KeyRequest({})", parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_no_venue_could_take_is_refused() {
        let texts = |items: &[&str]| Some(items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>());
        let label = |text: &str| KeyRequest { label: Some(text.to_owned()), ..KeyRequest::default() };
        let permissions = |items: &[&str]| KeyRequest { permissions: texts(items), ..KeyRequest::default() };
        let addresses = |items: &[&str]| KeyRequest { ip_allowlist: texts(items), ..KeyRequest::default() };
        let ends = |ms| KeyRequest { expires_at_ms: Some(ms), ..KeyRequest::default() };
        let passphrase = |text: &str| KeyRequest { passphrase: Some(Secret::new(text)), ..KeyRequest::default() };
        let long = "x".repeat(129);
        for sound in [
            KeyRequest::default(),
            label("Robot №1"),
            permissions(&["read_only", "trade"]),
            addresses(&["203.0.113.7", "203.0.113.0/24", "2001:db8::1", "2001:db8::/32", "0.0.0.0/0"]),
            ends(time::MAX_MS),
            passphrase("Aa1! bb2?"),
        ] {
            assert_eq!(sound.check(), Ok(()), "{sound:?}");
        }
        for (unsound, part) in [
            (label(""), "label"),
            (label(" robot"), "label"),
            (label("two\nlines"), "label"),
            (label("turned\u{202e}round"), "label"),
            (label(&long), "label"),
            (permissions(&[]), "permissions"),
            (permissions(&["trade", "trade"]), "permissions"),
            (permissions(&["trade and read"]), "permissions"),
            (permissions(&[&long]), "permissions"),
            (permissions(&["x"; 65].map(|_| "x")), "permissions"),
            (addresses(&[]), "ip_allowlist"),
            (addresses(&["partner.example"]), "ip_allowlist"),
            (addresses(&["203.0.113.0/33"]), "ip_allowlist"),
            (addresses(&["203.0.113.0/"]), "ip_allowlist"),
            (addresses(&["203.0.113.0/024"]), "ip_allowlist"),
            (addresses(&["203.0.113.7:443"]), "ip_allowlist"),
            (addresses(&["2001:db8::/129"]), "ip_allowlist"),
            (addresses(&["203.0.113.7", "203.0.113.7"]), "ip_allowlist"),
            (ends(time::MAX_MS + 1), "expires_at_ms"),
            (passphrase(""), "passphrase"),
            (passphrase("a\r\nb"), "passphrase"),
            (passphrase(&long), "passphrase"),
            (passphrase("pässword"), "passphrase"),
        ] {
            assert!(unsound.check().is_err_and(|hint| hint.starts_with(part)), "{unsound:?} {:?}", unsound.check());
        }
        let many: Vec<String> = (0..50).map(|n| format!("{n:02}{}", "x".repeat(98))).collect();
        let long = KeyRequest { permissions: Some(many), ..KeyRequest::default() };
        assert_eq!(long.check(), Err("it must be at most 4 KiB as JSON"));
    }

    #[test]
    fn it_prints_the_names_of_its_parts_alone() {
        let request = KeyRequest {
            label: Some("l4bel".into()),
            passphrase: Some(Secret::new("p4ss")),
            expires_at_ms: Some(4711),
            ..KeyRequest::default()
        };
        assert_eq!(format!("{request:?}"), "KeyRequest(label, expires_at_ms, passphrase)");
    }
}
