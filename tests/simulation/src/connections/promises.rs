//! What must hold when the world has calmed down, checked against the sandbox's own record.

use std::collections::BTreeSet;

use serde_json::Value;
use venuekey::parts::*;

use super::World;
use super::store::{Row, at};
use super::types::Fate;
use super::venue::has_no_effect;

impl World {
    pub fn check(&mut self) {
        let ids: Vec<String> = self.rows.keys().cloned().collect();
        let handed = self.brought.iter().find(|brought| brought.fate == Fate::Handed);
        assert!(handed.is_none(), "a reply is in nobody's hands: {:?}", handed.map(|brought| brought.purpose));
        self.codes_were_exchanged_once();
        self.nonces_came_once();
        self.secrets_are_somewhere();
        self.keys_are_named();
        self.apps_send_nothing();
        for id in &ids {
            self.try_access(id);
            self.pairs_are_known(id);
        }
        for id in &ids {
            self.lead_out(id);
            if let Some(row) = self.stored(id, self.now_ms) {
                self.print(&row.trail());
            }
        }
        self.keys_are_named();
        assert!(self.sandbox.violations().is_empty(), "{:?}", self.sandbox.violations());
        self.nothing_secret_was_printed();
    }

    /// A 429 is refused before anything is done; whatever else came back, the code is spent.
    fn codes_were_exchanged_once(&self) {
        let requests = self.sandbox.requests().iter();
        let exchanges = requests.filter(|record| record.endpoint == "token" && !has_no_effect(record.fault));
        // A user may paste the code of another consent: it goes out with this one's verifier.
        let of_code = |name: &str| name == "code" || name == "code_verifier";
        let mut codes: Vec<Vec<&(String, String)>> =
            exchanges.map(|record| record.form.iter().filter(|(name, _)| of_code(name)).collect()).collect();
        let sent = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert!(sent == codes.len() || self.is_rolled_back, "a code was exchanged twice");
    }

    /// facts/whitebit.md, 10.2: the payload is in a header, too.
    fn nonces_came_once(&self) {
        let mut seen = BTreeSet::new();
        for record in self.sandbox.requests() {
            let header = |name: &str| record.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v);
            let Some(key) = header("x-txc-apikey") else { continue };
            let nonce = record.json.iter().find(|(name, _)| name == "nonce").map(|(_, value)| value);
            assert!(nonce.is_some(), "a signed request without a nonce");
            assert!(seen.insert((key, nonce)), "a nonce came twice");
        }
    }

    /// The secret that can be had once is stored, or its key is gone, or somebody was told.
    fn secrets_are_somewhere(&self) {
        if self.case.venue != Venue::WHITEBIT {
            return;
        }
        let state = self.sandbox.state(self.now_ms, true);
        let keys = state["whitebit"]["global"]["keys"].as_array().cloned().unwrap_or_default();
        for key in keys.iter().filter(|key| key["secret_taken"] == true && key["exists"] == true) {
            let (secret, id) =
                (key["secret"].as_str().unwrap_or_default(), key["external_id"].as_str().unwrap_or_default());
            let is_stored = self.store.rows().any(|(_, row)| row.text.contains(secret));
            // An attempt beside a key that works has failed: its page says so, and an end of either names the key.
            let is_shown = |row: &Row| {
                let state = at(&row.text, "/connection/flow/state");
                state["state"] == "failed" && state["work"]["context"]["external_id"] == id
            };
            if is_stored || self.was_told(id) || self.store.rows().any(|(_, row)| is_shown(row)) {
                continue;
            }
            let brought: Vec<&super::types::Brought> =
                self.brought.iter().filter(|brought| brought.secret == secret).collect();
            let fates: Vec<Fate> = brought.iter().map(|brought| brought.fate).collect();
            // Whoever deletes a row takes along what it knew of its key; what a reply brings after that is the library's.
            let by_hand = self.rows.iter().any(|(row, life)| {
                let is_after = |at| brought.iter().any(|brought| brought.row == *row && brought.kept_at > at);
                life.asked_for.contains(id) && life.deleted_at.is_some_and(|at| !is_after(at))
            });
            assert!(self.is_rolled_back || by_hand, "a secret is nowhere, and nobody was told of its key: {fates:?}");
        }
    }

    /// Whether the user or the host knows that this key may be left.
    fn was_told(&self, id: &str) -> bool {
        let is_known = self.rows.values().any(|life| life.keys.had.contains(id));
        let tells = |event: &ConnectionEvent| {
            event.key_id.as_deref() == Some(id)
                || (event.key_id.as_deref() == Some("unknown") && !is_known)
                || matches!(
                    event.code,
                    Some(
                        ErrorCode::DeleteKeyInDashboard
                            | ErrorCode::SecretTakenElsewhere
                            | ErrorCode::SecretLost
                            | ErrorCode::KeyDisabled
                            | ErrorCode::OutcomeUnknown
                    )
                )
        };
        let heard = self.rows.values().flat_map(|life| life.heard.values()).any(tells);
        let waits = |id: &String| self.stored(id, self.now_ms).is_some_and(|row| row.events().iter().any(tells));
        heard
            || self.rows.keys().any(waits)
            || self.store.rows().any(|(_, row)| at(&row.text, "/connection/ended/key_left") == id)
    }

    /// A pair that lives at the venue and was stored once is the one that is stored, unless another took its place.
    fn pairs_are_known(&mut self, id: &str) {
        let Some(row) = self.store.row(id) else { return };
        let flows = at(&row.text, "/connection/flows").as_u64().unwrap_or(0);
        let is_over = at(&row.text, "/connection/ended") != Value::Null;
        if self.case.goal != Goal::AccountTokens || flows > 1 || is_over || self.is_rolled_back {
            return;
        }
        let state = self.sandbox.state(self.now_ms, true);
        let (venue, environment) = (self.case.venue.as_str(), self.case.environment.as_str());
        let alive = state[venue][environment]["tokens"].as_array().cloned().unwrap_or_default();
        for pair in alive.iter().filter(|pair| pair["refresh_works"] == true) {
            let access = pair["access_token"].as_str().unwrap_or_default();
            let stored = self.brought.iter().any(|b| b.row == id && b.secret == access && b.fate == Fate::Stored);
            assert!(!stored || row.text.contains(access), "a pair lives that was stored, and another is: {}", row.text);
        }
    }

    fn nothing_secret_was_printed(&mut self) {
        let mut secrets: BTreeSet<&str> = self.planted.iter().map(String::as_str).collect();
        secrets.extend(self.brought.iter().map(|brought| brought.secret.as_str()));
        for record in self.sandbox.requests() {
            let fields = ["code_verifier", "code", "token", "refresh_token", "client_secret"];
            let form = record.form.iter().filter(|(name, _)| fields.contains(&name.as_str()));
            secrets.extend(form.map(|(_, value)| value.as_str()));
            let bearer = record.headers.iter().filter(|(name, _)| name == "authorization");
            secrets.extend(bearer.map(|(_, value)| value.trim_start_matches("Bearer ")));
        }
        for secret in secrets.into_iter().filter(|secret| secret.len() >= 8 && *secret != crate::browser::NONE) {
            assert!(!self.printed.contains(secret), "a secret was printed");
        }
    }
}
