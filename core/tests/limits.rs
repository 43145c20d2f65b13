//! Sizes and figures that the documentation promises.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::string_slice)]

use venuekey::parts::*;

const NOW_MS: u64 = 1_790_000_000_000;
/// The latest a host's clock may say.
const LAST_MS: u64 = 4_102_444_799_999;

#[test]
fn the_longest_pending_snapshot_fits_2_kb() {
    let redirect_uri = format!("https://partner.example/{}", "a".repeat(512 - 24));
    for venue in Venue::ALL {
        let environment = if *venue == Venue::WHITEBIT { VenueEnvironment::GLOBAL } else { VenueEnvironment::TESTNET };
        let credentials = Credentials::Confidential { client_id: "\\".repeat(128), client_secret: Secret::new("x") };
        let client =
            Client::new(ClientConfig::new(*venue, environment, credentials, redirect_uri.clone())).expect("valid");
        let started =
            client.begin(Goal::ApiKey, BeginOptions::default(), &Entropy::new([1; 64]), LAST_MS).expect("begun");
        let size = started.pending().snapshot().expose().len();
        assert!(size <= 2048, "{} bytes at {}", size, venue.as_str());
    }
}

/// A reissue's comes later in its life, under a longer name, and without the tokens it had before.
#[test]
fn the_longest_pending_reissue_fits_2_kb_too() {
    let redirect_uri = format!("https://partner.example/{}", "a".repeat(512 - 24));
    let credentials = Credentials::Confidential { client_id: "\\".repeat(128), client_secret: Secret::new("x") };
    let config = ClientConfig::new(Venue::WHITEBIT, VenueEnvironment::GLOBAL, credentials, redirect_uri);
    let client = Client::new(config).expect("valid");
    let token = || Secret::new("~".repeat(MAX_TOKEN_BYTES));
    let tokens = Tokens::new(token(), Some(token()), u64::MAX >> 11, None, vec!["s".repeat(128); 128]).expect("sound");
    let id = ExternalId::try_from("11111111-2222-4333-8444-555555555555".to_owned()).expect("a UUID");
    let options = BeginOptions { on_secret_lost: LostSecretPolicy::DeleteAndReport, ..BeginOptions::default() };
    let begun = client.reissue_key(&tokens, &id, options.clone(), &Entropy::new([1; 64]), NOW_MS).expect("begun");
    assert!(begun.flow().snapshot().expose().len() <= MAX_SNAPSHOT_BYTES);
    let sent = begun.flow().resume(NOW_MS).expect("ready").flow().clone();
    let last_ms = LAST_MS;
    let saved = sent.receive_response(&HttpResponse::new(200, r#"{"data":[]}"#), last_ms).expect("in flight");
    let text = saved.flow().snapshot().expose().replace("\"revision\":3", &format!("\"revision\":{}", u64::MAX >> 11));
    assert!(client.restore(&text).is_ok() && text.len() <= 2048, "{} bytes", text.len());
    assert!(saved.flow().tokens().is_none());
    let options = BeginOptions { response_type: ResponseType::Token, ..options };
    let refused = client.reissue_key(&tokens, &id, options, &Entropy::new([1; 64]), NOW_MS).expect_err("only a code");
    assert_eq!(refused.code(), ErrorCode::NotSupported);
}

#[test]
fn the_longest_pending_flow_fits_a_cookie_once_sealed() {
    let redirect_uri = format!("https://partner.example/{}", "a".repeat(512 - 24));
    let credentials = Credentials::Public { client_id: "\\".repeat(128) };
    let config = ClientConfig::new(Venue::WHITEBIT, VenueEnvironment::GLOBAL, credentials, redirect_uri);
    let client = Client::new(config).expect("valid");
    let entropy = Entropy::new([1; 64]);
    let started = client.begin(Goal::ApiKey, BeginOptions::default(), &entropy, LAST_MS).expect("begun");
    let id = "i".repeat(32);
    let keys = SealingKeys::new([(id.as_str(), [9; 32].as_slice())]).expect("a key");
    let sealed = started.pending().seal(&keys, "session", &entropy).expect("pending");
    assert!(sealed.len() <= 4096, "{} bytes", sealed.len());
    let opened = client.open(&sealed, &keys, "session").expect("its own key and context");
    assert_eq!((opened.flow_id(), opened.revision()), (started.pending().flow_id(), 0));
    assert_eq!(opened.snapshot().expected_revision(), 0, "whatever comes next is the first in the store");
}

#[test]
fn the_longest_hand_off_is_taken() {
    let redirect_uri = format!("https://partner.example/{}", "a".repeat(512 - 24));
    let config =
        |credentials| ClientConfig::new(Venue::WHITEBIT, VenueEnvironment::GLOBAL, credentials, redirect_uri.clone());
    let client_id = "\\".repeat(128);
    let app = Client::new(config(Credentials::Public { client_id: client_id.clone() })).expect("valid");
    let backend =
        Client::new(config(Credentials::Confidential { client_id, client_secret: Secret::new("x") })).expect("valid");
    let started = app.begin(Goal::ApiKey, BeginOptions::default(), &Entropy::new([1; 64]), NOW_MS).expect("begun");
    let url = started.authorize_url().expose();
    let state = url.split("state=").nth(1).and_then(|rest| rest.split('&').next()).expect("state");
    // A control character is the longest in JSON, six for one.
    let path = redirect_uri.trim_start_matches("https://partner.example");
    let callback = format!("{path}?state={state}&code={}&apiKey={}", "%01".repeat(2048), "k".repeat(256));
    let ended = started.pending().receive_callback(&callback, NOW_MS).expect("accepted").flow().clone();
    let Step::Done { outcome: Outcome::HandOff { hand_off }, .. } = ended.resume(NOW_MS).expect("done") else {
        panic!("a hand-off")
    };
    for (length, taken) in [(16 * 1024, true), (16 * 1024 + 1, false)] {
        let padded = format!("{}{}", hand_off.expose(), " ".repeat(length - hand_off.expose().len()));
        let step = backend.accept_hand_off(&padded, LostSecretPolicy::Report, NOW_MS);
        assert_eq!(step.is_ok(), taken, "a hand-off of {length} bytes");
    }
    let step = backend.accept_hand_off(hand_off.expose(), LostSecretPolicy::Report, NOW_MS).expect("taken");
    assert_eq!((step.flow().status(), step.flow().revision()), (FlowStatus::Ready, 1));
    backend.restore(step.flow().snapshot().expose()).expect("and stored");
}

#[test]
fn the_largest_reply_still_fits_a_snapshot() {
    let credentials = Credentials::Confidential { client_id: "demo".into(), client_secret: Secret::new("x") };
    let config =
        ClientConfig::new(Venue::WHITEBIT, VenueEnvironment::GLOBAL, credentials, "https://partner.example/cb");
    let client = Client::new(config).expect("valid");
    let token = "~".repeat(MAX_TOKEN_BYTES);
    let tokens = Tokens::new(Secret::new(token.clone()), Some(Secret::new(token)), 1, None, vec!["s".repeat(128); 128])
        .expect("sound");
    // Escapes lengthen a title in JSON.
    for (title, kept) in [("\"".repeat(24_000), true), ("t".repeat(60_000), false)] {
        let info = format!(
            r#"{{"data":{{"exists":true,"isEnabled":true,"externalId":"11111111-2222-4333-8444-555555555555","permissions":[{{"name":"n","title":{},"urls":[]}}]}}}}"#,
            serde_json::to_string(&title).expect("json")
        );
        let step = client.check_key(&tokens, &Entropy::new([1; 64]), NOW_MS).expect("begun");
        let Step::Send { request, next } = step.flow().resume(NOW_MS).expect("ready") else { panic!("a request") };
        assert_eq!(request.purpose(), "refresh_tokens", "the access token has expired by this clock");
        let fresh = r#"{"data":{"access_token":"new","expires_in":300}}"#;
        let next = next.receive_response(&HttpResponse::new(200, fresh), NOW_MS).expect("in flight").flow().clone();
        let saved = next.receive_response(&HttpResponse::new(200, info), NOW_MS).expect("in flight").flow().clone();
        let restored = client.restore(saved.snapshot().expose()).expect("it fits");
        let Step::Done { outcome: Outcome::KeyChecked { status, .. }, .. } = restored.resume(NOW_MS).expect("done")
        else {
            panic!("a status")
        };
        assert_eq!(status.permissions().is_some(), kept, "what would not fit is left out, not cut");
        assert!(status.is_enabled());
    }
}

#[test]
fn a_signed_reply_is_read_up_to_its_limit() {
    for (venue, environment, reply) in [
        (Venue::WHITEBIT, VenueEnvironment::GLOBAL, "{}"),
        (Venue::BYBIT, VenueEnvironment::MAINNET, r#"{"retCode":0,"result":{}}"#),
    ] {
        let config = SignerConfig::new(venue, environment, Secret::new("k"), Secret::new("s"));
        let signer = Signer::new(config).expect("valid");
        for (length, taken) in [(MAX_BODY_BYTES, true), (MAX_BODY_BYTES + 1, false)] {
            let padded = format!("{reply}{}", " ".repeat(length - reply.len()));
            assert_eq!(signer.receive_response(&HttpResponse::new(200, padded)).is_ok(), taken, "{length} bytes");
        }
    }
}

/// 48 KiB as JSON, so that no escape can make a snapshot that is too large to be read.
#[test]
fn permissions_are_kept_to_the_byte() {
    let credentials = Credentials::Confidential { client_id: "demo".into(), client_secret: Secret::new("x") };
    let config =
        ClientConfig::new(Venue::WHITEBIT, VenueEnvironment::GLOBAL, credentials, "https://partner.example/cb");
    let client = Client::new(config).expect("valid");
    let tokens = Tokens::new(Secret::new("t"), None, 1, None, vec![]).expect("sound");
    let permissions = |fill: &str, url: &str| serde_json::json!([{"name": "n", "title": fill, "urls": [{"url": url, "enable": true}]}]);
    let room = 49_152 - permissions("", "u").to_string().len();
    for (shape, kept) in [
        (permissions(&"t".repeat(room), "u"), true),
        (permissions(&"t".repeat(room + 1), "u"), false),
        (permissions("", &format!("u{}", "\u{1}".repeat(room / 6))), true),
        (permissions("", &format!("u{}", "\u{1}".repeat(room / 6 + 1))), false),
    ] {
        let info = serde_json::json!({"data": {"exists": true, "isEnabled": true,
            "externalId": "11111111-2222-4333-8444-555555555555", "permissions": &shape}});
        let step = client.check_key(&tokens, &Entropy::new([1; 64]), NOW_MS).expect("begun");
        let sent = step.flow().resume(NOW_MS).expect("ready");
        let saved = sent.flow().receive_response(&HttpResponse::new(200, info.to_string()), NOW_MS).expect("in flight");
        let Step::Done { outcome: Outcome::KeyChecked { status, .. }, .. } = saved.flow().resume(NOW_MS).expect("done")
        else {
            panic!("a status")
        };
        assert_eq!(status.permissions().is_some(), kept, "{} bytes", shape.to_string().len());
    }
}

#[test]
fn secrets_compare_by_value_and_by_length() {
    let secret = Secret::new("state");
    assert!(secret.ct_eq("state"));
    for other in ["", "stat", "states", "STATE", "statf"] {
        assert!(!secret.ct_eq(other), "{other}");
    }
}

/// The limits are met to the byte: the largest is taken, one more is refused.
#[test]
fn limits_hold_to_the_byte() {
    let credentials = Credentials::Confidential { client_id: "demo".into(), client_secret: Secret::new("x") };
    let config = ClientConfig::new(Venue::BYBIT, VenueEnvironment::MAINNET, credentials, "https://partner.example/cb");
    let client = Client::new(config).expect("valid");
    let started =
        client.begin(Goal::AccountTokens, BeginOptions::default(), &Entropy::new([3; 64]), NOW_MS).expect("begun");
    let pending = started.pending();
    let state = started.authorize_url().expose().split("state=").nth(1).expect("state").to_owned();

    for (length, taken) in [(2048, true), (2049, false)] {
        let url = format!("/cb?state={state}&code={}", "a".repeat(length));
        assert_eq!(pending.receive_callback(&url, NOW_MS).is_ok(), taken, "a code of {length} bytes");
    }
    let start = format!("/cb?state={state}&code=c&padding=");
    for (length, taken) in [(16 * 1024, true), (16 * 1024 + 1, false)] {
        let url = format!("{start}{}", "a".repeat(length - start.len()));
        assert_eq!(pending.receive_callback(&url, NOW_MS).is_ok(), taken, "a callback of {length} bytes");
    }

    let text = pending.snapshot().expose().to_owned();
    for (length, taken) in [(MAX_SNAPSHOT_BYTES, true), (MAX_SNAPSHOT_BYTES + 1, false)] {
        let padded = format!("{text}{}", " ".repeat(length - text.len()));
        assert_eq!(client.restore(&padded).is_ok(), taken, "a snapshot of {length} bytes");
    }

    let ready =
        pending.receive_callback(&format!("/cb?state={state}&code=c"), NOW_MS).expect("accepted").flow().clone();
    let sent = ready.resume(NOW_MS).expect("ready").flow().clone();
    let reply = r#"{"access_token":"t"}"#;
    for (length, status) in [(MAX_BODY_BYTES, FlowStatus::InFlight), (MAX_BODY_BYTES + 1, FlowStatus::Failed)] {
        let padded = format!("{reply}{}", " ".repeat(length - reply.len()));
        let step = sent.receive_response(&HttpResponse::new(200, padded), NOW_MS).expect("in flight");
        assert_eq!(step.flow().status(), status, "a reply of {length} bytes");
    }
}

#[test]
fn a_snapshot_says_what_a_store_needs() {
    let credentials = Credentials::Confidential { client_id: "demo".into(), client_secret: Secret::new("x") };
    let config =
        ClientConfig::new(Venue::WHITEBIT, VenueEnvironment::GLOBAL, credentials, "https://partner.example/cb");
    let client = Client::new(config).expect("valid");
    let entropy = Entropy::new([5; 64]);
    let started = client.begin(Goal::ApiKey, BeginOptions::default(), &entropy, NOW_MS).expect("begun");
    let expired = started.pending().resume(NOW_MS + 2_000_000).expect("past the deadline").flow().clone();
    let flows = [
        (started.pending(), FlowStatus::AwaitingCallback { expires_at_ms: NOW_MS + 900_000 }, None),
        (&expired, FlowStatus::Failed, Some(ErrorCode::CallbackTimeout)),
    ];
    for (flow, status, failure) in flows {
        let snapshot = flow.snapshot();
        assert_eq!((snapshot.flow_id(), snapshot.revision()), (flow.flow_id(), flow.revision()));
        assert_eq!(snapshot.expected_revision(), flow.revision() - 1);
        assert_eq!((snapshot.operation(), snapshot.status()), (FlowOperation::ApiKey, status));
        assert_eq!(snapshot.error().map(VenuekeyError::code), failure);
        assert_eq!(format!("{snapshot:?}"), format!("Snapshot({}, revision {})", flow.flow_id(), flow.revision()));
    }
    assert_eq!((started.pending().revision(), expired.revision()), (1, 2));
}

/// The longest query there is, split as far as it goes, with as many rows remembered as fit: what core writes, it reads.
#[test]
fn the_longest_cursor_is_taken_back() {
    let credentials = Credentials::Confidential { client_id: "demo".into(), client_secret: Secret::new("hush") };
    let config = ClientConfig::new(Venue::WHITEBIT, VenueEnvironment::EU, credentials, "https://p.example/cb");
    let client = Client::new(config).expect("valid");
    let quotes = |count: usize| "\"".repeat(count);
    let query = TransactionsQuery {
        address: Some(quotes(256)),
        addresses: vec![quotes(256); 20],
        memo: Some(quotes(256)),
        unique_id: Some(quotes(256)),
        limit: Some(500),
        split_tickers: (0..200).map(|n| format!("{}{n:03}", quotes(29))).collect(),
        ..TransactionsQuery::default()
    };
    let mut read = client.read_transactions(query).expect("valid");
    let (mut id, mut longest) = (0_u64, 0);
    for page in 0..16 {
        // The whole, its first method, what may still change in it until it ends, then a settled status, split by tickers.
        let total = match page {
            2..8 => 9_000,
            8 => 500,
            _ => 9_900,
        };
        // Each further page of a part begins with the last row of the one before.
        let first_id = if (3..9).contains(&page) || page > 11 { id } else { id + 1 };
        let rows: Vec<String> = (first_id..first_id + 500)
            .map(|id| {
                format!(
                    r#"{{"transaction_id":"{id}","method":1,"status":3,"address":"","createdAt":{},"ticker":"BTC","currency":"","amount":"1","fee":"0","memo":"","description":"","transactionHash":"","unique_id":null,"network":null,"details":null,"confirmations":null}}"#,
                    1_790_000_000 - id
                )
            })
            .collect();
        id = first_id + 499;
        let reply = format!(r#"{{"records":[{}],"total":{total}}}"#, rows.join(","));
        read = read.receive(&HttpResponse::new(200, reply)).expect("as documented").next.expect("more");
        let cursor = read.cursor();
        longest = longest.max(cursor.len());
        let taken = client.resume_read(&cursor);
        assert!(taken.is_ok_and(|taken| taken.cursor() == cursor), "{} bytes after page {page}", cursor.len());
    }
    println!("{longest} bytes of {MAX_CURSOR_BYTES}");
}
