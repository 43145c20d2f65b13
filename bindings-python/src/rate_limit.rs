//! A rate limit, as a venue documents it.

use crate::prelude::*;

class! {
    /// A limit that a venue documents. All of them count requests per IP address of the caller.
    struct RateLimit(&'static venuekey::RateLimit): eq as limit {
        /// What the venue counts together, such as `"whitebit_trade_account"`.
        name: &'static str = limit.name,
        /// How many requests.
        requests: u32 = limit.requests,
        /// In which time, in milliseconds.
        window_ms: u32 = limit.window_ms,
    }
    repr("RateLimit({}: {} in {} ms)", limit.name, limit.requests, limit.window_ms)
}
