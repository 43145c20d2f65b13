//! The loops of `drive`, `freshTokens` and `keepTokens`, without their I/O. They are for those functions and nobody else:
//! `generate.sh` makes them internal in both languages. What each call means, core's `drive` says.

use std::sync::Arc;

pub use venuekey::Action;

use crate::ambient::{now, whole};
use crate::calls::calls;
use crate::client::Client;
use crate::cross::Cross;
use crate::error::VenuekeyError;
use crate::flow::{Snapshot, Step};
use crate::flow_object::Flow;
use crate::http::{HttpRequest, HttpResponse};
use crate::object::opaque;
use crate::tokens::{SharedTokens, TokenPlan};

/// What `drive`, `freshTokens` or `keepTokens` does next. Internal.
#[uniffi::remote(Enum)]
pub enum Action {
    Save,
    Load,
    Send,
    Sleep,
    Choose,
    Authorize,
    Return,
    Fail,
    Stop,
}

/// Declares a driver, with what both have.
macro_rules! driver {
    ($(#[$meta:meta])* $name:ident) => {
        opaque! {
            $(#[$meta])*
            $name
        }

        calls! {
            $name;
            fn saved(), ambient(now_ms) -> Arc<$name>;
            fn superseded() -> Arc<$name>;
            fn response(response: &HttpResponse), ambient(now_ms) -> Arc<$name>;
        }

        #[uniffi::export]
        impl $name {
            pub fn action(&self) -> Action {
                self.0.action()
            }

            pub fn must_go_on(&self) -> bool {
                self.0.must_go_on()
            }

            pub fn stop(&self) -> Arc<Self> {
                self.0.stop().cross()
            }

            pub fn no_response(&self, not_sent: bool, now_ms: i64) -> Result<Arc<Self>, VenuekeyError> {
                Ok(self.0.no_response(not_sent.into(), now(Some(now_ms))?)?.cross())
            }
        }
    };
}

driver! {
    /// The loop of `drive`, as a value. Internal.
    FlowDriver
}

calls! {
    FlowDriver;
    fn awake(), ambient(now_ms) -> Arc<FlowDriver>;
    fn chosen(id: String), ambient(now_ms) -> Arc<FlowDriver>;
    fn called_back(url: String), ambient(now_ms) -> Arc<FlowDriver>;
    fn unanswered() -> Arc<FlowDriver>;
}

#[uniffi::export]
impl FlowDriver {
    #[uniffi::constructor]
    pub fn new(step: Step) -> Result<Self, VenuekeyError> {
        Ok(Self(venuekey::FlowDriver::new(step.into_core()?)))
    }

    pub fn step(&self) -> Step {
        self.0.step().cross()
    }

    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.0.snapshot().cross()
    }

    pub fn error(&self) -> Option<VenuekeyError> {
        let step = self.0.step();
        let recovery = match step {
            venuekey::Step::Failed { recovery, .. } => *recovery,
            _ => None,
        };
        self.0.error().map(|error| {
            let mut error = VenuekeyError::from(error.clone());
            error.ends(recovery, step.flow().cross());
            error
        })
    }

    pub fn is_new_step(&self) -> bool {
        self.0.is_new_step()
    }
}

driver! {
    /// The loop of `freshTokens` and `keepTokens`, as a value. Internal.
    TokenDriver
}

calls! {
    TokenDriver;
    fn loaded(text: String), ambient(now_ms) -> Arc<TokenDriver>;
    fn awake() -> Arc<TokenDriver>;
}

#[uniffi::export]
impl TokenDriver {
    #[uniffi::constructor]
    pub fn fresh(client: &Client, refused_generation: Option<i64>, patience_ms: i64) -> Result<Self, VenuekeyError> {
        let refused = refused_generation.map(|number| whole(number, "refused_generation")).transpose()?;
        // Less than none is none.
        Ok(Self(client.0.drive_tokens(refused, u64::try_from(patience_ms).unwrap_or(0))))
    }

    #[uniffi::constructor]
    pub fn keep(client: &Client, brought: &SharedTokens) -> Self {
        Self(client.0.keep_tokens(brought.0.clone()))
    }

    pub fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.0.snapshot().cross()
    }

    pub fn request(&self) -> Option<Arc<HttpRequest>> {
        self.0.request().cross()
    }

    pub fn until_ms(&self) -> Option<i64> {
        self.0.until_ms().cross()
    }

    pub fn plan(&self) -> Option<TokenPlan> {
        self.0.plan().cross()
    }

    pub fn error(&self) -> Option<VenuekeyError> {
        self.0.error().cross()
    }

    pub fn brought(&self) -> Option<Arc<SharedTokens>> {
        self.0.brought().cross()
    }
}

impl Step {
    /// The step that core gave, with what its flow has that no store has yet.
    fn into_core(self) -> Result<venuekey::Step, VenuekeyError> {
        use venuekey::Step as Core;
        let core = |flow: Arc<Flow>| flow.0.clone();
        Ok(match self {
            Self::Send { request, next } => Core::Send { request: request.0.clone(), next: core(next) },
            Self::Save { next } => Core::Save { next: core(next) },
            Self::Wait { until_ms, reason, next } => {
                Core::Wait { until_ms: whole(until_ms, "until_ms")?, reason, next: core(next) }
            }
            Self::Choose { subaccounts, may_create, creation_in_doubt, flow } => {
                Core::Choose { subaccounts, may_create, creation_in_doubt, flow: core(flow) }
            }
            Self::Authorize { authorize_url, flow } => {
                Core::Authorize { authorize_url: authorize_url.0.clone(), flow: core(flow) }
            }
            // An end is what its flow says at any time.
            Self::Failed { flow, .. } | Self::Done { flow, .. } => flow.0.resume(now(None)?)?,
        })
    }
}
