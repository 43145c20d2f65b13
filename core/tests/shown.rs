//! What a person sees of each value: enough to tell what it is, and no more.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{case_of, client, files_of, load};
use venuekey::parts::*;

const NOW_MS: u64 = 1_790_000_000_000;

fn restored(case: &str, event: usize) -> Flow {
    let case = case_of("flows", case);
    let place = if event == 0 { &case["start"] } else { &case["events"][event - 1] };
    let snapshot = place["expect"]["snapshot"].as_str().expect("a snapshot");
    client(&case["client"]).expect("a client").restore(snapshot).expect("it restores")
}

#[test]
fn values_say_what_they_are() {
    let case = case_of("flows", "whitebit_key_new_docs");
    let client = client(&case["client"]).expect("a client");
    assert_eq!(format!("{client:?}"), "Client(whitebit global)");
    let started = client.begin(Goal::ApiKey, BeginOptions::default(), &Entropy::new([7; 64]), NOW_MS).expect("begun");
    let id = started.pending().flow_id().to_owned();
    let shown = format!("Flow(whitebit api_key, {id}, revision 1, awaiting_callback)");
    assert_eq!(format!("{:?}", started.pending()), shown);
    assert_eq!(format!("{started:?}"), format!("Started({shown})"));
    let app = ClientConfig::new(
        Venue::WHITEBIT,
        VenueEnvironment::GLOBAL,
        Credentials::Public { client_id: "demo".into() },
        "https://partner.example/cb",
    );
    assert_eq!(format!("{app:?}"), "ClientConfig(whitebit, global)");
    assert_eq!(format!("{:?}", Client::new(app).expect("valid")), "Client(whitebit global, public)");
    let keys = SealingKeys::new([("new", [1; 32].as_slice()), ("old", &[2; 32])]).expect("keys");
    assert_eq!(format!("{keys:?}"), "SealingKeys(new, old)");
    let choice = restored("bybit_ai_key", 4).resume(NOW_MS).expect("a choice");
    assert_eq!(format!("{choice:?}"), "Step::Choose(2 subaccounts, may_create=true)");
    let question = restored("whitebit_reissue", 2).resume(NOW_MS).expect("a question");
    assert_eq!(format!("{question:?}"), "Step::Authorize");
    let ended = restored("whitebit_hand_off_device", 1).resume(NOW_MS).expect("an end");
    assert_eq!(format!("{ended:?}"), "Step::Done(hand_off)");
    let Step::Done { outcome, .. } = ended else { panic!("an end") };
    assert_eq!(format!("{outcome:?}"), "HandOff { hand_off: HandOff(…) }");
}

/// Reads and pages: what they are of, and not what is in them.
#[test]
fn reads_say_what_they_are() {
    let case = case_of("reads", "pages_orders_full");
    let read = client(&case["client"]).expect("a client").read_orders(OrdersQuery::default(), NOW_MS).expect("valid");
    assert_eq!(format!("{read:?}"), "AccountRead(whitebit global orders)");
    let body = case["pages"][0]["body"].as_str().expect("a body");
    let page = read.receive(&HttpResponse::new(200, body)).expect("orders");
    assert_eq!(format!("{page:?}"), "Page(3 records)");
    let read = client(&case["client"]).expect("a client");
    let read = read.read_orders(OrdersQuery { limit: Some(3), ..OrdersQuery::default() }, NOW_MS).expect("valid");
    let page = read.receive(&HttpResponse::new(200, body)).expect("orders");
    assert_eq!(format!("{page:?}"), "Page(3 records, more to read)");
    assert!(!page.records.is_empty());
    let hint = |error: VenuekeyError| error.hint().unwrap_or_default().to_owned();
    let broken = read.receive(&HttpResponse::new(200, body.replacen("40000", "forty", 2))).expect_err("no decimal");
    assert_eq!(hint(broken), "record 0: price is missing or not as documented");
    let broken =
        read.receive(&HttpResponse::new(200, body.replace("ETH_USDT\":[{", "ETH_USDT\":[[{"))).expect_err("cut");
    assert_eq!(hint(broken), "it is not a JSON object or array");
}

/// A host asks a flow for its tokens at any time: they are those the flow would use next.
#[test]
fn a_flow_gives_the_tokens_it_holds() {
    let mut seen = 0;
    for path in files_of("flows") {
        let case = load(&path);
        let empty = Vec::new();
        let places = std::iter::once(&case["start"]).chain(case["events"].as_array().unwrap_or(&empty));
        for snapshot in places.filter_map(|place| place["expect"]["snapshot"].as_str()) {
            let flow = client(&case["client"]).expect("a client").restore(snapshot).expect("it restores");
            let data: serde_json::Value = serde_json::from_str(snapshot).expect("json");
            let state = &data["flow"]["state"];
            let held = state["work"]["context"].get("tokens").or(state["result"].get("tokens"));
            let held = held.map(|tokens| tokens["access_token"].as_str().expect("text"));
            assert_eq!(flow.tokens().map(|tokens| tokens.access_token().expose()), held, "{}", path.display());
            seen += usize::from(held.is_some());
        }
    }
    assert!(seen > 300, "{seen}");
}

#[test]
fn a_signer_says_whose_it_is() {
    let config = SignerConfig::new(Venue::BYBIT, VenueEnvironment::TESTNET, Secret::new("key"), Secret::new("secret"));
    assert_eq!(format!("{config:?}"), "SignerConfig(bybit, testnet)");
    let signer = Signer::new(config).expect("valid");
    assert_eq!((format!("{signer:?}").as_str(), signer.venue()), ("Signer(bybit testnet)", Venue::BYBIT));
    let reply = HttpResponse::new(200, r#"{"retCode":0,"result":[1]}"#);
    let probed = HttpResponse::new(200, r#"{"retCode":0,"result":{"apiKey":"key","ips":["203.0.113.7"]}}"#);
    let proof = signer.receive_probe(&probed).expect("our key");
    assert_eq!(format!("{proof:?}"), "KeyProof(is_permitted=true, 1 ips)");
    assert_eq!(format!("{:?}", signer.receive_response(&reply).expect("a success")), "SignedReply(3 bytes)");
    let batch = r#"{"retCode":0,"retExtInfo":{"list":[{"code":0},{"code":170131,"msg":"m"}]}}"#;
    let batch = signer.receive_response(&HttpResponse::new(200, batch)).expect("a success");
    assert_eq!(format!("{batch:?}"), "SignedReply(2 bytes, 1 of 2 items refused)");
    assert_eq!(format!("{:?}", batch.items()[1]), "BatchItem(is_accepted=false, venue code 170131)");
}

/// The vectors have each hint whole; which of its words matter, and where none helps, is said here.
#[test]
fn a_refusal_says_what_to_look_at() {
    let signer = |venue, environment| {
        Signer::new(SignerConfig::new(venue, environment, Secret::new("k"), Secret::new("s"))).expect("valid")
    };
    let (whitebit, bybit) =
        (signer(Venue::WHITEBIT, VenueEnvironment::GLOBAL), signer(Venue::BYBIT, VenueEnvironment::MAINNET));
    let hint = |signer: &Signer, status, body: &str| {
        let error = signer.receive_response(&HttpResponse::new(status, body)).expect_err("a refusal");
        error.hint().map(str::to_owned).unwrap_or_default()
    };
    let unauthorized = r#"{"code":0,"message":"Unauthorized request."}"#;
    assert!(hint(&whitebit, 401, unauthorized).contains("nothing in transit changes the URL or the body"));
    assert!(
        hint(&bybit, 200, r#"{"retCode":10004,"retMsg":""}"#)
            .contains("nothing in transit changes the URL or the body")
    );
    assert!(hint(&bybit, 200, r#"{"retCode":10003,"retMsg":""}"#).contains("for a site, set api_base"));
    assert!(hint(&bybit, 200, r#"{"retCode":10010,"retMsg":""}"#).contains("OAuth admin portal"));
    assert!(hint(&bybit, 403, "<html>").contains("or does not serve its country"));
    assert_eq!(hint(&bybit, 200, r#"{"retCode":10006,"retMsg":""}"#), "");
    assert_eq!(hint(&whitebit, 429, "{}"), "");
}

#[test]
fn a_reissue_that_ends_says_what_to_do() {
    let hint = |case: &str, event| {
        let Ok(Step::Failed { error, .. }) = restored(case, event).resume(NOW_MS) else { panic!("an end") };
        error.hint().map(str::to_owned).unwrap_or_default()
    };
    assert_eq!(hint("whitebit_reissue_no_token", 2), "once that is done, connect again");
    assert_eq!(hint("whitebit_reissue_forbidden", 3), "the venue does not let the app delete this key");
    assert!(hint("whitebit_reissue_another_key", 3).contains("another one is active"));
    assert_eq!(hint("whitebit_reissue_secret_lost_delete", 11), "start again");
    let case = case_of("values", "public_key_neither_works");
    let flow = client(&case["client"]).expect("a client").restore(case["snapshot"].as_str().expect("text"));
    let Ok(Step::Done { outcome: Outcome::ApiKey { key, .. }, .. }) = flow.expect("a flow").resume(NOW_MS) else {
        panic!("a key")
    };
    let config = SignerConfig::new(Venue::WHITEBIT, VenueEnvironment::GLOBAL, Secret::new("k"), Secret::new("s"));
    let refused = HttpResponse::new(401, r#"{"code":0,"message":"?"}"#);
    let next = PublicKeyProbe::new(&key, config).expect("sound").receive(&refused);
    let Ok(PublicKeyAnswer::Next { probe }) = next else { panic!("a candidate") };
    let error = probe.receive(&refused).expect_err("neither");
    assert!(error.hint().is_some_and(|hint| hint.contains("check_key")), "{error}");
}

/// A host may also ask about the errors its flows end with.
#[test]
fn a_flows_error_is_judged_too() {
    let watch = KeyWatch::new(Venue::WHITEBIT, 0, 1);
    let judged = |code: ErrorCode| {
        watch.receive_error(&VenuekeyError::from_parts(code.as_str(), None, None).expect("a code of this release"), 0)
    };
    assert_eq!(judged(ErrorCode::KeyDisabled), KeyVerdict::Disabled);
    assert_eq!(judged(ErrorCode::KeyGone), KeyVerdict::Gone);
    assert_eq!(judged(ErrorCode::TokenRejected).name(), "unclear");
}

/// A thousand keys that were issued in the same second are not looked at in the same hour.
#[test]
fn a_fleets_looks_are_spread_over_a_day() {
    let mut hours = [0; 24];
    for seed in 0..1_000 {
        let look = KeyWatch::new(Venue::WHITEBIT, 0, seed).next_check(0);
        let hour = (look.at_ms - 6 * 86_400_000) / 3_600_000;
        hours[usize::try_from(hour).expect("small").min(23)] += 1;
    }
    assert!(hours.iter().all(|looks| (10..=90).contains(looks)), "{hours:?}");
}

/// Workers reserve and take in any order, some stop half-way, clocks differ: no nonce comes twice.
#[test]
fn no_nonce_is_taken_twice() {
    let mut rng = fastrand::Rng::with_seed(20_261_122);
    for _ in 0..200 {
        let nonce_window = rng.bool();
        let (mut stored, mut taken) = (0_u64, std::collections::BTreeSet::new());
        let mut workers: Vec<Option<Nonces>> = vec![None; 8];
        let mut now_ms = 1_790_000_000_000_u64;
        for _ in 0..400 {
            let worker = rng.usize(0..workers.len());
            now_ms = now_ms.saturating_add_signed(rng.i64(-200..1_000));
            match &mut workers[worker] {
                Some(nonces) => match nonces.take(now_ms) {
                    Some((nonce, rest)) => {
                        assert!(taken.insert(nonce), "{nonce} twice");
                        *nonces = rest;
                    }
                    None => workers[worker] = None,
                },
                None => {
                    // What a compare-and-set in the host's store lets through, one at a time.
                    let nonces = Nonces::reserve(stored, rng.u32(1..50), now_ms, nonce_window).expect("in range");
                    assert!(nonces.reserved() > stored);
                    stored = nonces.reserved();
                    workers[worker] = Some(nonces);
                }
            }
            if rng.u8(0..20) == 0 {
                workers[worker] = None;
            }
        }
        assert!(taken.len() > 100, "{}", taken.len());
    }
}

/// What the one on call reads must say what no user can fix, and where a request went.
#[test]
fn hints_name_the_cause_and_the_place() {
    let failed = |case: &str, event| {
        let Ok(Step::Failed { error, .. }) = restored(case, event).resume(NOW_MS) else { panic!("an end") };
        error.to_string()
    };
    let wrong_secret = failed("whitebit_tokens_401", 3);
    assert!(wrong_secret.contains("if other users get this too, no user can fix it"), "{wrong_secret}");
    assert!(wrong_secret.contains("client_secret") && wrong_secret.contains("allowlist"), "{wrong_secret}");

    let pending = restored("whitebit_callback_other_path", 0);
    let error = pending.receive_callback("/else\u{202e}where?code=c", NOW_MS).expect_err("another path").to_string();
    assert!(error.contains("it arrived on /else%E2%80%AEwhere, redirect_uri has /cb; see "), "{error}");
    let error = pending.receive_callback("bare-code", NOW_MS).expect_err("no URL").to_string();
    assert!(error.contains("give the whole URL") && !error.contains("bare-code"), "{error}");
    let lost = VenuekeyError::superseded();
    assert!(lost.to_string().contains("or it was never saved"), "{lost}");
    // Whoever has the line alone finds the page, and the address ends the line.
    let page = "https://github.com/venuekey/venuekey/blob/main/docs/errors/superseded.md";
    assert!(lost.doc_url() == page && lost.to_string().ends_with(&format!("; see {page}")), "{lost}");
}
