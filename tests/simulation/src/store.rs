//! The host's store: one compare-and-set register a flow, and ways for it to fail.

use venuekey::parts::Snapshot;

/// What a save came to, as its caller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    Won,
    Lost,
    /// An exception: the caller can't know whether it took effect.
    Unknown,
}

#[derive(Default)]
pub struct Store {
    flow_id: String,
    revision: u64,
    text: Option<String>,
}

/// How the next save goes wrong, if it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    None,
    FailsBefore,
    FailsAfter,
}

impl Store {
    pub fn save(&mut self, snapshot: &Snapshot, trouble: Trouble) -> Saved {
        if trouble == Trouble::FailsBefore {
            return Saved::Unknown;
        }
        // Under another id it would be another row, and this save would win.
        assert!(self.text.is_none() || self.flow_id == snapshot.flow_id(), "one connection became two flows");
        if self.revision != snapshot.expected_revision() {
            return Saved::Lost;
        }
        self.flow_id = snapshot.flow_id().to_owned();
        self.revision = snapshot.revision();
        self.text = Some(snapshot.expose().to_owned());
        if trouble == Trouble::FailsAfter { Saved::Unknown } else { Saved::Won }
    }

    pub fn revision(&self) -> u64 {
        self.revision
    }

    pub fn load(&self) -> Option<&str> {
        self.text.as_deref()
    }
}
