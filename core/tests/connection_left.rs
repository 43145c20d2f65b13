//! What rows that share a store name of the keys that they leave at the venue.

#![allow(clippy::expect_used, clippy::panic)]
use std::collections::BTreeMap;

use venuekey::parts::*;

const NOW_MS: u64 = 1_790_000_000_000;
/// The public half of a key from the app's own tables.
const OWN: &str = "0123456789abcdef0123456789abcdef";
const FOUND: &str = "11111111-2222-4333-8444-555555555555";
const HALF: &str = "fedcba9876543210fedcba9876543210";
const PAIR: &str =
    r#"{"data":{"access_token":"first","refresh_token":"first-refresh","token_type":"bearer","expires_in":300}}"#;
const KEY: &str =
    r#"{"data":{"exists":true,"isEnabled":true,"externalId":"11111111-2222-4333-8444-555555555555","permissions":[]}}"#;

struct World {
    client: Client,
    keys: SealingKeys,
    rows: BTreeMap<String, Connection>,
    /// What the host has heard of: the row and the key.
    told: Vec<(String, EventKind, Option<String>)>,
    now_ms: u64,
}

/// A reply, or that none comes.
type Answer = Option<(u16, &'static str)>;

impl World {
    fn new() -> Self {
        let credentials = Credentials::Confidential { client_id: "demo".into(), client_secret: Secret::new("hush") };
        let config =
            ClientConfig::new(Venue::WHITEBIT, VenueEnvironment::GLOBAL, credentials, "https://app.example/cb");
        let client = Client::new(config).expect("sound");
        let keys = SealingKeys::new([("new", [2; 32].as_slice())]).expect("keys");
        Self { client, keys, rows: BTreeMap::new(), told: Vec::new(), now_ms: NOW_MS }
    }

    fn put(&mut self, row: Connection) -> String {
        let id = row.id().to_owned();
        self.rows.insert(id.clone(), row);
        id
    }

    fn import(&mut self, seed: u8, half: &str, id: Option<&str>) -> String {
        let external_id = id.map(|id| id.parse().expect("an id"));
        let (api_key, api_secret) = (Secret::new(half), Secret::new("secret0secret1"));
        let key = ImportedKey { api_key, api_secret, external_id, uid: None, passphrase: None, site: None };
        let options = ConnectOptions::new("user-1", "app");
        let row = self.client.import_key(key, options, &Entropy::new([seed; 64]), self.now_ms).expect("a row");
        self.put(row)
    }

    fn row(&self, id: &str) -> &Connection {
        self.rows.get(id).expect("a row")
    }

    /// The user agrees, and the browser comes back.
    fn agrees(&mut self, id: &str, parameters: &str) {
        let row = self.row(id).clone();
        let url = row.authorize_url().expect("a consent").expose().to_owned();
        let state = url.split(['?', '&']).find_map(|pair| pair.strip_prefix("state=")).expect("a state");
        let url = format!("https://app.example/cb?code=code&state={state}{parameters}");
        self.put(row.receive_callback(&url, self.now_ms).expect("its own"));
    }

    fn reconnects(&mut self, id: &str, on_secret_lost: LostSecretPolicy) {
        let options = BeginOptions { on_secret_lost, ..BeginOptions::default() };
        let row = self.row(id).reconnect(options, &Entropy::new([9; 64]), self.now_ms).expect("a consent");
        self.put(row);
    }

    fn has_other(&self, of: &Connection) -> bool {
        let hashes = of.account_hashes(&self.keys);
        assert!(!hashes.is_empty(), "a look by nothing");
        self.rows.values().filter(|row| row.id() != of.id()).any(|row| {
            let works = row.intent().is_none() && row.status() != ConnectionStatus::Ended;
            let hash = row.seal(&self.keys, &Entropy::new([9; 64])).expect("a row").account_hash;
            works && hash.is_some_and(|hash| hashes.contains(&hash))
        })
    }

    /// A worker takes the row up, until it rests; each request has its answers in turn.
    fn work(&mut self, id: &str, answers: &[(&str, &[Answer])]) {
        let mut given: BTreeMap<&str, usize> = BTreeMap::new();
        for _ in 0..40 {
            let mut driver = ConnectionDriver::new(self.row(id).clone(), "worker", self.now_ms).expect("a driver");
            loop {
                driver = match driver.action() {
                    Action::Save => {
                        self.put(driver.connection().clone());
                        driver.saved(self.now_ms)
                    }
                    Action::Load => driver.loaded(Some(self.row(id).clone()), self.now_ms),
                    Action::Find => driver.found(self.has_other(driver.connection()), self.now_ms),
                    Action::Nonce => driver.nonce(self.now_ms, self.now_ms),
                    Action::Deliver => {
                        let heard = driver.events().iter().map(|each| (id.to_owned(), each.kind, each.key_id.clone()));
                        self.told.extend(heard);
                        driver.delivered(true, self.now_ms)
                    }
                    Action::Send => {
                        let purpose = driver.request().map(HttpRequest::purpose).expect("a request");
                        let (name, all) =
                            answers.iter().find(|(name, _)| *name == purpose).unwrap_or_else(|| panic!("{purpose}"));
                        let turn = given.entry(*name).or_default();
                        let answer = all.get(*turn).or(all.last()).expect("an answer");
                        *turn += 1;
                        match answer {
                            Some((status, body)) => driver.response(&HttpResponse::new(*status, *body), self.now_ms),
                            None => driver.no_response(Delivery::Unknown, self.now_ms),
                        }
                    }
                    _ => break,
                }
                .expect("an event");
            }
            let due_ms = self.row(id).due_at_ms();
            match due_ms.filter(|due_ms| *due_ms < self.now_ms + 3_600_000) {
                Some(due_ms) => self.now_ms = due_ms.max(self.now_ms + 1),
                None => return,
            }
        }
        panic!("it does not rest: {:?} {}", self.row(id), self.row(id).text().expose());
    }

    fn names(&self, name: &str) -> bool {
        self.told.iter().any(|(_, _, key)| key.as_deref() == Some(name))
    }
}

const TAKEN: &[(&str, &[Answer])] = &[
    ("exchange_code", &[Some((200, PAIR))]),
    ("check_key", &[Some((200, KEY))]),
    ("fetch_secret", &[Some((409, r#"{"message":"secret was already retrieved"}"#))]),
    ("probe_key", &[Some((200, "{}"))]),
];
const UNREAD: &[(&str, &[Answer])] = &[
    ("exchange_code", &[Some((200, PAIR))]),
    ("check_key", &[Some((200, KEY))]),
    ("fetch_secret", &[Some((503, ""))]),
];
const LOST: &[(&str, &[Answer])] = &[
    ("exchange_code", &[Some((200, PAIR))]),
    ("check_key", &[Some((200, KEY))]),
    ("fetch_secret", &[None, Some((409, r#"{"message":"secret was already retrieved"}"#))]),
    ("probe_key", &[Some((200, "{}"))]),
];

fn imported_and_lost() -> (World, String) {
    let mut world = World::new();
    let row = world.import(1, OWN, None);
    world.work(&row, &[]);
    world.reconnects(&row, LostSecretPolicy::DeleteAndReport);
    world.agrees(&row, &format!("&publicKey={HALF}"));
    world.work(&row, LOST);
    assert_eq!(world.row(&row).error().map(VenuekeyError::code), Some(ErrorCode::SecretTakenElsewhere));
    (world, row)
}

#[test]
fn a_key_that_was_not_deleted_since_it_might_be_the_rows_own_is_named_when_the_attempt_is_called_off() {
    let (mut world, row) = imported_and_lost();
    let canceled = world.row(&row).cancel_attempt(world.now_ms).expect("called off");
    world.put(canceled);
    world.work(&row, &[]);
    assert!(world.names(FOUND), "{:?}", world.told);
}

#[test]
fn a_key_that_was_not_deleted_since_it_might_be_the_rows_own_is_named_at_the_end() {
    let (mut world, row) = imported_and_lost();
    let ending = world.row(&row).disconnect(Intent::Disconnect, world.now_ms).expect("an end");
    world.put(ending);
    world.work(&row, &[]);
    assert!(world.names(FOUND) && world.names("…cdef"), "{:?}", world.told);
}

#[test]
fn another_row_with_the_rows_own_key_does_not_keep_an_attempts_from_being_named() {
    let mut world = World::new();
    let (row, other) = (world.import(1, OWN, None), world.import(2, OWN, None));
    world.work(&row, &[]);
    world.work(&other, &[]);
    world.reconnects(&row, LostSecretPolicy::Report);
    world.agrees(&row, &format!("&publicKey={HALF}"));
    world.work(&row, TAKEN);
    let ending = world.row(&row).disconnect(Intent::Disconnect, world.now_ms).expect("an end");
    world.put(ending);
    world.work(&row, &[]);
    assert!(!world.names("…cdef"), "{:?}", world.told);
    assert!(world.names(FOUND), "{:?}", world.told);
}

/// A worker dies between its look and its request, and another row takes the key meanwhile, known by its public half.
#[test]
fn a_deletion_that_is_taken_over_looks_for_all_that_tells_the_key() {
    let mut world = World::new();
    let options = ConnectOptions::new("user-1", "app");
    let begun = world
        .client
        .begin_connection(Goal::ApiKey, options, BeginOptions::default(), &Entropy::new([1; 64]), NOW_MS)
        .expect("a row");
    let row = world.put(begun);
    world.agrees(&row, &format!("&publicKey={HALF}"));
    // Nobody has read its secret so far.
    world.work(&row, UNREAD);
    let ending = world.row(&row).disconnect(Intent::DisconnectAndDeleteKey, world.now_ms).expect("an end");
    world.put(ending);
    let driver = ConnectionDriver::new(world.row(&row).clone(), "dies", world.now_ms).expect("a driver");
    let driver = driver.found(world.has_other(driver.connection()), world.now_ms).expect("a look");
    world.put(driver.connection().clone());
    let other = world.import(2, HALF, None);
    world.work(&row, &[("refresh_tokens", &[Some((200, PAIR))])]);
    assert_eq!(world.row(&row).status(), ConnectionStatus::Ended);
    assert_eq!(world.row(&other).status(), ConnectionStatus::Connected);
    assert!(!world.names(FOUND), "{:?}", world.told);
}
