//! What the reads send (facts/bybit.md, 13).

use serde::Serialize;

use crate::model::query::ReadQuery;
use crate::model::record_enums::MarketCategory;
use crate::venue::reads::Endpoint;
use crate::venues::bybit::reads::paging::Place;
use crate::wire::http::HttpMethod;

pub(super) fn endpoint(query: &ReadQuery) -> Option<Endpoint> {
    let path = match query {
        ReadQuery::WalletBalance(_) => "/v5/account/wallet-balance",
        ReadQuery::Deposits(_) => "/v5/asset/deposit/query-record",
        ReadQuery::Withdrawals(_) => "/v5/asset/withdraw/query-record",
        ReadQuery::InternalTransfers(_) => "/v5/asset/transfer/query-inter-transfer-list",
        ReadQuery::OrderHistory(_) => "/v5/order/history",
        ReadQuery::Executions(_) => "/v5/execution/list",
        ReadQuery::TransactionLog(_) => "/v5/account/transaction-log",
        _ => return None,
    };
    Some(Endpoint { with_tokens: None, with_key: Some((HttpMethod::Get, path)) })
}

/// Every parameter a read may send, in the order in which they go into its query.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    account_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    symbol: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coin: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", rename = "type")]
    entry_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    withdraw_type: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<&'a str>,
}

const UNIFIED: Option<&str> = Some("UNIFIED");

/// 13.1: both ends, and everything beside a cursor again.
pub(super) fn parameters(query: &ReadQuery, place: &Place) -> String {
    let (start_time, end_time) = place.window().unzip();
    let page = Parameters {
        start_time,
        end_time,
        limit: Some(query.limit()),
        cursor: place.cursor(),
        ..Parameters::default()
    };
    let category = |category: Option<MarketCategory>| Some(category.unwrap_or(MarketCategory::Spot).as_str());
    let parameters = match query {
        ReadQuery::WalletBalance(query) => {
            Parameters { account_type: UNIFIED, coin: query.coin.as_deref(), ..Parameters::default() }
        }
        ReadQuery::Deposits(query) | ReadQuery::InternalTransfers(query) => {
            Parameters { coin: query.coin.as_deref(), ..page }
        }
        // 13.4: without it, those on a chain alone.
        ReadQuery::Withdrawals(query) => Parameters { coin: query.coin.as_deref(), withdraw_type: Some(2), ..page },
        ReadQuery::OrderHistory(query) | ReadQuery::Executions(query) => {
            Parameters { category: category(query.category), symbol: query.symbol.as_deref(), ..page }
        }
        ReadQuery::TransactionLog(query) => Parameters {
            account_type: UNIFIED,
            category: query.category.map(MarketCategory::as_str),
            currency: query.currency.as_deref(),
            entry_type: query.entry_type.as_deref(),
            ..page
        },
        _ => page,
    };
    // Plain data: writing it does not fail.
    serde_json::to_string(&parameters).unwrap_or_else(|_| "{}".to_owned())
}
