//! Transitions: what a reply, or the lack of one, leads to. Pure; venue-neutral.

use super::state::{Move, Work};
use super::step::{Recovery, SecretLost, WaitReason};
use crate::account::{ApiKey, Outcome, Tokens};
use crate::error::{ErrorCode, VenuekeyError};
use crate::http::UNREACHABLE_HINT;
use crate::time;
use crate::venue::{Call, Class, Facts, FlowOperation, Profile, Reading, Refusal, TokenReply};

/// What every transition may look at.
pub(crate) struct Engine {
    pub profile: &'static Profile,
    pub stages: &'static [Call],
    pub operation: FlowOperation,
    pub on_secret_lost: SecretLost,
    pub expected_uid: Option<String>,
    pub seed: u32,
    pub now_ms: u64,
}

impl Engine {
    /// Goes (back) to the stage's own request, or to a refresh where one is due first.
    pub fn start(&self, mut work: Work) -> Move {
        work.call =
            if work.stage.is_authorized() && self.refresh_is_due(&work) { Call::RefreshTokens } else { work.stage };
        Move::Send(work)
    }

    /// Early by what a request takes to arrive, and no more: a wider margin would spend a refresh before each request
    /// where tokens live as long as the margin, and WhiteBIT takes one refresh a second (facts/whitebit.md, 5 and D3).
    fn refresh_is_due(&self, work: &Work) -> bool {
        let Some(tokens) = work.facts.tokens.as_ref().filter(|tokens| tokens.refresh_token().is_some()) else {
            return false;
        };
        let is_over = self.now_ms.saturating_add(time::TRAVEL_MS) >= tokens.expires_at_ms();
        work.refresh.forced || (is_over && !work.refresh.spent)
    }

    pub fn receive(&self, mut work: Work, reading: Reading) -> Move {
        if work.call.is_authorized() && !matches!(reading, Reading::Refused(_)) {
            work.refresh.spent = false;
        }
        match reading {
            Reading::Refused(refusal) if refusal.class == Class::RateLimited => self.rate_limited(work, &refusal),
            Reading::Refused(refusal) if refusal.class == Class::Unauthorized => self.unauthorized(work, &refusal),
            Reading::Refused(refusal) if refusal.class == Class::TokenInvalid => {
                self.authorization_lost(work, Some(&refusal))
            }
            Reading::Refused(refusal) if refusal.class == Class::SecondFactorMissing => {
                self.end(work, ErrorCode::SecondFactorRequired, None, Some(&refusal), "then connect again")
            }
            Reading::Refused(refusal) if refusal.class == Class::NotEligible => {
                let hint = "starting again before that ends here again";
                self.end(work, ErrorCode::AccountNotEligible, None, Some(&refusal), hint)
            }
            reading => match work.call {
                Call::ExchangeCode => self.exchange_code(work, reading),
                Call::RefreshTokens => self.refresh_tokens(work, reading),
                Call::CheckKey => self.check_key(work, reading),
                Call::FetchSecret => self.fetch_secret(work, reading),
                Call::DeleteKey => self.delete_key(work, reading),
                Call::ReadUid => self.read_uid(work, reading),
                Call::FetchApiKey => self.fetch_api_key(work, reading),
                Call::ListSubaccounts => self.list_subaccounts(work, reading),
                Call::FetchSubaccountKey => self.fetch_subaccount_key(work, reading),
                Call::CreateSubaccount => self.create_subaccount(work, reading),
            },
        }
    }

    /// No reply, or none that is known of: the request may or may not have taken effect.
    pub fn receive_no_response(&self, work: Work) -> Move {
        match work.call {
            Call::ExchangeCode => self.end(work, ErrorCode::OutcomeUnknown, None, None, self.exchange_hint()),
            Call::RefreshTokens => self.refresh_unanswered(work, None),
            Call::FetchApiKey => {
                self.end(work, ErrorCode::KeyUnconfirmed, Some(Recovery::AskAgain), None, ASK_AGAIN_HINT)
            }
            Call::CreateSubaccount => self.creation_unanswered(work),
            Call::CheckKey
            | Call::FetchSecret
            | Call::DeleteKey
            | Call::ReadUid
            | Call::ListSubaccounts
            | Call::FetchSubaccountKey => self.trouble(work, None, true),
        }
    }

    /// The request never left the host, so nothing was spent and nothing is in doubt: again, in a while.
    pub fn receive_not_sent(&self, work: Work) -> Move {
        self.again(work, None, UNREACHABLE_HINT)
    }

    /// The next stage, or the end of the operation.
    pub(super) fn advance(&self, work: Work) -> Move {
        let next = self.stages.iter().skip_while(|stage| **stage != work.stage).nth(1);
        match next {
            Some(stage) => self.start(work.at_stage(*stage)),
            None => self.finish(work, None),
        }
    }

    /// The next stage, unless it is known that this is not the account the host expects.
    pub(super) fn advance_as_expected(&self, work: Work) -> Move {
        match (&self.expected_uid, &work.facts.uid) {
            (Some(expected), Some(uid)) if expected != uid => {
                let hint = "the user signs in at the venue with the other account, then starts again";
                self.end(work, ErrorCode::AccountMismatch, None, None, hint)
            }
            _ => self.advance(work),
        }
    }

    pub(super) fn finish(&self, work: Work, key: Option<ApiKey>) -> Move {
        let Some(tokens) = work.facts.tokens.clone() else {
            return self.end(work, ErrorCode::MalformedReply, None, None, "");
        };
        Move::Finish(match (self.operation, key) {
            (operation, Some(key)) if operation.brings_key() => Outcome::ApiKey { key, tokens },
            (FlowOperation::RefreshTokens, _) => Outcome::TokensRefreshed { tokens },
            (FlowOperation::DeleteKey, _) => Outcome::KeyDeleted { tokens },
            (
                FlowOperation::AccountTokens
                | FlowOperation::ApiKey
                | FlowOperation::CheckKey
                | FlowOperation::ReissueKey
                | FlowOperation::SwitchSubaccount,
                _,
            ) => Outcome::AccountTokens { tokens, uid: work.facts.uid },
        })
    }

    /// Waits by the reason's schedule, or gives up with `code` when it is used up.
    pub(super) fn wait_or_end(
        &self,
        work: Work,
        reason: WaitReason,
        refusal: Option<&Refusal>,
        code: ErrorCode,
        recovery: Option<Recovery>,
    ) -> Move {
        let asked_ms = refusal.and_then(|refusal| refusal.retry_after_ms).unwrap_or(0);
        self.wait_or(work, reason, asked_ms, |work| self.end(work, code, recovery, refusal, ""))
    }

    /// The reason's next wait, or what `given_up` makes of it when the schedule is used up.
    fn wait_or(&self, mut work: Work, reason: WaitReason, asked_ms: u64, given_up: impl FnOnce(Work) -> Move) -> Move {
        let tries = work.tries.count(reason);
        let schedule = reason.schedule();
        let Some(wait_ms) = schedule.wait_ms(tries, self.seed) else { return given_up(work) };
        // A Retry-After longer than the schedule's pace is honoured up to its longest interval.
        let asked_ms = u32::try_from(asked_ms).unwrap_or(u32::MAX).min(schedule.cap_ms);
        Move::Wait { work, wait_ms: wait_ms.max(asked_ms), reason }
    }

    pub(super) fn end(
        &self,
        work: Work,
        code: ErrorCode,
        recovery: Option<Recovery>,
        refusal: Option<&Refusal>,
        hint: &str,
    ) -> Move {
        Move::End { error: self.error(code, refusal, hint), recovery, work: Some(work) }
    }

    pub fn error(&self, code: ErrorCode, refusal: Option<&Refusal>, hint: &str) -> VenuekeyError {
        self.profile.error(code, refusal, hint)
    }

    /// A reply that fits no other case: the request was refused, or the reply can't be read.
    pub(super) fn end_by_class(
        &self,
        work: Work,
        refusal: Option<&Refusal>,
        recovery: Option<Recovery>,
        hint: &str,
    ) -> Move {
        let code = refusal.map_or(ErrorCode::VenueUnavailable, |refusal| refusal.class.code());
        self.end(work, code, recovery, refusal, hint)
    }

    /// 429 means rejected before anything was done, so the same request may go out again.
    fn rate_limited(&self, work: Work, refusal: &Refusal) -> Move {
        self.wait_or_end(work, WaitReason::RateLimited, Some(refusal), ErrorCode::RateLimited, Some(Recovery::TryAgain))
    }

    /// The access token is refused: one refresh may help, a second would be a loop.
    fn unauthorized(&self, mut work: Work, refusal: &Refusal) -> Move {
        let refreshable = work.facts.tokens.as_ref().is_some_and(|tokens| tokens.refresh_token().is_some());
        if refreshable && !work.refresh.spent {
            work.refresh.forced = true;
            return self.start(work);
        }
        self.authorization_lost(work, Some(refusal))
    }

    /// No token works any more. What that means depends on whether a key may be left behind.
    pub(super) fn authorization_lost(&self, work: Work, refusal: Option<&Refusal>) -> Move {
        match (self.operation.connects_key(), work.stage) {
            (true, Call::FetchSecret | Call::DeleteKey) => {
                self.end(work, ErrorCode::DeleteKeyInDashboard, None, refusal, "then connect again")
            }
            (true, Call::CheckKey) => {
                let hint =
                    "start again; if the venue then reports an active key, the user must delete it in the dashboard";
                self.end(work, ErrorCode::TokenRejected, None, refusal, hint)
            }
            _ => self.end(work, ErrorCode::TokenRejected, None, refusal, "check the client's scopes, then start again"),
        }
    }

    /// Whether the deletion in hand is the way out of a lost secret, and not what was asked for.
    pub(super) fn deletes_lost_key(&self, work: &Work) -> bool {
        self.operation.connects_key() && work.stage == Call::DeleteKey && work.facts.next_consent.is_none()
    }

    /// A safe or once-only request without a usable answer: again, in a while.
    pub(super) fn trouble(&self, mut work: Work, refusal: Option<&Refusal>, doubt: bool) -> Move {
        work.doubts = work.doubts.saturating_add(u32::from(doubt));
        self.again(work, refusal, "")
    }

    /// The same request after a wait; `hint` goes with the error once there is no more of that.
    fn again(&self, work: Work, refusal: Option<&Refusal>, hint: &str) -> Move {
        self.wait_or(work, WaitReason::VenueTrouble, 0, |work| {
            if self.deletes_lost_key(&work) {
                let hint = "deleting it failed; it can be tried again by recover";
                return self.end(work, ErrorCode::DeleteKeyInDashboard, Some(Recovery::DeleteKey), refusal, hint);
            }
            self.end_by_class(work, refusal, Some(Recovery::TryAgain), hint)
        })
    }

    fn exchange_code(&self, mut work: Work, reading: Reading) -> Move {
        let refusal = match reading {
            Reading::Tokens(reply) => match self.accept_tokens(&mut work.facts, reply) {
                true => {
                    work.facts.code = None;
                    work.facts.code_verifier = None;
                    // Until the venue has said whose it is, the token's own claim is a hint and no more.
                    return match self.stages.contains(&Call::ReadUid) {
                        true => self.advance(work),
                        false => self.advance_as_expected(work),
                    };
                }
                false => return self.end(work, ErrorCode::MalformedReply, None, None, self.exchange_hint()),
            },
            Reading::Refused(refusal) => refusal,
            _ => return self.end(work, ErrorCode::MalformedReply, None, None, self.exchange_hint()),
        };
        let (code, hint) = match refusal.class {
            Class::GrantRejected if refusal.status == 401 => (ErrorCode::CodeRejected, GRANT_HINT),
            Class::GrantRejected => (ErrorCode::CodeRejected, "start again"),
            Class::ServerTrouble => (ErrorCode::OutcomeUnknown, self.exchange_hint()),
            Class::ClientRejected => {
                (ErrorCode::ClientRejected, "check client_id and client_secret, and that they are this environment's")
            }
            _ => return self.end_by_class(work, Some(&refusal), None, ""),
        };
        self.end(work, code, None, Some(&refusal), hint)
    }

    fn exchange_hint(&self) -> &'static str {
        if self.stages.contains(&Call::FetchSecret) { EXCHANGE_KEY_HINT } else { EXCHANGE_HINT }
    }

    fn refresh_tokens(&self, mut work: Work, reading: Reading) -> Move {
        let refusal = match reading {
            Reading::Tokens(reply) => match self.accept_tokens(&mut work.facts, reply) {
                true => {
                    work.refresh.spent = true;
                    work.refresh.forced = false;
                    work.tries.refresh_unanswered = 0;
                    return if work.stage == Call::RefreshTokens { self.advance(work) } else { self.start(work) };
                }
                false => return self.refresh_unanswered(work, None),
            },
            Reading::Refused(refusal) => refusal,
            _ => return self.refresh_unanswered(work, None),
        };
        match refusal.class {
            class if class.leaves_doubt() => self.refresh_unanswered(work, Some(&refusal)),
            // Nothing reached the venue: the token is as good as before.
            Class::Blocked => self.trouble(work, Some(&refusal), false),
            _ => self.refresh_failed(work, Some(&refusal)),
        }
    }

    /// A rotating refresh whose reply is lost: once more (facts/bybit.md, 5), then it counts as unknown.
    fn refresh_unanswered(&self, work: Work, refusal: Option<&Refusal>) -> Move {
        self.wait_or(work, WaitReason::RefreshUnanswered, 0, |work| self.refresh_failed(work, refusal))
    }

    fn refresh_failed(&self, mut work: Work, refusal: Option<&Refusal>) -> Move {
        let in_doubt = work.tries.refresh_unanswered > 0;
        if work.stage == Call::RefreshTokens {
            return match refusal.map(|refusal| refusal.class) {
                _ if in_doubt => {
                    let hint = "a refresh got no readable reply, so the tokens may have been replaced; try the old access token, else start again";
                    self.end(work, ErrorCode::OutcomeUnknown, None, refusal, hint)
                }
                Some(Class::GrantRejected) => self.end(
                    work,
                    ErrorCode::TokenRejected,
                    None,
                    refusal,
                    "the refresh token was used before or has expired; start again",
                ),
                _ => self.end_by_class(work, refusal, None, ""),
            };
        }
        // An early refresh that fails costs nothing while the access token still works.
        let forced = work.refresh.forced;
        work.facts.tokens = work.facts.tokens.map(Tokens::without_refresh_token);
        work.refresh.forced = false;
        if forced { self.authorization_lost(work, refusal) } else { self.start(work) }
    }

    /// `false` where the reply's tokens can't be used.
    pub(super) fn accept_tokens(&self, facts: &mut Facts, reply: TokenReply) -> bool {
        facts.uid = (self.profile.uid_hint)(&reply.access_token).or(facts.uid.take());
        let tokens = self.profile.tokens(reply, facts.tokens.as_ref(), self.now_ms);
        let accepted = tokens.is_some();
        facts.tokens = tokens.or(facts.tokens.take());
        accepted
    }
}

const EXCHANGE_HINT: &str = "the code is spent; start again";
const EXCHANGE_KEY_HINT: &str = "the code is spent; start again, and if the venue then reports an active key, the user must delete it in the dashboard";
pub(super) const ASK_AGAIN_HINT: &str =
    "the venue may have issued a key; asking again may return the same one or replace it";
/// The reply is the same for a code that no longer counts, a wrong secret and an address that is not allowed
/// (facts/whitebit.md, 4 and D5), so what the one on call must not miss comes first.
const GRANT_HINT: &str = "if another user gets this too, no user can mend it: client_id or client_secret is wrong, or this server's IP is not on the venue's allowlist; a single user starts again";
