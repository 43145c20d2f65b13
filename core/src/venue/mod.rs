//! The contract: what a venue states about itself. The venues themselves are in `venues`.

#[cfg(feature = "read")]
pub(crate) mod common;
pub(crate) mod contract;
pub(crate) mod identity;
#[cfg(feature = "read")]
pub(crate) mod prints;
pub(crate) mod profile;
#[cfg(feature = "read")]
pub(crate) mod reads;
pub(crate) mod refusal;
pub(crate) mod settings;
#[cfg(feature = "sign")]
pub(crate) mod signing;
