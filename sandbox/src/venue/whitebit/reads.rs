//! The six account reads, each with its two paths: one takes a bearer token, the other a signature (6).

use super::rest;
use crate::http::Response;
use crate::venue::{Context, Endpoint};
use serde_json::{Map, Value};

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

/// The same answer, whoever asks in whichever of the two ways.
pub fn answer(read: Read, parameters: &Parameters, context: &mut Context<'_>) -> Response {
    match read {
        Read::Transactions => rest::transactions(parameters, context),
        Read::Converts => rest::converts(parameters, context),
        Read::Orders => rest::orders(parameters, context),
        Read::Deals => rest::deals(parameters, context),
        Read::MainBalances => rest::main_balance(parameters, context),
        Read::SpotBalances => rest::spot_balance(parameters, context),
    }
}
