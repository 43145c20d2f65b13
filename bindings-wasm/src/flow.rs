//! The one loop: a flow is a value, each event makes a new one and says what to do next.

use venuekey::FlowStatus;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::account::{Secret, Tokens, outcome};
use crate::convert::{entropy, now};
use crate::error::Refused;
use crate::http::{HttpRequest, HttpResponse};
use crate::js::{number, object};
use crate::opaque::opaque;
use crate::seal::SealingKeys;

opaque!(Flow, Snapshot);

fn expires_at_ms(status: FlowStatus) -> Option<f64> {
    match status {
        FlowStatus::AwaitingCallback { expires_at_ms } => Some(number(expires_at_ms)),
        FlowStatus::Ready
        | FlowStatus::AwaitingChoice
        | FlowStatus::InFlight
        | FlowStatus::Waiting { .. }
        | FlowStatus::Done
        | FlowStatus::Failed => None,
    }
}

fn until_ms(status: FlowStatus) -> Option<f64> {
    match status {
        FlowStatus::Waiting { until_ms } => Some(number(until_ms)),
        FlowStatus::AwaitingCallback { .. }
        | FlowStatus::Ready
        | FlowStatus::AwaitingChoice
        | FlowStatus::InFlight
        | FlowStatus::Done
        | FlowStatus::Failed => None,
    }
}

#[wasm_bindgen]
impl Snapshot {
    #[wasm_bindgen(getter)]
    pub fn flow_id(&self) -> String {
        self.0.flow_id().to_owned()
    }

    #[wasm_bindgen(getter)]
    pub fn revision(&self) -> f64 {
        number(self.0.revision())
    }

    #[wasm_bindgen(getter)]
    pub fn expected_revision(&self) -> f64 {
        number(self.0.expected_revision())
    }

    #[wasm_bindgen(getter)]
    pub fn operation(&self) -> String {
        self.0.operation().as_str().to_owned()
    }

    #[wasm_bindgen(getter)]
    pub fn status(&self) -> String {
        self.0.status().as_str().to_owned()
    }

    #[wasm_bindgen(getter)]
    pub fn expires_at_ms(&self) -> Option<f64> {
        expires_at_ms(self.0.status())
    }

    #[wasm_bindgen(getter)]
    pub fn until_ms(&self) -> Option<f64> {
        until_ms(self.0.status())
    }

    #[wasm_bindgen(getter)]
    pub fn error(&self) -> JsValue {
        self.0.error().map_or(JsValue::UNDEFINED, |error| Refused::from(error.clone()).into())
    }

    pub fn expose(&self) -> String {
        self.0.expose().to_owned()
    }
}

/// A step as a plain object: `name` tells which, what carries secrets in it stays a handle.
pub(crate) fn step(step: venuekey::Step) -> JsValue {
    use venuekey::Step as Core;
    let name = ("name", step.name().into());
    match step {
        Core::Send { request, next } => {
            object(&[name, ("request", HttpRequest(request).into()), ("next", Flow(next).into())])
        }
        Core::Save { next } => object(&[name, ("next", Flow(next).into())]),
        Core::Wait { until_ms, reason, next } => object(&[
            name,
            ("untilMs", number(until_ms).into()),
            ("reason", reason.as_str().into()),
            ("next", Flow(next).into()),
        ]),
        Core::Choose { subaccounts, may_create, creation_in_doubt, flow } => {
            let subaccount = |account: &venuekey::Subaccount| {
                object(&[("id", account.id.as_str().into()), ("nickname", account.nickname.as_deref().into())])
            };
            object(&[
                name,
                ("subaccounts", subaccounts.iter().map(subaccount).collect::<Vec<_>>().into()),
                ("mayCreate", may_create.into()),
                ("creationInDoubt", creation_in_doubt.into()),
                ("flow", Flow(flow).into()),
            ])
        }
        Core::Authorize { authorize_url, flow } => {
            object(&[name, ("authorizeUrl", Secret(authorize_url).into()), ("flow", Flow(flow).into())])
        }
        Core::Failed { error, recovery, flow } => object(&[
            name,
            ("error", Refused::from(error).into()),
            ("recovery", recovery.map(venuekey::Recovery::as_str).into()),
            ("flow", Flow(flow).into()),
        ]),
        Core::Done { outcome: brought, flow } => {
            object(&[name, ("outcome", outcome(brought)), ("flow", Flow(flow).into())])
        }
    }
}

#[wasm_bindgen]
impl Flow {
    #[wasm_bindgen(getter)]
    pub fn flow_id(&self) -> String {
        self.0.flow_id().to_owned()
    }

    #[wasm_bindgen(getter)]
    pub fn revision(&self) -> f64 {
        number(self.0.revision())
    }

    #[wasm_bindgen(getter)]
    pub fn venue(&self) -> String {
        self.0.venue().as_str().to_owned()
    }

    #[wasm_bindgen(getter)]
    pub fn operation(&self) -> String {
        self.0.operation().as_str().to_owned()
    }

    #[wasm_bindgen(getter)]
    pub fn status(&self) -> String {
        self.0.status().as_str().to_owned()
    }

    #[wasm_bindgen(getter)]
    pub fn expires_at_ms(&self) -> Option<f64> {
        expires_at_ms(self.0.status())
    }

    #[wasm_bindgen(getter)]
    pub fn until_ms(&self) -> Option<f64> {
        until_ms(self.0.status())
    }

    #[wasm_bindgen(getter)]
    pub fn tokens(&self) -> Option<Tokens> {
        self.0.tokens().cloned().map(Tokens)
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.0.snapshot())
    }

    pub fn seal(&self, keys: &SealingKeys, context: &str, entropy: &[u8]) -> Result<String, Refused> {
        Ok(self.0.seal(&keys.0, context, &self::entropy(entropy)?)?)
    }

    pub fn receive_callback(&self, url: &str, now_ms: f64) -> Result<JsValue, Refused> {
        Ok(step(self.0.receive_callback(url, now(now_ms)?)?))
    }

    pub fn receive_pasted_code(&self, pasted: &str, now_ms: f64) -> Result<JsValue, Refused> {
        Ok(step(self.0.receive_pasted_code(pasted, now(now_ms)?)?))
    }

    pub fn choose(&self, id: &str, now_ms: f64) -> Result<JsValue, Refused> {
        Ok(step(self.0.choose(id, now(now_ms)?)?))
    }

    pub fn receive_response(&self, response: &HttpResponse, now_ms: f64) -> Result<JsValue, Refused> {
        Ok(step(self.0.receive_response(&response.0, now(now_ms)?)?))
    }

    pub fn receive_no_response(&self, now_ms: f64, not_sent: bool) -> Result<JsValue, Refused> {
        Ok(step(self.0.receive_no_response(not_sent.into(), now(now_ms)?)?))
    }

    pub fn resume(&self, now_ms: f64) -> Result<JsValue, Refused> {
        Ok(step(self.0.resume(now(now_ms)?)?))
    }

    pub fn recover(&self, now_ms: f64) -> Result<JsValue, Refused> {
        Ok(step(self.0.recover(now(now_ms)?)?))
    }
}
