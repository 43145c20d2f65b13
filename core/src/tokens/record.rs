//! What is kept of shared tokens, and what a reply to their refresh makes of it.

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::ids::Venue;
use crate::base::json::members;
use crate::base::time;
use crate::model::policy::WaitReason;
use crate::model::status::Waiting;
use crate::model::tokens::Tokens;
use crate::venue::contract::ParsedReply;
use crate::venue::profile::Profile;
use crate::venue::refusal::{Refusal, RefusalKind};
use crate::wire::http::UNREACHABLE_HINT;

// Lease, margins and fence are chosen together. Two hosts' clocks may be up to SKEW_MS apart: a worker sends only while a
// whole request still fits its lease by its own clock, others take over only once the lease is over by every clock, and a
// pair is replaced while it is alive by every clock.

/// How far apart the clocks of two workers may be.
pub(crate) const SKEW_MS: u64 = 120_000;
/// How long one worker may take over a refresh, by its own clock: the request's own time (30 s) and a save before it.
pub(crate) const LEASE_MS: u64 = 45_000;
/// How long a refresh takes at most where a worker dies with the lease: the lease, the time until it is over by a clock
/// that is behind, and the lease of the worker that takes over.
const TAKEOVER_MS: u64 = 2 * (LEASE_MS + SKEW_MS);
/// A fifth of a long life is more than it takes.
const LONGEST_MARGIN_MS: u64 = 600_000;
/// The venue takes one refresh a second (facts/whitebit.md, 5).
const SHORTEST_USE_MS: u64 = 1_000;

/// Ours: how soon after a refresh a refusal says that the refresh did not help.
const REFUSED_AGAIN_MS: u64 = 60_000;

#[derive(Clone)]
pub(crate) struct Record {
    pub tokens_id: String,
    pub revision: u64,
    /// Counts the token pairs, from 1.
    pub generation: u64,
    /// Spreads refreshes and waits.
    pub seed: u32,
    pub tokens: Tokens,
    pub received_at_ms: u64,
    /// Whether the reply brought no refresh token, so that the old one is kept and a refresh does not lengthen its life.
    pub kept_refresh_token: bool,
    /// Whether this pair was fetched because the venue had refused the one before.
    pub born_forced: bool,
    /// Which refresh of the generation before brought this pair: of two, the later one's pair is alive.
    pub born_of_attempt: u32,
    /// The worker that refreshes now has until then.
    pub lease_until_ms: Option<u64>,
    /// Whether that refresh answers a refusal.
    pub is_forced: bool,
    /// Refreshes of this generation that were begun.
    pub attempts: u32,
    /// Those of them without a readable reply: the pair may have been replaced.
    pub doubts: u32,
    /// Those that came to nothing for certain, in a row.
    pub setbacks: u32,
    /// No refresh before that.
    pub retry_at_ms: Option<u64>,
    /// Why the last one came to nothing.
    pub setback: Option<VenuekeyError>,
    /// Why no refresh can help any more.
    pub ended: Option<VenuekeyError>,
}

members!(Record {
    tokens_id,
    revision,
    generation,
    seed,
    tokens,
    received_at_ms,
    kept_refresh_token: optional,
    born_forced: optional,
    born_of_attempt: optional,
    lease_until_ms: optional,
    is_forced: optional,
    attempts: optional,
    doubts: optional,
    setbacks: optional,
    retry_at_ms: optional,
    setback: optional,
    ended: optional,
});

impl Record {
    pub fn new(tokens_id: String, seed: u32, tokens: Tokens, now_ms: u64) -> Self {
        Self {
            tokens_id,
            revision: 1,
            generation: 1,
            seed,
            tokens,
            received_at_ms: now_ms,
            kept_refresh_token: false,
            born_forced: false,
            born_of_attempt: 0,
            lease_until_ms: None,
            is_forced: false,
            attempts: 0,
            doubts: 0,
            setbacks: 0,
            retry_at_ms: None,
            setback: None,
            ended: None,
        }
    }

    /// Whether a refusal of this pair is the second one in a row: then another refresh would not help (facts/whitebit.md,
    /// D4). A pair that has lived for a while since the first may be refused for another reason.
    pub fn is_refused_again(&self, now_ms: u64) -> bool {
        let is_young = now_ms < time::after(self.received_at_ms, REFUSED_AGAIN_MS);
        self.born_forced && self.doubts == 0 && is_young
    }

    /// With a pair that was refreshed from this one elsewhere.
    pub fn replaced_by(self, tokens: Tokens, now_ms: u64) -> Self {
        Self {
            revision: self.revision.saturating_add(1),
            generation: self.generation.saturating_add(1),
            ..Self::new(self.tokens_id, self.seed, tokens, now_ms)
        }
    }

    fn life_ms(&self) -> u64 {
        self.tokens.expires_at_ms().saturating_sub(self.received_at_ms)
    }

    /// Whether a request sent now arrives in time, as far as the clock tells.
    pub fn is_alive(&self, now_ms: u64) -> bool {
        now_ms.saturating_add(time::TRAVEL_MS.min(self.life_ms() / 10)) < self.tokens.expires_at_ms()
    }

    /// So early that the access token is alive by every clock, and that a refresh token (facts/whitebit.md, D3: 600 s beside
    /// 4 h) outlives the death of the worker that was to use it.
    pub fn refresh_due_ms(&self) -> u64 {
        let access_ms = self.early_ms(self.tokens.expires_at_ms(), SKEW_MS + time::TRAVEL_MS);
        let refresh_ends_ms = self.tokens.refresh_expires_at_ms().filter(|_| !self.kept_refresh_token);
        let due_ms = refresh_ends_ms.map_or(access_ms, |ends_ms| self.early_ms(ends_ms, TAKEOVER_MS).min(access_ms));
        // However short it lives, it is used before it is replaced.
        due_ms.max(time::after(self.received_at_ms, SHORTEST_USE_MS).min(self.tokens.expires_at_ms()))
    }

    /// The same for the refresh token alone, which another pair's would replace; `None` where its end is not known.
    pub fn refresh_token_due_ms(&self) -> Option<u64> {
        let ends_ms = self.tokens.refresh_expires_at_ms().filter(|_| !self.kept_refresh_token)?;
        Some(self.early_ms(ends_ms, TAKEOVER_MS))
    }

    /// A fifth of the life before its end, or `room_ms` where that is more, but at most half of the life; earlier by up to
    /// a tenth of the life, so that pairs received together are not refreshed together.
    fn early_ms(&self, ends_ms: u64, room_ms: u64) -> u64 {
        let life_ms = ends_ms.saturating_sub(self.received_at_ms);
        let fifth_ms = (life_ms / 5).min(LONGEST_MARGIN_MS);
        let margin_ms = fifth_ms.max(room_ms.min(life_ms / 2));
        let turn = u32::try_from(self.generation).unwrap_or(u32::MAX);
        let jitter_ms = u64::from(time::mix(self.seed, turn)) % (fifth_ms / 2 + 1);
        ends_ms.saturating_sub(margin_ms + jitter_ms)
    }

    /// Its own end is not asked about: the figure may be a sheet's, the clock may have jumped, and the venue knows.
    pub fn can_refresh(&self) -> bool {
        self.ended.is_none() && self.tokens.refresh_token().is_some()
    }

    /// While another worker may be refreshing: when its lease is over by its own clock, and when by every clock. One that
    /// ends later than any could is from a clock that has jumped.
    pub fn lease_ends_ms(&self, now_ms: u64) -> Option<(u64, u64)> {
        let until_ms = self.lease_until_ms.filter(|until_ms| *until_ms <= now_ms.saturating_add(LEASE_MS + SKEW_MS))?;
        let ends_ms = until_ms.saturating_add(SKEW_MS);
        (now_ms <= ends_ms).then_some((until_ms, ends_ms))
    }

    /// When the next refresh may go out, where that is not now. As with a lease, a jump of the clock ends the wait.
    pub fn waits_until_ms(&self, now_ms: u64) -> Option<u64> {
        let longest_ms = u64::from(WaitReason::RateLimited.schedule().cap_ms) + SKEW_MS;
        self.retry_at_ms.filter(|at_ms| *at_ms > now_ms && *at_ms - now_ms <= longest_ms)
    }

    /// What the next refresh waits for, after one that came to nothing.
    pub fn wait(&self) -> Option<Waiting> {
        let until_ms = self.retry_at_ms.filter(|_| self.ended.is_none() && self.lease_until_ms.is_none())?;
        let is_limited = self.setback.as_ref().is_some_and(|error| error.code() == ErrorCode::RateLimited);
        let reason = match self.doubts {
            _ if is_limited => WaitReason::RateLimited,
            0 => WaitReason::VenueTrouble,
            _ => WaitReason::RefreshUnanswered,
        };
        let attempts = self.setbacks.saturating_add(self.doubts);
        Some(Waiting { reason, attempts, until_ms, gives_up_at_ms: None })
    }

    /// What a lease leaves behind whose worker has not come back: nobody knows whether it had sent.
    pub fn settled(&self, profile: &Profile, now_ms: u64) -> Self {
        match self.lease_until_ms {
            Some(until_ms) if self.lease_ends_ms(now_ms).is_none() => self.unanswered(profile, None, until_ms),
            _ => self.clone(),
        }
    }

    pub fn leased(&self, is_forced: bool, now_ms: u64) -> Self {
        Self {
            lease_until_ms: Some(time::after(now_ms, LEASE_MS)),
            is_forced,
            attempts: self.attempts.saturating_add(1),
            retry_at_ms: None,
            ..self.clone()
        }
    }

    /// Once more after 2 s (facts/bybit.md, 5), then at the pace of a limit: a network that is down is no logout, and whether
    /// the pair was replaced, the venue's answer tells.
    pub fn unanswered(&self, profile: &Profile, refusal: Option<&Refusal>, now_ms: u64) -> Self {
        let doubts = self.doubts.saturating_add(1);
        let first_ms = WaitReason::RefreshUnanswered.schedule().wait_ms(doubts, self.seed);
        let wait_ms = first_ms.map_or_else(|| self.pace_ms(doubts), u64::from);
        let code = refusal.map_or(ErrorCode::VenueUnavailable, |refusal| refusal.kind.code());
        let error = profile.error(code, refusal, "a refresh has no readable reply yet");
        Self { doubts, ..self.waiting(error, wait_ms, now_ms) }
    }

    fn pace_ms(&self, tries: u32) -> u64 {
        let schedule = WaitReason::RateLimited.schedule();
        u64::from(schedule.wait_ms(tries.min(schedule.waits), self.seed).unwrap_or(schedule.cap_ms))
    }

    pub fn received(&self, profile: &Profile, reading: ParsedReply, now_ms: u64) -> Self {
        // From when it was sent: a reply may have taken its time, and what is thought to end early does no harm.
        let sent_ms = self.lease_until_ms.map_or(now_ms, |until_ms| until_ms.saturating_sub(LEASE_MS)).min(now_ms);
        let refusal = match reading {
            ParsedReply::Tokens(reply) => {
                let kept_refresh_token = reply.refresh_token.is_none();
                let Some(tokens) = profile.tokens(reply, Some(&self.tokens), sent_ms) else {
                    return self.unanswered(profile, None, now_ms);
                };
                let tokens = tokens.with_site(self.tokens.site().map(str::to_owned));
                return Self {
                    generation: self.generation.saturating_add(1),
                    revision: self.revision,
                    kept_refresh_token,
                    born_forced: self.is_forced,
                    born_of_attempt: self.attempts,
                    ..Self::new(self.tokens_id.clone(), self.seed, tokens, sent_ms)
                };
            }
            ParsedReply::Refused(refusal) => refusal,
            _ => return self.unanswered(profile, None, now_ms),
        };
        match refusal.kind {
            kind if kind.leaves_doubt() => self.unanswered(profile, Some(&refusal), now_ms),
            // The client's secret or the caller's address as well as the token (facts/whitebit.md, 4, 5, D5): one worker with
            // the wrong address must not end a connection for all.
            RefusalKind::GrantRejected if refusal.code.is_none() && matches!(refusal.status, 401 | 403 | 422) => {
                self.set_back(profile, &refusal, now_ms)
            }
            RefusalKind::GrantRejected => {
                // After a reply was lost, this most likely means that the lost one brought the new pair.
                let (code, hint) = match self.doubts {
                    0 => (ErrorCode::TokenRejected, "the refresh token has been used or has expired; connect again"),
                    _ => (ErrorCode::OutcomeUnknown, UNKNOWN_HINT),
                };
                let ended = Some(profile.error(code, Some(&refusal), hint));
                Self { lease_until_ms: None, ended, ..self.clone() }
            }
            // Limited, blocked, or a code that says nothing of the token: the pair is as good as before.
            _ => self.set_back(profile, &refusal, now_ms),
        }
    }

    /// Nothing left the host: the pair is as good as before.
    pub fn not_sent(&self, profile: &Profile, now_ms: u64) -> Self {
        self.put_off(profile.error(ErrorCode::VenueUnavailable, None, UNREACHABLE_HINT), 0, now_ms)
    }

    fn set_back(&self, profile: &Profile, refusal: &Refusal, now_ms: u64) -> Self {
        let asked_ms = refusal.retry_after_ms.unwrap_or(0).min(u64::from(WaitReason::RateLimited.schedule().cap_ms));
        let (code, hint) = match refusal.kind {
            RefusalKind::RateLimited => (ErrorCode::RateLimited, ""),
            RefusalKind::GrantRejected => (ErrorCode::ClientRejected, ALLOWLIST_HINT),
            kind => (kind.code(), ""),
        };
        self.put_off(profile.error(code, Some(refusal), hint), asked_ms, now_ms)
    }

    fn put_off(&self, error: VenuekeyError, asked_ms: u64, now_ms: u64) -> Self {
        let setbacks = self.setbacks.saturating_add(1);
        Self { setbacks, ..self.waiting(error, self.pace_ms(setbacks).max(asked_ms), now_ms) }
    }

    fn waiting(&self, error: VenuekeyError, wait_ms: u64, now_ms: u64) -> Self {
        Self {
            lease_until_ms: None,
            retry_at_ms: Some(time::after(now_ms, wait_ms)),
            setback: Some(error.with_retry_after(wait_ms)),
            ..self.clone()
        }
    }

    /// Everything that planning relies on: a record edited by hand must fail here.
    pub fn is_sound(&self, venue: Venue) -> bool {
        let times = [Some(self.received_at_ms), self.lease_until_ms, self.retry_at_ms];
        self.tokens_id.len() == 32
            && self.tokens_id.bytes().all(|b| b.is_ascii_hexdigit())
            && (1..=time::MAX_MS).contains(&self.revision)
            && (1..=time::MAX_MS).contains(&self.generation)
            && times.into_iter().flatten().all(|ms| ms <= time::MAX_MS)
            && self.tokens.is_sound()
            && (self.lease_until_ms.is_none() || (self.tokens.refresh_token().is_some() && self.attempts > 0))
            && [&self.setback, &self.ended].into_iter().flatten().all(|error| error.is_sound(venue))
    }
}

const ALLOWLIST_HINT: &str = "check client_secret and whether this caller's IP is on the venue's allowlist";

const UNKNOWN_HINT: &str = "a refresh got no readable reply and most likely replaced the tokens; the old access token is used as long as the venue accepts it; after that, connect again";
