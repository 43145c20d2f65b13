//! The loop of shared tokens, for `ts/fresh.ts`.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::optional_whole;
use crate::error::Refused;
use crate::full::{SharedTokens, TokenDriver};
use crate::wrapped::Client;

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
