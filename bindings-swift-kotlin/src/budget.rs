//! Rate limits as a value.

use std::sync::Arc;

use crate::ambient::small;
use crate::calls::calls;
use crate::cross::mirror;
use crate::error::VenuekeyError;
use crate::http::HttpRequest;
use crate::object::{crosses, getters};

/// How much of the venues' rate limits one IP address has used. Immutable: a reservation makes a new value.
///
/// Whoever shares the address shares the limit, so keep one value for each address you call from: in memory for one
/// process, or as `toText()` in your store, moved by compare-and-set.
///
/// It spends at half of the documented pace, after at most a quarter of a limit at once: whatever window the venue
/// counts by, and however unevenly the requests arrive, the limit is not reached.
#[derive(Debug, Clone, uniffi::Object)]
#[uniffi::export(Display)]
pub struct RateBudget(pub(crate) venuekey::RateBudget);

getters! {
    RateBudget;

    /// Between how many processes the limits are divided.
    share_of: i64,
}

calls! {
    RateBudget;

    /// When this request may go out. A request whose limit is not documented goes at once. `nowMs` is Unix
    /// milliseconds; left out, the operating system's clock.
    ///
    /// Throws `rate_limited` where that would be later than a minute from now; nothing is reserved then.
    fn reserve(request: &HttpRequest), ambient(now_ms) -> Reservation;
}

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
}

crosses!(RateBudget);

impl std::fmt::Display for RateBudget {
    /// Which share it spends, and nothing of what it has spent.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RateBudget(share_of={})", self.0.share_of())
    }
}

mirror! {
    /// A request's place in the budget.
    Reservation {
        /// When it may go out, in Unix milliseconds: now, or later.
        start_at_ms: i64,
        /// What is left: keep it before the request goes out.
        budget: Arc<RateBudget>,
    }
}

mirror! {
    /// An operation that can go ahead.
    Preflight {
        /// When it may begin, in Unix milliseconds: now, or later where the rate budget says so.
        start_at_ms: i64,
        /// The most requests it can take: where everything goes well, far fewer.
        requests: i64,
        /// How long it can take from `startAtMs`, in milliseconds: every wait and every request at its longest. The time
        /// that the user spends at the venue is not in it.
        worst_case_ms: i64,
        /// What is left of the budget: keep it before the operation begins.
        budget: Arc<RateBudget>,
    }
}
