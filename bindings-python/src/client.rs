//! Where everything begins, as far as Python has it in its own way: configurations as keyword arguments, and what a store
//! gave back.

use pyo3::exceptions::PyLookupError;
use pyo3::prelude::*;
use venuekey::parts::{ClientConfig, Credentials, FlowOperation, VenuekeyError};

use crate::arguments::{Given, Now, Ours, Text, TextOr, given};
use crate::classes::base_seal::SealingKeys;
use crate::classes::client::Client;
use crate::classes::flow::Flow;
use crate::classes::flow_step::Step;
use crate::classes::model_hand_off::HandOff;
use crate::classes::tokens::SharedTokens;
use crate::error::Result;
use crate::secret::SecretText;

#[pymethods]
impl Client {
    #[new]
    #[pyo3(signature = (
        *, venue, environment, client_id, client_secret, redirect_uri,
        authorize_base=None, api_base=None, rest_base=None, locale=None, scope=None, user_agent=None, send_redirect_uri=false,
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
        rest_base: Option<Text>,
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
            rest_base, locale, scope, user_agent, send_redirect_uri);
        Ok(Self(venuekey::parts::Client::new(config)?))
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
        authorize_base=None, api_base=None, rest_base=None, locale=None, scope=None, user_agent=None, send_redirect_uri=false,
    ))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments are Python's configuration record")]
    fn public(
        venue: Text,
        environment: Text,
        client_id: Text,
        redirect_uri: Text,
        authorize_base: Option<Text>,
        api_base: Option<Text>,
        rest_base: Option<Text>,
        locale: Option<Text>,
        scope: Option<Text>,
        user_agent: Option<Text>,
        send_redirect_uri: bool,
    ) -> Result<Self> {
        let credentials = Credentials::Public { client_id: client_id.0 };
        let config = given!(ClientConfig: venue, environment, credentials, redirect_uri, authorize_base, api_base,
            rest_base, locale, scope, user_agent, send_redirect_uri);
        Ok(Self(venuekey::parts::Client::new(config)?))
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
        Ok(Step(self.0.accept_hand_off(text, on_secret_lost.given()?, now_ms.given()?)?))
    }

    /// Shared tokens from their snapshot's text.
    ///
    /// Raises:
    ///     LookupError: the text is `None`: the store has none.
    ///     MisuseError: `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch`; none of them
    ///         quotes the text.
    fn restore_tokens(&self, text: Option<Text>) -> Result<SharedTokens> {
        Ok(SharedTokens(self.0.restore_tokens(&stored(text, "these tokens are")?)?))
    }
}

pub(crate) fn stored(text: Option<Text>, what: &str) -> PyResult<Text> {
    text.ok_or_else(|| PyLookupError::new_err(format!("text is None: {what} not in the store")))
}

/// Refuses a flow that is for something else than the host expects.
fn of_operation(flow: venuekey::parts::Flow, wanted: Option<Text>) -> Result<Flow> {
    let wanted: Option<FlowOperation> = wanted.given()?;
    if wanted.is_none_or(|wanted| wanted == flow.operation()) {
        return Ok(Flow(flow));
    }
    let hint = format!("operation must be one of: {} (what this flow is for)", flow.operation().as_str());
    Err(VenuekeyError::invalid_argument(&hint).into())
}
