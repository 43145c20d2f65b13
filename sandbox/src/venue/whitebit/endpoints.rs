//! The endpoints that only WhiteBIT has.

use crate::exchange::endpoint::{Endpoint, Kind};

/// State of the key.
pub const INFO: Endpoint = Endpoint::new("info", Kind::Key);
/// The key's secret, once. It may be locked (7.2).
pub const SECRET: Endpoint = Endpoint::new("secret", Kind::Key).that_locks();
/// Removal of the key.
pub const DELETE: Endpoint = Endpoint::new("delete", Kind::Key);
/// Deposits and withdrawals; with the five that follow the account reads (6).
pub const TRANSACTIONS: Endpoint = Endpoint::new("transactions", Kind::Read);
/// Conversions.
pub const CONVERTS: Endpoint = Endpoint::new("converts", Kind::Read);
/// The history of orders.
pub const ORDERS: Endpoint = Endpoint::new("orders", Kind::Read);
/// The executions of orders.
pub const DEALS: Endpoint = Endpoint::new("deals", Kind::Read);
/// Balances of the main account.
pub const MAIN_BALANCES: Endpoint = Endpoint::new("main_balances", Kind::Read);
/// Balances of the trade account.
pub const SPOT_BALANCES: Endpoint = Endpoint::new("spot_balances", Kind::Read);

pub const ALL: &[Endpoint] =
    &[INFO, SECRET, DELETE, TRANSACTIONS, CONVERTS, ORDERS, DEALS, MAIN_BALANCES, SPOT_BALANCES];
