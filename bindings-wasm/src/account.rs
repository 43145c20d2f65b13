//! What a connection leaves the app with.

use venuekey::{ExternalId, PermissionGroup};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::convert::whole;
use crate::error::Refused;
use crate::js::{number, object};
use crate::opaque::opaque;

opaque!(Secret, Tokens, ApiKey, HandOff, KeyStatus);

#[wasm_bindgen]
impl Secret {
    #[wasm_bindgen(constructor)]
    pub fn new(text: String) -> Self {
        Self(venuekey::Secret::new(text))
    }

    pub fn expose(&self) -> String {
        self.0.expose().to_owned()
    }
}

#[wasm_bindgen]
pub fn code_challenge_s256(verifier: &Secret) -> String {
    venuekey::code_challenge_s256(&verifier.0)
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
        let expires_at_ms = whole(expires_at_ms, "expiresAtMs")?;
        let refresh_expires_at_ms = refresh_expires_at_ms.map(|ms| whole(ms, "refreshExpiresAtMs")).transpose()?;
        let (access_token, refresh_token) =
            (venuekey::Secret::new(access_token), refresh_token.map(venuekey::Secret::new));
        Ok(Self(venuekey::Tokens::new(access_token, refresh_token, expires_at_ms, refresh_expires_at_ms, scope)?))
    }

    #[wasm_bindgen(getter)]
    pub fn access_token(&self) -> Secret {
        Secret(self.0.access_token().clone())
    }

    #[wasm_bindgen(getter)]
    pub fn refresh_token(&self) -> Option<Secret> {
        self.0.refresh_token().cloned().map(Secret)
    }

    #[wasm_bindgen(getter)]
    pub fn expires_at_ms(&self) -> f64 {
        number(self.0.expires_at_ms())
    }

    #[wasm_bindgen(getter)]
    pub fn refresh_expires_at_ms(&self) -> Option<f64> {
        self.0.refresh_expires_at_ms().map(number)
    }

    #[wasm_bindgen(getter)]
    pub fn scope(&self) -> Vec<String> {
        self.0.scope().to_vec()
    }
}

#[wasm_bindgen]
impl ApiKey {
    #[wasm_bindgen(getter)]
    pub fn api_key(&self) -> Secret {
        Secret(self.0.api_key().clone())
    }

    #[wasm_bindgen(getter)]
    pub fn api_secret(&self) -> Secret {
        Secret(self.0.api_secret().clone())
    }

    #[wasm_bindgen(getter)]
    pub fn external_id(&self) -> Option<String> {
        self.0.external_id().map(|id| id.as_str().to_owned())
    }

    #[wasm_bindgen(getter)]
    pub fn candidate_public_key(&self) -> Option<Secret> {
        self.0.candidate_public_key().cloned().map(Secret)
    }

    #[wasm_bindgen(getter)]
    pub fn permissions(&self) -> Option<Vec<JsValue>> {
        self.0.permissions().map(permission_groups)
    }

    #[wasm_bindgen(getter)]
    pub fn any_granted(&self) -> Option<bool> {
        self.0.any_granted()
    }

    #[wasm_bindgen(getter)]
    pub fn uid(&self) -> Option<String> {
        self.0.uid().map(str::to_owned)
    }

    #[wasm_bindgen(getter)]
    pub fn sub_member_id(&self) -> Option<String> {
        self.0.sub_member_id().map(str::to_owned)
    }
}

#[wasm_bindgen]
impl HandOff {
    pub fn expose(&self) -> String {
        self.0.expose().to_owned()
    }
}

#[wasm_bindgen]
impl KeyStatus {
    #[wasm_bindgen(getter)]
    pub fn decision(&self) -> String {
        self.0.decision().as_str().to_owned()
    }

    #[wasm_bindgen(getter)]
    pub fn exists(&self) -> bool {
        self.0.exists()
    }

    #[wasm_bindgen(getter)]
    pub fn is_enabled(&self) -> bool {
        self.0.is_enabled()
    }

    #[wasm_bindgen(getter)]
    pub fn external_id(&self) -> Option<String> {
        self.0.external_id().map(|id| id.as_str().to_owned())
    }

    #[wasm_bindgen(getter)]
    pub fn permissions(&self) -> Option<Vec<JsValue>> {
        self.0.permissions().map(permission_groups)
    }

    #[wasm_bindgen(getter)]
    pub fn any_granted(&self) -> Option<bool> {
        self.0.any_granted()
    }
}

pub(crate) fn external_id(text: String) -> Result<ExternalId, Refused> {
    Ok(ExternalId::try_from(text)?)
}

fn permission_groups(groups: &[PermissionGroup]) -> Vec<JsValue> {
    let urls = |group: &PermissionGroup| {
        let url =
            |url: &venuekey::PermissionUrl| object(&[("url", url.url.as_str().into()), ("enable", url.enable.into())]);
        group.urls.iter().map(url).collect::<Vec<_>>()
    };
    let group = |group: &PermissionGroup| {
        object(&[
            ("name", group.name.as_str().into()),
            ("title", group.title.as_str().into()),
            ("urls", urls(group).into()),
            ("anyGranted", group.any_granted().into()),
        ])
    };
    groups.iter().map(group).collect()
}

pub(crate) fn outcome(outcome: venuekey::Outcome) -> JsValue {
    use venuekey::Outcome as Core;
    let name = ("name", outcome.name().into());
    match outcome {
        Core::ApiKey { key, tokens } => object(&[name, ("key", ApiKey(key).into()), ("tokens", Tokens(tokens).into())]),
        Core::AccountTokens { tokens, uid } => object(&[name, ("tokens", Tokens(tokens).into()), ("uid", uid.into())]),
        Core::TokensRefreshed { tokens } | Core::KeyDeleted { tokens } => {
            object(&[name, ("tokens", Tokens(tokens).into())])
        }
        Core::KeyChecked { status, tokens } => {
            object(&[name, ("status", KeyStatus(status).into()), ("tokens", Tokens(tokens).into())])
        }
        Core::HandOff { hand_off } => object(&[name, ("handOff", HandOff(hand_off).into())]),
    }
}
