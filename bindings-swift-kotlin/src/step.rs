//! What a step is besides core's fields.

use std::sync::Arc;

use crate::ambient::{now, whole};
use crate::error::VenuekeyError;
use crate::generated::objects::Flow;
use crate::generated::unions::Step;

impl Step {
    /// What a flow has failed with can be thrown as it is: it brings the flow along.
    pub(crate) fn with_its_flow(mut self) -> Self {
        if let Self::Failed { error, recovery, flow } = &mut self {
            error.ends(*recovery, flow.clone());
        }
        self
    }

    /// The step that core gave, with what its flow has that no store has yet.
    pub(crate) fn into_core(self) -> Result<venuekey::parts::Step, VenuekeyError> {
        use venuekey::parts::Step as Core;
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
