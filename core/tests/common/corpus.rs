//! The files of `tests/vectors`: where they are, and how one is read and written.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

const KINDS: [&str; 6] = ["connections", "drives", "flows", "reads", "tokens", "values"];
/// How every text of ours begins: a snapshot, a cursor, a hand-off, a watch, a budget.
const OURS: &str = "{\"venuekey";

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors")
}

pub fn case_files() -> Vec<PathBuf> {
    KINDS.iter().flat_map(|kind| files_of(kind)).collect()
}

/// The cases of `connections`, `drives`, `flows`, `reads`, `tokens` or `values`, in whatever folders they are sorted into.
pub fn files_of(kind: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder().join(kind)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of cases") {
            let path = entry.expect("entry").path();
            match path.extension() {
                Some(extension) if extension == "json" => files.push(path),
                _ => folders.push(path),
            }
        }
    }
    files.sort();
    files
}

/// A case by its name.
pub fn case_of(kind: &str, name: &str) -> Value {
    let files = files_of(kind);
    let named = files.iter().find(|path| path.file_stem().is_some_and(|stem| stem == name));
    load(named.unwrap_or_else(|| panic!("no case {name} in {kind}")))
}

pub fn load(path: &Path) -> Value {
    read(&fs::read_to_string(path).expect("readable"), &path.to_string_lossy())
}

/// A file's JSON, with each text that is laid out in it as the string it stands for.
pub fn read(file: &str, name: &str) -> Value {
    serde_json::from_str(&with_texts(&compact(file), name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

pub fn save(path: &Path, value: &Value) {
    fs::write(path, shown(value) + "\n").expect("writable");
}

/// As it stands in a file: each text of ours laid out, beside the digest of the text.
pub fn shown(value: &Value) -> String {
    laid_out(&with_objects(value))
}

/// Without line breaks, indentation, and the space after a name: what `laid_out` has added.
fn compact(file: &str) -> String {
    let line = |line: &str| {
        let line = line.trim_start();
        match line.split_once("\": ") {
            Some((name, value)) if name.starts_with('"') && !name[1..].contains(['"', '\\']) => {
                format!("{name}\":{value}")
            }
            _ => line.to_owned(),
        }
    };
    file.lines().map(line).collect()
}

fn laid_out(compact: &str) -> String {
    let (mut out, mut depth, mut in_string, mut escaped) = (String::new(), 0, false, false);
    let mut characters = compact.chars().peekable();
    let line = |depth: usize| format!("\n{}", "  ".repeat(depth));
    while let Some(character) = characters.next() {
        if in_string {
            out.push(character);
            in_string = escaped || character != '"';
            escaped = !escaped && character == '\\';
            continue;
        }
        in_string = character == '"';
        match character {
            '{' | '[' if !matches!(characters.peek(), Some('}' | ']')) => {
                depth += 1;
                out += &format!("{character}{}", line(depth));
            }
            '}' | ']' if !out.ends_with(['{', '[']) => {
                depth -= 1;
                out += &format!("{}{character}", line(depth));
            }
            ',' => out += &format!(",{}", line(depth)),
            ':' => out += ": ",
            _ => out.push(character),
        }
    }
    out
}

/// `"snapshot":{…},"snapshot_sha256":"…"` becomes `"snapshot":"…"`, and the digest is looked at.
fn with_texts(compact: &str, file: &str) -> String {
    const DIGEST: &str = "_sha256\":\"";
    let (mut out, mut rest) = (String::new(), compact);
    while let Some((before, after)) = rest.split_once(DIGEST) {
        let (before, name) = before.rsplit_once(",\"").expect("a name");
        let (before, text) = before.split_once(&format!("\"{name}\":{OURS}")).expect("what the digest is of");
        let text = format!("{OURS}{text}");
        let (digest, after) = after.split_once('"').expect("a digest");
        assert_eq!(sha256(&text), digest, "{file}: this is not the {name} it was");
        out += &format!("{before}\"{name}\":{}", Value::String(text));
        rest = after;
    }
    out + rest
}

/// The other way round. A text with a name twice, or spelled in its own way, stays a string.
fn with_objects(value: &Value) -> String {
    let joined = |parts: Vec<String>| parts.join(",");
    match value {
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| match value {
                Value::String(text) if is_plain(text) => {
                    format!("\"{name}\":{text},\"{name}_sha256\":\"{}\"", sha256(text))
                }
                _ => format!("{}:{}", Value::String(name.clone()), with_objects(value)),
            };
            format!("{{{}}}", joined(fields.iter().map(field).collect()))
        }
        Value::Array(items) => format!("[{}]", joined(items.iter().map(with_objects).collect())),
        other => other.to_string(),
    }
}

fn is_plain(text: &str) -> bool {
    let parsed = serde_json::from_str::<Value>(text).map(|value| value.to_string());
    text.starts_with(OURS)
        && parsed.is_ok_and(|written| written.len() == text.len())
        && compact(&laid_out(text)) == text
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
