//! A key at work: signed requests, what their replies mean, and which of two texts is its public half.

use venuekey::{PublicKeyAnswer, SignerConfig};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::account::ApiKey;
use crate::convert::{named, nonce, small, whole};
use crate::error::Refused;
use crate::http::{HttpRequest, HttpResponse};
use crate::js::{number, object};
use crate::opaque::opaque;

opaque!(Signer, SignedReply, KeyProof, PublicKeyProbe);

/// Everything but the key.
#[wasm_bindgen]
pub struct SignerSettings(SignerConfig);

#[wasm_bindgen]
impl SignerSettings {
    #[expect(clippy::too_many_arguments, reason = "ts/sign.ts has the options as a record")]
    #[wasm_bindgen(constructor)]
    pub fn new(
        venue: &str,
        environment: &str,
        api_base: Option<String>,
        user_agent: Option<String>,
        nonce_window: bool,
        non_ascii: Option<String>,
        recv_window_ms: Option<f64>,
        broker_id: Option<String>,
    ) -> Result<Self, Refused> {
        let none = || venuekey::Secret::new("");
        let defaults = SignerConfig::new(named(venue)?, named(environment)?, none(), none());
        let recv_window_ms = match recv_window_ms {
            Some(ms) => small(ms, "recvWindowMs")?,
            None => defaults.recv_window_ms,
        };
        let non_ascii = match non_ascii {
            Some(name) => named(&name)?,
            None => defaults.non_ascii,
        };
        Ok(Self(SignerConfig { api_base, user_agent, nonce_window, non_ascii, recv_window_ms, broker_id, ..defaults }))
    }
}

#[wasm_bindgen]
impl Signer {
    #[wasm_bindgen(constructor)]
    pub fn new(settings: SignerSettings, api_key: String, api_secret: String) -> Result<Self, Refused> {
        let (api_key, api_secret) = (venuekey::Secret::new(api_key), venuekey::Secret::new(api_secret));
        Ok(Self(venuekey::Signer::new(SignerConfig { api_key, api_secret, ..settings.0 })?))
    }

    #[wasm_bindgen(getter)]
    pub fn venue(&self) -> String {
        self.0.venue().as_str().to_owned()
    }

    #[wasm_bindgen(getter)]
    pub fn environment(&self) -> String {
        self.0.environment().as_str().to_owned()
    }

    pub fn sign(&self, method: &str, path: &str, parameters: &str, nonce_ms: f64) -> Result<HttpRequest, Refused> {
        Ok(HttpRequest(self.0.sign(named(method)?, path, parameters, nonce(nonce_ms)?)?))
    }

    pub fn receive_response(&self, response: &HttpResponse) -> Result<SignedReply, Refused> {
        Ok(SignedReply(self.0.receive_response(&response.0)?))
    }

    pub fn probe(&self, nonce_ms: f64) -> Result<HttpRequest, Refused> {
        Ok(HttpRequest(self.0.probe(nonce(nonce_ms)?)?))
    }

    pub fn receive_probe(&self, response: &HttpResponse) -> Result<KeyProof, Refused> {
        Ok(KeyProof(self.0.receive_probe(&response.0)?))
    }

    pub fn ask_time(&self) -> HttpRequest {
        HttpRequest(self.0.ask_time())
    }

    pub fn receive_time(
        &self,
        response: &HttpResponse,
        sent_at_ms: f64,
        received_at_ms: f64,
    ) -> Result<JsValue, Refused> {
        let (sent, received) = (whole(sent_at_ms, "sentAtMs")?, whole(received_at_ms, "receivedAtMs")?);
        let offset = self.0.receive_time(&response.0, sent, received)?;
        Ok(object(&[
            // Both clocks stand below 2^53, and so does their distance.
            ("aheadMs", (offset.ahead_ms as f64).into()),
            ("uncertaintyMs", number(offset.uncertainty_ms).into()),
        ]))
    }
}

#[wasm_bindgen]
impl SignedReply {
    #[wasm_bindgen(getter)]
    pub fn payload(&self) -> String {
        self.0.payload().to_owned()
    }

    pub fn items(&self) -> Vec<JsValue> {
        let text = |text: &Option<String>| text.as_deref().map_or(JsValue::UNDEFINED, JsValue::from);
        let item = |item: &venuekey::BatchItem| {
            object(&[
                ("isAccepted", item.is_accepted.into()),
                ("venueCode", text(&item.venue_code)),
                ("venueText", text(&item.venue_text)),
            ])
        };
        self.0.items().iter().map(item).collect()
    }
}

#[wasm_bindgen]
impl KeyProof {
    /// Its fields, all at once.
    pub fn fields(&self) -> JsValue {
        let proof = &self.0;
        let texts = |texts: &[String]| texts.iter().map(|text| text.as_str().into()).collect::<Vec<JsValue>>();
        let group = |group: &venuekey::GrantedPermission| {
            object(&[("name", group.name.as_str().into()), ("granted", texts(&group.granted).into())])
        };
        let permissions = proof.permissions.as_ref().map(|groups| groups.iter().map(group).collect::<Vec<_>>());
        object(&[
            ("isPermitted", proof.is_permitted.into()),
            ("permissions", permissions.into()),
            ("uid", proof.uid.as_deref().into()),
            ("ips", texts(&proof.ips).into()),
            ("isReadOnly", proof.is_read_only.into()),
            ("isThirdParty", proof.is_third_party.into()),
            ("expiresAt", proof.expires_at.as_deref().into()),
            ("expiresAtMs", proof.expires_at_ms.map(number).into()),
            ("anyGranted", proof.any_granted().into()),
        ])
    }
}

#[wasm_bindgen]
impl PublicKeyProbe {
    #[wasm_bindgen(constructor)]
    pub fn new(key: &ApiKey, settings: SignerSettings) -> Result<Self, Refused> {
        Ok(Self(venuekey::PublicKeyProbe::new(&key.0, settings.0)?))
    }

    pub fn request(&self, nonce_ms: f64) -> Result<HttpRequest, Refused> {
        Ok(HttpRequest(self.0.request(nonce(nonce_ms)?)?))
    }

    pub fn receive(&self, response: &HttpResponse) -> Result<JsValue, Refused> {
        Ok(match self.0.receive(&response.0)? {
            PublicKeyAnswer::Proven { key, proof } => {
                object(&[("name", "proven".into()), ("key", ApiKey(key).into()), ("proof", KeyProof(proof).into())])
            }
            PublicKeyAnswer::Next { probe } => object(&[("name", "next".into()), ("probe", Self(probe).into())]),
        })
    }
}
