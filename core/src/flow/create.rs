//! Transitions of the stages that list a user's accounts, and that create or fetch a key for one of them.

use crate::base::error::ErrorCode;
use crate::base::secret::Secret;
use crate::base::text::is_uid;
use crate::flow::engine::{ASK_AGAIN_HINT, Engine};
use crate::flow::state::StageState;
use crate::flow::transition::Transition;
use crate::model::api_key::{ApiKey, Subaccount};
use crate::model::policy::Recovery;
use crate::venue::contract::{ListedSubaccount, MAX_LISTED, MAX_NICKNAME_CHARS, ParsedReply, StageKind, Unanswered};
use crate::venue::refusal::{Refusal, RefusalKind};

impl Engine {
    pub(super) fn list(&self, mut work: StageState, reply: ParsedReply) -> Transition {
        match reply {
            // Ids and names only: a list may bring keys along, and only the chosen one is kept.
            ParsedReply::Subaccounts(listed) => {
                let mut subaccounts: Vec<Subaccount> = Vec::new();
                // What is kept must be readable again, whatever a venue's parser lets through.
                for ListedSubaccount { id, nickname, .. } in listed.into_iter().take(MAX_LISTED) {
                    let is_new = |id: &String| is_uid(id) && subaccounts.iter().all(|seen| seen.id != *id);
                    if let Some(id) = id.filter(is_new) {
                        let nickname = nickname.map(|name| name.chars().take(MAX_NICKNAME_CHARS).collect());
                        subaccounts.push(Subaccount { id, nickname });
                    }
                }
                work.context.subaccounts = Some(subaccounts);
                Transition::Choose(work)
            }
            ParsedReply::Refused(refusal) => self.list_refused(work, &refusal, Some(Recovery::TryAgain)),
            _ => self.retry_or_fail(work, None, false),
        }
    }

    /// A key that can be fetched as often as one likes: the chosen account's.
    pub(super) fn fetch(&self, work: StageState, reply: ParsedReply) -> Transition {
        let listed = match reply {
            ParsedReply::Subaccounts(listed) => listed,
            ParsedReply::ApiKey { api_key, api_secret } => return self.finish_with_key(work, (api_key, api_secret)),
            ParsedReply::Refused(refusal) => return self.list_refused(work, &refusal, self.another_choice()),
            _ => return self.retry_or_fail(work, None, false),
        };
        let is_single = listed.len() == 1;
        // The chosen account's, or the only one where it has no id: never another account's key.
        let chosen = listed.into_iter().find(|account| match &account.id {
            Some(id) => Some(id) == work.context.sub_member_id.as_ref(),
            None => is_single,
        });
        match chosen.and_then(|account| account.key) {
            Some(key) => self.finish_with_key(work, key),
            None => {
                let hint = "the reply does not contain the chosen account's key";
                self.end(work, ErrorCode::MalformedReply, self.another_choice(), None, hint)
            }
        }
    }

    /// How a flow goes on whose choice led nowhere; where nobody chooses, the same is tried again.
    fn another_choice(&self) -> Option<Recovery> {
        Some(if self.has(StageKind::Choose) { Recovery::ChooseAgain } else { Recovery::TryAgain })
    }

    /// Asked for once; again only where the venue has said no, or when told to.
    pub(super) fn create(&self, mut work: StageState, reply: ParsedReply) -> Transition {
        match reply {
            ParsedReply::ApiKey { api_key, api_secret } => self.finish_with_key(work, (api_key, api_secret)),
            ParsedReply::Subaccounts(listed) => self.created(work, listed),
            ParsedReply::Refused(refusal) => self.not_created(work, &refusal),
            _ => match work.call.unanswered {
                Unanswered::Look(stage) => self.look(work, stage),
                _ => {
                    work.context.creation_in_doubt = true;
                    self.end(work, ErrorCode::MalformedReply, Some(Recovery::AskAgain), None, ASK_AGAIN_HINT)
                }
            },
        }
    }

    /// An account, with its key or without: the one that was not there before.
    fn created(&self, mut work: StageState, listed: Vec<ListedSubaccount>) -> Transition {
        let is_known = |id: &String| work.context.subaccounts.iter().flatten().any(|known| known.id == *id);
        let is_new = |account: &ListedSubaccount| account.id.as_ref().is_none_or(|id| !is_known(id));
        let mut new: Vec<ListedSubaccount> = listed.into_iter().filter(is_new).collect();
        let account = match (new.pop(), new.is_empty()) {
            (Some(account), true) => account,
            // It took effect, but which account it made can't be told: the user sees the list.
            _ => return self.receive_no_response(work),
        };
        work.context.sub_member_id = account.id.filter(|id| is_uid(id));
        match (account.key, self.stage_of(StageKind::Fetch)) {
            (Some(key), _) => self.finish_with_key(work, key),
            (None, Some(fetch)) => self.start(work.at_stage(fetch)),
            (None, None) => self.receive_no_response(work),
        }
    }

    fn not_created(&self, mut work: StageState, refusal: &Refusal) -> Transition {
        let doubt = refusal.kind.leaves_doubt();
        // Of a stage that looks, the look says so.
        let looks = matches!(work.call.unanswered, Unanswered::Look(_));
        let tells_nothing = refusal.kind == RefusalKind::Blocked && refusal.status != 403;
        work.context.creation_in_doubt |= (doubt || tells_nothing) && !looks;
        match work.call.unanswered {
            Unanswered::Look(stage) if doubt => self.look(work, stage),
            Unanswered::Look(_) => self.end_by_kind(work, Some(refusal), self.another_choice(), ""),
            _ if refusal.kind == RefusalKind::ServerTrouble => {
                self.end(work, ErrorCode::KeyUnconfirmed, Some(Recovery::AskAgain), Some(refusal), ASK_AGAIN_HINT)
            }
            _ => {
                let hint = if doubt { ASK_AGAIN_HINT } else { "" };
                self.end_by_kind(work, Some(refusal), Some(Recovery::AskAgain), hint)
            }
        }
    }

    /// What was created, if anything was, is looked for or cleared away first. A list is shown to the user; any other stage
    /// leads back to the creation by itself, and so only once.
    pub(super) fn look(&self, mut work: StageState, stage: &str) -> Transition {
        let Some(stage) = self
            .profile
            .stage(stage)
            .filter(|stage| stage.kind == StageKind::Choose || !work.context.creation_in_doubt)
        else {
            let hint = "the venue may have issued a key that nobody holds; the recovery deletes it first";
            return self.end(work, ErrorCode::KeyUnconfirmed, Some(Recovery::AskAgain), None, hint);
        };
        work.context.creation_in_doubt = true;
        self.start(work.at_stage(stage))
    }

    fn list_refused(&self, work: StageState, refusal: &Refusal, recovery: Option<Recovery>) -> Transition {
        match refusal.kind {
            kind if kind == RefusalKind::Blocked || kind.leaves_doubt() => {
                self.retry_or_fail(work, Some(refusal), kind.leaves_doubt())
            }
            _ => self.end_by_kind(work, Some(refusal), recovery, ""),
        }
    }

    fn finish_with_key(&self, mut work: StageState, (api_key, api_secret): (Secret, Secret)) -> Transition {
        if !api_key.is_header_safe(256) || api_secret.is_empty() {
            let hint = "the key in the reply is not a valid key";
            work.context.creation_in_doubt |= work.call.kind == StageKind::Create;
            return self.end(work, ErrorCode::MalformedReply, Some(Recovery::AskAgain), None, hint);
        }
        let (uid, sub_member_id) = (work.context.uid.clone(), work.context.sub_member_id.clone());
        let key = ApiKey { uid, sub_member_id, ..ApiKey::new(api_key, api_secret) };
        self.finish(work, Some(key))
    }
}
