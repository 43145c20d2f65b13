//! Core's loops, for `ts/drive.ts` and `ts/fresh.ts`: those add how a function is called and awaited, and what an abort is.
//!
//! A driver here is one handle, which each event moves on: so a loop has one to free.

use venuekey::Step;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::account::Secret;
use crate::client::Client;
use crate::convert::{named, now, optional_whole, whole};
use crate::error::Refused;
use crate::flow::Flow;
use crate::http::{HttpRequest, HttpResponse};
use crate::js::ToJs;
use crate::tokens::SharedTokens;

/// Events: each moves the driver on.
macro_rules! events {
    ($name:ident { $($event:ident($($given:ident: $type:ty => $core:expr),*);)+ }) => {
        #[wasm_bindgen]
        impl $name {$(
            pub fn $event(&mut self, $($given: $type),*) -> Result<(), Refused> {
                self.0 = self.0.$event($($core),*)?;
                Ok(())
            }
        )+}
    };
}

/// Declares both drivers, with what they have in common.
macro_rules! drivers {
    ($($name:ident),+) => {$(
        #[wasm_bindgen]
        pub struct $name(venuekey::$name);

        #[wasm_bindgen]
        impl $name {
            #[wasm_bindgen(getter)]
            pub fn action(&self) -> String {
                self.0.action().as_str().to_owned()
            }

            #[wasm_bindgen(getter)]
            pub fn must_go_on(&self) -> bool {
                self.0.must_go_on()
            }

            #[wasm_bindgen(getter)]
            pub fn error(&self) -> JsValue {
                self.0.error().to_js()
            }

            pub fn stop(&mut self) {
                self.0 = self.0.stop();
            }
        }

        events!($name {
            saved(now_ms: f64 => now(now_ms)?);
            superseded();
            response(response: &HttpResponse => &response.0, now_ms: f64 => now(now_ms)?);
            no_response(not_sent: bool => not_sent.into(), now_ms: f64 => now(now_ms)?);
        });
    )+};
}

drivers!(FlowDriver, TokenDriver);

events!(FlowDriver {
    awake(now_ms: f64 => now(now_ms)?);
    chosen(id: &str => id, now_ms: f64 => now(now_ms)?);
    called_back(url: &str => url, now_ms: f64 => now(now_ms)?);
    unanswered();
});

events!(TokenDriver {
    loaded(text: &str => text, now_ms: f64 => now(now_ms)?);
    awake();
});

#[wasm_bindgen]
impl FlowDriver {
    /// From a step's parts, since a step itself is a plain object in JavaScript.
    pub fn sending(request: &HttpRequest, next: &Flow) -> Self {
        Self(venuekey::FlowDriver::new(Step::Send { request: request.0.clone(), next: next.0.clone() }))
    }

    pub fn saving(next: &Flow) -> Self {
        Self(venuekey::FlowDriver::new(Step::Save { next: next.0.clone() }))
    }

    pub fn waiting(until_ms: f64, reason: &str, next: &Flow) -> Result<Self, Refused> {
        let (until_ms, reason) = (whole(until_ms, "untilMs")?, named(reason)?);
        Ok(Self(venuekey::FlowDriver::new(Step::Wait { until_ms, reason, next: next.0.clone() })))
    }

    pub fn authorizing(authorize_url: &Secret, flow: &Flow) -> Self {
        let authorize_url = authorize_url.0.clone();
        Self(venuekey::FlowDriver::new(Step::Authorize { authorize_url, flow: flow.0.clone() }))
    }

    /// From a choice or an end: stored already, and its flow gives it again.
    pub fn resuming(flow: &Flow, now_ms: f64) -> Result<Self, Refused> {
        Ok(Self(venuekey::FlowDriver::new(flow.0.resume(now(now_ms)?)?)))
    }

    #[wasm_bindgen(getter)]
    pub fn is_new_step(&self) -> bool {
        self.0.is_new_step()
    }

    pub fn step(&self) -> JsValue {
        self.0.step().to_js()
    }

    pub fn snapshot(&self) -> JsValue {
        self.0.snapshot().to_js()
    }
}

#[wasm_bindgen]
impl Client {
    /// A part of a millisecond of patience does not count; without an end it is infinite.
    pub fn drive_tokens(&self, refused_generation: Option<f64>, patience_ms: f64) -> Result<TokenDriver, Refused> {
        let refused = optional_whole(refused_generation, "refusedGeneration")?;
        Ok(TokenDriver(self.0.drive_tokens(refused, patience_ms as u64)))
    }

    pub fn keep_tokens(&self, brought: &SharedTokens) -> TokenDriver {
        TokenDriver(self.0.keep_tokens(brought.0.clone()))
    }
}

#[wasm_bindgen]
impl TokenDriver {
    pub fn snapshot(&self) -> JsValue {
        self.0.snapshot().to_js()
    }

    pub fn request(&self) -> JsValue {
        self.0.request().to_js()
    }

    #[wasm_bindgen(getter)]
    pub fn until_ms(&self) -> JsValue {
        self.0.until_ms().to_js()
    }

    pub fn plan(&self) -> JsValue {
        self.0.plan().to_js()
    }

    pub fn brought(&self) -> JsValue {
        self.0.brought().to_js()
    }
}
