//! What knows no exchange: HTTP as data, the clock, what is minted from the seed.

pub mod calendar;
pub mod canonical;
pub mod clock;
pub mod encoding;
pub mod http;
pub mod mint;
pub mod signature;
pub mod template;
