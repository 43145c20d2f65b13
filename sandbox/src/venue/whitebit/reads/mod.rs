//! The six account reads, each with its two paths: one takes a bearer token, the other a signature (6). The
//! answer is the same.

mod balances;
mod trades;
mod transfers;

use super::history::History;
use super::parameters::{Kind, invalid, text, wrong};
use crate::http::Response;
use crate::venue::{Context, Endpoint};
use serde_json::{Map, Value, json};

/// The parameters of a read, without what identifies the caller.
pub type Parameters = Map<String, Value>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    Transactions,
    Converts,
    Orders,
    Deals,
    MainBalances,
    SpotBalances,
}

/// The read, its endpoint here, the end of `/api/v4/accounts/...`, the private path, and the scope that its
/// name suggests: no page states one (6).
const READS: [(Read, Endpoint, &str, &str, &str); 6] = [
    (
        Read::Transactions,
        Endpoint::Transactions,
        "transactions",
        "/api/v4/main-account/history",
        "users.transactions.read",
    ),
    (Read::Converts, Endpoint::Converts, "converts", "/api/v4/convert/history", "users.converts.read"),
    (Read::Orders, Endpoint::Orders, "orders", "/api/v4/trade-account/order/history", "users.orders.read"),
    (Read::Deals, Endpoint::Deals, "deals", "/api/v4/trade-account/executed-history", "users.deals.read"),
    (
        Read::MainBalances,
        Endpoint::MainBalances,
        "balances/main",
        "/api/v4/main-account/balance",
        "users.balances.read",
    ),
    (
        Read::SpotBalances,
        Endpoint::SpotBalances,
        "balances/spot",
        "/api/v4/trade-account/balance",
        "users.balances.read",
    ),
];

impl Read {
    pub fn of_account_path(path: &str) -> Option<Read> {
        let name = path.strip_prefix("/api/v4/accounts/")?;
        READS.iter().find(|(_, _, known, ..)| *known == name).map(|(read, ..)| *read)
    }

    pub fn of_private_path(path: &str) -> Option<Read> {
        READS.iter().find(|(_, _, _, known, _)| *known == path).map(|(read, ..)| *read)
    }

    fn row(self) -> &'static (Read, Endpoint, &'static str, &'static str, &'static str) {
        let index = READS.iter().position(|(read, ..)| *read == self).unwrap_or(0);
        &READS[index]
    }

    pub fn endpoint(self) -> Endpoint {
        self.row().1
    }

    pub fn private_path(self) -> &'static str {
        self.row().3
    }

    pub fn scope(self) -> &'static str {
        self.row().4
    }
}

pub fn answer(read: Read, parameters: &Parameters, history: &History, context: &mut Context<'_>) -> Response {
    match read {
        Read::Transactions => transfers::transactions(parameters, history, context),
        Read::Converts => transfers::converts(parameters, history, context),
        Read::Orders => trades::orders(parameters, history, context),
        Read::Deals => trades::deals(parameters, history, context),
        Read::MainBalances => balances::main(parameters, context),
        Read::SpotBalances => balances::spot(parameters, context),
    }
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

fn integer(parameters: &Parameters, name: &str) -> Option<u64> {
    parameters.get(name).and_then(Value::as_u64)
}

fn word<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    parameters.get(name).and_then(Value::as_str)
}

/// Which of the rows are asked for.
#[derive(Clone, Copy)]
struct Page {
    limit: u64,
    offset: u64,
}

impl Page {
    fn of(parameters: &Parameters, default_limit: u64) -> Page {
        Page {
            limit: integer(parameters, "limit").unwrap_or(default_limit),
            offset: integer(parameters, "offset").unwrap_or(0),
        }
    }

    fn of_rows<T: Copy>(self, rows: &[T]) -> Vec<T> {
        let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        rows.iter().skip(size(self.offset)).take(size(self.limit)).copied().collect()
    }
}
