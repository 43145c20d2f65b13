//! When to look at a key next, and what a look has brought.

use venuekey::VenuekeyError;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::account::{KeyStatus, external_id};
use crate::convert::{argument, named, now, small, whole};
use crate::error::Refused;
use crate::js::{number, object};
use crate::opaque::opaque;
use crate::sign::KeyProof;

opaque!(KeyWatch);

#[wasm_bindgen]
impl KeyWatch {
    #[wasm_bindgen(constructor)]
    pub fn new(
        venue: &str,
        issued_at_ms: f64,
        last_used_at_ms: Option<f64>,
        expires_at_ms: Option<f64>,
        is_ip_bound: Option<bool>,
        seed: f64,
    ) -> Result<Self, Refused> {
        let optional = |ms: Option<f64>, name| ms.map(|ms| whole(ms, name)).transpose();
        let watch = venuekey::KeyWatch {
            venue: named(venue)?,
            issued_at_ms: whole(issued_at_ms, "issuedAtMs")?,
            last_used_at_ms: optional(last_used_at_ms, "lastUsedAtMs")?,
            expires_at_ms: optional(expires_at_ms, "expiresAtMs")?,
            is_ip_bound,
            seed: small(seed, "seed")?,
        };
        // Read back, so that what can be made can also be restored.
        Ok(Self(venuekey::KeyWatch::from_text(&watch.to_text())?))
    }

    pub fn from_text(text: &str) -> Result<Self, Refused> {
        Ok(Self(venuekey::KeyWatch::from_text(text)?))
    }

    pub fn to_text(&self) -> String {
        self.0.to_text()
    }

    /// Its fields, all at once.
    pub fn fields(&self) -> JsValue {
        object(&[
            ("venue", self.0.venue.as_str().into()),
            ("issuedAtMs", number(self.0.issued_at_ms).into()),
            ("lastUsedAtMs", self.0.last_used_at_ms.map(number).into()),
            ("expiresAtMs", self.0.expires_at_ms.map(number).into()),
            ("isIpBound", self.0.is_ip_bound.into()),
            ("seed", self.0.seed.into()),
            ("endsAtMs", self.0.ends_at_ms().map(number).into()),
        ])
    }

    pub fn used(&self, now_ms: f64) -> Result<Self, Refused> {
        Ok(Self(self.0.used(now(now_ms)?)))
    }

    pub fn next_check(&self, now_ms: f64) -> Result<JsValue, Refused> {
        let venuekey::KeyCheck { at_ms, reason } = self.0.next_check(now(now_ms)?);
        Ok(object(&[("atMs", number(at_ms).into()), ("reason", reason.as_str().into())]))
    }

    pub fn receive_proof(&self, proof: &KeyProof, now_ms: f64) -> Result<JsValue, Refused> {
        Ok(verdict(self.0.receive_proof(&proof.0, now(now_ms)?)))
    }

    pub fn receive_status(&self, status: &KeyStatus, id: String) -> Result<JsValue, Refused> {
        Ok(verdict(self.0.receive_status(&status.0, &external_id(id)?)?))
    }

    pub fn receive_error(
        &self,
        code: &str,
        venue_code: Option<String>,
        venue_text: Option<String>,
        now_ms: f64,
    ) -> Result<JsValue, Refused> {
        let error = VenuekeyError::from_parts(code, venue_code, venue_text)
            .ok_or_else(|| argument("error must be a VenuekeyError"))?;
        Ok(verdict(self.0.receive_error(&error, now(now_ms)?)))
    }
}

fn verdict(verdict: venuekey::KeyVerdict) -> JsValue {
    use venuekey::KeyVerdict as Core;
    let name = ("name", verdict.name().into());
    match verdict {
        Core::Works { watch } => object(&[name, ("watch", KeyWatch(watch).into())]),
        Core::Disabled | Core::Gone | Core::Expired => object(&[name]),
        Core::Unclear { check_again_at_ms } => object(&[name, ("checkAgainAtMs", number(check_again_at_ms).into())]),
    }
}
