//! The six account reads, each with its two paths: one takes a bearer token, the other a signature (6). The
//! answer is the same.

mod asked;
mod balances;
mod trades;
mod transfers;

use super::endpoints;
use super::history::History;
use super::knobs::Context;
use crate::base::http::Response;
use crate::exchange::endpoint::Endpoint;
use asked::Parameters;

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
        endpoints::TRANSACTIONS,
        "transactions",
        "/api/v4/main-account/history",
        "users.transactions.read",
    ),
    (Read::Converts, endpoints::CONVERTS, "converts", "/api/v4/convert/history", "users.converts.read"),
    (Read::Orders, endpoints::ORDERS, "orders", "/api/v4/trade-account/order/history", "users.orders.read"),
    (Read::Deals, endpoints::DEALS, "deals", "/api/v4/trade-account/executed-history", "users.deals.read"),
    (
        Read::MainBalances,
        endpoints::MAIN_BALANCES,
        "balances/main",
        "/api/v4/main-account/balance",
        "users.balances.read",
    ),
    (
        Read::SpotBalances,
        endpoints::SPOT_BALANCES,
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
