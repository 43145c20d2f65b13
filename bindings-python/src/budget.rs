//! Rate limits as a value, and what can be known of an operation before it begins.

use crate::http::HttpRequest;
use crate::prelude::*;

class! {
    /// How much of the venues' rate limits one IP address has used. Immutable: a reservation makes a new value.
    ///
    /// Whoever shares the address shares the limit, so keep one value for each address you call from: in memory for one
    /// process, or as `to_text()` in your store, moved by compare-and-set. Processes that share no store take a share
    /// each: `RateBudget(share_of=8)` for one of eight.
    ///
    /// It spends at half of the documented pace, after at most a quarter of a limit at once: whatever window the venue
    /// counts by, and however unevenly the requests arrive, the limit is not reached.
    ///
    /// Raises:
    ///     MisuseError: `invalid_argument` where `share_of` is not 1 to 1000.
    ///
    /// >>> import venuekey
    /// >>> signer = venuekey.Signer(venue="whitebit", environment="global", api_key="key", api_secret="s3cr3t")
    /// >>> request = signer.sign("POST", "/api/v4/main-account/history", {})
    /// >>> request.rate_limit
    /// RateLimit(whitebit_main_account_history: 200 in 10000 ms)
    /// >>> reservation = venuekey.RateBudget().reserve(request, now_ms=1_790_000_000_000)
    /// >>> reservation.start_at_ms, reservation.budget  # keep the budget, then send
    /// (1790000000000, RateBudget(share_of=1))
    struct RateBudget(venuekey::RateBudget): eq as budget {
        /// Between how many processes the limits are divided.
        share_of: u32 = budget.share_of(),
    }
    repr("RateBudget(share_of={})", budget.share_of())
}

#[pymethods]
impl RateBudget {
    #[new]
    #[pyo3(signature = (*, share_of=1))]
    fn new(share_of: u32) -> Result<Self> {
        Ok(Self(venuekey::RateBudget::new(share_of)?))
    }

    /// The value from your store.
    ///
    /// Raises:
    ///     MisuseError: `snapshot_invalid`, `snapshot_version`.
    #[staticmethod]
    fn from_text(text: Text) -> Result<Self> {
        Ok(Self(venuekey::RateBudget::from_text(&text)?))
    }
}

methods! {
    impl RateBudget as budget {
        /// The value as text for your store. Not a secret.
        fn to_text() -> String = budget.to_text();

        /// When this request may go out. A request whose limit is not documented goes at once.
        ///
        /// Args:
        ///     request: what is to be sent.
        ///     now_ms: Unix milliseconds; left out, the operating system's clock.
        ///
        /// Raises:
        ///     UnavailableError: `rate_limited` where that would be later than a minute from now; nothing is reserved then.
        #[pyo3(signature = (request, *, now_ms=None))]
        fn reserve(request: Ours<'_, HttpRequest>, now_ms: Now) -> Reservation =
            Reservation(budget.reserve(&request.0, or_now(now_ms)?)?);
    }
}

class! {
    /// A request's place in the budget.
    struct Reservation(venuekey::Reservation) as place {
        /// When it may go out, in Unix milliseconds: now, or later.
        start_at_ms: u64 = place.start_at_ms,
        /// What is left: keep it before the request goes out.
        budget: RateBudget = RateBudget(place.budget.clone()),
    }
    repr("Reservation(start_at_ms={})", place.start_at_ms)
}

class! {
    /// An operation that can go ahead.
    struct Preflight(venuekey::Preflight) as plan {
        /// When it may begin, in Unix milliseconds: now, or later where the rate budget says so.
        start_at_ms: u64 = plan.start_at_ms,
        /// The most requests it can take: where everything goes well, far fewer.
        requests: u32 = plan.requests,
        /// How long it can take from `start_at_ms`, in milliseconds: every wait and every request at its longest. The
        /// time that the user spends at the venue is not in it.
        worst_case_ms: u64 = plan.worst_case_ms,
        /// What is left of the budget: keep it before the operation begins.
        budget: RateBudget = RateBudget(plan.budget.clone()),
    }
    repr(
        "Preflight(start_at_ms={}, requests={}, worst_case_ms={})",
        plan.start_at_ms, plan.requests, plan.worst_case_ms
    )
}
