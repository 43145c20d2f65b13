//! The six account reads (facts/whitebit.md, 6): their replies and refusals.

mod body;
mod common;
mod paging;
mod record;
mod rules;
mod seen_rows;
mod stop;

use serde_json::value::RawValue;

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::model::page_records::Records;
use crate::model::query::ReadQuery;
use crate::model::records::{MainBalance, SpotBalance};
use crate::venue::reads::{Answer, AskedWith, Position, Reads};
use crate::venues::whitebit::accounts::paging::{Asked, Place};
use crate::venues::whitebit::accounts::stop::Stop;
use crate::venues::whitebit::parse::{WITHDRAWN, field_texts, message};
use crate::venues::whitebit::v4;
use crate::wire::http::{HttpResponse, MAX_BODY_BYTES};
use crate::wire::json::{self, Reply};
use crate::wire::rows::{Bad, Parts, Row};

/// Section 1: on both hosts.
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
    stop: |at| place(at).stop().map(Stop::hint),
    window_ms: |at| place(at).window_ms(),
    endpoint: body::endpoint,
    body: |query, at| body::body(&place(at).asked(query)),
    read,
    common: Some(&common::COMMON),
};

/// The place of a read that was begun here, or whose cursor was found sound: it parses.
fn place(at: &Position) -> Place {
    at.parse().unwrap_or_default()
}

/// The rows that are new, and where the next page is.
fn read(query: &ReadQuery, at: &Position, response: &HttpResponse, with: AskedWith) -> Result<Answer, VenuekeyError> {
    let place = place(at);
    let (mut records, total) = page(&place.asked(query), response, with)?;
    let next = place.advance(query, &mut records, total).map_err(|hint| {
        VenuekeyError::new(ErrorCode::MalformedReply).with_reply(Some(response.status()), None, None).with_hint(hint)
    })?;
    Ok(Answer { records, total, next: next.as_ref().map(Position::of) })
}

/// A page's rows, and how many there are in all where the venue says so.
type Rows = (Records, Option<u64>);

fn page(asked: &Asked, response: &HttpResponse, with: AskedWith) -> Result<Rows, VenuekeyError> {
    let status = Some(response.status());
    if response.body().len() > MAX_BODY_BYTES {
        let error = VenuekeyError::new(ErrorCode::ReplyTooLarge).with_reply(status, None, None);
        return Err(error.with_hint("ask for fewer rows a page (limit)"));
    }
    // D11: 201 is a success of transactions; any 2xx is taken for one, unless an error is inside (section 11).
    if !(200..300).contains(&response.status()) {
        return refused(asked, response, with);
    }
    let parts = core::str::from_utf8(json::without_bom(response.body())).ok().and_then(Parts::parse);
    let is_error = |parts: &Parts<'_>| parts.get("code").is_some() && parts.get("message").is_some();
    if parts.as_ref().is_some_and(is_error) {
        return refused(asked, response, with);
    }
    parts
        .ok_or_else(|| Bad("it is not a JSON object or array".to_owned()))
        .and_then(|parts| answer(asked, &parts))
        .map_err(|Bad(hint)| {
            VenuekeyError::new(ErrorCode::MalformedReply).with_reply(status, None, None).with_hint(&hint)
        })
}

fn answer(asked: &Asked, parts: &Parts<'_>) -> Result<Rows, Bad> {
    let records = match &asked.query {
        ReadQuery::Transactions(_) => {
            let (rows, total) = listed(parts)?;
            let records = rows.iter().map(record::transaction).collect::<Result<_, _>>()?;
            return Ok((Records::Transactions(records), Some(total)));
        }
        ReadQuery::Converts(_) => {
            let (rows, total) = listed(parts)?;
            let records = rows.iter().map(record::convert).collect::<Result<_, _>>()?;
            return Ok((Records::Converts(records), Some(total)));
        }
        ReadQuery::Orders(query) => {
            let rows = by_market(parts, query.market.as_deref())?;
            Records::Orders(rows.iter().map(record::order).collect::<Result<_, _>>()?)
        }
        ReadQuery::Deals(query) => {
            let rows = by_market(parts, query.market.as_deref())?;
            Records::Deals(rows.iter().map(record::deal).collect::<Result<_, _>>()?)
        }
        ReadQuery::MainBalances(query) => {
            let balance = |(ticker, row): (String, Row<'_>)| {
                Ok(MainBalance { ticker, main_balance: row.amount("main_balance")? })
            };
            let rows = by_ticker(parts, query.ticker.as_deref(), "main_balance")?;
            Records::MainBalances(rows.into_iter().map(balance).collect::<Result<_, Bad>>()?)
        }
        ReadQuery::SpotBalances(query) => {
            let balance = |(ticker, row): (String, Row<'_>)| {
                Ok(SpotBalance { ticker, available: row.amount("available")?, freeze: row.amount("freeze")? })
            };
            let rows = by_ticker(parts, query.ticker.as_deref(), "available")?;
            Records::SpotBalances(rows.into_iter().map(balance).collect::<Result<_, Bad>>()?)
        }
        // No such read begins here.
        _ => return Err(Bad("WhiteBIT does not offer this read".to_owned())),
    };
    Ok((records, None))
}

/// `{"records": [...], "total": n}`; `limit` and `offset` only repeat the request.
fn listed<'a>(parts: &Parts<'a>) -> Result<(Vec<Row<'a>>, u64), Bad> {
    let records = parts.get("records").and_then(|value| Parts::parse(value.get()));
    let Some(Parts::Array(items)) = records else { return Err(Bad("records is missing or not an array".to_owned())) };
    let total = parts.get("total").and_then(|total| total.get().parse().ok());
    let total = total.ok_or_else(|| Bad("total is missing or not a whole number".to_owned()))?;
    let rows = items.into_iter().enumerate().map(|(index, value)| Row::parse(format!("record {index}"), value));
    Ok((rows.collect::<Result<_, _>>()?, total))
}

/// 6.3: keyed by market; 6.4: flat where the market was asked for. Either is taken for both.
fn by_market<'a>(parts: &Parts<'a>, market: Option<&str>) -> Result<Vec<(String, Row<'a>)>, Bad> {
    let mut rows = Vec::new();
    let mut add = |market: &str, items: &[&'a RawValue]| {
        for value in items {
            rows.push((market.to_owned(), Row::parse(format!("record {}", rows.len()), value)?));
        }
        Ok(())
    };
    match (parts, market) {
        (Parts::Array(items), _) if items.is_empty() => {}
        (Parts::Array(items), Some(market)) => add(market, items)?,
        (Parts::Array(_), None) => return Err(Bad("a flat list, although no market was asked for".to_owned())),
        (Parts::Object(markets), _) => {
            for (index, (market, list)) in markets.iter().enumerate() {
                let Some(Parts::Array(items)) = Parts::parse(list.get()) else {
                    return Err(Bad(format!("market {index} has no list")));
                };
                add(market, &items)?;
            }
        }
    }
    Ok(rows)
}

/// 6.5, 6.6: keyed by ticker. With a ticker the main balance is described flat, and either is taken for both.
fn by_ticker<'a>(parts: &Parts<'a>, ticker: Option<&str>, field: &str) -> Result<Vec<(String, Row<'a>)>, Bad> {
    let entries = match parts {
        Parts::Array(items) if items.is_empty() => return Ok(Vec::new()),
        Parts::Array(_) => return Err(Bad("a list, not an object".to_owned())),
        Parts::Object(entries) => entries,
    };
    let is_flat = parts.get(field).is_some_and(|value| !value.get().starts_with(['{', '[']));
    if let Some(ticker) = ticker.filter(|_| is_flat) {
        return Ok(vec![(ticker.to_owned(), Row::of("record 0".to_owned(), Some(parts.clone()))?)]);
    }
    let row = |(index, (ticker, value)): (usize, &(String, &'a RawValue))| {
        Ok((ticker.clone(), Row::parse(format!("record {index}"), value)?))
    };
    entries.iter().enumerate().map(row).collect()
}

/// Section 11, D4, and section 14's unknowns: the body of a bad token is not documented, so every shape the venue uses
/// elsewhere is read, an empty one too, and the status decides. A page is of something in front of the venue, and decides
/// nothing.
fn refused(asked: &Asked, response: &HttpResponse, with: AskedWith) -> Result<Rows, VenuekeyError> {
    let status = response.status();
    let reply = Reply::parse(response).ok();
    let root = reply.as_ref().map(Reply::root);
    let venue_code = root.and_then(|root| root.get("code")).and_then(json::scalar_text);
    let errors = root.and_then(|root| root.get("errors"));
    if status == 422 && venue_code.as_deref() == Some("30") && errors.is_some_and(|e| e.get("orderHistory").is_some()) {
        // 6.3: an unknown id of the app's own is an error, an unknown id of the venue's an empty list. Nothing is
        // nothing.
        match &asked.query {
            ReadQuery::Orders(query) if query.client_order_id.is_some() => {
                return Ok((Records::Orders(Vec::new()), None));
            }
            ReadQuery::Deals(query) if query.client_order_id.is_some() => {
                return Ok((Records::Deals(Vec::new()), None));
            }
            _ => {}
        }
    }
    if with == AskedWith::Key {
        return Err(v4::refusal(response).into_error(response));
    }
    let is_page = root.is_none() && !json::is_empty(response);
    let (code, hint) = match status {
        429 => (ErrorCode::RateLimited, ""),
        404 | 410 if is_page => (ErrorCode::VenueUnavailable, PAGE_OR_WITHDRAWN),
        // Of a 403 nothing says that it may be empty.
        400..500 if is_page || (status == 403 && root.is_none()) => (ErrorCode::VenueUnavailable, PAGE),
        401 => (ErrorCode::TokenRejected, TOKEN),
        403 => (ErrorCode::TokenRejected, TOKEN),
        404 | 410 => (ErrorCode::NotSupported, WITHDRAWN),
        500.. => (ErrorCode::VenueUnavailable, ""),
        // Validation, and a success with an error inside.
        400 | 422 | 200..300 => (ErrorCode::RequestRejected, "venue_text names the field"),
        400.. => (ErrorCode::VenueRefused, ""),
        // 1xx and 3xx: the host must not follow, and nothing documented answers so.
        _ => (ErrorCode::MalformedReply, ""),
    };
    // "Validation failed" alone helps nobody.
    let fields = errors.filter(|_| root.is_some_and(|root| root.get("message").is_some())).and_then(field_texts);
    let text = match (root.and_then(message), fields) {
        (Some(message), Some(fields)) => Some(format!("{message}; {fields}")),
        (message, _) => message,
    };
    let mut error = VenuekeyError::new(code).with_reply(Some(status), venue_code, text);
    if !hint.is_empty() {
        error = error.with_hint(hint);
    }
    // Section 12: backoff starts at 1 s.
    let wait_ms = response.retry_after_ms().or((code == ErrorCode::RateLimited).then_some(1_000));
    Err(match wait_ms.filter(|_| matches!(code, ErrorCode::RateLimited | ErrorCode::VenueUnavailable)) {
        Some(ms) => error.with_retry_after(ms),
        None => error,
    })
}

const PAGE: &str = "something in front of the venue answered with a page";
/// Section 15: which body the six reads answer with once they are gone is not known.
const PAGE_OR_WITHDRAWN: &str = "something in front of the venue answered with a page; if it keeps happening, check the base URL: WhiteBIT announced that the account reads end on 2026-11-01";

/// D4: a token that has expired and a scope that is missing look alike.
const TOKEN: &str =
    "refresh the tokens once; if that does not help, the scope is missing and the user must connect again";
