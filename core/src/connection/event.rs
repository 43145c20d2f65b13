//! What has happened to a connection: events for the host, and an audit trail. Neither has secrets or text from the venue.

use crate::base::error::{ErrorCode, named};
use crate::base::json::members;

/// Something the host must be told of, at least once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionEvent {
    /// Counts up by one within a connection. With the connection's id it identifies the event each time it is told.
    pub number: u64,
    /// When it happened, in Unix milliseconds.
    pub at_ms: u64,
    /// What happened.
    pub kind: EventKind,
    /// Why, if something went wrong.
    pub code: Option<ErrorCode>,
    /// The key of an `orphaned_credential` and of an `ended` that leaves one behind, as [`Connection::key_left`](crate::Connection::key_left) names it.
    pub key_id: Option<String>,
}

members!(ConnectionEvent { number, at_ms, kind, code: optional, key_id: optional });

/// What a host is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// There are working tokens or a working key, for the first time or again.
    Connected,
    /// The user must do something; `code` says what.
    NeedsUser,
    /// The key ends soon: the user should connect again.
    KeyExpires,
    /// The connection has ended and its secrets are wiped. If `key_id` is present, that key may still live at the venue; if it
    /// is told again without one, the key is gone after all.
    Ended,
    /// A reply brought tokens or a key that this connection can no longer use, and the venue offers no way to revoke
    /// them; or an attempt that was canceled or replaced may have left a key; or a new key has replaced one that may still live; or
    /// an end leaves a key beside the one that `ended` names. If `key_id` is present, it is that key's, and no other row of the store
    /// was found to work with it.
    OrphanedCredential,
}

named!(EventKind "kind" {
    Connected = "connected",
    NeedsUser = "needs_user",
    KeyExpires = "key_expires",
    Ended = "ended",
    OrphanedCredential = "orphaned_credential",
});

/// One line of a connection's audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailEntry {
    /// When, in Unix milliseconds.
    pub at_ms: u64,
    /// What: `begun`, `callback`, `chosen`, `recovered`, `reconnect`, `canceled`, `disconnect`, `handed_off`, `send <purpose>`, `reply <purpose>`,
    /// `no_reply <purpose>`, `not_sent <purpose>`, `late_reply <purpose>`, `taken_over`, or the kind of an event.
    pub what: String,
    /// Why, if something went wrong.
    pub code: Option<ErrorCode>,
}

members!(TrailEntry { at_ms, what, code: optional });

/// How much of the trail is kept.
pub(crate) const MAX_TRAIL: usize = 40;
/// How many events wait for the host, beside those that name a key; an older one of the same kind makes room.
pub(crate) const MAX_OUTBOX: usize = 16;
