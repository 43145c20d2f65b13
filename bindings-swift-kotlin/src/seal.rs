//! The keys that seal pending flows.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::error::VenuekeyError;
use crate::generated::objects::SealingKeys;

/// One sealing key and its id.
#[derive(uniffi::Object)]
#[uniffi::export(Debug)]
pub struct SealingKey {
    id: String,
    key: Zeroizing<Vec<u8>>,
}

#[uniffi::export]
impl SealingKey {
    /// `id` is 1 to 32 letters, digits, `-` or `_` and stands in the sealed text; `key` is exactly 32 random bytes, kept
    /// with the other secrets of the server.
    #[uniffi::constructor]
    pub fn new(id: String, key: Vec<u8>) -> Self {
        Self { id, key: Zeroizing::new(key) }
    }
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

#[uniffi::export]
impl SealingKeys {
    /// 1 to 16 keys, the newest first: the newest seals, each opens. To rotate, put a new one in front and drop the last
    /// once its cookies are over.
    ///
    /// Throws `invalid_argument`; it does not quote the keys.
    #[uniffi::constructor]
    pub fn new(keys: Vec<Arc<SealingKey>>) -> Result<Self, VenuekeyError> {
        let pairs = keys.iter().map(|given| (given.id.as_str(), given.key.as_slice()));
        Ok(Self(venuekey::parts::SealingKeys::new(pairs)?))
    }
}
