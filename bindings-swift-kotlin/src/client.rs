//! Where everything begins.

use std::sync::Arc;

use crate::account::Tokens;
use crate::ambient::now;
use crate::budget::{Preflight, RateBudget};
use crate::calls::{Enter, calls};
use crate::cross::Cross;
use crate::error::VenuekeyError;
use crate::flow::Step;
use crate::flow_object::Flow;
use crate::object::{getters, opaque};
use crate::seal::SealingKeys;
use crate::secret::Secret;
use crate::tokens::SharedTokens;
use crate::values::{FlowOperation, Goal, LostSecretPolicy, ResponseType, Venue, VenueEnvironment};

/// What a client is made from. Only the first four are required.
#[derive(uniffi::Record)]
pub struct ClientConfig {
    /// The exchange.
    pub venue: Venue,
    /// Which of its worlds.
    pub environment: VenueEnvironment,
    /// As the venue issued it. Bybit's AI agent: `ai-agent`.
    pub client_id: String,
    /// Exactly as registered at the venue: https, or http on loopback. Bybit's AI agent:
    /// `http://127.0.0.1:9876/callback`, any port to 9886, or `https://www.bybit.com/oauth/callback` (testnet:
    /// `https://testnet.bybit.com/oauth/callback`), which shows a code for `Flow.receivePastedCode`.
    pub redirect_uri: String,
    /// Another base for the consent page (a sandbox, a regional host): https, or http on loopback.
    #[uniffi(default)]
    pub authorize_base: Option<String>,
    /// Another base for the API, under the same rule.
    #[uniffi(default)]
    pub api_base: Option<String>,
    /// Bybit: the locale in the consent page's path, `en` by default; empty for none.
    #[uniffi(default)]
    pub locale: Option<String>,
    /// Bybit: the scope to ask for, by default `openapi`, or `ai-account` without a secret; others are agreed with Bybit.
    #[uniffi(default)]
    pub scope: Option<String>,
    /// The `User-Agent` to send. Bybit's guidance asks for a browser's; a default is sent there.
    #[uniffi(default)]
    pub user_agent: Option<String>,
    /// WhiteBIT, goal `accountTokens`: send `redirect_uri` too, though the documentation of that flow does not list it.
    /// Every other flow sends it anyway.
    #[uniffi(default = false)]
    pub send_redirect_uri: bool,
}

/// How a connection is to behave; what is left out is the default.
#[derive(Default, uniffi::Record)]
pub struct BeginOptions {
    /// How long to wait for the callback, in seconds: 60 to 86400; 900 where left out. Of a reissue it counts from the
    /// deletion.
    #[uniffi(default)]
    pub callback_timeout_s: Option<i64>,
    /// What to do when the once-only secret is lost; `report` where left out.
    #[uniffi(default)]
    pub on_secret_lost: Option<LostSecretPolicy>,
    /// `code` where left out.
    #[uniffi(default)]
    pub response_type: Option<ResponseType>,
    /// Bybit, for a user who connects again: their `ApiKey.uid` of before. Another account ends as `account_mismatch`,
    /// before a key is asked for. WhiteBIT does not tell whose account it is.
    #[uniffi(default)]
    pub expected_uid: Option<String>,
}

impl Enter<venuekey::BeginOptions> for BeginOptions {
    fn enter(self, _name: &str) -> Result<venuekey::BeginOptions, VenuekeyError> {
        let Self { callback_timeout_s, on_secret_lost, response_type, expected_uid } = self;
        let default = venuekey::BeginOptions::default();
        Ok(venuekey::BeginOptions {
            callback_timeout_s: callback_timeout_s.enter("callback_timeout_s")?.unwrap_or(default.callback_timeout_s),
            on_secret_lost: on_secret_lost.unwrap_or(default.on_secret_lost),
            response_type: response_type.unwrap_or(default.response_type),
            expected_uid,
        })
    }
}

/// A connection that has begun.
#[derive(uniffi::Record)]
pub struct Started {
    /// Where to send the user's browser. It carries `state`: keep it out of logs.
    pub authorize_url: Arc<Secret>,
    /// Before the redirect, store its snapshot, bound to the browser's session, or put what its `seal` gives into a
    /// cookie of that session.
    pub pending: Arc<Flow>,
}

impl Cross<Started> for venuekey::Started {
    fn cross(self) -> Started {
        Started { authorize_url: self.authorize_url().cross(), pending: self.pending().cross() }
    }
}

opaque! {
    /// An app at a venue. It holds no state of any flow: share one between threads. In what follows `entropy` is 64
    /// random bytes, never used twice, and `nowMs` Unix milliseconds; left out, they are the operating system's.
    Client
}

impl Client {
    /// A client, with the secret that the feature `server` lets through.
    pub(crate) fn made(config: ClientConfig, client_secret: Option<venuekey::Secret>) -> Result<Self, VenuekeyError> {
        // Taken apart in full, as core's is written in full: a field that is added must be decided on here.
        let ClientConfig {
            venue,
            environment,
            client_id,
            redirect_uri,
            authorize_base,
            api_base,
            locale,
            scope,
            user_agent,
            send_redirect_uri,
        } = config;
        let credentials = match client_secret {
            Some(client_secret) => venuekey::Credentials::Confidential { client_id, client_secret },
            None => venuekey::Credentials::Public { client_id },
        };
        Ok(Self(venuekey::Client::new(venuekey::ClientConfig {
            venue: venue.into(),
            environment: environment.into(),
            credentials,
            redirect_uri,
            authorize_base,
            api_base,
            locale,
            scope,
            user_agent,
            send_redirect_uri,
        })?))
    }
}

getters! {
    Client;

    /// The venue this client belongs to.
    venue: Venue,

    /// The environment this client belongs to.
    environment: VenueEnvironment,
}

calls! {
    Client;

    /// Begins a connection: where to send the browser, and what to store meanwhile.
    ///
    /// Throws `not_supported` where the environment does not offer the goal or the response type to this client;
    /// `invalid_argument`.
    fn begin(goal: Goal), optional(options: BeginOptions), ambient(entropy, now_ms) -> Started;

    /// New tokens for old. The refresh token is spent by it: store what comes back before anything else. What it returns
    /// is the first step, as for every operation.
    ///
    /// Throws `invalid_argument` where there is no refresh token; `not_supported`.
    fn refresh_tokens(tokens: &Tokens), ambient(entropy, now_ms) -> Step;

    /// The state of this app's key for this user, for returning users before a new consent. WhiteBIT, global host.
    ///
    /// Throws `not_supported` where the environment has no such endpoint.
    fn check_key(tokens: &Tokens), ambient(entropy, now_ms) -> Step;

    /// The key of another of the user's accounts, by the tokens of a connection and without a new consent: lists them, and
    /// goes on by `Step.Choose` as a connection does. Bybit's AI agent.
    ///
    /// Throws `not_supported` for any other client.
    fn switch_subaccount(tokens: &Tokens), ambient(entropy, now_ms) -> Step;

    /// Deletes this app's key; the user gets an email. Succeeds if already gone. WhiteBIT, global host.
    ///
    /// `externalId` is the key's id, a UUID: `ApiKey.externalId` or `KeyStatus.externalId`.
    ///
    /// Throws `not_supported` where the environment has no such endpoint; `invalid_argument` where the id is not a UUID.
    fn delete_key(tokens: &Tokens, external_id: String as ExternalId), ambient(entropy, now_ms) -> Step;

    /// A new key for the old one, as one flow: deletes the old key, comes to `Step.Authorize` for the user's consent, and
    /// ends like a connection. The only way to other permissions, and the way out where a secret is lost. WhiteBIT,
    /// global host.
    ///
    /// From the first save on these tokens are the flow's: it may refresh them, and after the deletion it drops them.
    /// Where no token works any more it ends with `delete_key_in_dashboard`, for a disabled key with `key_disabled`: then
    /// the user deletes the key, and `begin` connects.
    ///
    /// Throws `not_supported` where the environment has no such endpoint; `invalid_argument`.
    fn reissue_key(tokens: &Tokens, external_id: String as ExternalId),
        optional(options: BeginOptions), ambient(entropy, now_ms) -> Step;

    /// Tokens for a whole fleet of workers, from a connection that has just brought them: store them, then ask
    /// `SharedTokens.plan` before each request.
    ///
    /// Throws `not_supported` for a WhiteBIT client without its secret, which can't refresh.
    fn share_tokens(tokens: &Tokens), ambient(entropy, now_ms) -> Arc<SharedTokens>;

    /// Shared tokens from their snapshot's text.
    ///
    /// Throws `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch`; none of them quotes the text.
    fn restore_tokens(text: String) -> Arc<SharedTokens>;

    /// A flow from its snapshot's text, written by any release up to this one, in any language.
    ///
    /// Throws `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch`; none of them quotes the text.
    fn restore(text: String) -> Arc<Flow>;

    /// A pending flow from its sealed text; see `Flow.seal`. `context` is whose it is, as it was given there.
    ///
    /// Do not save what it returns: the `Step.Save` of `Flow.receiveCallback` is the first to be stored, and claims the
    /// flow: a sealed text that is used twice ends there with `superseded`.
    ///
    /// Throws `seal_invalid` for another context, an unknown key or a changed text; then as `restore`.
    fn open(sealed: String, keys: &SealingKeys, context: String) -> Arc<Flow>;
}

#[uniffi::export]
impl Client {
    /// A client without a secret, for a program in the user's own hands. Bybit: the AI agent (`clientId = "ai-agent"`),
    /// the whole way to a key of a sub-account that the user chooses (`Step.Choose`). WhiteBIT: the goal `apiKey` only,
    /// and it ends at a hand-off for the backend that has the secret.
    ///
    /// Throws `invalid_configuration`, with a hint that names the field and the rule; `redirect_not_supported` for a
    /// redirect URI that Bybit's AI agent does not have.
    #[uniffi::constructor]
    pub fn new(config: ClientConfig) -> Result<Self, VenuekeyError> {
        Self::made(config, None)
    }

    /// Whether this venue and environment offer an operation to this kind of client; what they do not offer is refused
    /// before anything is sent.
    pub fn supports(&self, operation: FlowOperation) -> bool {
        self.0.supports(operation)
    }

    /// What can be known of an operation before it begins: whether it is offered, granted by the tokens' scope and in
    /// time, when the rate budget lets it begin, and how long it can take.
    ///
    /// `tokens` are those it will be called with; left out for a connection, which brings its own. `budget` is what this
    /// IP address has used of the venues' limits.
    ///
    /// Throws `not_supported`, `scope_missing`, `token_expired` or `rate_limited`; `invalid_argument` without the tokens
    /// it needs.
    #[uniffi::method(default(tokens = None, now_ms = None))]
    pub fn preflight(
        &self,
        operation: FlowOperation,
        tokens: Option<Arc<Tokens>>,
        budget: &RateBudget,
        now_ms: Option<i64>,
    ) -> Result<Preflight, VenuekeyError> {
        let tokens = tokens.as_ref().map(|tokens| &tokens.0);
        Ok(self.0.preflight(operation, tokens, &budget.0, now(now_ms)?)?.cross())
    }
}
