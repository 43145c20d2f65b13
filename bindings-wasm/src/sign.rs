//! A key at work: signed requests, what their replies mean, and which of two texts is its public half.

use venuekey::{PublicKeyAnswer, SignerConfig};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::account::ApiKey;
use crate::convert::{Options, named, nonce, whole};
use crate::error::Refused;
use crate::handle::{calls, fields, getters, handles};
use crate::http::HttpResponse;
use crate::js::{object, plain, to_js};

handles!(Signer, SignedReply, KeyProof, PublicKeyProbe);

/// Everything but the key.
fn settings(options: JsValue) -> Result<SignerConfig, Refused> {
    let (given, none) = (Options(options), || venuekey::Secret::new(""));
    let default = SignerConfig::new(given.named("venue")?, given.named("environment")?, none(), none());
    Ok(SignerConfig {
        api_base: given.optional_text("apiBase"),
        user_agent: given.optional_text("userAgent"),
        nonce_window: given.flag("nonceWindow"),
        non_ascii: given.or_named("nonAscii", default.non_ascii)?,
        recv_window_ms: given.or_small("recvWindowMs", default.recv_window_ms)?,
        broker_id: given.optional_text("brokerId"),
        ..default
    })
}

#[wasm_bindgen]
impl Signer {
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue, api_key: String, api_secret: String) -> Result<Self, Refused> {
        let (api_key, api_secret) = (venuekey::Secret::new(api_key), venuekey::Secret::new(api_secret));
        Ok(Self(venuekey::Signer::new(SignerConfig { api_key, api_secret, ..settings(options)? })?))
    }
}
getters!(Signer { venue, environment });
calls!(Signer {
    sign(method: &str, path: &str, parameters: &str, nonce_ms: f64)
        = (named(method)?, path, parameters, nonce(nonce_ms)?);
    receive_response(response: &HttpResponse) = (&response.0);
    probe(nonce_ms: f64) = (nonce(nonce_ms)?);
    receive_probe(response: &HttpResponse) = (&response.0);
    ask_time() = ();
    receive_time(response: &HttpResponse, sent_at_ms: f64, received_at_ms: f64)
        = (&response.0, whole(sent_at_ms, "sentAtMs")?, whole(received_at_ms, "receivedAtMs")?);
});

getters!(SignedReply { payload, items });

fields!(KeyProof { is_permitted, permissions, uid, ips, is_read_only, is_third_party, expires_at, expires_at_ms });
getters!(KeyProof { any_granted });

plain! {
    BatchItem { is_accepted, venue_code, venue_text };
    ClockOffset { ahead_ms, uncertainty_ms };
    GrantedPermission { name, granted };
}

#[wasm_bindgen]
impl PublicKeyProbe {
    #[wasm_bindgen(constructor)]
    pub fn new(key: &ApiKey, options: JsValue) -> Result<Self, Refused> {
        Ok(Self(venuekey::PublicKeyProbe::new(&key.0, settings(options)?)?))
    }
}
calls!(PublicKeyProbe {
    request(nonce_ms: f64) = (nonce(nonce_ms)?);
    receive(response: &HttpResponse) = (&response.0);
});

to_js!(PublicKeyAnswer = |answer| match answer {
    PublicKeyAnswer::Proven { key, proof } => {
        object(&[("name", "proven".into()), ("key", key.to_js()), ("proof", proof.to_js())])
    }
    PublicKeyAnswer::Next { probe } => object(&[("name", "next".into()), ("probe", probe.to_js())]),
};);
