//! What to read: typed queries, checked before anything is sent. The rules are those of facts/whitebit.md, 6.

use crate::base::error::{VenuekeyError, named};
use crate::base::json::{self, FromJson, Json, ToJson, Writer, members};
use crate::base::time;
use crate::model::common_query::{CommonHistoryQuery, CommonTransactionsQuery};
use crate::model::history_query::{AssetsQuery, LogQuery, TradingQuery, WalletQuery};
use crate::model::read_kind::ReadKind;
use crate::model::record_enums::TransactionMethod;

/// Rows a page if the caller doesn't say.
pub(crate) const DEFAULT_LIMIT: u32 = 100;
/// Likewise, of histories whose pages have at most so many (facts/bybit.md, 13).
const HISTORY_LIMIT: u32 = 50;

/// Deposits and withdrawals, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransactionsQuery {
    /// Both if left out.
    pub method: Option<TransactionMethod>,
    /// A currency, such as `BTC`.
    pub ticker: Option<String>,
    /// Only this address.
    pub address: Option<String>,
    /// Any of these addresses, at most 20.
    pub addresses: Vec<String>,
    /// Only this memo.
    pub memo: Option<String>,
    /// Only this id of the app's own.
    pub unique_id: Option<String>,
    /// Any of these codes, which must be codes of the method; see [`AccountTransaction::status`](crate::parts::AccountTransaction::status).
    pub status: Vec<u32>,
    /// Rows per page, 1 to 500; 100 if left out. The venue advises against more than 100.
    pub limit: Option<u32>,
    /// If even one status of one method has more rows than the venue shows (10,000): the tickers to split that list by,
    /// at most 200. The main balances list them all.
    pub split_tickers: Vec<String>,
}

members!(TransactionsQuery {
    method: optional,
    ticker: optional,
    address: optional,
    addresses: optional,
    memo: optional,
    unique_id: optional,
    status: optional,
    limit: optional,
    split_tickers: optional,
});

/// Converts, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConvertsQuery {
    /// The currency sold.
    pub from_ticker: Option<String>,
    /// The currency bought.
    pub to_ticker: Option<String>,
    /// Only this quote.
    pub quote_id: Option<String>,
    /// Unix seconds, at most 6 months ago; 30 days before `to_s` if left out.
    pub from_s: Option<u64>,
    /// Unix seconds; if left out or in the future, an hour from now, since a clock may be slow.
    pub to_s: Option<u64>,
    /// Rows per page, 1 to 100; 100 if left out.
    pub limit: Option<u32>,
}

members!(ConvertsQuery {
    from_ticker: optional,
    to_ticker: optional,
    quote_id: optional,
    from_s: optional,
    to_s: optional,
    limit: optional,
});

/// Which orders a read of orders brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderFilter {
    /// All.
    All,
    /// Filled completely.
    Filled,
    /// Canceled.
    Canceled,
    /// Partially filled.
    PartiallyFilled,
}

named!(OrderFilter "status" {
    All = "all",
    Filled = "filled",
    Canceled = "canceled",
    PartiallyFilled = "partially_filled",
});

/// Orders that have ended, newest first. Canceled ones are not kept for B2B accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrdersQuery {
    /// Such as `BTC_USDT`; all if left out.
    pub market: Option<String>,
    /// Only this order, whenever it was placed: without `client_order_id`, `status`, `from_s` and `to_s`.
    pub order_id: Option<u64>,
    /// Only the order with this id of the app's own, whenever it was placed: likewise.
    pub client_order_id: Option<String>,
    /// All if left out.
    pub status: Option<OrderFilter>,
    /// Unix seconds, at most 6 months ago; 30 days before `to_s` if left out.
    pub from_s: Option<u64>,
    /// Unix seconds; if left out or in the future, an hour from now, since a clock may be slow.
    pub to_s: Option<u64>,
    /// Rows per page, 1 to 500; 100 if left out.
    pub limit: Option<u32>,
}

members!(OrdersQuery {
    market: optional,
    order_id: optional,
    client_order_id: optional,
    status: optional,
    from_s: optional,
    to_s: optional,
    limit: optional,
});

/// Trades, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DealsQuery {
    /// Such as `BTC_USDT`; all if left out.
    pub market: Option<String>,
    /// Only those of the order with this id of the app's own; within the dates, unlike for orders.
    pub client_order_id: Option<String>,
    /// Unix seconds, at most 6 months ago; 30 days before `to_s` if left out.
    pub from_s: Option<u64>,
    /// Unix seconds; if left out or in the future, an hour from now, since a clock may be slow.
    pub to_s: Option<u64>,
    /// Rows per page, 1 to 500; 100 if left out.
    pub limit: Option<u32>,
}

members!(DealsQuery { market: optional, client_order_id: optional, from_s: optional, to_s: optional, limit: optional });

/// Balances, all in one page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BalancesQuery {
    /// One currency, such as `BTC`; all if left out. For one that the venue does not know, the main balance is zero and
    /// the spot balance fails (`request_rejected`).
    pub ticker: Option<String>,
}

members!(BalancesQuery { ticker: optional });

macro_rules! from_json {
    ($($query:ident),+ $(,)?) => {$(
        impl $query {
            /// The query from JSON: an object of its fields, as far as they are given.
            ///
            /// # Errors
            /// `invalid_argument`; the hint names the field, and never what was given for it.
            pub fn from_json(text: &str) -> Result<Self, VenuekeyError> {
                from_json(text)
            }
        }
    )+};
}

from_json!(
    TransactionsQuery,
    ConvertsQuery,
    OrdersQuery,
    DealsQuery,
    BalancesQuery,
    WalletQuery,
    AssetsQuery,
    TradingQuery,
    LogQuery,
    CommonTransactionsQuery,
    CommonHistoryQuery,
);

fn from_json<T: FromJson>(text: &str) -> Result<T, VenuekeyError> {
    json::read(text).ok_or_else(|| {
        let takes = |name: &str, value| T::from_json(Json::one(name, value)).is_some();
        let refused = Json::parse(text).and_then(Json::object).into_iter().flatten();
        let hint = refused.filter(|(name, _)| is_word(name.as_str())).find_map(|(name, value)| {
            let name = name.as_str();
            // Every field can say nothing: it is null, or a list of nothing.
            match takes(name, Json::Null) || takes(name, Json::List(Vec::new())) {
                false => Some(format!("this query does not take {name}")),
                true => (!takes(name, value)).then(|| format!("{name} has the wrong type for this query")),
            }
        });
        VenuekeyError::invalid_argument(
            hint.as_deref().unwrap_or("a field of the query is unknown or has the wrong type"),
        )
    })
}

fn is_word(name: &str) -> bool {
    name.len() <= 32 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Any of them. In a cursor a query stands with its defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReadQuery {
    Transactions(TransactionsQuery),
    Converts(ConvertsQuery),
    Orders(OrdersQuery),
    Deals(DealsQuery),
    MainBalances(BalancesQuery),
    SpotBalances(BalancesQuery),
    WalletBalance(WalletQuery),
    Deposits(AssetsQuery),
    Withdrawals(AssetsQuery),
    InternalTransfers(AssetsQuery),
    OrderHistory(TradingQuery),
    Executions(TradingQuery),
    TransactionLog(LogQuery),
}

/// An enum whose variants hold one value each: an object with one member, named after the variant.
macro_rules! one_member {
    ($type:ty { $($variant:ident = $name:literal),+ $(,)? }) => {
        impl ToJson for $type {
            fn to_json(&self, to: &mut Writer) {
                to.begin_object();
                match self {
                    $(Self::$variant(value) => to.member($name, value),)+
                }
                to.end_object();
            }
        }

        impl FromJson for $type {
            fn from_json(json: Json<'_>) -> Option<Self> {
                let (name, value) = json.object()?.only()?;
                match name.as_str() {
                    $($name => FromJson::from_json(value).map(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

one_member!(ReadQuery {
    Transactions = "transactions",
    Converts = "converts",
    Orders = "orders",
    Deals = "deals",
    MainBalances = "main_balances",
    SpotBalances = "spot_balances",
    WalletBalance = "wallet_balance",
    Deposits = "deposits",
    Withdrawals = "withdrawals",
    InternalTransfers = "internal_transfers",
    OrderHistory = "order_history",
    Executions = "executions",
    TransactionLog = "transaction_log",
});

impl ReadQuery {
    /// What it reads, and what its requests are for.
    fn named(&self) -> (ReadKind, &'static str) {
        match self {
            Self::Transactions(_) => (ReadKind::Transactions, "read_transactions"),
            Self::Converts(_) => (ReadKind::Converts, "read_converts"),
            Self::Orders(_) => (ReadKind::Orders, "read_orders"),
            Self::Deals(_) => (ReadKind::Deals, "read_deals"),
            Self::MainBalances(_) => (ReadKind::MainBalances, "read_main_balances"),
            Self::SpotBalances(_) => (ReadKind::SpotBalances, "read_spot_balances"),
            Self::WalletBalance(_) => (ReadKind::WalletBalance, "read_wallet_balance"),
            Self::Deposits(_) => (ReadKind::Deposits, "read_deposits"),
            Self::Withdrawals(_) => (ReadKind::Withdrawals, "read_withdrawals"),
            Self::InternalTransfers(_) => (ReadKind::InternalTransfers, "read_internal_transfers"),
            Self::OrderHistory(_) => (ReadKind::OrderHistory, "read_order_history"),
            Self::Executions(_) => (ReadKind::Executions, "read_executions"),
            Self::TransactionLog(_) => (ReadKind::TransactionLog, "read_transaction_log"),
        }
    }

    pub fn kind(&self) -> ReadKind {
        self.named().0
    }

    pub fn purpose(&self) -> &'static str {
        self.named().1
    }

    /// Rows a page; balances have no pages.
    pub fn limit(&self) -> u32 {
        let given = match self {
            Self::Transactions(query) => query.limit,
            Self::Converts(query) => query.limit,
            Self::Orders(query) => query.limit,
            Self::Deals(query) => query.limit,
            Self::Deposits(query) | Self::Withdrawals(query) | Self::InternalTransfers(query) => {
                return query.limit.unwrap_or(HISTORY_LIMIT);
            }
            Self::OrderHistory(query) | Self::Executions(query) => return query.limit.unwrap_or(HISTORY_LIMIT),
            Self::TransactionLog(query) => return query.limit.unwrap_or(HISTORY_LIMIT),
            Self::MainBalances(_) | Self::SpotBalances(_) | Self::WalletBalance(_) => None,
        };
        given.unwrap_or(DEFAULT_LIMIT)
    }

    /// Whether the ends of its span can be in the unit that their names say.
    ///
    /// # Errors
    /// `invalid_argument`.
    pub fn check_span(&mut self) -> Result<(), VenuekeyError> {
        match self {
            Self::Converts(query) => time::check_span_s(query.from_s, query.to_s),
            Self::Orders(query) => time::check_span_s(query.from_s, query.to_s),
            Self::Deals(query) => time::check_span_s(query.from_s, query.to_s),
            _ => self.span_ms().map_or(Ok(()), |(from_ms, to_ms)| time::check_span_ms(*from_ms, *to_ms)),
        }
    }

    /// The whole span in Unix seconds, if this read has one. An order that is looked up has none (6.3).
    pub fn span(&self) -> Option<(u64, u64)> {
        let (from_s, to_s) = match self {
            Self::Converts(query) => (query.from_s, query.to_s),
            Self::Orders(query) => (query.from_s, query.to_s),
            Self::Deals(query) => (query.from_s, query.to_s),
            _ => (None, None),
        };
        from_s.zip(to_s)
    }

    /// The ends of a span in Unix milliseconds, as far as they are known; `None` if this read has none.
    pub fn span_ms(&mut self) -> Option<(&mut Option<u64>, &mut Option<u64>)> {
        match self {
            Self::Deposits(query) | Self::Withdrawals(query) | Self::InternalTransfers(query) => {
                Some((&mut query.from_ms, &mut query.to_ms))
            }
            Self::OrderHistory(query) | Self::Executions(query) => Some((&mut query.from_ms, &mut query.to_ms)),
            Self::TransactionLog(query) => Some((&mut query.from_ms, &mut query.to_ms)),
            _ => None,
        }
    }

    /// Whether it looks one order up.
    pub fn is_lookup(&self) -> bool {
        matches!(self, Self::Orders(query) if query.order_id.is_some() || query.client_order_id.is_some())
    }
}
