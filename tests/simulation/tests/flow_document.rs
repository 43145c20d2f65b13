//! `docs/flow.md` says what the code does. `just flow-doc` writes it.

use std::fs;
use std::path::Path;

use venuekey_simulation::document::document;
use venuekey_simulation::itinerary::all_graphs;

#[test]
fn the_committed_page_is_the_codes_own() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/flow.md");
    let page = document(all_graphs());
    if std::env::var("VENUEKEY_FLOW_DOC").as_deref() == Ok("write") {
        return fs::write(path, page).expect("docs is there");
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    let differs = committed.lines().zip(page.lines()).find(|(committed, line)| committed != line);
    assert!(committed == page, "docs/flow.md is not what the code does; run `just flow-doc`. First: {differs:?}");
}
