//! Replies, callbacks and snapshots that are cut, swollen, flipped or made of other cases' parts: never a
//! panic, always a flow that can be stored, restored and resumed.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::string_slice)]

mod common;

use common::*;
use fastrand::Rng;
use serde_json::Value;
use venuekey::parts::*;

/// Every snapshot of every case, with its client, and every body and callback there is.
fn material() -> (Vec<(Value, String)>, Vec<String>, Vec<String>) {
    let (mut snapshots, mut bodies, mut callbacks) = (Vec::new(), Vec::new(), Vec::new());
    for path in files_of("flows") {
        let case = load(&path);
        let empty = Vec::new();
        let events = case["events"].as_array().unwrap_or(&empty);
        for place in std::iter::once(&case["start"]).chain(events) {
            let snapshot = place["expect"]["snapshot"].as_str();
            snapshots.extend(snapshot.map(|text| (case["client"].clone(), text.to_owned())));
            callbacks.extend(place["pasted"].as_str().map(str::to_owned));
            bodies.extend(place["body"].as_str().map(str::to_owned));
            callbacks.extend(place["url"].as_str().map(str::to_owned));
        }
    }
    assert!(snapshots.len() > 500 && bodies.len() > 300 && callbacks.len() > 100);
    (snapshots, bodies, callbacks)
}

/// One random change to some bytes.
fn spoil(rng: &mut Rng, text: &str, others: &[String]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    let at = |rng: &mut Rng, bytes: &[u8]| rng.usize(0..=bytes.len());
    match rng.u8(0..7) {
        0 => bytes.truncate(at(rng, &bytes)),
        1 if !bytes.is_empty() => {
            let index = rng.usize(0..bytes.len());
            bytes[index] ^= 1 << rng.u8(0..8);
        }
        2 => {
            let index = at(rng, &bytes);
            let piece =
                ["{}", "[]", "null", "-1", "1e999", "\"\\u0000\"", "99999999999999999999", "[[[[[[", "\u{feff}"];
            bytes.splice(index..index, piece[rng.usize(0..piece.len())].bytes());
        }
        3 => {
            let other = others[rng.usize(0..others.len())].as_bytes();
            bytes.truncate(at(rng, &bytes));
            bytes.extend_from_slice(&other[rng.usize(0..=other.len())..]);
        }
        4 => bytes = others[rng.usize(0..others.len())].clone().into_bytes(),
        5 => bytes = (0..rng.usize(0..64)).map(|_| rng.u8(..)).collect(),
        // Every value of one kind becomes another.
        _ => bytes = String::from_utf8_lossy(&bytes).replace("true", "false").replace('1', "\"1\"").into_bytes(),
    }
    bytes
}

fn now(rng: &mut Rng) -> u64 {
    match rng.u8(0..4) {
        0 => 0,
        1 => u64::MAX,
        _ => 1_790_000_000_000_u64.saturating_add_signed(rng.i64(-100_000_000_000..100_000_000_000)),
    }
}

/// Whatever came of it can be stored, restored and asked for the next step.
fn lives_on(client: &Client, step: &Step, rng: &mut Rng) {
    let text = step.flow().snapshot().expose().to_owned();
    let restored = client.restore(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(restored.snapshot().expose(), text);
    let _ = restored.resume(now(rng));
}

#[test]
fn spoilt_replies_leave_a_flow_that_lives_on() {
    let (snapshots, bodies, _) = material();
    let mut rng = Rng::with_seed(4711);
    let mut in_flight = 0;
    for round in 0..12_000 {
        let (config, text) = &snapshots[round % snapshots.len()];
        let client = client(config).expect("a client");
        let flow = client.restore(text).expect("a committed snapshot restores");
        let body = bodies[rng.usize(0..bodies.len())].clone();
        let body = spoil(&mut rng, &body, &bodies);
        let status = [0, 99, 200, 201, 204, 302, 400, 401, 403, 404, 409, 422, 423, 429, 500, 599, 999, u16::MAX];
        let mut response = HttpResponse::new(status[rng.usize(0..status.len())], body);
        if rng.u8(0..4) == 0 {
            let value = ["0", "-1", "4294967295", "99999999999", "soon", ""];
            response = response.with_header("Retry-After", value[rng.usize(0..value.len())]);
        }
        match flow.receive_response(&response, now(&mut rng)) {
            Ok(step) => {
                in_flight += 1;
                lives_on(&client, &step, &mut rng);
            }
            Err(error) => assert_eq!(error.code(), ErrorCode::WrongState),
        }
    }
    assert!(in_flight > 3_000, "{in_flight}");
}

#[test]
fn spoilt_callbacks_are_refused_or_accepted_whole() {
    let (snapshots, _, callbacks) = material();
    let mut rng = Rng::with_seed(4712);
    for _ in 0..12_000 {
        let (config, text) = &snapshots[rng.usize(0..snapshots.len())];
        let client = client(config).expect("a client");
        let flow = client.restore(text).expect("a committed snapshot restores");
        let url = callbacks[rng.usize(0..callbacks.len())].clone();
        let url = String::from_utf8_lossy(&spoil(&mut rng, &url, &callbacks)).into_owned();
        match flow.receive_callback(&url, now(&mut rng)) {
            Ok(step) => lives_on(&client, &step, &mut rng),
            // A reissue that has not asked for consent yet.
            Err(error) if error.code() == ErrorCode::WrongState => {
                assert_eq!(flow.operation(), FlowOperation::ReissueKey)
            }
            Err(error) if error.code() == ErrorCode::InvalidArgument => assert!(error.to_string().contains("now_ms")),
            Err(error) if error.code() == ErrorCode::CallbackTimeout => assert_eq!(flow.status(), FlowStatus::Failed),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Rejected),
        }
        match flow.receive_pasted_code(&url, now(&mut rng)) {
            Ok(step) => lives_on(&client, &step, &mut rng),
            Err(error) if error.code() == ErrorCode::CallbackTimeout => assert_eq!(flow.status(), FlowStatus::Failed),
            Err(error) => assert!(matches!(error.kind(), ErrorKind::Rejected | ErrorKind::Misuse)),
        }
    }
}

/// The same reply with texts as long as they come, made of what JSON writes in six bytes, and with lists repeated.
fn fatten(rng: &mut Rng, value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) if rng.u8(0..3) > 0 => {
            let lengths = [0, 63, 64, 65, 128, 129, 255, 256, 1_024, 2_048, 8_000, 8_192, 8_193, 48_000];
            let pieces = ["\u{1}", "\"", "\\", "~", "\u{202e}", "\u{1f600}", "é"];
            let length = lengths[rng.usize(0..lengths.len())].min(lengths[rng.usize(0..lengths.len())]);
            *text = pieces[rng.usize(0..pieces.len())].repeat(length);
        }
        serde_json::Value::Array(items) => {
            items.iter_mut().for_each(|item| fatten(rng, item));
            let times = if rng.u8(0..8) == 0 { 70 } else { 1 };
            *items = items.iter().cycle().take((items.len() * times).min(100)).cloned().collect();
        }
        serde_json::Value::Object(fields) => fields.values_mut().for_each(|field| fatten(rng, field)),
        _ => {}
    }
}

/// What core writes it can read, whatever a venue sends: each case's own course, with its replies made fat.
#[test]
fn fat_replies_leave_snapshots_that_restore() {
    let cases: Vec<Value> = files_of("flows").iter().map(|path| load(path)).collect();
    let mut rng = Rng::with_seed(4717);
    let (mut received, mut longest) = (0, 0);
    // Often enough for long replies in a row, in whatever order the cases come.
    for case in cases.iter().cycle().take(4 * cases.len()) {
        let Some(begun) = case["start"]["expect"]["snapshot"].as_str() else { continue };
        let client = client(&case["client"]).expect("a client");
        let mut flow = client.restore(begun).expect("a committed snapshot restores");
        for event in case["events"].as_array().into_iter().flatten() {
            let now_ms = event["now_ms"].as_u64().expect("now_ms");
            let step = match (event["event"].as_str(), event["body"].as_str().map(serde_json::from_str)) {
                (Some("response"), Some(Ok(mut body))) => {
                    fatten(&mut rng, &mut body);
                    let status = event["status"].as_u64().and_then(|status| status.try_into().ok()).expect("status");
                    flow.receive_response(&HttpResponse::new(status, body.to_string()), now_ms)
                }
                (Some("callback"), _) => flow.receive_callback(text(&event["url"]), now_ms),
                (Some("choose"), _) => flow.choose(text(&event["id"]), now_ms),
                _ => flow.resume(now_ms),
            };
            let Ok(step) = step else { continue };
            received += usize::from(flow.status() == FlowStatus::InFlight);
            longest = longest.max(step.flow().snapshot().expose().len());
            lives_on(&client, &step, &mut rng);
            flow = step.flow().clone();
        }
    }
    assert!(received > 1_200 && longest > 20 * 1024, "{received} {longest}");
}

/// A watch that was edited is refused, or tells a time and keeps its own text.
#[test]
fn spoilt_watches_are_refused_or_sound() {
    let cases = case_files().into_iter().map(|path| load(&path));
    let texts: Vec<String> = cases.filter_map(|case| case["watch"].as_str().map(str::to_owned)).collect();
    assert!(texts.len() > 50);
    let mut rng = Rng::with_seed(4715);
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..12_000 {
        let text = texts[rng.usize(0..texts.len())].clone();
        let Ok(text) = String::from_utf8(spoil(&mut rng, &text, &texts)) else { continue };
        match KeyWatch::from_text(&text) {
            Ok(watch) => {
                taken += 1;
                let now_ms = now(&mut rng);
                let look = watch.next_check(now_ms);
                assert!(look.at_ms < 1 << 53 && look.at_ms <= now_ms.saturating_add(7 * 86_400_000));
                assert_eq!(KeyWatch::from_text(&watch.to_text()).expect("its own text"), watch);
            }
            Err(error) => {
                refused += 1;
                assert_eq!(error.kind(), ErrorKind::Misuse);
            }
        }
    }
    assert!(taken > 100 && refused > 1_000, "{taken} {refused}");
}

/// Replies to a refresh, and stored tokens, that were spoilt: planned with at any time, and stored again.
#[test]
fn spoilt_shared_tokens_are_refused_or_sound() {
    let (mut texts, mut bodies) = (Vec::new(), Vec::new());
    for case in files_of("tokens").iter().map(|path| load(path)) {
        let empty = Vec::new();
        for place in std::iter::once(&case["start"]).chain(case["events"].as_array().unwrap_or(&empty)) {
            let text = place["expect"]["snapshot"].as_str();
            texts.extend(text.map(|text| (case["client"].clone(), text.to_owned())));
            bodies.extend(place["body"].as_str().map(str::to_owned));
        }
    }
    assert!(texts.len() > 150 && bodies.len() > 30);
    let others: Vec<String> = texts.iter().map(|(_, text)| text.clone()).collect();
    let mut rng = Rng::with_seed(4716);
    let (mut sound, mut refused) = (0, 0);
    for _ in 0..12_000 {
        let (config, text) = &texts[rng.usize(0..texts.len())];
        let client = client(config).expect("a client");
        let spoilt = spoil(&mut rng, text, &others);
        let shared = match client.restore_tokens(&String::from_utf8_lossy(&spoilt)) {
            Ok(shared) => shared,
            Err(error) => {
                refused += 1;
                assert_eq!(error.kind(), ErrorKind::Misuse);
                client.restore_tokens(text).expect("unspoilt")
            }
        };
        sound += 1;
        let refused = Some(rng.u64(0..4)).filter(|generation| *generation > 0);
        let Ok(plan) = shared.plan(now(&mut rng), refused) else { continue };
        let body = bodies[rng.usize(0..bodies.len())].clone();
        let reply = HttpResponse::new([200, 400, 401, 429, 502][rng.usize(0..5)], spoil(&mut rng, &body, &bodies));
        let leased = match plan {
            TokenPlan::Refresh { next, .. } => next,
            _ => shared,
        };
        if let Ok(after) = leased.receive_response(&reply, now(&mut rng)) {
            let text = after.snapshot().expose().to_owned();
            let restored = client.restore_tokens(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            assert_eq!(restored.snapshot().expose(), text);
            let _ = restored.plan(now(&mut rng), None);
        }
    }
    assert!(sound > 1_000 && refused > 1_000, "{sound} {refused}");
}

/// What an app, or whoever says to be one, hands to a backend; and what a browser's cookie brings.
#[test]
fn spoilt_hand_offs_and_seals_are_refused_or_sound() {
    let (mut hand_offs, mut sealed) = (Vec::new(), Vec::new());
    for path in case_files() {
        let start = load(&path)["start"].take();
        hand_offs.extend(start["hand_off"].as_str().map(str::to_owned));
        sealed.extend(start["sealed"].as_str().map(str::to_owned));
    }
    assert!(hand_offs.len() > 20 && sealed.len() > 10);
    let client = client(&case_of("flows", "whitebit_hand_off")["client"]).expect("a client");
    let keys = SealingKeys::new([("k2", [0x22; 32].as_slice()), ("k1", &[0x11; 32])]).expect("keys");
    let mut rng = Rng::with_seed(4714);
    let (mut taken, mut opened) = (0, 0);
    for _ in 0..12_000 {
        let text = hand_offs[rng.usize(0..hand_offs.len())].clone();
        let text = String::from_utf8_lossy(&spoil(&mut rng, &text, &hand_offs)).into_owned();
        match client.accept_hand_off(&text, LostSecretPolicy::Report, 1_790_000_000_000) {
            Ok(step) => {
                taken += 1;
                lives_on(&client, &step, &mut rng);
            }
            Err(error) => assert!(matches!(error.kind(), ErrorKind::Rejected | ErrorKind::Reauthorize)),
        }
        let original = &sealed[rng.usize(0..sealed.len())];
        let text = String::from_utf8_lossy(&spoil(&mut rng, original, &sealed)).into_owned();
        match client.open(&text, &keys, "session-1") {
            // Nothing but what was sealed is ever opened.
            Ok(_) => {
                opened += 1;
                assert!(sealed.contains(&text), "a changed text was opened");
            }
            Err(error) => assert_eq!(error.code(), ErrorCode::SealInvalid),
        }
    }
    assert!(taken > 100 && opened > 100, "{taken} {opened}");
}

#[test]
fn spoilt_snapshots_are_refused_or_sound() {
    let (snapshots, _, _) = material();
    let texts: Vec<String> = snapshots.iter().map(|(_, text)| text.clone()).collect();
    let mut rng = Rng::with_seed(4713);
    let mut refused = 0;
    for _ in 0..20_000 {
        let (config, text) = &snapshots[rng.usize(0..snapshots.len())];
        let client = client(config).expect("a client");
        let Ok(text) = String::from_utf8(spoil(&mut rng, text, &texts)) else { continue };
        match client.restore(&text) {
            Err(error) => {
                refused += 1;
                assert_eq!(error.kind(), ErrorKind::Misuse);
            }
            Ok(flow) => {
                let now_ms = now(&mut rng);
                let lost = |delivery| flow.receive_no_response(delivery, now_ms);
                let steps =
                    [flow.resume(now_ms), flow.recover(now_ms), lost(Delivery::Unknown), lost(Delivery::NotSent)];
                for step in steps.into_iter().flatten() {
                    lives_on(&client, &step, &mut rng);
                }
            }
        }
    }
    assert!(refused > 10_000, "{refused}");
}
