//! Invariant: a hand-off is refused, or leaves a flow and a connection that can be stored and gone on with.
#![no_main]
use std::sync::LazyLock;

use venuekey::parts::*;
use venuekey_fuzz::*;

static CLIENTS: LazyLock<Named<Client>> = LazyLock::new(|| {
    let of = |(name, case): (String, serde_json::Value)| {
        case["start"]["hand_off"].as_str()?;
        Some((name, common::client(&case["client"]).ok()?))
    };
    Named::new(cases("flows").into_iter().filter_map(of).collect())
});

fn seeds() -> Vec<Vec<u8>> {
    let of = |(name, case): (String, serde_json::Value)| Some(seed(&name, case["start"]["hand_off"].as_str()?));
    cases("flows").into_iter().filter_map(of).collect()
}

fn check(data: &[u8]) {
    let (line, text) = split(data);
    let client = CLIENTS.of(line);
    let Ok(text) = std::str::from_utf8(text) else { return };
    let accepted = client.accept_hand_off(text, LostSecretPolicy::Report, NOW_MS);
    let options = ConnectOptions::new("user", "client");
    let connected = client.begin_connection_by_hand_off(text, LostSecretPolicy::Report, options, NOW_MS);
    assert_eq!(accepted.is_ok(), connected.is_ok(), "both ways in take the same hand-offs");
    if let (Ok(step), Ok(connection)) = (accepted, connected) {
        lives_on(client, &step);
        assert!(client.restore_connection(connection.text().expose(), NOW_MS).is_ok());
    }
}

target!();
