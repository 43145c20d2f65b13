//! A connection as a row of the host's store: sealed, beside the columns that a store looks for rows by.

use crate::base::entropy::Entropy;
use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::ids::{Venue, VenueEnvironment};
use crate::base::mac::KeyedMac;
use crate::base::seal::SealingKeys;
use crate::client::Client;
use crate::connection::Connection;
use crate::connection::data::Intent;
use crate::connection::status::ConnectionStatus;

/// A connection as a row to store. The columns are for looking up rows; decisions use the sealed value. The seal is bound to
/// id, owner, client, venue, environment and revision: a row that was copied, moved or edited by hand does not open.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectionRow {
    /// The primary key.
    pub id: String,
    /// The host's own name for the user.
    pub owner: String,
    /// The host's own name for the client's configuration.
    pub client: String,
    /// The user's own name for the connection.
    pub label: Option<String>,
    /// The exchange.
    pub venue: Venue,
    /// The venue's environment.
    pub environment: VenueEnvironment,
    /// Where it stands.
    pub status: ConnectionStatus,
    /// What the user or the app wants that no worker has done yet.
    pub intent: Option<Intent>,
    /// When a worker next has something to do, in Unix milliseconds.
    pub due_at_ms: Option<u64>,
    /// The worker that has a request in flight.
    pub lease_holder: Option<String>,
    /// When that worker's lease ends, by its own clock, in Unix milliseconds.
    pub lease_until_ms: Option<u64>,
    /// The revision in the store must be one less for this row to replace it.
    pub revision: u64,
    /// The sealing key that opens it.
    pub sealing_key_id: String,
    /// A keyed hash of the account at the venue, if known: finds rows that may hold the same account.
    pub account_hash: Option<String>,
    /// Everything else, sealed.
    pub sealed: String,
}

impl Connection {
    /// The row to store.
    ///
    /// # Errors
    /// `invalid_argument` if there is no key.
    pub fn seal(&self, keys: &SealingKeys, entropy: &Entropy) -> Result<ConnectionRow, VenuekeyError> {
        let context = context(&self.client, (self.id(), self.revision()), self.owner(), self.client_name());
        Ok(ConnectionRow {
            id: self.id().to_owned(),
            owner: self.owner().to_owned(),
            client: self.client_name().to_owned(),
            label: self.label().map(str::to_owned),
            venue: self.client.venue(),
            environment: self.client.environment(),
            status: self.status(),
            intent: self.intent(),
            due_at_ms: self.due_at_ms(),
            lease_holder: self.lease_holder().map(str::to_owned),
            lease_until_ms: self.lease_until_ms(),
            revision: self.revision(),
            sealing_key_id: keys.newest_id().to_owned(),
            account_hash: self.account().and_then(|account| self.hashes_of(account, keys).next()),
            sealed: keys.seal_row(&self.text(), &context, entropy)?,
        })
    }

    /// The [`ConnectionRow::account_hash`] of other rows that may hold this account or its key: of each thing that tells it, by
    /// each sealing key, newest first; none if nothing is known that identifies an account.
    pub fn account_hashes(&self, keys: &SealingKeys) -> Vec<String> {
        // Exposed to be hashed.
        self.sought().iter().flat_map(|account| self.hashes_of(account.expose(), keys).collect::<Vec<_>>()).collect()
    }

    fn hashes_of<'a>(&'a self, account: &'a str, keys: &'a SealingKeys) -> impl Iterator<Item = String> + 'a {
        let (venue, environment) = (self.client.venue(), self.client.environment());
        keys.each().filter_map(move |key| {
            let parts = ["venuekey/1/account/", venue.as_str(), "/", environment.as_str(), "/", account];
            Some(KeyedMac::sha256_of(key)?.hex_of(&parts).chars().take(32).collect())
        })
    }
}

/// What it takes to open a stored connection: these columns of its [`ConnectionRow`].
#[derive(Clone, PartialEq, Eq)]
pub struct StoredConnection {
    /// The row's.
    pub id: String,
    /// The row's.
    pub owner: String,
    /// The row's.
    pub client: String,
    /// The row's.
    pub revision: u64,
    /// The row's.
    pub sealed: String,
}

impl Client {
    /// A connection from what its store has.
    ///
    /// # Errors
    /// `seal_invalid` for a row that was copied, moved or damaged, that is another client's, or whose sealing key is
    /// missing; `snapshot_invalid`, `snapshot_version` (leave it alone: a newer release wrote it) or `snapshot_mismatch`.
    /// None of them quotes the text.
    pub fn open_connection(
        &self,
        row: StoredConnection,
        keys: &SealingKeys,
        now_ms: u64,
    ) -> Result<Connection, VenuekeyError> {
        let StoredConnection { id, owner, client, revision, sealed } = row;
        let context = context(self, (&id, revision), &owner, &client);
        let connection = self.restore_connection(keys.open_row(&sealed, &context)?.expose(), now_ms)?;
        let belongs = connection.id() == id
            && connection.revision() == revision
            && connection.owner() == owner
            && connection.client_name() == client;
        if belongs { Ok(connection) } else { Err(VenuekeyError::new(ErrorCode::SealInvalid).with_hint(MOVED)) }
    }
}

const MOVED: &str = "the row's columns are not those of the value sealed in it";

/// The associated data of the seal.
fn context(of: &Client, (id, revision): (&str, u64), owner: &str, client: &str) -> String {
    let (venue, environment) = (of.venue(), of.environment());
    let (venue, environment, bytes) = (venue.as_str(), environment.as_str(), client.len());
    format!("connection/1/{id}/{revision}/{venue}/{environment}/{bytes}/{client}/{owner}")
}

impl core::fmt::Debug for ConnectionRow {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { venue, id, revision, status, .. } = self;
        write!(f, "ConnectionRow({venue:?}, {id}, revision {revision}, {})", status.as_str())
    }
}

impl core::fmt::Debug for StoredConnection {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "StoredConnection({}, revision {})", self.id, self.revision)
    }
}
