//! What knows no venue: names, times, secrets, errors.

pub(crate) mod base_url;
#[cfg(feature = "read")]
pub(crate) mod decimal;
pub(crate) mod entropy;
pub(crate) mod error;
pub(crate) mod ids;
pub(crate) mod json;
#[cfg(feature = "sign")]
pub(crate) mod mac;
#[cfg(feature = "seal")]
pub(crate) mod seal;
pub(crate) mod secret;
pub(crate) mod string_enum;
pub(crate) mod text;
pub(crate) mod time;
