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
    pub(crate) fn schedule(self) -> Schedule {
        let schedule =
            |first_ms, spread_ms, doubling, cap_ms, waits| Schedule { first_ms, spread_ms, doubling, cap_ms, waits };
        match self {
            // facts/whitebit.md, 7.1: every 1 to 2 s, under 30 s in all (17 times 1.75 s is 29.75 s).
            Self::KeyNotReady => schedule(1_250, 500, false, 2_000, 17),
            // 7.2: start at 5 to 10 s, double, at most 60 s, 3 to 5 min in all (195 s to 250 s).
            Self::SecretLocked => schedule(5_000, 5_000, true, 60_000, 6),
            // 12: 1 s, double, at most 30 s, jitter. The number of tries is ours.
            Self::RateLimited => schedule(1_000, 250, true, 30_000, 6),
            // No sheet gives a figure; the same pace.
            Self::VenueTrouble => schedule(1_000, 250, true, 30_000, 6),
            // facts/bybit.md, 5: one retry after 2 s. WhiteBIT is silent but for its limit of one a second.
            Self::RefreshUnanswered => schedule(2_000, 0, false, 2_000, 1),
        }
    }
}

/// How a failed flow can go on. [`Flow::recover`](crate::Flow::recover) does it; nothing happens by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// Look for the key for another while: the user may still be busy.
    PollLonger,
    /// Do the same again; it can't do harm.
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

/// How a body at WhiteBIT spells what is not ASCII, such as the names in a withdrawal's travel-rule data. The venue
/// compares the body with its own spelling, and no document says which that is (facts/whitebit.md, 10.1 and 15): try one with a
/// request that changes nothing. Bybit takes any UTF-8, and this does not concern it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NonAscii {
    /// `invalid_argument`, before anything is signed.
    Refuse,
    /// As it is, in UTF-8.
    Utf8,
    /// As JSON's escapes, in lower case.
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

    fn waits(reason: WaitReason, seed: u32) -> Vec<u32> {
        (1..).map_while(|attempts| reason.schedule().wait_ms(attempts, seed)).collect()
    }

    /// Every seed must keep to the documented figures; some thousand stand for all.
    #[test]
    fn schedules_are_the_documented_ones() {
        for seed in (0..5_000).map(|n: u32| n.wrapping_mul(0x9e37_79b9)) {
            let polls = waits(WaitReason::KeyNotReady, seed);
            assert!(polls.iter().all(|ms| (1_000..=2_000).contains(ms)), "every 1 to 2 s");
            assert!((20_000..30_000).contains(&polls.iter().sum::<u32>()), "under 30 s, and most of it");
            let locked = waits(WaitReason::SecretLocked, seed);
            assert!(locked.first().is_some_and(|ms| (5_000..=10_000).contains(ms)), "from 5 to 10 s");
            assert!(
                locked.windows(2).all(|pair| matches!(pair, [a, b] if *b == (a * 2).min(60_000))),
                "doubling to 60 s"
            );
            assert!((180_000..=300_000).contains(&locked.iter().sum::<u32>()), "3 to 5 min");
            let limited = waits(WaitReason::RateLimited, seed);
            assert!(limited.first().is_some_and(|ms| (1_000..=1_250).contains(ms)), "from 1 s, with jitter");
            assert!(limited.iter().all(|ms| *ms <= 30_000), "at most 30 s");
            assert_eq!(waits(WaitReason::RefreshUnanswered, seed), [2_000], "one retry after 2 s");
        }
    }

    #[test]
    fn a_used_up_schedule_stays_used_up() {
        let schedule = WaitReason::SecretLocked.schedule();
        assert_eq!((schedule.wait_ms(0, 1), schedule.wait_ms(7, 1), schedule.wait_ms(u32::MAX, 1)), (None, None, None));
    }
}
