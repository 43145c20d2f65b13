//! The keys that make a pending flow fit for a cookie.

use pyo3::prelude::*;

use crate::arguments::{Bytes, List, Text};
use crate::classes::base_seal::SealingKeys;
use crate::error::Result;

#[pymethods]
impl SealingKeys {
    #[new]
    fn new(keys: List<(Text, Bytes)>) -> Result<Self> {
        let keys = keys.0.iter().map(|(id, key)| (&**id, &*key.0));
        Ok(Self(venuekey::parts::SealingKeys::new(keys)?))
    }
}
