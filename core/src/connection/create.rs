//! How a connection begins.

use std::sync::Arc;

use crate::base::entropy::{Entropy, seed_of};
use crate::base::error::VenuekeyError;
use crate::base::secret::Secret;
use crate::base::time;
use crate::client::Client;
use crate::client::options::BeginOptions;
use crate::connection::Connection;
use crate::connection::codec;
use crate::connection::data::{ConnectionData, HeldKey, KeepAlive};
use crate::connection::edit::Edit;
use crate::connection::event::EventKind;
use crate::flow::Flow;
use crate::keys::watch::KeyWatch;
use crate::model::api_key::{ApiKey, ExternalId};
use crate::model::operation::{FlowOperation, Goal};
use crate::model::policy::LostSecretPolicy;
use crate::model::tokens::Tokens;

/// Whose connection it is, and how it behaves.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// The host's own name for the user: 1 to 255 bytes.
    pub owner: String,
    /// The host's own name for this client's configuration, by which a worker finds it: 1 to 64 bytes.
    pub client_name: String,
    /// The user's own name for the connection: 1 to 255 bytes.
    pub label: Option<String>,
    /// How workers keep its tokens alive; by default [`KeepAlive::Access`], and [`KeepAlive::OnUse`] for a key.
    pub keep_alive: Option<KeepAlive>,
}

impl ConnectOptions {
    /// The required fields; defaults for the rest.
    pub fn new(owner: impl Into<String>, client_name: impl Into<String>) -> Self {
        Self { owner: owner.into(), client_name: client_name.into(), label: None, keep_alive: None }
    }
}

/// A key from the app's own tables.
#[derive(Debug, Clone)]
pub struct ImportedKey {
    /// The public half.
    pub api_key: Secret,
    /// The secret half.
    pub api_secret: Secret,
    /// WhiteBIT: the key's id for status and deletion.
    pub external_id: Option<ExternalId>,
    /// Bybit: the user's id.
    pub uid: Option<String>,
    /// The passphrase, if the venue's keys have one.
    pub passphrase: Option<Secret>,
    /// The API of the user's site, if the venue has several.
    pub site: Option<String>,
}

impl Client {
    /// Begins a connection: save it, then send the browser to its [`Connection::authorize_url`]. With WhiteBIT's client
    /// without a secret it leads to a [`Connection::hand_off`], and the backend has the account.
    ///
    /// # Errors
    /// As of [`Client::begin`], and `invalid_argument` for the names.
    pub fn begin_connection(
        &self,
        goal: Goal,
        options: ConnectOptions,
        consent: BeginOptions,
        entropy: &Entropy,
        now_ms: u64,
    ) -> Result<Connection, VenuekeyError> {
        let started = self.begin(goal, consent, entropy, now_ms)?;
        let mut edit = self.first(entropy.derive_id("connection_id"), goal, options, now_ms)?;
        edit.data.flow = Some(started.pending().data().clone());
        edit.trail("begun", None);
        Ok(edit.done())
    }

    /// Begins a connection from an app's hand-off; see [`Client::accept_hand_off`]. The id is derived from the code, so a
    /// repeated hand-off meets its own row: if the save loses, that row is the connection, provided that its owner is this
    /// one.
    ///
    /// # Errors
    /// As of [`Client::accept_hand_off`], and `invalid_argument` for the names.
    pub fn begin_connection_by_hand_off(
        &self,
        hand_off: &str,
        on_secret_lost: LostSecretPolicy,
        options: ConnectOptions,
        now_ms: u64,
    ) -> Result<Connection, VenuekeyError> {
        let step = self.accept_hand_off(hand_off, on_secret_lost, now_ms)?;
        let flow = step.flow().data().clone();
        let mut edit = self.first(flow.flow_id.clone(), Goal::ApiKey, options, now_ms)?;
        edit.data.flow = Some(flow);
        edit.trail("begun", None);
        Ok(edit.done())
    }

    /// A connection from tokens in the app's own tables.
    ///
    /// # Errors
    /// `not_supported` if this kind of client can't ask for tokens, so can't keep any; `invalid_argument` for the names.
    pub fn import_tokens(
        &self,
        tokens: Tokens,
        uid: Option<String>,
        options: ConnectOptions,
        entropy: &Entropy,
        now_ms: u64,
    ) -> Result<Connection, VenuekeyError> {
        self.settings.stages(FlowOperation::AccountTokens)?;
        check_uid(uid.as_deref())?;
        let mut edit = self.first(entropy.derive_id("connection_id"), Goal::AccountTokens, options, now_ms)?;
        edit.data.credential = Some(edit.credential(1, uid, Some(tokens), None));
        edit.trail("imported", None);
        edit.event(EventKind::Connected, None, None);
        Ok(edit.done())
    }

    /// A connection from a key in the app's own tables.
    ///
    /// # Errors
    /// `invalid_argument` for the names and ids, `invalid_configuration` for a key or secret that can't be one.
    pub fn import_key(
        &self,
        key: ImportedKey,
        options: ConnectOptions,
        entropy: &Entropy,
        now_ms: u64,
    ) -> Result<Connection, VenuekeyError> {
        let ImportedKey { api_key, api_secret, external_id, uid, passphrase, site } = key;
        check_uid(uid.as_deref())?;
        if let Some(id) = &external_id {
            (self.settings.profile.key_id)(id.as_str())
                .map_err(|hint| VenuekeyError::invalid_argument(hint).with_venue(self.venue()))?;
        }
        let mut edit = self.first(entropy.derive_id("connection_id"), Goal::ApiKey, options, now_ms)?;
        let key = ApiKey { external_id, uid: uid.clone(), passphrase, site, ..ApiKey::new(api_key, api_secret) };
        let watch = KeyWatch::new(self.venue(), now_ms, seed_of(&edit.derive("watch", 1)));
        let held = HeldKey { key, watch, look_again_at_ms: None, seen: None };
        edit.data.credential = Some(edit.credential(1, uid, None, Some(held)));
        edit.trail("imported", None);
        edit.event(EventKind::Connected, None, None);
        let connection = edit.done();
        // Halves that can't be a key's are refused by whoever signs with them.
        connection.signer()?;
        Ok(connection)
    }

    /// A connection from its text.
    ///
    /// # Errors
    /// `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch`; none of them quotes the text.
    pub fn restore_connection(&self, text: &str, now_ms: u64) -> Result<Connection, VenuekeyError> {
        time::check(now_ms)?;
        Ok(Connection::of(self.clone(), codec::read(&self.settings, text)?, now_ms))
    }

    fn first(&self, id: String, goal: Goal, options: ConnectOptions, now_ms: u64) -> Result<Edit, VenuekeyError> {
        time::check(now_ms)?;
        let ConnectOptions { owner, client_name, label, keep_alive } = options;
        codec::names_fit(&owner, &client_name, label.as_deref())?;
        let by_goal = match goal {
            Goal::AccountTokens => KeepAlive::Access,
            Goal::ApiKey => KeepAlive::OnUse,
        };
        let data = ConnectionData {
            id,
            revision: 1,
            owner,
            client: client_name,
            label,
            goal,
            keep_alive: keep_alive.unwrap_or(by_goal),
            begun_at_ms: now_ms,
            flows: 1,
            called_off: None,
            flow: None,
            handing_off: None,
            credential: None,
            attempt: None,
            attempts: 0,
            intent: None,
            ended: None,
            events: 0,
            let_go: Vec::new(),
            outbox: Vec::new(),
            tell_at_ms: None,
            trail: Vec::new(),
        };
        Ok(Edit::first(self.clone(), data, now_ms))
    }

    pub(super) fn flow_of(&self, data: crate::flow::state::FlowData) -> Flow {
        Flow::new(Arc::clone(&self.settings), data)
    }
}

fn check_uid(uid: Option<&str>) -> Result<(), VenuekeyError> {
    match uid.is_none_or(crate::base::text::is_uid) {
        true => Ok(()),
        false => Err(VenuekeyError::invalid_argument("uid must be 1 to 64 letters, digits, - and _")),
    }
}
