//! Where everything begins.

use venuekey::{BeginOptions, ClientConfig, Credentials};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::account::Tokens;
use crate::budget::RateBudget;
use crate::convert::{Options, external_id, named, now, random};
use crate::error::{Refused, Returned, Returns};
use crate::handle::{calls, getters, handles};
use crate::js::{object, to_js};
use crate::seal::SealingKeys;

handles!(Client);

#[wasm_bindgen]
impl Client {
    #[wasm_bindgen(constructor)]
    pub fn new(config: JsValue, client_secret: Option<String>) -> Result<Self, Refused> {
        let config = Options(config);
        let client_id = config.text("clientId");
        let credentials = match client_secret {
            Some(text) => Credentials::Confidential { client_id, client_secret: venuekey::Secret::new(text) },
            None => Credentials::Public { client_id },
        };
        // Written in full: a field that core adds must be decided on here.
        Ok(Self(venuekey::Client::new(ClientConfig {
            venue: config.named("venue")?,
            environment: config.named("environment")?,
            credentials,
            redirect_uri: config.text("redirectUri"),
            authorize_base: config.optional_text("authorizeBase"),
            api_base: config.optional_text("apiBase"),
            locale: config.optional_text("locale"),
            scope: config.optional_text("scope"),
            user_agent: config.optional_text("userAgent"),
            send_redirect_uri: config.flag("sendRedirectUri"),
        })?))
    }

    /// `preflight` of an operation with tokens: wasm-bindgen has no optional reference.
    pub fn preflight_with(&self, operation: &str, tokens: &Tokens, budget: &RateBudget, now_ms: f64) -> Returned {
        self.0.preflight(named(operation)?, Some(&tokens.0), &budget.0, now(now_ms)?).returned()
    }
}

getters!(Client { venue, environment });
calls!(Client {
    supports(operation: &str) = (named(operation)?);
    preflight(operation: &str, budget: &RateBudget, now_ms: f64) = (named(operation)?, None, &budget.0, now(now_ms)?);
    begin(goal: &str, options: JsValue, entropy: &[u8], now_ms: f64)
        = (named(goal)?, begin_options(options)?, &random(entropy)?, now(now_ms)?);
    refresh_tokens(tokens: &Tokens, entropy: &[u8], now_ms: f64) = (&tokens.0, &random(entropy)?, now(now_ms)?);
    check_key(tokens: &Tokens, entropy: &[u8], now_ms: f64) = (&tokens.0, &random(entropy)?, now(now_ms)?);
    switch_subaccount(tokens: &Tokens, entropy: &[u8], now_ms: f64) = (&tokens.0, &random(entropy)?, now(now_ms)?);
    delete_key(tokens: &Tokens, id: String, entropy: &[u8], now_ms: f64)
        = (&tokens.0, &external_id(id)?, &random(entropy)?, now(now_ms)?);
    reissue_key(tokens: &Tokens, id: String, options: JsValue, entropy: &[u8], now_ms: f64)
        = (&tokens.0, &external_id(id)?, begin_options(options)?, &random(entropy)?, now(now_ms)?);
    accept_hand_off(text: &str, options: JsValue, now_ms: f64)
        = (text, begin_options(options)?.on_secret_lost, now(now_ms)?);
    share_tokens(tokens: &Tokens, entropy: &[u8], now_ms: f64) = (tokens.0.clone(), &random(entropy)?, now(now_ms)?);
    restore_tokens(text: &str) = (text);
    restore(text: &str) = (text);
    open(sealed: &str, keys: &SealingKeys, context: &str) = (sealed, &keys.0, context);
    resume_read(cursor: &str) = (cursor);
});

fn begin_options(options: JsValue) -> Result<BeginOptions, Refused> {
    let (given, default) = (Options(options), BeginOptions::default());
    Ok(BeginOptions {
        callback_timeout_s: given.or_small("callbackTimeoutS", default.callback_timeout_s)?,
        on_secret_lost: given.or_named("onSecretLost", default.on_secret_lost)?,
        response_type: given.or_named("responseType", default.response_type)?,
        expected_uid: given.optional_text("expectedUid"),
    })
}

to_js!(venuekey::Started = |started| {
    object(&[("authorize_url", started.authorize_url().to_js()), ("pending", started.pending().to_js())])
};);
