//! The store of a fleet: rows by compare-and-set and numbers that only go up, with the ways in which a store fails.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;
use venuekey::parts::*;

/// How the next call of the store goes wrong, if it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    None,
    /// An exception, and nothing was done.
    FailsBefore,
    /// An exception, and it was done.
    FailsAfter,
    /// It was done, and the store says that another revision is there.
    Denies,
}

/// What a call came to, as its caller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    Won,
    Lost,
    /// An exception: the caller can't know whether it took effect.
    Unknown,
}

#[derive(Clone)]
pub struct Row {
    pub revision: u64,
    pub due_at_ms: Option<u64>,
    pub text: String,
    sealed: Option<ConnectionRow>,
    account_hash: Option<String>,
    ends: bool,
}

/// What a rollback takes back.
enum Before {
    Row(String, Option<Box<Row>>),
    Number(String, Option<u64>),
}

pub struct Store {
    rows: BTreeMap<String, Row>,
    numbers: BTreeMap<String, u64>,
    log: Vec<Before>,
    keys: SealingKeys,
    /// Whether rows are sealed at rest, as a host's are.
    pub seals: bool,
    pub down_until_ms: u64,
}

impl Store {
    pub fn new(seals: bool) -> Self {
        let keys = SealingKeys::new([("key-1", [9; 32].as_slice())]).expect("sound");
        Self { rows: BTreeMap::new(), numbers: BTreeMap::new(), log: Vec::new(), keys, seals, down_until_ms: 0 }
    }

    pub fn row(&self, id: &str) -> Option<&Row> {
        self.rows.get(id)
    }

    pub fn rows(&self) -> impl Iterator<Item = (&String, &Row)> {
        self.rows.iter()
    }

    /// What another process finds.
    pub fn load(&self, client: &Client, id: &str, now_ms: u64) -> Option<Connection> {
        let row = self.rows.get(id)?;
        let loaded = match &row.sealed {
            Some(row) => {
                let (id, owner, client_name) = (row.id.clone(), row.owner.clone(), row.client.clone());
                let (revision, sealed) = (row.revision, row.sealed.clone());
                let stored = StoredConnection { id, owner, client: client_name, revision, sealed };
                client.open_connection(stored, &self.keys, now_ms)
            }
            None => client.restore_connection(&row.text, now_ms),
        };
        Some(loaded.unwrap_or_else(|error| panic!("what was saved does not open: {error}\n{}", row.text)))
    }

    pub fn save(&mut self, next: &Connection, entropy: impl FnOnce() -> Entropy, trouble: Trouble) -> Saved {
        let id = next.id();
        if trouble == Trouble::FailsBefore {
            return Saved::Unknown;
        }
        if self.rows.get(id).map_or(0, |row| row.revision) != next.expected_revision() {
            return Saved::Lost;
        }
        let seal = |entropy| next.seal(&self.keys, &entropy).expect("there is a key");
        let sealed = self.seals.then(|| seal(entropy()));
        // The column is the same whatever sealed it.
        let account_hash = sealed.as_ref().map_or_else(|| seal(Entropy::new([9; 64])), Clone::clone).account_hash;
        let row = Row {
            revision: next.revision(),
            due_at_ms: next.due_at_ms(),
            text: next.text().expose().to_owned(),
            sealed,
            account_hash,
            ends: next.intent().is_some() || next.status() == ConnectionStatus::Ended,
        };
        self.log(id);
        self.rows.insert(id.to_owned(), row);
        match trouble {
            Trouble::FailsAfter => Saved::Unknown,
            Trouble::Denies => Saved::Lost,
            _ => Saved::Won,
        }
    }

    /// Removes the row where it still has this revision.
    pub fn delete(&mut self, id: &str, revision: u64) {
        if self.rows.get(id).is_some_and(|row| row.revision == revision) {
            self.remove(id);
        }
    }

    pub fn remove(&mut self, id: &str) {
        self.log(id);
        self.rows.remove(id);
    }

    fn log(&mut self, id: &str) {
        self.log.push(Before::Row(id.to_owned(), self.rows.get(id).cloned().map(Box::new)));
    }

    /// Whether another row holds the same account and is not ending too.
    pub fn has_other(&self, connection: &Connection) -> bool {
        let hashes = connection.account_hashes(&self.keys);
        let is_same = |row: &Row| row.account_hash.as_ref().is_some_and(|hash| hashes.contains(hash));
        self.rows.iter().any(|(id, row)| id != connection.id() && !row.ends && is_same(row))
    }

    /// Of numbers that only go up, `by` more than the larger of the last one and `floor`.
    pub fn bump(&mut self, name: &str, floor: u64, by: u64) -> u64 {
        let before = self.numbers.get(name).copied();
        self.log.push(Before::Number(name.to_owned(), before));
        let next = before.unwrap_or(0).max(floor) + by;
        self.numbers.insert(name.to_owned(), next);
        next
    }

    pub fn writes(&self) -> usize {
        self.log.len()
    }

    /// Comes back as it was so many writes before: from a replica that had not heard of them, or from a backup.
    pub fn roll_back(&mut self, writes: usize) {
        for before in self.log.split_off(self.log.len().saturating_sub(writes)).into_iter().rev() {
            match before {
                Before::Row(id, Some(row)) => drop(self.rows.insert(id, *row)),
                Before::Row(id, None) => drop(self.rows.remove(&id)),
                Before::Number(name, Some(number)) => drop(self.numbers.insert(name, number)),
                Before::Number(name, None) => drop(self.numbers.remove(&name)),
            }
        }
    }
}

thread_local! {
    /// The texts that were read last: each save asks the row before and the one after for a dozen places.
    static READ: RefCell<VecDeque<(String, Value)>> = const { RefCell::new(VecDeque::new()) };
}

/// What a text says at a place.
pub fn at(text: &str, pointer: &str) -> Value {
    READ.with_borrow_mut(|read| {
        if !read.iter().any(|(known, _)| known == text) {
            read.truncate(3);
            read.push_front((text.to_owned(), serde_json::from_str(text).expect("a connection is JSON")));
        }
        let (_, value) = read.iter().find(|(known, _)| known == text).expect("it was just read");
        value.pointer(pointer).cloned().unwrap_or(Value::Null)
    })
}
