//! Where everything begins.

use venuekey::{BeginOptions, ClientConfig, Credentials};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::account::{Secret, Tokens, external_id};
use crate::budget::{RateBudget, preflight};
use crate::convert::{entropy, named, now, small};
use crate::error::Refused;
use crate::flow::{Flow, step};
use crate::js::object;
use crate::opaque::opaque;
use crate::seal::SealingKeys;
use crate::tokens::SharedTokens;

opaque!(Client);

fn begin_options(
    callback_timeout_s: Option<f64>,
    on_secret_lost: Option<String>,
    response_type: Option<String>,
    expected_uid: Option<String>,
) -> Result<BeginOptions, Refused> {
    let mut options = BeginOptions { expected_uid, ..BeginOptions::default() };
    if let Some(seconds) = callback_timeout_s {
        options.callback_timeout_s = small(seconds, "callbackTimeoutS")?;
    }
    if let Some(name) = on_secret_lost {
        options.on_secret_lost = named(&name)?;
    }
    if let Some(name) = response_type {
        options.response_type = named(&name)?;
    }
    Ok(options)
}

#[wasm_bindgen]
impl Client {
    #[wasm_bindgen(constructor)]
    #[expect(clippy::too_many_arguments, reason = "ts/client.ts has the configuration as a record")]
    pub fn new(
        venue: &str,
        environment: &str,
        client_id: String,
        client_secret: Option<String>,
        redirect_uri: String,
        authorize_base: Option<String>,
        api_base: Option<String>,
        locale: Option<String>,
        scope: Option<String>,
        user_agent: Option<String>,
        send_redirect_uri: bool,
    ) -> Result<Self, Refused> {
        let credentials = match client_secret {
            Some(text) => Credentials::Confidential { client_id, client_secret: venuekey::Secret::new(text) },
            None => Credentials::Public { client_id },
        };
        // Written in full: a field that core adds must be decided on here.
        let config = ClientConfig {
            venue: named(venue)?,
            environment: named(environment)?,
            credentials,
            redirect_uri,
            authorize_base,
            api_base,
            locale,
            scope,
            user_agent,
            send_redirect_uri,
        };
        Ok(Self(venuekey::Client::new(config)?))
    }

    #[wasm_bindgen(getter)]
    pub fn venue(&self) -> String {
        self.0.venue().as_str().to_owned()
    }

    #[wasm_bindgen(getter)]
    pub fn environment(&self) -> String {
        self.0.environment().as_str().to_owned()
    }

    pub fn supports(&self, operation: &str) -> Result<bool, Refused> {
        Ok(self.0.supports(named(operation)?))
    }

    pub fn preflight(
        &self,
        operation: &str,
        tokens: Option<TokensRef>,
        budget: &RateBudget,
        now_ms: f64,
    ) -> Result<JsValue, Refused> {
        let tokens = tokens.map(|tokens| tokens.0);
        Ok(preflight(self.0.preflight(named(operation)?, tokens.as_ref(), &budget.0, now(now_ms)?)?))
    }

    #[expect(clippy::too_many_arguments, reason = "ts/client.ts has the options as a record")]
    pub fn begin(
        &self,
        goal: &str,
        callback_timeout_s: Option<f64>,
        on_secret_lost: Option<String>,
        response_type: Option<String>,
        expected_uid: Option<String>,
        entropy: &[u8],
        now_ms: f64,
    ) -> Result<JsValue, Refused> {
        let options = begin_options(callback_timeout_s, on_secret_lost, response_type, expected_uid)?;
        let started = self.0.begin(named(goal)?, options, &self::entropy(entropy)?, now(now_ms)?)?;
        Ok(object(&[
            ("authorizeUrl", Secret(started.authorize_url().clone()).into()),
            ("pending", Flow(started.pending().clone()).into()),
        ]))
    }

    pub fn refresh_tokens(&self, tokens: &Tokens, entropy: &[u8], now_ms: f64) -> Result<JsValue, Refused> {
        Ok(step(self.0.refresh_tokens(&tokens.0, &self::entropy(entropy)?, now(now_ms)?)?))
    }

    pub fn check_key(&self, tokens: &Tokens, entropy: &[u8], now_ms: f64) -> Result<JsValue, Refused> {
        Ok(step(self.0.check_key(&tokens.0, &self::entropy(entropy)?, now(now_ms)?)?))
    }

    pub fn switch_subaccount(&self, tokens: &Tokens, entropy: &[u8], now_ms: f64) -> Result<JsValue, Refused> {
        Ok(step(self.0.switch_subaccount(&tokens.0, &self::entropy(entropy)?, now(now_ms)?)?))
    }

    pub fn delete_key(&self, tokens: &Tokens, id: String, entropy: &[u8], now_ms: f64) -> Result<JsValue, Refused> {
        let (id, entropy) = (external_id(id)?, self::entropy(entropy)?);
        Ok(step(self.0.delete_key(&tokens.0, &id, &entropy, now(now_ms)?)?))
    }

    #[expect(clippy::too_many_arguments, reason = "ts/client.ts has the options as a record")]
    pub fn reissue_key(
        &self,
        tokens: &Tokens,
        id: String,
        callback_timeout_s: Option<f64>,
        on_secret_lost: Option<String>,
        response_type: Option<String>,
        expected_uid: Option<String>,
        entropy: &[u8],
        now_ms: f64,
    ) -> Result<JsValue, Refused> {
        let options = begin_options(callback_timeout_s, on_secret_lost, response_type, expected_uid)?;
        let (id, entropy) = (external_id(id)?, self::entropy(entropy)?);
        Ok(step(self.0.reissue_key(&tokens.0, &id, options, &entropy, now(now_ms)?)?))
    }

    pub fn share_tokens(&self, tokens: &Tokens, entropy: &[u8], now_ms: f64) -> Result<SharedTokens, Refused> {
        Ok(SharedTokens(self.0.share_tokens(tokens.0.clone(), &self::entropy(entropy)?, now(now_ms)?)?))
    }

    pub fn restore_tokens(&self, text: &str) -> Result<SharedTokens, Refused> {
        Ok(SharedTokens(self.0.restore_tokens(text)?))
    }

    pub fn restore(&self, text: &str) -> Result<Flow, Refused> {
        Ok(Flow(self.0.restore(text)?))
    }

    pub fn open(&self, sealed: &str, keys: &SealingKeys, context: &str) -> Result<Flow, Refused> {
        Ok(Flow(self.0.open(sealed, &keys.0, context)?))
    }

    pub fn accept_hand_off(&self, text: &str, on_secret_lost: Option<String>, now_ms: f64) -> Result<JsValue, Refused> {
        let options = begin_options(None, on_secret_lost, None, None)?;
        Ok(step(self.0.accept_hand_off(text, options.on_secret_lost, now(now_ms)?)?))
    }
}

/// A copy of the caller's tokens: wasm-bindgen has no optional reference, and an optional handle would be moved away.
#[wasm_bindgen]
pub struct TokensRef(venuekey::Tokens);

#[wasm_bindgen]
impl TokensRef {
    #[wasm_bindgen(constructor)]
    pub fn new(tokens: &Tokens) -> Self {
        Self(tokens.0.clone())
    }
}
