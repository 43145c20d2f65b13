//! What the six account reads send (facts/whitebit.md, 6).

use super::super::limits;
use crate::base::json::{self, members_written};
use crate::model::query::ReadQuery;
use crate::model::record_enums::TransactionMethod;
use crate::venue::reads::{Endpoint, TokenEndpoint};
use crate::venues::whitebit::accounts::paging::Asked;
use crate::wire::http::HttpMethod;

/// Every field a read may send; only those that are documented for it are filled in. `limit` and `offset` are always
/// sent where there are pages: one page claims that they are required (D12).
#[derive(Default)]
struct Body<'a> {
    transaction_method: Option<u32>,
    ticker: Option<&'a str>,
    address: Option<&'a str>,
    addresses: Option<&'a [String]>,
    memo: Option<&'a str>,
    unique_id: Option<&'a str>,
    codes: Option<&'a [u32]>,
    from_ticker: Option<&'a str>,
    to_ticker: Option<&'a str>,
    quote_id: Option<&'a str>,
    /// 6.2: texts here, and the default for a missing `from` would be now.
    from: Option<String>,
    to: Option<String>,
    market: Option<&'a str>,
    order_id: Option<u64>,
    client_order_id: Option<&'a str>,
    status: Option<String>,
    /// 6.3 and 6.4: numbers here.
    start_date: Option<u64>,
    end_date: Option<u64>,
    limit: Option<u32>,
    offset: Option<u64>,
}

members_written!(Body<'_> {
    transaction_method as "transactionMethod": optional, ticker: optional, address: optional, addresses: optional,
    memo: optional, unique_id: optional, codes as "status": optional,
    from_ticker as "fromTicker": optional, to_ticker as "toTicker": optional, quote_id as "quoteId": optional,
    from: optional, to: optional, market: optional, order_id as "orderId": optional,
    client_order_id as "clientOrderId": optional, status: optional, start_date as "startDate": optional,
    end_date as "endDate": optional, limit: optional, offset: optional,
});

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
    json::written_plain(&body)
}
