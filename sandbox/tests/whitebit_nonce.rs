//! WhiteBIT's nonces (section 10.2).

use crate::support::sign::*;
use crate::support::*;
use serde_json::json;

const TOO_OLD: &str = "Your nonce is more than 5 seconds lesser than the current nonce";

fn windowed(bench: &mut Bench, nonce: u64) -> Got {
    bench.whitebit_signed(WHITEBIT_KEY, BALANCE, nonce, "\"nonceWindow\":true")
}

fn plain(bench: &mut Bench, nonce: u64) -> Got {
    bench.whitebit_signed(WHITEBIT_KEY, BALANCE, nonce, "")
}

#[test]
fn a_plain_nonce_increases() {
    let mut bench = with_keys(json!({}));
    assert_eq!(plain(&mut bench, 5).status, 200);
    assert_eq!(got(plain(&mut bench, 5)), clash(429));
    assert_eq!(got(plain(&mut bench, 4)), clash(429));
    assert_eq!(plain(&mut bench, 6).status, 200);
    bench.knobs(json!({"whitebit": {"nonce_clash_status": 400}}));
    assert_eq!(got(plain(&mut bench, 6)), clash(400));
    let body = r#"{"request":"/api/v4/trade-account/balance","nonce":7,"nonceWindow":false}"#;
    assert_eq!(bench.whitebit_body(WHITEBIT_KEY, BALANCE, body).status, 200);
    assert!(bench.rules().is_empty());
}

#[test]
fn a_refused_signature_spends_no_nonce() {
    let mut bench = with_keys(json!({}));
    assert_eq!(bench.whitebit_signed((WHITEBIT_KEY.0, "wrong"), BALANCE, 9, "").status, 401);
    assert_eq!(plain(&mut bench, 8).status, 200);
}

#[test]
fn keys_and_hosts_count_apart() {
    let mut bench = with_keys(json!({}));
    assert_eq!(plain(&mut bench, 5).status, 200);
    let key = bench.issued_whitebit_key();
    assert_eq!(bench.whitebit_signed(pair(&key), BALANCE, 5, "").status, 200);
    let state = bench.sandbox.state(bench.now_ms, false);
    let last = |host: &str, i: usize| state["whitebit"][host]["keys"][i]["last_nonce"].clone();
    assert_eq!((last("global", 0), last("global", 1), last("eu", 0)), (json!(5), json!(5), json!(null)));
}

#[test]
fn a_windowed_nonce_is_near_the_clock_and_new() {
    let mut bench = with_keys(json!({}));
    let now = bench.now_ms;
    assert_eq!(got(windowed(&mut bench, now - 5001)), v4(401, 0, TOO_OLD));
    assert_eq!(windowed(&mut bench, now + 5000).status, 200);
    assert_eq!(got(windowed(&mut bench, now + 5001)), clash(429));
    // Order does not matter, reuse does.
    assert_eq!(windowed(&mut bench, now - 5000).status, 200);
    assert_eq!(windowed(&mut bench, now).status, 200);
    assert_eq!(got(windowed(&mut bench, now)), clash(429));
    assert_eq!(got(windowed(&mut bench, now + 5000)), clash(429));
    // The clock of the sandbox counts, not the caller's.
    bench.admin("POST", "clock/advance", json!({"ms": 5001}));
    assert_eq!(got(windowed(&mut bench, now + 5000)), clash(429), "still remembered");
    assert_eq!(got(windowed(&mut bench, now)), v4(401, 0, TOO_OLD));
    assert_eq!(windowed(&mut bench, now + 1).status, 200);
}

#[test]
fn both_kinds_share_one_memory() {
    let mut bench = with_keys(json!({}));
    let now = bench.now_ms;
    assert_eq!(plain(&mut bench, now).status, 200);
    assert_eq!(got(windowed(&mut bench, now)), clash(429));
    assert_eq!(windowed(&mut bench, now + 10).status, 200);
    // The greatest counts, not the last.
    assert_eq!(windowed(&mut bench, now + 2).status, 200);
    assert_eq!(got(plain(&mut bench, now + 5)), clash(429));
    assert_eq!(plain(&mut bench, now + 11).status, 200);
}
