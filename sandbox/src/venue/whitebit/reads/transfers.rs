//! Deposits and withdrawals (6.1), conversions (6.2).

use super::super::history::{Convert, History, Transaction};
use super::super::knobs::Context;
use super::super::parameters::{Kind, invalid};
use super::asked::{Page, Parameters, integer, refuse, word};
use crate::base::calendar::{DAY_S, months_before};
use crate::base::http::Response;
use serde_json::{Value, json};

/// So far `offset` and `limit` reach together (6.1).
const DEEPEST: u64 = 10_000;
/// The longest window of conversions, and how many months they reach back (6.2).
const LONGEST_CONVERTS_S: u64 = 30 * DAY_S;
const CONVERTS_MONTHS: u64 = 6;

/// 6.1.
pub fn transactions(parameters: &Parameters, history: &History, context: &mut Context<'_>) -> Response {
    let known = [
        ("transactionMethod", Kind::Integer(1, 2)),
        ("ticker", Kind::Text),
        ("address", Kind::Text),
        ("memo", Kind::Text),
        ("unique_id", Kind::Text),
        ("addresses", Kind::Texts(20)),
        ("status", Kind::Integers),
        ("limit", Kind::Integer(1, 500)),
        ("offset", Kind::Integer(0, u64::MAX)),
    ];
    if let Err(refused) = refuse(parameters, &known, (400, 0), context) {
        return refused;
    }
    let knobs = context.knobs;
    let missing: Vec<&str> = ["limit", "offset", "transactionMethod"]
        .into_iter()
        .filter(|name| knobs.history_fields_required && !parameters.contains_key(*name))
        .collect();
    if !missing.is_empty() {
        return invalid(400, 0, missing.into_iter().map(|name| (name, "validation.required".into())));
    }
    let method = integer(parameters, "transactionMethod");
    let list = |name: &str| parameters.get(name).and_then(Value::as_array);
    let (statuses, addresses) = (list("status"), list("addresses"));
    let is_valid = |code: u64| {
        method != Some(2) && Transaction::DEPOSIT.contains(&code)
            || method != Some(1) && Transaction::WITHDRAWAL.contains(&code)
    };
    if statuses.is_some_and(|codes| !codes.iter().filter_map(Value::as_u64).all(is_valid)) {
        return invalid(400, 0, [("status", "sandbox.status: a code is not one of this method's.".into())]);
    }
    let page = Page::of(parameters, 50);
    if page.limit.saturating_add(page.offset) > DEEPEST {
        let text = format!("Offset is too big. The sum of offset and limit must be at most {DEEPEST}.");
        return invalid(400, 0, [("offset", text)]);
    }
    let same = |name: &str, value: &str| word(parameters, name).is_none_or(|wanted| wanted == value);
    let fits = |row: &&Transaction| {
        row.created_at <= context.now_ms / 1000
            && method.is_none_or(|method| row.method == method)
            && same("ticker", row.ticker)
            && same("address", &row.address)
            && same("memo", &row.memo)
            && word(parameters, "unique_id").is_none_or(|id| row.unique_id.as_deref() == Some(id))
            && addresses.is_none_or(|listed| listed.iter().any(|address| *address == *row.address))
            && statuses.is_none_or(|listed| listed.iter().any(|status| *status == row.status))
    };
    let rows: Vec<&Transaction> = history.transactions.iter().rev().filter(fits).collect();
    let body = json!({
        "limit": page.limit, "offset": page.offset, "total": rows.len(), "records": page.of_rows(&rows),
    });
    Response::json(knobs.history_status, &body)
}

/// 6.2.
pub fn converts(parameters: &Parameters, history: &History, context: &mut Context<'_>) -> Response {
    let known = [
        ("fromTicker", Kind::Filled),
        ("toTicker", Kind::Filled),
        ("quoteId", Kind::Filled),
        ("from", Kind::Digits),
        ("to", Kind::Digits),
        ("limit", Kind::Integer(1, 100)),
        ("offset", Kind::Integer(0, u64::MAX)),
    ];
    if let Err(refused) = refuse(parameters, &known, (422, 30), context) {
        return refused;
    }
    let now_s = context.now_ms / 1000;
    // Both are documented with the default now: without `from`, the window is empty.
    let moment = |name: &str| word(parameters, name).map_or(now_s, |digits| digits.parse().unwrap_or(now_s));
    let (from, to) = (moment("from"), moment("to"));
    if from > to || to - from > LONGEST_CONVERTS_S {
        return invalid(422, 30, [("from", "api.validation.dateTime.maxRange".into())]);
    }
    // Nothing says that an earlier `from` is an error: nothing is found there.
    let floor = months_before(now_s / DAY_S, CONVERTS_MONTHS) * DAY_S;
    let fits = |row: &&Convert| {
        (from.max(floor)..=to.min(now_s)).contains(&row.date)
            && row.is_between(word(parameters, "fromTicker"), word(parameters, "toTicker"))
            // No record shows a quote; here, its id is the conversion's.
            && word(parameters, "quoteId").is_none_or(|id| row.id == id)
    };
    let rows: Vec<&Convert> = history.converts.iter().rev().filter(fits).collect();
    let page = Page::of(parameters, 100);
    let body = json!({
        "records": page.of_rows(&rows), "total": rows.len(), "limit": page.limit, "offset": page.offset,
    });
    Response::json(200, &body)
}
