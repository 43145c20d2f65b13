//! What to read: each option left out is core's default.

use crate::ambient::{small, whole};
use crate::error::VenuekeyError;
use crate::values::{OrderFilter, TransactionMethod};

/// Deposits and withdrawals, newest first.
#[derive(Default, uniffi::Record)]
pub struct TransactionsQuery {
    /// Both where left out.
    #[uniffi(default)]
    pub method: Option<TransactionMethod>,
    /// A currency, such as `BTC`.
    #[uniffi(default)]
    pub ticker: Option<String>,
    /// Exactly this address.
    #[uniffi(default)]
    pub address: Option<String>,
    /// Any of these addresses, at most 20.
    #[uniffi(default)]
    pub addresses: Vec<String>,
    /// Exactly this memo.
    #[uniffi(default)]
    pub memo: Option<String>,
    /// Exactly this id of the app's own.
    #[uniffi(default)]
    pub unique_id: Option<String>,
    /// Any of these codes, which must be codes of the method; see `AccountTransaction.status`.
    #[uniffi(default)]
    pub status: Vec<i64>,
    /// Rows a page, 1 to 500; 100 where left out. The venue advises against more than 100.
    #[uniffi(default)]
    pub limit: Option<i64>,
    /// Where even one status of one method has more rows than the venue shows (10,000): the tickers to split that list
    /// by, at most 200. Those of the main balances are all there are.
    #[uniffi(default)]
    pub split_tickers: Vec<String>,
}

/// Converts, newest first.
#[derive(Default, uniffi::Record)]
pub struct ConvertsQuery {
    /// The currency given.
    #[uniffi(default)]
    pub from_ticker: Option<String>,
    /// The currency received.
    #[uniffi(default)]
    pub to_ticker: Option<String>,
    /// Exactly this quote.
    #[uniffi(default)]
    pub quote_id: Option<String>,
    /// Unix seconds, at most 6 months ago; 30 days before `toS` where left out.
    #[uniffi(default)]
    pub from_s: Option<i64>,
    /// Unix seconds; now where left out or later than now.
    #[uniffi(default)]
    pub to_s: Option<i64>,
    /// Rows a page, 1 to 100; 100 where left out.
    #[uniffi(default)]
    pub limit: Option<i64>,
}

/// Orders that have ended, newest first. Canceled ones are not kept for B2B accounts.
#[derive(Default, uniffi::Record)]
pub struct OrdersQuery {
    /// Such as `BTC_USDT`; all where left out.
    #[uniffi(default)]
    pub market: Option<String>,
    /// This one order, whenever it was: without `clientOrderId`, `status`, `fromS` and `toS`.
    #[uniffi(default)]
    pub order_id: Option<i64>,
    /// The order with this id of the app's own, whenever it was: likewise.
    #[uniffi(default)]
    pub client_order_id: Option<String>,
    /// All where left out.
    #[uniffi(default)]
    pub status: Option<OrderFilter>,
    /// Unix seconds, at most 6 months ago; 30 days before `toS` where left out.
    #[uniffi(default)]
    pub from_s: Option<i64>,
    /// Unix seconds; now where left out or later than now.
    #[uniffi(default)]
    pub to_s: Option<i64>,
    /// Rows a page, 1 to 500; 100 where left out.
    #[uniffi(default)]
    pub limit: Option<i64>,
}

/// Trades, newest first.
#[derive(Default, uniffi::Record)]
pub struct DealsQuery {
    /// Such as `BTC_USDT`; all where left out.
    #[uniffi(default)]
    pub market: Option<String>,
    /// Only those of the order with this id of the app's own. Within the dates, unlike for orders.
    #[uniffi(default)]
    pub client_order_id: Option<String>,
    /// Unix seconds, at most 6 months ago; 30 days before `toS` where left out.
    #[uniffi(default)]
    pub from_s: Option<i64>,
    /// Unix seconds; now where left out or later than now.
    #[uniffi(default)]
    pub to_s: Option<i64>,
    /// Rows a page, 1 to 500; 100 where left out.
    #[uniffi(default)]
    pub limit: Option<i64>,
}

/// Balances, all in one page.
#[derive(Default, uniffi::Record)]
pub struct BalancesQuery {
    /// One currency, such as `BTC`; all where left out. One that the venue does not know has a zero main balance, and no
    /// spot balance (`request_rejected`).
    #[uniffi(default)]
    pub ticker: Option<String>,
}

fn optional(number: Option<i64>, name: &str) -> Result<Option<u64>, VenuekeyError> {
    number.map(|number| whole(number, name)).transpose()
}

fn rows(limit: Option<i64>) -> Result<Option<u32>, VenuekeyError> {
    limit.map(|limit| small(limit, "limit")).transpose()
}

impl TryFrom<TransactionsQuery> for venuekey::TransactionsQuery {
    type Error = VenuekeyError;

    fn try_from(query: TransactionsQuery) -> Result<Self, VenuekeyError> {
        let TransactionsQuery { method, ticker, address, addresses, memo, unique_id, status, limit, split_tickers } =
            query;
        let status = status.into_iter().map(|code| small(code, "status")).collect::<Result<_, _>>()?;
        let limit = rows(limit)?;
        Ok(Self { method, ticker, address, addresses, memo, unique_id, status, limit, split_tickers })
    }
}

impl TryFrom<ConvertsQuery> for venuekey::ConvertsQuery {
    type Error = VenuekeyError;

    fn try_from(query: ConvertsQuery) -> Result<Self, VenuekeyError> {
        let ConvertsQuery { from_ticker, to_ticker, quote_id, from_s, to_s, limit } = query;
        let (from_s, to_s, limit) = (optional(from_s, "from_s")?, optional(to_s, "to_s")?, rows(limit)?);
        Ok(Self { from_ticker, to_ticker, quote_id, from_s, to_s, limit })
    }
}

impl TryFrom<OrdersQuery> for venuekey::OrdersQuery {
    type Error = VenuekeyError;

    fn try_from(query: OrdersQuery) -> Result<Self, VenuekeyError> {
        let OrdersQuery { market, order_id, client_order_id, status, from_s, to_s, limit } = query;
        let (from_s, to_s, limit) = (optional(from_s, "from_s")?, optional(to_s, "to_s")?, rows(limit)?);
        let order_id = optional(order_id, "order_id")?;
        Ok(Self { market, order_id, client_order_id, status, from_s, to_s, limit })
    }
}

impl TryFrom<DealsQuery> for venuekey::DealsQuery {
    type Error = VenuekeyError;

    fn try_from(query: DealsQuery) -> Result<Self, VenuekeyError> {
        let DealsQuery { market, client_order_id, from_s, to_s, limit } = query;
        let (from_s, to_s, limit) = (optional(from_s, "from_s")?, optional(to_s, "to_s")?, rows(limit)?);
        Ok(Self { market, client_order_id, from_s, to_s, limit })
    }
}

impl From<BalancesQuery> for venuekey::BalancesQuery {
    fn from(query: BalancesQuery) -> Self {
        let BalancesQuery { ticker } = query;
        Self { ticker }
    }
}
