//! The account's reads.

use crate::account_read::AccountRead;
use crate::base::error::VenuekeyError;
use crate::base::time;
use crate::client::Client;
use crate::model::query::{BalancesQuery, ConvertsQuery, DealsQuery, OrdersQuery, ReadQuery, TransactionsQuery};

/// Reads the account with tokens of [`Goal::AccountTokens`](crate::Goal::AccountTokens): WhiteBIT, both hosts. WhiteBIT
/// announced the end of these reads for 2026-11-01 (facts/whitebit.md, 15).
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
    /// Deposits and withdrawals, newest first. A list of more than 9,500 rows, of which the venue shows 10,000, is read
    /// in parts after its first page: by method, then by status, then by [`TransactionsQuery::split_tickers`]; it is
    /// newest first within each part. Where rows are left that no part has, the read ends with `history_too_long`. With
    /// tokens of `account_tokens`. WhiteBIT, which announced the end of all reads for 2026-11-01.
    ///
    /// # Errors
    /// `invalid_argument`, with a hint at the rule; `not_supported` for a venue without account reads. So do the other
    /// reads, before anything is sent.
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

    /// What the main account holds, all in one page: all currencies the venue has, zeros included.
    ///
    /// # Errors
    /// As [`Client::read_transactions`].
    pub fn read_main_balances(&self, query: BalancesQuery) -> Result<AccountRead, VenuekeyError> {
        AccountRead::begin(&self.settings, ReadQuery::MainBalances(query), 0)
    }

    /// What the spot (trade) account holds, all in one page: the currencies that are there.
    ///
    /// # Errors
    /// As [`Client::read_transactions`].
    pub fn read_spot_balances(&self, query: BalancesQuery) -> Result<AccountRead, VenuekeyError> {
        AccountRead::begin(&self.settings, ReadQuery::SpotBalances(query), 0)
    }

    /// A read from its cursor, written by any release up to this one, in any language.
    ///
    /// # Errors
    /// `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch`; none of them quotes the text.
    pub fn resume_read(&self, cursor: &str) -> Result<AccountRead, VenuekeyError> {
        AccountRead::resume(&self.settings, cursor)
    }
}
