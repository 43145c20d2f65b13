//! What a venue states about its endpoints that read the account with a token.

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

/// A venue's account reads: two pure functions.
pub(crate) struct Reads {
    /// The path, and the fields of the JSON object in the body.
    pub ask: fn(&Asked) -> (&'static str, String),
    pub read: fn(&Asked, &HttpResponse) -> Result<Answer, VenuekeyError>,
}
