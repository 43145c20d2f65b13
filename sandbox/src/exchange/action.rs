//! What happens to an account outside the flow.

use serde::{Deserialize, Serialize};

/// What the demo user does outside the flow, or what happens to the account. Each exchange has some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserAction {
    /// Deletes the partner's keys in the dashboard.
    DeleteKey,
    /// Changes the password, which deletes keys or gives them a deadline.
    ChangePassword,
    /// The exchange blocks or freezes the account, which deletes keys.
    BlockAccount,
    /// Lets the time pass after which the exchange disables unused keys.
    InactivityDisable,
    /// Lets the time pass after which the exchange deletes unused keys.
    InactivityDelete,
    /// Revokes the partner's authorization.
    Revoke,
    /// Creates a key by hand, of no partner.
    CreateManualKey,
}

/// New rows of a user's histories, so that a client meets them while it is paging.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrivals {
    /// Whose exchange.
    pub venue: String,
    /// The exchange's first one when absent.
    #[serde(default)]
    pub environment: Option<String>,
    /// The demo user when absent.
    #[serde(default)]
    pub user: Option<u64>,
    /// Deposits and withdrawals.
    #[serde(default)]
    pub transactions: u32,
    /// Conversions.
    #[serde(default)]
    pub converts: u32,
    /// Orders.
    #[serde(default)]
    pub orders: u32,
    /// Executions, of the last order that has some.
    #[serde(default)]
    pub deals: u32,
}

/// So many rows a history begins with at most, and so many more arrive at once.
pub const MOST_ROWS: u32 = 25_000;

impl Arrivals {
    /// Whether some kind has more rows than may arrive at once.
    pub(crate) fn are_too_many(&self) -> bool {
        [self.transactions, self.converts, self.orders, self.deals].iter().any(|rows| *rows > MOST_ROWS)
    }
}
