//! Every transition that a connection can make, in small worlds: each event is fed to every value that can be reached.
//!
//! A world has one row, a worker, and at most one reply that comes late. Values that differ only in ids, times and secrets
//! count as one. What holds of every value is checked on the way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};
use venuekey::parts::*;

use super::types::{Case, Click};
use crate::browser::parameter;
use crate::entry::{Entry, connect, redirect_uri};
use crate::replies::replies;

const START_MS: u64 = 1_790_000_000_000;
/// Longer than any lease, wait or consent, and shorter than a tombstone.
const LONG_MS: u64 = 4 * 3_600_000;
pub const GONE: &str = "gone";

/// Where a value stands, what happens, and where that may lead.
pub type Table = BTreeMap<(String, String), BTreeSet<String>>;

/// A value that was reached, and a request that is out or whose reply comes late.
#[derive(Clone)]
struct Reached {
    row: Option<Connection>,
    out: Option<ConnectionDriver>,
    now_ms: u64,
}

pub struct Explorer {
    case: &'static Case,
    client: Client,
    queue: VecDeque<Reached>,
    seen: BTreeSet<String>,
    library: BTreeMap<String, Vec<HttpResponse>>,
    table: Table,
}

impl Explorer {
    pub fn table(case: &'static Case) -> Table {
        let client = connect(case.venue, case.environment, case.party, Entry::Code, ("http://127.0.0.1:1", "hush"));
        let client = client.expect("an environment of the venue's");
        let (library, table) = (BTreeMap::new(), Table::new());
        let mut explorer = Self { case, client, queue: VecDeque::new(), seen: BTreeSet::new(), library, table };
        explorer.begin();
        while let Some(reached) = explorer.queue.pop_front() {
            explorer.visit(&reached);
        }
        explorer.table
    }

    fn begin(&mut self) {
        for on_secret_lost in [LostSecretPolicy::Report, LostSecretPolicy::DeleteAndReport] {
            let keep_alive = Some(KeepAlive::Access);
            let options = ConnectOptions { keep_alive, ..ConnectOptions::new("user", "client") };
            let consent = BeginOptions { on_secret_lost, ..BeginOptions::default() };
            let entropy = Entropy::new([7; 64]);
            let row = self.client.begin_connection(self.case.goal, options, consent, &entropy, START_MS);
            self.arrive("start", "begin", Reached { row: Some(row.expect("supported")), out: None, now_ms: START_MS });
        }
    }

    /// Notes a transition, and where it leads for the first time, goes on from there.
    fn arrive(&mut self, from: &str, event: &str, to: Reached) {
        let parts = to.row.as_ref().map(Parts::of);
        let label = label(parts.as_ref());
        if from != label {
            self.table.entry((from.to_owned(), event.to_owned())).or_default().insert(label);
        }
        if self.seen.insert(essence(&to, parts.as_ref())) {
            if let Some(parts) = &parts {
                holds_of_every_value(parts);
            }
            drop(parts);
            self.queue.push_back(to);
        }
    }

    fn visit(&mut self, reached: &Reached) {
        let from = label(reached.row.as_ref().map(Parts::of).as_ref());
        if let Some(row) = &reached.row {
            self.click(&from, row, reached);
            self.work(&from, row, reached);
            self.delete_by_hand(reached);
        }
        self.late(&from, reached);
    }

    /// What comes from the web.
    fn click(&mut self, from: &str, row: &Connection, reached: &Reached) {
        let now_ms = reached.now_ms;
        let mut clicks = vec![
            ("recover", Click::Recover),
            ("reconnect", Click::Reconnect(Box::default(), Entropy::new([8; 64]))),
            ("cancel attempt", Click::Cancel),
            ("disconnect", Click::Disconnect(Intent::Disconnect)),
            ("disconnect, delete the key", Click::Disconnect(Intent::DisconnectAndDeleteKey)),
            ("token refused", Click::TokenRefused(1)),
        ];
        if let Some(url) = row.authorize_url() {
            let state = parameter(url.expose(), "state");
            let base = redirect_uri(self.case.venue, self.case.environment, self.case.party, Entry::Code);
            let callback = |query: &str| Click::Callback(format!("{base}?{query}&state={state}"));
            clicks.push(("callback: code", callback("code=code")));
            clicks.push(("callback: denied", callback("error=access_denied")));
        }
        if let Some(hand_off) = row.hand_off() {
            clicks.push(("handed off", Click::HandedOff(Box::new(hand_off))));
        }
        if let Some(choices) = row.choices() {
            let first = choices.subaccounts.first().map(|account| ("choose", Click::Choose(account.id.clone())));
            clicks.extend(first);
            clicks.extend(choices.may_create.then(|| ("choose", Click::Choose(CREATE_SUBACCOUNT.into()))));
        }
        if let Ok(Some(signer)) = row.signer() {
            let refused = [401, 403].map(|status| signer.receive_probe(&HttpResponse::new(status, KEY_REFUSED)));
            clicks.extend(
                refused.into_iter().filter_map(|refused| Some(("key refused", Click::KeyRefused(refused.err()?)))),
            );
        }
        let mut exits = false;
        for (event, click) in clicks {
            if let Ok(next) = click.apply(row, now_ms)
                && next.revision() != row.revision()
            {
                exits = exits || !matches!(click, Click::TokenRefused(_) | Click::KeyRefused(_));
                let again = click.apply(&next, now_ms).is_ok_and(|again| again.revision() == next.revision());
                assert!(again, "the second of two clicks did something: {event} on {from}");
                self.arrive(from, event, Reached { row: Some(next), ..reached.clone() });
            }
        }
        let is_over = row.status() == ConnectionStatus::Ended;
        assert!(exits || row.due_at_ms().is_some() || is_over, "nobody gets out of this: {from}");
    }

    /// A worker takes the row up when it is due.
    fn work(&mut self, from: &str, row: &Connection, reached: &Reached) {
        let Some(due_ms) = row.due_at_ms() else { return };
        for now_ms in BTreeSet::from([due_ms.max(reached.now_ms), due_ms.max(reached.now_ms) + LONG_MS]) {
            let driver = ConnectionDriver::new(row.clone(), "worker", now_ms).expect("a driver");
            self.act(from, driver, &Reached { now_ms, ..reached.clone() });
        }
    }

    fn act(&mut self, from: &str, driver: ConnectionDriver, reached: &Reached) {
        let now_ms = reached.now_ms;
        let took =
            |driver: Result<ConnectionDriver, VenuekeyError>| driver.expect("the loop does what the driver says");
        match driver.action() {
            Action::Save => {
                let next = driver.connection().clone();
                if next.lease_holder().is_none() {
                    let event = if reached.row.as_ref().is_some_and(|row| row.lease_holder().is_some()) {
                        "lease over"
                    } else {
                        "worker goes on"
                    };
                    return self.arrive(from, event, Reached { row: Some(next), ..reached.clone() });
                }
                let sent = took(driver.saved(now_ms));
                assert_eq!(sent.action(), Action::Send, "a lease is for a request");
                let out = Reached { row: Some(next), out: Some(sent.clone()), now_ms };
                self.arrive(from, "worker sends", out.clone());
                self.answer(&sent, &out);
            }
            Action::Find => {
                self.act(from, took(driver.found(false, now_ms)), reached);
                let shared = took(driver.found(true, now_ms));
                let next = shared.connection().clone();
                self.arrive(from, "the key is another row's too", Reached { row: Some(next), ..reached.clone() });
            }
            Action::Nonce => self.act(from, took(driver.nonce(now_ms, now_ms)), reached),
            Action::Deliver => {
                for all in [true, false] {
                    let next = took(driver.delivered(all, now_ms)).connection().clone();
                    self.arrive(from, "told", Reached { row: Some(next), ..reached.clone() });
                }
            }
            Action::Delete => self.arrive(from, "tombstone over", Reached { row: None, ..reached.clone() }),
            Action::Return => {
                let is_due = driver.connection().due_at_ms().is_some_and(|due_ms| due_ms <= now_ms);
                assert!(!is_due, "a worker is done, and the row stays due: {from}");
            }
            action => panic!("{action:?} at {from}"),
        }
    }

    /// Everything that a request can meet, in time.
    fn answer(&mut self, sent: &ConnectionDriver, out: &Reached) {
        let (now_ms, from) = (out.now_ms, label(out.row.as_ref().map(Parts::of).as_ref()));
        let mut all: Vec<(&str, ConnectionDriver)> = Vec::new();
        for response in self.responses(sent) {
            all.push(("reply", sent.response(&response, now_ms).expect("a reply")));
        }
        all.push(("no reply", sent.no_response(Delivery::Unknown, now_ms).expect("no reply")));
        all.push(("not sent", sent.no_response(Delivery::NotSent, now_ms).expect("not sent")));
        for (event, driver) in all {
            assert_eq!(driver.action(), Action::Save, "what a reply brings is stored");
            let row = Some(driver.connection().clone());
            self.arrive(&from, event, Reached { row, out: None, now_ms });
        }
    }

    fn responses(&mut self, sent: &ConnectionDriver) -> Vec<HttpResponse> {
        let call = sent.request().expect("a request").purpose();
        let venue = self.case.venue;
        let all = self.library.entry(call.to_owned()).or_insert_with(|| match call {
            "probe_key" => [(200, "{}"), (401, KEY_REFUSED), (403, KEY_REFUSED), (429, "{}"), (500, "{}")]
                .map(|(status, body)| HttpResponse::new(status, body))
                .into(),
            call => replies(venue, call),
        });
        all.iter().filter(|response| response.body().len() < MAX_BODY_BYTES).cloned().collect()
    }

    /// A reply that comes when others have gone on, whatever they have made of the row.
    fn late(&mut self, from: &str, reached: &Reached) {
        let Some(sent) = &reached.out else { return };
        if let Some(row) = &reached.row
            && row.lease_holder().is_some()
        {
            return;
        }
        let now_ms = reached.now_ms;
        for response in self.responses(sent) {
            let driver = sent.response(&response, now_ms).expect("a reply").superseded().expect("a save");
            let driver = driver.loaded(reached.row.clone(), now_ms).expect("a load");
            if driver.action() == Action::Save && driver.must_go_on() {
                let row = Some(driver.connection().clone());
                self.arrive(from, "late reply", Reached { row, out: None, now_ms });
            }
        }
    }

    /// Somebody deletes the row while a request is out.
    fn delete_by_hand(&mut self, reached: &Reached) {
        let gone = Reached { row: None, ..reached.clone() };
        if reached.out.is_some() && self.seen.insert(essence(&gone, None)) {
            self.queue.push_back(gone);
        }
    }
}

const KEY_REFUSED: &str = r#"{"code":0,"message":"?","retCode":10003,"retMsg":"?"}"#;

fn holds_of_every_value(parts: &Parts<'_>) {
    if parts.row.status() == ConnectionStatus::Ended {
        assert!(!["flow", "credential", "attempt"].iter().any(|part| parts.has(part)), "an ended row keeps something");
    }
}

/// A value and the parts that its names are made of, read once.
struct Parts<'a> {
    row: &'a Connection,
    text: Value,
}

impl<'a> Parts<'a> {
    fn of(row: &'a Connection) -> Self {
        Self { row, text: serde_json::from_str(row.text().expose()).expect("a connection is JSON") }
    }

    fn at(&self, name: &str) -> &Value {
        name.split('/').fold(&self.text["connection"], |part, name| part.get(name).unwrap_or(&Value::Null))
    }

    fn has(&self, name: &str) -> bool {
        !self.at(name).is_null()
    }

    /// What the flow is for, where it is not to connect.
    fn operation(&self) -> &'static str {
        match self.at("flow/operation").as_str() {
            Some("delete_key") => "deletion",
            Some("reissue_key") => "reissue",
            _ => "flow",
        }
    }

    fn flow(&self) -> Option<String> {
        let what = self.operation();
        Some(match (self.at("flow/state/state").as_str()?, self.at("attempt/purpose").as_str()) {
            ("in_flight", Some("flow")) => format!("{what}'s request out"),
            ("awaiting_callback", _) => "consent open".into(),
            ("awaiting_choice", _) => "choice open".into(),
            ("in_flight", _) => format!("{what} in doubt"),
            ("waiting", _) => format!("{what} waits"),
            ("done", _) => "hand-off".into(),
            ("failed", _) if self.has("flow/state/recovery") => format!("{what} failed, recoverable"),
            (other, _) => format!("{what} {other}"),
        })
    }

    fn is_spent(&self) -> bool {
        let tokens_ended = !self.has("credential/key") && self.has("credential/tokens/ended");
        self.has("credential/spent") || tokens_ended
    }
}

/// How the table names a value.
fn label(parts: Option<&Parts<'_>>) -> String {
    let Some(parts) = parts else { return GONE.into() };
    let row = parts.row;
    let out = match parts.at("attempt/purpose").as_str() {
        Some("refresh") => Some("refresh out"),
        Some("probe") => Some("look out"),
        _ => None,
    };
    let ends = row.status() != ConnectionStatus::Ended && row.intent().is_some();
    // What an end finds matters once nothing is out any more.
    let flow = if !ends || parts.operation() == "deletion" { parts.flow() } else { None };
    let out = if ends && flow.is_none() && parts.has("attempt") { Some("request out") } else { out };
    let status = match row.intent().filter(|_| ends) {
        None => row.status().as_str(),
        Some(Intent::Disconnect) => "ending",
        Some(_) => "ending, with its key",
    };
    let spent = (!ends && flow.is_none() && parts.is_spent()).then_some("spent");
    let left = row.key_left().map(|_| "key left");
    let earlier = (!ends && parts.has("handing_off")).then_some("hand-off of before");
    let all = [Some(status), flow.as_deref(), earlier, out, spent, left];
    all.into_iter().flatten().collect::<Vec<&str>>().join("; ")
}

/// What of a value can make a difference to what comes next.
fn essence(reached: &Reached, parts: Option<&Parts<'_>>) -> String {
    let purpose = reached.out.as_ref().and_then(|out| out.request()).map(HttpRequest::purpose);
    let Some(parts) = parts else { return format!("{GONE} {purpose:?}") };
    let row = parts.row;
    let work = |name: &str| parts.at(&format!("flow/state/work/{name}"));
    json!([
        [row.status().as_str(), row.intent().map_or("", Intent::as_str)],
        [parts.flow().unwrap_or_default().as_str(), parts.at("attempt/purpose").as_str().unwrap_or_default()],
        [parts.is_spent(), row.key_left().is_some()],
        purpose,
        parts.at("flow/on_secret_lost"),
        [work("stage"), work("call")],
        work("doubts").as_u64().is_some_and(|doubts| doubts > 0),
        [parts.has("flow/state/work/context/external_id"), parts.has("credential/key")],
        [parts.has("credential/tokens"), parts.has("credential/tokens/tokens/refresh_token")],
        // Until the host has been told, nothing else is due: a look at the key, or a refresh, comes after.
        row.events().is_empty(),
        [
            parts.has("called_off"),
            parts.has("handing_off"),
            parts.has("let_go"),
            parts.has("flow/state/work/context/creation_in_doubt")
        ],
        parts.at("credential/spent/code"),
    ])
    .to_string()
}
