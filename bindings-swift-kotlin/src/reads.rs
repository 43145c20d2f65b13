//! Reading the account with a token, page by page.

use std::sync::Arc;

use crate::account::Tokens;
use crate::budget::{Preflight, RateBudget};
use crate::calls::{Enter, calls};
use crate::client::Client;
use crate::cross::{Cross, mirror};
use crate::error::VenuekeyError;
use crate::http::{HttpRequest, HttpResponse};
use crate::object::opaque;
use crate::queries::{BalancesQuery, ConvertsQuery, DealsQuery, OrdersQuery, TransactionsQuery};
use crate::records::Records;
use crate::values::ReadKind;

calls! {
    Client;

    /// Deposits and withdrawals, newest first. WhiteBIT, with tokens of the goal `accountTokens`; so all the
    /// reads. WhiteBIT announced their end for 2026-11-01.
    ///
    /// A list of more than 9,500 rows, of which WhiteBIT shows 10,000, is read in parts after its first page: by method,
    /// then by status, then by `splitTickers`; it is newest first within each part. Where rows are left that no part has,
    /// the read ends with `history_too_long`.
    ///
    /// Throws `invalid_argument`, with a hint at the rule; `not_supported` at Bybit. So do the other reads, before
    /// anything is sent.
    fn read_transactions(), optional(query: TransactionsQuery) -> Arc<AccountRead>;

    /// Converts, newest first, in windows of at most 30 days. `nowMs` is Unix milliseconds; left out, the operating
    /// system's clock.
    fn read_converts(), optional(query: ConvertsQuery), ambient(now_ms) -> Arc<AccountRead>;

    /// Orders that have ended, newest first for each market, in windows of at most 30 days. `nowMs` is Unix milliseconds;
    /// left out, the operating system's clock.
    fn read_orders(), optional(query: OrdersQuery), ambient(now_ms) -> Arc<AccountRead>;

    /// Trades, newest first for each market, in windows of at most 30 days. `nowMs` is Unix milliseconds; left out, the
    /// operating system's clock.
    fn read_deals(), optional(query: DealsQuery), ambient(now_ms) -> Arc<AccountRead>;

    /// What the main account holds, all in one page: all currencies the venue has, zeros included.
    fn read_main_balances(), optional(query: BalancesQuery) -> Arc<AccountRead>;

    /// What the spot (trade) account holds, all in one page: the currencies that are there.
    fn read_spot_balances(), optional(query: BalancesQuery) -> Arc<AccountRead>;

    /// A read from its cursor, written by any release up to this one, in any language.
    ///
    /// Throws `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch`; none of them quotes the text.
    fn resume_read(cursor: String) -> Arc<AccountRead>;
}

opaque! {
    /// The next page of a read, made by one of `Client`'s reads. Immutable and without a secret; the same read can be
    /// asked for as often as it takes.
    AccountRead;

    /// What is read.
    kind: ReadKind,
}

calls! {
    AccountRead;

    /// The same read with `request` and `nonce` in its bodies, which WhiteBIT's documentation leaves open for tokens;
    /// they are left out otherwise. `nonceMs` is Unix milliseconds, below 2^53; left out, the operating system's clock.
    /// Each page has the nonce of the one before, plus one.
    ///
    /// Throws `invalid_argument` for the nonce.
    fn with_nonce(), ambient(nonce_ms) -> Arc<AccountRead>;

    /// The request for this page; it may be sent again.
    ///
    /// Throws `history_too_long` where rows are left that the venue does not show: all pages before were good.
    fn request(tokens: &Tokens) -> Arc<HttpRequest>;

    /// What can be known of this page before it is asked for: whether the tokens' scope grants it and they live long
    /// enough, and when the rate budget lets it go out. `nowMs` is Unix milliseconds; left out, the operating system's
    /// clock.
    ///
    /// Throws `scope_missing`, `token_expired` or `rate_limited`.
    fn preflight(tokens: &Tokens, budget: &RateBudget), ambient(now_ms) -> Preflight;

    /// What the venue answered to `request`.
    ///
    /// Throws, by what to do next: `token_rejected` (refresh once), `request_rejected` (`venueText` names the field),
    /// `not_supported`, `rate_limited`, `venue_unavailable` (ask again), `venue_refused`, `malformed_reply` (the hint
    /// names record and field), `reply_too_large` (a smaller limit), `history_too_long`.
    fn receive(response: &HttpResponse) -> Page;
}

#[uniffi::export]
impl AccountRead {
    /// This read as JSON text for `Client.resumeRead`, in another process or language. It holds no token, but what was
    /// asked for (addresses, ids); at most 128 KiB.
    pub fn cursor(&self) -> String {
        self.0.cursor()
    }
}

mirror! {
    /// One page of records, and the read of the next one.
    Page {
        /// Those that no page before has had, in the venue's order. None at all does not mean that no page follows.
        records: Records,
        /// Rows in the list this page is from, where the venue says so: of transactions or of the part of them that is being
        /// read, of converts in the window that is being read.
        total: Option<i64>,
        /// Absent after the last page.
        next: Option<Arc<AccountRead>>,
    }
}

impl Cross<Records> for venuekey::Records {
    fn cross(self) -> Records {
        self.into()
    }
}

macro_rules! queries {
    ($($query:ident),*) => {
        $(impl Enter<venuekey::$query> for $query {
            fn enter(self, _name: &str) -> Result<venuekey::$query, VenuekeyError> {
                self.try_into()
            }
        })*
    };
}

queries!(ConvertsQuery, DealsQuery, OrdersQuery, TransactionsQuery);

impl Enter<venuekey::BalancesQuery> for BalancesQuery {
    fn enter(self, _name: &str) -> Result<venuekey::BalancesQuery, VenuekeyError> {
        Ok(self.into())
    }
}
