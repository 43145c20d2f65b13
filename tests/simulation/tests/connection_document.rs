//! `docs/connection.md` says what the code does. `just connection-doc` writes it.

use std::fs;
use std::path::Path;

use venuekey_simulation::connections::document::document;

#[test]
fn the_committed_page_is_the_codes_own() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/connection.md");
    let page = document();
    if std::env::var("VENUEKEY_CONNECTION_DOC").as_deref() == Ok("write") {
        return fs::write(path, page).expect("docs is there");
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    let differs = committed.lines().zip(page.lines()).find(|(committed, line)| committed != line);
    assert!(
        committed == page,
        "docs/connection.md is not what the code does; run `just connection-doc`. First: {differs:?}"
    );
}
