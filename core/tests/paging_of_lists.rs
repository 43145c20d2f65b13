//! Two venues in memory whose lists grow while common reads go through them, one list after the other: no row lost, none
//! twice, none from outside the span, and the end is the end.
//!
//! Rows arrive in every list between pages, in those that have been read, in the one that is being read and in those that
//! follow; times are the same; reads go on from their cursors. `VENUEKEY_SEED` repeats a run.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::string_slice)]

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use serde_json::{Value, json};
use venuekey::parts::*;

const NOW_MS: u64 = 1_790_000_000_000;
const DAY_MS: u64 = 86_400_000;
/// Each list by what its address ends with, and the name of a row's own id there.
const LISTS: [(&str, &str); 10] = [
    ("/main-account/history", "transaction_id"),
    ("/trade-account/order/history", "id"),
    ("/trade-account/executed-history", "id"),
    ("/asset/deposit/query-record", "id"),
    ("/asset/withdraw/query-record", "withdrawId"),
    ("/asset/transfer/query-inter-transfer-list", "transferId"),
    ("/order/history", "orderId"),
    ("/execution/list", "execId"),
    ("/main-account/balance", ""),
    ("/trade-account/balance", ""),
];
const CATEGORIES: [&str; 4] = ["spot", "linear", "inverse", "option"];

/// Rows by id and time, oldest first, of each list; of each category where there are several.
#[derive(Default)]
struct World {
    rows: BTreeMap<String, Vec<(u64, u64)>>,
    count: u64,
}

impl World {
    fn new(names: &[String], rng: &mut Rng) -> Self {
        let mut world = Self::default();
        for name in names {
            for _ in 0..rng.usize(0..260) {
                // Many rows share a time, and times are whole seconds now and then. The venue's clock is ahead of ours.
                let at = match rng.u8(0..4) {
                    3 => NOW_MS + rng.u64(0..600) * 1_000,
                    0 => NOW_MS - rng.u64(0..40) * DAY_MS,
                    1 => NOW_MS - rng.u64(0..40 * DAY_MS) / 1_000 * 1_000,
                    _ => NOW_MS - rng.u64(0..160 * DAY_MS),
                };
                world.add(name, at);
            }
            world.rows.entry(name.clone()).or_default().sort_by_key(|(id, at)| (*at, *id));
        }
        world
    }

    fn add(&mut self, name: &str, at: u64) {
        self.count += 1;
        self.rows.entry(name.to_owned()).or_default().push((self.count, at));
    }

    /// What has happened since the last request; all of it is later than a span that ends before now.
    fn grow(&mut self, names: &[String], rng: &mut Rng) {
        for name in names {
            for _ in 0..[0, 0, 1, 3, 120][rng.usize(..5)] {
                let newest = self.rows[name].last().map_or(0, |(_, at)| *at).max(NOW_MS + 2_000);
                self.add(name, newest + rng.u64(0..2) * 1_000);
            }
        }
    }

    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let url = request.url();
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let (list, _) = LISTS.iter().find(|(list, _)| path.ends_with(list)).expect("a list of ours");
        let mut given: BTreeMap<String, Value> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.parse::<u64>().map_or(json!(value), |number| json!(number))))
            .collect();
        if let Some(body) = request.body().filter(|body| !body.is_empty()) {
            given.extend(serde_json::from_slice::<BTreeMap<String, Value>>(body).expect("json"));
        }
        let number = |name: &str| given.get(name).and_then(Value::as_u64);
        let name =
            given.get("category").map_or((*list).to_owned(), |of| format!("{list} {}", of.as_str().expect("one")));
        let limit = usize::try_from(number("limit").unwrap_or(100)).expect("small");
        let second = |ms: u64| ms / 1_000;
        let is_in = |at: u64| {
            number("startTime").is_none_or(|start| start <= at)
                && number("endTime").is_none_or(|end| at <= end)
                && number("startDate").is_none_or(|start| start <= second(at))
                && number("endDate").is_none_or(|end| second(at) <= end)
        };
        let found: Vec<(u64, u64)> =
            self.rows.get(&name).into_iter().flatten().rev().filter(|(_, at)| is_in(*at)).copied().collect();
        if let Some(offset) = number("offset") {
            let page = found.iter().skip(usize::try_from(offset).expect("small")).take(limit);
            let rows: Vec<Value> = page.map(|(id, at)| row(list, *id, *at)).collect();
            let body = match *list {
                "/main-account/history" => {
                    json!({"records": rows, "total": found.len(), "limit": limit, "offset": offset})
                }
                _ => json!({"BTC_USDT": rows}),
            };
            return HttpResponse::new(200, body.to_string());
        }
        // A cursor is the place of the last row.
        let behind = given.get("cursor").map(|text| {
            let (at, id) = text.as_str().expect("a text").split_once('-').expect("one of ours");
            (at.parse::<u64>().expect("a time"), id.parse::<u64>().expect("an id"))
        });
        let mut left = found.into_iter().filter(|(id, at)| behind.is_none_or(|last| (*at, *id) < last));
        let page: Vec<(u64, u64)> = left.by_ref().take(limit).collect();
        let goes_on = left.next().is_some();
        let cursor = page.last().filter(|_| goes_on).map_or(String::new(), |(id, at)| format!("{at}-{id}"));
        let rows: Vec<Value> = page.iter().map(|(id, at)| row(list, *id, *at)).collect();
        let body = json!({"retCode": 0, "retMsg": "OK", "result": {"list": rows, "nextPageCursor": cursor}});
        HttpResponse::new(200, body.to_string())
    }
}

fn row(list: &str, id: u64, at: u64) -> Value {
    let (own, text) = (format!("{list} {id}"), at.to_string());
    let seconds: Value = serde_json::from_str(&format!("{}.{:03}", at / 1_000, at % 1_000)).expect("a number");
    match list {
        "/main-account/history" => json!({"transaction_id": own, "method": 1, "status": 3, "createdAt": at / 1_000,
            "ticker": "BTC", "currency": "Bitcoin", "amount": "1", "fee": "0", "address": "", "memo": "",
            "description": "", "transactionHash": "", "unique_id": null, "network": null, "details": null,
            "confirmations": null}),
        "/trade-account/order/history" => json!({"id": id, "clientOrderId": "", "type": "limit", "side": "buy",
            "status": "FILLED", "amount": "1", "price": "1", "ctime": seconds, "ftime": seconds, "dealFee": "0",
            "dealStock": "1", "dealMoney": "1", "postOnly": false, "ioc": false, "feeAsset": "USDT", "rpi": false,
            "reduceOnly": false}),
        "/trade-account/executed-history" => json!({"id": id, "orderId": id, "clientOrderId": "", "time": seconds,
            "side": "buy", "role": 1, "amount": "1", "price": "1", "deal": "1", "fee": "0", "feeAsset": "USDT"}),
        "/asset/deposit/query-record" => {
            json!({"id": own, "coin": "BTC", "amount": "1", "status": 3, "successAt": text})
        }
        "/asset/withdraw/query-record" => {
            json!({"withdrawId": own, "coin": "BTC", "amount": "1", "status": "success", "createTime": text})
        }
        "/asset/transfer/query-inter-transfer-list" => json!({"transferId": own, "coin": "BTC", "amount": "1",
            "fromAccountType": "FUND", "toAccountType": "UNIFIED", "timestamp": text, "status": "SUCCESS"}),
        "/order/history" => json!({"orderId": id.to_string(), "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit",
            "orderStatus": "Filled", "createdTime": text, "updatedTime": text}),
        _ => {
            json!({"execId": id.to_string(), "symbol": "BTCUSDT", "side": "Buy", "execType": "Trade", "execTime": text})
        }
    }
}

/// Each row's number, as the world counts them over all lists.
fn numbers(records: &Records) -> Vec<u64> {
    let last = |id: &str| id.rsplit(' ').next().expect("some").parse().expect("a number");
    match records {
        Records::CommonTransactions(list) => list.iter().map(|row| last(row.id.as_deref().expect("an id"))).collect(),
        Records::CommonOrders(list) => list.iter().map(|row| last(&row.id)).collect(),
        Records::CommonTrades(list) => list.iter().map(|row| last(&row.id)).collect(),
        other => panic!("{other:?}"),
    }
}

fn party(venue: Venue, environment: VenueEnvironment) -> (Client, Signer) {
    let credentials = Credentials::Confidential { client_id: "demo".into(), client_secret: Secret::new("s") };
    let config = ClientConfig::new(venue, environment, credentials, "https://partner.example/cb");
    let key = SignerConfig::new(venue, environment, Secret::new("K"), Secret::new("S"));
    (Client::new(config).expect("a client"), Signer::new(key).expect("a signer"))
}

#[test]
fn every_row_of_the_span_comes_once_from_whichever_list() {
    let seed = std::env::var("VENUEKEY_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or_else(|| Rng::new().u64(..));
    println!("VENUEKEY_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let parties = [party(Venue::WHITEBIT, VenueEnvironment::GLOBAL), party(Venue::BYBIT, VenueEnvironment::MAINNET)];
    let (mut pages, mut rows) = (0, 0);
    for _ in 0..150 {
        let place = rng.usize(..2);
        let (app, key) = &parties[place];
        let what = rng.usize(..3);
        let alone = |list: &str| vec![list.to_owned()];
        let each = |list: &str| CATEGORIES.iter().map(|category| format!("{list} {category}")).collect();
        let names: Vec<String> = match (place, what) {
            (0, 0) => alone("/main-account/history"),
            (0, 1) => alone("/trade-account/order/history"),
            (0, _) => alone("/trade-account/executed-history"),
            (_, 0) => LISTS[3..6].iter().map(|(list, _)| (*list).to_owned()).collect(),
            (_, 1) => each("/order/history"),
            _ => each("/execution/list"),
        };
        let mut world = World::new(&names, &mut rng);
        let (since, until) = (NOW_MS - rng.u64(1..150) * DAY_MS, NOW_MS - rng.u64(0..2) * 20 * DAY_MS);
        let (since, until) = (since.min(until), until);
        let (from_ms, to_ms) = (Some(since), (until < NOW_MS || rng.bool()).then_some(until));
        let mut next = Some(
            match what {
                0 => {
                    let query = CommonTransactionsQuery { kind: None, from_ms, to_ms };
                    app.read_common_transactions(query, NOW_MS)
                }
                1 => app.read_common_orders(CommonHistoryQuery { from_ms, to_ms }, NOW_MS),
                _ => app.read_common_trades(CommonHistoryQuery { from_ms, to_ms }, NOW_MS),
            }
            .expect("a read"),
        );
        let before: Vec<(u64, u64)> = world.rows.values().flatten().copied().collect();
        let mut seen = Vec::new();
        while let Some(read) = next {
            let read = if rng.bool() { app.resume_read(&read.cursor()).expect("its own cursor") } else { read };
            let page = read.receive_signed(&world.answer(&read.sign(key, NOW_MS).expect("a request")));
            let page = page.expect("a page");
            seen.extend(numbers(&page.records));
            next = page.next;
            pages += 1;
            assert!(pages < 200_000, "it ends");
            if rng.u8(0..3) == 0 && world.count < 20_000 {
                world.grow(&names, &mut rng);
            }
        }
        // On a bound, by less than a second, a row is inside or not: but for trades, whose spans share none. Without an end,
        // what has arrived meanwhile may come or not.
        let bound = if what == 2 { 0 } else { 1_000 };
        let ends = to_ms.map_or(u64::MAX - bound, |until| until);
        let must: BTreeSet<u64> = before
            .iter()
            .filter(|(_, at)| since + bound <= *at && at + bound < ends)
            .map(|(number, _)| *number)
            .collect();
        let may: BTreeSet<u64> = world
            .rows
            .values()
            .flatten()
            .filter(|(_, at)| since <= at + bound && *at < ends + bound)
            .map(|(number, _)| *number)
            .collect();
        let once: BTreeSet<u64> = seen.iter().copied().collect();
        assert_eq!(once.len(), seen.len(), "none twice");
        assert!(must.is_subset(&once), "none lost: {:?}", must.difference(&once));
        assert!(once.is_subset(&may), "none from elsewhere: {:?}", once.difference(&may));
        rows += seen.len();
    }
    assert!(pages > 1_000 && rows > 5_000, "{pages} pages, {rows} rows");
}
