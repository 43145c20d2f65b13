//! WhiteBIT's documented limits (facts/whitebit.md, 5, 6 and 12): per IP address.

use crate::wire::rate_limit::RateLimit;

const fn in_10_s(name: &'static str, requests: u32) -> RateLimit {
    RateLimit { name, requests, window_ms: 10_000 }
}

pub(super) static REFRESH: RateLimit = RateLimit { name: "whitebit_refresh", requests: 1, window_ms: 1_000 };
static PUBLIC: RateLimit = in_10_s("whitebit_public", 20_000);
static TRADE_ACCOUNT: RateLimit = in_10_s("whitebit_trade_account", 12_000);
static MAIN_ACCOUNT: RateLimit = in_10_s("whitebit_main_account", 1_000);
static MAIN_ACCOUNT_HISTORY: RateLimit = in_10_s("whitebit_main_account_history", 200);
static CONVERT_HISTORY: RateLimit = in_10_s("whitebit_convert_history", 10_000);
pub(super) static OTHERS: RateLimit = in_10_s("whitebit", 10_000);

/// The limit of a path of the REST API. Of `/api/v4/accounts/*` nothing is documented (12): the default, or that of the
/// private endpoint it stands for where that is smaller, and counted with it.
pub(super) fn of(path: &str) -> &'static RateLimit {
    match path {
        "/api/v4/main-account/history" | "/api/v4/accounts/transactions" => &MAIN_ACCOUNT_HISTORY,
        "/api/v4/convert/history" => &CONVERT_HISTORY,
        "/api/v4/accounts/balances/main" => &MAIN_ACCOUNT,
        _ if path.starts_with("/api/v4/public/") => &PUBLIC,
        _ if path.starts_with("/api/v4/trade-account/") => &TRADE_ACCOUNT,
        _ if path.starts_with("/api/v4/main-account/") => &MAIN_ACCOUNT,
        _ => &OTHERS,
    }
}
