//! What venuekey does on the way of every user and of every request.

use std::hint::black_box;

use venuekey::parts::*;

use crate::samples::{
    KEY, NOW_MS, SECRET, V4_ORDER, V5_ORDER, WHITEBIT_TOKENS, begun, begun_for, begun_with, callback_of, client,
    pending_text, signing,
};

pub const NAMES: [&str; 7] = ["begin", "callback", "tokens", "restore", "sign-whitebit", "sign-bybit", "signed-reply"];

/// What the name stands for, ready to be repeated.
pub fn operation(name: &str) -> Option<Box<dyn FnMut()>> {
    Some(match name {
        "begin" => {
            let client = client();
            Box::new(move || {
                let mut random = [0; 64];
                getrandom::fill(&mut random).expect("the system has randomness");
                black_box(begun_with(&client, &Entropy::new(random)));
            })
        }
        "callback" => {
            let started = begun(&client());
            let (flow, url) = (started.pending().clone(), callback_of(&started));
            Box::new(move || {
                black_box(flow.receive_callback(&url, NOW_MS).expect("it is ours"));
            })
        }
        // Ends with the reply, as the peer's does; with a key to follow it would make the next request too.
        "tokens" => {
            let started = begun_for(Goal::AccountTokens, &client(), &Entropy::new([7; 64]));
            let step = started.pending().receive_callback(&callback_of(&started), NOW_MS).expect("it is ours");
            let Step::Save { next: flow } = step else { panic!("it is to be saved") };
            Box::new(move || {
                let Step::Send { request, next } = flow.resume(NOW_MS).expect("it is due") else {
                    panic!("a code is to be exchanged")
                };
                black_box(&request);
                let reply = HttpResponse::new(200, WHITEBIT_TOKENS);
                let Step::Save { next } = next.receive_response(&reply, NOW_MS).expect("it is in flight") else {
                    panic!("it is to be saved")
                };
                assert!(black_box(next).tokens().is_some(), "it is a pair");
            })
        }
        "restore" => {
            let (client, text) = (client(), pending_text());
            Box::new(move || {
                black_box(client.restore(&text).expect("it is ours"));
            })
        }
        "sign-whitebit" => {
            let signer = signer(Venue::WHITEBIT, VenueEnvironment::GLOBAL);
            signing(move |nonce_ms| {
                signer.sign(HttpMethod::Post, "/api/v4/order/new", V4_ORDER, nonce_ms).expect("it can be signed")
            })
        }
        "sign-bybit" => signing(order()),
        "signed-reply" => {
            let signer = signer(Venue::BYBIT, VenueEnvironment::MAINNET);
            let reply = HttpResponse::new(
                200,
                r#"{"retCode":0,"retMsg":"OK","result":{"orderId":"1321003749386327552","orderLinkId":"order-000001"},"retExtInfo":{},"time":1790000000000}"#,
            );
            Box::new(move || {
                black_box(signer.receive_response(&reply).expect("it is a success"));
            })
        }
        _ => return None,
    })
}

/// Signs an order for Bybit.
pub fn order() -> impl Fn(u64) -> HttpRequest {
    let signer = signer(Venue::BYBIT, VenueEnvironment::MAINNET);
    move |nonce_ms| signer.sign(HttpMethod::Post, "/v5/order/create", V5_ORDER, nonce_ms).expect("it can be signed")
}

fn signer(venue: Venue, environment: VenueEnvironment) -> Signer {
    Signer::new(SignerConfig::new(venue, environment, Secret::new(KEY), Secret::new(SECRET))).expect("it is one")
}
