//! Invariant: a connection's text is refused as misuse, or writes a text of its own, tells its status, and a worker comes from it to
//! something it can do.
#![no_main]
use std::sync::LazyLock;

use venuekey::parts::*;
use venuekey_fuzz::*;

static CLIENTS: LazyLock<Named<Client>> = LazyLock::new(|| {
    let of = |(name, case): (String, serde_json::Value)| Some((name, common::client(&case["client"]).ok()?));
    Named::new(cases("connections").into_iter().filter_map(of).collect())
});

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (name, case) in cases("connections") {
        let places = std::iter::once(&case["start"]).chain(list(&case["events"]));
        seeds.extend(places.filter_map(|place| Some(seed(&name, place["expect"]["connection"].as_str()?))));
    }
    seeds
}

fn check(data: &[u8]) {
    let (line, text) = split(data);
    let client = CLIENTS.of(line);
    let Ok(text) = std::str::from_utf8(text) else { return };
    let connection = match client.restore_connection(text, NOW_MS) {
        Err(error) => return assert_eq!(error.kind(), ErrorKind::Misuse),
        Ok(connection) => connection,
    };
    stands(client, &connection);
    let asked = [
        connection.recover(NOW_MS),
        connection.disconnect(Intent::Disconnect, NOW_MS),
        connection.disconnect(Intent::Forget, NOW_MS),
        connection.receive_callback("/cb?code=c&state=s", NOW_MS),
    ];
    asked.iter().flatten().for_each(|next| stands(client, next));
    if let Ok(driver) = ConnectionDriver::new(connection, "worker", NOW_MS)
        && driver.action() == Action::Save
    {
        stands(client, driver.connection());
    }
}

fn stands(client: &Client, connection: &Connection) {
    let _ = (connection.status(), connection.error(), connection.choices(), connection.due_at_ms());
    let text = connection.text();
    let again = client.restore_connection(text.expose(), NOW_MS).expect("a connection restores from its own text");
    assert_eq!(again.text().expose(), text.expose(), "a restored connection writes the same text");
    let _ = again.access(NOW_MS);
}

target!();
