//! What a long run leaves behind stays within bounds.

use crate::support::*;
use serde_json::{Value, json};

const MIB: usize = 1 << 20;

/// What the record holds, counted by its texts.
fn kept(bench: &Bench) -> usize {
    let requests = bench.sandbox.requests().iter().map(|record| {
        let pairs = [&record.headers, &record.query, &record.form, &record.json];
        pairs.into_iter().flatten().map(|(name, value)| name.len() + value.len()).sum::<usize>()
    });
    let violations = bench.sandbox.violations().iter().map(|violation| violation.field.len() + violation.detail.len());
    requests.sum::<usize>() + violations.sum::<usize>()
}

#[test]
fn the_record_keeps_32_mib_the_newest() {
    let mut bench = Bench::new(json!({}));
    let long = "x".repeat(MIB - 100);
    for n in 0..60 {
        // In the value, then in the name, which a violation repeats.
        let (name, value) = if n % 2 == 0 { ("code", long.as_str()) } else { (long.as_str(), "code") };
        bench.post("/whitebit/global/oauth2/token", &[(name, value), ("n", &n.to_string())]);
        assert!(kept(&bench) <= 32 * MIB, "{} after {n}", kept(&bench));
    }
    let last = bench.sandbox.requests().back().expect("the newest");
    assert_eq!((last.seq, last.form[1].1.as_str()), (60, "59"));
    assert!((15..60).contains(&bench.sandbox.requests().len()));
    assert_eq!(bench.sandbox.violations().back().expect("the newest").seq, 60);
}

#[test]
fn small_requests_are_kept_by_number() {
    let mut bench = Bench::new(json!({"whitebit": {"limit_divisor": 1}}));
    for _ in 0..10_050 {
        bench.get("/whitebit/eu/api/v4/public/time");
    }
    assert_eq!(bench.sandbox.requests().len(), 10_000);
    assert_eq!(bench.sandbox.requests().front().map(|record| record.seq), Some(51));
}

#[test]
fn requests_come_in_pages() {
    let mut bench = Bench::new(json!({}));
    for _ in 0..1005 {
        bench.get("/whitebit/eu/api/v4/public/time");
    }
    let mut page = |query: &str| {
        let got = bench.admin("GET", &format!("requests{query}"), Value::Null).json();
        let seqs: Vec<u64> = got["requests"].as_array().unwrap().iter().map(|r| r["seq"].as_u64().unwrap()).collect();
        (seqs.first().copied(), seqs.len(), got["more"].as_bool().unwrap())
    };
    assert_eq!(page(""), (Some(1), 1000, true));
    assert_eq!(page("?after=1000"), (Some(1001), 5, false));
    assert_eq!(page("?after=3&limit=2"), (Some(4), 2, true));
    assert_eq!(page("?after=1005"), (None, 0, false));
    assert_eq!(page("?after=1003&limit=2&values=true"), (Some(1004), 2, false));
    for wrong in ["?limit=0", "?limit=1001", "?after=-1", "?values=yes", "?page=2"] {
        assert_eq!(bench.admin("GET", &format!("requests{wrong}"), Value::Null).status, 400, "{wrong}");
    }
}

#[test]
fn consents_that_nobody_answered_are_forgotten() {
    let mut bench = Bench::new(json!({}));
    let sessions: Vec<String> = (0..10_001).map(|_| session(&bench.whitebit_login(WHITEBIT))).collect();
    let mut status = |n: usize| bench.get(&format!("/whitebit/global/consent?session={}", sessions[n])).status;
    assert_eq!((status(1), status(10_000)), (200, 200));
    assert_ne!(status(0), 200);
    let state = bench.sandbox.state(bench.now_ms, false);
    assert_eq!(state["whitebit"]["global"]["open_consents"], 10_000);
}
