//! Where everything begins: a checked configuration, and the operations it allows.

use pyo3::exceptions::PyLookupError;
use venuekey::{BeginOptions, ClientConfig, Credentials, FlowOperation, VenuekeyError};

use crate::account::Tokens;
use crate::budget::{Preflight, RateBudget};
use crate::flow::Flow;
use crate::outcome::HandOff;
use crate::prelude::*;
use crate::seal::SealingKeys;
use crate::secret::SecretText;
use crate::step::Step;
use crate::tokens::SharedTokens;

class! {
    /// An app at a venue. It holds no state of any flow: share one between threads.
    ///
    /// Args:
    ///     venue: `"whitebit"` or `"bybit"`.
    ///     environment: WhiteBIT `"global"` or `"eu"`; Bybit `"mainnet"` or `"testnet"`.
    ///     client_id: as the venue issued it.
    ///     client_secret: as the venue issued it, `str` or `Secret`. Keep it on a server. `None` is refused, since it is
    ///         what an environment variable that is not set becomes: a client without a secret is `Client.public`.
    ///     redirect_uri: exactly as registered at the venue: https, or http on loopback.
    ///     authorize_base: another base for the consent page (a sandbox, a regional host), under the same rule.
    ///     api_base: another base for the API.
    ///     locale: Bybit: the locale in the consent page's path, `"en"` by default; `""` for none.
    ///     scope: Bybit: the scope to ask for, by default `"openapi"`, or `"ai-account"` without a secret; others are
    ///         agreed with Bybit.
    ///     user_agent: the `User-Agent` to send. Bybit's guidance asks for a browser's; a default is sent there.
    ///     send_redirect_uri: WhiteBIT, `"account_tokens"`: send `redirect_uri` too, though the documentation of that
    ///         flow does not list it. Every other flow sends it anyway.
    ///
    /// Raises:
    ///     MisuseError: `invalid_configuration`, with a hint that names the field and the rule; `invalid_argument` for a
    ///         `client_secret` that is `None`.
    ///
    /// >>> import venuekey
    /// >>> client = venuekey.Client(
    /// ...     venue="whitebit", environment="global", client_id="demo", client_secret="s3cr3t",
    /// ...     redirect_uri="https://partner.example/callback",
    /// ... )
    /// >>> client, client.supports("check_key")
    /// (Client(whitebit global), True)
    /// >>> agent = venuekey.Client.public(
    /// ...     venue="bybit", environment="mainnet", client_id="ai-agent", redirect_uri="http://127.0.0.1:9876/callback"
    /// ... )
    /// >>> agent.supports("api_key"), agent.supports("account_tokens")
    /// (True, False)
    struct Client(venuekey::Client): generic as client {
        /// The venue this client belongs to.
        venue: String = client.venue().as_str().to_owned(),
        /// The environment this client belongs to.
        environment: String = client.environment().as_str().to_owned(),
    }
    opaque
}

#[pymethods]
impl Client {
    #[new]
    #[pyo3(signature = (
        *, venue, environment, client_id, client_secret, redirect_uri,
        authorize_base=None, api_base=None, locale=None, scope=None, user_agent=None, send_redirect_uri=false,
    ))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments are Python's configuration record")]
    fn new(
        venue: Text,
        environment: Text,
        client_id: Text,
        client_secret: Option<SecretText<'_>>,
        redirect_uri: Text,
        authorize_base: Option<Text>,
        api_base: Option<Text>,
        locale: Option<Text>,
        scope: Option<Text>,
        user_agent: Option<Text>,
        send_redirect_uri: bool,
    ) -> Result<Self> {
        // An environment variable that is not set: the user's consent would end as a hand-off.
        let Some(client_secret) = client_secret else {
            let hint =
                "client_secret is None: is it set where you read it from? For a client without one: Client.public";
            return Err(VenuekeyError::invalid_argument(hint).into());
        };
        let credentials = Credentials::Confidential { client_id: client_id.0, client_secret: client_secret.given()? };
        let config = given!(ClientConfig: venue, environment, credentials, redirect_uri, authorize_base, api_base,
            locale, scope, user_agent, send_redirect_uri);
        Ok(Self(venuekey::Client::new(config)?))
    }

    /// A client without a secret, for a program in the user's own hands. Bybit: the AI agent
    /// (`client_id="ai-agent"`), the whole way to a key of a sub-account that the user chooses (`Choose`). WhiteBIT:
    /// `"api_key"` only, and it ends at a `HandOff` for the backend that has the secret.
    ///
    /// Args:
    ///     redirect_uri: as for `Client`. Bybit's AI agent: `http://127.0.0.1:9876/callback`, any port to 9886, or
    ///         `https://www.bybit.com/oauth/callback` (testnet: `https://testnet.bybit.com/oauth/callback`), which
    ///         shows a code for `Flow.receive_pasted_code`.
    ///
    /// Raises:
    ///     MisuseError: `invalid_configuration`, with a hint that names the field and the rule;
    ///         `redirect_not_supported` for a redirect URI that Bybit's AI agent does not have.
    #[staticmethod]
    #[pyo3(signature = (
        *, venue, environment, client_id, redirect_uri,
        authorize_base=None, api_base=None, locale=None, scope=None, user_agent=None, send_redirect_uri=false,
    ))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments are Python's configuration record")]
    fn public(
        venue: Text,
        environment: Text,
        client_id: Text,
        redirect_uri: Text,
        authorize_base: Option<Text>,
        api_base: Option<Text>,
        locale: Option<Text>,
        scope: Option<Text>,
        user_agent: Option<Text>,
        send_redirect_uri: bool,
    ) -> Result<Self> {
        let credentials = Credentials::Public { client_id: client_id.0 };
        let config = given!(ClientConfig: venue, environment, credentials, redirect_uri, authorize_base, api_base,
            locale, scope, user_agent, send_redirect_uri);
        Ok(Self(venuekey::Client::new(config)?))
    }

    /// What can be known of an operation before it begins: whether it is offered, granted by the tokens' scope and
    /// in time, when the rate budget lets it begin, and how long it can take.
    ///
    /// Args:
    ///     operation: as for `supports`.
    ///     tokens: those it will be called with; `None` for a connection, which brings its own.
    ///     budget: what this IP address has used of the venues' limits.
    ///     now_ms: Unix milliseconds; left out, the operating system's clock.
    ///
    /// Raises:
    ///     MisuseError: `not_supported`, `scope_missing`; `invalid_argument` without the tokens it needs.
    ///     ReauthorizeError: `token_expired`.
    ///     UnavailableError: `rate_limited`.
    #[pyo3(signature = (operation, tokens=None, *, budget, now_ms=None))]
    fn preflight(
        &self,
        operation: Text,
        tokens: Option<Ours<'_, Tokens>>,
        budget: Ours<'_, RateBudget>,
        now_ms: Now,
    ) -> Result<Preflight> {
        let (operation, now_ms) = (operation.given()?, or_now(now_ms)?);
        let tokens = tokens.as_ref().map(|tokens| &tokens.0);
        Ok(Preflight(self.0.preflight(operation, tokens, &budget.0, now_ms)?))
    }

    /// Begins a connection: where to send the browser, and what to store meanwhile.
    ///
    /// Args:
    ///     goal: `"api_key"` (a key that the app keeps) or `"account_tokens"` (tokens that read the account; Bybit:
    ///         and the user's id). WhiteBIT announced the end of its token flow, refresh and reads included, for
    ///         2026-11-01; whether they still answer is not verified.
    ///     callback_timeout_s: how long to wait for the callback, in seconds: 60 to 86400.
    ///     on_secret_lost: what to do when the once-only secret is lost: `"report"`, or
    ///         `"delete_and_report"` to delete the key so that the user can connect again at once.
    ///     response_type: `"code"`, or as a last resort `"token"`: the access token itself comes through the
    ///         browser, without a refresh token. Bybit with a secret only, and Bybit does not describe it.
    ///         Where it comes in the URL's fragment, no browser sends it to a server by itself.
    ///     expected_uid: Bybit, for a user who connects again: their `ApiKey.uid` of before. Another account ends as
    ///         `account_mismatch`, before a key is asked for. WhiteBIT does not tell whose account it is.
    ///     entropy: 64 random bytes, never used twice; left out, the operating system's.
    ///     now_ms: Unix milliseconds; left out, the operating system's clock.
    ///
    /// Raises:
    ///     MisuseError: `not_supported` where the environment does not offer the goal, the response type or
    ///         `expected_uid`; `invalid_argument`.
    ///
    /// >>> import venuekey
    /// >>> client = venuekey.Client(
    /// ...     venue="bybit", environment="testnet", client_id="demo", client_secret="s3cr3t",
    /// ...     redirect_uri="https://partner.example/callback",
    /// ... )
    /// >>> started = client.begin("account_tokens", entropy=bytes(64), now_ms=1_790_000_000_000)
    /// >>> started.pending.status, started.pending.expires_at_ms
    /// ('awaiting_callback', 1790000900000)
    #[pyo3(signature = (
        goal, *, callback_timeout_s=900, on_secret_lost=Text("report".to_owned()), response_type=Text("code".to_owned()),
        expected_uid=None, entropy=None, now_ms=None,
    ), text_signature = "($self, goal, *, callback_timeout_s=900, on_secret_lost='report', response_type='code', expected_uid=None, entropy=None, now_ms=None)")]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments are Python's options record")]
    fn begin(
        &self,
        goal: Text,
        callback_timeout_s: u32,
        on_secret_lost: Text,
        response_type: Text,
        expected_uid: Option<Text>,
        entropy: Random,
        now_ms: Now,
    ) -> Result<Started> {
        let goal = goal.given()?;
        let options = given!(BeginOptions: callback_timeout_s, on_secret_lost, response_type, expected_uid);
        Ok(Started(self.0.begin(goal, options, &or_random(entropy)?, or_now(now_ms)?)?))
    }

    /// Tokens for a whole fleet of workers, from a connection that has just brought them: store them, then
    /// `fresh_tokens`.
    ///
    /// Args:
    ///     tokens: as the outcome has them.
    ///     entropy: 64 random bytes, never used twice; left out, the operating system's.
    ///     now_ms: Unix milliseconds; left out, the operating system's clock.
    ///
    /// Raises:
    ///     MisuseError: `not_supported` for a WhiteBIT client without its secret, which can't refresh.
    #[pyo3(signature = (tokens, *, entropy=None, now_ms=None))]
    fn share_tokens(&self, tokens: Ours<'_, Tokens>, entropy: Random, now_ms: Now) -> Result<SharedTokens> {
        let tokens = tokens.0.clone();
        Ok(SharedTokens(self.0.share_tokens(tokens, &or_random(entropy)?, or_now(now_ms)?)?))
    }

    /// A flow from its snapshot's text, written by any release up to this one, in any language.
    ///
    /// Args:
    ///     text: as `load` gave it.
    ///     operation: what the flow must be for, as in `Flow.operation`; a type checker then knows its outcome.
    ///
    /// Raises:
    ///     LookupError: the text is `None`, which is what `load` gives for an id that is not in the store.
    ///     MisuseError: `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch`; none of them
    ///         quotes the text. `invalid_argument` for a flow of another operation.
    #[pyo3(signature = (text, *, operation=None))]
    fn restore(&self, text: Option<Text>, operation: Option<Text>) -> Result<Flow> {
        of_operation(self.0.restore(&stored(text, "this flow is")?)?, operation)
    }

    /// A pending flow from its sealed text; see `Flow.seal`.
    ///
    /// Do not save what it returns: nothing of `begin` is in the store yet, and the `Save` of `receive_callback` is the
    /// first to be stored. That is what claims the flow: a sealed text that is used twice ends there with `superseded`.
    ///
    /// Args:
    ///     sealed: what `Flow.seal` returned.
    ///     keys: the sealing keys, today's and those of the last days.
    ///     context: whose it is, as it was given to `Flow.seal`.
    ///     operation: as for `restore`.
    ///
    /// Raises:
    ///     RejectedError: `seal_invalid` for another context, an unknown key or a changed text.
    ///     MisuseError: as `restore`.
    #[pyo3(signature = (sealed, *, keys, context, operation=None))]
    fn open(&self, sealed: Text, keys: Ours<'_, SealingKeys>, context: Text, operation: Option<Text>) -> Result<Flow> {
        of_operation(self.0.open(&sealed, &keys.0, &context)?, operation)
    }

    /// Goes on with what an app has begun without the secret: WhiteBIT's key flow. Call it on the backend's client,
    /// which has the secret and the app's redirect URI, and only for the authenticated user the connection is for.
    ///
    /// Args:
    ///     text: what the app sent: its `HandOff`, as text.
    ///     on_secret_lost: as for `begin`.
    ///     now_ms: Unix milliseconds; left out, the operating system's clock.
    ///
    /// Returns:
    ///     The first step; give it to `drive`. Its flow's id follows from the code alone, so a hand-off that comes
    ///     twice, changed or not, ends with `superseded` at the second save.
    ///
    /// Raises:
    ///     RejectedError: `hand_off_invalid` or `hand_off_mismatch`; neither quotes the text.
    ///     ReauthorizeError: `hand_off_expired`: more than 10 minutes old.
    ///     MisuseError: `not_supported` for any other client.
    #[pyo3(
        signature = (text, *, on_secret_lost=Text("report".to_owned()), now_ms=None),
        text_signature = "($self, text, *, on_secret_lost='report', now_ms=None)",
    )]
    fn accept_hand_off(&self, text: TextOr<'_, HandOff>, on_secret_lost: Text, now_ms: Now) -> Result<Step> {
        // Exposed to be read by core.
        let text = match &text {
            TextOr::Hidden(hand_off) => hand_off.get().0.expose(),
            TextOr::Text(text) => text,
        };
        Ok(Step(self.0.accept_hand_off(text, on_secret_lost.given()?, or_now(now_ms)?)?))
    }
}

methods! {
    impl Client as client {
        /// Whether this venue and environment offer an operation to this kind of client; what they do not offer is
        /// refused before anything is sent.
        ///
        /// Args:
        ///     operation: `"account_tokens"`, `"api_key"`, `"refresh_tokens"`, `"check_key"`, `"delete_key"` or
        ///         `"reissue_key"`.
        fn supports(operation: Text) -> bool = client.supports(operation.given()?);

        /// Shared tokens from their snapshot's text.
        ///
        /// Raises:
        ///     LookupError: the text is `None`: the store has none.
        ///     MisuseError: `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch`; none of them
        ///         quotes the text.
        fn restore_tokens(text: Option<Text>) -> SharedTokens =
            SharedTokens(client.restore_tokens(&stored(text, "these tokens are")?)?);
    }
}

class! {
    /// A connection that has begun.
    struct Started(venuekey::Started): generic as started {
        /// Where to send the user's browser. It carries `state`: keep it out of logs.
        authorize_url: &str = started.authorize_url().expose(),
        /// Before the redirect, store its snapshot, bound to the browser's session, or put what its `seal` gives into a
        /// cookie of that session.
        pending: Flow = Flow(started.pending().clone()),
    }
    opaque
}

pub(crate) fn stored(text: Option<Text>, what: &str) -> PyResult<Text> {
    text.ok_or_else(|| PyLookupError::new_err(format!("text is None: {what} not in the store")))
}

/// Refuses a flow that is for something else than the host expects.
fn of_operation(flow: venuekey::Flow, wanted: Option<Text>) -> Result<Flow> {
    let wanted: Option<FlowOperation> = wanted.given()?;
    if wanted.is_none_or(|wanted| wanted == flow.operation()) {
        return Ok(Flow(flow));
    }
    let hint = format!("operation must be one of: {} (what this flow is for)", flow.operation().as_str());
    Err(VenuekeyError::invalid_argument(&hint).into())
}
