//! Transitions: what a reply, or the lack of one, leads to. Pure; venue-neutral.

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::time;
use crate::flow::state::StageState;
use crate::flow::transition::Transition;
use crate::model::api_key::ApiKey;
use crate::model::operation::FlowOperation;
use crate::model::outcome::Outcome;
use crate::model::policy::{LostSecretPolicy, Recovery, WaitReason};
use crate::model::tokens::Tokens;
use crate::venue::contract::{FlowContext, ParsedReply, Stage, StageKind, TokenReply, Unanswered, of_kind};
use crate::venue::profile::Profile;
use crate::venue::refusal::{Refusal, RefusalKind};
use crate::wire::http::{Replay, UNREACHABLE_HINT};

/// What every transition may look at.
pub(crate) struct Engine {
    pub profile: &'static Profile,
    pub stages: &'static [&'static Stage],
    pub operation: FlowOperation,
    pub on_secret_lost: LostSecretPolicy,
    pub expected_uid: Option<String>,
    pub seed: u32,
    pub now_ms: u64,
}

impl Engine {
    /// Goes (back) to the stage's own request, or to a refresh where one is due first.
    pub fn start(&self, mut work: StageState) -> Transition {
        let refresh = self.stage_of(StageKind::Refresh).filter(|_| work.stage.is_authorized());
        work.call = refresh.filter(|_| self.refresh_is_due(&work)).unwrap_or(work.stage);
        Transition::Send(work)
    }

    /// The stage of this kind, be it of this operation or one that only follows from a reply.
    pub(super) fn stage_of(&self, kind: StageKind) -> Option<&'static Stage> {
        of_kind(self.stages, kind).or_else(|| of_kind(self.profile.stages, kind))
    }

    pub(super) fn has(&self, kind: StageKind) -> bool {
        of_kind(self.stages, kind).is_some()
    }

    /// Early by what a request takes to arrive, and no more: a wider margin would spend a refresh before each request
    /// where tokens live as long as the margin, and WhiteBIT takes one refresh a second (facts/whitebit.md, 5 and D3).
    fn refresh_is_due(&self, work: &StageState) -> bool {
        let Some(tokens) = work.context.tokens.as_ref().filter(|tokens| tokens.refresh_token().is_some()) else {
            return false;
        };
        let is_over = self.now_ms.saturating_add(time::TRAVEL_MS) >= tokens.expires_at_ms();
        work.refresh.forced || (is_over && !work.refresh.spent)
    }

    pub fn receive(&self, mut work: StageState, reply: ParsedReply) -> Transition {
        if work.call.is_authorized() && !matches!(reply, ParsedReply::Refused(_)) {
            work.refresh.spent = false;
        }
        match reply {
            ParsedReply::Refused(refusal) if refusal.kind == RefusalKind::RateLimited => {
                self.rate_limited(work, &refusal)
            }
            ParsedReply::Refused(refusal) if refusal.kind == RefusalKind::Unauthorized => {
                self.unauthorized(work, &refusal)
            }
            ParsedReply::Refused(refusal) if refusal.kind == RefusalKind::TokenInvalid => {
                self.authorization_lost(work, Some(&refusal))
            }
            ParsedReply::Refused(refusal) if refusal.kind == RefusalKind::SecondFactorMissing => self.end(
                work,
                ErrorCode::SecondFactorRequired,
                None,
                Some(&refusal),
                "once that is done, connect again",
            ),
            ParsedReply::Refused(refusal) if refusal.kind == RefusalKind::NotEligible => {
                let hint = "until then, another attempt ends the same way";
                self.end(work, ErrorCode::AccountNotEligible, None, Some(&refusal), hint)
            }
            reply => match work.call.kind {
                StageKind::Exchange => self.exchange(work, reply),
                StageKind::Refresh => self.refresh(work, reply),
                StageKind::Identify => self.identify(work, reply),
                StageKind::Check => self.check(work, reply),
                StageKind::Delete => self.delete(work, reply),
                StageKind::Create => self.create(work, reply),
                StageKind::Fetch if work.call.replay == Replay::OnceOnly => self.fetch_once(work, reply),
                StageKind::Fetch => self.fetch(work, reply),
                StageKind::Choose => self.list(work, reply),
            },
        }
    }

    /// No reply, or none that is known of: the request may or may not have taken effect.
    pub fn receive_no_response(&self, mut work: StageState) -> Transition {
        match work.call.unanswered {
            _ if work.call.kind == StageKind::Refresh => self.refresh_unanswered(work, None),
            Unanswered::Again => self.retry_or_fail(work, None, true),
            Unanswered::End => self.end(work, ErrorCode::OutcomeUnknown, None, None, self.exchange_hint()),
            Unanswered::AskCaller => {
                work.context.creation_in_doubt = true;
                self.end(work, ErrorCode::KeyUnconfirmed, Some(Recovery::AskAgain), None, ASK_AGAIN_HINT)
            }
            Unanswered::Look(stage) => self.look(work, stage),
        }
    }

    /// The request never left the host, so nothing was spent and nothing is in doubt: again, in a while.
    pub fn receive_not_sent(&self, work: StageState) -> Transition {
        self.again(work, None, UNREACHABLE_HINT)
    }

    /// The next stage, or the end of the operation.
    pub(super) fn advance(&self, work: StageState) -> Transition {
        match self.next_stage(&work) {
            Some(stage) => self.start(work.at_stage(stage)),
            None => self.finish(work, None),
        }
    }

    pub(super) fn next_stage(&self, work: &StageState) -> Option<&'static Stage> {
        self.stages.iter().skip_while(|stage| **stage != work.stage).nth(1).copied()
    }

    /// The next stage, unless it is known that this is not the account the host expects.
    pub(super) fn advance_as_expected(&self, work: StageState) -> Transition {
        match (&self.expected_uid, &work.context.uid) {
            (Some(expected), Some(uid)) if expected != uid => {
                let hint = "the user must sign in at the venue with the expected account, then start again";
                self.end(work, ErrorCode::AccountMismatch, None, None, hint)
            }
            _ => self.advance(work),
        }
    }

    pub(super) fn finish(&self, mut work: StageState, key: Option<ApiKey>) -> Transition {
        let Some(tokens) = work.context.tokens.take() else {
            return self.end(work, ErrorCode::MalformedReply, None, None, "");
        };
        Transition::Finish(match (self.operation, key) {
            (operation, Some(key)) if operation.brings_key() => {
                let FlowContext { key_request, site, .. } = work.context;
                let passphrase = key_request.and_then(|request| request.passphrase);
                Outcome::ApiKey { key: ApiKey { passphrase, site, ..key }, tokens }
            }
            (FlowOperation::RefreshTokens, _) => Outcome::TokensRefreshed { tokens },
            (FlowOperation::DeleteKey, _) => Outcome::KeyDeleted { tokens },
            (
                FlowOperation::AccountTokens
                | FlowOperation::ApiKey
                | FlowOperation::CheckKey
                | FlowOperation::ReissueKey
                | FlowOperation::SwitchSubaccount,
                _,
            ) => Outcome::AccountTokens { tokens, uid: work.context.uid },
        })
    }

    /// Waits by the reason's schedule, or gives up with `code` when it is used up.
    pub(super) fn wait_or_end(
        &self,
        work: StageState,
        reason: WaitReason,
        refusal: Option<&Refusal>,
        code: ErrorCode,
        recovery: Option<Recovery>,
    ) -> Transition {
        let asked_ms = refusal.and_then(|refusal| refusal.retry_after_ms).unwrap_or(0);
        self.wait_or(work, reason, asked_ms, |work| self.end(work, code, recovery, refusal, ""))
    }

    /// The reason's next wait, or what `given_up` makes of it when the schedule is used up.
    fn wait_or(
        &self,
        mut work: StageState,
        reason: WaitReason,
        asked_ms: u64,
        given_up: impl FnOnce(StageState) -> Transition,
    ) -> Transition {
        let tries = work.tries.count(reason);
        let schedule = self.profile.schedule(reason);
        let Some(wait_ms) = schedule.wait_ms(tries, self.seed) else { return given_up(work) };
        // A Retry-After longer than the schedule's pace is honoured up to its longest interval.
        let asked_ms = u32::try_from(asked_ms).unwrap_or(u32::MAX).min(schedule.cap_ms);
        Transition::Wait { work, wait_ms: wait_ms.max(asked_ms), reason }
    }

    pub(super) fn end(
        &self,
        work: StageState,
        code: ErrorCode,
        recovery: Option<Recovery>,
        refusal: Option<&Refusal>,
        hint: &str,
    ) -> Transition {
        Transition::End { error: self.error(code, refusal, hint), recovery, work: Some(work) }
    }

    pub fn error(&self, code: ErrorCode, refusal: Option<&Refusal>, hint: &str) -> VenuekeyError {
        self.profile.error(code, refusal, hint)
    }

    /// A reply that fits no other case: the request was refused, or the reply can't be read.
    pub(super) fn end_by_kind(
        &self,
        work: StageState,
        refusal: Option<&Refusal>,
        recovery: Option<Recovery>,
        hint: &str,
    ) -> Transition {
        let code = refusal.map_or(ErrorCode::VenueUnavailable, |refusal| refusal.kind.code());
        self.end(work, code, recovery, refusal, hint)
    }

    /// 429 means rejected before anything was done, so the same request may go out again.
    fn rate_limited(&self, work: StageState, refusal: &Refusal) -> Transition {
        self.wait_or_end(work, WaitReason::RateLimited, Some(refusal), ErrorCode::RateLimited, Some(Recovery::TryAgain))
    }

    /// The access token is refused: one refresh may help, a second would be a loop.
    fn unauthorized(&self, mut work: StageState, refusal: &Refusal) -> Transition {
        let has_token = work.context.tokens.as_ref().is_some_and(|tokens| tokens.refresh_token().is_some());
        let refreshable = has_token && self.stage_of(StageKind::Refresh).is_some();
        if refreshable && !work.refresh.spent {
            work.refresh.forced = true;
            return self.start(work);
        }
        self.authorization_lost(work, Some(refusal))
    }

    /// No token works any more. What that means depends on whether a key may be left behind.
    pub(super) fn authorization_lost(&self, work: StageState, refusal: Option<&Refusal>) -> Transition {
        match (self.operation.connects_key(), work.stage.kind) {
            // Of a key that can be fetched as often as one likes, nothing is lost.
            (true, StageKind::Fetch) if work.stage.replay != Replay::OnceOnly => self.token_rejected(work, refusal),
            // Nothing is known of a key yet.
            (true, StageKind::Delete) if self.makes_room(&work) && !work.context.creation_in_doubt => {
                self.token_rejected(work, refusal)
            }
            (true, StageKind::Fetch | StageKind::Delete) => {
                self.end(work, ErrorCode::DeleteKeyInDashboard, None, refusal, "once that is done, connect again")
            }
            (true, StageKind::Check) => {
                let hint =
                    "start again; if the venue then reports an active key, the user must delete it in the dashboard";
                self.end(work, ErrorCode::TokenRejected, None, refusal, hint)
            }
            _ => self.token_rejected(work, refusal),
        }
    }

    fn token_rejected(&self, work: StageState, refusal: Option<&Refusal>) -> Transition {
        self.end(work, ErrorCode::TokenRejected, None, refusal, "check the client's scopes, then start again")
    }

    /// Whether the deletion in hand is the way out of a lost secret, and not what was asked for.
    pub(super) fn deletes_lost_key(&self, work: &StageState) -> bool {
        self.operation.connects_key()
            && work.stage.kind == StageKind::Delete
            && work.context.next_consent.is_none()
            && (work.context.creation_in_doubt || !self.makes_room(work))
    }

    /// Whether the deletion in hand is a stage of the operation, ahead of a creation: the venue has room for one key.
    pub(super) fn makes_room(&self, work: &StageState) -> bool {
        self.next_stage(work).is_some_and(Stage::is_authorized)
    }

    /// A safe or once-only request without a usable answer: again, in a while.
    pub(super) fn retry_or_fail(&self, mut work: StageState, refusal: Option<&Refusal>, doubt: bool) -> Transition {
        work.doubts = work.doubts.saturating_add(u32::from(doubt));
        self.again(work, refusal, "")
    }

    /// The same request after a wait; `hint` goes with the error once there is no more of that.
    fn again(&self, work: StageState, refusal: Option<&Refusal>, hint: &str) -> Transition {
        self.wait_or(work, WaitReason::VenueTrouble, 0, |work| {
            if self.deletes_lost_key(&work) {
                let hint = "deleting it failed; call recover to try again";
                return self.end(work, ErrorCode::DeleteKeyInDashboard, Some(Recovery::DeleteKey), refusal, hint);
            }
            self.end_by_kind(work, refusal, Some(Recovery::TryAgain), hint)
        })
    }

    fn exchange(&self, mut work: StageState, reply: ParsedReply) -> Transition {
        let refusal = match reply {
            ParsedReply::Tokens(reply) => match self.accept_tokens(&mut work.context, reply) {
                true => {
                    work.context.code = None;
                    work.context.code_verifier = None;
                    // Until the venue has said whose it is, the token's own claim is a hint and no more.
                    return match self.has(StageKind::Identify) {
                        true => self.advance(work),
                        false => self.advance_as_expected(work),
                    };
                }
                false => return self.end(work, ErrorCode::MalformedReply, None, None, self.exchange_hint()),
            },
            ParsedReply::Refused(refusal) => refusal,
            _ => return self.end(work, ErrorCode::MalformedReply, None, None, self.exchange_hint()),
        };
        let (code, hint) = match refusal.kind {
            RefusalKind::GrantRejected if refusal.status == 401 => (ErrorCode::CodeRejected, GRANT_HINT),
            RefusalKind::GrantRejected => (ErrorCode::CodeRejected, "start again"),
            RefusalKind::ServerTrouble => (ErrorCode::OutcomeUnknown, self.exchange_hint()),
            // Firewalls refuse with 403 what they don't let through; a page under another status tells nothing.
            RefusalKind::Blocked if refusal.status != 403 => (ErrorCode::OutcomeUnknown, self.exchange_hint()),
            RefusalKind::ClientRejected => (
                ErrorCode::ClientRejected,
                "check client_id and client_secret, and that they belong to this environment",
            ),
            _ => return self.end_by_kind(work, Some(&refusal), None, ""),
        };
        self.end(work, code, None, Some(&refusal), hint)
    }

    fn exchange_hint(&self) -> &'static str {
        if self.stages.iter().any(|stage| stage.replay == Replay::OnceOnly) { EXCHANGE_KEY_HINT } else { EXCHANGE_HINT }
    }

    fn refresh(&self, mut work: StageState, reply: ParsedReply) -> Transition {
        let refusal = match reply {
            ParsedReply::Tokens(reply) => match self.accept_tokens(&mut work.context, reply) {
                true => {
                    work.refresh.spent = true;
                    work.refresh.forced = false;
                    work.tries.refresh_unanswered = 0;
                    return if work.stage.kind == StageKind::Refresh { self.advance(work) } else { self.start(work) };
                }
                false => return self.refresh_unanswered(work, None),
            },
            ParsedReply::Refused(refusal) => refusal,
            _ => return self.refresh_unanswered(work, None),
        };
        match refusal.kind {
            kind if kind.leaves_doubt() => self.refresh_unanswered(work, Some(&refusal)),
            // Nothing reached the venue: the token is as good as before.
            RefusalKind::Blocked => self.retry_or_fail(work, Some(&refusal), false),
            _ => self.refresh_failed(work, Some(&refusal)),
        }
    }

    /// A rotating refresh whose reply is lost: once more (facts/bybit.md, 5), then it counts as unknown.
    fn refresh_unanswered(&self, work: StageState, refusal: Option<&Refusal>) -> Transition {
        self.wait_or(work, WaitReason::RefreshUnanswered, 0, |work| self.refresh_failed(work, refusal))
    }

    fn refresh_failed(&self, mut work: StageState, refusal: Option<&Refusal>) -> Transition {
        let in_doubt = work.tries.refresh_unanswered > 0;
        if work.stage.kind == StageKind::Refresh {
            return match refusal.map(|refusal| refusal.kind) {
                _ if in_doubt => {
                    let hint = "a refresh got no readable reply, so the tokens may have been replaced; try the old access token, and if it fails, start again";
                    self.end(work, ErrorCode::OutcomeUnknown, None, refusal, hint)
                }
                Some(RefusalKind::GrantRejected) => self.end(
                    work,
                    ErrorCode::TokenRejected,
                    None,
                    refusal,
                    "the refresh token has been used or has expired; start again",
                ),
                _ => self.end_by_kind(work, refusal, None, ""),
            };
        }
        // An early refresh that fails costs nothing while the access token still works.
        let forced = work.refresh.forced;
        work.context.tokens = work.context.tokens.map(Tokens::without_refresh_token);
        work.refresh.forced = false;
        if forced { self.authorization_lost(work, refusal) } else { self.start(work) }
    }

    /// `false` where the reply's tokens can't be used.
    pub(super) fn accept_tokens(&self, context: &mut FlowContext, reply: TokenReply) -> bool {
        context.uid = (self.profile.uid_hint)(&reply.access_token).or(context.uid.take());
        let tokens = self.profile.tokens(reply, context.tokens.as_ref(), self.now_ms);
        let tokens = tokens.map(|tokens| tokens.with_site(context.site.clone()));
        let accepted = tokens.is_some();
        context.tokens = tokens.or(context.tokens.take());
        accepted
    }
}

const EXCHANGE_HINT: &str = "the code has been used up; start again";
const EXCHANGE_KEY_HINT: &str = "the code has been used up; start again, and if the venue then reports an active key, the user must delete it in the dashboard";
pub(super) const ASK_AGAIN_HINT: &str =
    "the venue may have issued a key; asking again may return the same one or replace it";
/// The reply is the same for a code that no longer counts, a wrong secret and an address that is not allowed
/// (facts/whitebit.md, 4 and D5), so what the one on call must not miss comes first.
const GRANT_HINT: &str = "if other users get this too, no user can fix it: client_id or client_secret is wrong, or this server's IP address is not on the venue's allowlist; if it is one user, start again";
