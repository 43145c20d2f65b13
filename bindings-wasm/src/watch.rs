//! When to look at a key next, and what a look has brought.

use venuekey::VenuekeyError;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::account::KeyStatus;
use crate::convert::{Options, argument, external_id, now};
use crate::error::{Refused, Returned, Returns};
use crate::handle::{calls, fields, getters, handles};
use crate::js::{plain, union};
use crate::sign::KeyProof;

handles!(KeyWatch);

#[wasm_bindgen]
impl KeyWatch {
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue) -> Result<Self, Refused> {
        let given = Options(options);
        let watch = venuekey::KeyWatch {
            venue: given.named("venue")?,
            issued_at_ms: given.optional_whole("issuedAtMs")?.unwrap_or_default(),
            last_used_at_ms: given.optional_whole("lastUsedAtMs")?,
            expires_at_ms: given.optional_whole("expiresAtMs")?,
            is_ip_bound: given.optional_flag("isIpBound"),
            seed: given.or_small("seed", 0)?,
        };
        // Read back, so that what can be made can also be restored.
        Self::from_text(&watch.to_text())
    }

    pub fn from_text(text: &str) -> Result<Self, Refused> {
        Ok(Self(venuekey::KeyWatch::from_text(text)?))
    }

    pub fn receive_error(
        &self,
        code: &str,
        venue_code: Option<String>,
        venue_text: Option<String>,
        now_ms: f64,
    ) -> Returned {
        let error = VenuekeyError::from_parts(code, venue_code, venue_text)
            .ok_or_else(|| argument("error must be a VenuekeyError"))?;
        self.0.receive_error(&error, now(now_ms)?).returned()
    }
}

fields!(KeyWatch { venue, issued_at_ms, last_used_at_ms, expires_at_ms, is_ip_bound, seed });
getters!(KeyWatch { ends_at_ms });
calls!(KeyWatch {
    to_text() = ();
    used(now_ms: f64) = (now(now_ms)?);
    next_check(now_ms: f64) = (now(now_ms)?);
    receive_proof(proof: &KeyProof, now_ms: f64) = (&proof.0, now(now_ms)?);
    receive_status(status: &KeyStatus, id: String) = (&status.0, &external_id(id)?);
});

plain! {
    KeyCheck { at_ms, reason };
}

union!(KeyVerdict {
    Works { watch },
    Disabled {},
    Gone {},
    Expired {},
    Unclear { check_again_at_ms },
});
