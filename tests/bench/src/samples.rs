//! The inputs that both sides get.

use url::Url;
use venuekey::parts::*;

pub const NOW_MS: u64 = 1_790_000_000_000;
#[cfg(feature = "peers")]
pub const TOKENS: &str = r#"{"access_token":"eyJhbGciOiJIUzI1NiJ9.c2FtcGxlLWFjY2Vzcy10b2tlbg.K5n2","refresh_token":"cmVmcmVzaC1zYW1wbGUtMDAwMQ","expires_in":300,"token_type":"Bearer","scope":"general:read"}"#;
/// The same as WhiteBIT writes it.
pub const WHITEBIT_TOKENS: &str = r#"{"data":{"access_token":"eyJhbGciOiJIUzI1NiJ9.c2FtcGxlLWFjY2Vzcy10b2tlbg.K5n2","refresh_token":"cmVmcmVzaC1zYW1wbGUtMDAwMQ","expires_in":300,"token_type":"Bearer","scope":"general:read"}}"#;
pub const V4_ORDER: &str =
    r#"{"market":"BTC_USDT","side":"buy","amount":"0.015","price":"63250.5","clientOrderId":"order-000001"}"#;
pub const V5_ORDER: &str =
    r#"{"category":"spot","symbol":"BTCUSDT","side":"Buy","orderType":"Limit","qty":"0.015","price":"63250.5"}"#;
pub const KEY: &str = "b1f0c7a6d5e4938271605f4e3d2c1b0a";
pub const SECRET: &str = "9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a0";
pub const REDIRECT_URI: &str = "https://partner.example/callback/whitebit";

pub fn client() -> Client {
    let credentials =
        Credentials::Confidential { client_id: "demo-whitebit".into(), client_secret: Secret::new("demo-secret") };
    let config = ClientConfig::new(Venue::WHITEBIT, VenueEnvironment::GLOBAL, credentials, REDIRECT_URI);
    Client::new(config).expect("it is one")
}

pub fn begun(client: &Client) -> Started {
    begun_with(client, &Entropy::new([7; 64]))
}

pub fn begun_with(client: &Client, entropy: &Entropy) -> Started {
    begun_for(Goal::ApiKey, client, entropy)
}

pub fn begun_for(goal: Goal, client: &Client, entropy: &Entropy) -> Started {
    client.begin(goal, BeginOptions::default(), entropy, NOW_MS).expect("it begins")
}

pub fn callback_of(started: &Started) -> String {
    let url = Url::parse(started.authorize_url().expose()).expect("it is one");
    let state = url.query_pairs().find(|(name, _)| name == "state").expect("it has one").1.into_owned();
    format!("{REDIRECT_URI}?code=code-0001&state={state}")
}

/// A flow as text, waiting for its callback.
pub fn pending_text() -> String {
    begun(&client()).pending().snapshot().expose().to_owned()
}

/// Runs `sign` with one number after another.
pub fn signing<T>(mut sign: impl FnMut(u64) -> T + 'static) -> Box<dyn FnMut()> {
    let mut nonce_ms = NOW_MS;
    Box::new(move || {
        nonce_ms += 1;
        std::hint::black_box(sign(nonce_ms));
    })
}
