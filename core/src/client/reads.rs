//! The account's reads.

use crate::account_read::AccountRead;
use crate::base::error::VenuekeyError;
use crate::base::time;
use crate::client::Client;
use crate::model::common_query::{CommonHistoryQuery, CommonQuery, CommonTransactionsQuery};
use crate::model::history_query::{AssetsQuery, LogQuery, TradingQuery, WalletQuery};
use crate::model::query::{BalancesQuery, ConvertsQuery, DealsQuery, OrdersQuery, ReadQuery, TransactionsQuery};

/// Reads the account: WhiteBIT's with an issued key or with tokens of [`Goal::AccountTokens`](crate::Goal::AccountTokens), on
/// both hosts, Bybit's with a key. WhiteBIT announced the end of reading with tokens for 2026-11-01 (facts/whitebit.md, 15).
///
/// ```
/// use venuekey::parts::*;
/// # let credentials = Credentials::Confidential { client_id: "demo".into(), client_secret: Secret::new("hush") };
/// # let client = Client::new(ClientConfig::new(Venue::WHITEBIT, VenueEnvironment::GLOBAL, credentials, "https://p.example/cb"))?;
/// # let tokens = Tokens::new(Secret::new("token"), None, 0, None, vec![])?;
/// # let mut replies = vec![
/// #     r#"[]"#,
/// #     r#"[{"id":7,"clientOrderId":"","time":1790000000.25,"side":"buy","role":2,"amount":"0.5","price":"2",
/// #          "deal":"1","fee":"0","orderId":3,"feeAsset":"USDT"}]"#];
/// # let mut send = |_: &HttpRequest| HttpResponse::new(200, replies.pop().unwrap_or("[]"));
/// let query = DealsQuery { market: Some("BTC_USDT".into()), limit: Some(1), ..DealsQuery::default() };
/// let mut read = Some(client.read_deals(query, 1_790_000_001_000)?);
/// let mut deals = Vec::new();
/// while let Some(page) = read.map(|read| read.receive(&send(&read.request(&tokens)?))).transpose()? {
///     let Records::Deals(records) = page.records else { panic!("deals were asked for") };
///     deals.extend(records);
///     read = page.next; // keep `read.cursor()` to go on in another process
/// }
/// assert_eq!((deals[0].amount.as_str(), deals[0].time_us), ("0.5", 1_790_000_000_250_000));
/// # Ok::<(), VenuekeyError>(())
/// ```
impl Client {
    /// Deposits and withdrawals, newest first. The venue shows 10,000 rows of a list, so one of more than 9,500 is read
    /// in parts after its first page: by method, then by status, then by [`TransactionsQuery::split_tickers`]; it is
    /// newest first within each part. If rows remain that no part covers, the read ends with `history_too_long`. With a
    /// key or with tokens of `account_tokens`. WhiteBIT, which announced the end of reading with tokens for 2026-11-01.
    ///
    /// # Errors
    /// `invalid_argument`, with a hint that states the rule; `not_supported` for a venue without this read. The other
    /// reads do the same, before anything is sent.
    pub fn read_transactions(&self, query: TransactionsQuery) -> Result<AccountRead, VenuekeyError> {
        AccountRead::begin(&self.settings, ReadQuery::Transactions(query), 0)
    }

    /// Converts, newest first, in windows of at most 30 days.
    ///
    /// # Errors
    /// As [`Client::read_transactions`].
    pub fn read_converts(&self, query: ConvertsQuery, now_ms: u64) -> Result<AccountRead, VenuekeyError> {
        time::check(now_ms)?;
        AccountRead::begin(&self.settings, ReadQuery::Converts(query), now_ms)
    }

    /// Orders that have ended, newest first for each market, in windows of at most 30 days.
    ///
    /// # Errors
    /// As [`Client::read_transactions`].
    pub fn read_orders(&self, query: OrdersQuery, now_ms: u64) -> Result<AccountRead, VenuekeyError> {
        time::check(now_ms)?;
        AccountRead::begin(&self.settings, ReadQuery::Orders(query), now_ms)
    }

    /// Trades, newest first for each market, in windows of at most 30 days.
    ///
    /// # Errors
    /// As [`Client::read_transactions`].
    pub fn read_deals(&self, query: DealsQuery, now_ms: u64) -> Result<AccountRead, VenuekeyError> {
        time::check(now_ms)?;
        AccountRead::begin(&self.settings, ReadQuery::Deals(query), now_ms)
    }

    /// The main account's balances, all in one page: every currency the venue has, zeros included.
    ///
    /// # Errors
    /// As [`Client::read_transactions`].
    pub fn read_main_balances(&self, query: BalancesQuery) -> Result<AccountRead, VenuekeyError> {
        AccountRead::begin(&self.settings, ReadQuery::MainBalances(query), 0)
    }

    /// The spot (trade) account's balances, all in one page: the currencies it holds.
    ///
    /// # Errors
    /// As [`Client::read_transactions`].
    pub fn read_spot_balances(&self, query: BalancesQuery) -> Result<AccountRead, VenuekeyError> {
        AccountRead::begin(&self.settings, ReadQuery::SpotBalances(query), 0)
    }

    /// The unified account's balances, coin by coin, all in one page. With a key. Bybit.
    ///
    /// # Errors
    /// As [`Client::read_transactions`].
    pub fn read_wallet_balance(&self, query: WalletQuery) -> Result<AccountRead, VenuekeyError> {
        AccountRead::begin(&self.settings, ReadQuery::WalletBalance(query), 0)
    }

    /// Deposits on a chain, in windows of less than 30 days, the newest first. With a key. Bybit.
    ///
    /// # Errors
    /// As [`Client::read_transactions`].
    pub fn read_deposits(&self, query: AssetsQuery, now_ms: u64) -> Result<AccountRead, VenuekeyError> {
        time::check(now_ms)?;
        AccountRead::begin(&self.settings, ReadQuery::Deposits(query), now_ms)
    }

    /// Withdrawals, on a chain and to other users, in windows of less than 30 days, the newest first. With a key of the main
    /// account. Bybit.
    ///
    /// # Errors
    /// As [`Client::read_transactions`].
    pub fn read_withdrawals(&self, query: AssetsQuery, now_ms: u64) -> Result<AccountRead, VenuekeyError> {
        time::check(now_ms)?;
        AccountRead::begin(&self.settings, ReadQuery::Withdrawals(query), now_ms)
    }

    /// Transfers between the user's own accounts, in windows of 7 days, the newest first. With a key. Bybit.
    ///
    /// # Errors
    /// As [`Client::read_transactions`].
    pub fn read_internal_transfers(&self, query: AssetsQuery, now_ms: u64) -> Result<AccountRead, VenuekeyError> {
        time::check(now_ms)?;
        AccountRead::begin(&self.settings, ReadQuery::InternalTransfers(query), now_ms)
    }

    /// Orders that have ended, in windows of 7 days, newest first. The venue keeps those with fills for 2 years, the others
    /// for 7 days, and cancelled, rejected and deactivated ones for 24 hours. With a key. Bybit.
    ///
    /// # Errors
    /// As [`Client::read_transactions`].
    pub fn read_order_history(&self, query: TradingQuery, now_ms: u64) -> Result<AccountRead, VenuekeyError> {
        time::check(now_ms)?;
        AccountRead::begin(&self.settings, ReadQuery::OrderHistory(query), now_ms)
    }

    /// Fills of orders, and whatever else changed a position, in windows of 7 days, the newest first. With a key.
    /// Bybit.
    ///
    /// # Errors
    /// As [`Client::read_transactions`].
    pub fn read_executions(&self, query: TradingQuery, now_ms: u64) -> Result<AccountRead, VenuekeyError> {
        time::check(now_ms)?;
        AccountRead::begin(&self.settings, ReadQuery::Executions(query), now_ms)
    }

    /// Everything that changed the unified account, in windows of 7 days, the newest first. With a key. Bybit.
    ///
    /// # Errors
    /// As [`Client::read_transactions`].
    pub fn read_transaction_log(&self, query: LogQuery, now_ms: u64) -> Result<AccountRead, VenuekeyError> {
        time::check(now_ms)?;
        AccountRead::begin(&self.settings, ReadQuery::TransactionLog(query), now_ms)
    }

    /// The account's balances, in the same shape for every venue: all accounts that the venue reports, without empty
    /// currencies. WhiteBIT's main and spot accounts; Bybit's unified account.
    ///
    /// # Errors
    /// As [`Client::read_transactions`].
    pub fn read_common_balances(&self) -> Result<AccountRead, VenuekeyError> {
        AccountRead::begin_common(&self.settings, CommonQuery::Balances, 0)
    }

    /// Deposits, withdrawals and transfers, in the same shape for every venue: list by list, the newest first in each
    /// page. WhiteBIT has no transfers. A key of a sub-account at Bybit reads no withdrawals: ask for one kind at a
    /// time.
    ///
    /// # Errors
    /// As [`Client::read_transactions`]; `not_supported` for a kind that the venue does not report.
    pub fn read_common_transactions(
        &self,
        query: CommonTransactionsQuery,
        now_ms: u64,
    ) -> Result<AccountRead, VenuekeyError> {
        time::check(now_ms)?;
        AccountRead::begin_common(&self.settings, CommonQuery::Transactions(query), now_ms)
    }

    /// Orders that have ended, in the same shape for every venue, the newest first in each page; Bybit's by the kind of
    /// market. What the venue no longer reports is left out, and
    /// [`AccountRead::reaches_from_ms`](crate::parts::AccountRead::reaches_from_ms) says so: WhiteBIT reaches 6 months
    /// back, Bybit 729 days; see [`Client::read_order_history`] for those without fills.
    ///
    /// # Errors
    /// As [`Client::read_transactions`].
    pub fn read_common_orders(&self, query: CommonHistoryQuery, now_ms: u64) -> Result<AccountRead, VenuekeyError> {
        time::check(now_ms)?;
        AccountRead::begin_common(&self.settings, CommonQuery::Orders(query), now_ms)
    }

    /// Trades, in the same shape for every venue; otherwise as [`Client::read_common_orders`]. Changes of a position
    /// that are not trades, such as Bybit's funding, are left out.
    ///
    /// # Errors
    /// As [`Client::read_transactions`].
    pub fn read_common_trades(&self, query: CommonHistoryQuery, now_ms: u64) -> Result<AccountRead, VenuekeyError> {
        time::check(now_ms)?;
        AccountRead::begin_common(&self.settings, CommonQuery::Trades(query), now_ms)
    }

    /// A read from its cursor, written by any release up to this one, in any language.
    ///
    /// # Errors
    /// `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch`; none of them quotes the text.
    pub fn resume_read(&self, cursor: &str) -> Result<AccountRead, VenuekeyError> {
        AccountRead::resume(&self.settings, cursor)
    }
}
