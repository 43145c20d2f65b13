//! What a connection leaves the app with.

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::convert::{optional_whole, whole};
use crate::error::Refused;
use crate::handle::{calls, getters, handles};
use crate::js::{plain, union};

handles!(Secret, Tokens, ApiKey, HandOff, KeyStatus);

#[wasm_bindgen]
impl Secret {
    #[wasm_bindgen(constructor)]
    pub fn new(text: String) -> Self {
        Self(venuekey::Secret::new(text))
    }
}
calls!(Secret { expose() = (); });

#[wasm_bindgen]
pub fn code_challenge_s256(verifier: &Secret) -> JsValue {
    venuekey::code_challenge_s256(&verifier.0).into()
}

#[wasm_bindgen]
impl Tokens {
    #[wasm_bindgen(constructor)]
    pub fn new(
        access_token: String,
        refresh_token: Option<String>,
        expires_at_ms: f64,
        refresh_expires_at_ms: Option<f64>,
        scope: Vec<String>,
    ) -> Result<Self, Refused> {
        Ok(Self(venuekey::Tokens::new(
            venuekey::Secret::new(access_token),
            refresh_token.map(venuekey::Secret::new),
            whole(expires_at_ms, "expiresAtMs")?,
            optional_whole(refresh_expires_at_ms, "refreshExpiresAtMs")?,
            scope,
        )?))
    }
}
getters!(Tokens { access_token, refresh_token, expires_at_ms, refresh_expires_at_ms, scope });

getters!(ApiKey {
    api_key,
    api_secret,
    external_id,
    candidate_public_key,
    permissions,
    any_granted,
    uid,
    sub_member_id,
});

calls!(HandOff { expose() = (); });

getters!(KeyStatus { decision, exists, is_enabled, external_id, permissions, any_granted });

plain! {
    PermissionGroup { name, title, urls } any_granted();
    PermissionUrl { url, enable };
}

union!(Outcome {
    ApiKey { key, tokens },
    AccountTokens { tokens, uid },
    TokensRefreshed { tokens },
    KeyChecked { status, tokens },
    KeyDeleted { tokens },
    HandOff { hand_off },
});
