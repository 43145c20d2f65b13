//! Two workers of one connection, where each has sent before the other has stored: what no case of `connections/` can
//! tell, since one of its workers always comes to its end within the other's request.

#![allow(clippy::expect_used, clippy::panic)]
use venuekey::parts::*;

const NOW_MS: u64 = 1_790_000_000_000;
/// A lease, and the time that clocks may be apart.
const LEASE_OVER_MS: u64 = 166_000;

/// A store with one row.
struct Store(Connection);

impl Store {
    fn save(&mut self, driver: ConnectionDriver, now_ms: u64) -> ConnectionDriver {
        assert_eq!(driver.action(), Action::Save);
        let next = driver.connection().clone();
        if next.expected_revision() != self.0.revision() {
            return driver.superseded().expect("a save");
        }
        self.0 = next;
        driver.saved(now_ms).expect("a save")
    }

    /// Saves, loads and looks until something else is to be done.
    fn settle(&mut self, mut driver: ConnectionDriver, now_ms: u64) -> ConnectionDriver {
        loop {
            driver = match driver.action() {
                Action::Save => self.save(driver, now_ms),
                Action::Load => driver.loaded(Some(self.0.clone()), now_ms).expect("a load"),
                // It is the only row.
                Action::Find => driver.found(false, now_ms).expect("a look"),
                _ => return driver,
            };
        }
    }

    /// A worker that takes the row up, until it sends or rests.
    fn worker(&mut self, name: &str, now_ms: u64) -> ConnectionDriver {
        let driver = ConnectionDriver::new(self.0.clone(), name, now_ms).expect("a driver");
        self.settle(driver, now_ms)
    }

    /// The worker's request is answered, and so on to the next one.
    fn answer(&mut self, driver: &ConnectionDriver, purpose: &str, body: &str, now_ms: u64) -> ConnectionDriver {
        assert_eq!(driver.request().map(HttpRequest::purpose), Some(purpose));
        self.settle(driver.response(&HttpResponse::new(200, body), now_ms).expect("a reply"), now_ms)
    }

    fn text(&self) -> String {
        self.0.text().expose().to_owned()
    }
}

fn begun(goal: Goal, venue: Venue, environment: VenueEnvironment) -> Store {
    begun_with(goal, venue, environment, BeginOptions::default())
}

fn begun_with(goal: Goal, venue: Venue, environment: VenueEnvironment, consent: BeginOptions) -> Store {
    let credentials = Credentials::Confidential { client_id: "demo".into(), client_secret: Secret::new("hush") };
    let config = ClientConfig::new(venue, environment, credentials, "https://app.example/cb");
    let client = Client::new(config).expect("sound");
    let options = ConnectOptions::new("user-1", "app");
    let begun = client.begin_connection(goal, options, consent, &Entropy::new([7; 64]), NOW_MS).expect("supported");
    let url = begun.authorize_url().expect("a consent").expose().to_owned();
    let state = url.split(['?', '&']).find_map(|pair| pair.strip_prefix("state=")).expect("a state");
    let callback = format!("https://app.example/cb?code=code&state={state}");
    Store(begun.receive_callback(&callback, NOW_MS).expect("its own"))
}

fn pair(venue: Venue, name: &str) -> String {
    let tokens = format!(
        r#"{{"access_token":"{name}","refresh_token":"{name}-refresh","token_type":"bearer","expires_in":300,"refresh_token_expires_in":600}}"#
    );
    if venue == Venue::WHITEBIT { format!(r#"{{"data":{tokens}}}"#) } else { tokens }
}

const UID: &str = r#"{"ret_code":0,"ret_msg":"success","result":{"uid":"1"}}"#;
const KEY: &str =
    r#"{"data":{"exists":true,"isEnabled":true,"externalId":"11111111-2222-4333-8444-555555555555","permissions":[]}}"#;
const SECRET: &str = r#"{"data":{"apiSecret":"once-only"}}"#;

/// One worker is paused with its reply, another refreshes the pair for the same request, and the pause ends first.
#[test]
fn a_pair_that_a_flow_has_refreshed_is_kept_though_a_late_reply_has_ended_the_flow() {
    let venue = Venue::BYBIT;
    let mut store = begun(Goal::AccountTokens, venue, VenueEnvironment::MAINNET);
    let paused = store.worker("paused", NOW_MS);
    let paused = store.answer(&paused, "exchange_code", &pair(venue, "first"), NOW_MS);
    // By then the pair has to be refreshed before the request can be repeated.
    let mut now_ms = NOW_MS + LEASE_OVER_MS;
    let mut other = store.worker("other", now_ms);
    while other.action() == Action::Return {
        now_ms = store.0.due_at_ms().expect("it goes on").max(NOW_MS + 300_000);
        other = store.worker("other", now_ms);
    }
    assert_eq!(other.request().map(HttpRequest::purpose), Some("refresh_tokens"));
    store.answer(&paused, "read_uid", UID, now_ms);
    assert_eq!(store.0.status(), ConnectionStatus::Connected);
    store.answer(&other, "refresh_tokens", &pair(venue, "second"), now_ms);
    let Ok(Access::Tokens { tokens, .. }) = store.0.access(now_ms) else { panic!("{:?}", store.0) };
    assert_eq!(tokens.access_token().expose(), "second");
}

/// The key is there, so nobody asks for its secret again.
#[test]
fn a_request_that_was_held_back_does_not_bring_back_a_flow_that_a_late_reply_has_ended() {
    let venue = Venue::WHITEBIT;
    let mut store = begun(Goal::ApiKey, venue, VenueEnvironment::GLOBAL);
    let paused = store.worker("paused", NOW_MS);
    let paused = store.answer(&paused, "exchange_code", &pair(venue, "first"), NOW_MS);
    let paused = store.answer(&paused, "check_key", KEY, NOW_MS);
    assert_eq!(paused.request().map(HttpRequest::purpose), Some("fetch_secret"));
    // Another takes over and has its lease stored; its store is slow to say so.
    let mut now_ms = NOW_MS + LEASE_OVER_MS;
    let mut other = ConnectionDriver::new(store.0.clone(), "other", now_ms).expect("a driver");
    while other.connection().lease_holder() != Some("other") {
        store.save(other, now_ms);
        now_ms = now_ms.max(store.0.due_at_ms().expect("it goes on"));
        other = ConnectionDriver::new(store.0.clone(), "other", now_ms).expect("a driver");
    }
    store.0 = other.connection().clone();
    store.answer(&paused, "fetch_secret", SECRET, now_ms);
    assert!(store.text().contains("once-only"));
    let held_back = other.saved(now_ms + 60_000).expect("a save");
    assert_eq!(held_back.request().map(HttpRequest::purpose), None);
    store.settle(held_back, now_ms + 60_000);
    assert_eq!(store.0.status(), ConnectionStatus::Connected);
    assert!(!store.text().contains("\"flow\":"), "the flow is back");
}

/// The secret comes after all, just before another worker sends the deletion that it has a lease for.
#[test]
fn a_key_that_was_deleted_although_its_secret_came_late_is_gone() {
    let venue = Venue::WHITEBIT;
    let policy = BeginOptions { on_secret_lost: LostSecretPolicy::DeleteAndReport, ..BeginOptions::default() };
    let mut store = begun_with(Goal::ApiKey, venue, VenueEnvironment::GLOBAL, policy);
    let paused = store.worker("paused", NOW_MS);
    let paused = store.answer(&paused, "exchange_code", &pair(venue, "first"), NOW_MS);
    let paused = store.answer(&paused, "check_key", KEY, NOW_MS);
    let mut now_ms = NOW_MS + LEASE_OVER_MS;
    let mut other = store.worker("other", now_ms);
    while other.action() == Action::Return {
        now_ms = store.0.due_at_ms().expect("it goes on");
        other = store.worker("other", now_ms);
    }
    assert_eq!(other.request().map(HttpRequest::purpose), Some("fetch_secret"));
    let taken = HttpResponse::new(409, r#"{"data":{"message":["Secret already retrieved."]}}"#);
    let other = store.settle(other.response(&taken, now_ms).expect("a reply"), now_ms);
    assert_eq!(other.request().map(HttpRequest::purpose), Some("delete_key"));
    store.answer(&paused, "fetch_secret", SECRET, now_ms);
    assert_eq!(store.0.status(), ConnectionStatus::Connected);
    store.answer(&other, "delete_key", r#"{"data":[]}"#, now_ms);
    assert_eq!(store.0.status(), ConnectionStatus::NeedsUser);
    assert_eq!(store.0.error().map(VenuekeyError::code), Some(ErrorCode::KeyGone));
}

const OTHER_KEY: &str =
    r#"{"data":{"exists":true,"isEnabled":true,"externalId":"99999999-2222-4333-8444-555555555555","permissions":[]}}"#;

/// Each key that the user has heard of as left, whatever told it.
fn left(connection: &Connection) -> Vec<&str> {
    let told = connection.events().iter().filter_map(|event| event.key_id.as_deref());
    told.chain(connection.key_left()).collect()
}

/// A row that works with one key, with a worker that has asked for the secret of the key of a second consent.
fn second_key(store: &mut Store, now_ms: u64) -> ConnectionDriver {
    let venue = Venue::WHITEBIT;
    let options = BeginOptions::default();
    let consents = store.0.reconnect(options, &Entropy::new([8; 64]), now_ms).expect("a consent");
    let url = consents.authorize_url().expect("a consent").expose().to_owned();
    let state = url.split(['?', '&']).find_map(|pair| pair.strip_prefix("state=")).expect("a state");
    store.0 = consents.receive_callback(&format!("/cb?code=code2&state={state}"), now_ms).expect("its own");
    let worker = store.worker("paused", now_ms);
    let worker = store.answer(&worker, "exchange_code", &pair(venue, "second"), now_ms);
    let worker = store.answer(&worker, "check_key", OTHER_KEY, now_ms);
    assert_eq!(worker.request().map(HttpRequest::purpose), Some("fetch_secret"));
    worker
}

fn imported() -> Store {
    let credentials = Credentials::Confidential { client_id: "demo".into(), client_secret: Secret::new("hush") };
    let config = ClientConfig::new(Venue::WHITEBIT, VenueEnvironment::GLOBAL, credentials, "https://app.example/cb");
    let key = ImportedKey {
        api_key: Secret::new("11111111-2222-4333-8444-555555555555"),
        api_secret: Secret::new("secret"),
        external_id: Some("11111111-2222-4333-8444-555555555555".parse().expect("an id")),
        uid: None,
        passphrase: None,
        site: None,
    };
    let client = Client::new(config).expect("sound");
    let row = client.import_key(key, ConnectOptions::new("user-1", "app"), &Entropy::new([7; 64]), NOW_MS);
    Store(row.expect("a key"))
}

/// The secret of the second key comes while that is being deleted, which must not put it in the place of the first.
#[test]
fn a_secret_that_comes_during_its_keys_deletion_does_not_hide_the_other_key() {
    let mut store = imported();
    let paused = second_key(&mut store, NOW_MS);
    store.0 = store.0.disconnect(Intent::Forget, NOW_MS).expect("an end");
    let mut now_ms = NOW_MS + LEASE_OVER_MS;
    let mut other = store.worker("other", now_ms);
    while other.action() != Action::Send {
        now_ms = store.0.due_at_ms().expect("it goes on").max(now_ms + 1);
        other = store.worker("other", now_ms);
    }
    assert_eq!(other.request().map(HttpRequest::purpose), Some("delete_key"));
    store.answer(&paused, "fetch_secret", SECRET, now_ms);
    store.answer(&other, "delete_key", r#"{"data":[]}"#, now_ms);
    assert_eq!(store.0.status(), ConnectionStatus::Ended);
    assert!(left(&store.0).contains(&"11111111-2222-4333-8444-555555555555"), "{:?}", left(&store.0));
    assert!(!left(&store.0).iter().any(|key| key.starts_with("9999")), "{:?} is gone", left(&store.0));
}

/// A key that comes after the end has its own end, and the key that was left before is left still.
#[test]
fn a_key_that_comes_after_the_end_does_not_hide_the_one_that_was_left() {
    let mut store = begun(Goal::ApiKey, Venue::BYBIT, VenueEnvironment::MAINNET);
    let venue = Venue::BYBIT;
    let key = |name: &str| {
        format!(r#"{{"ret_code":0,"ret_msg":"success","result":{{"api_key":"{name}","api_secret":"secret"}}}}"#)
    };
    let worker = store.worker("first", NOW_MS);
    let worker = store.answer(&worker, "exchange_code", &pair(venue, "first"), NOW_MS);
    let worker = store.answer(&worker, "read_uid", UID, NOW_MS);
    store.answer(&worker, "fetch_api_key", &key("key-of-the-first-consent-1111"), NOW_MS);
    let consents = store.0.reconnect(BeginOptions::default(), &Entropy::new([8; 64]), NOW_MS).expect("a consent");
    let url = consents.authorize_url().expect("a consent").expose().to_owned();
    let state = url.split(['?', '&']).find_map(|pair| pair.strip_prefix("state=")).expect("a state");
    store.0 = consents.receive_callback(&format!("/cb?code=code2&state={state}"), NOW_MS).expect("its own");
    let paused = store.worker("paused", NOW_MS);
    let paused = store.answer(&paused, "exchange_code", &pair(venue, "second"), NOW_MS);
    let paused = store.answer(&paused, "read_uid", UID, NOW_MS);
    assert_eq!(paused.request().map(HttpRequest::purpose), Some("fetch_api_key"));
    store.0 = store.0.disconnect(Intent::Disconnect, NOW_MS).expect("an end");
    let now_ms = NOW_MS + LEASE_OVER_MS;
    let mut told = Vec::new();
    let mut work = |store: &mut Store, name: &str| {
        let mut worker = store.worker(name, now_ms);
        while worker.action() == Action::Deliver {
            told.extend(worker.events().iter().map(|event| (event.kind, event.key_id.clone())));
            worker = store.settle(worker.delivered(true, now_ms).expect("a hook"), now_ms);
        }
    };
    work(&mut store, "other");
    assert_eq!((store.0.status(), store.0.key_left()), (ConnectionStatus::Ended, Some("…1111")));
    store.answer(&paused, "fetch_api_key", &key("key-of-the-second-consent-2222"), now_ms);
    work(&mut store, "another");
    assert_eq!((store.0.status(), store.0.key_left()), (ConnectionStatus::Ended, Some("…2222")));
    assert!(told.contains(&(EventKind::OrphanedCredential, Some("…1111".into()))), "{told:?}");
}

/// A host that hears of nothing for long still hears of each key that was left.
#[test]
fn an_event_that_names_a_key_makes_room_for_no_other() {
    let mut store = begun(Goal::ApiKey, Venue::WHITEBIT, VenueEnvironment::GLOBAL);
    let worker = store.worker("only", NOW_MS);
    let worker = store.answer(&worker, "exchange_code", &pair(Venue::WHITEBIT, "first"), NOW_MS);
    let worker = store.answer(&worker, "check_key", KEY, NOW_MS);
    let refused = HttpResponse::new(400, r#"{"data":{"message":["No."]}}"#);
    store.settle(worker.response(&refused, NOW_MS).expect("a reply"), NOW_MS);
    for attempt in 0..20 {
        let consent = store.0.reconnect(BeginOptions::default(), &Entropy::new([attempt; 64]), NOW_MS);
        let consent = consent.expect("a consent");
        let url = consent.authorize_url().expect("a consent").expose().to_owned();
        let state = url.split(['?', '&']).find_map(|pair| pair.strip_prefix("state=")).expect("a state");
        let denied = format!("/cb?error=access_denied&state={state}");
        store.0 = consent.receive_callback(&denied, NOW_MS).expect("its own");
    }
    store.0 = store.0.disconnect(Intent::Disconnect, NOW_MS).expect("an end");
    store.worker("only", NOW_MS);
    assert_eq!(store.0.status(), ConnectionStatus::Ended);
    assert_eq!(left(&store.0), ["11111111-2222-4333-8444-555555555555"]);
}

/// The venue may have made another key beside the first (facts/bybit.md, 6.2), with which nobody works any more.
#[test]
fn a_key_that_another_takes_the_place_of_is_named() {
    let mut store = imported();
    let worker = second_key(&mut store, NOW_MS);
    store.answer(&worker, "fetch_secret", SECRET, NOW_MS);
    assert_eq!(store.0.key_id(), Some("99999999-2222-4333-8444-555555555555"));
    assert_eq!(left(&store.0), ["11111111-2222-4333-8444-555555555555"]);
}
