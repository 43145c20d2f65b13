//! What the six account reads send (facts/whitebit.md, 6).

use serde::Serialize;

use super::super::limits;
use crate::model::query::ReadQuery;
use crate::model::record_enums::TransactionMethod;
use crate::venue::reads::{Endpoint, TokenEndpoint};
use crate::venues::whitebit::accounts::paging::Asked;
use crate::wire::http::HttpMethod;

/// Every field a read may send; only those that are documented for it are filled in. `limit` and `offset` are always
/// sent where there are pages: one page claims that they are required (D12).
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_method: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticker: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    addresses: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memo: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", rename = "unique_id")]
    unique_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", rename = "status")]
    codes: Option<&'a [u32]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_ticker: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_ticker: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quote_id: Option<&'a str>,
    /// 6.2: texts here, and the default for a missing `from` would be now.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    market: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_order_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// 6.3 and 6.4: numbers here.
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
}

/// The paths for tokens and those for keys, whose lists and parameters are the same; and the scopes that the former's names
/// suggest: no page says which one needs which (section 6).
pub(super) fn endpoint(query: &ReadQuery) -> Option<Endpoint> {
    let (path, scopes, private): (_, &[&str], _) = match query {
        ReadQuery::Transactions(_) => {
            ("/api/v4/accounts/transactions", &["users.transactions.read"], "/api/v4/main-account/history")
        }
        ReadQuery::Converts(_) => ("/api/v4/accounts/converts", &["users.converts.read"], "/api/v4/convert/history"),
        ReadQuery::Orders(_) => {
            ("/api/v4/accounts/orders", &["users.orders.read"], "/api/v4/trade-account/order/history")
        }
        ReadQuery::Deals(_) => {
            ("/api/v4/accounts/deals", &["users.deals.read"], "/api/v4/trade-account/executed-history")
        }
        ReadQuery::MainBalances(_) => {
            ("/api/v4/accounts/balances/main", &["users.balances.read"], "/api/v4/main-account/balance")
        }
        ReadQuery::SpotBalances(_) => {
            ("/api/v4/accounts/balances/spot", &["users.balances.read"], "/api/v4/trade-account/balance")
        }
        _ => return None,
    };
    Some(Endpoint {
        with_tokens: Some(TokenEndpoint { path, scopes, rate_limit: limits::of(path) }),
        with_key: Some((HttpMethod::Post, private)),
    })
}

pub(super) fn body(asked: &Asked) -> String {
    let (from_s, to_s) = asked.window.unzip();
    let page = Body { limit: Some(asked.limit), offset: Some(asked.offset), ..Body::default() };
    let body = match &asked.query {
        ReadQuery::Transactions(query) => Body {
            transaction_method: query.method.map(|method| match method {
                TransactionMethod::Deposit => 1,
                TransactionMethod::Withdrawal => 2,
            }),
            ticker: query.ticker.as_deref(),
            address: query.address.as_deref(),
            addresses: Some(query.addresses.as_slice()).filter(|list| !list.is_empty()),
            memo: query.memo.as_deref(),
            unique_id: query.unique_id.as_deref(),
            codes: Some(query.status.as_slice()).filter(|list| !list.is_empty()),
            ..page
        },
        ReadQuery::Converts(query) => Body {
            from_ticker: query.from_ticker.as_deref(),
            to_ticker: query.to_ticker.as_deref(),
            quote_id: query.quote_id.as_deref(),
            from: from_s.map(|s| s.to_string()),
            to: to_s.map(|s| s.to_string()),
            ..page
        },
        ReadQuery::Orders(query) => Body {
            market: query.market.as_deref(),
            order_id: query.order_id,
            client_order_id: query.client_order_id.as_deref(),
            status: query.status.map(|status| status.as_str().to_ascii_uppercase()),
            start_date: from_s,
            end_date: to_s,
            ..page
        },
        ReadQuery::Deals(query) => Body {
            market: query.market.as_deref(),
            client_order_id: query.client_order_id.as_deref(),
            start_date: from_s,
            end_date: to_s,
            ..page
        },
        ReadQuery::MainBalances(query) | ReadQuery::SpotBalances(query) => {
            Body { ticker: query.ticker.as_deref(), ..Body::default() }
        }
        // Not read here: `endpoint` has none for it.
        _ => Body::default(),
    };
    // Plain data: writing it does not fail.
    serde_json::to_string(&body).unwrap_or_else(|_| "{}".to_owned())
}
