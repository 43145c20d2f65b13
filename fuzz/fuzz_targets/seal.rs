//! Invariant: nothing but what was sealed is ever opened, and only for the context that it was sealed for.
#![no_main]
use std::collections::BTreeSet;
use std::sync::LazyLock;

use venuekey::parts::*;
use venuekey_fuzz::*;

static KEYS: LazyLock<SealingKeys> = LazyLock::new(|| {
    let key = sealing_key(FLOWS.names().map(|name| FLOWS.of(name.as_bytes()).flow.snapshot().expose().to_owned()));
    SealingKeys::new([("k2", key.as_slice()), ("k1", &[0x11; 32])]).expect("keys")
});

/// Sealed flows, each for the context `session`.
static SEALED: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let seal = |name: &str| FLOWS.of(name.as_bytes()).flow.seal(&KEYS, "session", &Entropy::new([9; 64])).ok();
    FLOWS.names().step_by(16).filter_map(seal).collect()
});

fn seeds() -> Vec<Vec<u8>> {
    let names = FLOWS.names().step_by(16).map(str::to_owned);
    names.zip(SEALED.iter()).map(|(name, sealed)| seed(&name, sealed)).collect()
}

fn check(data: &[u8]) {
    let (line, text) = split(data);
    let client = &FLOWS.of(line).client;
    let Ok(text) = std::str::from_utf8(text) else { return };
    match client.open(text, &KEYS, "session") {
        Ok(_) => assert!(SEALED.contains(text), "a changed text was opened"),
        // Another client's, or a flow of a kind that does not open: sealed all the same.
        Err(error) => assert!(error.code() == ErrorCode::SealInvalid || SEALED.contains(text), "{error}"),
    }
    assert!(client.open(text, &KEYS, "another session").is_err(), "it opened for another context");
}

target!();
