//! The venues' rate limits as a value: how much of them is used up, and when the next request may go out.

use core::fmt;
use std::collections::BTreeMap;

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::json::{self, FromJson, members};
use crate::base::time;
use crate::wire::http::HttpRequest;
use crate::wire::rate_limit::RateLimit;

/// The longest wait that is reserved; beyond it, a reservation is refused.
const LONGEST_WAIT_MS: u64 = 60_000;

/// How much of the venues' rate limits one IP address has used. Immutable: a reservation returns a new value.
///
/// Whoever shares the address shares the limit, so the host keeps one value for each address it calls from: in memory
/// for one process, or as [`RateBudget::to_text`] in its store, updated by compare-and-set. Processes without a common
/// store take a share each: one of eight has a `share_of` of 8.
///
/// It allows at most a quarter of a limit at once, then half of the documented pace: whatever window the venue counts
/// by, and however unevenly the requests arrive, the limit is not reached.
///
/// ```
/// # use venuekey::parts::*;
/// # let config = SignerConfig::new(Venue::WHITEBIT, VenueEnvironment::GLOBAL, Secret::new("key"), Secret::new("hush"));
/// # let signer = Signer::new(config)?;
/// let now_ms = 1_790_000_000_000;
/// let request = signer.sign(HttpMethod::Post, "/api/v4/main-account/history", "{}", now_ms)?;
/// let mut budget = RateBudget::new(1)?;
/// for _ in 0..51 {
///     let reservation = budget.reserve(&request, now_ms)?;
///     assert!(reservation.start_at_ms <= now_ms + 100); // 50 at once, then one in 100 ms
///     budget = reservation.budget;
/// }
/// # Ok::<(), VenuekeyError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RateBudget {
    venuekey_budget: u32,
    share_of: u32,
    /// Of each limit: when the requests reserved so far would have gone out evenly, in microseconds.
    spent_until_us: BTreeMap<String, u64>,
}

members!(RateBudget { venuekey_budget, share_of, spent_until_us });

/// A request's place in the budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// When it may go out, in Unix milliseconds: now, or later.
    pub start_at_ms: u64,
    /// The remaining budget: store it before the request goes out.
    pub budget: RateBudget,
}

impl fmt::Debug for RateBudget {
    /// Which share it spends, and nothing of what it has spent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RateBudget(share_of={})", self.share_of)
    }
}

const VERSION: u32 = 1;

impl RateBudget {
    /// An unspent budget. Processes that share an address and no store take a share each.
    ///
    /// - `share_of`: how many processes the limits are divided between, such as 8 for one of eight; 1 to 1000.
    ///
    /// # Errors
    /// `invalid_argument` for any other share.
    pub fn new(share_of: u32) -> Result<Self, VenuekeyError> {
        if !(1..=1_000).contains(&share_of) {
            return Err(VenuekeyError::invalid_argument("share_of must be 1 to 1000"));
        }
        Ok(Self { venuekey_budget: VERSION, share_of, spent_until_us: BTreeMap::new() })
    }

    /// How many processes the limits are divided between.
    pub fn share_of(&self) -> u32 {
        self.share_of
    }

    /// The value from its text.
    ///
    /// # Errors
    /// `snapshot_invalid`; `snapshot_version` for the text of a newer release.
    pub fn from_text(text: &str) -> Result<Self, VenuekeyError> {
        let invalid = || VenuekeyError::new(ErrorCode::SnapshotInvalid).with_hint("it is not a rate budget");
        let (version, json) = json::versioned(text, "venuekey_budget").ok_or_else(invalid)?;
        if version != VERSION {
            return Err(VenuekeyError::new(ErrorCode::SnapshotVersion).with_hint("it was written by a newer release"));
        }
        let budget = Self::from_json(json).ok_or_else(invalid)?;
        let is_sound = budget.spent_until_us.len() <= 64
            && budget.spent_until_us.iter().all(|(name, us)| name.len() <= 64 && *us <= time::MAX_MS * 1_000);
        if !is_sound || Self::new(budget.share_of).is_err() {
            return Err(invalid());
        }
        Ok(budget)
    }

    /// The value as text for the host's store. Not a secret.
    pub fn to_text(&self) -> String {
        json::written_plain(self)
    }

    /// When this request may go out. A request without a documented limit goes at once.
    ///
    /// # Errors
    /// `rate_limited` if that would be more than a minute from now; nothing is reserved then.
    pub fn reserve(&self, request: &HttpRequest, now_ms: u64) -> Result<Reservation, VenuekeyError> {
        time::check(now_ms)?;
        match request.rate_limit() {
            Some(limit) => self.reserve_all(&[(limit, 1)], now_ms),
            None => Ok(Reservation { start_at_ms: now_ms, budget: self.clone() }),
        }
    }

    /// The same for several requests at once: when the last of them may go out.
    pub(crate) fn reserve_all(
        &self,
        requests: &[(&'static RateLimit, u32)],
        now_ms: u64,
    ) -> Result<Reservation, VenuekeyError> {
        let now_us = now_ms.min(time::MAX_MS) * 1_000;
        let (mut start_us, mut budget) = (now_us, self.clone());
        for (limit, times) in requests {
            // Half of the documented pace.
            let apart_us = u64::from(limit.window_ms) * 2_000 * u64::from(self.share_of) / u64::from(limit.requests);
            let at_once = u64::from((limit.requests / 4 / self.share_of).max(1));
            let ahead_us = apart_us * (at_once - 1);
            for _ in 0..*times {
                let spent_us = budget.spent_until_us.get(limit.name).copied().unwrap_or(0);
                // Further ahead than any reservation reaches: the clock has jumped back.
                let longest_us = now_us + LONGEST_WAIT_MS * 1_000 + ahead_us + apart_us;
                let spent_us = if spent_us > longest_us { now_us } else { spent_us };
                let at_us = spent_us.saturating_sub(ahead_us).max(now_us);
                start_us = start_us.max(at_us);
                budget.spent_until_us.insert(limit.name.to_owned(), spent_us.max(at_us) + apart_us);
            }
        }
        let start_at_ms = start_us.div_ceil(1_000).min(time::MAX_MS);
        let wait_ms = start_at_ms - now_ms.min(start_at_ms);
        if wait_ms > LONGEST_WAIT_MS {
            let hint = "the app's own budget is used up; nothing was sent";
            return Err(VenuekeyError::new(ErrorCode::RateLimited).with_hint(hint).with_retry_after(wait_ms));
        }
        Ok(Reservation { start_at_ms, budget })
    }
}
