//! What a venue's limits allow, before anything is sent.

pub(crate) mod budget;
pub(crate) mod preflight;
