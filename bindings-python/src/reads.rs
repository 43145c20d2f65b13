//! Reading the account: core's pages, and their records as the dataclasses that `venuekey/_page.py` makes.

use venuekey::{BalancesQuery, ConvertsQuery, DealsQuery, OrdersQuery, TransactionsQuery};

use crate::account::Tokens;
use crate::budget::{Preflight, RateBudget};
use crate::client::Client;
use crate::http::{HttpRequest, HttpResponse};
use crate::prelude::*;

class! {
    /// The next page of a read, made by one of `Client`'s `read_` methods. Immutable and without a secret; `records` and
    /// `pages` do the asking.
    ///
    /// >>> import venuekey
    /// >>> client = venuekey.Client(
    /// ...     venue="whitebit", environment="global", client_id="demo", client_secret="s3cr3t",
    /// ...     redirect_uri="https://partner.example/callback",
    /// ... )
    /// >>> read = client.read_spot_balances(ticker="BTC")
    /// >>> read, read.request(venuekey.Tokens(access_token="access", expires_at_ms=1_790_000_300_000))
    /// (AccountRead(whitebit global spot_balances), HttpRequest(POST read_spot_balances, safe))
    /// >>> page = read.receive(venuekey.HttpResponse(200, b'{"BTC": {"available": "0.10", "freeze": "0"}}'))
    /// >>> page, page.records
    /// (Page(1 record), (SpotBalance(ticker='BTC', available=Decimal('0.10'), freeze=Decimal('0')),))
    struct AccountRead(venuekey::AccountRead): generic as read {
        /// What is read: `"transactions"`, `"converts"`, `"orders"`, `"deals"`, `"main_balances"`, `"spot_balances"`.
        kind: &'static str = read.kind().as_str(),
    }
    opaque
}

#[pymethods]
impl AccountRead {
    /// What the venue answered to `request`: a `Page` with the new records and the read after it.
    ///
    /// Raises:
    ///     ReauthorizeError: `token_rejected`: refresh once.
    ///     MisuseError: `request_rejected` (`venue_text` names the field), `not_supported`, `history_too_long`.
    ///     UnavailableError: `rate_limited`, `venue_unavailable` (ask again), `venue_refused`.
    ///     ProtocolError: `malformed_reply` (the hint names record and field), `reply_too_large` (a smaller limit).
    fn receive(&self, py: Python<'_>, response: Ours<'_, HttpResponse>) -> Result<Py<PyAny>> {
        let page = self.0.receive(&response.0)?;
        let (text, next) = (page.records_json(), page.next.map(Self));
        Ok(py.import("venuekey._page")?.call_method1("page", (self.kind(), text, page.total, next))?.unbind())
    }
}

methods! {
    impl AccountRead as read {
        /// The request for this page; it may be sent again.
        ///
        /// Raises:
        ///     MisuseError: `history_too_long` where rows are left that the venue does not show: all pages before were
        ///         good.
        fn request(tokens: Ours<'_, Tokens>) -> HttpRequest = HttpRequest(read.request(&tokens.0)?);

        /// This read as JSON text for `Client.resume_read`, in another process or language. It holds no token, but what
        /// was asked for (addresses, ids); at most 128 KiB.
        fn cursor() -> String = read.cursor();

        /// The same read with `request` and `nonce` in its bodies, which WhiteBIT's documentation leaves open for
        /// tokens; they are left out otherwise.
        ///
        /// Args:
        ///     nonce_ms: Unix milliseconds, below 2**53; left out, the operating system's clock. Each page has the nonce
        ///         of the one before, plus one.
        #[pyo3(signature = (*, nonce_ms=None))]
        fn with_nonce(nonce_ms: Now) -> Self = Self(read.with_nonce(or_now(nonce_ms)?)?);

        /// What can be known of this page before it is asked for: whether the tokens' scope grants it and they live long
        /// enough, and when the rate budget lets it go out.
        ///
        /// Args:
        ///     now_ms: Unix milliseconds; left out, the operating system's clock.
        ///
        /// Raises:
        ///     MisuseError: `scope_missing`.
        ///     ReauthorizeError: `token_expired`.
        ///     UnavailableError: `rate_limited`.
        #[pyo3(signature = (tokens, *, budget, now_ms=None))]
        fn preflight(tokens: Ours<'_, Tokens>, budget: Ours<'_, RateBudget>, now_ms: Now) -> Preflight =
            Preflight(read.preflight(&tokens.0, &budget.0, or_now(now_ms)?)?);
    }
}

// Each read is checked here, before anything is sent.
methods! {
    impl Client as client {
        /// Reads deposits and withdrawals, newest first: `AccountTransaction`. WhiteBIT, with tokens of
        /// `"account_tokens"`.
        ///
        /// A list of more than 9,500 rows, of which WhiteBIT shows 10,000, is read in parts after its first page: by
        /// method, then by status, then by `split_tickers`; it is newest first within each part. Where rows are left that
        /// no part has, the read ends with `history_too_long`.
        ///
        /// Args:
        ///     method: `"deposit"` or `"withdrawal"`; both where left out.
        ///     ticker: a currency, such as `"BTC"`.
        ///     address: exactly this address.
        ///     addresses: any of these, at most 20.
        ///     memo: exactly this memo.
        ///     unique_id: exactly this id of your own.
        ///     status: any of these codes of the method; what they mean is in `AccountTransaction.state`.
        ///     limit: rows a page, 1 to 500; 100 where left out. WhiteBIT advises against more.
        ///     split_tickers: for very long histories: all tickers there are, at most 200.
        ///
        /// Raises:
        ///     MisuseError: `invalid_argument`, with a hint at the rule; `not_supported` at Bybit. The same for the other
        ///         reads, whose end WhiteBIT announced for 2026-11-01.
        #[pyo3(signature = (
            *, method=None, ticker=None, address=None, addresses=List(vec![]), memo=None, unique_id=None, status=List(vec![]),
            limit=None, split_tickers=List(vec![]),
        ), text_signature = "($self, *, method=None, ticker=None, address=None, addresses=(), memo=None, unique_id=None, status=(), limit=None, split_tickers=())")]
        #[expect(clippy::too_many_arguments, reason = "keyword arguments are Python's query record")]
        fn read_transactions(
            method: Option<Text>,
            ticker: Option<Text>,
            address: Option<Text>,
            addresses: List<Text>,
            memo: Option<Text>,
            unique_id: Option<Text>,
            status: List<Int<u32>>,
            limit: Option<Int<u32>>,
            split_tickers: List<Text>,
        ) -> AccountRead =
            AccountRead(client.read_transactions(given!(
                TransactionsQuery: method, ticker, address, addresses, memo, unique_id, status, limit, split_tickers
            ))?);

        /// Reads converts, newest first, in windows of at most 30 days: `Convert`. WhiteBIT.
        ///
        /// Args:
        ///     from_ticker: the currency given.
        ///     to_ticker: the currency received.
        ///     quote_id: exactly this quote.
        ///     from_s: Unix seconds, at most 6 months ago; 30 days before `to_s` where left out.
        ///     to_s: Unix seconds; now where left out or later than now.
        ///     limit: rows a page, 1 to 100; 100 where left out.
        ///     now_ms: Unix milliseconds; left out, the operating system's clock.
        #[pyo3(signature = (
            *, from_ticker=None, to_ticker=None, quote_id=None, from_s=None, to_s=None, limit=None, now_ms=None,
        ))]
        #[expect(clippy::too_many_arguments, reason = "keyword arguments are Python's query record")]
        fn read_converts(
            from_ticker: Option<Text>,
            to_ticker: Option<Text>,
            quote_id: Option<Text>,
            from_s: Option<Int<u64>>,
            to_s: Option<Int<u64>>,
            limit: Option<Int<u32>>,
            now_ms: Now,
        ) -> AccountRead =
            AccountRead(client.read_converts(
                given!(ConvertsQuery: from_ticker, to_ticker, quote_id, from_s, to_s, limit), or_now(now_ms)?
            )?);

        /// Reads orders that have ended, newest first for each market, in windows of at most 30 days: `Order`. WhiteBIT.
        ///
        /// Args:
        ///     market: such as `"BTC_USDT"`; all where left out.
        ///     order_id: this one order, whenever it was: without `client_order_id`, `status`, `from_s` and `to_s`.
        ///     client_order_id: the order with this id of your own, whenever it was: likewise.
        ///     status: `"all"`, `"filled"`, `"canceled"` or `"partially_filled"`.
        ///     from_s: Unix seconds, at most 6 months ago; 30 days before `to_s` where left out.
        ///     to_s: Unix seconds; now where left out or later than now.
        ///     limit: rows a page, 1 to 500; 100 where left out.
        ///     now_ms: Unix milliseconds; left out, the operating system's clock.
        #[pyo3(signature = (
            *, market=None, order_id=None, client_order_id=None, status=None, from_s=None, to_s=None, limit=None,
            now_ms=None,
        ))]
        #[expect(clippy::too_many_arguments, reason = "keyword arguments are Python's query record")]
        fn read_orders(
            market: Option<Text>,
            order_id: Option<Int<u64>>,
            client_order_id: Option<Text>,
            status: Option<Text>,
            from_s: Option<Int<u64>>,
            to_s: Option<Int<u64>>,
            limit: Option<Int<u32>>,
            now_ms: Now,
        ) -> AccountRead =
            AccountRead(client.read_orders(
                given!(OrdersQuery: market, order_id, client_order_id, status, from_s, to_s, limit), or_now(now_ms)?
            )?);

        /// Reads trades, newest first for each market, in windows of at most 30 days: `Deal`. WhiteBIT.
        ///
        /// Args:
        ///     market: such as `"BTC_USDT"`; all where left out.
        ///     client_order_id: only those of the order with this id of your own, within the dates.
        ///     from_s: Unix seconds, at most 6 months ago; 30 days before `to_s` where left out.
        ///     to_s: Unix seconds; now where left out or later than now.
        ///     limit: rows a page, 1 to 500; 100 where left out.
        ///     now_ms: Unix milliseconds; left out, the operating system's clock.
        #[pyo3(signature = (*, market=None, client_order_id=None, from_s=None, to_s=None, limit=None, now_ms=None))]
        fn read_deals(
            market: Option<Text>,
            client_order_id: Option<Text>,
            from_s: Option<Int<u64>>,
            to_s: Option<Int<u64>>,
            limit: Option<Int<u32>>,
            now_ms: Now,
        ) -> AccountRead =
            AccountRead(client.read_deals(
                given!(DealsQuery: market, client_order_id, from_s, to_s, limit), or_now(now_ms)?
            )?);

        /// Reads what the main account holds, all in one page: `MainBalance`, zeros included. WhiteBIT.
        ///
        /// Args:
        ///     ticker: one currency, such as `"BTC"`; all where left out. One that WhiteBIT does not know has zero.
        #[pyo3(signature = (*, ticker=None))]
        fn read_main_balances(ticker: Option<Text>) -> AccountRead =
            AccountRead(client.read_main_balances(given!(BalancesQuery: ticker))?);

        /// Reads what the spot (trade) account holds, all in one page: `SpotBalance`. WhiteBIT.
        ///
        /// Args:
        ///     ticker: one currency, such as `"BTC"`; those that are there where left out. One that WhiteBIT does not know
        ///         is a `request_rejected`.
        #[pyo3(signature = (*, ticker=None))]
        fn read_spot_balances(ticker: Option<Text>) -> AccountRead =
            AccountRead(client.read_spot_balances(given!(BalancesQuery: ticker))?);

        /// A read from its cursor, written by any release up to this one, in any language.
        ///
        /// Raises:
        ///     MisuseError: `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch`; none of them quotes the text.
        fn resume_read(cursor: Text) -> AccountRead = AccountRead(client.resume_read(&cursor)?);
    }
}
