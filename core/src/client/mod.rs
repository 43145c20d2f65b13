//! Where everything begins: a checked configuration, and the operations it allows.

pub(crate) mod options;
#[cfg(feature = "read")]
mod reads;
#[cfg(feature = "seal")]
mod seal;
#[cfg(feature = "tokens")]
mod tokens;

use core::fmt;
use std::sync::Arc;

use crate::base::entropy::Entropy;
use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::ids::{Venue, VenueEnvironment};
use crate::base::secret::Secret;
use crate::base::text::is_uid;
use crate::base::time;
use crate::client::options::BeginOptions;
use crate::flow::Flow;
use crate::flow::state::State;
use crate::flow::state::{FlowData, StageState};
use crate::flow::step::Step;
use crate::flow::validate::callback_timeout_fits;
use crate::limits::budget::RateBudget;
use crate::limits::preflight::{self, Preflight};
use crate::model::api_key::ExternalId;
use crate::model::operation::{FlowOperation, Goal};
use crate::model::policy::LostSecretPolicy;
use crate::model::tokens::Tokens;
use crate::venue::contract::{FlowContext, NextConsent};
use crate::venue::profile::Redirect;
use crate::venue::settings::{ClientConfig, Settings};

/// A connection that has begun.
#[derive(Clone)]
pub struct Started {
    authorize_url: Secret,
    pending: Flow,
}

impl Started {
    /// Where to send the user's browser. It carries `state`: keep it out of logs.
    pub fn authorize_url(&self) -> &Secret {
        &self.authorize_url
    }

    /// Before the redirect, store its snapshot, bound to the browser's session, or put the text from its `seal` into a
    /// cookie of that session.
    pub fn pending(&self) -> &Flow {
        &self.pending
    }
}

impl fmt::Debug for Started {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Started({:?})", self.pending)
    }
}

/// An app's registration at a venue. It holds no flow's state: share one between threads.
#[derive(Clone)]
pub struct Client {
    pub(crate) settings: Arc<Settings>,
}

impl Client {
    /// Checks the configuration.
    ///
    /// # Errors
    /// `invalid_configuration`, with a hint that names the field and the rule.
    pub fn new(config: ClientConfig) -> Result<Self, VenuekeyError> {
        let profile = config.venue.profile(config.is_public())?;
        Ok(Self { settings: Arc::new(Settings::check(config, profile)?) })
    }

    /// The venue this client belongs to.
    pub fn venue(&self) -> Venue {
        self.settings.profile.venue
    }

    /// The environment this client belongs to.
    pub fn environment(&self) -> VenueEnvironment {
        self.settings.environment
    }

    /// Where the venue sends the browser back to, as configured.
    pub fn redirect_uri(&self) -> &str {
        &self.settings.identity.redirect_uri
    }

    /// The address that all of the venue's consent pages begin with: its origin is where a form that begins a
    /// connection leads.
    pub fn authorize_base(&self) -> &str {
        &self.settings.authorize_base
    }

    /// Whether the venue shows the user a code to copy, for `receive_pasted_code`, instead of sending the browser back.
    pub fn takes_pasted_code(&self) -> bool {
        self.settings.redirect == Redirect::Paste
    }

    /// Whether this venue and environment offer an operation to this kind of client; anything else is refused before a
    /// request is sent.
    pub fn supports(&self, operation: FlowOperation) -> bool {
        self.settings.stages(operation).is_ok()
    }

    /// What is known about an operation before it begins: whether it is offered, whether the tokens' scope grants it
    /// and they live long enough, when the rate budget lets it begin, and how long it can take. What this refuses, the
    /// venue would refuse too.
    ///
    /// - `tokens`: those it will be called with; none for a connection, which gets its own.
    /// - `budget`: what this IP address has used of the venues' limits.
    ///
    /// # Errors
    /// `not_supported`, `scope_missing`; `invalid_argument` without the tokens it needs. `token_expired`; `rate_limited`.
    pub fn preflight(
        &self,
        operation: FlowOperation,
        tokens: Option<&Tokens>,
        budget: &RateBudget,
        now_ms: u64,
    ) -> Result<Preflight, VenuekeyError> {
        preflight::operation(&self.settings, operation, tokens, budget, now_ms)
    }

    /// Begins a connection: returns where to send the browser, and what to store.
    ///
    /// - `goal`: a key that the app keeps, or tokens that read the account (and Bybit's user id). WhiteBIT announced the
    ///   end of its token flow, refresh and reads included, for 2026-11-01; whether they still answer is not verified.
    ///
    /// # Errors
    /// `not_supported` if the environment does not offer the goal, the response type or `expected_uid`;
    /// `invalid_argument` for the options, with a hint that names each part of a key request it does not support.
    pub fn begin(
        &self,
        goal: Goal,
        options: BeginOptions,
        entropy: &Entropy,
        now_ms: u64,
    ) -> Result<Started, VenuekeyError> {
        let operation = goal.operation();
        time::check(now_ms)?;
        let state = State::awaiting(self.consent(operation, &options, entropy, now_ms)?, now_ms);
        let pending = self.flow(operation, options, entropy, state);
        // It awaits its callback, so there is a URL.
        let authorize_url = pending.authorize_url().unwrap_or_else(|| Secret::new(""));
        Ok(Started { authorize_url, pending })
    }

    /// What a consent of this operation needs, checked and drawn.
    fn consent(
        &self,
        operation: FlowOperation,
        options: &BeginOptions,
        entropy: &Entropy,
        now_ms: u64,
    ) -> Result<NextConsent, VenuekeyError> {
        self.settings.stages(operation)?;
        let &BeginOptions { callback_timeout_s, response_type, .. } = options;
        if !callback_timeout_fits(callback_timeout_s) {
            return Err(VenuekeyError::invalid_argument("callback_timeout_s must be 60 to 86400"));
        }
        if !self.settings.offers(operation, response_type) {
            let hint = "response_type must be code: this client's consent offers nothing else";
            return Err(VenuekeyError::new(ErrorCode::NotSupported).with_venue(self.venue()).with_hint(hint));
        }
        if options.expected_uid.is_some() && !self.settings.profile.tells_uid {
            let hint = "this venue does not say whose account it is, so expected_uid cannot be checked";
            return Err(VenuekeyError::new(ErrorCode::NotSupported).with_venue(self.venue()).with_hint(hint));
        }
        if options.expected_uid.as_ref().is_some_and(|uid| !is_uid(uid)) {
            return Err(VenuekeyError::invalid_argument("expected_uid must be a user id, as in ApiKey.uid"));
        }
        let key_request = options.key_request.as_ref();
        self.settings.check_key_request(operation, key_request)?;
        if key_request.and_then(|request| request.expires_at_ms).is_some_and(|ms| ms <= now_ms) {
            let hint = "key_request: expires_at_ms must be later than now";
            return Err(VenuekeyError::invalid_argument(hint).with_venue(self.venue()));
        }
        let has_pkce = (self.settings.profile.consent)(operation).pkce;
        Ok(NextConsent {
            oauth_state: self.settings.profile.state.draw(entropy),
            code_verifier: has_pkce.then(|| entropy.derive_secret("code_verifier")),
            callback_timeout_s,
            response_type,
            // One that asks for nothing is none.
            key_request: key_request.filter(|request| !request.parts().is_empty()).cloned(),
        })
    }

    /// Replaces tokens with new ones. This uses up the refresh token: store the result before anything else.
    ///
    /// Like [`Client::check_key`], [`Client::delete_key`] and [`Client::reissue_key`], it begins with a [`Step::Save`]
    /// of a flow that is ready: a web request can save it and end, and any worker continues with [`Flow::resume`].
    ///
    /// # Errors
    /// `invalid_argument` if there is no refresh token; `not_supported`.
    pub fn refresh_tokens(&self, tokens: &Tokens, entropy: &Entropy, now_ms: u64) -> Result<Step, VenuekeyError> {
        if tokens.refresh_token().is_none() {
            let hint = "these tokens have no refresh token; the user must connect again when the access token expires";
            return Err(VenuekeyError::new(ErrorCode::InvalidArgument).with_hint(hint));
        }
        self.call(FlowOperation::RefreshTokens, FlowContext::of(tokens), entropy, now_ms)
    }

    /// The state of this app's key for this user: check it before a returning user's new consent. WhiteBIT, global host.
    ///
    /// # Errors
    /// `not_supported` if the environment has no such endpoint.
    pub fn check_key(&self, tokens: &Tokens, entropy: &Entropy, now_ms: u64) -> Result<Step, VenuekeyError> {
        self.call(FlowOperation::CheckKey, FlowContext::of(tokens), entropy, now_ms)
    }

    /// Deletes this app's key; the user gets an email. Succeeds if already gone. WhiteBIT, global host.
    ///
    /// - `external_id`: the key's id, as [`ApiKey::external_id`](crate::parts::ApiKey::external_id) or
    ///   [`KeyStatus::external_id`](crate::parts::KeyStatus::external_id) gives it.
    ///
    /// # Errors
    /// `not_supported` if the environment has no such endpoint; `invalid_argument` if that can't be a key's id.
    pub fn delete_key(
        &self,
        tokens: &Tokens,
        external_id: &ExternalId,
        entropy: &Entropy,
        now_ms: u64,
    ) -> Result<Step, VenuekeyError> {
        let key = FlowContext { external_id: Some(external_id.clone()), ..FlowContext::of(tokens) };
        self.delete_known_key(key, entropy, now_ms)
    }

    /// [`Client::delete_key`] for one of which more is known, by which others may look for it meanwhile.
    pub(crate) fn delete_known_key(
        &self,
        key: FlowContext,
        entropy: &Entropy,
        now_ms: u64,
    ) -> Result<Step, VenuekeyError> {
        self.settings.stages(FlowOperation::DeleteKey)?;
        key.external_id.as_ref().map_or(Ok(()), |id| self.check_key_id(id))?;
        self.call(FlowOperation::DeleteKey, key, entropy, now_ms)
    }

    /// Replaces a key, as one flow: deletes the old key, stops at [`Step::Authorize`] for the user's consent, and ends
    /// like a connection with [`Outcome::ApiKey`](crate::parts::Outcome::ApiKey). The only way to change the
    /// permissions, and the way to recover from a lost secret. WhiteBIT, global host.
    ///
    /// The first step is a [`Step::Save`] of a flow that is ready, so any worker can continue. From then on these
    /// tokens belong to the flow: it may refresh them, and it drops them after the deletion.
    ///
    /// If no token works any more, it ends with `delete_key_in_dashboard`; for a disabled key, with `key_disabled`.
    /// Then the user deletes the key, and [`Client::begin`] connects again.
    ///
    /// - `external_id`: the old key's id.
    ///
    /// # Errors
    /// `not_supported` if the environment has no such endpoint; `invalid_argument` for the id or the options.
    pub fn reissue_key(
        &self,
        tokens: &Tokens,
        external_id: &ExternalId,
        options: BeginOptions,
        entropy: &Entropy,
        now_ms: u64,
    ) -> Result<Step, VenuekeyError> {
        time::check(now_ms)?;
        let operation = FlowOperation::ReissueKey;
        self.settings.stages(operation)?;
        self.check_key_id(external_id)?;
        let context = FlowContext {
            external_id: Some(external_id.clone()),
            next_consent: Some(self.consent(operation, &options, entropy, now_ms)?),
            ..FlowContext::of(tokens)
        };
        self.ready(operation, options, context, entropy)
    }

    /// The key of another of the user's accounts, with a connection's tokens and without a new consent: lists the
    /// accounts, then continues with [`Step::Choose`] as a connection does. Bybit's AI agent.
    ///
    /// # Errors
    /// `not_supported` for any other client.
    pub fn switch_subaccount(&self, tokens: &Tokens, entropy: &Entropy, now_ms: u64) -> Result<Step, VenuekeyError> {
        let context =
            FlowContext { uid: (self.settings.profile.uid_hint)(tokens.access_token()), ..FlowContext::of(tokens) };
        self.call(FlowOperation::SwitchSubaccount, context, entropy, now_ms)
    }

    /// A flow from its snapshot's text, written by any release up to this one, in any language.
    ///
    /// # Errors
    /// `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch`; none of them quotes the text.
    pub fn restore(&self, text: &str) -> Result<Flow, VenuekeyError> {
        Flow::restore(Arc::clone(&self.settings), text)
    }

    /// Continues what an app began without the secret: WhiteBIT's key flow. Call it on the client that has the secret
    /// and the app's redirect URI, and only for the authenticated user that the connection is for.
    ///
    /// The step is a [`Step::Save`] of a flow that is ready. The flow's id is derived from the code alone, so a
    /// hand-off that arrives twice, altered or not, ends with `superseded` at the second save.
    ///
    /// - `text`: what the app sent, by [`HandOff::expose`](crate::parts::HandOff::expose).
    ///
    /// # Errors
    /// `hand_off_invalid`, `hand_off_mismatch` or `hand_off_expired` (more than 10 minutes old), none of which quotes
    /// the text; `not_supported` for any other client.
    pub fn accept_hand_off(
        &self,
        text: &str,
        on_secret_lost: LostSecretPolicy,
        now_ms: u64,
    ) -> Result<Step, VenuekeyError> {
        Flow::accept_hand_off(Arc::clone(&self.settings), text, on_secret_lost, now_ms)
    }

    fn check_key_id(&self, id: &ExternalId) -> Result<(), VenuekeyError> {
        (self.settings.profile.key_id)(id.as_str())
            .map_err(|hint| VenuekeyError::invalid_argument(hint).with_venue(self.venue()))
    }

    fn call(
        &self,
        operation: FlowOperation,
        context: FlowContext,
        entropy: &Entropy,
        now_ms: u64,
    ) -> Result<Step, VenuekeyError> {
        let step = self.ready(operation, BeginOptions::default(), context, entropy)?;
        time::check(now_ms)?;
        Ok(step)
    }

    /// The first step of a call: a flow that is ready, so that any worker can go on once it is saved.
    fn ready(
        &self,
        operation: FlowOperation,
        options: BeginOptions,
        context: FlowContext,
        entropy: &Entropy,
    ) -> Result<Step, VenuekeyError> {
        let Some(first) = self.settings.stages(operation)?.first().copied() else {
            return Err(VenuekeyError::new(ErrorCode::NotSupported).with_venue(self.venue()));
        };
        self.settings.check_site(context.site.as_deref())?;
        let work = StageState::new(first, context);
        Ok(Step::Save { next: self.flow(operation, options, entropy, State::Ready { work }) }.with_news())
    }

    fn flow(&self, operation: FlowOperation, options: BeginOptions, entropy: &Entropy, state: State) -> Flow {
        let (flow_id, seed) = (entropy.derive_id("flow_id"), entropy.derive_seed("waits"));
        let BeginOptions { on_secret_lost, expected_uid, .. } = options;
        let data = FlowData { flow_id, revision: 1, operation, on_secret_lost, expected_uid, seed, state };
        Flow::new(Arc::clone(&self.settings), data)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({:?})", self.settings)
    }
}
