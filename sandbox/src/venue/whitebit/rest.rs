//! What V4's private endpoints answer (section 6, which borrows them). One small account, the same for
//! every user; its orders and transfers are yesterday's, so that date filters find them.

use super::parameters::{Kind, invalid, text, wrong};
use super::reads::{self, Parameters, Read};
use super::signed::private;
use crate::http::Response;
use crate::knobs::UnlistedPaths;
use crate::record::Finding;
use crate::venue::Context;
use serde_json::{Map, Value, json};

const DAY_S: u64 = 86_400;
/// "6 months" and "1 month" have no length in days (6.3): the longest, and a common one.
const HISTORY_S: u64 = 184 * DAY_S;
const MONTH_S: u64 = 30 * DAY_S;
const LONGEST_SPAN_S: u64 = 31 * DAY_S;
const LONGEST_CONVERTS_S: u64 = 30 * DAY_S;
/// Ticker, available, frozen, in the main account.
const BALANCES: [(&str, &str, &str, &str); 3] =
    [("BTC", "0.1", "0.02", "0.5"), ("ETH", "0", "0", "0"), ("USDT", "1000", "0", "10")];
const DEPOSIT: &[u64] = &[3, 4, 5, 7, 9, 15, 21, 22, 27, 28];
const WITHDRAWAL: &[u64] = &[1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 18, 21];

/// The answer to a call whose signature held.
pub fn answer(path: &str, parameters: &Parameters, context: &mut Context<'_>) -> Response {
    if let Some(read) = Read::of_private_path(path) {
        return reads::answer(read, parameters, context);
    }
    if context.knobs.whitebit.unlisted_signed_paths == UnlistedPaths::Echo {
        return Response::json(200, &json!({"method": "POST", "path": path, "parameters": parameters}));
    }
    let text = "The sandbox documents no answer for this path; the knob unlisted_signed_paths lets it echo.";
    context.violate(&[Finding::new("unlisted_path", "path", text)]);
    private(404, 0, text)
}

/// Refuses parameters that are none of these.
fn refuse(
    parameters: &Parameters,
    known: &[(&str, Kind)],
    (status, code): (u16, u32),
    context: &mut Context<'_>,
) -> Result<(), Response> {
    let findings = wrong(parameters, known);
    context.violate(&findings);
    if findings.is_empty() {
        return Ok(());
    }
    // 31 is the market's own, where both are documented (6.4, 11).
    let code = if code == 30 && findings.iter().all(|f| f.rule == "market") { 31 } else { code };
    Err(invalid(status, code, findings.iter().map(|f| (f.field.as_str(), text(f)))))
}

fn object(fields: Map<String, Value>, context: &Context<'_>) -> Value {
    match fields.is_empty() && context.knobs.whitebit.empty_as_array {
        true => json!([]),
        false => fields.into(),
    }
}

/// 6.6.
pub fn spot_balance(parameters: &Parameters, context: &mut Context<'_>) -> Response {
    if let Err(refused) = refuse(parameters, &[("ticker", Kind::Text)], (422, 30), context) {
        return refused;
    }
    let ticker = parameters.get("ticker").and_then(Value::as_str);
    let shown = BALANCES.iter().filter(|(name, available, freeze, _)| match ticker {
        Some(ticker) => ticker == *name,
        None => (*available, *freeze) != ("0", "0"),
    });
    let balances: Map<String, Value> = shown
        .map(|(name, available, freeze, _)| ((*name).into(), json!({"available": available, "freeze": freeze})))
        .collect();
    if ticker.is_some() && balances.is_empty() {
        return invalid(422, 30, [("ticker", "Currency was not found.".into())]);
    }
    Response::json(200, &object(balances, context))
}

/// 6.5. The description writes an unknown currency's zero flat; whether a known one's is too is open.
pub fn main_balance(parameters: &Parameters, context: &mut Context<'_>) -> Response {
    if let Err(refused) = refuse(parameters, &[("ticker", Kind::Text)], (422, 0), context) {
        return refused;
    }
    let ticker = parameters.get("ticker").and_then(Value::as_str);
    let one = ticker.map(|ticker| BALANCES.iter().find(|(name, ..)| *name == ticker));
    let body = match one {
        Some(None) => json!({"main_balance": "0"}),
        Some(Some((.., balance))) if context.knobs.whitebit.flat_main_balance => json!({"main_balance": balance}),
        _ => BALANCES
            .iter()
            .filter(|(name, ..)| ticker.is_none_or(|ticker| ticker == *name))
            .map(|(name, .., balance)| ((*name).to_owned(), json!({"main_balance": balance})))
            .collect::<Map<String, Value>>()
            .into(),
    };
    Response::json(200, &body)
}

fn noon_of_yesterday(now_s: u64) -> u64 {
    (now_s / DAY_S * DAY_S).saturating_sub(DAY_S / 2)
}

fn integer(parameters: &Parameters, name: &str) -> Option<u64> {
    parameters.get(name).and_then(Value::as_u64)
}

/// The page that `offset` and `limit` name.
fn page<T>(rows: Vec<T>, parameters: &Parameters) -> Vec<T> {
    let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let offset = size(integer(parameters, "offset").unwrap_or(0));
    rows.into_iter().skip(offset).take(size(integer(parameters, "limit").unwrap_or(50))).collect()
}

/// 6.1.
pub fn transactions(parameters: &Parameters, context: &mut Context<'_>) -> Response {
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
    let knobs = &context.knobs.whitebit;
    let missing: Vec<&str> = ["limit", "offset", "transactionMethod"]
        .into_iter()
        .filter(|name| knobs.history_fields_required && !parameters.contains_key(*name))
        .collect();
    if !missing.is_empty() {
        return invalid(400, 0, missing.into_iter().map(|name| (name, "validation.required".into())));
    }
    let method = integer(parameters, "transactionMethod");
    let codes = parameters.get("status").and_then(Value::as_array);
    let is_valid =
        |code: u64| method != Some(2) && DEPOSIT.contains(&code) || method != Some(1) && WITHDRAWAL.contains(&code);
    if codes.is_some_and(|codes| !codes.iter().filter_map(Value::as_u64).all(is_valid)) {
        return invalid(400, 0, [("status", "sandbox.status: a code is not one of this method's.".into())]);
    }
    let (limit, offset) = (integer(parameters, "limit").unwrap_or(50), integer(parameters, "offset").unwrap_or(0));
    if limit.saturating_add(offset) > 10_000 {
        return invalid(400, 0, [("offset", "Offset is too big.".into())]);
    }
    let fits = |row: &Value| {
        let same = |name: &str| parameters.get(name).is_none_or(|value| *value == row[name]);
        let listed = |name: &str, field: &str| {
            let values = parameters.get(name).and_then(Value::as_array);
            values.is_none_or(|values| values.contains(&row[field]))
        };
        ["ticker", "address", "memo", "unique_id"].into_iter().all(same)
            && method.is_none_or(|method| row["method"] == method)
            && listed("addresses", "address")
            && listed("status", "status")
    };
    let rows: Vec<Value> = all_transactions(context.now_ms / 1000).into_iter().filter(fits).collect();
    let body = json!({"limit": limit, "offset": offset, "total": rows.len(), "records": page(rows, parameters)});
    Response::json(knobs.history_status, &body)
}

fn all_transactions(now_s: u64) -> Vec<Value> {
    let noon = noon_of_yesterday(now_s);
    let row = |at: u64, id: u64, method: u64, name: &str, ticker: &str, amount: &str, fee: &str, status: u64| {
        json!({
            "address": format!("demo-address-{id}"), "unique_id": null, "createdAt": at, "currency": name,
            "ticker": ticker, "method": method, "amount": amount, "description": "", "memo": "", "fee": fee,
            "status": status, "network": null, "transactionHash": format!("aa11bb2{id}"),
            "transaction_id": format!("11111111-2222-4333-8444-55555555555{id}"),
            "details": null, "confirmations": {"actual": 2, "required": 2},
        })
    };
    vec![
        row(noon, 3, 2, "Tether", "USDT", "25", "1", 7),
        row(noon.saturating_sub(600), 2, 1, "Tether", "USDT", "1036", "0", 3),
        row(noon.saturating_sub(1200), 1, 1, "Bitcoin", "BTC", "0.62", "0", 3),
    ]
}

/// 6.2.
pub fn converts(parameters: &Parameters, context: &mut Context<'_>) -> Response {
    let known = [
        ("fromTicker", Kind::Text),
        ("toTicker", Kind::Text),
        ("quoteId", Kind::Text),
        ("from", Kind::Digits),
        ("to", Kind::Digits),
        ("limit", Kind::Integer(1, 100)),
        ("offset", Kind::Integer(0, u64::MAX)),
    ];
    if let Err(refused) = refuse(parameters, &known, (422, 30), context) {
        return refused;
    }
    let now_s = context.now_ms / 1000;
    let word = |name: &str| parameters.get(name).and_then(Value::as_str);
    // Both are documented with the default now: without `from`, the window is empty.
    let moment = |name: &str| word(name).and_then(|digits| digits.parse().ok()).unwrap_or(now_s);
    let (from, to): (u64, u64) = (moment("from"), moment("to"));
    if from > to || to - from > LONGEST_CONVERTS_S {
        return invalid(422, 30, [("from", "api.validation.dateTime.maxRange".into())]);
    }
    let date = noon_of_yesterday(now_s);
    let row = json!({
        "id": "9001", "date": date, "give": "0.001", "receive": "37.2", "rate": "37200",
        "path": [{"from": "BTC", "to": "USDT", "rate": "37200"}],
    });
    let fits = (from..=to).contains(&date)
        && word("fromTicker").is_none_or(|ticker| ticker == "BTC")
        && word("toTicker").is_none_or(|ticker| ticker == "USDT")
        && word("quoteId").is_none();
    let rows: Vec<Value> = fits.then_some(row).into_iter().collect();
    let (limit, offset) = (integer(parameters, "limit").unwrap_or(100), integer(parameters, "offset").unwrap_or(0));
    let body = json!({"total": rows.len(), "limit": limit, "offset": offset, "records": page(rows, parameters)});
    Response::json(200, &body)
}

/// An order; each filled one has one deal.
struct Order {
    market: &'static str,
    id: u64,
    client_id: &'static str,
    kind: &'static str,
    side: &'static str,
    amount: &'static str,
    price: &'static str,
    deal: &'static str,
    filled: bool,
    before_noon_s: u64,
}

const ORDERS: [Order; 3] = [
    Order {
        market: "BTC_USDT",
        id: 700_100_202,
        client_id: "",
        kind: "limit",
        side: "sell",
        amount: "0.002",
        price: "40000",
        deal: "80",
        filled: true,
        before_noon_s: 60,
    },
    Order {
        market: "ETH_USDT",
        id: 700_100_201,
        client_id: "demo-order-1",
        kind: "limit",
        side: "buy",
        amount: "0.01",
        price: "2000",
        deal: "20",
        filled: true,
        before_noon_s: 120,
    },
    Order {
        market: "BTC_USDT",
        id: 700_100_200,
        client_id: "",
        kind: "limit",
        side: "buy",
        amount: "0.001",
        price: "30000",
        deal: "0",
        filled: false,
        before_noon_s: 180,
    },
];

impl Order {
    fn created_s(&self, now_s: u64) -> u64 {
        noon_of_yesterday(now_s).saturating_sub(self.before_noon_s)
    }

    fn fee(&self) -> &'static str {
        if self.filled { "0.08" } else { "0" }
    }

    fn to_json(&self, now_s: u64) -> Value {
        let (status, dealt) = if self.filled { ("FILLED", self.amount) } else { ("CANCELED", "0") };
        let created = self.created_s(now_s) as f64;
        json!({
            "amount": self.amount, "price": self.price, "type": self.kind, "id": self.id,
            "clientOrderId": self.client_id, "side": self.side, "ctime": created + 0.123_456,
            "ftime": created + 5.654_321, "dealFee": self.fee(), "dealStock": dealt, "dealMoney": self.deal,
            "postOnly": false, "ioc": false, "status": status, "feeAsset": "USDT", "rpi": false,
            "reduceOnly": false,
        })
    }

    fn deal_json(&self, now_s: u64) -> Value {
        json!({
            "id": self.id - 699_100_200, "clientOrderId": self.client_id,
            "time": self.created_s(now_s) as f64 + 5.654_321, "side": self.side, "role": 2,
            "amount": self.amount, "price": self.price, "deal": self.deal, "fee": self.fee(),
            "orderId": self.id, "feeAsset": "USDT",
        })
    }
}

fn by_market(orders: Vec<&Order>, row: impl Fn(&Order) -> Value, context: &Context<'_>) -> Response {
    let mut markets = Map::new();
    for order in orders {
        if let Value::Array(rows) = markets.entry(order.market).or_insert(json!([])) {
            rows.push(row(order));
        }
    }
    Response::json(200, &object(markets, context))
}

fn not_found() -> Response {
    invalid(422, 30, [("orderHistory", "OrderHistory was not found.".into())])
}

/// 6.3.
pub fn orders(parameters: &Parameters, context: &mut Context<'_>) -> Response {
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
    let now_s = context.now_ms / 1000;
    let row = |order: &Order| order.to_json(now_s);
    let word = |name: &str| parameters.get(name).and_then(Value::as_str);
    let in_market = |order: &&Order| word("market").is_none_or(|market| market == order.market);
    // The orderId beats the clientOrderId, and only the latter misses loudly.
    if let Some(id) = integer(parameters, "orderId") {
        return by_market(ORDERS.iter().filter(in_market).filter(|order| order.id == id).collect(), row, context);
    }
    if let Some(id) = word("clientOrderId") {
        let found: Vec<&Order> = ORDERS.iter().filter(in_market).filter(|order| order.client_id == id).collect();
        return if id.is_empty() || found.is_empty() { not_found() } else { by_market(found, row, context) };
    }
    let start = integer(parameters, "startDate").unwrap_or(now_s.saturating_sub(MONTH_S));
    let end = integer(parameters, "endDate").map_or(now_s, |end| end.min(now_s));
    let floor = now_s.saturating_sub(HISTORY_S) / DAY_S * DAY_S;
    if start > end || end - start > LONGEST_SPAN_S || start < floor {
        let text = "sandbox.range: at most 31 days, not before 6 months ago, and the end not before the start.";
        return invalid(422, 30, [("startDate", text.into())]);
    }
    // PARTIALLY_FILLED is a filter, and no status of an answer: it finds nothing here.
    let status = word("status").unwrap_or("ALL");
    let fits = |order: &&Order| {
        (start..=end).contains(&order.created_s(now_s))
            && (status == "ALL" || (status == "FILLED") == order.filled && status != "PARTIALLY_FILLED")
    };
    by_market(page(ORDERS.iter().filter(in_market).filter(fits).collect(), parameters), row, context)
}

/// 6.4: a flat array for one market, otherwise an object with one for each.
pub fn deals(parameters: &Parameters, context: &mut Context<'_>) -> Response {
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
    let now_s = context.now_ms / 1000;
    let word = |name: &str| parameters.get(name).and_then(Value::as_str);
    let (market, client_id) = (word("market"), word("clientOrderId"));
    let from = integer(parameters, "startDate").unwrap_or(0);
    let to = integer(parameters, "endDate").unwrap_or(u64::MAX);
    let fits = |order: &&Order| {
        order.filled
            && market.is_none_or(|market| market == order.market)
            && client_id.is_none_or(|id| id == order.client_id)
            && (from..=to).contains(&order.created_s(now_s))
    };
    let found: Vec<&Order> = ORDERS.iter().filter(fits).collect();
    if client_id.is_some() && found.is_empty() {
        return not_found();
    }
    let row = |order: &Order| order.deal_json(now_s);
    let found = page(found, parameters);
    match market {
        Some(_) => Response::json(200, &found.into_iter().map(row).collect()),
        None => by_market(found, row, context),
    }
}
