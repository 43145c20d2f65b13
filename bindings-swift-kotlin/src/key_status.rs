//! What the venue says of a key.

use crate::cross::Cross;
use crate::object::opaque;
use crate::values::{KeyDecision, PermissionUrl};

/// One group of permissions on a WhiteBIT key.
#[derive(Debug, uniffi::Record)]
pub struct PermissionGroup {
    /// Does not depend on the locale: use it in logic.
    pub name: String,
    /// Translated into the user's language: display only, untrusted text.
    pub title: String,
    /// The endpoints of the group.
    pub urls: Vec<PermissionUrl>,
    /// Whether anything in this group is granted.
    pub any_granted: bool,
}

impl Cross<PermissionGroup> for venuekey::PermissionGroup {
    fn cross(self) -> PermissionGroup {
        let any_granted = self.any_granted();
        let Self { name, title, urls } = self;
        PermissionGroup { name, title, urls, any_granted }
    }
}

opaque! {
    /// What the venue says of this app's key for this user.
    KeyStatus;

    /// What to do now.
    decision: KeyDecision,

    /// Whether there is a key at all, active or disabled.
    exists: bool,

    /// Whether the key works.
    is_enabled: bool,

    /// The key's id, for `Client.deleteKey`.
    external_id: Option<String>,

    /// What the key may do; absent where the reply did not say.
    permissions: Option<Vec<PermissionGroup>>,

    /// Whether anything at all is granted; absent where the venue did not say.
    any_granted: Option<bool>,
}
