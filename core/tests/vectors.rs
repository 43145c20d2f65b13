//! Replays every case of `tests/vectors` byte for byte. The format: `tests/vectors/README.md`.
//!
//! A new case is written without its `expect` fields; `VENUEKEY_VECTORS=accept cargo test` fills in
//! those that are missing, never those that are there. Read what it wrote before it is committed.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::string_slice)]

use std::collections::BTreeSet;
use std::fs;

mod common;
#[path = "vectors/connections.rs"]
mod connections;
#[path = "vectors/drives.rs"]
mod drives;
#[path = "vectors/flows.rs"]
mod flows;
#[path = "vectors/lifecycle.rs"]
mod lifecycle;
#[path = "vectors/values.rs"]
mod values;

use common::*;

use serde_json::{Map, Value, json};
use venuekey::parts::*;

#[test]
fn every_case_replays_and_the_manifest_counts_them() {
    let accept = std::env::var("VENUEKEY_VECTORS").is_ok_and(|mode| mode == "accept");
    let files = case_files();
    for path in &files {
        let mut case = load(path);
        let name = path.file_stem().expect("stem").to_string_lossy().into_owned();
        assert_eq!(case["name"], name.as_str(), "a case is called like its file");
        let mut at = Cursor { case: name, accept };
        match path.strip_prefix(folder()).expect("below").iter().next().and_then(|kind| kind.to_str()) {
            Some("values") => values::replay(&mut at, &mut case),
            Some("connections") => connections::replay(&mut at, &mut case),
            Some("drives") => drives::replay(&mut at, &mut case),
            Some("reads") => reads::replay(&mut at, &mut case),
            Some("tokens") => tokens::replay(&mut at, &mut case),
            _ => flows::replay(&mut at, &mut case),
        }
        if accept {
            save(path, &case);
        }
    }
    let names: Vec<String> = files
        .iter()
        .map(|p| p.strip_prefix(folder()).expect("below").with_extension("").to_string_lossy().into_owned())
        .collect();
    let called: BTreeSet<(Option<&str>, Option<&str>)> =
        names.iter().map(|name| (name.split('/').next(), name.split('/').next_back())).collect();
    assert_eq!(called.len(), names.len(), "a name is used once in its kind, whatever the folder");
    let manifest = json!({ "count": names.len(), "cases": names });
    if accept {
        save(&folder().join("manifest.json"), &manifest);
    }
    assert_eq!(load(&folder().join("manifest.json")), manifest, "manifest.json names every case and counts them");
    println!("{} vectors replayed", names.len());
}

#[test]
fn a_text_of_ours_is_laid_out_and_comes_back_as_it_was() {
    let laid_out =
        [r#"{"venuekey":1,"b":"a \": {,","a":[{},[],"\\"],"é":null}"#, r#"{"venuekey_watch":1,"watch":{"watch":2}}"#];
    let strings = [
        r#"{"venuekey":1,"a":1,"a":2}"#,
        r#"{"venuekey": 1}"#,
        r#"{"venuekey":1.50}"#,
        r#"{"venuekey":1"#,
        r#"{"a":1}"#,
    ];
    for (text, is_laid_out) in laid_out.map(|text| (text, true)).into_iter().chain(strings.map(|text| (text, false))) {
        let case = json!({"a": ["\": ", "x"], "watch": text, "z": {"snapshot": text}});
        let file = shown(&case);
        assert_eq!(file.matches("_sha256").count(), if is_laid_out { 2 } else { 0 }, "{text}");
        assert_eq!(read(&file, "its file"), case);
    }
}

#[test]
#[should_panic(expected = "this is not the snapshot it was")]
fn a_text_whose_fields_were_moved_is_noticed() {
    let file = shown(&json!({"snapshot": r#"{"venuekey":1,"b":1,"a":2}"#}));
    read(&file.replace("1,\n    \"b\": 1", "1,\n    \"a\": 1"), "its file");
}

#[test]
fn error_codes_equal_errors_json() {
    let listed = load(&folder().join("errors.json"));
    let ours: Vec<Value> =
        ErrorCode::ALL.iter().map(|code| json!({"code": code.as_str(), "kind": code.kind().as_str()})).collect();
    assert_eq!(listed["errors"], Value::Array(ours));
    let page = listed["doc_url"].as_str().expect("where each code has its page");
    assert_eq!(VenuekeyError::superseded().doc_url(), page.replace("{code}", "superseded"));
    let unique: BTreeSet<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(unique.len(), ErrorCode::ALL.len());
}

/// Many refusals of a stored text share a hint, so each says what alone is wrong: `Cursor::check_mended` tries it.
#[test]
fn a_refused_text_says_what_mends_it() {
    // The call, the text it takes, and a field that all texts of its kind have.
    let calls = [
        ("restore", "snapshot", "flow"),
        ("restore_tokens", "snapshot", "shared_tokens"),
        ("accept_hand_off", "hand_off", "venuekey_hand_off"),
        ("resume_read", "cursor", "read"),
        ("key_watch", "watch", "watch"),
        ("budget", "budget", "spent_until_us"),
    ];
    let mut mended = 0;
    for path in case_files() {
        let case = load(&path);
        let holder = case.get("start").unwrap_or(&case);
        let named = |call: &str| holder.get("call").or(holder.get("value")).is_some_and(|name| name == call);
        let Some((_, field, mark)) = calls.iter().find(|(call, ..)| named(call)) else { continue };
        let given =
            holder.get(*field).and_then(Value::as_str).and_then(|text| serde_json::from_str::<Value>(text).ok());
        let code = holder["expect"]["raises"]["code"].as_str().unwrap_or_default();
        let is_of_the_text = code.starts_with("snapshot_") || code.starts_with("hand_off_");
        if is_of_the_text && given.is_some_and(|given| given.get(mark).is_some()) {
            assert!(case.get("mended").is_some(), "{}: what alone is wrong?", path.display());
            mended += 1;
        }
    }
    assert!(mended > 100, "{mended}");
}

/// Every code but those that only a host's own loop raises is shown by at least one case.
#[test]
fn every_error_code_and_every_state_has_a_case() {
    let text: String = case_files().iter().map(|path| fs::read_to_string(path).expect("readable")).collect();
    let of_the_loop = [ErrorCode::Superseded, ErrorCode::ChoiceRequired, ErrorCode::AuthorizationRequired];
    for code in ErrorCode::ALL.iter().filter(|code| !of_the_loop.contains(code)) {
        assert!(text.contains(&format!("\"code\": \"{}\"", code.as_str())), "no vector shows {}", code.as_str());
    }
    for state in ["awaiting_callback", "ready", "awaiting_choice", "in_flight", "waiting", "done", "failed"] {
        assert!(text.contains(&format!("\"state\": \"{state}\"")), "no vector holds a snapshot of {state}");
    }
}
