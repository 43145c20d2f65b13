//! What a reply does to a connection: to the value that waits for it, and to any later one that it meets instead.

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::time;
use crate::connection::Connection;
use crate::connection::access::spent_by;
use crate::connection::data::{ConnectionData, Credential, Intent, Purpose};
use crate::connection::edit::{Edit, same_pair};
use crate::connection::event::EventKind;
use crate::connection::left::{
    UNKNOWN_KEY, deleted_key, gone_key, is_known_as, key_of, left_by_credential, left_id, let_go_at, let_go_key,
};
use crate::connection::seen::SeenKey;
use crate::flow::Flow;
use crate::flow::state::{StageState, State};
use crate::keys::watch::KeyVerdict;
use crate::model::api_key::{ApiKey, ExternalId};
use crate::model::outcome::Outcome;
use crate::venue::contract::StageKind;
use crate::wire::http::{Delivery, HttpRequest, HttpResponse, Replay};

/// A request in a worker's hands, with the value that was saved before it went out.
#[derive(Clone)]
pub(super) struct Attempt {
    sent: Connection,
    request: HttpRequest,
}

/// What came of a request.
#[derive(Clone)]
pub(super) enum Reply {
    Response(HttpResponse),
    None(Delivery),
    /// It was not sent, and whoever goes on decides anew.
    Withdrawn,
}

impl Attempt {
    pub fn new(sent: Connection, request: HttpRequest) -> Self {
        Self { sent, request }
    }

    /// What is to be saved before the request goes out.
    pub fn sent(&self) -> &Connection {
        &self.sent
    }

    pub fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// Whether cutting it off could lose anything.
    pub fn is_safe(&self) -> bool {
        self.request.replay() == Replay::Safe && self.purpose() != Some(Purpose::Refresh)
    }

    /// Whether a whole request still fits the lease: a save that took too long leaves no time for a reply.
    pub fn is_in_time(&self, now_ms: u64) -> bool {
        self.ends_at_ms(now_ms) <= self.lease_until_ms()
    }

    /// How long it can still wait to be sent.
    pub fn room_ms(&self, now_ms: u64) -> u64 {
        self.lease_until_ms().saturating_sub(self.ends_at_ms(now_ms))
    }

    /// When it ends at the latest, sent now.
    fn ends_at_ms(&self, now_ms: u64) -> u64 {
        time::after(now_ms, u64::from(self.request.timeout_hint_ms()))
    }

    fn lease_until_ms(&self) -> u64 {
        self.sent.data.attempt.as_ref().map_or(0, |lease| lease.until_ms)
    }

    pub fn purpose(&self) -> Option<Purpose> {
        self.sent.data.attempt.as_ref().map(|lease| lease.purpose)
    }

    /// Puts the reply into what the store has, whatever has happened to it meanwhile (no row stands for one that is gone):
    /// what to save, or nothing where the store has all that the reply brought.
    pub fn apply(
        &self,
        reply: &Reply,
        stored: Option<&Connection>,
        now_ms: u64,
    ) -> Result<Option<Connection>, VenuekeyError> {
        // A row that is gone comes back for as long as it takes to dispose of what arrived.
        let revived = self.revived(now_ms);
        let base = stored.unwrap_or(&revived);
        let is_current = stored.is_some_and(|stored| stored.data.attempt == self.sent.data.attempt);
        let mut edit = base.edit(now_ms);
        if stored.is_none() {
            edit.data.revision = 1;
        }
        if is_current {
            edit.data.attempt = None;
        }
        let name = self.request.purpose();
        match reply {
            Reply::Response(_) if !is_current => edit.trail(format!("late_reply {name}"), None),
            Reply::Response(_) if self.purpose() != Some(Purpose::Refresh) => edit.trail(format!("reply {name}"), None),
            Reply::None(Delivery::Unknown) => edit.trail(format!("no_reply {name}"), None),
            Reply::None(Delivery::NotSent) => edit.trail(format!("not_sent {name}"), None),
            Reply::Response(_) | Reply::Withdrawn => {}
        }
        let changes = match self.purpose() {
            Some(Purpose::Flow) => self.apply_to_flow(&mut edit, reply, base, is_current, now_ms)?,
            Some(Purpose::Refresh) => self.apply_to_tokens(&mut edit, reply, base, is_current, now_ms)?,
            Some(Purpose::Probe) | None => self.apply_to_key(&mut edit, reply, base, now_ms),
        };
        Ok((changes || is_current).then(|| edit.done()))
    }

    /// The row, as it comes back where it is gone.
    fn revived(&self, now_ms: u64) -> Connection {
        let mut edit = self.sent.edit(now_ms);
        edit.data.attempt = None;
        edit.data.intent = Some(Intent::Forget);
        // Not the numbers of events that the row has had.
        edit.data.events = edit.data.events.max(now_ms);
        (edit.data.flow, edit.data.handing_off, edit.data.credential) = (None, None, None);
        edit.done()
    }

    fn apply_to_flow(
        &self,
        edit: &mut Edit,
        reply: &Reply,
        base: &Connection,
        is_current: bool,
        now_ms: u64,
    ) -> Result<bool, VenuekeyError> {
        let Some(sent) = self.sent.flow() else { return Ok(false) };
        let stored = base.data.flow.as_ref();
        let is_same_flow =
            base.data.flows == self.sent.data.flows && stored.is_none_or(|stored| stored.flow_id == sent.flow_id());
        let is_waited_for = is_same_flow && stored.is_some_and(|stored| stored.revision == sent.revision());
        let step = match reply {
            Reply::Withdrawn => {
                // A late reply may have gone further meanwhile.
                if is_waited_for && is_current {
                    edit.data.flow = Some(sent.held_back().data().clone());
                }
                return Ok(is_waited_for && is_current);
            }
            Reply::None(delivery) => sent.receive_no_response(*delivery, now_ms)?,
            Reply::Response(response) => sent.receive_response(response, now_ms)?,
        };
        let next = step.flow().held_back();
        if is_waited_for {
            // What the reply was waited for. It may have come after the lease, and nobody has gone on yet.
            edit.settle(&next);
            edit.hand_on(sent.tokens(), next.tokens());
            return Ok(true);
        }
        if deleted_key(&next).is_some_and(|id| edit.lose_key(id)) {
            return Ok(true);
        }
        if gone_key(&next, &sent).is_some_and(|id| edit.is_clean_of(id)) {
            return Ok(true);
        }
        if !matches!(reply, Reply::Response(_)) || !brings_more(&next, &sent) {
            // What the store has knows better.
            return Ok(false);
        }
        let stored = stored.filter(|_| is_same_flow);
        // On the way to its end, another flow is the deletion of a key.
        let is_over = base.data.ended.is_some() || base.data.intent.is_some() && stored.is_none();
        let stored = stored.filter(|_| !is_over).map(|stored| base.client.flow_of(stored.clone()));
        let last = base.data.credential.as_ref().map(|held| held.of_flow).max(base.data.called_off);
        let has_later = last.is_some_and(|last| last >= self.sent.data.flows);
        match (stored, &next.data().state) {
            // Another worker has gone on without this reply, and does not have what it brought.
            (Some(stored), _) => {
                let Some(merged) = merged(&next, &stored, &sent) else {
                    return Ok(self.same_or_orphan(edit, &next, &sent));
                };
                let mut data = merged.data().clone();
                data.revision = time::after(stored.revision().max(data.revision), 1);
                edit.settle(&base.client.flow_of(data));
                edit.hand_on(sent.tokens(), next.tokens());
            }
            // A flow of before. What it has brought counts unless something later did, or it was called off; another consent
            // may be open.
            (None, State::Done { result }) if !is_over && !has_later => {
                edit.take(result.clone(), self.sent.data.flows);
            }
            // A pair whose forerunner has gone on without its flow.
            _ if brings_pair(&next, &sent) && edit.hand_on(sent.tokens(), next.tokens()) => {}
            _ => return Ok(self.same_or_orphan(edit, &next, &sent)),
        }
        Ok(true)
    }

    /// What a reply brought and this connection has no use for: nothing, where it has the same already.
    fn same_or_orphan(&self, edit: &mut Edit, next: &Flow, sent: &Flow) -> bool {
        let of_flow = self.sent.data.flows;
        let lacks_pair = |held: &Credential| held.of_flow == of_flow && held.tokens.is_none();
        if let Some(tokens) = next.tokens().filter(|_| brings_pair(next, sent))
            && edit.data.credential.as_ref().is_some_and(lacks_pair)
        {
            // Its forerunner was found dead meanwhile.
            edit.put_pair(tokens.clone());
            return true;
        }
        let credential = edit.data.credential.as_ref();
        let has_it = match key_of(next.data()) {
            // Exposed to compare.
            Some(key) => credential
                .and_then(|held| held.key.as_ref())
                .is_some_and(|held| key.api_secret().ct_eq(held.key.api_secret().expose())),
            None => {
                let flow = edit.data.flow.clone().map(|flow| edit.client.flow_of(flow));
                let is_in_flow =
                    flow.is_some_and(|flow| flow.tokens().is_some() && same_pair(flow.tokens(), next.tokens()));
                // Or its own flow's pair, or one that has taken the place of that.
                is_in_flow || credential.is_some_and(|held| held.of_flow == of_flow)
            }
        };
        !has_it && self.orphan(edit, next, sent)
    }

    /// Disposes of what arrived for a connection that has ended or is to, or reports it.
    fn orphan(&self, edit: &mut Edit, next: &Flow, sent: &Flow) -> bool {
        let ends = edit.data.ended.is_some() || edit.data.intent.is_some();
        // A key that the connection has known of was deleted or left as its user wished.
        let deletes = edit.data.intent.is_some_and(Intent::deletes_key);
        let wishes = !knows_key(sent) || deletes;
        let replaces = next.data().state.work().is_some_and(StageState::replaces_key);
        let left = left_id(next.data()).filter(|_| ends && wishes && !replaces);
        // Of the key that it holds, the user has decided.
        let held = edit.data.credential.as_ref().and_then(|held| held.key.as_ref()?.key.external_id());
        let left = left.filter(|id| deletes || held != Some(id));
        let key_id = key_of(next.data()).and_then(ApiKey::external_id).or(left.as_ref());
        let is_result = matches!(
            &next.data().state,
            State::Done { result: Outcome::ApiKey { .. } | Outcome::AccountTokens { .. } }
        );
        let next_up = edit.data.flow.as_ref().filter(|_| ends && is_result).and_then(left_id);
        match &next.data().state {
            // The worker that ends it deletes the key where the venue lets it.
            State::Done { result: result @ Outcome::ApiKey { .. } } if ends && has_room_for(edit, key_id) => {
                edit.take(result.clone(), self.sent.data.flows);
            }
            _ if left.is_some() && edit.data.flow.is_none() && (deletes || has_room_for(edit, key_id)) => {
                edit.data.flow = Some(next.data().clone());
            }
            // It is being deleted, and is named where that fails.
            _ if next_up.is_some_and(|id| Some(&id) == key_id) => return false,
            _ if is_result || brings_pair(next, sent) || (left.is_some() && !knows_key(sent)) => {
                match key_of(next.data()).map(let_go_key).or_else(|| key_id.map(|id| let_go_at(id, next.data()))) {
                    Some(key) => edit.let_go(key),
                    None => edit.event(EventKind::OrphanedCredential, None, None),
                }
                return true;
            }
            _ => return false,
        }
        // What was left at the first end is left still, unless it is what has come.
        let left = edit.data.ended.take().and_then(|ended| ended.key_left);
        if let Some(left) = left.filter(|left| left != UNKNOWN_KEY && !is_known_as(next.data(), left)) {
            edit.event(EventKind::OrphanedCredential, None, Some(left));
        }
        edit.data.intent = Some(Intent::DisconnectAndDeleteKey.or(edit.data.intent));
        true
    }

    fn apply_to_tokens(
        &self,
        edit: &mut Edit,
        reply: &Reply,
        base: &Connection,
        is_current: bool,
        now_ms: u64,
    ) -> Result<bool, VenuekeyError> {
        let Some(sent) = self.sent.tokens() else { return Ok(false) };
        let brought = match reply {
            Reply::Response(response) => sent.receive_response(response, now_ms)?,
            Reply::None(delivery) => sent.receive_no_response(*delivery, now_ms)?,
            Reply::Withdrawn => sent.receive_no_response(Delivery::NotSent, now_ms)?,
        };
        let has_new = brought.generation() > sent.generation();
        let stored = base.tokens().filter(|stored| stored.tokens_id() == brought.tokens_id());
        let Some(stored) = stored else {
            let flow_of = |data: &ConnectionData| data.credential.as_ref().map(|credential| credential.of_flow);
            if has_new && base.tokens().is_none() && flow_of(&base.data) == flow_of(&self.sent.data) {
                edit.set_tokens(&brought);
            } else if has_new {
                // No venue takes tokens back, and these are in nobody's hands.
                edit.event(EventKind::OrphanedCredential, None, None);
            }
            return Ok(has_new);
        };
        let is_waited_for = is_current && stored.revision() == sent.revision();
        let newer = if is_waited_for { Some(brought) } else { stored.merge(&brought)? };
        let Some(newer) = newer else { return Ok(false) };
        let is_new_pair = newer.generation() > stored.generation();
        edit.set_tokens(&newer);
        if let Some(credential) = edit.data.credential.as_mut().filter(|_| is_new_pair) {
            credential.has_new_pair();
            edit.hand_on(Some(sent.tokens()), Some(newer.tokens()));
        }
        if let Some(error) = newer.record().ended.as_ref() {
            edit.trail("refresh_ended", Some(error.code()));
            // Beside a key they serve to check and delete it, and nothing more.
            if let Some(credential) = edit.data.credential.as_mut().filter(|credential| credential.key.is_some()) {
                credential.tokens = None;
            }
        }
        Ok(true)
    }

    fn apply_to_key(&self, edit: &mut Edit, reply: &Reply, base: &Connection, now_ms: u64) -> bool {
        let held = |data: &ConnectionData| data.credential.as_ref().and_then(|credential| credential.key.clone());
        let (Some(sent), Some(stored)) = (held(&self.sent.data), held(&base.data)) else { return false };
        // Exposed to compare.
        if !stored.key.api_secret().ct_eq(sent.key.api_secret().expose()) {
            return false;
        }
        let proof = match reply {
            Reply::Response(response) => match self.sent.signer() {
                Ok(Some(signer)) => signer.receive_probe(response),
                _ => return false,
            },
            Reply::None(_) => Err(VenuekeyError::new(ErrorCode::VenueUnavailable)),
            Reply::Withdrawn => return false,
        };
        let verdict = match &proof {
            Ok(proof) => stored.watch.receive_proof(proof, now_ms),
            Err(error) => stored.watch.receive_error(error, now_ms),
        };
        let spent = proof.as_ref().err().and_then(|error| spent_by(&verdict, error, base.client.venue()));
        let Some(credential) = &mut edit.data.credential else { return false };
        let Some(held) = &mut credential.key else { return false };
        if let Some(seen) = proof.as_ref().ok().and_then(SeenKey::of) {
            held.seen = Some(seen);
        }
        match verdict {
            KeyVerdict::Works { watch } => (held.watch, held.look_again_at_ms) = (watch, None),
            KeyVerdict::Unclear { check_again_at_ms } => held.look_again_at_ms = Some(check_again_at_ms),
            KeyVerdict::Disabled | KeyVerdict::Gone | KeyVerdict::Expired => held.look_again_at_ms = None,
        }
        if spent.is_some() {
            credential.spent = spent;
        }
        true
    }
}

/// Whether the reply has brought what nobody can have again.
fn brings_more(next: &Flow, sent: &Flow) -> bool {
    let failed = matches!(next.data().state, State::Failed { .. });
    !failed && (next.progress() > sent.progress() || brings_pair(next, sent))
}

/// Whether the reply has brought a pair that replaces the one it was sent with.
fn brings_pair(next: &Flow, sent: &Flow) -> bool {
    next.tokens().is_some() && !same_pair(next.tokens(), sent.tokens())
}

/// The further of what the reply led to and what is stored, with the newer pair of both.
fn merged(next: &Flow, stored: &Flow, sent: &Flow) -> Option<Flow> {
    let has_old_pair = same_pair(stored.tokens(), sent.tokens());
    if is_ahead(next, stored) {
        let keeps_pair = !has_old_pair && !brings_pair(next, sent);
        return Some(if keeps_pair { next.with_tokens(stored.tokens()) } else { next.clone() });
    }
    // What has been sent at this stage since, and may have taken effect, stays in doubt.
    let newer = (has_old_pair && brings_pair(next, sent)).then(|| stored.with_tokens(next.tokens()))?;
    let refreshes = newer.data().state.work().is_some_and(|work| work.call.kind == StageKind::Refresh);
    Some(if refreshes { newer.held_back() } else { newer })
}

/// Whether what the reply led to is further than what is stored.
fn is_ahead(next: &Flow, stored: &Flow) -> bool {
    match &stored.data().state {
        State::Done { .. } => false,
        // The key was deleted since its secret counted as lost: a secret that comes after all is of no use.
        State::Failed { error, .. } => error.code() != ErrorCode::SecretLost,
        _ => next.progress() > stored.progress(),
    }
}

fn knows_key(flow: &Flow) -> bool {
    flow.data().state.work().is_some_and(|work| work.context.external_id.is_some())
}

/// Whether a connection that ends has no other key to dispose of.
fn has_room_for(edit: &Edit, id: Option<&ExternalId>) -> bool {
    let held = edit.data.credential.as_ref().and_then(|credential| credential.key.as_ref());
    let held = held.filter(|_| left_by_credential(&edit.data).is_some());
    let left = edit.data.flow.as_ref().and_then(left_id);
    let is_same = |own: Option<&ExternalId>| own.is_some() && own == id;
    held.is_none_or(|held| is_same(held.key.external_id())) && left.is_none_or(|own| is_same(Some(&own)))
}
