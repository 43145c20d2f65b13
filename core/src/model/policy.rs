//! What a caller chooses, and what a flow waits for.

use crate::base::error::named;
use crate::base::time::Schedule;

/// What a wait is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitReason {
    /// The key is not there yet: the user may be choosing permissions or typing a second factor.
    KeyNotReady,
    /// The venue holds a lock on the secret (HTTP 423).
    SecretLocked,
    /// The venue limits the rate of requests (HTTP 429).
    RateLimited,
    /// No reply, or a failure on the venue's side; the request can be sent again.
    VenueTrouble,
    /// The reply to a refresh was lost; it is sent once more.
    RefreshUnanswered,
}

named!(WaitReason "reason" {
    KeyNotReady = "key_not_ready",
    SecretLocked = "secret_locked",
    RateLimited = "rate_limited",
    VenueTrouble = "venue_trouble",
    RefreshUnanswered = "refresh_unanswered",
});

impl WaitReason {
    /// The pace if the venue's profile has none of its own.
    pub(crate) fn schedule(self) -> Schedule {
        match self {
            // facts/bybit.md, 5: one retry after 2 s. WhiteBIT is silent but for its limit of one a second.
            Self::RefreshUnanswered => {
                Schedule { first_ms: 2_000, spread_ms: 0, doubling: false, cap_ms: 2_000, waits: 1 }
            }
            // facts/whitebit.md, 12: 1 s, double, at most 30 s, jitter. The number of tries is ours, and so is all of it
            // where no sheet gives a figure.
            Self::KeyNotReady | Self::SecretLocked | Self::RateLimited | Self::VenueTrouble => {
                Schedule { first_ms: 1_000, spread_ms: 250, doubling: true, cap_ms: 30_000, waits: 6 }
            }
        }
    }
}

/// How a failed flow can continue. [`Flow::recover`](crate::parts::Flow::recover) does it; nothing happens by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// Look for the key a while longer: the user may still be busy.
    PollLonger,
    /// Do the same again; it does no harm.
    TryAgain,
    /// List the accounts again and let the user choose.
    ChooseAgain,
    /// Ask for the API key again. The venue may return the same key, or replace it.
    AskAgain,
    /// Delete the key whose secret is lost, so that the user can connect again.
    DeleteKey,
}

named!(Recovery "recovery" {
    PollLonger = "poll_longer",
    TryAgain = "try_again",
    ChooseAgain = "choose_again",
    AskAgain = "ask_again",
    DeleteKey = "delete_key",
});

/// What to do when the once-only secret is lost although this flow had asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LostSecretPolicy {
    /// Fail with `delete_key_in_dashboard` and offer [`Recovery::DeleteKey`].
    #[default]
    Report,
    /// Delete the key, then fail with `secret_lost`: the user can connect again at once.
    DeleteAndReport,
}

named!(LostSecretPolicy "on_secret_lost" {
    Report = "report",
    DeleteAndReport = "delete_and_report",
});

/// How a body at WhiteBIT encodes what is not ASCII, such as the names in a withdrawal's travel-rule data. The venue
/// compares the body with its own encoding, and no document says which that is (facts/whitebit.md, 10.1 and 15): try
/// one with a request that changes nothing. Bybit takes any UTF-8, and this does not concern it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NonAscii {
    /// `invalid_argument`, before anything is signed.
    Refuse,
    /// As it is, in UTF-8.
    Utf8,
    /// As JSON escapes, in lower case.
    Escape,
}

named!(NonAscii "non_ascii" {
    Refuse = "refuse",
    Utf8 = "utf8",
    Escape = "escape",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_up_schedule_stays_used_up() {
        let schedule = WaitReason::RefreshUnanswered.schedule();
        assert_eq!([1, 0, 2, u32::MAX].map(|tries| schedule.wait_ms(tries, 1)), [Some(2_000), None, None, None]);
    }
}
