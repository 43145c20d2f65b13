//! Orders (6.3) and their executions (6.4).

use super::super::history::{Deal, History, Moment, Order};
use super::super::knobs::{Context, DateFilter};
use super::super::parameters::{Kind, invalid};
use super::asked::{Page, Parameters, integer, object, refuse, word};
use crate::base::calendar::{DAY_S, months_before};
use crate::base::http::Response;
use serde::Serialize;
use serde_json::{Map, Value, json};

const LONGEST_SPAN_S: u64 = 31 * DAY_S;
/// How many months the history reaches back, and an omitted `startDate` (6.3).
const HISTORY_MONTHS: u64 = 6;
const DEFAULT_MONTHS: u64 = 1;

/// From and to in microseconds, both included.
struct Span(u64, u64);

impl Span {
    /// Bounds are whole seconds and rows are not: whether a row within the second of `endDate` counts is
    /// undocumented.
    fn of(from_s: Option<u64>, to_s: Option<u64>, context: &Context<'_>) -> Span {
        let last = match context.knobs.date_filter {
            DateFilter::WholeSeconds => 999_999,
            DateFilter::Exact => 0,
        };
        let us = |s: u64| s.saturating_mul(1_000_000);
        let now_us = context.now_ms.saturating_mul(1000);
        let to_us = to_s.map_or(now_us, |s| us(s).saturating_add(last).min(now_us));
        Span(from_s.map_or(0, us), to_us)
    }

    fn holds(&self, at: Moment) -> bool {
        (self.0..=self.1).contains(&at.0)
    }
}

fn floor_s(now_s: u64) -> u64 {
    months_before(now_s / DAY_S, HISTORY_MONTHS) * DAY_S
}

fn by_market<T: Serialize>(rows: &[&T], market: impl Fn(&T) -> &'static str, context: &Context<'_>) -> Response {
    let mut markets: Map<String, Value> = Map::new();
    for row in rows {
        if let Value::Array(rows) = markets.entry(market(row)).or_insert(json!([])) {
            rows.push(json!(row));
        }
    }
    Response::json(200, &object(markets, context))
}

fn not_found() -> Response {
    invalid(422, 30, [("orderHistory", "OrderHistory was not found.".into())])
}

/// 6.3.
pub fn orders(parameters: &Parameters, history: &History, context: &mut Context<'_>) -> Response {
    let known = [
        ("market", Kind::Market),
        ("orderId", Kind::Integer(0, u64::MAX)),
        ("clientOrderId", Kind::Text),
        ("status", Kind::OneOf(&["ALL", "FILLED", "CANCELED", "PARTIALLY_FILLED"])),
        ("startDate", Kind::Integer(0, u64::MAX)),
        ("endDate", Kind::Integer(0, u64::MAX)),
        ("limit", Kind::Integer(1, 500)),
        ("offset", Kind::Integer(0, u64::MAX)),
    ];
    if let Err(refused) = refuse(parameters, &known, (422, 30), context) {
        return refused;
    }
    let market = word(parameters, "market");
    let now = Span::of(None, None, context);
    let seen = || {
        let rows = history.orders.iter().rev();
        rows.filter(|row| market.is_none_or(|market| market == row.market) && now.holds(row.ctime))
    };
    let answer = |rows: Vec<&Order>| {
        let page = Page::of(parameters, 50);
        by_market(&page.of_rows(&rows), |row| row.market, context)
    };
    // The orderId beats the clientOrderId, and only the latter misses loudly.
    if let Some(id) = integer(parameters, "orderId") {
        return answer(seen().filter(|order| order.id == id).collect());
    }
    if let Some(id) = word(parameters, "clientOrderId") {
        let found: Vec<&Order> = seen().filter(|order| order.client_order_id == id).collect();
        return if id.is_empty() || found.is_empty() { not_found() } else { answer(found) };
    }
    let now_s = context.now_ms / 1000;
    let default = || months_before(now_s / DAY_S, DEFAULT_MONTHS) * DAY_S + now_s % DAY_S;
    let start = integer(parameters, "startDate").unwrap_or_else(default);
    let end = integer(parameters, "endDate");
    let clamped = end.map_or(now_s, |end| end.min(now_s));
    if start > clamped || clamped - start > LONGEST_SPAN_S || start < floor_s(now_s) {
        let text = "sandbox.range: at most 31 days, not before 6 months ago, and the end not before the start.";
        return invalid(422, 30, [("startDate", text.into())]);
    }
    let span = Span::of(Some(start), end, context);
    let is_filled = |order: &Order| order.status == "FILLED";
    // How the filter's words map to the answer's, which are others, is undocumented.
    let fits = |order: &&Order| match word(parameters, "status") {
        Some("FILLED") => is_filled(order),
        Some("CANCELED") => !is_filled(order),
        Some("PARTIALLY_FILLED") => !is_filled(order) && order.is_dealt(),
        _ => true,
    };
    answer(seen().filter(|order| span.holds(order.ctime)).filter(fits).collect())
}

/// 6.4: a flat array for one market, otherwise an object with one for each.
pub fn deals(parameters: &Parameters, history: &History, context: &mut Context<'_>) -> Response {
    let known = [
        ("market", Kind::Market),
        ("clientOrderId", Kind::Text),
        ("startDate", Kind::Integer(0, u64::MAX)),
        ("endDate", Kind::Integer(0, u64::MAX)),
        ("limit", Kind::Integer(1, 500)),
        ("offset", Kind::Integer(0, u64::MAX)),
    ];
    if let Err(refused) = refuse(parameters, &known, (422, 30), context) {
        return refused;
    }
    let (market, client_id) = (word(parameters, "market"), word(parameters, "clientOrderId"));
    let in_market = |deal: &&Deal| market.is_none_or(|market| market == deal.market);
    let of_order = |deal: &&Deal| client_id.is_none_or(|id| !id.is_empty() && id == deal.client_order_id);
    let rows = || history.deals.iter().rev().filter(in_market).filter(of_order);
    if client_id.is_some() && rows().next().is_none() {
        return not_found();
    }
    // No window is documented, and nothing that is older.
    let floor = floor_s(context.now_ms / 1000);
    let start = integer(parameters, "startDate").map_or(floor, |start| start.max(floor));
    let span = Span::of(Some(start), integer(parameters, "endDate"), context);
    let found: Vec<&Deal> = rows().filter(|deal| span.holds(deal.time)).collect();
    let found = Page::of(parameters, 50).of_rows(&found);
    match market {
        Some(_) => Response::json(200, &json!(found)),
        None => by_market(&found, |deal| deal.market, context),
    }
}
