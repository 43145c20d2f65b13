//! Where a connection stands, as its user and its app see it.

use crate::base::error::{ErrorCode, ErrorKind, VenuekeyError, named};
use crate::base::secret::Secret;
use crate::connection::Connection;
use crate::connection::standing::{held, is_working};
use crate::flow::Flow;
use crate::flow::state::State;
use crate::model::api_key::{ExternalId, Subaccount};
use crate::model::operation::FlowOperation;
use crate::model::policy::Recovery;
use crate::model::status::Waiting;

/// Where a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionStatus {
    /// The user is at the venue, or has to choose an account.
    AwaitingUser,
    /// A worker has something to do, or is doing it; or the app has a [`Connection::hand_off`] to send.
    Working,
    /// There are tokens or a key, and they work as far as is known.
    Connected,
    /// Nothing works until the user acts: [`Connection::error`] says what is wrong.
    NeedsUser,
    /// It has ended and its secrets are wiped.
    Ended,
    /// The row can't be opened. Set by the store, never by core.
    Quarantined,
}

named!(ConnectionStatus "status" {
    AwaitingUser = "awaiting_user",
    Working = "working",
    Connected = "connected",
    NeedsUser = "needs_user",
    Ended = "ended",
    Quarantined = "quarantined",
});

/// The accounts that the user chooses from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// The existing accounts.
    pub subaccounts: Vec<Subaccount>,
    /// Whether a new account can be created: [`CREATE_SUBACCOUNT`](crate::parts::CREATE_SUBACCOUNT) is then a choice too.
    pub may_create: bool,
    /// Whether a new account was requested and the reply was lost: it may be among these.
    pub creation_in_doubt: bool,
}

impl Connection {
    /// Where it stands. A working connection stays `connected` while the user reconnects it.
    pub fn status(&self) -> ConnectionStatus {
        if self.data.ended.is_some() {
            return ConnectionStatus::Ended;
        }
        if self.data.intent.is_some() {
            return ConnectionStatus::Working;
        }
        if self.works() {
            return ConnectionStatus::Connected;
        }
        if self.data.flow.as_ref().is_some_and(|flow| held(flow).is_some()) {
            return ConnectionStatus::Working;
        }
        match self.data.flow.as_ref().map(|flow| &flow.state) {
            Some(State::AwaitingCallback { .. } | State::AwaitingChoice { .. }) => ConnectionStatus::AwaitingUser,
            Some(State::Ready { .. } | State::InFlight { .. } | State::Waiting { .. }) => ConnectionStatus::Working,
            Some(State::Done { .. } | State::Failed { .. }) | None => ConnectionStatus::NeedsUser,
        }
    }

    /// Whether there is a credential that works, as far as is known.
    pub(super) fn works(&self) -> bool {
        self.data.credential.as_ref().is_some_and(|credential| credential.error().is_none())
    }

    /// The flow, as long as the user can do something about it: not once the connection is to end.
    fn flow_of_the_user(&self) -> Option<Flow> {
        self.flow().filter(|_| self.data.intent.is_none())
    }

    /// Where to send the user's browser for the venue's consent, while it is pending: the same URL each time. It
    /// carries `state`, so keep it out of logs.
    pub fn authorize_url(&self) -> Option<Secret> {
        self.flow_of_the_user()?.authorize_url()
    }

    /// When the pending consent expires, in Unix milliseconds.
    pub fn expires_at_ms(&self) -> Option<u64> {
        self.flow_of_the_user()?.status().expires_at_ms()
    }

    /// The accounts the user can choose from, while [`Connection::choose`] is pending.
    pub fn choices(&self) -> Option<Choices> {
        let flow = self.flow_of_the_user()?;
        let (subaccounts, may_create, creation_in_doubt) = flow.offered()?;
        Some(Choices { subaccounts, may_create, creation_in_doubt })
    }

    /// What the next request waits for, if it has to wait.
    pub fn wait(&self) -> Option<Waiting> {
        let refresh = || self.data.credential.as_ref()?.tokens.as_ref()?.wait();
        self.flow().and_then(|flow| flow.wait()).or_else(refresh)
    }

    /// Why nothing works, or why the last attempt to reconnect failed.
    pub fn error(&self) -> Option<&VenuekeyError> {
        let credential = self.data.credential.as_ref();
        match self.data.flow.as_ref().map(|flow| &flow.state) {
            Some(State::Failed { error, .. }) => Some(error),
            _ => credential.and_then(crate::connection::data::Credential::error),
        }
    }

    /// How the failed attempt can go on, by [`Connection::recover`].
    pub fn recovery(&self) -> Option<Recovery> {
        match self.flow_of_the_user()?.data().state {
            State::Failed { recovery, .. } => recovery,
            _ => None,
        }
    }

    /// Whether [`Connection::reconnect`] ends the key that works before the user is asked for consent to a new one: then
    /// tell them first. WhiteBIT has room for one key for each user and client (facts/whitebit.md, 8). Not if that can't be
    /// done: the tokens for it have ended, or the last attempt has found another row that holds the key.
    pub fn replaces_key(&self) -> bool {
        self.reissue().is_some()
    }

    /// The key that may still be at the venue after the end: the user has to delete it there. Absent if another connection works
    /// with it. It is the key's id or, if that is not known, how its public half ends; `unknown` if a key may be there of which
    /// nothing is known.
    pub fn key_left(&self) -> Option<&str> {
        self.data.ended.as_ref()?.key_left.as_deref()
    }

    /// The user's id at the venue, if the venue tells it.
    pub fn uid(&self) -> Option<&str> {
        self.data.credential.as_ref()?.uid.as_deref()
    }

    /// The key's id at the venue, if it has one.
    pub fn key_id(&self) -> Option<&str> {
        self.data.credential.as_ref()?.key.as_ref()?.id()
    }

    /// What tells the key from others at its venue: its id, its public half, or the id of the one that a flow is about to fetch.
    /// A row has one of them in its column; see [`Connection::sought`]. Not the user's id: one account can have many keys
    /// (facts/bybit.md, 6.2 and 6.3), and who works with one of them works with no other.
    pub(super) fn account(&self) -> Option<&str> {
        self.key_id().or(self.public_half()).or_else(|| {
            let flow = self.data.flow.as_ref().filter(|flow| self.data.intent.is_none() && is_working(flow));
            flow?.state.work()?.context.external_id.as_ref().map(ExternalId::as_str)
        })
    }

    /// The public half of the key.
    pub(super) fn public_half(&self) -> Option<&str> {
        // Exposed to be hashed: rows of one key have it alike, whatever else they know.
        Some(self.data.credential.as_ref()?.key.as_ref()?.key.api_key().expose())
    }

    /// What would be reissued if the user connects anew.
    pub(super) fn reissue(&self) -> Option<ExternalId> {
        let credential = self.data.credential.as_ref()?;
        let record = credential.tokens.as_ref()?;
        let is_of_use = record.can_refresh() || record.is_alive(self.as_of_ms);
        let can = self.client.supports(FlowOperation::ReissueKey) && is_of_use && !self.has_failed_to_reissue();
        // A key that is gone needs no deletion; a disabled one only the user can delete (facts/whitebit.md, 7.1).
        let lives = credential.spent.is_none();
        if can && lives { credential.key.as_ref()?.key.external_id().cloned() } else { None }
    }

    /// Whether the last attempt has found that the key can't be deleted: another would find the same. The consent that is asked for
    /// after that lets the key be.
    fn has_failed_to_reissue(&self) -> bool {
        let Some(flow) = &self.data.flow else { return false };
        match &flow.state {
            _ if flow.operation == FlowOperation::ApiKey => true,
            State::Failed { error, .. } => {
                error.kind() == ErrorKind::Reauthorize || error.code() == ErrorCode::SecretTakenElsewhere
            }
            _ => false,
        }
    }
}
