//! What the targets share: the cases of `tests/vectors` as material, and how an input is read.
//!
//! An input is a line and the rest. The line names what the rest is given to, such as a flow of a case; a name that
//! nothing has chooses by its hash, so that every input means something and a new case changes no old one.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use venuekey::parts::*;

#[path = "../../core/tests/common/mod.rs"]
pub mod common;

/// What every target uses for a clock, but for one that says otherwise.
pub const NOW_MS: u64 = 1_790_000_000_000;

/// A target: `seeds()` gives the inputs that the vectors have for it, `check(&[u8])` holds its invariant.
#[macro_export]
macro_rules! target {
    () => {
        libfuzzer_sys::fuzz_target!(
            init: venuekey_fuzz::write_seeds(seeds),
            |data: &[u8]| check(data)
        );
    };
}

/// Writes the inputs that the vectors have into the folder that `VENUEKEY_SEEDS` names, and ends the process; without one,
/// the target runs.
pub fn write_seeds(seeds: fn() -> Vec<Vec<u8>>) {
    let Some(folder) = std::env::var_os("VENUEKEY_SEEDS") else { return };
    let seeds: BTreeSet<Vec<u8>> = seeds().into_iter().filter(|seed| seed.len() <= 16 * 1024).collect();
    assert!(!seeds.is_empty(), "the vectors have nothing for this target");
    for (number, seed) in seeds.iter().enumerate() {
        std::fs::write(Path::new(&folder).join(format!("{number:04}")), seed).expect("a folder to write to");
    }
    std::process::exit(0);
}

/// The line and the rest.
pub fn split(data: &[u8]) -> (&[u8], &[u8]) {
    let at = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    (&data[..at], data.get(at + 1..).unwrap_or_default())
}

pub fn seed(line: &str, rest: &str) -> Vec<u8> {
    format!("{line}\n{rest}").into_bytes()
}

/// Things to choose from by name.
pub struct Named<T>(Vec<(String, T)>);

impl<T> Named<T> {
    pub fn new(mut entries: Vec<(String, T)>) -> Self {
        assert!(!entries.is_empty(), "nothing to choose from");
        entries.sort_by(|one, other| one.0.cmp(&other.0));
        Self(entries)
    }

    pub fn of(&self, line: &[u8]) -> &T {
        let named = self.0.binary_search_by(|(name, _)| name.as_bytes().cmp(line));
        let index = named.unwrap_or_else(|_| {
            let hash = line
                .iter()
                .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
            usize::try_from(hash % self.0.len() as u64).expect("below the length")
        });
        &self.0[index].1
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

/// A case of `tests/vectors`: its name and what is in it.
pub fn cases(kind: &str) -> Vec<(String, Value)> {
    let name = |path: &Path| path.file_stem().expect("a name").to_string_lossy().into_owned();
    common::files_of(kind).iter().map(|path| (name(path), common::load(path))).collect()
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A flow at some place of its case, and its client.
pub struct Place {
    pub client: Client,
    pub flow: Flow,
    pub state: Option<String>,
}

/// Every flow of the cases, by `<case>/<index of the event that it meets>`.
pub static FLOWS: LazyLock<Named<Place>> = LazyLock::new(|| {
    let mut places = Vec::new();
    for (name, case) in cases("flows") {
        let Ok(client) = common::client(&case["client"]) else { continue };
        let started = case["start"]["expect"]["authorize_url"].as_str();
        let state = started.and_then(|url| parameter(url, "state", false));
        for (index, place) in std::iter::once(&case["start"]).chain(list(&case["events"])).enumerate() {
            let Some(text) = place["expect"]["snapshot"].as_str() else { continue };
            let Ok(flow) = client.restore(text) else { continue };
            places.push((format!("{name}/{index}"), Place { client: client.clone(), flow, state: state.clone() }));
        }
    }
    Named::new(places)
});

/// The value of a parameter that is there once, in the query or, where those count too, in query and fragment.
pub fn parameter(url: &str, name: &str, fragment_counts: bool) -> Option<String> {
    let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    let fragment = if fragment_counts { fragment } else { "" };
    let pairs = [query, fragment].into_iter().flat_map(|text| form_urlencoded::parse(text.as_bytes()));
    let mut values = pairs.filter(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    values.next().filter(|_| values.next().is_none())
}

/// A key for texts that this build seals, made of them: what an older corpus has, sealed by then, is a stranger's.
pub fn sealing_key(texts: impl Iterator<Item = String>) -> [u8; 32] {
    texts.fold(Sha256::new(), |hash, text| hash.chain_update(text)).finalize().into()
}

/// The bodies of a case's replies, with the name of the flow that each meets and its status: `<case>/<index> <status>`.
pub fn replies(kind: &str) -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (name, case) in cases(kind) {
        for (index, event) in list(&case["events"]).iter().enumerate() {
            if let (Some(status), Some(body)) = (event["status"].as_u64(), event["body"].as_str()) {
                seeds.push(seed(&format!("{name}/{index} {status}"), body));
            }
        }
    }
    seeds
}

/// A reply to whatever the line's first word names.
pub fn reply(data: &[u8]) -> (&[u8], HttpResponse) {
    let (line, body) = split(data);
    let at = line.iter().rposition(|byte| *byte == b' ').unwrap_or(line.len());
    let status = std::str::from_utf8(line.get(at + 1..).unwrap_or_default()).ok().and_then(|text| text.parse().ok());
    (&line[..at], HttpResponse::new(status.unwrap_or(200), body))
}

/// Whatever came of an event can be stored, restored to the same text, and gone on with.
pub fn lives_on(client: &Client, step: &Step) {
    let text = step.flow().snapshot().expose().to_owned();
    let restored = client.restore(&text).expect("a flow restores from its own snapshot");
    assert_eq!(restored.snapshot().expose(), text, "a restored flow writes the same snapshot");
    for now_ms in [NOW_MS, NOW_MS + 3_600_000] {
        let _ = restored.resume(now_ms).map(|step| assert!(client.restore(step.flow().snapshot().expose()).is_ok()));
    }
}

/// A key of either venue at work, with each of the settings that change what is signed.
pub static SIGNERS: LazyLock<Named<Signer>> = LazyLock::new(|| {
    let of = |more: Value| {
        let mut settings = json!({"api_key": "key-of-a-user", "api_secret": "secret-of-a-user"});
        settings.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        common::signer(&settings).expect("a signer")
    };
    Named::new(vec![
        ("bybit".into(), of(json!({"venue": "bybit", "environment": "mainnet"}))),
        ("bybit-broker".into(), of(json!({"venue": "bybit", "environment": "testnet", "broker_id": "Xy000123"}))),
        ("whitebit".into(), of(json!({"venue": "whitebit", "environment": "global"}))),
        ("whitebit-escape".into(), of(json!({"venue": "whitebit", "environment": "eu", "non_ascii": "escape"}))),
        ("whitebit-window".into(), of(json!({"venue": "whitebit", "environment": "global", "nonce_window": true}))),
    ])
});

/// A read at some page of its case, its client, and the key it is signed with, if it is.
pub struct Read {
    pub client: Client,
    pub signer: Option<Signer>,
    pub read: AccountRead,
}

/// Every read of the cases, by `<case>/<index of the page that it asks for>`.
pub static READS: LazyLock<Named<Read>> = LazyLock::new(|| {
    let mut reads = Vec::new();
    for (name, case) in cases("reads") {
        let Ok(client) = common::client(&case["client"]) else { continue };
        let signer = case.get("signer").and_then(|settings| common::signer(settings).ok());
        for (index, place) in std::iter::once(&case["start"]).chain(list(&case["pages"])).enumerate() {
            let cursor = place["expect"]["cursor"].as_str();
            if let Some(Ok(read)) = cursor.map(|cursor| client.resume_read(cursor)) {
                let (client, signer) = (client.clone(), signer.clone());
                reads.push((format!("{name}/{index}"), Read { client, signer, read }));
            }
        }
    }
    Named::new(reads)
});

/// Tokens that a read can be asked for with.
pub static TOKENS: LazyLock<Tokens> =
    LazyLock::new(|| Tokens::new(Secret::new("access"), None, 0, None, vec![]).expect("tokens"));
