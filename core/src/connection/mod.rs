//! One user's account at one venue for one app, from the click on "Connect" to "forget": the paved path.

pub(crate) mod access;
mod codec;
pub(crate) mod create;
pub(crate) mod data;
pub(crate) mod driver;
mod edit;
pub(crate) mod event;
mod hand_off;
mod intents;
mod left;
pub(crate) mod pace;
mod reply;
pub(crate) mod row;
pub(crate) mod seen;
pub(crate) mod shown;
mod standing;
pub(crate) mod status;
mod work;

use core::fmt;
use std::sync::Arc;

use crate::base::json;
use crate::base::secret::Secret;
use crate::client::Client;
use crate::connection::data::{ConnectionData, Intent};
use crate::connection::event::{ConnectionEvent, EventKind, TrailEntry};
use crate::flow::Flow;
use crate::model::operation::Goal;
use crate::tokens::SharedTokens;

/// One user's account at one venue for one app: the flow, the tokens, the key and what is known of them, as one value with
/// one id and one revision, kept in one row. Immutable: every event makes a new value, to be saved by compare-and-set.
///
/// Web events ([`Connection::receive_callback`], [`Connection::choose`], [`Connection::recover`],
/// [`Connection::reconnect`], [`Connection::cancel_attempt`], [`Connection::disconnect`]) record what is wanted and send nothing. If the save loses, load
/// and apply the event again: a repeated event changes nothing and returns a value with the same revision.
/// Everything else is a worker's job: [`Connection::due_at_ms`] says when, a
/// [`ConnectionDriver`](crate::ConnectionDriver) how.
///
/// All times are Unix milliseconds by the host's clock, or the store's if it has one.
#[derive(Clone)]
pub struct Connection {
    client: Client,
    data: Arc<ConnectionData>,
    /// When a worker next has something to do.
    due_at_ms: Option<u64>,
    /// When it was made or restored.
    as_of_ms: u64,
}

impl Connection {
    /// 32 hexadecimal digits, the same as long as the connection lives.
    pub fn id(&self) -> &str {
        &self.data.id
    }

    /// Counts up by one with each value that is to be saved, from 1.
    pub fn revision(&self) -> u64 {
        self.data.revision
    }

    /// The revision that must be in the store for this one to replace it; 0 means none may be there.
    pub fn expected_revision(&self) -> u64 {
        self.data.revision.saturating_sub(1)
    }

    /// The host's own name for the user.
    pub fn owner(&self) -> &str {
        &self.data.owner
    }

    /// The host's own name for the client it belongs to.
    pub fn client_name(&self) -> &str {
        &self.data.client
    }

    /// The user's own name for it.
    pub fn label(&self) -> Option<&str> {
        self.data.label.as_deref()
    }

    /// The client that it belongs to.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What it is for.
    pub fn goal(&self) -> Goal {
        self.data.goal
    }

    /// When a worker next has something to do, in Unix milliseconds; absent if it has nothing to do.
    pub fn due_at_ms(&self) -> Option<u64> {
        self.due_at_ms
    }

    /// What the user or the app wants that no worker has done yet.
    pub fn intent(&self) -> Option<Intent> {
        self.data.intent
    }

    /// The worker that has a request in flight.
    pub fn lease_holder(&self) -> Option<&str> {
        self.data.attempt.as_ref().map(|lease| lease.holder.as_str())
    }

    /// When that worker's lease ends, by its own clock, in Unix milliseconds.
    pub fn lease_until_ms(&self) -> Option<u64> {
        self.data.attempt.as_ref().map(|lease| lease.until_ms)
    }

    /// Events not yet confirmed by the host, oldest first.
    pub fn events(&self) -> &[ConnectionEvent] {
        &self.data.outbox
    }

    /// What has happened, newest last; successful refreshes are left out.
    pub fn trail(&self) -> &[TrailEntry] {
        &self.data.trail
    }

    /// The connection as text. **A secret**: store it sealed, by [`Connection::seal`].
    pub fn text(&self) -> Secret {
        codec::write(&self.client.settings, &self.data)
    }

    fn flow(&self) -> Option<Flow> {
        let data = self.data.flow.clone()?;
        Some(Flow::new(Arc::clone(&self.client.settings), data))
    }

    fn tokens(&self) -> Option<SharedTokens> {
        let record = self.data.credential.as_ref()?.tokens.clone()?;
        Some(SharedTokens::of(Arc::clone(&self.client.settings), record))
    }

    fn tells_of_orphan(&self) -> bool {
        self.data.outbox.iter().any(|event| event.kind == EventKind::OrphanedCredential)
    }

    fn same_value(&self, other: &Self) -> bool {
        self.data.revision == other.data.revision
            && json::written(&*self.data).ct_eq(json::written(&*other.data).expose())
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (venue, id, revision) = (self.client.venue(), self.id(), self.revision());
        write!(f, "Connection({venue:?}, {id}, revision {revision}, {})", self.status().as_str())
    }
}
