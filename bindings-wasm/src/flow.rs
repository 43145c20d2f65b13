//! The one loop: a flow is a value, each event makes a new one and says what to do next.

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::account::{Tokens, outcome};
use crate::ambient::now;
use crate::convert::{number, object};
use crate::error::VenuekeyError;
use crate::http::{HttpRequest, HttpResponse};
use crate::secret::{Secret, opaque};

opaque! {
    /// A flow as text, for the host's store. **A secret**: encrypt it at rest.
    Snapshot
}

#[wasm_bindgen]
impl Snapshot {
    /// The key to store it under.
    #[wasm_bindgen(getter, js_name = flowId)]
    pub fn flow_id(&self) -> String {
        self.0.flow_id().to_owned()
    }

    /// Counts up by one with each step, from 1.
    #[wasm_bindgen(getter)]
    pub fn revision(&self) -> f64 {
        number(self.0.revision())
    }

    /// The revision that must be in the store for this one to replace it; 0 means none may be there.
    #[wasm_bindgen(getter, js_name = expectedRevision)]
    pub fn expected_revision(&self) -> f64 {
        number(self.0.expected_revision())
    }

    /// The text itself, JSON.
    pub fn expose(&self) -> String {
        self.0.expose().to_owned()
    }
}

/// A step as a plain object: `type` tells which, what carries secrets in it stays opaque.
fn step(step: venuekey::Step) -> JsValue {
    use venuekey::Step as Core;
    let name = ("type", step.name().into());
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
            ("error", VenuekeyError::from(error).into()),
            ("recovery", recovery.map(venuekey::Recovery::as_str).into()),
            ("flow", Flow(flow).into()),
        ]),
        Core::Done { outcome: brought, flow } => {
            object(&[name, ("outcome", outcome(brought)), ("flow", Flow(flow).into())])
        }
    }
}

opaque! {
    /// One connection or one operation, at one point of its life. Immutable: every event returns a step.
    Flow
}

#[wasm_bindgen]
impl Flow {
    /// The same through the whole life of the flow.
    #[wasm_bindgen(getter, js_name = flowId)]
    pub fn flow_id(&self) -> String {
        self.0.flow_id().to_owned()
    }

    /// Counts up by one with each step, from 1.
    #[wasm_bindgen(getter)]
    pub fn revision(&self) -> f64 {
        number(self.0.revision())
    }

    /// The venue this flow talks to.
    #[wasm_bindgen(getter, unchecked_return_type = "Venue")]
    pub fn venue(&self) -> String {
        self.0.venue().as_str().to_owned()
    }

    /// What the flow is for.
    #[wasm_bindgen(getter, unchecked_return_type = "FlowOperation")]
    pub fn operation(&self) -> String {
        self.0.operation().as_str().to_owned()
    }

    /// Where it stands.
    #[wasm_bindgen(getter, unchecked_return_type = "FlowStatus")]
    pub fn status(&self) -> JsValue {
        let status = self.0.status();
        let mut fields = vec![("type", status.as_str().into())];
        match status {
            venuekey::FlowStatus::AwaitingCallback { expires_at_ms } => {
                fields.push(("expiresAtMs", number(expires_at_ms).into()));
            }
            venuekey::FlowStatus::Waiting { until_ms } => fields.push(("untilMs", number(until_ms).into())),
            venuekey::FlowStatus::Ready
            | venuekey::FlowStatus::AwaitingChoice
            | venuekey::FlowStatus::InFlight
            | venuekey::FlowStatus::Done
            | venuekey::FlowStatus::Failed => {}
        }
        object(&fields)
    }

    /// The newest tokens this flow holds.
    #[wasm_bindgen(getter)]
    pub fn tokens(&self) -> Option<Tokens> {
        self.0.tokens().cloned().map(Tokens)
    }

    /// The flow as text, to be stored by compare-and-set under its id and revision.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.0.snapshot())
    }

    /// The browser came back: give the whole URL, or its path and query. A callback that is refused leaves
    /// this flow as usable as before.
    #[wasm_bindgen(js_name = receiveCallback, unchecked_return_type = "Step")]
    pub fn receive_callback(
        &self,
        url: &str,
        #[wasm_bindgen(js_name = nowMs)] now_ms: Option<f64>,
    ) -> Result<JsValue, VenuekeyError> {
        Ok(step(self.0.receive_callback(url, now(now_ms)?)?))
    }

    /// The user's choice at a `choose`: an account's id, or `"create"` where a new one may be made.
    #[wasm_bindgen(unchecked_return_type = "Step")]
    pub fn choose(
        &self,
        id: &str,
        #[wasm_bindgen(js_name = nowMs)] now_ms: Option<f64>,
    ) -> Result<JsValue, VenuekeyError> {
        Ok(step(self.0.choose(id, now(now_ms)?)?))
    }

    /// The reply to the request of the last `send`.
    #[wasm_bindgen(js_name = receiveResponse, unchecked_return_type = "Step")]
    pub fn receive_response(
        &self,
        response: &HttpResponse,
        #[wasm_bindgen(js_name = nowMs)] now_ms: Option<f64>,
    ) -> Result<JsValue, VenuekeyError> {
        Ok(step(self.0.receive_response(&response.0, now(now_ms)?)?))
    }

    /// No reply came: a timeout, a broken connection, or nobody knows.
    #[wasm_bindgen(js_name = receiveNoResponse, unchecked_return_type = "Step")]
    pub fn receive_no_response(
        &self,
        #[wasm_bindgen(js_name = nowMs)] now_ms: Option<f64>,
    ) -> Result<JsValue, VenuekeyError> {
        Ok(step(self.0.receive_no_response(now(now_ms)?)?))
    }

    /// Goes on after a `save`, a `wait`, or a restore.
    #[wasm_bindgen(unchecked_return_type = "Step")]
    pub fn resume(&self, #[wasm_bindgen(js_name = nowMs)] now_ms: Option<f64>) -> Result<JsValue, VenuekeyError> {
        Ok(step(self.0.resume(now(now_ms)?)?))
    }

    /// Goes on after a `failed` that named a recovery.
    #[wasm_bindgen(unchecked_return_type = "Step")]
    pub fn recover(&self, #[wasm_bindgen(js_name = nowMs)] now_ms: Option<f64>) -> Result<JsValue, VenuekeyError> {
        Ok(step(self.0.recover(now(now_ms)?)?))
    }
}
