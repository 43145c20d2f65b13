//! A rate limit, as a venue documents it.

/// A limit that a venue documents. All of them count requests per IP address of the caller.
#[derive(Debug, uniffi::Record)]
pub struct RateLimit {
    /// What the venue counts together, such as `whitebit_trade_account`.
    pub name: String,
    /// How many requests.
    pub requests: i64,
    /// In which time, in milliseconds.
    pub window_ms: i64,
}

impl From<&venuekey::RateLimit> for RateLimit {
    fn from(limit: &venuekey::RateLimit) -> Self {
        let venuekey::RateLimit { name, requests, window_ms } = *limit;
        Self { name: name.to_owned(), requests: requests.into(), window_ms: window_ms.into() }
    }
}
