//! Transitions of the stages that say whose account it is, and that find, fetch and delete a key.

use crate::base::error::ErrorCode;
use crate::base::secret::Secret;
use crate::base::text::is_uid;
use crate::flow::engine::Engine;
use crate::flow::state::StageState;
use crate::flow::transition::Transition;
use crate::flow::validate::permissions_fit;
use crate::model::api_key::{ApiKey, KeyDecision, KeyStatus};
use crate::model::operation::FlowOperation;
use crate::model::outcome::Outcome;
use crate::model::policy::{LostSecretPolicy, Recovery, WaitReason};
use crate::venue::contract::{ParsedReply, StageKind};
use crate::venue::refusal::{Refusal, RefusalKind};

impl Engine {
    pub(super) fn check(&self, work: StageState, reply: ParsedReply) -> Transition {
        let (mut status, refusal) = match reply {
            ParsedReply::Key(status) => (status, None),
            // facts/whitebit.md, 7.4: one revision lets info answer 404 for "no such key".
            ParsedReply::Refused(refusal) if refusal.kind == RefusalKind::NotFound => {
                (KeyStatus { decision: KeyDecision::StartFlow, external_id: None, permissions: None }, Some(refusal))
            }
            ParsedReply::Refused(refusal) if refusal.kind == RefusalKind::Contradiction => {
                return self.end(
                    work,
                    ErrorCode::MalformedReply,
                    None,
                    Some(&refusal),
                    "the venue reports the key as both enabled and absent",
                );
            }
            ParsedReply::Refused(refusal) if refusal.kind == RefusalKind::Unexplained => {
                return self.end_by_kind(work, Some(&refusal), Some(Recovery::TryAgain), "");
            }
            ParsedReply::Refused(refusal) => return self.retry_or_fail(work, Some(&refusal), false),
            _ => return self.retry_or_fail(work, None, false),
        };
        match (self.operation, work.stage.kind) {
            (_, StageKind::Delete) => self.checked_after_delete(work, &status),
            (FlowOperation::ApiKey | FlowOperation::ReissueKey, _) => {
                self.checked_for_key(work, status, refusal.as_ref())
            }
            _ => match work.context.tokens.clone() {
                Some(tokens) => {
                    status.permissions = status.permissions.filter(|groups| permissions_fit(groups));
                    Transition::Finish(Outcome::KeyChecked { status, tokens })
                }
                None => self.end(work, ErrorCode::MalformedReply, None, None, ""),
            },
        }
    }

    /// Polls until the key exists and is enabled: its creation may come after the callback (facts/whitebit.md, D6).
    fn checked_for_key(&self, mut work: StageState, status: KeyStatus, refusal: Option<&Refusal>) -> Transition {
        if status.decision == KeyDecision::AlreadyActive {
            work.context.external_id = status.external_id;
            work.context.permissions = status.permissions.filter(|groups| permissions_fit(groups));
            return self.advance(work);
        }
        let disabled = status.decision == KeyDecision::DeleteInDashboard;
        let code = if disabled { ErrorCode::KeyDisabled } else { ErrorCode::KeyNotReady };
        self.wait_or_end(work, WaitReason::KeyNotReady, refusal, code, Some(Recovery::PollLonger))
    }

    /// A secret that can be had once.
    pub(super) fn fetch_once(&self, work: StageState, reply: ParsedReply) -> Transition {
        let refusal = match reply {
            ParsedReply::Secret(api_secret) => return self.finish_with_secret(work, api_secret),
            ParsedReply::Refused(refusal) => refusal,
            _ => return self.retry_or_fail(work, None, true),
        };
        match refusal.kind {
            RefusalKind::AlreadyTaken if work.doubts > 0 => self.secret_is_lost(work, &refusal),
            // Not by this flow: another worker may hold a working key, so nothing is deleted.
            RefusalKind::AlreadyTaken => self.end(
                work,
                ErrorCode::SecretTakenElsewhere,
                None,
                Some(&refusal),
                "look for the key in your store before the user deletes it in the dashboard",
            ),
            RefusalKind::Locked => self.wait_or_end(
                work,
                WaitReason::SecretLocked,
                Some(&refusal),
                ErrorCode::SecretLocked,
                Some(Recovery::TryAgain),
            ),
            RefusalKind::NotFound => self.end(work, ErrorCode::KeyGone, None, Some(&refusal), "start again"),
            RefusalKind::Blocked => self.retry_or_fail(work, Some(&refusal), false),
            // A failure on the way may have hidden the secret, and may not have reached the venue at all: no proof that a
            // later 409 is about this flow's own request, so nothing may be deleted for it.
            RefusalKind::ServerTrouble => self.retry_or_fail(work, Some(&refusal), false),
            // The secret may have been in the reply: ask once more, and a 409 will tell. A redirect never held it.
            kind if kind.leaves_doubt() => {
                self.retry_or_fail(work, Some(&refusal), (200..300).contains(&refusal.status))
            }
            _ => self.end_by_kind(work, Some(&refusal), Some(Recovery::TryAgain), ""),
        }
    }

    fn finish_with_secret(&self, work: StageState, api_secret: Secret) -> Transition {
        let Some(external_id) = work.context.external_id.clone() else {
            return self.end(work, ErrorCode::MalformedReply, None, None, "");
        };
        // facts/whitebit.md, D2: the newer guides call `externalId` the public key; a probe decides later.
        let public_key = Secret::new(external_id.as_str());
        let key = ApiKey {
            external_id: Some(external_id),
            candidate_public_key: work.context.candidate_public_key.clone(),
            permissions: work.context.permissions.clone(),
            ..ApiKey::new(public_key, api_secret)
        };
        self.finish(work, Some(key))
    }

    /// This flow had asked before, and its reply never arrived: the secret can't be had any more.
    fn secret_is_lost(&self, work: StageState, refusal: &Refusal) -> Transition {
        match self.on_secret_lost {
            LostSecretPolicy::DeleteAndReport => match self.stage_of(StageKind::Delete) {
                Some(delete) => self.start(work.at_stage(delete)),
                None => self.end(
                    work,
                    ErrorCode::DeleteKeyInDashboard,
                    None,
                    Some(refusal),
                    "once that is done, connect again",
                ),
            },
            LostSecretPolicy::Report => {
                let hint = "its secret was lost in transit; recover deletes the key as long as a token works";
                self.end(work, ErrorCode::DeleteKeyInDashboard, Some(Recovery::DeleteKey), Some(refusal), hint)
            }
        }
    }

    pub(super) fn delete(&self, mut work: StageState, reply: ParsedReply) -> Transition {
        match reply {
            ParsedReply::Deleted => self.deleted(work),
            // Gone already, disabled, or not ours: info tells which (facts/whitebit.md, 7.3 and 7.4).
            ParsedReply::Refused(refusal) if work.call.benign.contains(&refusal.kind) => self.deleted(work),
            ParsedReply::Refused(refusal) if refusal.kind == RefusalKind::NotFound => {
                match self.stage_of(StageKind::Check) {
                    Some(check) => {
                        work.call = check;
                        Transition::Send(work)
                    }
                    None => self.end_by_kind(work, Some(&refusal), Some(Recovery::TryAgain), ""),
                }
            }
            ParsedReply::Refused(refusal) if refusal.kind == RefusalKind::Unexplained => match self
                .deletes_lost_key(&work)
            {
                true => self.end(work, ErrorCode::DeleteKeyInDashboard, Some(Recovery::DeleteKey), Some(&refusal), ""),
                false => self.end_by_kind(work, Some(&refusal), Some(Recovery::TryAgain), ""),
            },
            ParsedReply::Refused(refusal) => self.retry_or_fail(work, Some(&refusal), true),
            _ => self.retry_or_fail(work, None, true),
        }
    }

    fn checked_after_delete(&self, work: StageState, status: &KeyStatus) -> Transition {
        let is_another = status.external_id.is_some() && status.external_id != work.context.external_id;
        if is_another && status.is_enabled() && work.context.next_consent.is_some() {
            // facts/whitebit.md, 8: a second consent would end nowhere, and this key may be at work.
            let hint = "the key to replace is gone and another one is active; was it reissued elsewhere?";
            return self.end(work, ErrorCode::SecretTakenElsewhere, None, None, hint);
        }
        // Another id is another key: ours is gone.
        if !status.exists() || (is_another && work.context.next_consent.is_none()) {
            return self.deleted(work);
        }
        let code = if status.is_enabled() { ErrorCode::DeleteKeyInDashboard } else { ErrorCode::KeyDisabled };
        self.end(work, code, None, None, "the venue does not let the app delete this key")
    }

    fn deleted(&self, mut work: StageState) -> Transition {
        match work.context.next_consent.take() {
            // The tokens of before have no use any more: the consent brings new ones.
            Some(consent) => Transition::Authorize(consent),
            // The venue has room for one key: the old one was in the way of the new one.
            None if self.makes_room(&work) => self.advance(work),
            None if self.operation.connects_key() => self.end(work, ErrorCode::SecretLost, None, None, "start again"),
            None => self.finish(work, None),
        }
    }

    pub(super) fn identify(&self, mut work: StageState, reply: ParsedReply) -> Transition {
        match reply {
            // facts/bybit.md, 6.1: the field is not documented; what the token claims stands in for it.
            ParsedReply::Uid(uid) => {
                work.context.uid = uid.filter(|uid| is_uid(uid)).or(work.context.uid);
                self.advance_as_expected(work)
            }
            ParsedReply::Refused(refusal)
                if matches!(refusal.kind, RefusalKind::Unexplained | RefusalKind::ClientRejected) =>
            {
                self.end_by_kind(work, Some(&refusal), Some(Recovery::TryAgain), "")
            }
            ParsedReply::Refused(refusal) => self.retry_or_fail(work, Some(&refusal), false),
            _ => self.retry_or_fail(work, None, false),
        }
    }
}
