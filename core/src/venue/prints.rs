//! Rows that have been read, remembered by their fingerprints.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::base::json::{Blank, FromJson, Json, ToJson, Writer};

/// How many of the last rows are remembered: two of the largest pages.
const LAST: usize = 1_000;
/// How many are kept for later parts of a list: a page, and the rows of a long history that are still on their way.
/// Both fit a cursor.
const FIRST: usize = 3_000;

/// The first 8 bytes of a SHA-256 over the parts of a row's id.
pub(crate) fn print(parts: &[&str]) -> u64 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        // Can't stand in a JSON text of the venue's without an escape, hence in no id.
        hash.update([0]);
    }
    let mut first = [0; 8];
    first.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    u64::from_be_bytes(first)
}

/// Some fingerprints, in the order in which they came.
#[derive(Clone, Default)]
pub(crate) struct Prints(Vec<u64>);

impl Prints {
    pub fn has(&self, print: u64) -> bool {
        self.0.contains(&print)
    }

    /// The newest push out the oldest.
    pub fn add_last(&mut self, print: u64) {
        if self.0.len() >= LAST {
            self.0.remove(0);
        }
        self.0.push(print);
    }

    /// The first ones stay.
    pub fn add_first(&mut self, print: u64) {
        if self.0.len() < FIRST {
            self.0.push(print);
        }
    }
}

impl Blank for Prints {
    fn is_blank(&self) -> bool {
        self.0.is_empty()
    }
}

impl ToJson for Prints {
    fn to_json(&self, to: &mut Writer) {
        let bytes: Vec<u8> = self.0.iter().flat_map(|print| print.to_be_bytes()).collect();
        to.text(&URL_SAFE_NO_PAD.encode(bytes));
    }
}

impl FromJson for Prints {
    /// `None` where it is no base64, or ends within a fingerprint.
    fn from_json(json: Json<'_>) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(json.text()?.as_str()).ok()?;
        let (prints, rest) = bytes.as_chunks();
        let are_whole = rest.is_empty() && prints.len() <= FIRST;
        are_whole.then(|| Self(prints.iter().map(|print| u64::from_be_bytes(*print)).collect()))
    }
}
