//! Invariant: a request is refused, or its bytes are the signed bytes: the signature holds for what is sent, the path is the one that was
//! asked for, and the parameters are all there.
#![no_main]
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::{Sha256, Sha512};
use venuekey::parts::*;
use venuekey_fuzz::*;

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (_, case) in cases("values").into_iter().filter(|(_, case)| case["value"] == "sign") {
        let words = [&case["method"], &case["path"], &case["parameters"]]
            .map(|word| word.as_str().unwrap_or_default().to_owned());
        let [method, path, parameters] = words;
        for signer in
            SIGNERS.names().filter(|name| name.starts_with(case["signer"]["venue"].as_str().unwrap_or_default()))
        {
            seeds.push(seed(&format!("{signer} {method} {path}"), &parameters));
        }
    }
    seeds
}

fn check(data: &[u8]) {
    let (line, parameters) = split(data);
    let (Ok(line), Ok(parameters)) = (std::str::from_utf8(line), std::str::from_utf8(parameters)) else { return };
    let mut words = line.splitn(3, ' ');
    let signer = SIGNERS.of(words.next().unwrap_or_default().as_bytes());
    let method = if words.next() == Some("GET") { HttpMethod::Get } else { HttpMethod::Post };
    let path = words.next().unwrap_or_default();
    let Ok(request) = signer.sign(method, path, parameters, NOW_MS) else { return };
    let header = |name: &str| {
        let found = request.headers().iter().find(|header| header.name().eq_ignore_ascii_case(name));
        found.map_or("", |header| header.value().expose()).to_owned()
    };
    let (base, query) = request.url().split_once('?').unwrap_or((request.url(), ""));
    assert!(base.ends_with(path), "the path that was asked for");
    let body = request.body().unwrap_or_default();
    let given: Value = serde_json::from_str(parameters).expect("parameters that were signed are JSON");
    match signer.venue() {
        Venue::WHITEBIT => {
            let payload = header("X-TXC-PAYLOAD");
            assert_eq!(STANDARD.decode(&payload).expect("base64"), body, "the payload is the body");
            assert_eq!(header("X-TXC-SIGNATURE"), mac::<Hmac<Sha512>>(&payload));
            let sent: Value = serde_json::from_slice(body).expect("a body of JSON");
            assert_eq!((&sent["request"], sent["nonce"].as_u64()), (&Value::from(path), Some(NOW_MS)));
            for (name, value) in given.as_object().expect("an object") {
                assert_eq!(&sent[name], value, "{name} is there");
            }
        }
        _ => {
            let sent = if method == HttpMethod::Get { query } else { std::str::from_utf8(body).expect("text") };
            let window = header("X-BAPI-RECV-WINDOW");
            assert_eq!(header("X-BAPI-SIGN"), mac::<Hmac<Sha256>>(&format!("{NOW_MS}key-of-a-user{window}{sent}")));
            if method == HttpMethod::Post {
                assert_eq!(serde_json::from_str::<Value>(sent).expect("JSON"), given);
            } else {
                assert_eq!(
                    form_urlencoded::parse(query.as_bytes()).count(),
                    given.as_object().expect("an object").len()
                );
            }
        }
    }
}

fn mac<M: Mac + KeyInit>(text: &str) -> String {
    let mut mac = <M as KeyInit>::new_from_slice(b"secret-of-a-user").expect("a key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

target!();
