//! A connection's row: what its seal binds, what it shows, and texts that were cut, swollen or edited.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::string_slice)]

mod common;

use common::*;
use fastrand::Rng;
use venuekey::parts::*;

const CANARY: &str = "canary0canary1canary2";
const NOW_MS: u64 = 1_790_000_000_000;

fn client() -> Client {
    let credentials = Credentials::Confidential { client_id: "demo".into(), client_secret: Secret::new(CANARY) };
    let config = ClientConfig::new(Venue::BYBIT, VenueEnvironment::MAINNET, credentials, "https://partner.example/cb");
    Client::new(config).expect("a client")
}

fn begun() -> Connection {
    let options = ConnectOptions::new("user-1", "bybit");
    client()
        .begin_connection(Goal::ApiKey, options, BeginOptions::default(), &Entropy::new([7; 64]), NOW_MS)
        .expect("a connection")
}

fn keys(ids: &[(&str, u8)]) -> SealingKeys {
    let bytes: Vec<(&str, [u8; 32])> = ids.iter().map(|(id, byte)| (*id, [*byte; 32])).collect();
    SealingKeys::new(bytes.iter().map(|(id, key)| (*id, key.as_slice()))).expect("keys")
}

/// With a key whose halves, tokens and all are the canary.
fn connected(show: &mut impl FnMut(&dyn std::fmt::Debug)) -> Connection {
    let begun = begun();
    let url = begun.authorize_url().expect("a URL");
    let state = url.expose().split("state=").nth(1).expect("a state").to_owned();
    let callback = format!("/cb/?response_type=code&code={CANARY}&scope=openapi&state={state}");
    let mut stored = begun.receive_callback(&callback, NOW_MS).expect("a callback");
    let mut replies = [
        format!(r#"{{"access_token":"{CANARY}","refresh_token":"{CANARY}","expires_in":86400,"token_type":"bearer"}}"#),
        r#"{"ret_code":0,"ret_msg":"success","result":{"uid":"106000001"}}"#.to_owned(),
        format!(r#"{{"ret_code":0,"ret_msg":"success","result":{{"api_key":"{CANARY}","api_secret":"{CANARY}"}}}}"#),
    ]
    .into_iter();
    let mut driver = ConnectionDriver::new(stored.clone(), "worker-1", NOW_MS).expect("a driver");
    loop {
        show(&driver);
        show(&stored);
        driver = match driver.action() {
            Action::Save => {
                stored = driver.connection().clone();
                driver.saved(NOW_MS)
            }
            Action::Send => {
                show(&driver.request());
                driver.response(&HttpResponse::new(200, replies.next().expect("a reply")), NOW_MS)
            }
            Action::Deliver => driver.delivered(true, NOW_MS),
            Action::Return => return stored,
            action => panic!("{}", action.as_str()),
        }
        .expect("an event");
    }
}

#[test]
fn a_wait_says_from_the_start_when_it_gives_up() {
    let begun = begun();
    let url = begun.authorize_url().expect("a URL");
    let state = url.expose().split("state=").nth(1).expect("a state").to_owned();
    let callback = format!("/cb/?response_type=code&code=c&scope=openapi&state={state}");
    let mut stored = begun.receive_callback(&callback, NOW_MS).expect("a callback");
    let tokens = r#"{"access_token":"a","refresh_token":"r","expires_in":86400,"token_type":"bearer"}"#;
    let (mut now_ms, mut sent_ms, mut said) = (NOW_MS, Vec::new(), Vec::new());
    while stored.status() == ConnectionStatus::Working {
        now_ms = stored.due_at_ms().expect("work");
        let mut driver = ConnectionDriver::new(stored.clone(), "worker-1", now_ms).expect("a driver");
        driver = loop {
            driver = match driver.action() {
                Action::Save => driver.saved(now_ms),
                Action::Send => {
                    sent_ms.push(now_ms);
                    let response = match driver.request().map(HttpRequest::purpose) {
                        Some("exchange_code") => HttpResponse::new(200, tokens),
                        _ => HttpResponse::new(502, "bad gateway"),
                    };
                    driver.response(&response, now_ms)
                }
                Action::Deliver => driver.delivered(true, now_ms),
                _ => break driver,
            }
            .expect("an event");
        };
        stored = driver.connection().clone();
        said.extend(stored.wait());
    }
    assert_eq!(stored.error().map(VenuekeyError::code), Some(ErrorCode::VenueUnavailable));
    assert_eq!(said.iter().map(|wait| wait.attempts).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert!(said.iter().all(|wait| wait.reason == WaitReason::VenueTrouble));
    assert!(said.iter().all(|wait| wait.gives_up_at_ms == Some(now_ms)), "{said:?} and not {now_ms}");
    assert_eq!(said.iter().map(|wait| wait.until_ms).collect::<Vec<_>>(), sent_ms.split_off(2));
}

#[test]
fn nothing_of_a_connection_shows_a_secret_and_an_ended_one_has_none() {
    let mut printed = String::new();
    let mut show = |value: &dyn std::fmt::Debug| printed.push_str(&format!("{value:?}\n{value:#?}\n"));
    let connected = connected(&mut show);
    assert_eq!(connected.status(), ConnectionStatus::Connected);
    let row = connected.seal(&keys(&[("a", 1)]), &Entropy::new([9; 64])).expect("a row");
    show(&row);
    show(&connected.access(NOW_MS).expect("access"));
    show(&connected.events());
    show(&connected.trail());
    show(&connected.signer());
    let (api_key, api_secret) = (Secret::new(CANARY), Secret::new(CANARY));
    show(&ImportedKey { api_key, api_secret, external_id: None, uid: None, passphrase: None, site: None });
    assert!(!printed.contains(CANARY) && !row.sealed.contains(CANARY));
    assert!(connected.text().expose().contains(CANARY), "the text itself is the secret");
    let ending = connected.disconnect(Intent::Disconnect, NOW_MS).expect("an order");
    let driver = ConnectionDriver::new(ending, "worker-1", NOW_MS).expect("a driver");
    let driver = driver.found(false, NOW_MS).expect("a look for other rows");
    assert_eq!(driver.connection().status(), ConnectionStatus::Ended);
    assert!(!driver.connection().text().expose().contains(CANARY));
}

#[test]
fn a_row_opens_as_it_was_and_no_other_way() {
    let connection = connected(&mut |_| {});
    let old = keys(&[("old", 1)]);
    let row = connection.seal(&old, &Entropy::new([9; 64])).expect("a row");
    let stored = |row: &ConnectionRow| StoredConnection {
        id: row.id.clone(),
        owner: row.owner.clone(),
        client: row.client.clone(),
        revision: row.revision,
        sealed: row.sealed.clone(),
    };
    let code = |row: &StoredConnection, keys: &SealingKeys| {
        client().open_connection(row.clone(), keys, NOW_MS).map(|_| ()).map_err(|error| error.code())
    };
    let opened = client().open_connection(stored(&row), &old, NOW_MS).expect("its own row");
    assert_eq!(opened.text().expose(), connection.text().expose());
    let refused = Err(ErrorCode::SealInvalid);
    let edits: [fn(&mut StoredConnection); 7] = [
        |row| row.id = "0".repeat(32),
        |row| row.id = "0".repeat(2_000),
        |row| row.owner = "user-2".into(),
        |row| row.client = "other".into(),
        |row| row.revision -= 1,
        |row| row.revision += 1,
        |row| row.sealed.replace_range(20..21, if row.sealed[20..].starts_with('A') { "B" } else { "A" }),
    ];
    for edit in edits {
        let mut moved = stored(&row);
        edit(&mut moved);
        assert_eq!(code(&moved, &old), refused);
    }
    assert_eq!(code(&stored(&row), &keys(&[("other", 1)])), refused, "the key is not here");
    let rotated = keys(&[("new", 2), ("old", 1)]);
    assert!(row.sealing_key_id != rotated.newest_id());
    let again = client().open_connection(stored(&row), &rotated, NOW_MS).expect("an old key opens");
    let resealed = again.seal(&rotated, &Entropy::new([8; 64])).expect("a row");
    assert!(resealed.sealing_key_id == rotated.newest_id() && resealed.revision == row.revision);
    let hashes = again.account_hashes(&rotated);
    assert_eq!((hashes.first(), hashes.get(1)), (resealed.account_hash.as_ref(), row.account_hash.as_ref()));
}

/// Texts of every case, spoilt: a refusal, or a value that takes every event.
#[test]
fn a_spoilt_text_is_refused_or_is_as_good_as_any() {
    let seed = 20_261_129;
    let mut rng = Rng::with_seed(seed);
    let mut restored = 0;
    for path in files_of("connections").iter().step_by(3) {
        let case = load(path);
        let client = common::client(&case["client"]).expect("a client");
        let texts = case["events"].as_array().into_iter().flatten().filter_map(|e| e["expect"]["connection"].as_str());
        for text in texts {
            for _ in 0..12 {
                let mut bytes = text.as_bytes().to_vec();
                let at = rng.usize(0..bytes.len());
                match rng.u8(0..4) {
                    0 => bytes[at] ^= 1 << rng.u8(0..7),
                    1 => bytes.truncate(at),
                    2 => drop(bytes.splice(at..at, *b"99")),
                    _ => drop(bytes.remove(at)),
                }
                let Ok(connection) = client.restore_connection(&String::from_utf8_lossy(&bytes), NOW_MS) else {
                    continue;
                };
                restored += 1;
                let now_ms = NOW_MS + rng.u64(0..10_000_000_000);
                let text = connection.text();
                client.restore_connection(text.expose(), now_ms).expect("what is written can be read");
                run(connection, now_ms, &mut rng);
            }
        }
    }
    assert!(restored > 50, "{restored} of seed {seed}");
}

/// Whatever it is, it comes to an end, and everything on its way can be stored.
fn run(connection: Connection, now_ms: u64, rng: &mut Rng) {
    let _ = connection.access(now_ms);
    let _ = connection.recover(now_ms);
    let _ = connection.choose("create", now_ms);
    let _ = connection.reconnect(BeginOptions::default(), &Entropy::new([3; 64]), now_ms);
    let _ = connection.token_refused(1, now_ms);
    let connection = match rng.u8(0..3) {
        0 => connection.disconnect(Intent::Forget, now_ms).expect("an order"),
        _ => connection,
    };
    let client = connection.client().clone();
    let Ok(mut driver) = ConnectionDriver::new(connection, "w", now_ms) else { return };
    for _ in 0..30 {
        let next = match driver.action() {
            Action::Save => {
                let text = driver.connection().text();
                client.restore_connection(text.expose(), now_ms).expect("what is written can be read");
                driver.saved(now_ms)
            }
            Action::Send if rng.bool() => driver.response(&HttpResponse::new(200, "{}"), now_ms),
            Action::Send => driver.no_response(Delivery::Unknown, now_ms),
            Action::Load => driver.loaded(None, now_ms),
            Action::Nonce => driver.nonce(now_ms, now_ms),
            Action::Find => driver.found(rng.bool(), now_ms),
            Action::Deliver => driver.delivered(rng.bool(), now_ms),
            Action::Delete => driver.deleted(),
            _ => return,
        };
        // A time that was spoilt can be refused; the value stays.
        let Ok(next) = next else { return };
        driver = next;
    }
}

/// A WhiteBIT row whose tokens are due.
fn refreshing(now_ms: u64) -> ConnectionDriver {
    let credentials = Credentials::Confidential { client_id: "demo".into(), client_secret: Secret::new("hush") };
    let config =
        ClientConfig::new(Venue::WHITEBIT, VenueEnvironment::GLOBAL, credentials, "https://partner.example/cb");
    let client = Client::new(config).expect("a client");
    let tokens = Tokens::new(Secret::new("a"), Some(Secret::new("r")), NOW_MS + 300_000, None, vec![]).expect("sound");
    let options = ConnectOptions::new("user-1", "whitebit");
    let row = client.import_tokens(tokens, None, options, &Entropy::new([7; 64]), NOW_MS).expect("a connection");
    let driver = ConnectionDriver::new(row, "worker-1", now_ms).expect("a driver");
    assert_eq!(driver.action(), Action::Save);
    driver.saved(now_ms).expect("saved")
}

#[test]
fn refreshes_keep_a_pace_that_ends_before_the_lease() {
    let now_ms = NOW_MS + 290_000;
    let driver = refreshing(now_ms);
    let (pace, until_ms) = (driver.pace(now_ms).expect("a pace"), driver.connection().lease_until_ms());
    // facts/whitebit.md, 5: one refresh a second.
    assert_eq!((pace.counter.as_str(), pace.interval_ms), ("pace/whitebit/global/refresh_tokens", 2_000));
    let request_ms = u64::from(driver.request().expect("a request").timeout_hint_ms());
    assert_eq!(Some(now_ms + pace.longest_wait_ms + request_ms), until_ms);
    assert_eq!(driver.pace(now_ms + 4_000).expect("a pace").longest_wait_ms, pace.longest_wait_ms - 4_000);
    assert_eq!(driver.pace(now_ms + 600_000).expect("a pace").longest_wait_ms, 0);
    // The longest queue before a lease ends, by clocks that are two minutes apart.
    assert_eq!(pace.furthest_ms, 45_000 + 120_000);
    // Neither a save nor a user's request waits for a turn.
    assert_eq!(ConnectionDriver::new(begun(), "worker-1", NOW_MS).expect("a driver").pace(NOW_MS), None);
}

#[test]
fn rows_with_one_key_draw_nonces_from_one_counter() {
    let import = |api_key: &str, seed: u8| {
        let (api_key, api_secret) = (Secret::new(api_key), Secret::new("secret0secret1"));
        let key = ImportedKey { api_key, api_secret, external_id: None, uid: None, passphrase: None, site: None };
        let options = ConnectOptions::new("user-1", "bybit");
        client().import_key(key, options, &Entropy::new([seed; 64]), NOW_MS).expect("a connection").nonce_counter()
    };
    let counter = import(CANARY, 1).expect("a key has one");
    assert_eq!((Some(&counter), counter.len()), (import(CANARY, 2).as_ref(), "nonce/".len() + 32));
    assert_ne!(Some(&counter), import("another0key", 3).as_ref());
    assert!(!counter.contains(CANARY));
    assert_eq!(begun().nonce_counter(), None);
}

/// A key that is deleted must not be another row's: the other may know less of it, and is found by what both know.
#[test]
fn rows_with_one_key_find_each_other_whatever_they_know_of_it() {
    const KEY: &str = "11111111-2222-4333-8444-555555555555";
    let credentials = Credentials::Confidential { client_id: "demo".into(), client_secret: Secret::new("hush") };
    let config =
        ClientConfig::new(Venue::WHITEBIT, VenueEnvironment::GLOBAL, credentials, "https://partner.example/cb");
    let client = Client::new(config).expect("a client");
    let keys = keys(&[("new", 2), ("old", 1)]);
    let import = |api_key: &str, id: Option<&str>, uid: Option<&str>, seed: u8| {
        let external_id = id.map(|id| id.parse().expect("an id"));
        let (api_key, api_secret) = (Secret::new(api_key), Secret::new("secret0secret1"));
        let uid = uid.map(str::to_owned);
        let key = ImportedKey { api_key, api_secret, external_id, uid, passphrase: None, site: None };
        let options = ConnectOptions::new("user-1", "whitebit");
        client.import_key(key, options, &Entropy::new([seed; 64]), NOW_MS).expect("a connection")
    };
    let rows = [
        import(KEY, Some(KEY), None, 1),
        import(KEY, None, None, 2),
        import(KEY, Some(KEY), Some("user-7"), 3),
        import(KEY, None, Some("user-7"), 4),
    ];
    let column =
        |row: &Connection| row.seal(&keys, &Entropy::new([9; 64])).expect("a row").account_hash.expect("a hash");
    for (row, other) in rows.iter().flat_map(|row| rows.iter().map(move |other| (row, other))) {
        assert!(row.account_hashes(&keys).contains(&column(other)));
        assert!(!column(other).contains(KEY));
    }
    let stranger = import("another0key", None, None, 5);
    assert!(!rows.iter().any(|row| row.account_hashes(&keys).contains(&column(&stranger))));
    // What the callback called the public half, where the venue has answered with another.
    let text = rows[0].text();
    let with_candidate =
        text.expose().replace("\"api_secret\"", "\"candidate_public_key\":\"another0key\",\"api_secret\"");
    let with_candidate = client.restore_connection(&with_candidate, NOW_MS).expect("a connection");
    assert_ne!(with_candidate.text().expose(), text.expose());
    assert!(with_candidate.account_hashes(&keys).contains(&column(&stranger)));
    // And where that is the key's id: the store is asked by each once.
    let text = import("another0key", Some(KEY), None, 6)
        .text()
        .expose()
        .replace("\"api_secret\"", &format!("\"candidate_public_key\":\"{KEY}\",\"api_secret\""));
    let hashes = client.restore_connection(&text, NOW_MS).expect("a connection").account_hashes(&keys);
    let distinct: std::collections::BTreeSet<_> = hashes.iter().collect();
    assert_eq!((hashes.len(), distinct.len()), (4, 4), "of two accounts, by two keys");
}

/// One account of Bybit's can have many keys: what ends with one of them leaves it, whoever works with another.
#[test]
fn rows_of_one_account_find_each_other_only_by_their_key() {
    let keys = keys(&[("new", 2)]);
    let import = |api_key: &str, uid: Option<&str>, seed: u8| {
        let (api_key, api_secret) = (Secret::new(api_key), Secret::new("secret0secret1"));
        let uid = uid.map(str::to_owned);
        let key = ImportedKey { api_key, api_secret, external_id: None, uid, passphrase: None, site: None };
        let options = ConnectOptions::new("user-1", "bybit");
        client().import_key(key, options, &Entropy::new([seed; 64]), NOW_MS).expect("a connection")
    };
    let finds = |row: &Connection, other: &Connection| {
        let column = other.seal(&keys, &Entropy::new([9; 64])).expect("a row").account_hash.expect("a hash");
        row.account_hashes(&keys).contains(&column)
    };
    let rows = [import("one0key", Some("106000001"), 1), import("one0key", None, 2)];
    assert!(rows.iter().all(|row| rows.iter().all(|other| finds(row, other))), "each is the other's key");
    let stranger = import("another0key", Some("106000001"), 3);
    assert!(!rows.iter().any(|row| finds(row, &stranger) || finds(&stranger, row)), "another key stays and is named");
}
