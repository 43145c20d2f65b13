//! Reading the account with a token, page by page.

use std::sync::Arc;

use crate::account::Tokens;
use crate::ambient::{at, now};
use crate::budget::{Preflight, RateBudget};
use crate::client::Client;
use crate::error::VenuekeyError;
use crate::http::{HttpRequest, HttpResponse};
use crate::numbers::signed;
use crate::queries::{BalancesQuery, ConvertsQuery, DealsQuery, OrdersQuery, TransactionsQuery};
use crate::records::Records;
use crate::secret::opaque;
use crate::values::ReadKind;

#[uniffi::export]
impl Client {
    /// Deposits and withdrawals, newest first. WhiteBIT, with tokens of the goal `accountTokens`; so all the
    /// reads. WhiteBIT announced their end for 2026-11-01.
    ///
    /// A list of more than 9,500 rows, of which WhiteBIT shows 10,000, is read in parts after its first page: by method,
    /// then by status, then by `splitTickers`; it is newest first within each part. Where rows are left that no part has,
    /// the read ends with `history_too_long`.
    ///
    /// Throws `invalid_argument`, with a hint at the rule; `not_supported` at Bybit. So do the other reads, before
    /// anything is sent.
    #[uniffi::method(default(query = None))]
    pub fn read_transactions(&self, query: Option<TransactionsQuery>) -> Result<Arc<AccountRead>, VenuekeyError> {
        Ok(AccountRead::wrap(self.0.read_transactions(query.unwrap_or_default().try_into()?)?))
    }

    /// Converts, newest first, in windows of at most 30 days. `nowMs` is Unix milliseconds; left out, the operating
    /// system's clock.
    #[uniffi::method(default(query = None, now_ms = None))]
    pub fn read_converts(
        &self,
        query: Option<ConvertsQuery>,
        now_ms: Option<i64>,
    ) -> Result<Arc<AccountRead>, VenuekeyError> {
        Ok(AccountRead::wrap(self.0.read_converts(query.unwrap_or_default().try_into()?, now(now_ms)?)?))
    }

    /// Orders that have ended, newest first for each market, in windows of at most 30 days. `nowMs` is Unix milliseconds;
    /// left out, the operating system's clock.
    #[uniffi::method(default(query = None, now_ms = None))]
    pub fn read_orders(
        &self,
        query: Option<OrdersQuery>,
        now_ms: Option<i64>,
    ) -> Result<Arc<AccountRead>, VenuekeyError> {
        Ok(AccountRead::wrap(self.0.read_orders(query.unwrap_or_default().try_into()?, now(now_ms)?)?))
    }

    /// Trades, newest first for each market, in windows of at most 30 days. `nowMs` is Unix milliseconds; left out, the
    /// operating system's clock.
    #[uniffi::method(default(query = None, now_ms = None))]
    pub fn read_deals(
        &self,
        query: Option<DealsQuery>,
        now_ms: Option<i64>,
    ) -> Result<Arc<AccountRead>, VenuekeyError> {
        Ok(AccountRead::wrap(self.0.read_deals(query.unwrap_or_default().try_into()?, now(now_ms)?)?))
    }

    /// What the main account holds, all in one page: all currencies the venue has, zeros included.
    #[uniffi::method(default(query = None))]
    pub fn read_main_balances(&self, query: Option<BalancesQuery>) -> Result<Arc<AccountRead>, VenuekeyError> {
        Ok(AccountRead::wrap(self.0.read_main_balances(query.unwrap_or_default().into())?))
    }

    /// What the spot (trade) account holds, all in one page: the currencies that are there.
    #[uniffi::method(default(query = None))]
    pub fn read_spot_balances(&self, query: Option<BalancesQuery>) -> Result<Arc<AccountRead>, VenuekeyError> {
        Ok(AccountRead::wrap(self.0.read_spot_balances(query.unwrap_or_default().into())?))
    }

    /// A read from its cursor, written by any release up to this one, in any language.
    ///
    /// Throws `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch`; none of them quotes the text.
    pub fn resume_read(&self, cursor: String) -> Result<Arc<AccountRead>, VenuekeyError> {
        Ok(AccountRead::wrap(self.0.resume_read(&cursor)?))
    }
}

opaque! {
    /// The next page of a read, made by one of `Client`'s reads. Immutable and without a secret; the same read can be
    /// asked for as often as it takes.
    AccountRead
}

#[uniffi::export]
impl AccountRead {
    /// What is read.
    pub fn kind(&self) -> ReadKind {
        self.0.kind()
    }

    /// The same read with `request` and `nonce` in its bodies, which WhiteBIT's documentation leaves open for tokens;
    /// they are left out otherwise. `nonceMs` is Unix milliseconds, below 2^53; left out, the operating system's clock.
    /// Each page has the nonce of the one before, plus one.
    ///
    /// Throws `invalid_argument` for the nonce.
    #[uniffi::method(default(nonce_ms = None))]
    pub fn with_nonce(&self, nonce_ms: Option<i64>) -> Result<Arc<AccountRead>, VenuekeyError> {
        Ok(Self::wrap(self.0.with_nonce(at(nonce_ms, "nonce_ms")?)?))
    }

    /// The request for this page; it may be sent again.
    ///
    /// Throws `history_too_long` where rows are left that the venue does not show: all pages before were good.
    pub fn request(&self, tokens: &Tokens) -> Result<Arc<HttpRequest>, VenuekeyError> {
        Ok(HttpRequest::wrap(self.0.request(&tokens.0)?))
    }

    /// What can be known of this page before it is asked for: whether the tokens' scope grants it and they live long
    /// enough, and when the rate budget lets it go out. `nowMs` is Unix milliseconds; left out, the operating system's
    /// clock.
    ///
    /// Throws `scope_missing`, `token_expired` or `rate_limited`.
    #[uniffi::method(default(now_ms = None))]
    pub fn preflight(
        &self,
        tokens: &Tokens,
        budget: &RateBudget,
        now_ms: Option<i64>,
    ) -> Result<Preflight, VenuekeyError> {
        Ok(self.0.preflight(&tokens.0, &budget.0, now(now_ms)?)?.into())
    }

    /// What the venue answered to `request`.
    ///
    /// Throws, by what to do next: `token_rejected` (refresh once), `request_rejected` (`venueText` names the field),
    /// `not_supported`, `rate_limited`, `venue_unavailable` (ask again), `venue_refused`, `malformed_reply` (the hint
    /// names record and field), `reply_too_large` (a smaller limit), `history_too_long`.
    pub fn receive(&self, response: &HttpResponse) -> Result<Page, VenuekeyError> {
        let venuekey::Page { records, total, next } = self.0.receive(&response.0)?;
        Ok(Page { records: records.into(), total: total.map(signed), next: next.map(AccountRead::wrap) })
    }

    /// This read as JSON text for `Client.resumeRead`, in another process or language. It holds no token, but what was
    /// asked for (addresses, ids); at most 128 KiB.
    pub fn cursor(&self) -> String {
        self.0.cursor()
    }
}

/// One page of records, and the read of the next one.
#[derive(uniffi::Record)]
pub struct Page {
    /// Those that no page before has had, in the venue's order. None at all does not mean that no page follows.
    pub records: Records,
    /// Rows in the list this page is from, where the venue says so: of transactions or of the part of them that is being
    /// read, of converts in the window that is being read.
    pub total: Option<i64>,
    /// Absent after the last page.
    pub next: Option<Arc<AccountRead>>,
}
