//! What the world is made of.

use std::collections::BTreeSet;

use venuekey::parts::*;

use super::store::Saved;
use crate::entry::Party;
/// How much goes wrong in one schedule.
pub struct Chances {
    pub turns: u32,
    /// In a thousand turns.
    pub trouble: u32,
    /// In a thousand calls of the store.
    pub store: u32,
    /// In a thousand requests.
    pub wire: u32,
    /// In a thousand answers of the hook.
    pub hook: u32,
    /// In a hundred of the user's turns: what a user does who is not in a hurry to connect.
    pub moods: u8,
    /// Clocks are further apart than is borne, and senders are paused between the save and the send.
    pub steals: bool,
    /// The store loses what it said it had.
    pub forgets: bool,
    /// Rows are deleted by hand.
    pub deletes: bool,
    /// Users act at the venue, whose sheets say what that ends.
    pub mishaps: bool,
    /// The venue answers with its faults.
    pub faults: bool,
}

/// A worker, or a process that serves requests.
pub struct Host {
    /// How far its clock is ahead.
    pub ahead_ms: i64,
    pub doing: Doing,
}

/// Where a host stands. Dropping it is a crash.
pub enum Doing {
    Idle,
    /// The driver's action is to be done.
    Acts {
        driver: Box<ConnectionDriver>,
        task: Task,
        at_ms: u64,
    },
    /// It was done, and the host hears of it then.
    Hears {
        driver: Box<ConnectionDriver>,
        task: Task,
        news: News,
        at_ms: u64,
    },
    /// A web request has its value.
    Clicks {
        row: String,
        click: Click,
        next: Box<Connection>,
        tries: u8,
    },
}

/// What a driver is for.
#[derive(Clone)]
pub struct Task {
    pub row: String,
    /// A request of the app's, and how often its credential was refused.
    pub session: Option<u8>,
    /// What came of its request, by the number in the world's list.
    pub brought: Option<usize>,
    /// When it has looked for other rows with the same account.
    pub looked_ms: u64,
}

/// What came of an action.
pub enum News {
    Loaded(Option<Box<Connection>>),
    Saved(Saved),
    /// The store has failed.
    Broken,
    Reply(HttpResponse),
    NoReply(Delivery),
    Nonce(u64),
    Found(bool),
    Told(bool),
    Deleted,
    Awake,
}

/// Who connects to what.
pub struct Case {
    pub name: &'static str,
    pub venue: Venue,
    pub environment: VenueEnvironment,
    pub party: Party,
    pub goal: Goal,
    /// What the app reads with its tokens.
    pub read: &'static str,
}

impl Case {
    /// Whether the app has no secret, and its backend goes on.
    pub fn hands_off(&self) -> bool {
        self.venue == Venue::WHITEBIT && self.party == Party::Public
    }
}

/// What a reply has in it that nobody else has.
pub struct Brought {
    pub row: String,
    pub purpose: &'static str,
    /// The new access token, or the key's secret.
    pub secret: String,
    pub fate: Fate,
    /// How often the store had been written to when it was stored or reported.
    pub kept_at: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    OnItsWay,
    /// It never arrived, or its host died with it.
    Lost,
    /// A host has it in its hands.
    Handed,
    Stored,
    Reported,
}

/// A request that may be on its way.
pub struct Out {
    pub row: String,
    pub host: usize,
    pub until_ms: u64,
}

/// What a row has known of keys.
#[derive(Default)]
pub struct Known {
    /// Ids and secrets that some value in the store had.
    pub had: BTreeSet<String>,
    /// When a worker has looked for other rows with its key.
    pub looked_ms: u64,
    /// Since when the row has the key that it has.
    pub has_since_ms: u64,
}

/// What comes in from the web.
#[derive(Clone)]
pub enum Click {
    Callback(String),
    Pasted(String),
    Choose(String),
    Recover,
    Reconnect(Box<BeginOptions>, Entropy),
    Cancel,
    Disconnect(Intent),
    /// The backend has confirmed what the app had sent it.
    HandedOff(Box<HandOff>),
    TokenRefused(u64),
    KeyRefused(VenuekeyError),
}
