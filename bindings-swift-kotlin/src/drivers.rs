//! The loops of `drive`, `freshTokens` and `keepTokens`, without their I/O. They are for those functions and nobody else:
//! `generate.sh` makes them internal in both languages. What each call means, core's `drive` says.

use crate::ambient::whole;
use crate::cross::Cross;
use crate::error::VenuekeyError;
use crate::generated::objects::{Client, FlowDriver, SharedTokens, TokenDriver};

#[uniffi::export]
impl FlowDriver {
    /// Why it fails, with the flow that ends.
    #[doc = "[property]"]
    pub fn error(&self) -> Option<VenuekeyError> {
        let step = self.0.step();
        let recovery = match step {
            venuekey::parts::Step::Failed { recovery, .. } => *recovery,
            _ => None,
        };
        self.0.error().map(|error| {
            let mut error = VenuekeyError::from(error.clone());
            error.ends(recovery, step.flow().cross());
            error
        })
    }
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
}
