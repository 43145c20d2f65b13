//! What becomes of keys: one that nobody works with is deleted or named, and one that somebody works with is neither.

use serde_json::Value;
use venuekey::parts::*;

use super::World;
use super::store::at;

/// Stands for a key of which a connection knows nothing.
const UNKNOWN: &str = "unknown";

/// A key that lives at the venue.
struct Living {
    id: Option<String>,
    secret: String,
    /// What its user knows it by.
    names: Vec<String>,
}

impl World {
    /// The app's keys at the venue, not those that users make by hand.
    fn living_keys(&self) -> Vec<Living> {
        let state = self.sandbox.state(self.now_ms, true);
        let (venue, environment) = (self.case.venue.as_str(), self.case.environment.as_str());
        let of = |list: &str| state[venue][environment][list].as_array().cloned().unwrap_or_default();
        let is_ours = |key: &Value| match self.case.venue {
            Venue::WHITEBIT => key["exists"] == true && key["owner"] != "manual",
            _ => key["exists"] == true && !key["client_id"].is_null(),
        };
        let keys = of("keys").into_iter().filter(is_ours).chain(of("sub_accounts"));
        let text = |key: &Value, name: &str| key[name].as_str().map(str::to_owned);
        keys.filter_map(|key| {
            let id = text(&key, "external_id");
            let halves = ["api_key", "public_key"].into_iter().filter_map(|name| text(&key, name));
            let names = id.iter().cloned().chain(halves.map(|half| ending(&half))).collect();
            Some(Living { secret: text(&key, "secret").or(text(&key, "api_secret"))?, id, names })
        })
        .collect()
    }

    /// What a value that is in the store now knows.
    pub fn learn_keys(&mut self, row: &str, before: Option<&str>, text: &str) {
        let now_ms = self.now_ms;
        let held = |text: &str| at(text, "/connection/credential/key/key/api_secret").as_str().map(str::to_owned);
        let (had, has) = (before.and_then(held), held(text));
        let ids = ["flow/state/work/context/external_id", "credential/key/key/external_id"];
        let ids = ids.map(|place| at(text, &format!("/connection/{place}")).as_str().map(str::to_owned));
        let known = &mut self.life(row).keys;
        known.had.extend(ids.into_iter().flatten().chain(has.clone()));
        if has != had {
            known.has_since_ms = now_ms;
        }
    }

    /// Whoever does as they are told deletes no key that a row works with.
    pub fn nobody_elses_key_is_named(&mut self, row: &str, before: Option<&str>, next: &Connection) {
        let known = before.map_or(0, |text| at(text, "/connection/events").as_u64().unwrap_or(0));
        let told =
            next.events().iter().filter(|event| event.number > known).filter_map(|event| event.key_id.as_deref());
        let living = self.living_keys();
        for name in told.filter(|name| *name != UNKNOWN) {
            let secret = living.iter().find(|key| key.id.as_deref() == Some(name)).map(|key| key.secret.as_str());
            for (other, held) in self.store.rows() {
                let field = |name: &str| at(&held.text, &format!("/connection/{name}"));
                let key = field("credential/key/key");
                let works = ["intent", "ended", "credential/spent"].iter().all(|name| field(name).is_null());
                let public = key["api_key"].as_str().map(ending);
                let is_same = key["external_id"] == name
                    || public.as_deref() == Some(name)
                    || (secret.is_some() && key["api_secret"].as_str() == secret);
                // One that came after the look is too late for it.
                let looked_ms = self.rows.get(row).map_or(0, |life| life.keys.looked_ms);
                let is_newer = self.rows.get(other).is_some_and(|life| life.keys.has_since_ms >= looked_ms.max(1));
                let is_late = other != row && looked_ms > 0 && is_newer;
                assert!(
                    !(works && is_same) || is_late || self.is_rolled_back,
                    "{name} is named in {}, and {other} works with it: {}",
                    next.text().expose(),
                    held.text
                );
            }
        }
    }

    /// A key that lives, that a row has known of and that none knows any more, is one that somebody was told of.
    pub fn keys_are_named(&self) {
        if self.is_rolled_back {
            return;
        }
        let waiting = self.rows.keys().filter_map(|id| self.stored(id, self.now_ms));
        let waiting: Vec<ConnectionEvent> = waiting.flat_map(|row| row.events().to_vec()).collect();
        let heard = self.rows.values().flat_map(|life| life.heard.values()).chain(&waiting);
        let told: Vec<&ConnectionEvent> = heard.collect();
        for key in self.living_keys() {
            let has = |life: &super::Life| {
                life.keys.had.contains(&key.secret) || key.id.as_ref().is_some_and(|id| life.keys.had.contains(id))
            };
            let brought: Vec<&String> = self
                .brought
                .iter()
                .filter(|brought| brought.secret == key.secret)
                .map(|brought| &brought.row)
                .collect();
            let of_rows: Vec<_> = self.rows.iter().filter(|(row, life)| has(life) || brought.contains(row)).collect();
            let knows =
                |text: &str| text.contains(&key.secret) || key.id.as_ref().is_some_and(|id| text.contains(id.as_str()));
            let is_kept =
                self.store.rows().any(|(_, row)| at(&row.text, "/connection/ended").is_null() && knows(&row.text));
            let is_let_go = of_rows.iter().any(|(_, life)| life.deleted_at.is_some());
            let is_in_doubt = of_rows.iter().any(|(row, _)| self.has_flow(row));
            if of_rows.is_empty() || is_kept || is_let_go || is_in_doubt {
                continue;
            }
            let is_connected =
                of_rows.iter().any(|(row, _)| self.stored(row, self.now_ms).is_some_and(|row| row.key().is_some()));
            let was_known = of_rows.iter().any(|(_, life)| has(life));
            let names = |event: &&&ConnectionEvent| match event.key_id.as_deref() {
                Some(UNKNOWN) => !was_known,
                Some(name) => key.names.iter().any(|known| known == name),
                None => match event.code {
                    // Whoever asked again then knew what that means (facts/bybit.md, 6.2).
                    Some(ErrorCode::KeyUnconfirmed) => is_connected,
                    // A later list shows what a creation without a reply has made, and the user has chosen another.
                    Some(ErrorCode::ChoiceRequired) => event.number > 1,
                    code => matches!(
                        code,
                        Some(
                            ErrorCode::DeleteKeyInDashboard | ErrorCode::SecretTakenElsewhere | ErrorCode::KeyDisabled
                        )
                    ),
                },
            };
            let rows: Vec<&str> =
                of_rows.iter().filter_map(|(row, _)| Some(self.store.row(row)?.text.as_str())).collect();
            assert!(
                told.iter().any(|event| names(&event)),
                "{:?} lives, and nobody was told: {told:?} {rows:?}",
                key.names
            );
        }
    }

    /// Whether a row that has not ended has a flow that may still tell of a key.
    fn has_flow(&self, row: &str) -> bool {
        let text = self.store.row(row).map(|row| row.text.as_str());
        text.is_some_and(|text| !at(text, "/connection/flow/state/work").is_null())
    }

    /// What an app has for its backend stays until that has it, or the user gives it up.
    pub fn a_hand_off_stays(&self, before: Option<&str>, next: &Connection) {
        let holds = |text: &str| {
            !at(text, "/connection/handing_off").is_null()
                || at(text, "/connection/flow/state/result/outcome") == "hand_off"
        };
        if !before.is_some_and(holds) || self.is_rolled_back {
            return;
        }
        let is_confirmed = next.trail().iter().any(|entry| entry.what == "handed_off");
        let text = next.text();
        match next.status() {
            ConnectionStatus::Ended => {
                assert_eq!(next.key_left(), (!is_confirmed).then_some(UNKNOWN), "{}", text.expose());
            }
            _ => assert!(holds(text.expose()), "a hand-off is lost: {}", text.expose()),
        }
    }

    /// An app without the secret can't send what its backend sends.
    pub fn apps_send_nothing(&self) {
        let sent = self.sandbox.requests().iter().find(|record| record.endpoint == "token");
        assert!(!self.case.hands_off() || sent.is_none(), "an app without a secret has sent a code");
    }
}

/// How core names a key that has no id.
fn ending(public: &str) -> String {
    let last: Vec<char> = public.chars().rev().take(4).collect();
    format!("…{}", last.into_iter().rev().collect::<String>())
}
