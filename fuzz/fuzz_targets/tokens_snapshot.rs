//! Invariant: stored tokens are refused as misuse, or write the same text again and can be planned with.
#![no_main]
use std::sync::LazyLock;

use venuekey::parts::*;
use venuekey_fuzz::*;

static CLIENTS: LazyLock<Named<Client>> = LazyLock::new(|| {
    let of = |(name, case): (String, _)| Some((name, common::client(&serde_json::Value::clone(&case)["client"]).ok()?));
    Named::new(cases("tokens").into_iter().filter_map(of).collect())
});

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (name, case) in cases("tokens") {
        let places = std::iter::once(&case["start"]).chain(list(&case["events"]));
        seeds.extend(places.filter_map(|place| Some(seed(&name, place["expect"]["snapshot"].as_str()?))));
    }
    seeds
}

fn check(data: &[u8]) {
    let (line, text) = split(data);
    let client = CLIENTS.of(line);
    let Ok(text) = std::str::from_utf8(text) else { return };
    match client.restore_tokens(text) {
        Err(error) => assert_eq!(error.kind(), ErrorKind::Misuse),
        Ok(tokens) => {
            let again = client.restore_tokens(tokens.snapshot().expose()).expect("tokens restore from their own text");
            assert_eq!(again.snapshot().expose(), tokens.snapshot().expose());
            for refused in [None, Some(tokens.generation())] {
                if let Ok(TokenPlan::Refresh { next, .. }) = tokens.plan(NOW_MS, refused) {
                    assert!(client.restore_tokens(next.snapshot().expose()).is_ok(), "a lease can be stored");
                }
            }
        }
    }
}

target!();
