//! A key at work, and its lifecycle.

pub(crate) mod nonces;
pub(crate) mod public_key_probe;
pub(crate) mod signer;
pub(crate) mod watch;
