//! What a venue states about its endpoints that read the account, with a token or with a key.

use crate::base::error::VenuekeyError;
use crate::base::json::{self, FromJson, Json, ToJson, Writer};
use crate::model::common_query::CommonQuery;
use crate::model::page_records::Records;
use crate::model::query::ReadQuery;
use crate::wire::http::{HttpMethod, HttpResponse};
use crate::wire::rate_limit::RateLimit;

/// Where a read stands: JSON that only the venue's own folder looks into.
#[derive(Clone)]
pub(crate) struct Position(String);

impl Position {
    /// From the venue's own type.
    pub fn of(value: &impl ToJson) -> Self {
        Self(json::written_plain(value))
    }

    /// As the venue's own type; `None` where it is none.
    pub fn parse<T: FromJson>(&self) -> Option<T> {
        json::read(&self.0)
    }
}

impl ToJson for Position {
    fn to_json(&self, to: &mut Writer) {
        to.raw(&self.0);
    }
}

impl FromJson for Position {
    fn from_json(json: Json<'_>) -> Option<Self> {
        Some(Self::of(&json))
    }
}

/// One page, as it came.
pub(crate) struct Answer {
    /// Those that no page before has had.
    pub records: Records,
    /// Rows there are in all, where the venue says so.
    pub total: Option<u64>,
    /// Where the next page is; `None` after the last.
    pub next: Option<Position>,
}

/// What a read is asked for with. The lists are the same; the paths and the refusals are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AskedWith {
    Tokens,
    Key,
}

/// Where a read goes.
pub(crate) struct Endpoint {
    /// `None` where the venue's tokens read none.
    pub with_tokens: Option<TokenEndpoint>,
    /// The private endpoint, its limit that of [`Signing`](crate::venue::signing::Signing); `None` where no key reads it.
    pub with_key: Option<(HttpMethod, &'static str)>,
}

/// A POST with a token, and what it needs.
pub(crate) struct TokenEndpoint {
    pub path: &'static str,
    pub scopes: &'static [&'static str],
    pub rate_limit: &'static RateLimit,
}

/// A venue's account reads: pure functions.
pub(crate) struct Reads {
    /// Checks a query, fills in what it leaves open, and says where its first page is; or a hint at the rule.
    pub begin: fn(&mut ReadQuery, u64) -> Result<Position, &'static str>,
    /// The place of a cursor that comes back; `None` where this read could not have come to it.
    pub restore: fn(&ReadQuery, &Position) -> Option<Position>,
    /// Why there is more and no way to it, as a hint.
    pub stop: fn(&Position) -> Option<&'static str>,
    /// The part of the span that the page is from, in Unix milliseconds; `None` where the list has no spans.
    pub window_ms: fn(&Position) -> Option<(u64, u64)>,
    /// `None` where the venue has no such read.
    pub endpoint: fn(&ReadQuery) -> Option<Endpoint>,
    /// What is asked, as a JSON object.
    pub body: fn(&ReadQuery, &Position) -> String,
    pub read: fn(&ReadQuery, &Position, &HttpResponse, AskedWith) -> Result<Answer, VenuekeyError>,
    /// What every venue is asked for alike, in these reads; `None` where nobody has written that.
    pub common: Option<&'static CommonReads>,
}

/// What a venue states about the common reads: pure functions.
pub(crate) struct CommonReads {
    /// Since when the venue tells of this, in Unix milliseconds, seen from now.
    pub reach_ms: fn(&CommonQuery, u64) -> u64,
    /// The reads of the venue's own that make it up, in order; none where it does not tell this. No two are the same.
    pub lists: fn(&CommonQuery) -> Vec<ReadQuery>,
    /// A page of one of them in common records: without what lies outside the span, where the venue can't be asked for
    /// one, and without a next page where nothing that follows is inside.
    pub answer: fn(&CommonQuery, Answer) -> Answer,
}
