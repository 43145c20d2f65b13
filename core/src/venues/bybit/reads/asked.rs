//! What the reads send (facts/bybit.md, 13).

use crate::base::json::{self, members_written};
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
#[derive(Default)]
struct Parameters<'a> {
    account_type: Option<&'static str>,
    category: Option<&'static str>,
    symbol: Option<&'a str>,
    coin: Option<&'a str>,
    currency: Option<&'a str>,
    entry_type: Option<&'a str>,
    withdraw_type: Option<u32>,
    start_time: Option<u64>,
    end_time: Option<u64>,
    limit: Option<u32>,
    cursor: Option<&'a str>,
}

members_written!(Parameters<'_> {
    account_type as "accountType": optional, category: optional, symbol: optional, coin: optional,
    currency: optional, entry_type as "type": optional, withdraw_type as "withdrawType": optional,
    start_time as "startTime": optional, end_time as "endTime": optional, limit: optional, cursor: optional,
});

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
    json::written_plain(&parameters)
}
