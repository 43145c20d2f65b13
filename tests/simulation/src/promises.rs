//! What must hold at the end of every schedule, checked against the sandbox's own record.

use std::collections::BTreeSet;

use serde_json::Value;
use venuekey::parts::*;
use venuekey_sandbox::exchange::fault::Fault;
use venuekey_sandbox::exchange::record::Record;

use crate::wire::creates;
use crate::worker::End;
use crate::world::World;

impl World {
    pub fn check(&mut self, end: &End) {
        self.nothing_undocumented_was_sent();
        self.codes_were_exchanged_once();
        self.one_connection_had_one_exchange(end);
        self.accounts_were_made_as_chosen();
        self.creations_were_asked_for_once();
        self.deletions_were_wanted();
        match end {
            End::Done(outcome) => self.the_outcome_is_the_sandboxs(outcome),
            End::Failed(error, recovery) => {
                self.printed.push_str(&format!("{error} {error:?}"));
                if self.secret_was_read() {
                    let named = recovery.is_some()
                        || error.kind() == ErrorKind::UserAction
                        || matches!(error.code(), ErrorCode::SecretLost | ErrorCode::KeyGone);
                    assert!(named, "the secret was read and is gone, and {error} names no way on");
                    // A failure on the way may hide this flow's own reading, and proves nothing (facts/whitebit.md, 7.2).
                    let hidden = self.requests("secret").any(|asked| asked.status.is_some_and(|s| s >= 500));
                    let elsewhere = error.code() == ErrorCode::SecretTakenElsewhere;
                    assert!(self.was_robbed || hidden || !elsewhere, "nobody but this flow has asked for the secret");
                }
            }
        }
        self.nothing_secret_was_printed();
    }

    fn requests(&self, endpoint: &'static str) -> impl Iterator<Item = &Record> {
        self.sandbox.requests().iter().filter(move |record| record.endpoint == endpoint)
    }

    fn nothing_undocumented_was_sent(&self) {
        assert!(self.sandbox.violations().is_empty(), "{:?}", self.sandbox.violations());
    }

    /// A 429 is refused before anything is done; whatever else came back, the code is spent.
    fn codes_were_exchanged_once(&self) {
        let mut codes: Vec<&str> = self
            .requests("token")
            .filter(|record| record.fault != Some(Fault::RateLimit))
            .filter_map(|record| record.form.iter().find(|(name, _)| name == "code"))
            .map(|(_, code)| code.as_str())
            .collect();
        let sent = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(sent, codes.len(), "a code was exchanged twice");
    }

    /// However many workers have had its callback, its cookie or its hand-off.
    fn one_connection_had_one_exchange(&self, end: &End) {
        let exchanges = self.requests("token").filter(|record| record.fault != Some(Fault::RateLimit)).count();
        // The key to be replaced came of a connection too.
        let before = usize::from(self.graph.operation == FlowOperation::ReissueKey);
        assert!(exchanges <= before + 1, "one connection, and {exchanges} exchanges");
        let wanted = match end {
            // Its secret is the backend's, so an app has nothing to exchange with.
            End::Done(Outcome::HandOff { .. }) => 0,
            End::Done(_) => before + usize::from(!self.was_given_a_token()),
            End::Failed(..) => return,
        };
        assert_eq!(exchanges, wanted, "{end:?} came of {exchanges} exchanges");
    }

    fn was_given_a_token(&self) -> bool {
        self.callback.as_ref().is_some_and(|callback| callback.contains("access_token="))
    }

    /// A new account for each time the user has chosen one: never a second request that may have made it, whatever
    /// became of the first. Refused requests don't count.
    fn accounts_were_made_as_chosen(&self) {
        let mut answered = BTreeSet::new();
        for record in self.requests("ai_accounts").filter(|record| creates(record)) {
            if self.refused.contains(&record.seq) || self.elsewhere.contains(&record.seq) {
                continue;
            }
            let found = self.creations.iter().find(|(_, seq)| *seq == record.seq);
            let Some((Some(choice), _)) = found else { panic!("an account was asked for that nobody had chosen") };
            assert!(answered.insert(choice), "an account was asked for twice, and chosen once");
        }
    }

    /// Bybit's key: once, and once more for each time the caller said so. Refused requests don't count.
    fn creations_were_asked_for_once(&self) {
        let issued = self.requests("openapi").filter(|record| !self.refused.contains(&record.seq)).count();
        let told = self.recoveries.iter().filter(|r| matches!(r, Recovery::AskAgain | Recovery::TryAgain)).count();
        assert!(issued <= 1 + told, "the key was asked for {issued} times, told {told} times");
    }

    fn deletions_were_wanted(&self) {
        let wanted = self.graph.operation == FlowOperation::DeleteKey
            || self.of_the_old_key(self.requests("delete"))
            || self.on_secret_lost == LostSecretPolicy::DeleteAndReport
            || self.recoveries.contains(&Recovery::DeleteKey);
        assert!(wanted || self.requests("delete").next().is_none(), "a key was deleted that nobody wanted deleted");
    }

    /// Whether these are all about the key to be replaced, and there is one.
    fn of_the_old_key<'a>(&self, mut requests: impl Iterator<Item = &'a Record>) -> bool {
        let keys = self.keys();
        let old = keys.first().and_then(|key| key["external_id"].as_str()).unwrap_or_default();
        self.graph.operation == FlowOperation::ReissueKey && requests.all(|record| record.path.ends_with(old))
    }

    /// Whether a reply with the secret ever left the sandbox, or would have.
    fn secret_was_read(&self) -> bool {
        let old = match self.graph.operation {
            FlowOperation::ApiKey => 0,
            // The first key's was read before the flow began.
            FlowOperation::ReissueKey => 1,
            _ => return false,
        };
        self.graph.venue == Venue::WHITEBIT
            && self.keys().iter().skip(old).any(|key| key["secret_taken"] == Value::Bool(true))
    }

    fn the_outcome_is_the_sandboxs(&self, outcome: &Outcome) {
        if let Outcome::KeyDeleted { .. } = outcome {
            assert!(!self.first_key_exists(), "a key is said to be deleted and is still there");
        }
        let Outcome::ApiKey { key, .. } = outcome else { return };
        // Removed keys stay in the sandbox's books.
        let known = self.keys().into_iter().find(|known| {
            let secret = known["secret"].as_str().or(known["api_secret"].as_str());
            let public = known["external_id"].as_str().or(known["api_key"].as_str());
            secret == Some(key.api_secret().expose()) && public == Some(key.api_key().expose())
        });
        let known = known.expect("the stored key is not the exchange's");
        let candidate = key.candidate_public_key().map(Secret::expose);
        assert!(candidate.is_none() || candidate == known["public_key"].as_str(), "a candidate key is not the key's");
        let account = known["sub_member_id"].as_u64().map(|id| id.to_string());
        assert_eq!(account.as_deref(), key.sub_member_id(), "the key is another account's");
        let chosen = self.choices.values().next_back().filter(|id| *id != CREATE_SUBACCOUNT);
        assert!(chosen.is_none() || account.as_ref() == chosen, "the key is not the chosen account's");
        if self.graph.operation == FlowOperation::ReissueKey {
            assert!(!self.first_key_exists(), "a key was replaced and is still there");
            assert!(self.of_the_old_key(self.requests("delete")), "a key was delivered and deleted");
            return;
        }
        assert!(self.requests("delete").next().is_none(), "a key was delivered and deleted");
    }

    /// The key of the connection; later ones come of other windows.
    fn first_key_exists(&self) -> bool {
        self.keys().first().is_some_and(|key| key["exists"] == Value::Bool(true))
    }

    fn keys(&self) -> Vec<Value> {
        [self.books("keys"), self.accounts(), self.past_accounts.clone()].concat()
    }

    /// The accounts there are now, with their keys.
    pub fn accounts(&self) -> Vec<Value> {
        self.books("sub_accounts")
    }

    fn books(&self, name: &str) -> Vec<Value> {
        let state = self.sandbox.state(self.now_ms, true);
        let found = &state[self.graph.venue.as_str()][self.environment.as_str()][name];
        found.as_array().cloned().unwrap_or_default()
    }

    fn nothing_secret_was_printed(&mut self) {
        let mut secrets = self.planted.clone();
        for record in self.sandbox.requests() {
            let named = |names: &[&str], pairs: &[(String, String)]| -> Vec<String> {
                pairs
                    .iter()
                    .filter(|(name, _)| names.contains(&name.as_str()))
                    .map(|(_, value)| value.clone())
                    .collect()
            };
            secrets.extend(named(&["code_verifier", "code", "token", "refresh_token", "client_secret"], &record.form));
            let bearers = named(&["authorization"], &record.headers);
            secrets.extend(bearers.iter().map(|bearer| bearer.trim_start_matches("Bearer ").to_owned()));
        }
        for key in self.keys() {
            secrets.extend(key["secret"].as_str().or(key["api_secret"].as_str()).map(str::to_owned));
        }
        for secret in secrets.iter().filter(|secret| secret.len() >= 8) {
            assert!(!self.printed.contains(secret.as_str()), "a secret was printed");
        }
    }
}
