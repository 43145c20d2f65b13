//! Invariant: whatever a venue answers to a refresh leaves tokens that can be stored, restored to the same text and planned with.
#![no_main]
use std::sync::LazyLock;

use venuekey::parts::*;
use venuekey_fuzz::*;

static LEASED: LazyLock<Named<(Client, SharedTokens)>> = LazyLock::new(|| {
    let mut leased = Vec::new();
    for (name, case) in cases("tokens") {
        let Ok(client) = common::client(&case["client"]) else { continue };
        for (index, place) in std::iter::once(&case["start"]).chain(list(&case["events"])).enumerate() {
            let text = place["expect"]["snapshot"].as_str();
            if let Some(Ok(tokens)) = text.map(|text| client.restore_tokens(text)) {
                leased.push((format!("{name}/{index}"), (client.clone(), tokens)));
            }
        }
    }
    Named::new(leased)
});

fn seeds() -> Vec<Vec<u8>> {
    replies("tokens")
}

fn check(data: &[u8]) {
    let (line, response) = reply(data);
    let (client, tokens) = LEASED.of(line);
    let Ok(after) = tokens.receive_response(&response, NOW_MS) else { return };
    let text = after.snapshot().expose().to_owned();
    let restored = client.restore_tokens(&text).expect("tokens restore from their own text");
    assert_eq!(restored.snapshot().expose(), text, "restored tokens write the same text");
    let _ = restored.plan(NOW_MS, Some(restored.generation()));
}

target!();
