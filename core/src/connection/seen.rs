//! What the venue has said of a key.

use crate::base::json::members;
use crate::base::text::printable;
use crate::model::key_proof::KeyProof;

/// One group of permissions of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPermission {
    /// The group, such as `Spot`: does not depend on the locale, so use it in logic.
    pub name: String,
    /// The group in the user's language, if the venue translates it: display only, untrusted text.
    pub title: Option<String>,
    /// What is granted of it. WhiteBIT: paths of endpoints; Bybit: names such as `SpotTrade`.
    pub granted: Vec<String>,
    /// What was offered and not granted, if the venue tells it.
    pub withheld: Vec<String>,
}

members!(KeyPermission { name, title: optional, granted, withheld: optional });

/// What the venue said of a key when a worker looked at it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SeenKey {
    pub permissions: Option<Vec<KeyPermission>>,
    pub ips: Vec<String>,
    pub is_read_only: Option<bool>,
}

members!(SeenKey { permissions: optional, ips, is_read_only: optional });

/// Ours: far above what any venue has, and small enough for a row.
const MAX_SEEN: usize = 64;
const MAX_SEEN_CHARS: usize = 64;

impl SeenKey {
    /// What a proof tells, if it tells anything.
    pub fn of(proof: &KeyProof) -> Option<Self> {
        let short = |text: &String| printable(text, MAX_SEEN_CHARS);
        let few = |texts: &[String]| texts.iter().take(MAX_SEEN).map(short).collect::<Vec<_>>();
        let permissions = proof.permissions.as_ref()?.iter().take(MAX_SEEN).map(|group| KeyPermission {
            name: short(&group.name),
            title: None,
            granted: few(&group.granted),
            withheld: Vec::new(),
        });
        // As the watch reads it: `*` stands for any address.
        let ips = few(&proof.ips).into_iter().filter(|ip| ip != "*").collect();
        Some(Self { permissions: Some(permissions.collect()), ips, is_read_only: proof.is_read_only })
    }

    pub fn is_sound(&self) -> bool {
        let fits = |texts: &[String]| {
            texts.len() <= MAX_SEEN && texts.iter().all(|text| text.chars().count() <= MAX_SEEN_CHARS)
        };
        let groups = self.permissions.as_deref().unwrap_or_default();
        fits(&self.ips) && groups.len() <= MAX_SEEN && groups.iter().all(|group| fits(&group.granted))
    }
}
