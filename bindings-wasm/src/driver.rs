//! Core's loop, for `ts/drive.ts`, which adds how a function is called and awaited, and what an abort is.

use venuekey::parts::Step;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::{named, now, whole};
use crate::error::Refused;
use crate::wrapped::{Flow, FlowDriver, HttpRequest, Secret};

#[wasm_bindgen]
impl FlowDriver {
    /// From a step's parts, since a step itself is a plain object in JavaScript.
    pub fn sending(request: &HttpRequest, next: &Flow) -> Self {
        Self(venuekey::parts::FlowDriver::new(Step::Send { request: request.0.clone(), next: next.0.clone() }))
    }

    pub fn saving(next: &Flow) -> Self {
        Self(venuekey::parts::FlowDriver::new(Step::Save { next: next.0.clone() }))
    }

    pub fn waiting(until_ms: f64, reason: &str, next: &Flow) -> Result<Self, Refused> {
        let (until_ms, reason) = (whole(until_ms, "untilMs")?, named(reason)?);
        Ok(Self(venuekey::parts::FlowDriver::new(Step::Wait { until_ms, reason, next: next.0.clone() })))
    }

    pub fn authorizing(authorize_url: &Secret, flow: &Flow) -> Self {
        let authorize_url = authorize_url.0.clone();
        Self(venuekey::parts::FlowDriver::new(Step::Authorize { authorize_url, flow: flow.0.clone() }))
    }

    /// From a choice or an end: stored already, and its flow gives it again.
    pub fn resuming(flow: &Flow, now_ms: f64) -> Result<Self, Refused> {
        Ok(Self(venuekey::parts::FlowDriver::new(flow.0.resume(now(now_ms)?)?)))
    }
}
