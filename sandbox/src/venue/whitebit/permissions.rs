//! The permissions of a key. The sheet shows one group, `trading`, and two of its URLs (7.1); the
//! other groups are the sandbox's choice, because a user must have something to tick.

use super::knobs::{Context, ZeroPermissions};
use crate::parts::screen::Group;
use serde_json::{Value, json};

const GROUPS: [(&str, &str, &str, &[&str]); 3] = [
    (
        "info",
        "Account information",
        "Balances and history, without any change.",
        &[
            "/api/v4/main-account/balance",
            "/api/v4/main-account/history",
            "/api/v4/trade-account/balance",
            "/api/v4/trade-account/order/history",
            "/api/v4/trade-account/executed-history",
        ],
    ),
    ("trading", "Trading", "Placing and cancelling orders.", &["/v2/order", "/v2/cancel"]),
    (
        WITHDRAWAL,
        "Withdrawal",
        "Sending funds out of the account. Needs a second tick.",
        &["/api/v4/main-account/withdraw"],
    ),
];

const WITHDRAWAL: &str = "withdrawal";

/// The groups as the consent page offers them. The user chooses, not the partner (8).
pub fn offered() -> Vec<Group> {
    GROUPS
        .iter()
        .map(|(id, label, hint, _)| Group { id, label, hint, ticked: *id != WITHDRAWAL, withdrawal: *id == WITHDRAWAL })
        .collect()
}

/// Whether a key with these groups may call an endpoint. Which permission covers which endpoint is not
/// documented: here a listed one needs a group that lists it, and any other needs none.
pub fn allow(granted: &[String], path: &str) -> bool {
    let mut listing = GROUPS.iter().filter(|(.., urls)| urls.contains(&path)).peekable();
    listing.peek().is_none() || listing.any(|(id, ..)| granted.iter().any(|group| group == id))
}

/// The groups as info shows them: all that were offered, granted or not (7.1, D9).
pub fn shown(granted: &[String], zero: ZeroPermissions) -> Value {
    if granted.is_empty() && zero == ZeroPermissions::EmptyArray {
        return json!([]);
    }
    GROUPS
        .iter()
        .map(|(id, label, _, urls)| {
            let enable = granted.iter().any(|g| g == id);
            let urls: Vec<Value> = urls.iter().map(|url| json!({"url": url, "enable": enable})).collect();
            json!({"name": id, "title": label, "urls": urls})
        })
        .collect()
}

/// The scopes of every WhiteBIT client: frozen at registration, all of them in each token (3). A client
/// stands for two registrations here, one for each flow (2).
pub fn granted_scopes(makes_key: bool, context: &Context<'_>) -> Vec<String> {
    let knobs = context.knobs;
    let scopes = if makes_key { &knobs.granted_scopes } else { &knobs.plain_scopes };
    scopes.split(',').map(str::trim).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}
