//! The contract: what a venue states about itself. The venues themselves are in `venues`.

pub(crate) mod common;
pub(crate) mod contract;
pub(crate) mod identity;
pub(crate) mod prints;
pub(crate) mod profile;
pub(crate) mod reads;
pub(crate) mod refusal;
pub(crate) mod settings;
pub(crate) mod signing;
