//! What a connection leaves the app with.

use venuekey::PermissionGroup;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::convert::{number, object};
use crate::secret::{Secret, opaque};

opaque! {
    /// An access token, with a refresh token where the venue gave one.
    Tokens
}

#[wasm_bindgen]
impl Tokens {
    /// Sent as `Authorization: Bearer …`.
    #[wasm_bindgen(getter, js_name = accessToken)]
    pub fn access_token(&self) -> Secret {
        Secret(self.0.access_token().clone())
    }

    /// Absent where the venue issues none.
    #[wasm_bindgen(getter, js_name = refreshToken)]
    pub fn refresh_token(&self) -> Option<Secret> {
        self.0.refresh_token().cloned().map(Secret)
    }

    /// When the access token ends by the host's clock, in Unix milliseconds.
    #[wasm_bindgen(getter, js_name = expiresAtMs)]
    pub fn expires_at_ms(&self) -> f64 {
        number(self.0.expires_at_ms())
    }

    /// When the refresh token ends, in Unix milliseconds, where that is known.
    #[wasm_bindgen(getter, js_name = refreshExpiresAtMs)]
    pub fn refresh_expires_at_ms(&self) -> Option<f64> {
        self.0.refresh_expires_at_ms().map(number)
    }

    /// Granted scopes; empty where the venue names none.
    #[wasm_bindgen(getter)]
    pub fn scope(&self) -> Vec<String> {
        self.0.scope().to_vec()
    }
}

opaque! {
    /// An API key that the user has granted, with the secret that was readable once.
    ApiKey
}

#[wasm_bindgen]
impl ApiKey {
    /// The public half, sent with every signed request.
    #[wasm_bindgen(getter, js_name = apiKey)]
    pub fn api_key(&self) -> Secret {
        Secret(self.0.api_key().clone())
    }

    /// The secret half. Store it encrypted; the venue will not show it again.
    #[wasm_bindgen(getter, js_name = apiSecret)]
    pub fn api_secret(&self) -> Secret {
        Secret(self.0.api_secret().clone())
    }

    /// WhiteBIT: the key's id for status and deletion.
    #[wasm_bindgen(getter, js_name = externalId)]
    pub fn external_id(&self) -> Option<String> {
        self.0.external_id().map(|id| id.as_str().to_owned())
    }

    /// WhiteBIT: what the user granted; absent where the venue did not say.
    #[wasm_bindgen(getter, unchecked_return_type = "PermissionGroup[] | undefined")]
    pub fn permissions(&self) -> Option<Vec<JsValue>> {
        self.0.permissions().map(permission_groups)
    }

    /// Bybit: the user's UID, where the venue told it.
    #[wasm_bindgen(getter)]
    pub fn uid(&self) -> Option<String> {
        self.0.uid().map(str::to_owned)
    }

    /// Bybit's AI agent: the sub-account the key belongs to.
    #[wasm_bindgen(getter, js_name = subMemberId)]
    pub fn sub_member_id(&self) -> Option<String> {
        self.0.sub_member_id().map(str::to_owned)
    }
}

opaque! {
    /// What an app sends to its backend, which goes on. **A secret**.
    HandOff
}

#[wasm_bindgen]
impl HandOff {
    /// The text to send, JSON.
    pub fn expose(&self) -> String {
        self.0.expose().to_owned()
    }
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
        ])
    };
    groups.iter().map(group).collect()
}

fn key_status(status: &venuekey::KeyStatus) -> JsValue {
    object(&[
        ("decision", status.decision().as_str().into()),
        ("externalId", status.external_id().map(venuekey::ExternalId::as_str).into()),
        ("permissions", status.permissions().map(permission_groups).into()),
    ])
}

pub(crate) fn outcome(outcome: venuekey::Outcome) -> JsValue {
    use venuekey::Outcome as Core;
    let name = ("type", outcome.name().into());
    match outcome {
        Core::ApiKey { key, tokens } => object(&[name, ("key", ApiKey(key).into()), ("tokens", Tokens(tokens).into())]),
        Core::AccountTokens { tokens, uid } => object(&[name, ("tokens", Tokens(tokens).into()), ("uid", uid.into())]),
        Core::TokensRefreshed { tokens } | Core::KeyDeleted { tokens } => {
            object(&[name, ("tokens", Tokens(tokens).into())])
        }
        Core::KeyChecked { status, tokens } => {
            object(&[name, ("status", key_status(&status)), ("tokens", Tokens(tokens).into())])
        }
        Core::HandOff { hand_off } => object(&[name, ("handOff", HandOff(hand_off).into())]),
    }
}
