//! A rate limit, as a venue documents it.

use crate::cross::mirror;

mirror! {
    /// A limit that a venue documents. All of them count requests per IP address of the caller.
    RateLimit {
        /// What the venue counts together, such as `whitebit_trade_account`.
        name: String,
        /// How many requests.
        requests: i64,
        /// In which time, in milliseconds.
        window_ms: i64,
    }
}
