//! Every read ends by itself, whatever the venue answers.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::string_slice)]
#![allow(clippy::unwrap_used)]

use fastrand::Rng;
use serde_json::json;
use venuekey::parts::*;

const NOW_S: u64 = 1_790_000_000;

fn client() -> Client {
    let credentials = Credentials::Confidential { client_id: "demo".into(), client_secret: Secret::new("hush") };
    Client::new(ClientConfig::new(Venue::WHITEBIT, VenueEnvironment::EU, credentials, "https://p.example/cb"))
        .expect("valid")
}

fn tokens() -> Tokens {
    Tokens::new(Secret::new("token"), None, 0, None, vec![]).expect("tokens")
}

/// A venue whose rows come and go faster than they are read, or that never says the end: every read ends by itself, with
/// a word about it, after a number of pages that can be explained.
#[test]
fn a_read_ends_whatever_the_venue_says() {
    let seed: u64 = 4_718;
    for run in 0..50 {
        let mut rng = Rng::with_seed(seed.wrapping_add(run));
        let limit = rng.u32(50..=500);
        let status = if rng.bool() { vec![5, 15, 21] } else { vec![3, 7] };
        let query = TransactionsQuery {
            method: Some(TransactionMethod::Deposit),
            status,
            limit: Some(limit),
            ..Default::default()
        };
        let most = 2 * 10_000 / u64::from(limit - 1) + 100;
        let total = rng.u64(1_000..9_000);
        let (mut next, mut pages, mut id) = (Some(client().read_transactions(query).expect("valid")), 0, 0);
        let ended = loop {
            let Some(read) = next else { break None };
            let read = client().resume_read(&read.cursor()).expect("its own cursor");
            if let Err(error) = read.request(&tokens()) {
                break Some(error);
            }
            let mut times: Vec<u64> = (0..rng.usize(1..4)).map(|_| NOW_S - rng.u64(0..1_000)).collect();
            times.sort_unstable_by_key(|time_s| core::cmp::Reverse(*time_s));
            let records = times.iter().map(|time_s| {
                id += 1;
                json!({
                    "transaction_id": id.to_string(), "method": 1, "status": 3, "address": "", "createdAt": time_s,
                    "ticker": "BTC", "currency": "", "amount": "1", "fee": "0", "memo": "", "description": "",
                    "transactionHash": "", "unique_id": null, "network": null, "details": null, "confirmations": null,
                })
            });
            let records = records.collect::<Vec<_>>();
            let reply = json!({"records": records, "total": total}).to_string();
            next = read.receive(&HttpResponse::new(201, reply)).expect("as documented").next;
            pages += 1;
            assert!(pages <= most, "seed {seed}, run {run}: it does not end");
        };
        let error = ended.expect("it can't be complete");
        assert_eq!((error.code(), pages), (ErrorCode::HistoryTooLong, most), "{error}");
    }
}

/// Orders and deals have no total, and a list that always has a full page more is none of this account's.
#[test]
fn a_window_and_a_lookup_end_too() {
    let full = |first: u64| -> String {
        let row = |id: u64| {
            json!({
                "id": id, "clientOrderId": "mine", "type": "limit", "side": "buy", "status": "FILLED", "amount": "1",
                "price": "1", "ctime": NOW_S, "ftime": NOW_S, "dealFee": "0", "dealStock": "1", "dealMoney": "1",
                "postOnly": false, "ioc": false, "feeAsset": "USDT", "rpi": false, "reduceOnly": false,
            })
        };
        json!({"BTC_USDT": [row(first), row(first + 1)]}).to_string()
    };
    let window = OrdersQuery { limit: Some(2), ..Default::default() };
    let lookup = OrdersQuery { client_order_id: Some("mine".into()), ..window.clone() };
    // A million rows, or one order; and pages for what comes meanwhile.
    for (query, most) in [(window, 500_100), (lookup, 100)] {
        let mut read = client().read_orders(query, NOW_S * 1_000).expect("valid");
        for page in 0..60 {
            read = read.receive(&HttpResponse::new(200, full(2 * page))).expect("orders").next.expect("more");
        }
        let near = read.cursor().replace("\"pages\":60", &format!("\"pages\":{}", most - 2));
        let read = client().resume_read(&near).expect("a count below the most");
        let read = read.receive(&HttpResponse::new(200, full(200))).expect("orders").next.expect("one more");
        assert!(read.request(&tokens()).is_ok());
        let read = read.receive(&HttpResponse::new(200, full(202))).expect("orders").next.expect("its end");
        let stopped = client().resume_read(&read.cursor()).expect("its own cursor");
        assert_eq!(stopped.request(&tokens()).expect_err("the end").code(), ErrorCode::HistoryTooLong);
        let beyond = near.replace(&format!("\"pages\":{}", most - 2), &format!("\"pages\":{}", most + 1));
        assert_eq!(client().resume_read(&beyond).expect_err("no count").code(), ErrorCode::SnapshotInvalid);
    }
}
