//! Base URLs and header values, as they are configured.

use url::Host;
use url::Url;

/// Whether configured text can be a header's value: 1 to 256 characters of printable ASCII, not all of them spaces.
pub(crate) fn fits_header(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= 256 && text.bytes().all(|b| (0x20..0x7f).contains(&b))
}

/// The configured base of an API, checked and without its last slash, or the default.
pub(crate) fn base_or(over: Option<String>, default: &str) -> Option<String> {
    let Some(text) = over else { return Some(default.to_owned()) };
    let url = parse_base(&text).filter(|url| url.fragment().is_none() && url.query().is_none())?;
    Some(url.as_str().trim_end_matches('/').to_owned())
}

/// https anywhere, http on loopback only; no userinfo; the host written as it is used.
pub(crate) fn parse_base(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    // No Unicode name, no escape, no short form of an address: an international name is given as `xn--...`. So the
    // Unicode tables of `url` can be left out of a build (`idna_adapter` 1.0.0) and every build still refuses the same.
    let written = text.split(['/', '?', '#']).nth(2)?.to_ascii_lowercase();
    if !written.contains(url.host_str()?) {
        return None;
    }
    let loopback = match url.host()? {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    let scheme_fits = url.scheme() == "https" || (url.scheme() == "http" && loopback);
    (scheme_fits
        && url.username().is_empty()
        && url.password().is_none()
        && !text.chars().any(|c| c.is_control() || c == ' '))
    .then_some(url)
}
