//! Between a host and the exchange: requests, replies, and what they bring.

use serde_json::Value;
use venuekey::parts::*;
use venuekey_sandbox::Reply;
use venuekey_sandbox::exchange::fault::Fault;

use super::World;
use super::store::at;
use super::types::{Brought, Fate, News, Out, Task};
use crate::connection::{as_sent, entropy};
use crate::entry::Party;

impl World {
    /// Sends, and says what the host hears of it and when.
    pub fn send(&mut self, host: usize, driver: &ConnectionDriver, task: &mut Task) -> (News, u64) {
        let request = driver.request().expect("a request");
        self.print(request);
        let deadline_ms = self.now_ms + u64::from(request.timeout_hint_ms());
        self.one_sends(host, &task.row, deadline_ms);
        self.nobody_elses_key_is_deleted(request, task);
        if request.purpose() == "fetch_secret" {
            let id = at(driver.connection().text().expose(), "/connection/flow/state/work/context/external_id");
            self.life(&task.row).asked_for.extend(id.as_str().map(str::to_owned));
        }
        task.brought = None;
        if self.rng.u32(0..1000) < self.chances.wire && !self.calm {
            // No connection: nothing arrives anywhere.
            return (News::NoReply(Delivery::NotSent), self.now_ms + 300);
        }
        let answer = self.sandbox.handle(&as_sent(request), self.now_ms);
        let no_reply = News::NoReply(Delivery::Unknown);
        let takes_ms = answer.delay_ms + self.rng.u64(1..900);
        let (status, headers, body) = match answer.reply {
            Reply::Response { status, headers, body } => (status, headers, body),
            // Some HTTP clients hand over what came before the end, some raise.
            Reply::Truncated { status, headers, body } if self.rng.bool() => (status, headers, body),
            Reply::Truncated { .. } | Reply::CloseWithoutByte => {
                self.note("a reply was lost on its way");
                return (no_reply, self.now_ms + takes_ms);
            }
        };
        let secret = secret_in(driver, status, &body);
        let is_lost = self.now_ms + takes_ms > deadline_ms || (!self.calm && self.rng.u32(0..1000) < self.chances.wire);
        if let Some(secret) = secret {
            let fate = if is_lost { Fate::Lost } else { Fate::OnItsWay };
            self.brought.push(Brought { row: task.row.clone(), purpose: request.purpose(), secret, fate, kept_at: 0 });
            task.brought = Some(self.brought.len() - 1);
        }
        if is_lost {
            self.note("a reply was lost on its way");
            task.brought = None;
            return (no_reply, deadline_ms);
        }
        let response = HttpResponse::new(status, body);
        let response = headers.into_iter().fold(response, |response, (name, value)| response.with_header(name, value));
        (News::Reply(response), self.now_ms + takes_ms)
    }

    /// Its lease keeps others from sending, as long as clocks are 2 min apart at most and the store keeps what it has.
    fn one_sends(&mut self, host: usize, row: &str, until_ms: u64) {
        let now_ms = self.now_ms;
        self.out.retain(|out| out.until_ms > now_ms && out.host != host);
        let is_alone = self.out.iter().all(|out| out.row != row);
        // A row that was deleted by hand has taken its lease with it.
        let was_deleted = self.rows.get(row).is_some_and(|life| life.deleted_at.is_some());
        assert!(is_alone || was_deleted || self.chances.steals || self.is_rolled_back, "two workers send for one row");
        if !is_alone {
            self.note("two sent at once");
        }
        self.out.push(Out { row: row.to_owned(), host, until_ms });
    }

    /// A key that another row lives on stays.
    fn nobody_elses_key_is_deleted(&mut self, request: &HttpRequest, task: &Task) {
        if request.purpose() != "delete_key" {
            return;
        }
        let id = request.url().rsplit('/').next().unwrap_or_default();
        if let Some(own) = self.store.row(&task.row) {
            let field = |name: &str| at(&own.text, &format!("/connection/{name}"));
            let works = field("credential/key/key/external_id") == id && field("credential/spent").is_null();
            // Or its lease was stored before the secret came after all: then the row hears that its key is gone.
            let was_wanted = field("attempt/purpose") == "flow" && field("flow").is_null();
            let is_wanted = !field("intent").is_null() || field("flow/operation") == "reissue_key" || was_wanted;
            assert!(!works || is_wanted || self.is_rolled_back, "a key was deleted that is at work: {}", own.text);
        }
        for (other, held) in self.store.rows().filter(|(other, _)| **other != task.row) {
            let holds = at(&held.text, "/connection/credential/key/key/external_id") == id;
            let ends = !at(&held.text, "/connection/intent").is_null();
            // One that came after the look is too late for it.
            let is_newer =
                self.rows.get(other).is_some_and(|life| task.looked_ms > 0 && life.since_ms >= task.looked_ms);
            assert!(!holds || ends || is_newer, "a key was deleted that {other} holds");
        }
    }

    /// A reply is in a host's hands.
    pub fn hand_over(&mut self, host: usize, task: &Task) {
        self.out.retain(|out| out.host != host);
        if let Some(brought) = task.brought
            && self.brought[brought].fate == Fate::OnItsWay
        {
            self.brought[brought].fate = Fate::Handed;
        }
    }

    /// The driver needs no more care: what arrived must be stored, or told.
    pub fn kept(&mut self, task: &mut Task) {
        let Some(index) = task.brought.take() else { return };
        let Brought { fate, purpose, row, secret, kept_at } = &mut self.brought[index];
        let text = self.store.row(row).map_or("", |row| row.text.as_str());
        if *fate == Fate::Handed && text.contains(secret.as_str()) {
            // Another reply had brought the same: Bybit may give a key more than once (facts/bybit.md, 6.2).
            (*fate, *kept_at) = (Fate::Stored, self.store.writes());
        }
        assert!(*fate != Fate::Handed, "a reply to {purpose} arrived and is neither stored nor reported: {text}");
    }

    fn reported(&mut self, brought: Option<usize>, writes: usize) {
        if let Some(brought) = brought.filter(|brought| self.brought[*brought].fate == Fate::Handed) {
            (self.brought[brought].fate, self.brought[brought].kept_at) = (Fate::Reported, writes);
        }
    }

    /// Notes what a value that is in the store now holds.
    pub fn was_saved(&mut self, row: &str, before: Option<&str>, next: &Connection, brought: Option<usize>) {
        let text = next.text();
        let text = text.expose();
        let writes = self.store.writes();
        for brought in self.brought.iter_mut().filter(|brought| brought.row == row) {
            if matches!(brought.fate, Fate::OnItsWay | Fate::Handed) && text.contains(&brought.secret) {
                (brought.fate, brought.kept_at) = (Fate::Stored, writes);
            }
        }
        // Told of once a worker has looked for another row that works with it.
        let let_go = |text: &str| at(text, "/connection/let_go").as_array().map_or(0, Vec::len);
        if let_go(text) > before.map_or(0, let_go) {
            self.reported(brought, writes);
        }
        if next.events().iter().any(|event| event.kind == EventKind::OrphanedCredential) {
            let known = before.map_or(0, |text| at(text, "/connection/events").as_u64().unwrap_or(0));
            let is_new = |event: &ConnectionEvent| event.number > known;
            let orphaned = |event: &&ConnectionEvent| event.kind == EventKind::OrphanedCredential && is_new(event);
            if next.events().iter().any(|event| orphaned(&event)) {
                // What a row had that is gone by now is an orphan with any reply.
                let had_it = before.is_none_or(|text| !at(text, "/connection/ended").is_null());
                let had_it = had_it || before.is_some_and(|text| let_go(text) > 0);
                // An attempt that is given up may leave a key, and an end more than one.
                let had_it = had_it || is_given_up(before, text);
                // A second account's key can be asked for again, but not by this connection.
                let had_it = had_it || self.case.party == Party::Public;
                // Where the store had it and said that it had not, it is told once more.
                let had_it = had_it || before.is_some_and(|text| text.contains("orphaned_credential"));
                assert!(had_it || brought.is_some(), "an orphan was reported that no reply had brought: {text}");
                self.reported(brought, writes);
                self.note("an orphan was reported");
            }
        }
        if next.status() == ConnectionStatus::Ended {
            let left = ["flow", "credential"].iter().find(|part| !at(text, &format!("/connection/{part}")).is_null());
            assert!(left.is_none(), "an ended row keeps its {left:?}: {text}");
        }
        if next.trail().last().is_some_and(|entry| entry.what.starts_with("late_reply")) {
            self.note("a late reply was put in");
        }
        self.a_spent_key_stays_spent(before, text);
        self.a_hand_off_stays(before, next);
        self.nobody_elses_key_is_named(row, before, next);
        self.learn_keys(row, before, text);
    }

    /// Until another takes its place.
    fn a_spent_key_stays_spent(&self, before: Option<&str>, text: &str) {
        let Some(before) = before.filter(|before| before.contains("\"spent\"")) else { return };
        let held = |text: &str, field: &str| at(text, &format!("/connection/credential/{field}"));
        // Another consent may bring the same key again (facts/bybit.md, 6.2), which may work by then.
        let is_same = ["of_flow", "key/key/api_secret"].iter().all(|part| held(before, part) == held(text, part));
        let has_key = !held(text, "key").is_null();
        let stays = held(before, "spent").is_null() || !held(text, "spent").is_null();
        assert!(!(is_same && has_key) || stays || self.is_rolled_back, "a key that is gone works again: {text}");
    }

    /// A number for a signed request.
    pub fn nonce(&mut self, connection: &Connection) -> u64 {
        // Hosts measure how far they are from the venue's clock.
        let venue_ms = self.now_ms.saturating_add_signed(self.rng.i64(-500..500));
        if self.case.venue != Venue::WHITEBIT {
            return venue_ms;
        }
        let count = self.rng.u64(1..50);
        let last = self.store.bump(&connection.nonce_counter().expect("a key"), venue_ms - 1, count);
        last - self.rng.u64(0..count)
    }

    /// The host's hook, which may fail after it has heard.
    pub fn tell(&mut self, row: &str, events: &[ConnectionEvent]) -> bool {
        let fails = !self.calm && self.rng.u32(0..1000) < self.chances.hook;
        let heard = if fails { self.rng.usize(0..=events.len()) } else { events.len() };
        for event in &events[..heard] {
            self.print(event);
            let is_rolled_back = self.is_rolled_back;
            let life = self.life(row);
            let before = life.heard.insert(event.number, event.clone());
            let is_same = before.is_none_or(|before| before == *event) || is_rolled_back;
            assert!(is_same, "two events have one number: {event:?}");
        }
        !fails
    }

    pub fn draw(&mut self) -> Entropy {
        entropy(&mut self.rng)
    }
}

/// The secret that a reply brings and that core can read.
fn secret_in(driver: &ConnectionDriver, status: u16, body: &[u8]) -> Option<String> {
    let purpose = driver.request()?.purpose();
    if status != 200 || body.len() > MAX_BODY_BYTES {
        return None;
    }
    let names: &[&str] = match purpose {
        "exchange_code" | "refresh_tokens" => &["/data/access_token", "/result/access_token", "/access_token"],
        "fetch_secret" => &["/data/apiSecret"],
        "fetch_api_key" => &["/result/api_secret", "/result/apiSecret"],
        "fetch_subaccount_key" | "create_subaccount" => return account_secret_in(driver, body),
        _ => return None,
    };
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    names.iter().find_map(|name| body.pointer(name)?.as_str()).map(str::to_owned)
}

/// The one account's whose key was asked for: lists may bring those of others, too (facts/bybit.md, 6.3).
fn account_secret_in(driver: &ConnectionDriver, body: &[u8]) -> Option<String> {
    let (body, text) = (serde_json::from_slice::<Value>(body).ok()?, driver.connection().text());
    let context = at(text.expose(), "/connection/flow/state/work/context");
    let chosen = context["sub_member_id"].as_str();
    let known: Vec<&Value> = context["subaccounts"].as_array()?.iter().map(|account| &account["id"]).collect();
    let payload = body.get("result").filter(|result| !result.is_null()).unwrap_or(&body);
    let list = ["accounts", "aiAccounts"].iter().find_map(|name| payload.get(name)).unwrap_or(payload);
    let accounts = list.as_array().cloned().unwrap_or_else(|| vec![list.clone()]);
    let id_of = |account: &Value| {
        let id = account.get("sub_member_id").or(account.get("subAccountId"))?;
        Some(id.as_str().map_or_else(|| id.to_string(), str::to_owned))
    };
    let is_ours = |account: &&Value| match (id_of(account), chosen) {
        (Some(id), Some(chosen)) => id == chosen,
        (Some(id), None) => !known.contains(&&Value::from(id)),
        (None, _) => accounts.len() == 1,
    };
    let mut ours = accounts.iter().filter(is_ours);
    let (account, is_alone) = (ours.next()?, ours.next().is_none());
    let secret = account.get("api_secret").or(account.get("apiSecret")).and_then(Value::as_str);
    secret.filter(|_| is_alone).map(str::to_owned)
}

/// Whether a flow has made room for another, or for nothing.
fn is_given_up(before: Option<&str>, text: &str) -> bool {
    let flow_of = |text: &str| at(text, "/connection/flow/flow_id");
    before.is_some_and(|before| !flow_of(before).is_null() && flow_of(before) != flow_of(text))
}

/// Whether a fault leaves the venue as it was.
pub fn has_no_effect(fault: Option<Fault>) -> bool {
    matches!(fault, Some(Fault::RateLimit))
}
