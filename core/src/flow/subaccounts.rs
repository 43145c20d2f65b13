//! Transitions of the stages that let the user choose an account for the key. Bybit's AI agent (facts/bybit.md, 6.3).

use super::engine::Engine;
use super::state::{Move, Work};
use super::step::Recovery;
use crate::account::{ApiKey, Subaccount};
use crate::error::ErrorCode;
use crate::secret::Secret;
use crate::venue::{Call, Class, ListedSubaccount, Reading, Refusal};

impl Engine {
    pub(super) fn list_subaccounts(&self, mut work: Work, reading: Reading) -> Move {
        match reading {
            // Ids and names only: a list may bring keys along, and only the chosen one is kept.
            Reading::Subaccounts(listed) => {
                let mut subaccounts: Vec<Subaccount> = Vec::new();
                for ListedSubaccount { id, nickname, .. } in listed {
                    if let Some(id) = id.filter(|id| subaccounts.iter().all(|seen| seen.id != *id)) {
                        subaccounts.push(Subaccount { id, nickname });
                    }
                }
                work.facts.subaccounts = Some(subaccounts);
                Move::Choose(work)
            }
            Reading::Refused(refusal) => self.subaccounts_refused(work, &refusal, Some(Recovery::TryAgain)),
            _ => self.trouble(work, None, false),
        }
    }

    pub(super) fn fetch_subaccount_key(&self, work: Work, reading: Reading) -> Move {
        let listed = match reading {
            Reading::Subaccounts(listed) => listed,
            Reading::Refused(refusal) => return self.subaccounts_refused(work, &refusal, Some(Recovery::ChooseAgain)),
            _ => return self.trouble(work, None, false),
        };
        let is_single = listed.len() == 1;
        // The chosen account's, or the only one where it has no id: never another account's key.
        let chosen = listed.into_iter().find(|account| match &account.id {
            Some(id) => Some(id) == work.facts.sub_member_id.as_ref(),
            None => is_single,
        });
        match chosen.and_then(|account| account.key) {
            Some(key) => self.finish_with_subaccount_key(work, key),
            None => {
                let hint = "the reply does not hold the chosen account's key";
                self.end(work, ErrorCode::MalformedReply, Some(Recovery::ChooseAgain), None, hint)
            }
        }
    }

    /// Sent once for each time the user asks for it; again only where the venue has said no (429, 33004).
    pub(super) fn create_subaccount(&self, mut work: Work, reading: Reading) -> Move {
        let listed = match reading {
            Reading::Subaccounts(listed) => listed,
            Reading::Refused(refusal) if refusal.class.leaves_doubt() => return self.creation_unanswered(work),
            Reading::Refused(refusal) => {
                return self.end_by_class(work, Some(&refusal), Some(Recovery::ChooseAgain), "");
            }
            _ => return self.creation_unanswered(work),
        };
        let is_known = |id: &String| work.facts.subaccounts.iter().flatten().any(|known| known.id == *id);
        let is_new = |account: &ListedSubaccount| account.id.as_ref().is_none_or(|id| !is_known(id));
        let mut new: Vec<ListedSubaccount> = listed.into_iter().filter(is_new).collect();
        let account = match (new.pop(), new.is_empty()) {
            (Some(account), true) => account,
            // It took effect, but which account it made can't be told: the user sees the list.
            _ => return self.creation_unanswered(work),
        };
        work.facts.sub_member_id = account.id;
        match account.key {
            Some(key) => self.finish_with_subaccount_key(work, key),
            None => self.start(work.at_stage(Call::FetchSubaccountKey)),
        }
    }

    /// Never again by itself: the list is safe to read, and the user sees whether the account is there.
    pub(super) fn creation_unanswered(&self, mut work: Work) -> Move {
        work.facts.creation_in_doubt = true;
        self.start(work.at_stage(Call::ListSubaccounts))
    }

    fn subaccounts_refused(&self, work: Work, refusal: &Refusal, recovery: Option<Recovery>) -> Move {
        match refusal.class {
            class if class == Class::Blocked || class.leaves_doubt() => {
                self.trouble(work, Some(refusal), class.leaves_doubt())
            }
            _ => self.end_by_class(work, Some(refusal), recovery, ""),
        }
    }

    fn finish_with_subaccount_key(&self, work: Work, (api_key, api_secret): (Secret, Secret)) -> Move {
        let (uid, sub_member_id) = (work.facts.uid.clone(), work.facts.sub_member_id.clone());
        let key = ApiKey { uid, sub_member_id, ..ApiKey::new(api_key, api_secret) };
        self.finish(work, Some(key))
    }
}
