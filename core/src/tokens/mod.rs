//! Tokens that many workers use, through a store they share.

mod codec;
pub(crate) mod record;

use core::fmt;
use std::sync::Arc;

use crate::base::entropy::Entropy;
use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::time;
use crate::model::operation::FlowOperation;
use crate::model::snapshot::Snapshot;
use crate::model::tokens::Tokens;
use crate::tokens::record::Record;
use crate::venue::contract::{FlowContext, Stage, StageKind, of_kind};
use crate::venue::settings::Settings;
use crate::wire::http::{Delivery, HttpRequest, HttpResponse};

/// How often to look whether the worker that refreshes has finished. A refresh takes a fraction of a second.
const LOOK_AGAIN_MS: u64 = 250;

/// One connection's tokens, shared by a whole fleet of workers. Immutable: every event makes a new value.
///
/// A refresh spends the refresh token (both venues replace it). WhiteBIT's tokens live for ten minutes, WhiteBIT takes
/// one refresh a second, and a race between two workers would log the user out. So the tokens are kept in the host's
/// store with a `generation`, and [`SharedTokens::plan`] says what one worker may do now. A refresh is a lease, written
/// by compare-and-set before anything is sent: one worker wins it, the others wait for the next generation.
///
/// The clocks of two workers may be 2 min apart without a refresh token being sent twice or a dead pair handed out.
/// (For tokens that live for less than 250 s, half of their life.) Clocks further apart than that can end a connection.
///
/// [`SharedTokens::snapshot`] is stored like a flow's, under its own id and by its revision. It is a secret.
#[derive(Clone)]
pub struct SharedTokens {
    settings: Arc<Settings>,
    record: Arc<Record>,
}

/// What a worker may do with shared tokens now.
#[derive(Clone)]
pub enum TokenPlan {
    /// Send requests with these tokens.
    Use {
        /// The access token works, as far as is known.
        tokens: Tokens,
        /// Which pair this is. If the venue refuses it (401, 403), plan again with this number as `refused_generation`.
        generation: u64,
        /// When to plan again so that the tokens stay alive, in Unix milliseconds; absent if no refresh is possible and
        /// the connection ends with the access token.
        refresh_at_ms: Option<u64>,
    },
    /// Save `next` by compare-and-set; if that won, send, then [`SharedTokens::receive_response`] or
    /// [`SharedTokens::receive_no_response`], and save what it returns. If it lost, load and plan again.
    Refresh {
        /// What to send, exactly, once.
        request: HttpRequest,
        /// The tokens, leased to this worker for 45 seconds. Another takes over 2 minutes after that.
        next: SharedTokens,
    },
    /// Sleep, load the tokens again, plan again.
    WaitUntil {
        /// When to check again, in Unix milliseconds.
        until_ms: u64,
        /// Why there is no token meanwhile; absent while a worker refreshes.
        error: Option<VenuekeyError>,
    },
    /// No token works any more, and no refresh can help: the user must connect again.
    Reauthorize {
        /// Why: `token_expired`, `token_rejected`, `outcome_unknown` after a refresh whose reply was lost, or
        /// `not_supported` if the refresh endpoint is gone.
        error: VenuekeyError,
    },
}

impl TokenPlan {
    /// The name used in every language.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Use { .. } => "use",
            Self::Refresh { .. } => "refresh",
            Self::WaitUntil { .. } => "wait_until",
            Self::Reauthorize { .. } => "reauthorize",
        }
    }
}

impl fmt::Debug for TokenPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Use { generation, .. } => write!(f, "TokenPlan::Use(generation {generation})"),
            Self::Refresh { request, .. } => write!(f, "TokenPlan::Refresh({request:?})"),
            Self::WaitUntil { until_ms, .. } => write!(f, "TokenPlan::WaitUntil(until_ms={until_ms})"),
            Self::Reauthorize { error } => write!(f, "TokenPlan::Reauthorize({error})"),
        }
    }
}

impl SharedTokens {
    pub(crate) fn share(
        settings: Arc<Settings>,
        tokens: Tokens,
        entropy: &Entropy,
        now_ms: u64,
    ) -> Result<Self, VenuekeyError> {
        time::check(now_ms)?;
        settings.stages(FlowOperation::RefreshTokens)?;
        settings.check_site(tokens.site())?;
        let (tokens_id, seed) = (entropy.derive_id("tokens_id"), entropy.derive_seed("waits"));
        Ok(Self { settings, record: Arc::new(Record::new(tokens_id, seed, tokens, now_ms)) })
    }

    pub(crate) fn restore(settings: Arc<Settings>, text: &str) -> Result<Self, VenuekeyError> {
        settings.stages(FlowOperation::RefreshTokens)?;
        let record = Arc::new(codec::read(&settings, text)?);
        Ok(Self { settings, record })
    }

    /// Those of a record that stands in a text of its own.
    pub(crate) fn of(settings: Arc<Settings>, record: Record) -> Self {
        Self { settings, record: Arc::new(record) }
    }

    pub(crate) fn record(&self) -> &Record {
        &self.record
    }

    /// 32 hexadecimal digits, the same as long as the connection lives.
    pub fn tokens_id(&self) -> &str {
        &self.record.tokens_id
    }

    /// Counts up by one with each value that is to be saved, from 1.
    pub fn revision(&self) -> u64 {
        self.record.revision
    }

    /// Counts the token pairs, from 1.
    pub fn generation(&self) -> u64 {
        self.record.generation
    }

    /// While a worker refreshes: when its lease ends by its own clock, in Unix milliseconds. If less than the request's
    /// [`HttpRequest::timeout_hint_ms`] is left of it when the save has returned, do not send; plan again.
    pub fn lease_until_ms(&self) -> Option<u64> {
        self.record.lease_until_ms
    }

    /// The newest pair. [`SharedTokens::plan`] says whether it may be used.
    pub fn tokens(&self) -> &Tokens {
        &self.record.tokens
    }

    /// The tokens as text, to be stored by compare-and-set like a flow's: its `flow_id` is the `tokens_id`, its operation
    /// `refresh_tokens`, its status `ready`, `in_flight` or `failed`. [`Client::restore_tokens`](crate::Client::restore_tokens)
    /// reads it back.
    pub fn snapshot(&self) -> Snapshot {
        codec::write(&self.settings, &self.record)
    }

    /// What a worker may do now.
    ///
    /// - `refused_generation`: the generation whose access token the venue has just refused (401, 403), if it has. One
    ///   refresh answers that; a second refusal ends it (facts/whitebit.md, D4).
    ///
    /// # Errors
    /// `invalid_argument` for the time.
    pub fn plan(&self, now_ms: u64, refused_generation: Option<u64>) -> Result<TokenPlan, VenuekeyError> {
        time::check(now_ms)?;
        Ok(self.planned(now_ms, refused_generation, true))
    }

    /// The same with a refusal that is stored. Whoever stored it has asked [`SharedTokens::refused_alone`] by a clock of its
    /// own, and nobody asks again: by another clock the answer may be another, and would end the connection for all.
    pub(crate) fn plan_stored(&self, now_ms: u64, refused_generation: Option<u64>) -> Result<TokenPlan, VenuekeyError> {
        time::check(now_ms)?;
        Ok(self.planned(now_ms, refused_generation, false))
    }

    fn planned(&self, now_ms: u64, refused_generation: Option<u64>, asks_again: bool) -> TokenPlan {
        let is_refused = refused_generation == Some(self.record.generation);
        let record = self.record.settled(self.settings.profile, now_ms);
        let is_alive = !is_refused && record.is_alive(now_ms);
        let use_until = |refresh_at_ms| TokenPlan::Use {
            tokens: record.tokens.clone(),
            generation: record.generation,
            refresh_at_ms,
        };
        if let Some((until_ms, ends_ms)) = record.lease_ends_ms(now_ms) {
            // The old pair may be dead once the refresh arrives (facts/whitebit.md, 5), so nobody uses it meanwhile.
            // Later its worker is most likely gone: as after a lost reply, the venue refuses the pair if it is dead.
            let is_over = until_ms <= now_ms && is_alive;
            let wait = || TokenPlan::WaitUntil { until_ms: time::after(now_ms, LOOK_AGAIN_MS), error: None };
            return if is_over { use_until(Some(time::after(ends_ms, 1))) } else { wait() };
        }
        if !record.can_refresh() {
            return if is_alive { use_until(None) } else { self.reauthorize(&record, is_refused) };
        }
        let due_ms = record.refresh_due_ms();
        if is_alive && now_ms < due_ms && record.doubts == 0 {
            return use_until(Some(due_ms));
        }
        if let Some(until_ms) = record.waits_until_ms(now_ms) {
            // After a lost reply it may be dead: then the venue refuses it, and this worker waits with the others.
            let wait = || match &record.setback {
                // Nobody can wait for an endpoint that is gone.
                Some(error) if error.code() == ErrorCode::NotSupported => {
                    TokenPlan::Reauthorize { error: error.clone() }
                }
                error => TokenPlan::WaitUntil { until_ms, error: error.clone() },
            };
            return if is_alive { use_until(Some(until_ms)) } else { wait() };
        }
        let context = FlowContext::of(&record.tokens);
        match self.refresh().and_then(|stage| (stage.request)(stage, &self.settings.identity, &context)) {
            Some(request) if !(asks_again && is_refused && record.is_refused_again(now_ms)) => {
                TokenPlan::Refresh { request, next: self.successor(record.leased(is_refused, now_ms)) }
            }
            _ => self.reauthorize(&record, is_refused),
        }
    }

    /// What to say of a refusal of the newest pair that no refresh answers; absent where one does. It is for the refused caller
    /// alone. Who lacks a scope, or calls from an address that is not allowed, is refused whatever pair it has, so refusals
    /// end nothing, however many: the venue's answer to a refresh decides, or the pair's own end.
    pub(crate) fn refused_alone(&self, now_ms: u64) -> Option<VenuekeyError> {
        let profile = self.settings.profile;
        if self.record.is_refused_again(now_ms) {
            let hint = "refused with tokens that the venue had just issued: they lack the scope for this request, or the caller's address is not allowed; other requests are not affected";
            return Some(profile.error(ErrorCode::ScopeMissing, None, hint));
        }
        // Also where its end has come by this clock: by another's it may not have.
        let is_last = self.record.tokens.refresh_token().is_none();
        let hint = "there is no refresh token: connect again, unless a scope is missing";
        is_last.then(|| profile.error(ErrorCode::TokenRejected, None, hint))
    }

    fn reauthorize(&self, record: &Record, is_refused: bool) -> TokenPlan {
        let error = match &record.ended {
            Some(error) => error.clone(),
            None if is_refused => {
                let hint = "check the client's scopes, then connect again";
                self.settings.profile.error(ErrorCode::TokenRejected, None, hint)
            }
            None => self.settings.profile.error(ErrorCode::TokenExpired, None, "connect again"),
        };
        TokenPlan::Reauthorize { error }
    }

    /// The reply to the request of a [`TokenPlan::Refresh`]. Save the value; if the save loses, load what is stored and
    /// [`SharedTokens::merge`] this into it: nobody else may have the new pair.
    ///
    /// # Errors
    /// `wrong_state` if these tokens are not leased.
    pub fn receive_response(&self, response: &HttpResponse, now_ms: u64) -> Result<Self, VenuekeyError> {
        self.leased()?;
        let profile = self.settings.profile;
        Ok(self.successor(match self.refresh() {
            Some(refresh) => self.record.received(profile, (refresh.parse)(response), now_ms),
            None => self.record.unanswered(profile, None, now_ms),
        }))
    }

    /// No reply came to the request of [`TokenPlan::Refresh`]. It is sent again, first after 2 s; if it was never sent,
    /// the pair is unchanged.
    ///
    /// # Errors
    /// `wrong_state` if these tokens are not leased.
    pub fn receive_no_response(&self, delivery: Delivery, now_ms: u64) -> Result<Self, VenuekeyError> {
        self.leased()?;
        Ok(self.successor(match delivery {
            Delivery::Unknown => self.record.unanswered(self.settings.profile, None, now_ms),
            Delivery::NotSent => self.record.not_sent(self.settings.profile, now_ms),
        }))
    }

    /// Without the lease of a worker that has not come back, if it is over.
    pub(crate) fn given_up(&self, now_ms: u64) -> Self {
        match self.record.lease_until_ms {
            Some(_) => self.successor(self.record.settled(self.settings.profile, now_ms)),
            None => self.clone(),
        }
    }

    /// Merges what a late worker brought into the stored value that this is called on: the value to save if its pair is
    /// newer than the stored one; absent if the stored one is as new.
    ///
    /// # Errors
    /// `snapshot_mismatch` for the tokens of another connection.
    pub fn merge(&self, late: &Self) -> Result<Option<Self>, VenuekeyError> {
        if late.record.tokens_id != self.record.tokens_id {
            let hint = "these tokens belong to two different connections";
            return Err(VenuekeyError::new(ErrorCode::SnapshotMismatch).with_hint(hint));
        }
        let age = |record: &Record| (record.generation, record.born_of_attempt);
        Ok((age(&late.record) > age(&self.record)).then(|| self.successor((*late.record).clone())))
    }

    /// Always present: tokens are only shared if there is a refresh.
    fn refresh(&self) -> Option<&'static Stage> {
        of_kind(self.settings.profile.stages, StageKind::Refresh)
    }

    fn leased(&self) -> Result<(), VenuekeyError> {
        if self.record.lease_until_ms.is_some() {
            return Ok(());
        }
        let hint = "no refresh is in flight: call plan";
        Err(VenuekeyError::new(ErrorCode::WrongState).with_hint(hint))
    }

    fn successor(&self, record: Record) -> Self {
        let record = Record { revision: self.record.revision.saturating_add(1), ..record };
        Self { settings: Arc::clone(&self.settings), record: Arc::new(record) }
    }
}

impl fmt::Debug for SharedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, generation, revision) = (self.tokens_id(), self.generation(), self.revision());
        write!(f, "SharedTokens({id}, generation {generation}, revision {revision})")
    }
}
