//! Transitions of the stages that find, fetch and delete a key.

use super::engine::{ASK_AGAIN_HINT, Engine};
use super::snapshot::permissions_fit;
use super::state::{Move, Work};
use super::step::{Recovery, SecretLost, WaitReason};
use crate::account::{ApiKey, KeyDecision, KeyStatus, Outcome};
use crate::error::ErrorCode;
use crate::secret::Secret;
use crate::venue::{Call, Class, FlowOperation, Reading, Refusal};

impl Engine {
    pub(super) fn check_key(&self, work: Work, reading: Reading) -> Move {
        let (mut status, refusal) = match reading {
            Reading::Key(status) => (status, None),
            // facts/whitebit.md, 7.4: one revision lets info answer 404 for "no such key".
            Reading::Refused(refusal) if refusal.class == Class::NotFound => {
                (KeyStatus { decision: KeyDecision::StartFlow, external_id: None, permissions: None }, Some(refusal))
            }
            Reading::Refused(refusal) if refusal.class == Class::Contradiction => {
                return self.end(
                    work,
                    ErrorCode::MalformedReply,
                    None,
                    Some(&refusal),
                    "the venue calls the key enabled and absent at once",
                );
            }
            Reading::Refused(refusal) if refusal.class == Class::Unexplained => {
                return self.end_by_class(work, Some(&refusal), Some(Recovery::TryAgain), "");
            }
            Reading::Refused(refusal) => return self.trouble(work, Some(&refusal), false),
            _ => return self.trouble(work, None, false),
        };
        match (self.operation, work.stage) {
            (_, Call::DeleteKey) => self.checked_after_delete(work, &status),
            (FlowOperation::ApiKey | FlowOperation::ReissueKey, _) => {
                self.checked_for_key(work, status, refusal.as_ref())
            }
            _ => match work.facts.tokens.clone() {
                Some(tokens) => {
                    status.permissions = status.permissions.filter(|groups| permissions_fit(groups));
                    Move::Finish(Outcome::KeyChecked { status, tokens })
                }
                None => self.end(work, ErrorCode::MalformedReply, None, None, ""),
            },
        }
    }

    /// Polls until the key exists and is enabled: its creation may come after the callback (facts/whitebit.md, D6).
    fn checked_for_key(&self, mut work: Work, status: KeyStatus, refusal: Option<&Refusal>) -> Move {
        if status.decision == KeyDecision::AlreadyActive {
            work.facts.external_id = status.external_id;
            work.facts.permissions = status.permissions.filter(|groups| permissions_fit(groups));
            return self.advance(work);
        }
        let disabled = status.decision == KeyDecision::DeleteInDashboard;
        let code = if disabled { ErrorCode::KeyDisabled } else { ErrorCode::KeyNotReady };
        self.wait_or_end(work, WaitReason::KeyNotReady, refusal, code, Some(Recovery::PollLonger))
    }

    pub(super) fn fetch_secret(&self, work: Work, reading: Reading) -> Move {
        let refusal = match reading {
            Reading::Secret(api_secret) => return self.finish_with_secret(work, api_secret),
            Reading::Refused(refusal) => refusal,
            _ => return self.trouble(work, None, true),
        };
        match refusal.class {
            Class::AlreadyTaken if work.doubts > 0 => self.secret_is_lost(work, &refusal),
            // Not by this flow: another worker may hold a working key, so nothing is deleted.
            Class::AlreadyTaken => self.end(
                work,
                ErrorCode::SecretTakenElsewhere,
                None,
                Some(&refusal),
                "look for the key in your store before the user deletes it in the dashboard",
            ),
            Class::Locked => self.wait_or_end(
                work,
                WaitReason::SecretLocked,
                Some(&refusal),
                ErrorCode::SecretLocked,
                Some(Recovery::TryAgain),
            ),
            Class::NotFound => self.end(work, ErrorCode::KeyGone, None, Some(&refusal), "start again"),
            Class::Blocked => self.trouble(work, Some(&refusal), false),
            // A failure on the way may have hidden the secret, and may not have reached the venue at all: no proof that a
            // later 409 is about this flow's own request, so nothing may be deleted for it.
            Class::ServerTrouble => self.trouble(work, Some(&refusal), false),
            // The secret may have been in the reply: ask once more, and a 409 will tell.
            class if class.leaves_doubt() => self.trouble(work, Some(&refusal), true),
            _ => self.end_by_class(work, Some(&refusal), Some(Recovery::TryAgain), ""),
        }
    }

    fn finish_with_secret(&self, work: Work, api_secret: Secret) -> Move {
        let Some(external_id) = work.facts.external_id.clone() else {
            return self.end(work, ErrorCode::MalformedReply, None, None, "");
        };
        // facts/whitebit.md, D2: the newer guides call `externalId` the public key; a probe decides later.
        let public_key = Secret::new(external_id.as_str());
        let key = ApiKey {
            external_id: Some(external_id),
            candidate_public_key: work.facts.candidate_public_key.clone(),
            permissions: work.facts.permissions.clone(),
            ..ApiKey::new(public_key, api_secret)
        };
        self.finish(work, Some(key))
    }

    /// This flow had asked before, and its reply never arrived: the secret can't be had any more.
    fn secret_is_lost(&self, work: Work, refusal: &Refusal) -> Move {
        match self.on_secret_lost {
            SecretLost::DeleteAndReport => self.start(work.at_stage(Call::DeleteKey)),
            SecretLost::Report => {
                let hint = "its secret was lost on the way; recover deletes the key while a token works";
                self.end(work, ErrorCode::DeleteKeyInDashboard, Some(Recovery::DeleteKey), Some(refusal), hint)
            }
        }
    }

    pub(super) fn delete_key(&self, mut work: Work, reading: Reading) -> Move {
        match reading {
            Reading::Deleted => self.deleted(work),
            // Gone already, disabled, or not ours: info tells which (facts/whitebit.md, 7.3 and 7.4).
            Reading::Refused(refusal) if refusal.class == Class::NotFound => {
                work.call = Call::CheckKey;
                Move::Send(work)
            }
            Reading::Refused(refusal) if refusal.class == Class::Unexplained => match self.deletes_lost_key(&work) {
                true => self.end(work, ErrorCode::DeleteKeyInDashboard, Some(Recovery::DeleteKey), Some(&refusal), ""),
                false => self.end_by_class(work, Some(&refusal), Some(Recovery::TryAgain), ""),
            },
            Reading::Refused(refusal) => self.trouble(work, Some(&refusal), true),
            _ => self.trouble(work, None, true),
        }
    }

    fn checked_after_delete(&self, work: Work, status: &KeyStatus) -> Move {
        let is_another = status.external_id.is_some() && status.external_id != work.facts.external_id;
        if is_another && status.is_enabled() && work.facts.next_consent.is_some() {
            // facts/whitebit.md, 8: a second consent would end nowhere, and this key may be at work.
            let hint = "the key to replace is gone and another one is active; was it reissued elsewhere?";
            return self.end(work, ErrorCode::SecretTakenElsewhere, None, None, hint);
        }
        // Another id is another key: ours is gone.
        if !status.exists() || (is_another && work.facts.next_consent.is_none()) {
            return self.deleted(work);
        }
        let code = if status.is_enabled() { ErrorCode::DeleteKeyInDashboard } else { ErrorCode::KeyDisabled };
        self.end(work, code, None, None, "the venue does not let the app delete this key")
    }

    fn deleted(&self, mut work: Work) -> Move {
        match work.facts.next_consent.take() {
            // The tokens of before have no use any more: the consent brings new ones.
            Some(consent) => Move::Authorize(consent),
            None if self.operation.connects_key() => self.end(work, ErrorCode::SecretLost, None, None, "start again"),
            None => self.finish(work, None),
        }
    }

    pub(super) fn read_uid(&self, mut work: Work, reading: Reading) -> Move {
        match reading {
            // facts/bybit.md, 6.1: the field is not documented; what the token claims stands in for it.
            Reading::Uid(uid) => {
                work.facts.uid = uid.or(work.facts.uid);
                self.advance_as_expected(work)
            }
            Reading::Refused(refusal) if matches!(refusal.class, Class::Unexplained | Class::ClientRejected) => {
                self.end_by_class(work, Some(&refusal), Some(Recovery::TryAgain), "")
            }
            Reading::Refused(refusal) => self.trouble(work, Some(&refusal), false),
            _ => self.trouble(work, None, false),
        }
    }

    /// Asked for once; again only when told to (facts/bybit.md, 6.2).
    pub(super) fn fetch_api_key(&self, work: Work, reading: Reading) -> Move {
        match reading {
            Reading::ApiKey { api_key, api_secret } => {
                let key = ApiKey { uid: work.facts.uid.clone(), ..ApiKey::new(api_key, api_secret) };
                self.finish(work, Some(key))
            }
            Reading::Refused(refusal) if refusal.class == Class::ServerTrouble => {
                self.end(work, ErrorCode::KeyUnconfirmed, Some(Recovery::AskAgain), Some(&refusal), ASK_AGAIN_HINT)
            }
            Reading::Refused(refusal) => {
                let hint = if refusal.class.leaves_doubt() { ASK_AGAIN_HINT } else { "" };
                self.end_by_class(work, Some(&refusal), Some(Recovery::AskAgain), hint)
            }
            _ => self.end(work, ErrorCode::MalformedReply, Some(Recovery::AskAgain), None, ASK_AGAIN_HINT),
        }
    }
}
