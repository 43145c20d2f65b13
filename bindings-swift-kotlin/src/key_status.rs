//! What the venue says of a key.

use crate::secret::opaque;
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

impl From<&venuekey::PermissionGroup> for PermissionGroup {
    fn from(group: &venuekey::PermissionGroup) -> Self {
        let any_granted = group.any_granted();
        let venuekey::PermissionGroup { name, title, urls } = group.clone();
        Self { name, title, urls, any_granted }
    }
}

pub(crate) fn permissions(groups: Option<&[venuekey::PermissionGroup]>) -> Option<Vec<PermissionGroup>> {
    groups.map(|groups| groups.iter().map(PermissionGroup::from).collect())
}

opaque! {
    /// What the venue says of this app's key for this user.
    KeyStatus
}

#[uniffi::export]
impl KeyStatus {
    /// What to do now.
    pub fn decision(&self) -> KeyDecision {
        self.0.decision()
    }

    /// Whether there is a key at all, active or disabled.
    pub fn exists(&self) -> bool {
        self.0.exists()
    }

    /// Whether the key works.
    pub fn is_enabled(&self) -> bool {
        self.0.is_enabled()
    }

    /// The key's id, for `Client.deleteKey`.
    pub fn external_id(&self) -> Option<String> {
        self.0.external_id().map(|id| id.as_str().to_owned())
    }

    /// What the key may do; absent where the reply did not say.
    pub fn permissions(&self) -> Option<Vec<PermissionGroup>> {
        permissions(self.0.permissions())
    }

    /// Whether anything at all is granted; absent where the venue did not say.
    pub fn any_granted(&self) -> Option<bool> {
        self.0.any_granted()
    }
}
