//! A limit that a venue documents.

/// A limit that a venue documents. All of them count requests per IP address of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// What the venue counts together, such as `whitebit_trade_account`.
    pub name: &'static str,
    /// How many requests.
    pub requests: u32,
    /// In how long, in milliseconds.
    pub window_ms: u32,
}
