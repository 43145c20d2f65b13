//! What is kept of a connection: plain data, all of it in its text.

use crate::base::error::{ErrorCode, VenuekeyError, named};
use crate::base::json::members;
use crate::base::secret::Secret;
use crate::base::time;
use crate::connection::event::{ConnectionEvent, TrailEntry};
use crate::connection::seen::SeenKey;
use crate::flow::state::FlowData;
use crate::keys::watch::KeyWatch;
use crate::model::api_key::{ApiKey, ExternalId};
use crate::model::operation::Goal;
use crate::tokens::record::Record;
use crate::venue::contract::Stage;

/// How workers keep tokens alive that nobody uses for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeepAlive {
    /// The access token always works, for an app that reads at any time.
    #[default]
    Access,
    /// The refresh token never expires, so the connection lives on; the first use after a while waits for a refresh.
    Refresh,
    /// Not at all: unused tokens expire, and the user has to reconnect. For a connection with a key, whose tokens only
    /// serve to check and delete it.
    OnUse,
}

named!(KeepAlive "keep_alive" {
    Access = "access",
    Refresh = "refresh",
    OnUse = "on_use",
});

/// What the user or the app wants and no worker has done yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// End the connection, and leave its key at the venue.
    Disconnect,
    /// End it, and delete its key at the venue where that is possible.
    DisconnectAndDeleteKey,
    /// The same, and then delete the row.
    Forget,
}

named!(Intent "intent" {
    Disconnect = "disconnect",
    DisconnectAndDeleteKey = "disconnect_and_delete_key",
    Forget = "forget",
});

impl Intent {
    pub(crate) fn deletes_key(self) -> bool {
        self != Self::Disconnect
    }

    /// Of two, the one that goes further.
    pub(crate) fn or(self, other: Option<Self>) -> Self {
        let reach = |intent: Self| Self::ALL.iter().position(|known| *known == intent);
        other.filter(|other| reach(*other) > reach(self)).unwrap_or(self)
    }
}

/// A connection without its client.
#[derive(Clone)]
pub(crate) struct ConnectionData<S = &'static Stage> {
    pub id: String,
    pub revision: u64,
    pub owner: String,
    /// The host's own name for the client's configuration.
    pub client: String,
    pub label: Option<String>,
    pub goal: Goal,
    pub keep_alive: KeepAlive,
    pub begun_at_ms: u64,
    /// Counts the flows, from 1.
    pub flows: u64,
    /// The last one that was called off: what it or an earlier one still brings is of no use.
    pub called_off: Option<u64>,
    /// The one that has not come to its end, or has failed.
    pub flow: Option<FlowData<S>>,
    /// The one before, whose hand-off the backend has not confirmed, while the user is asked again.
    pub handing_off: Option<FlowData<S>>,
    /// What the app works with.
    pub credential: Option<Credential>,
    /// Keys that it has let go of, each to be named unless another row holds it.
    pub let_go: Vec<LetGo>,
    /// The request that is out, and whose it is.
    pub attempt: Option<Lease>,
    /// Counts the requests that were begun.
    pub attempts: u64,
    pub intent: Option<Intent>,
    pub ended: Option<Ended>,
    /// Counts the events, from 1.
    pub events: u64,
    /// Those that the host has not heard of for certain.
    pub outbox: Vec<ConnectionEvent>,
    /// The host was told and failed: not before that again.
    pub tell_at_ms: Option<u64>,
    /// What has happened, the newest last.
    pub trail: Vec<TrailEntry>,
}

members!(ConnectionData, read as ConnectionData<String> {
    id, revision, owner, client, label: optional, goal, keep_alive, begun_at_ms, flows, called_off: optional, flow: optional,
    handing_off: optional, credential: optional, let_go: optional, attempt: optional, attempts, intent: optional, ended: optional, events, outbox: optional,
    tell_at_ms: optional, trail: optional,
});

/// What a flow has brought.
#[derive(Clone)]
pub(crate) struct Credential {
    /// Which of the connection's flows: of two, the later one's counts, whatever arrives first.
    pub of_flow: u64,
    pub uid: Option<String>,
    pub tokens: Option<Record>,
    /// The generation whose access token the venue has refused the app.
    pub refused_generation: Option<u64>,
    pub key: Option<HeldKey>,
    /// Why none of it works any more.
    pub spent: Option<VenuekeyError>,
}

members!(Credential {
    of_flow,
    uid: optional,
    tokens: optional,
    refused_generation: optional,
    key: optional,
    spent: optional,
});

/// A key, and what is known of its life.
#[derive(Clone)]
pub(crate) struct HeldKey {
    pub key: ApiKey,
    pub watch: KeyWatch,
    /// After a look that told nothing.
    pub look_again_at_ms: Option<u64>,
    /// What the last look that told anything told.
    pub seen: Option<SeenKey>,
}

members!(HeldKey { key, watch, look_again_at_ms: optional, seen: optional });

/// A key that a connection has let go of, and that may live at the venue.
#[derive(Clone)]
pub(crate) struct LetGo {
    /// What its user knows it by; see [`Connection::key_left`](crate::Connection::key_left).
    pub name: String,
    /// All that tells it, to look for other rows by: another may know less of the same key.
    pub known_by: Vec<Secret>,
}

members!(LetGo { name, known_by });

/// The right to send one request. It permits sending, and nobody needs it to store.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Lease {
    pub number: u64,
    pub purpose: Purpose,
    pub holder: String,
    pub until_ms: u64,
}

members!(Lease { number, purpose, holder, until_ms });

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Flow,
    Refresh,
    Probe,
}

crate::base::string_enum::string_enum!(Purpose { Flow = "flow", Refresh = "refresh", Probe = "probe" });

/// What is left of a connection that has ended.
#[derive(Clone)]
pub(crate) struct Ended {
    pub at_ms: u64,
    /// The row may go then: nothing of it can come back any more.
    pub until_ms: u64,
    /// The key that still lives at the venue, where one may: the user deletes it there.
    pub key_left: Option<String>,
}

members!(Ended { at_ms, until_ms, key_left: optional });

/// For as long as a code, a hand-off or a consent of its own may come back: the longest timeout of a consent.
pub(super) fn tombstone_until_ms(now_ms: u64) -> u64 {
    time::after(now_ms, time::DAY_MS)
}

impl Credential {
    /// Why it can't be used, where it can't.
    pub fn error(&self) -> Option<&VenuekeyError> {
        self.spent.as_ref().or(match (&self.key, &self.tokens) {
            (None, Some(record)) => record.ended.as_ref(),
            _ => None,
        })
    }

    /// What was wrong with the pair of before is over; what is wrong with a key is not.
    pub fn has_new_pair(&mut self) {
        self.refused_generation = None;
        if self.key.is_none() {
            self.spent = None;
        }
    }
}

impl HeldKey {
    /// The venue's id for it, where it has one.
    pub fn id(&self) -> Option<&str> {
        self.key.external_id().map(ExternalId::as_str)
    }
}

/// What the user knows a key by in the venue's dashboard: its id, or how the public half ends.
pub(super) fn named(key: &ApiKey) -> String {
    key.external_id().map_or_else(|| ending(key.api_key()), |id| id.as_str().to_owned())
}

/// How a key's public half ends.
pub(super) fn ending(public: &Secret) -> String {
    // Exposed by its last four characters, as dashboards and cards are shown.
    let text = public.expose();
    let end = text.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
    format!("…{}", text.get(end..).unwrap_or_default())
}

/// What the host may write into a connection: short, and on one line.
pub(crate) fn check_name(what: &str, text: &str, max: usize) -> Result<(), VenuekeyError> {
    if (1..=max).contains(&text.len()) && !text.chars().any(crate::base::text::is_invisible) {
        return Ok(());
    }
    let hint = format!("{what} must be 1 to {max} bytes without control characters");
    Err(VenuekeyError::new(ErrorCode::InvalidArgument).with_hint(&hint))
}
