//! Where everything begins.

use venuekey::{BeginOptions, ClientConfig};
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};

use crate::ambient;
use crate::convert::{field, named, object, required_text, text, whole};
use crate::error::{VenuekeyError, argument};
use crate::flow::Flow;
use crate::secret::{Secret, opaque};

opaque! {
    /// How the app proves to the venue who it is.
    Credentials
}

#[wasm_bindgen]
impl Credentials {
    /// A client with a secret: for servers, never in a browser.
    pub fn confidential(
        #[wasm_bindgen(js_name = clientId)] client_id: String,
        #[wasm_bindgen(js_name = clientSecret)] client_secret: String,
    ) -> Self {
        let client_secret = venuekey::Secret::new(client_secret);
        Self(venuekey::Credentials::Confidential { client_id, client_secret })
    }

    /// Taking a handle out of an object moves it; a copy leaves the caller's own usable.
    #[wasm_bindgen(js_name = __copy, skip_typescript)]
    pub fn copy(&self) -> Self {
        Self(self.0.clone())
    }
}

#[wasm_bindgen]
extern "C" {
    /// The caller's `Credentials`, seen from outside.
    type CredentialsHandle;

    #[wasm_bindgen(method, catch, js_name = __copy)]
    fn copy(this: &CredentialsHandle) -> Result<Credentials, JsValue>;
}

fn config(config: &JsValue) -> Result<ClientConfig, VenuekeyError> {
    let credentials = field(config, "credentials")?
        .and_then(|handle| JsValue::unchecked_into::<CredentialsHandle>(handle).copy().ok())
        .ok_or_else(|| argument("credentials must be made by Credentials"))?;
    // Written in full: a field that core adds must be decided on here.
    Ok(ClientConfig {
        venue: named(&required_text(config, "venue")?)?,
        environment: named(&required_text(config, "environment")?)?,
        credentials: credentials.0,
        redirect_uri: required_text(config, "redirectUri")?,
        authorize_base: text(config, "authorizeBase")?,
        api_base: text(config, "apiBase")?,
        locale: text(config, "locale")?,
        user_agent: text(config, "userAgent")?,
        // Not offered by this spike.
        send_redirect_uri: false,
    })
}

fn begin_options(options: &JsValue) -> Result<BeginOptions, VenuekeyError> {
    let mut read = BeginOptions::default();
    if options.is_undefined() {
        return Ok(read);
    }
    if let Some(seconds) = field(options, "callbackTimeoutS")? {
        let seconds = whole(seconds.as_f64().unwrap_or(f64::NAN), "callbackTimeoutS")?;
        read.callback_timeout_s = u32::try_from(seconds).unwrap_or(u32::MAX);
    }
    if let Some(name) = text(options, "onSecretLost")? {
        read.on_secret_lost = named(&name)?;
    }
    Ok(read)
}

opaque! {
    /// An app at a venue. It holds no state of any flow.
    Client
}

#[wasm_bindgen]
impl Client {
    /// Checks the configuration.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(js_name = config, unchecked_param_type = "ClientConfig")] settings: JsValue,
    ) -> Result<Self, VenuekeyError> {
        Ok(Self(venuekey::Client::new(config(&settings)?)?))
    }

    /// The venue this client belongs to.
    #[wasm_bindgen(getter, unchecked_return_type = "Venue")]
    pub fn venue(&self) -> String {
        self.0.venue().as_str().to_owned()
    }

    /// The environment this client belongs to.
    #[wasm_bindgen(getter, unchecked_return_type = "Environment")]
    pub fn environment(&self) -> String {
        self.0.environment().as_str().to_owned()
    }

    /// Whether this venue and environment offer an operation.
    pub fn supports(
        &self,
        #[wasm_bindgen(unchecked_param_type = "FlowOperation")] operation: &str,
    ) -> Result<bool, VenuekeyError> {
        Ok(self.0.supports(named(operation)?))
    }

    /// Begins a connection: where to send the browser, and what to store meanwhile. `entropy` is 64 bytes.
    #[wasm_bindgen(unchecked_return_type = "Started")]
    pub fn begin(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Goal")] goal: &str,
        #[wasm_bindgen(unchecked_optional_param_type = "BeginOptions")] options: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "Uint8Array")] entropy: Option<Vec<u8>>,
        #[wasm_bindgen(js_name = nowMs, unchecked_optional_param_type = "number")] now_ms: Option<f64>,
    ) -> Result<JsValue, VenuekeyError> {
        let (goal, options) = (named(goal)?, begin_options(&options)?);
        let started = self.0.begin(goal, options, &ambient::entropy(entropy)?, ambient::now(now_ms)?)?;
        Ok(object(&[
            ("authorizeUrl", Secret(started.authorize_url().clone()).into()),
            ("pending", Flow(started.pending().clone()).into()),
        ]))
    }

    /// A flow from its snapshot's text, written in any language.
    pub fn restore(&self, snapshot: &str) -> Result<Flow, VenuekeyError> {
        Ok(Flow(self.0.restore(snapshot)?))
    }
}
