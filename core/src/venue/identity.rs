//! Who an app is to a venue, and where its requests go: what they are made from.

use crate::base::secret::Secret;

/// The part of a client's settings that its requests are made from.
pub(crate) struct Identity {
    pub client_id: String,
    /// `None` for a public client.
    pub client_secret: Option<Secret>,
    pub user_agent: Option<String>,
    pub api_base: String,
}

impl Identity {
    pub fn api_url(&self, path: &str) -> String {
        format!("{}{path}", self.api_base)
    }
}
