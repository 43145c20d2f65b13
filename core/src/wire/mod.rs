//! HTTP as data: requests, replies, forms, callbacks.

pub(crate) mod callback;
pub(crate) mod form;
pub(crate) mod http;
pub(crate) mod json;
pub(crate) mod pkce;
pub(crate) mod rate_limit;
#[cfg(feature = "read")]
pub(crate) mod rows;
