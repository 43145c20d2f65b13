//! A watch as Python makes it: with a random seed, where none is given.

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use venuekey::parts::KeyWatch as CoreWatch;

use crate::arguments::{Int, Text, given};
use crate::classes::keys_watch::KeyWatch;
use crate::error::Result;

#[pymethods]
impl KeyWatch {
    #[new]
    #[pyo3(signature = (
        venue, issued_at_ms, *, last_used_at_ms=None, expires_at_ms=None, is_ip_bound=None, seed=None,
    ))]
    fn new(
        venue: Text,
        issued_at_ms: Int<u64>,
        last_used_at_ms: Option<Int<u64>>,
        expires_at_ms: Option<Int<u64>>,
        is_ip_bound: Option<bool>,
        seed: Option<Int<u32>>,
    ) -> Result<Self> {
        let draw = || getrandom::u32().map_err(|_| PyOSError::new_err("the operating system gave no random bytes"));
        let seed = seed.map_or_else(draw, |Int(seed)| Ok(seed))?;
        let watch = given!(CoreWatch: venue, issued_at_ms, last_used_at_ms, expires_at_ms, is_ip_bound, seed);
        // Read back, so that what can be made can also be restored.
        Ok(Self(CoreWatch::from_text(&watch.to_text())?))
    }
}
