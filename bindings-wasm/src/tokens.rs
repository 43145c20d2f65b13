//! Tokens that a whole fleet of workers shares.

use venuekey::TokenPlan;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::account::Tokens;
use crate::convert::{now, whole};
use crate::error::Refused;
use crate::flow::Snapshot;
use crate::http::{HttpRequest, HttpResponse};
use crate::js::{number, object};
use crate::opaque::opaque;

opaque!(SharedTokens);

#[wasm_bindgen]
impl SharedTokens {
    #[wasm_bindgen(getter)]
    pub fn tokens_id(&self) -> String {
        self.0.tokens_id().to_owned()
    }

    #[wasm_bindgen(getter)]
    pub fn revision(&self) -> f64 {
        number(self.0.revision())
    }

    #[wasm_bindgen(getter)]
    pub fn generation(&self) -> f64 {
        number(self.0.generation())
    }

    #[wasm_bindgen(getter)]
    pub fn lease_until_ms(&self) -> Option<f64> {
        self.0.lease_until_ms().map(number)
    }

    #[wasm_bindgen(getter)]
    pub fn tokens(&self) -> Tokens {
        Tokens(self.0.tokens().clone())
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.0.snapshot())
    }

    pub fn plan(&self, refused_generation: Option<f64>, now_ms: f64) -> Result<JsValue, Refused> {
        let refused = refused_generation.map(|number| whole(number, "refusedGeneration")).transpose()?;
        Ok(plan(self.0.plan(now(now_ms)?, refused)?))
    }

    pub fn receive_response(&self, response: &HttpResponse, now_ms: f64) -> Result<Self, Refused> {
        Ok(Self(self.0.receive_response(&response.0, now(now_ms)?)?))
    }

    pub fn receive_no_response(&self, now_ms: f64, not_sent: bool) -> Result<Self, Refused> {
        Ok(Self(self.0.receive_no_response(not_sent.into(), now(now_ms)?)?))
    }

    pub fn merge(&self, late: &Self) -> Result<Option<Self>, Refused> {
        Ok(self.0.merge(&late.0)?.map(Self))
    }
}

pub(crate) fn plan(plan: TokenPlan) -> JsValue {
    let name = ("name", plan.name().into());
    match plan {
        TokenPlan::Use { tokens, generation, refresh_at_ms } => object(&[
            name,
            ("tokens", Tokens(tokens).into()),
            ("generation", number(generation).into()),
            ("refreshAtMs", refresh_at_ms.map(number).into()),
        ]),
        TokenPlan::Refresh { request, next } => {
            object(&[name, ("request", HttpRequest(request).into()), ("next", SharedTokens(next).into())])
        }
        TokenPlan::WaitUntil { until_ms, error } => {
            let error = error.map_or(JsValue::UNDEFINED, |error| Refused::from(error).into());
            object(&[name, ("untilMs", number(until_ms).into()), ("error", error)])
        }
        TokenPlan::Reauthorize { error } => object(&[name, ("error", Refused::from(error).into())]),
    }
}
