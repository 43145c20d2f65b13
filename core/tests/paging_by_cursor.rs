//! A venue in memory whose lists go on by cursors, with random histories, read to the end: no row lost, none twice, and the
//! end is the end.
//!
//! Rows arrive between pages, times are the same, bounds are rounded one way or the other, the last page has a cursor or has
//! none, and reads go on from their cursors. `VENUEKEY_SEED` repeats a run.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::string_slice)]

use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::{Value, json};
use venuekey::parts::*;

const NOW_MS: u64 = 1_790_000_000_000;
const DAY_MS: u64 = 86_400_000;

struct Model {
    /// Id and time, oldest first.
    rows: Vec<(u64, u64)>,
    kind: ReadKind,
    longest_ms: u64,
    /// Whether a row at the lower bound is inside, and whether times are cut to seconds first.
    inside: bool,
    in_seconds: bool,
    cursor_at_end: bool,
}

impl Model {
    fn new(kind: ReadKind, rng: &mut Rng) -> Self {
        let longest_ms = if kind == ReadKind::Deposits { 30 * DAY_MS - 1 } else { 7 * DAY_MS };
        // Many rows share a time, and many lie on a window's bound.
        let time = |rng: &mut Rng| match rng.u8(0..3) {
            0 => NOW_MS - rng.u64(1..5) * (longest_ms / 1_000 * 1_000) + rng.u64(0..4_000) - 2_000,
            1 => NOW_MS - rng.u64(0..40) * DAY_MS,
            _ => NOW_MS - rng.u64(0..60 * DAY_MS),
        };
        let mut times: Vec<u64> = (0..rng.usize(0..300)).map(|_| time(rng)).collect();
        times.sort_unstable();
        let rows = times.into_iter().enumerate().map(|(id, at)| (id as u64, at)).collect();
        Self { rows, kind, longest_ms, inside: rng.bool(), in_seconds: rng.bool(), cursor_at_end: rng.bool() }
    }

    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let query = request.url().split_once('?').expect("a query").1;
        let given: BTreeMap<&str, &str> = query.split('&').map(|pair| pair.split_once('=').expect("a pair")).collect();
        let number = |name: &str| given[name].parse::<u64>().expect("a number");
        let (start, end, limit) = (number("startTime"), number("endTime"), number("limit") as usize);
        assert!(start <= end && end - start <= self.longest_ms, "{query}");
        let cut = |ms: u64| if self.in_seconds { ms / 1_000 } else { ms };
        let is_in = |at: u64| {
            let (at, start) = (cut(at), cut(start));
            (start < at || self.inside && start == at) && at <= cut(end)
        };
        let behind = given.get("cursor").map(|text| {
            let text = text.replace("%253A", ":");
            let (at, id) = text.split_once(':').expect("one of ours");
            (at.parse::<u64>().expect("a time"), id.parse::<u64>().expect("an id"))
        });
        let mut found = self.rows.iter().rev().filter(|(_, at)| is_in(*at));
        let mut found = found.by_ref().filter(|(id, at)| behind.is_none_or(|last| (*at, *id) < last));
        let page: Vec<(u64, u64)> = found.by_ref().take(limit).copied().collect();
        let goes_on = found.next().is_some() || self.cursor_at_end;
        let cursor = page.last().filter(|_| goes_on).map_or(String::new(), |(id, at)| format!("{at}%3A{id}"));
        let rows: Vec<Value> = page.iter().map(|(id, at)| self.row(*id, *at)).collect();
        let body = json!({"retCode": 0, "retMsg": "OK", "result": {"list": rows, "nextPageCursor": cursor}});
        HttpResponse::new(200, body.to_string())
    }

    fn row(&self, id: u64, at: u64) -> Value {
        let (id, at) = (id.to_string(), at.to_string());
        match self.kind {
            ReadKind::Deposits => json!({"id": id, "coin": "BTC", "amount": "1", "status": 3, "successAt": at}),
            ReadKind::OrderHistory => json!({"orderId": id, "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit",
                "orderStatus": "Filled", "createdTime": at, "updatedTime": "1790000000000"}),
            _ => json!({"id": "same", "type": "TRADE", "currency": "BTC", "transactionTime": at, "tradeId": id}),
        }
    }
}

fn ids(records: &Records) -> Vec<String> {
    match records {
        Records::Deposits(list) => list.iter().map(|row| row.id.clone().expect("an id")).collect(),
        Records::OrderHistory(list) => list.iter().map(|row| row.id.clone()).collect(),
        Records::TransactionLog(list) => list.iter().map(|row| row.trade_id.clone().expect("an id")).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_row_of_the_span_comes_once() {
    let seed = std::env::var("VENUEKEY_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or_else(|| Rng::new().u64(..));
    println!("VENUEKEY_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let (venue, environment) = (Venue::BYBIT, VenueEnvironment::MAINNET);
    let credentials = Credentials::Confidential { client_id: "demo".into(), client_secret: Secret::new("s") };
    let config = ClientConfig::new(venue, environment, credentials, "https://partner.example/cb");
    let app = Client::new(config).expect("a client");
    let config = SignerConfig::new(venue, environment, Secret::new("K"), Secret::new("S"));
    let key = Signer::new(config).expect("a signer");
    let mut pages = 0;
    for _ in 0..300 {
        let kind = [ReadKind::Deposits, ReadKind::OrderHistory, ReadKind::TransactionLog][rng.usize(..3)];
        let mut model = Model::new(kind, &mut rng);
        let (since, limit) = (NOW_MS - rng.u64(0..60) * DAY_MS, Some(rng.u32(1..=50)));
        let (from_ms, to_ms) = (Some(since), rng.bool().then_some(NOW_MS));
        let mut next = Some(
            match kind {
                ReadKind::Deposits => app.read_deposits(AssetsQuery { from_ms, to_ms, limit, coin: None }, NOW_MS),
                ReadKind::OrderHistory => {
                    app.read_order_history(TradingQuery { from_ms, to_ms, limit, ..TradingQuery::default() }, NOW_MS)
                }
                _ => app.read_transaction_log(LogQuery { from_ms, to_ms, limit, ..LogQuery::default() }, NOW_MS),
            }
            .expect("a read"),
        );
        let before = model.rows.clone();
        let mut seen = Vec::new();
        while let Some(read) = next {
            let read = if rng.bool() { app.resume_read(&read.cursor()).expect("its own cursor") } else { read };
            let reply = model.answer(&read.sign(&key, NOW_MS).expect("a request"));
            let page = read.receive_signed(&reply).expect("a page");
            seen.extend(ids(&page.records));
            next = page.next;
            pages += 1;
            if rng.u8(0..3) == 0 {
                model.rows.push((model.rows.len() as u64, NOW_MS + 2_000 + rng.u64(0..DAY_MS)));
            }
            assert!(seen.len() <= 400 && pages < 1_000_000, "it ends");
        }
        // What lies on the very bound of the span is inside or not, by the venue's own way.
        let must: Vec<String> =
            before.iter().rev().filter(|(_, at)| *at >= since + 1_000).map(|(id, _)| id.to_string()).collect();
        let may = |id: &String| before.iter().any(|(own, at)| own.to_string() == *id && *at + 1_000 > since);
        let mut once = seen.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), seen.len(), "none twice");
        assert!(must.iter().all(|id| seen.contains(id)), "none lost");
        assert!(seen.iter().all(may), "none from elsewhere");
    }
    assert!(pages > 1_000, "{pages}");
}
