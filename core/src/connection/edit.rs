//! The next value of a connection: what all events have in common.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::base::entropy::{Entropy, id_of, seed_of};
use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::time;
use crate::client::Client;
use crate::connection::Connection;
use crate::connection::data::{
    ConnectionData, Credential, Ended, HeldKey, Intent, Lease, LetGo, Purpose, ending, named, tombstone_until_ms,
};
use crate::connection::event::{ConnectionEvent, EventKind, MAX_OUTBOX, MAX_TRAIL, TrailEntry};
use crate::connection::left::{left_by_credential, left_by_flow, let_go_by, let_go_by_credential};
use crate::connection::standing::held;
use crate::connection::status::ConnectionStatus;
use crate::flow::Flow;
use crate::flow::state::{FlowData, State};
use crate::keys::watch::KeyWatch;
use crate::model::api_key::ExternalId;
use crate::model::operation::FlowOperation;
use crate::model::outcome::Outcome;
use crate::model::tokens::Tokens;
use crate::tokens::SharedTokens;
use crate::tokens::record::{Record, SKEW_MS};

/// A value that is being made from another.
pub(super) struct Edit {
    pub client: Client,
    pub data: ConnectionData,
    pub now_ms: u64,
    /// Where it stood before: a change is an event.
    before: Option<ConnectionStatus>,
}

impl Connection {
    pub(super) fn edit(&self, now_ms: u64) -> Edit {
        let revision = self.data.revision.saturating_add(1);
        let data = ConnectionData { revision, ..(*self.data).clone() };
        Edit { client: self.client.clone(), data, now_ms, before: Some(self.status()) }
    }

    /// A value as it stands in a text or begins.
    pub(super) fn of(client: Client, data: ConnectionData, now_ms: u64) -> Self {
        let mut connection = Self { client, data: Arc::new(data), due_at_ms: None, as_of_ms: now_ms };
        connection.due_at_ms = connection.due(now_ms);
        connection
    }

    /// When a worker next has something to do, seen from now.
    fn due(&self, now_ms: u64) -> Option<u64> {
        let data = &*self.data;
        if let Some(lease) = &data.attempt {
            return Some(time::after(lease.until_ms, SKEW_MS + 1));
        }
        let tell = (!data.outbox.is_empty()).then(|| data.tell_at_ms.unwrap_or(now_ms));
        let own = self.own_due(now_ms);
        [tell, own].into_iter().flatten().min()
    }

    fn own_due(&self, now_ms: u64) -> Option<u64> {
        let data = &*self.data;
        if self.lets_go() {
            return Some(now_ms);
        }
        if let Some(ended) = &data.ended {
            return data.outbox.is_empty().then_some(ended.until_ms);
        }
        if data.intent.is_some() {
            // The deletion of the key may have to wait, and so may the look for it; nothing else does.
            return match data.flow.as_ref().map(|flow| &flow.state) {
                Some(State::Waiting { until_ms, .. }) if self.disposes_by_flow() => Some(*until_ms),
                _ => Some(now_ms),
            };
        }
        let flow = match data.flow.as_ref().filter(|flow| held(flow).is_none()).map(|flow| &flow.state) {
            Some(State::Ready { .. } | State::InFlight { .. } | State::Done { .. }) => Some(now_ms),
            Some(State::Waiting { until_ms, .. }) => Some(*until_ms),
            Some(State::AwaitingCallback { expires_at_ms, .. }) => Some(*expires_at_ms),
            Some(State::AwaitingChoice { .. } | State::Failed { .. }) | None => None,
        };
        [flow, self.tokens_due(now_ms), self.look_due(now_ms)].into_iter().flatten().min()
    }
}

impl Edit {
    /// A connection that begins.
    pub fn first(client: Client, data: ConnectionData, now_ms: u64) -> Self {
        Self { client, data, now_ms, before: None }
    }

    pub fn done(mut self) -> Connection {
        let next = Connection::of(self.client.clone(), self.data.clone(), self.now_ms);
        let status = next.status();
        if self.before == Some(status) || status != ConnectionStatus::NeedsUser {
            return next;
        }
        let code = next.error().map(VenuekeyError::code);
        self.event(EventKind::NeedsUser, code, None);
        Connection::of(self.client, self.data, self.now_ms)
    }

    pub fn trail(&mut self, what: impl Into<String>, code: Option<ErrorCode>) {
        let trail = &mut self.data.trail;
        trail.push(TrailEntry { at_ms: self.now_ms, what: what.into(), code });
        let excess = trail.len().saturating_sub(MAX_TRAIL);
        trail.drain(..excess);
    }

    pub fn event(&mut self, kind: EventKind, code: Option<ErrorCode>, key_id: Option<String>) {
        self.trail(kind.as_str(), code);
        self.data.events = self.data.events.saturating_add(1);
        let event = ConnectionEvent { number: self.data.events, at_ms: self.now_ms, kind, code, key_id };
        let outbox = &mut self.data.outbox;
        if outbox.len() >= MAX_OUTBOX {
            // A host that hears of nothing for so long: the newest of a kind says what an older one said. What names a key stays.
            let is_same = |waiting: &ConnectionEvent| waiting.kind == kind && waiting.key_id == event.key_id;
            let names_none = |waiting: &ConnectionEvent| waiting.key_id.is_none();
            let older = outbox.iter().position(is_same).or_else(|| outbox.iter().position(names_none));
            if let Some(older) = older {
                outbox.remove(older);
            }
        }
        outbox.push(event);
    }

    /// Puts the flow where it has come to, and takes in what it has brought.
    pub fn settle(&mut self, flow: &Flow) {
        let data = flow.data();
        let of_flow = self.data.flows;
        match &data.state {
            // It stays until the backend has it.
            State::Done { result: Outcome::HandOff { .. } } => {
                self.data.flow = Some(data.clone());
                self.data.handing_off = None;
            }
            State::Done { result: Outcome::KeyDeleted { .. } } => self.go_on_without_key(),
            State::Done { result } => {
                self.data.flow = None;
                self.take(result.clone(), of_flow);
            }
            State::Failed { error, .. } => {
                self.trail(format!("failed {}", data.operation.as_str()), Some(error.code()));
                if data.operation == FlowOperation::DeleteKey {
                    return self.leave_key(true);
                }
                self.data.flow = Some(data.clone());
            }
            // The old key is gone, and its tokens with it: nothing works until the user agrees.
            State::AwaitingCallback { .. } if data.operation == FlowOperation::ReissueKey => {
                self.data.credential = None;
                self.data.flow = Some(data.clone());
                self.event(EventKind::NeedsUser, Some(ErrorCode::AuthorizationRequired), None);
            }
            State::AwaitingChoice { .. } => {
                self.data.flow = Some(data.clone());
                self.event(EventKind::NeedsUser, Some(ErrorCode::ChoiceRequired), None);
            }
            _ => self.data.flow = Some(data.clone()),
        }
    }

    /// What a flow has brought, whichever it was.
    pub fn take(&mut self, outcome: Outcome, of_flow: u64) {
        let credential = match outcome {
            Outcome::ApiKey { key, tokens } => {
                let seed = seed_of(&self.derive("watch", of_flow));
                let watch = KeyWatch::new(self.client.venue(), self.now_ms, seed);
                let uid = key.uid().map(str::to_owned);
                let key = Some(HeldKey { key, watch, look_again_at_ms: None, seen: None });
                self.credential(of_flow, uid, Some(tokens), key)
            }
            Outcome::AccountTokens { tokens, uid } => self.credential(of_flow, uid, Some(tokens), None),
            Outcome::KeyDeleted { .. } => return self.go_on_without_key(),
            Outcome::TokensRefreshed { .. } | Outcome::KeyChecked { .. } | Outcome::HandOff { .. } => return,
        };
        let before = let_go_by_credential(&self.data).filter(|before| !brings(&credential, &before.name));
        self.data.credential = Some(credential);
        if self.data.intent.is_none() {
            self.event(EventKind::Connected, None, None);
        }
        if let Some(before) = before {
            self.let_go(before);
        }
    }

    pub fn credential(
        &self,
        of_flow: u64,
        uid: Option<String>,
        tokens: Option<Tokens>,
        key: Option<HeldKey>,
    ) -> Credential {
        let tokens = tokens.map(|tokens| self.record(of_flow, tokens));
        Credential { of_flow, uid, tokens, refused_generation: None, key, spent: None }
    }

    fn record(&self, of_flow: u64, tokens: Tokens) -> Record {
        let digest = self.derive("tokens", of_flow);
        // Where there is no refresh, what could be refreshed is not kept either.
        let refreshes = self.client.supports(FlowOperation::RefreshTokens);
        let tokens = if refreshes { tokens } else { tokens.without_refresh_token() };
        Record::new(id_of(&digest), seed_of(&digest), tokens, self.now_ms)
    }

    /// Ids and seeds, which are no secrets, of the connection's own.
    pub fn derive(&self, what: &str, number: u64) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(format!("venuekey/1/connection/{what}/{}/{number}", self.data.id));
        hash.finalize().into()
    }

    /// The next key on the way to the end stays: the flow's goes first, then the credential's, with which the connection ends.
    /// It `is_told` of unless another connection works with it.
    pub fn leave_key(&mut self, is_told: bool) {
        let (first, last) = (left_by_flow(&self.client, &self.data), left_by_credential(&self.data));
        if last.is_some() && first.is_some() && last != first {
            (self.data.flow, self.data.handing_off) = (None, None);
            if is_told {
                self.event(EventKind::OrphanedCredential, None, first);
            }
            return;
        }
        self.end(first.or(last).filter(|_| is_told));
    }

    /// The key that the flow was to delete is gone. The end goes on to another, where there is one.
    fn go_on_without_key(&mut self) {
        let (gone, next) = (left_by_flow(&self.client, &self.data), left_by_credential(&self.data));
        if self.data.intent.is_some() && next.is_some() && next != gone {
            self.data.flow = None;
        } else {
            self.end(None);
        }
    }

    /// An attempt to connect is given up, and what it may leave is told of.
    pub fn abandon(&mut self, flow: &FlowData) {
        if let Some(key) = let_go_by(&self.client, &self.data, flow) {
            self.let_go(key);
        }
    }

    /// Whoever hears of a key deletes it, so a worker first looks for another row that works with it. There is nothing to look
    /// by for one of which nothing is known.
    pub fn let_go(&mut self, key: LetGo) {
        if key.known_by.is_empty() {
            self.event(EventKind::OrphanedCredential, None, Some(key.name));
        } else if self.data.let_go.iter().all(|known| known.name != key.name) {
            self.data.let_go.push(key);
        }
    }

    /// Wipes what is secret and leaves a tombstone.
    pub fn end(&mut self, key_left: Option<String>) {
        self.data.ended =
            Some(Ended { at_ms: self.now_ms, until_ms: tombstone_until_ms(self.now_ms), key_left: key_left.clone() });
        (self.data.credential, self.data.flow, self.data.attempt) = (None, None, None);
        self.data.handing_off = None;
        self.event(EventKind::Ended, None, key_left);
    }

    /// Says that nothing of the credential works any more.
    pub fn spend(&mut self, error: VenuekeyError) {
        if let Some(credential) = &mut self.data.credential {
            credential.spent = Some(error);
        }
    }

    /// The venue has deleted this key. Says whether it was the connection's.
    pub fn lose_key(&mut self, id: &ExternalId) -> bool {
        let held = self.data.credential.as_ref().filter(|credential| credential.spent.is_none());
        let is_ours = held.and_then(|held| held.key.as_ref()?.key.external_id()) == Some(id);
        if is_ours {
            let error =
                VenuekeyError::new(ErrorCode::KeyGone).with_venue(self.client.venue()).with_hint("connect again");
            self.spend(error);
        }
        is_ours
    }

    /// The venue has deleted this key after all. Says whether the connection has ended and counted it as left.
    pub fn is_clean_of(&mut self, id: &ExternalId) -> bool {
        let Some(ended) = self.data.ended.as_mut().filter(|ended| ended.key_left.as_deref() == Some(id.as_str()))
        else {
            return false;
        };
        ended.key_left = None;
        self.event(EventKind::Ended, None, None);
        true
    }

    pub fn set_tokens(&mut self, tokens: &SharedTokens) {
        if let Some(credential) = &mut self.data.credential {
            credential.tokens = Some(tokens.record().clone());
        }
    }

    /// Puts a pair in the place of the one that it was refreshed from, wherever that still stands: a flow that is about a
    /// key has taken the credential's pair with it. Says whether it stood anywhere.
    pub fn hand_on(&mut self, old: Option<&Tokens>, new: Option<&Tokens>) -> bool {
        let (Some(old), Some(new)) = (old, new) else { return false };
        let is_old = |tokens: Option<&Tokens>| !same_pair(Some(old), Some(new)) && same_pair(tokens, Some(old));
        let flow = self.data.flow.clone().map(|flow| self.client.flow_of(flow));
        let flow = flow.filter(|flow| is_old(flow.tokens())).map(|flow| flow.with_tokens(Some(new)));
        let credential = self.data.credential.as_ref().and_then(|credential| credential.tokens.as_ref());
        let holds = credential.is_some_and(|record| is_old(Some(&record.tokens)));
        if let Some(flow) = &flow {
            self.data.flow = Some(flow.data().clone());
        }
        if holds {
            self.put_pair(new.clone());
        }
        holds || flow.is_some()
    }

    /// Puts a pair into the credential.
    pub fn put_pair(&mut self, tokens: Tokens) {
        let Some(mut credential) = self.data.credential.take() else { return };
        let first = self.record(credential.of_flow, tokens);
        credential.tokens = Some(match credential.tokens.take() {
            Some(record) => record.replaced_by(first.tokens, self.now_ms),
            None => first,
        });
        credential.has_new_pair();
        self.data.credential = Some(credential);
    }

    /// Takes the lease for a request that is to be sent.
    pub fn begin(&mut self, purpose: Purpose, holder: &str, until_ms: u64, request: &str) {
        self.data.attempts = self.data.attempts.saturating_add(1);
        let number = self.data.attempts;
        self.data.attempt = Some(Lease { number, purpose, holder: holder.to_owned(), until_ms });
        // A pair that is kept alive would fill the trail.
        if purpose != Purpose::Refresh {
            self.trail(format!("send {request}"), None);
        }
    }

    /// For ids alone: whoever knows the connection's knows them.
    pub fn entropy(&self) -> Entropy {
        let (first, second) = (self.derive("flow", self.data.flows), self.derive("seed", self.data.flows));
        let mut bytes = [0; 64];
        for (place, byte) in bytes.iter_mut().zip(first.into_iter().chain(second)) {
            *place = byte;
        }
        Entropy::new(bytes)
    }
}

/// Whether a credential's key is known by this name.
fn brings(credential: &Credential, name: &str) -> bool {
    let key = credential.key.as_ref().map(|held| &held.key);
    key.is_some_and(|key| named(key) == name || ending(key.api_key()) == name)
}

impl Connection {
    /// Whether there is a key to be named.
    pub(super) fn lets_go(&self) -> bool {
        !self.data.let_go.is_empty()
    }

    /// Goes on once it is known whether another row may hold the key that was let go of first: then it is at work.
    pub(super) fn told_of_let_go(&self, is_shared: bool, now_ms: u64) -> Self {
        let mut edit = self.edit(now_ms);
        let key = edit.data.let_go.remove(0);
        // A late reply may have brought it to this very row since.
        let is_own = edit.data.credential.as_ref().is_some_and(|credential| brings(credential, &key.name));
        if !is_shared && !is_own {
            edit.event(EventKind::OrphanedCredential, None, Some(key.name));
        }
        edit.done()
    }
}

pub(super) fn same_pair(one: Option<&Tokens>, other: Option<&Tokens>) -> bool {
    match (one, other) {
        (None, None) => true,
        // Exposed to compare.
        (Some(one), Some(other)) => one.access_token().ct_eq(other.access_token().expose()),
        _ => false,
    }
}

impl Connection {
    /// Whether what is wanted deletes the key.
    pub(super) fn deletes_key(&self) -> bool {
        self.data.intent.is_some_and(Intent::deletes_key)
    }
}
