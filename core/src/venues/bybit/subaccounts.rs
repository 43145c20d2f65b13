//! The sub-accounts of AI agents, in each of the shapes that have been described (facts/bybit.md, 6.3 and B13).

use serde_json::Value;

use crate::base::text::{is_invisible, is_uid};
use crate::model::api_key::CREATE_SUBACCOUNT;
use crate::venue::contract::{ListedSubaccount, MAX_LISTED};
use crate::venues::bybit::fields::key_pair;
use crate::wire::json;

/// `None` where nothing in the reply is a list of accounts or an account. `has_code` says that the envelope calls it
/// a success: only then is a reply that names no account an empty list.
pub(super) fn read(payload: &Value, has_code: bool) -> Option<Vec<ListedSubaccount>> {
    let list = [payload.get("accounts"), payload.get("aiAccounts"), Some(payload)].into_iter().flatten();
    if let Some(items) = list.filter_map(Value::as_array).next() {
        return Some(items.iter().take(MAX_LISTED).filter_map(account).collect());
    }
    match account(payload) {
        Some(single) => Some(vec![single]),
        // An empty object, or `accounts: null`: some backends write an empty list so.
        None => (has_code && is_empty(payload)).then(Vec::new),
    }
}

fn is_empty(payload: &Value) -> bool {
    let is_null = |name| payload.get(name).is_some_and(Value::is_null);
    payload.as_object().is_some_and(|fields| fields.is_empty()) || is_null("accounts")
}

/// Snake case as Bybit's client reads it; camelCase only where nothing else matches (B13).
fn account(value: &Value) -> Option<ListedSubaccount> {
    let id = value.get("sub_member_id").or(value.get("subAccountId")).and_then(json::scalar_text);
    let id = id.filter(|id| is_uid(id) && id != CREATE_SUBACCOUNT);
    let camel_case = || Some((json::secret(value, "apiKey")?, json::secret(value, "apiSecret")?));
    let key = key_pair(value).or_else(|| camel_case().filter(|(api_key, _)| api_key.is_header_safe(256)));
    // Shown on pages: short, and on one line.
    let nickname =
        json::text(value, "nickname").map(|name| name.chars().filter(|c| !is_invisible(*c)).take(64).collect());
    (id.is_some() || key.is_some()).then_some(ListedSubaccount { id, nickname, key })
}
