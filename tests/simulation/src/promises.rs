//! What must hold at the end of every schedule, checked against the sandbox's own record.

use serde_json::Value;
use venuekey::{ErrorCode, ErrorKind, FlowOperation, Outcome, Recovery, SecretLost, Venue};
use venuekey_sandbox::faults::Fault;
use venuekey_sandbox::record::Record;
use venuekey_sandbox::venue::Endpoint;

use crate::worker::End;
use crate::world::World;

impl World {
    pub fn check(&mut self, end: &End) {
        self.nothing_undocumented_was_sent();
        self.codes_were_exchanged_once();
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
                    let elsewhere = error.code() == ErrorCode::SecretTakenElsewhere;
                    assert!(self.was_robbed || !elsewhere, "nobody but this flow has asked for the secret");
                }
            }
        }
        self.nothing_secret_was_printed();
    }

    fn requests(&self, endpoint: Endpoint) -> impl Iterator<Item = &Record> {
        self.sandbox.requests().iter().filter(move |record| record.endpoint == endpoint)
    }

    fn nothing_undocumented_was_sent(&self) {
        assert!(self.sandbox.violations().is_empty(), "{:?}", self.sandbox.violations());
    }

    /// A 429 is refused before anything is done; whatever else came back, the code is spent.
    fn codes_were_exchanged_once(&self) {
        let mut codes: Vec<&str> = self
            .requests(Endpoint::Token)
            .filter(|record| record.fault != Some(Fault::RateLimit))
            .filter_map(|record| record.form.iter().find(|(name, _)| name == "code"))
            .map(|(_, code)| code.as_str())
            .collect();
        let sent = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(sent, codes.len(), "a code was exchanged twice");
    }

    /// Bybit's key: once, and once more for each time the caller said so. Refused requests don't count.
    fn creations_were_asked_for_once(&self) {
        let issued = self.requests(Endpoint::Openapi).filter(|record| !self.refused.contains(&record.seq)).count();
        let told = self.recoveries.iter().filter(|r| matches!(r, Recovery::AskAgain | Recovery::TryAgain)).count();
        assert!(issued <= 1 + told, "the key was asked for {issued} times, told {told} times");
    }

    fn deletions_were_wanted(&self) {
        let wanted = self.graph.operation == FlowOperation::DeleteKey
            || self.on_secret_lost == SecretLost::DeleteAndReport
            || self.recoveries.contains(&Recovery::DeleteKey);
        assert!(
            wanted || self.requests(Endpoint::Delete).next().is_none(),
            "a key was deleted that nobody wanted deleted"
        );
    }

    /// Whether a reply with the secret ever left the sandbox, or would have.
    fn secret_was_read(&self) -> bool {
        self.graph.operation == FlowOperation::ApiKey
            && self.graph.venue == Venue::Whitebit
            && self.keys().iter().any(|key| key["secret_taken"] == Value::Bool(true))
    }

    fn the_outcome_is_the_sandboxs(&self, outcome: &Outcome) {
        if let Outcome::KeyDeleted { .. } = outcome {
            assert!(!self.first_key_exists(), "a key is said to be deleted and is still there");
        }
        let Outcome::ApiKey { key, .. } = outcome else { return };
        // Removed keys stay in the sandbox's books.
        let known = self.keys().iter().any(|known| {
            let secret = known["secret"].as_str().or(known["api_secret"].as_str());
            let public = known["external_id"].as_str().or(known["api_key"].as_str());
            secret == Some(key.api_secret().expose()) && public == Some(key.api_key().expose())
        });
        assert!(known, "the stored key is not the exchange's");
        assert!(self.requests(Endpoint::Delete).next().is_none(), "a key was delivered and deleted");
    }

    /// The key of the connection; later ones come of other windows.
    fn first_key_exists(&self) -> bool {
        self.keys().first().is_some_and(|key| key["exists"] == Value::Bool(true))
    }

    fn keys(&self) -> Vec<Value> {
        let state = self.sandbox.state(self.now_ms, true);
        let keys = &state[self.graph.venue.as_str()][self.environment.as_str()]["keys"];
        keys.as_array().cloned().unwrap_or_default()
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
