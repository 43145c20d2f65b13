//! The reads of an account over V5 (facts/bybit.md, 13): with a key, since no token opens them.

mod asked;
mod common;
mod paging;
mod record;
mod rules;

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::model::page_records::Records;
use crate::model::query::ReadQuery;
use crate::model::record_enums::MarketCategory;
use crate::venue::reads::{Answer, AskedWith, Position, Reads};
use crate::venues::bybit::reads::paging::Place;
use crate::venues::bybit::v5;
use crate::wire::http::HttpResponse;
use crate::wire::rows::{Bad, Parts, Row};

/// Both kinds of client end with a key.
pub(in crate::venues) const READS: Reads = Reads {
    begin: |query, now_ms| {
        rules::check(query)?;
        rules::fix_span(query, now_ms)?;
        Ok(Position::of(&Place::first(query)))
    },
    restore: |query, at| {
        rules::check(query).ok()?;
        at.parse::<Place>().filter(|place| place.is_sound(query)).as_ref().map(Position::of)
    },
    stop: |at| place(at).stop(),
    window_ms: |at| place(at).window(),
    endpoint: asked::endpoint,
    body: |query, at| asked::parameters(query, &place(at)),
    read,
    common: Some(&common::COMMON),
};

/// The place of a read that was begun here, or whose cursor was found sound: it parses.
fn place(at: &Position) -> Place {
    at.parse().unwrap_or_default()
}

fn read(query: &ReadQuery, at: &Position, response: &HttpResponse, _: AskedWith) -> Result<Answer, VenuekeyError> {
    let payload = v5::parse(response).map_err(|refused| refused.into_error(response))?.payload;
    let malformed = |hint: &str| {
        VenuekeyError::new(ErrorCode::MalformedReply).with_reply(Some(response.status()), None, None).with_hint(hint)
    };
    let parts = Parts::parse(&payload).ok_or_else(|| malformed("result is not a JSON object"))?;
    let (mut records, cursor) = page(query, &parts).map_err(|Bad(hint)| malformed(&hint))?;
    let next = place(at).advance(query, &mut records, cursor).map_err(malformed)?;
    Ok(Answer { records, total: None, next: next.as_ref().map(Position::of) })
}

/// The rows, and the cursor of those behind them.
fn page(query: &ReadQuery, parts: &Parts<'_>) -> Result<(Records, Option<String>), Bad> {
    let rows = rows(parts)?;
    let of = |category: &Option<MarketCategory>| category.unwrap_or(MarketCategory::Spot);
    let records = match query {
        ReadQuery::WalletBalance(_) => Records::WalletBalance(each(&rows, record::wallet)?),
        ReadQuery::Deposits(_) => Records::Deposits(each(&rows, record::deposit)?),
        ReadQuery::Withdrawals(_) => Records::Withdrawals(each(&rows, record::withdrawal)?),
        ReadQuery::InternalTransfers(_) => Records::InternalTransfers(each(&rows, record::transfer)?),
        ReadQuery::OrderHistory(query) => {
            Records::OrderHistory(each(&rows, |row| record::order(row, of(&query.category)))?)
        }
        ReadQuery::Executions(query) => {
            Records::Executions(each(&rows, |row| record::execution(row, of(&query.category)))?)
        }
        ReadQuery::TransactionLog(_) => Records::TransactionLog(each(&rows, record::log_entry)?),
        _ => return Err(Bad("Bybit does not offer this read".to_owned())),
    };
    let Parts::Object(_) = parts else { return Err(Bad("result is not an object".to_owned())) };
    let cursor = Row::of("result".to_owned(), Some(parts.clone()))?.text_or_empty("nextPageCursor")?;
    Ok((records, cursor))
}

fn each<T>(rows: &[Row<'_>], read: impl Fn(&Row<'_>) -> Result<T, Bad>) -> Result<Vec<T>, Bad> {
    rows.iter().map(read).collect()
}

/// Some lists are called `rows`, the others `list`; either is taken for both. Null is an empty one.
fn rows<'a>(parts: &Parts<'a>) -> Result<Vec<Row<'a>>, Bad> {
    let list = parts.get("list").or_else(|| parts.get("rows"));
    let Some(list) = list else { return Err(Bad("list is missing".to_owned())) };
    if list.get() == "null" {
        return Ok(Vec::new());
    }
    let Some(Parts::Array(items)) = Parts::parse(list.get()) else {
        return Err(Bad("list is not an array".to_owned()));
    };
    items.into_iter().enumerate().map(|(index, value)| Row::parse(format!("record {index}"), value)).collect()
}
