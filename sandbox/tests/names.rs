//! An exchange is named in its own folder and in the list of exchanges, and nowhere else: a further one is a folder
//! and a line.

use std::fs;
use std::path::{Path, PathBuf};

/// The list of exchanges.
const REGISTRY: &str = "src/venue/mod.rs";
/// Documentation that shows the sandbox in use.
const SHOWN: [(&str, &str); 1] = [("src/lib.rs", "//! let target = ")];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The lines of the crate's sources and pages that name an exchange where they should not: of its own folder the
/// exchange itself may be named, and no other.
fn named_elsewhere(root: &Path, exchanges: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["src", "pages"] {
        files(&root.join(folder), &mut found);
    }
    let mut wrong = Vec::new();
    for path in found {
        let name = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
        let is_own = |exchange: &str| name.starts_with(&format!("src/venue/{exchange}/"));
        let text = fs::read_to_string(&path).expect("UTF-8");
        for (place, line) in text.lines().enumerate() {
            let lower = line.to_lowercase();
            let is_shown = SHOWN.iter().any(|(file, start)| name == *file && line.starts_with(start));
            if name != REGISTRY && !is_shown && exchanges.iter().any(|e| lower.contains(e) && !is_own(e)) {
                wrong.push(format!("{name}:{}: {line}", place + 1));
            }
        }
    }
    wrong
}

#[test]
fn nothing_but_its_own_folder_and_the_list_names_an_exchange() {
    let all = venuekey_sandbox::venue::all();
    let names: Vec<&str> = all.iter().map(|exchange| exchange.profile().name).collect();
    assert!(names.len() >= 2, "{names:?}");
    let wrong = named_elsewhere(Path::new(env!("CARGO_MANIFEST_DIR")), &names);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_search_finds_names_in_code_and_comments() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("names");
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    };
    let _ = fs::remove_dir_all(&root);
    write("src/venue/near/mod.rs", "//! Near.\n// As at Far.\n");
    write("src/venue/mod.rs", "pub mod near;\npub mod far;\n");
    write("src/parts/limits.rs", "fn count() {} // what NEAR counts\n");
    write("src/lib.rs", "//! let target = \"/near/main\";\n");
    write("pages/style.css", "body.far {}\n");
    let mut wrong = named_elsewhere(&root, &["near", "far"]);
    wrong.sort();
    let expected = [
        "pages/style.css:1: body.far {}",
        "src/parts/limits.rs:1: fn count() {} // what NEAR counts",
        "src/venue/near/mod.rs:2: // As at Far.",
    ];
    assert_eq!(wrong, expected);
}
