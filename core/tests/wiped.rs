//! What holds a secret is wiped before its memory is given back: an allocator looks into each block that is freed.
// An allocator can't be written without.
#![allow(unsafe_code)]
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use venuekey::parts::*;

mod common;
use common::case_of;

/// Begins each secret of the test; no code of ours spells it.
const MARK: &[u8] = b"Zq7marks";

struct Watching;

static WATCHES: AtomicBool = AtomicBool::new(false);
static UNWIPED: AtomicUsize = AtomicUsize::new(0);
/// The allocator's findings are of all threads.
static ALONE: Mutex<()> = Mutex::new(());

fn look(block: *mut u8, size: usize) {
    if WATCHES.load(Ordering::Relaxed) && size >= MARK.len() {
        // SAFETY: the block is still allocated, and of this size. Bytes nobody has written are compared all the same.
        let bytes = unsafe { std::slice::from_raw_parts(block, size) };
        if bytes.windows(MARK.len()).any(|window| window == MARK) {
            UNWIPED.fetch_add(1, Ordering::Relaxed);
        }
    }
}

// SAFETY: all is left to the system's allocator. A block that grows moves, as `realloc` does by itself: one that grew in its
// place would take in what is left of its neighbour.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as of the caller. Zeroed, so that no block begins with what an earlier one has left.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        look(block, layout.size());
        // SAFETY: as of the caller.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watching = Watching;

/// How many blocks were freed with a secret in them. What the test itself has made is leaked.
fn unwiped(work: impl FnOnce()) -> usize {
    UNWIPED.store(0, Ordering::Relaxed);
    WATCHES.store(true, Ordering::Relaxed);
    work();
    WATCHES.store(false, Ordering::Relaxed);
    UNWIPED.load(Ordering::Relaxed)
}

fn secret(name: &str) -> Secret {
    Secret::new(kept(|| format!("Zq7marks-{name}")))
}

/// A text of the test's own, which is never freed.
fn kept(text: impl FnOnce() -> String) -> &'static str {
    let watched = WATCHES.swap(false, Ordering::Relaxed);
    let text = Box::leak(text().into_boxed_str());
    WATCHES.store(watched, Ordering::Relaxed);
    text
}

#[test]
fn the_allocator_sees_what_was_not_wiped() {
    let _alone = ALONE.lock();
    assert_eq!(unwiped(|| drop(String::from("a Zq7marks-secret"))), 1);
    assert_eq!(unwiped(|| drop(secret("secret"))), 0);
}

/// Each reply of a case, with the mark in front of what is secret in it.
fn replies(name: &str) -> Vec<(u16, &'static str)> {
    let marked = |body: &str| {
        ["access_token", "refresh_token", "apiKey", "apiSecret", "api_key", "api_secret", "publicKey", "secretKey"]
            .iter()
            .fold(body.to_owned(), |body, field| {
                body.replace(&format!("\"{field}\":\""), &format!("\"{field}\":\"Zq7marks"))
            })
    };
    let case = case_of("flows", name);
    let events = case["events"].as_array().expect("events");
    events
        .iter()
        .filter(|event| event["event"] == "response")
        .map(|event| {
            let status = event["status"].as_u64().and_then(|status| status.try_into().ok()).expect("a status");
            (status, kept(|| marked(event["body"].as_str().expect("a body"))))
        })
        .collect()
}

fn connect(client: &Client, goal: Goal, path: &str, replies: &[(u16, &'static str)]) -> &'static str {
    let mut now_ms = 1_790_000_000_000;
    let started = client.begin(goal, BeginOptions::default(), &Entropy::new([7; 64]), now_ms).expect("begun");
    let url = url::Url::parse(started.authorize_url().expose()).expect("a URL");
    let (_, state) = url.query_pairs().find(|(name, _)| name == "state").expect("state");
    let callback = kept(|| format!("{path}?code=Zq7marks-code&state={state}"));
    let mut driver = FlowDriver::new(started.pending().receive_callback(callback, now_ms).expect("a callback"));
    let mut replies = replies.iter();
    loop {
        driver = match driver.action() {
            Action::Save => {
                let text = driver.snapshot();
                let restored = client.restore(text.expose()).expect("its own text");
                assert_eq!(restored.snapshot().expose().len(), text.expose().len());
                driver.saved(now_ms).expect("saved")
            }
            Action::Send => {
                let (status, body) = *replies.next().expect("a reply is left");
                driver.response(&HttpResponse::new(status, body), now_ms).expect("a reply")
            }
            Action::Sleep => {
                now_ms += 60_000;
                driver.awake(now_ms).expect("awake")
            }
            Action::Return => return "connected",
            Action::Fail => return driver.error().expect("an error").code().as_str(),
            _ => panic!("{driver:?}"),
        };
    }
}

fn client(venue: Venue, environment: VenueEnvironment, path: &str) -> Client {
    let credentials = Credentials::Confidential { client_id: "Demo".into(), client_secret: secret("client") };
    Client::new(ClientConfig::new(venue, environment, credentials, format!("https://partner.example{path}")))
        .expect("a client")
}

#[test]
fn a_connection_leaves_no_secret_behind() {
    let _alone = ALONE.lock();
    for (venue, environment, case) in [
        (Venue::WHITEBIT, VenueEnvironment::GLOBAL, "whitebit_key_new_docs"),
        (Venue::BYBIT, VenueEnvironment::MAINNET, "bybit_key"),
    ] {
        let replies = replies(case);
        let found = unwiped(|| {
            let client = client(venue, environment, "/cb");
            assert_eq!(connect(&client, Goal::ApiKey, "/cb", &replies), "connected", "{case}");
        });
        assert_eq!(found, 0, "{case}");
    }
}

#[test]
fn tokens_leave_no_secret_behind() {
    let _alone = ALONE.lock();
    let reply = kept(|| {
        r#"{"data":{"access_token":"Zq7marks-new","refresh_token":"Zq7marks-next","expires_in":300,"token_type":"Bearer"}}"#
            .to_owned()
    });
    let found = unwiped(|| {
        let client = client(Venue::WHITEBIT, VenueEnvironment::GLOBAL, "/cb");
        let (start_ms, now_ms) = (1_790_000_000_000, 1_790_000_290_000);
        let tokens = Tokens::new(secret("access"), Some(secret("refresh")), 1_790_000_300_000, None, vec![]);
        let shared = client.share_tokens(tokens.expect("tokens"), &Entropy::new([7; 64]), start_ms).expect("shared");
        let mut stored = shared.snapshot();
        let mut driver = client.drive_tokens(None, 30_000);
        while driver.action() != Action::Return {
            driver = match driver.action() {
                Action::Load => driver.loaded(stored.expose(), now_ms).expect("its own text"),
                Action::Save => {
                    stored = driver.snapshot().expect("a snapshot");
                    driver.saved(now_ms).expect("saved")
                }
                Action::Send => driver.response(&HttpResponse::new(200, reply), now_ms).expect("a reply"),
                _ => panic!("{driver:?}: {:?}", driver.error()),
            };
        }
        assert!(matches!(driver.plan(), Some(TokenPlan::Use { generation: 2, .. })));
    });
    assert_eq!(found, 0);
}

#[test]
fn what_is_signed_or_sealed_leaves_no_secret_behind() {
    let _alone = ALONE.lock();
    let found = unwiped(|| {
        for (venue, environment, path) in [
            (Venue::WHITEBIT, VenueEnvironment::GLOBAL, "/api/v4/main-account/balance"),
            (Venue::BYBIT, VenueEnvironment::MAINNET, "/v5/order/create"),
        ] {
            let config = SignerConfig::new(venue, environment, secret("key"), secret("secret"));
            let signer = Signer::new(config).expect("a signer");
            let parameters = r#"{"amount":"1"}"#;
            signer.sign(HttpMethod::Post, path, parameters, 1_790_000_000_000).expect("signed");
        }
        let client = client(Venue::WHITEBIT, VenueEnvironment::GLOBAL, "/cb");
        let entropy = Entropy::new([7; 64]);
        let asked = KeyRequest { passphrase: Some(secret("passphrase")), ..KeyRequest::default() };
        let options = BeginOptions { key_request: Some(asked), ..BeginOptions::default() };
        client.begin(Goal::ApiKey, options, &entropy, 1_790_000_000_000).expect_err("no venue takes one");
        let started = client.begin(Goal::ApiKey, BeginOptions::default(), &entropy, 1_790_000_000_000).expect("begun");
        let keys = SealingKeys::new([("k1", [9; 32].as_slice())]).expect("keys");
        let sealed = started.pending().seal(&keys, "session", &entropy).expect("sealed");
        client.open(&sealed, &keys, "session").expect("opened");
    });
    assert_eq!(found, 0);
}
