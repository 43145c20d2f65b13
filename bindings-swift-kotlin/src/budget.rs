//! Rate limits as a value.

use std::sync::Arc;

use crate::ambient::{now, small};
use crate::error::VenuekeyError;
use crate::http::HttpRequest;
use crate::numbers::signed;

/// How much of the venues' rate limits one IP address has used. Immutable: a reservation makes a new value.
///
/// Whoever shares the address shares the limit, so keep one value for each address you call from: in memory for one
/// process, or as `toText()` in your store, moved by compare-and-set.
///
/// It spends at half of the documented pace, after at most a quarter of a limit at once: whatever window the venue
/// counts by, and however unevenly the requests arrive, the limit is not reached.
#[derive(Debug, uniffi::Object)]
#[uniffi::export(Display)]
pub struct RateBudget(pub(crate) venuekey::RateBudget);

#[uniffi::export]
impl RateBudget {
    /// An unspent budget. Processes that share an address and no store take a share each: `shareOf = 8` for one of
    /// eight; 1 to 1000.
    ///
    /// Throws `invalid_argument` for any other share.
    #[uniffi::constructor(default(share_of = 1))]
    pub fn new(share_of: i64) -> Result<Self, VenuekeyError> {
        Ok(Self(venuekey::RateBudget::new(small(share_of, "share_of")?)?))
    }

    /// The value from its `toText()`.
    ///
    /// Throws `snapshot_invalid`; `snapshot_version` for the text of a newer release.
    #[uniffi::constructor]
    pub fn from_text(text: String) -> Result<Self, VenuekeyError> {
        Ok(Self(venuekey::RateBudget::from_text(&text)?))
    }

    /// The value as text for your store. Not a secret.
    pub fn to_text(&self) -> String {
        self.0.to_text()
    }

    /// Between how many processes the limits are divided.
    pub fn share_of(&self) -> i64 {
        self.0.share_of().into()
    }

    /// When this request may go out. A request whose limit is not documented goes at once. `nowMs` is Unix
    /// milliseconds; left out, the operating system's clock.
    ///
    /// Throws `rate_limited` where that would be later than a minute from now; nothing is reserved then.
    #[uniffi::method(default(now_ms = None))]
    pub fn reserve(&self, request: &HttpRequest, now_ms: Option<i64>) -> Result<Reservation, VenuekeyError> {
        let venuekey::Reservation { start_at_ms, budget } = self.0.reserve(&request.0, now(now_ms)?)?;
        Ok(Reservation { start_at_ms: signed(start_at_ms), budget: Arc::new(Self(budget)) })
    }
}

impl std::fmt::Display for RateBudget {
    /// Which share it spends, and nothing of what it has spent.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RateBudget(share_of={})", self.0.share_of())
    }
}

/// A request's place in the budget.
#[derive(uniffi::Record)]
pub struct Reservation {
    /// When it may go out, in Unix milliseconds: now, or later.
    pub start_at_ms: i64,
    /// What is left: keep it before the request goes out.
    pub budget: Arc<RateBudget>,
}

/// An operation that can go ahead.
#[derive(uniffi::Record)]
pub struct Preflight {
    /// When it may begin, in Unix milliseconds: now, or later where the rate budget says so.
    pub start_at_ms: i64,
    /// The most requests it can take: where everything goes well, far fewer.
    pub requests: i64,
    /// How long it can take from `startAtMs`, in milliseconds: every wait and every request at its longest. The time
    /// that the user spends at the venue is not in it.
    pub worst_case_ms: i64,
    /// What is left of the budget: keep it before the operation begins.
    pub budget: Arc<RateBudget>,
}

impl From<venuekey::Preflight> for Preflight {
    fn from(plan: venuekey::Preflight) -> Self {
        let venuekey::Preflight { start_at_ms, requests, worst_case_ms, budget } = plan;
        Self {
            start_at_ms: signed(start_at_ms),
            requests: requests.into(),
            worst_case_ms: signed(worst_case_ms),
            budget: Arc::new(RateBudget(budget)),
        }
    }
}
