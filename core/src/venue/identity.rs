//! Who an app is to a venue, and where its requests go: what they are made from.

use crate::base::secret::Secret;

/// The part of a client's settings that its requests are made from.
pub(crate) struct Identity {
    pub client_id: String,
    /// `None` for a public client.
    pub client_secret: Option<Secret>,
    /// Exactly as registered: some token endpoints want it again (RFC 6749, 4.1.3).
    pub redirect_uri: String,
    pub user_agent: Option<String>,
    /// Sent with every request of this environment.
    pub headers: &'static [(&'static str, &'static str)],
    /// The APIs of the venue's sites, one of which a callback can name; none where the base was configured.
    pub sites: &'static [&'static str],
    pub(super) api_base: String,
}

impl Identity {
    /// Whether it is one of the sites; none at all is the environment's own API.
    pub fn knows_site(&self, site: Option<&str>) -> bool {
        site.is_none_or(|site| self.sites.contains(&site))
    }

    /// Where requests go: to the site, if it is one of the list, else to the environment's API.
    pub fn api_base(&self, site: Option<&str>) -> &str {
        self.sites.iter().copied().find(|listed| Some(*listed) == site).unwrap_or(&self.api_base)
    }
}

/// What is told of a snapshot from a site that this client does not know.
pub(crate) const UNKNOWN_SITE: &str = "its site is not one of this client's";

/// What is told of a site that is none of these.
pub(crate) fn site_hint(sites: &[&str]) -> String {
    match sites {
        [] => "site must be left out: this environment has no sites, or a base is configured".to_owned(),
        sites => format!("site must be one of: {}", sites.join(", ")),
    }
}
