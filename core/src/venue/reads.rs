//! What a venue states about its endpoints that read the account with a token.

use crate::budget::RateLimit;
use crate::error::VenuekeyError;
use crate::http::HttpResponse;
use crate::reads::query::ReadQuery;
use crate::reads::records::Records;

/// One page, as it is asked for.
pub(crate) struct Asked {
    pub query: ReadQuery,
    /// Unix seconds: the part of the query's span that this page is from.
    pub window: Option<(u64, u64)>,
    pub limit: u32,
    pub offset: u64,
}

/// One page, as it came.
pub(crate) struct Answer {
    pub records: Records,
    /// Rows there are in all, where the venue says so.
    pub total: Option<u64>,
}

/// Where a read goes, and what it needs there.
pub(crate) struct Endpoint {
    pub path: &'static str,
    pub scopes: &'static [&'static str],
    pub rate_limit: &'static RateLimit,
}

/// A venue's account reads: pure functions.
pub(crate) struct Reads {
    pub endpoint: fn(&ReadQuery) -> Endpoint,
    /// The fields of the JSON object in the body.
    pub body: fn(&Asked) -> String,
    pub read: fn(&Asked, &HttpResponse) -> Result<Answer, VenuekeyError>,
}
