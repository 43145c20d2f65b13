//! What a venue says of a key that works.

use crate::prelude::*;

class! {
    /// A key that works, and what the venue says of it.
    struct KeyProof(venuekey::KeyProof): eq as proof {
        /// Whether the probe itself was permitted. WhiteBIT: `False` where the user has granted nothing of it.
        is_permitted: bool = proof.is_permitted,
        /// Bybit: what the user granted, an open list; `None` where the venue did not say.
        permissions: Option<Tuple<GrantedPermission>> =
            proof.permissions.as_ref().map(|groups| groups.iter().cloned().map(GrantedPermission).collect()),
        /// Bybit: whose key it is, where the venue told it.
        uid: Option<&str> = proof.uid.as_deref(),
        /// Bybit: the addresses the key is bound to; empty where it is bound to none.
        ips: Tuple<&String> = proof.ips.iter().collect(),
        /// Bybit: whether the key only reads; `None` where the venue did not say.
        is_read_only: Option<bool> = proof.is_read_only,
        /// Bybit: whether it is a key for a third-party app, as one granted by consent should be.
        is_third_party: Option<bool> = proof.is_third_party,
        /// Bybit: when it ends (RFC 3339), where it does.
        expires_at: Option<&str> = proof.expires_at.as_deref(),
        /// The same in Unix milliseconds; `None` where it cannot be read.
        expires_at_ms: Option<u64> = proof.expires_at_ms,
        /// Whether the user has granted anything at all; `None` where that is not known. WhiteBIT: a probe that was not
        /// permitted leaves it open.
        any_granted: Option<bool> = proof.any_granted(),
    }
    // Without the addresses: they are nobody else's business.
    repr("KeyProof(is_permitted={}, uid={})", flag(proof.is_permitted), or_none(proof.uid.as_deref()))
}

class! {
    /// One group of permissions on a Bybit key.
    struct GrantedPermission(venuekey::GrantedPermission): eq as permission {
        /// The group, such as `Spot`.
        name: &str = &permission.name,
        /// What is granted of it, such as `SpotTrade`; empty where nothing is.
        granted: Tuple<&String> = permission.granted.iter().collect(),
    }
    repr("GrantedPermission({:?}, {} granted)", permission.name, permission.granted.len())
}
