//! Invariant: a row opens only as it was sealed: whoever edits its sealed value, id, owner, client or revision gets `seal_invalid`.
#![no_main]
use std::collections::BTreeSet;
use std::sync::LazyLock;

use venuekey::parts::*;
use venuekey_fuzz::*;

struct Sealed {
    client: Client,
    row: ConnectionRow,
}

static CONNECTIONS: LazyLock<Vec<(String, Connection)>> = LazyLock::new(|| {
    let mut connections = Vec::new();
    for (name, case) in cases("connections").into_iter().step_by(8) {
        let Ok(client) = common::client(&case["client"]) else { continue };
        let last = std::iter::once(&case["start"]).chain(list(&case["events"])).last();
        let text = last.and_then(|place| place["expect"]["connection"].as_str());
        if let Some(Ok(connection)) = text.map(|text| client.restore_connection(text, NOW_MS)) {
            connections.push((name, connection));
        }
    }
    connections
});

static KEYS: LazyLock<SealingKeys> = LazyLock::new(|| {
    let key = sealing_key(CONNECTIONS.iter().map(|(_, connection)| connection.text().expose().to_owned()));
    SealingKeys::new([("k1", key.as_slice())]).expect("a key")
});

static ROWS: LazyLock<Named<Sealed>> = LazyLock::new(|| {
    let seal = |(name, connection): &(String, Connection)| {
        let row = connection.seal(&KEYS, &Entropy::new([7; 64])).expect("a row");
        (name.clone(), Sealed { client: connection.client().clone(), row })
    };
    Named::new(CONNECTIONS.iter().map(seal).collect())
});

/// Id, owner, client, revision and sealed value, each on a line.
fn columns(row: &ConnectionRow) -> String {
    [row.id.as_str(), &row.owner, &row.client, &row.revision.to_string(), &row.sealed].join("\n")
}

static SEALED: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| ROWS.names().map(|name| columns(&ROWS.of(name.as_bytes()).row)).collect());

fn seeds() -> Vec<Vec<u8>> {
    let of = |name: &str| seed(name, &columns(&ROWS.of(name.as_bytes()).row));
    ROWS.names().map(of).collect()
}

fn check(data: &[u8]) {
    let (line, rest) = split(data);
    let Sealed { client, .. } = ROWS.of(line);
    let Ok(rest) = std::str::from_utf8(rest) else { return };
    let mut parts = rest.splitn(5, '\n').map(str::to_owned);
    let mut next = || parts.next().unwrap_or_default();
    let (id, owner, name, revision, sealed) = (next(), next(), next(), next(), next());
    let Ok(revision) = revision.parse::<u64>() else { return };
    // Rows of one client's open for each other's choice of it, and nothing else does.
    let is_sealed =
        SEALED.contains(&[&id, &owner, &name, &revision.to_string(), &sealed].map(String::as_str).join("\n"));
    let given = StoredConnection { id, owner, client: name, revision, sealed };
    match client.open_connection(given, &KEYS, NOW_MS) {
        Ok(_) => assert!(is_sealed, "an edited row was opened"),
        // It opens for another client's configuration too, which is then told from its own.
        Err(error) => assert!(error.code() == ErrorCode::SealInvalid || is_sealed, "{error}"),
    }
}

target!();
