//! What a page shows of a connection beside its status: its key, its scope, and the attempt that is in progress. No secrets.

use crate::base::error::named;
use crate::connection::Connection;
use crate::connection::data::ending;
use crate::connection::seen::KeyPermission;
use crate::connection::standing::held;
use crate::flow::state::State;
use crate::model::api_key::PermissionGroup;
use crate::model::operation::FlowOperation;

/// A connection's key, without its halves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySummary {
    /// The key's id at the venue, if it has one.
    pub id: Option<String>,
    /// How its public half ends, as the venue's dashboard shows it: `…` and four characters.
    pub ending: String,
    /// Bybit's AI agent: the id of the sub-account the key belongs to, if Bybit told it.
    pub sub_member_id: Option<String>,
    /// What the user granted; absent if the venue has not said. Bybit tells it when a worker first looks at the key.
    pub permissions: Option<Vec<KeyPermission>>,
    /// The addresses the key is bound to, empty if it is bound to none; absent if the venue has not said. Bybit tells them
    /// with its permissions, WhiteBIT never.
    pub ips: Option<Vec<String>>,
    /// Whether the key only reads; absent if the venue has not said.
    pub is_read_only: Option<bool>,
    /// When it ends, in Unix milliseconds, if it does and that is known.
    pub ends_at_ms: Option<u64>,
}

/// Where the user's attempt to connect stands: the first one, or one to connect again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectAttempt {
    /// Counts the connection's attempts, from 1: with the connection's id it identifies this one.
    pub number: u64,
    /// What it waits for.
    pub status: AttemptStatus,
    /// When it ends without a callback, in Unix milliseconds, while it awaits consent.
    pub expires_at_ms: Option<u64>,
    /// The purpose of the request that a worker sends next or has sent, such as `exchange_code`, while it is working.
    pub request: Option<String>,
}

/// What an attempt to connect waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptStatus {
    /// The user's consent at the venue: [`Connection::authorize_url`].
    AwaitingConsent,
    /// The user's choice of an account: [`Connection::choices`].
    AwaitingChoice,
    /// A worker.
    Working,
    /// The app's backend, which is to confirm the [`Connection::hand_off`].
    HandingOff,
    /// Nothing: [`Connection::error`] says why it failed, and [`Connection::recovery`] how it can go on.
    Failed,
}

named!(AttemptStatus "status" {
    AwaitingConsent = "awaiting_consent",
    AwaitingChoice = "awaiting_choice",
    Working = "working",
    HandingOff = "handing_off",
    Failed = "failed",
});

impl Connection {
    /// When it was begun, in Unix milliseconds.
    pub fn begun_at_ms(&self) -> u64 {
        self.data.begun_at_ms
    }

    /// The attempt to connect that is in progress or has failed, also in front of an account that works. Absent once it has
    /// brought what was asked for, after [`Connection::cancel_attempt`], and as soon as the connection is to end.
    pub fn attempt(&self) -> Option<ConnectAttempt> {
        let flow = self.data.flow.as_ref().filter(|_| self.data.intent.is_none() && self.data.ended.is_none())?;
        if flow.operation == FlowOperation::DeleteKey {
            return None;
        }
        let status = match &flow.state {
            State::AwaitingCallback { .. } => AttemptStatus::AwaitingConsent,
            State::AwaitingChoice { .. } => AttemptStatus::AwaitingChoice,
            State::Failed { .. } => AttemptStatus::Failed,
            _ if held(flow).is_some() => AttemptStatus::HandingOff,
            State::Ready { .. } | State::InFlight { .. } | State::Waiting { .. } | State::Done { .. } => {
                AttemptStatus::Working
            }
        };
        let work = flow.state.work().filter(|_| status == AttemptStatus::Working);
        Some(ConnectAttempt {
            number: self.data.flows,
            status,
            expires_at_ms: self.expires_at_ms(),
            request: work.map(|work| work.call.name.to_owned()),
        })
    }

    /// The key that the connection holds, whether it works or not.
    pub fn key(&self) -> Option<KeySummary> {
        let held = self.data.credential.as_ref()?.key.as_ref()?;
        let seen = held.seen.as_ref();
        let granted = held.key.permissions().map(|groups| groups.iter().map(permission).collect());
        Some(KeySummary {
            id: held.id().map(str::to_owned),
            ending: ending(held.key.api_key()),
            sub_member_id: held.key.sub_member_id().map(str::to_owned),
            permissions: granted.or_else(|| seen?.permissions.clone()),
            ips: seen.map(|seen| seen.ips.clone()),
            is_read_only: seen.and_then(|seen| seen.is_read_only),
            ends_at_ms: held.watch.ends_at_ms(),
        })
    }

    /// The scopes that its tokens were granted, open strings; empty without tokens, and if the venue names none.
    pub fn scope(&self) -> &[String] {
        let record = self.data.credential.as_ref().and_then(|credential| credential.tokens.as_ref());
        record.map(|record| record.tokens.scope()).unwrap_or_default()
    }
}

fn permission(group: &PermissionGroup) -> KeyPermission {
    let of = |enable: bool| {
        group.urls.iter().filter(|url| url.enable == enable).map(|url| url.url.clone()).collect::<Vec<_>>()
    };
    KeyPermission { name: group.name.clone(), title: Some(group.title.clone()), granted: of(true), withheld: of(false) }
}
