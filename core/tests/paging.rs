//! A venue in memory with random histories, read to the end: no row lost, none twice, and the end is the end.
//!
//! Rows arrive between pages, orders end late, withdrawals change their status, times are the same, bounds are rounded
//! one way or the other, and reads go on from their cursors. `VENUEKEY_SEED` repeats a run, `VENUEKEY_READS` says how
//! many reads there are.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::string_slice)]
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use serde_json::{Value, json};
use venuekey::parts::*;

const NOW_S: u64 = 1_790_000_000;
const DAY_S: u64 = 86_400;
const MARKETS: [&str; 3] = ["BTC_USDT", "ETH_USDT", "DBTC_DUSDT"];
const TICKERS: [&str; 3] = ["BTC", "ETH", "USDT"];
/// Of both methods: successful, canceled, on its way.
const STATUSES: [u64; 6] = [3, 7, 4, 5, 15, 21];

#[derive(Clone, Debug)]
struct Row {
    id: u64,
    us: u64,
    market: usize,
    method: u64,
    status: u64,
}

struct Model {
    rows: Vec<Row>,
    kind: ReadKind,
    /// Whether a row at a bound is inside, below and above, and whether times are cut to seconds first.
    inside: [bool; 2],
    cut: bool,
    /// Changes still to come: rows that arrive faster than they are read have no end.
    changes: u32,
    asked: Vec<(Value, usize)>,
}

impl Model {
    /// `to_s` is where spans end: a span's windows begin whole months before it, and rows lie on their bounds.
    fn new(kind: ReadKind, count: usize, to_s: u64, rng: &mut Rng) -> Self {
        let mut model =
            Self { rows: vec![], kind, inside: [rng.bool(), rng.bool()], cut: rng.bool(), changes: 40, asked: vec![] };
        // A few moments only, so that many rows share one.
        let moments: Vec<u64> = (0..rng.usize(1..=count.max(1)))
            .map(|_| match rng.u8(0..4) {
                0 => to_s - rng.u64(1..4) * 30 * DAY_S + rng.u64(0..5) - 1,
                _ => NOW_S - rng.u64(0..175 * DAY_S),
            })
            .collect();
        for _ in 0..count {
            let us = moments[rng.usize(..moments.len())] * 1_000_000 + model.fraction(rng);
            model.add(us, rng);
        }
        model
    }

    fn fraction(&self, rng: &mut Rng) -> u64 {
        let has_one = matches!(self.kind, ReadKind::Orders | ReadKind::Deals) && rng.bool();
        if has_one { rng.u64(0..1_000_000) } else { 0 }
    }

    fn add(&mut self, us: u64, rng: &mut Rng) {
        let id = self.rows.len() as u64 + 1;
        let status = STATUSES[rng.usize(..STATUSES.len())];
        self.rows.push(Row { id, us, market: rng.usize(..3), method: rng.u64(1..=2), status });
    }

    /// What happens at the venue between two requests.
    fn change(&mut self, rng: &mut Rng, limit: u64) {
        let Some(left) = self.changes.checked_sub(1) else { return };
        self.changes = left;
        let newest = self.rows.iter().map(|row| row.us).max().unwrap_or(0).max(NOW_S * 1_000_000);
        let most = if rng.u8(0..8) == 0 { 2 * limit } else { 2 };
        for _ in 0..rng.u64(0..=most) {
            let us = match self.kind {
                // Newest first is all there is to it, in the same second too.
                ReadKind::Transactions => newest + rng.u64(0..2) * 1_000_000,
                // An order of an older time ends only now.
                ReadKind::Orders => (NOW_S - rng.u64(0..40 * DAY_S)) * 1_000_000,
                _ => newest + rng.u64(1..9) * 1_000_000,
            };
            self.add(us, rng);
        }
        if self.kind == ReadKind::Transactions {
            for row in self.rows.iter_mut().filter(|row| [5, 15, 21].contains(&row.status)) {
                if rng.u8(0..40) == 0 {
                    row.status = [3, 7, 4][rng.usize(..3)];
                }
            }
        }
    }

    /// The rows that a body asks for, newest first, and whether they are surely meant (not at a bound).
    fn matching(&self, body: &Value) -> Vec<&Row> {
        let bound = |name: &str, text: &str| {
            body.get(name)
                .or(body.get(text))
                .map(|v| v.as_u64().unwrap_or_else(|| v.as_str().unwrap().parse().unwrap()))
        };
        let (from, to) = (bound("startDate", "from"), bound("endDate", "to"));
        let within = |row: &&Row| {
            let us = if self.cut { row.us / 1_000_000 * 1_000_000 } else { row.us };
            let at = |bound: Option<u64>| bound.map(|s| us.cmp(&(s * 1_000_000)));
            let fits = |at: Option<core::cmp::Ordering>, side, inside: bool| {
                at.is_none_or(|at| at == side || (at.is_eq() && inside))
            };
            fits(at(from), core::cmp::Ordering::Greater, self.inside[0])
                && fits(at(to), core::cmp::Ordering::Less, self.inside[1])
        };
        let place = |name: &str, all: &[&str]| body.get(name).map(|name| all.iter().position(|each| name == each));
        let (market, ticker) = (place("market", &MARKETS), place("ticker", &TICKERS));
        let method = body.get("transactionMethod").and_then(Value::as_u64);
        // Of orders it is a word, which these reads leave out.
        let status = body.get("status").map(|codes| codes.as_array().unwrap().iter().map(|c| c.as_u64().unwrap()));
        let status: Option<Vec<u64>> = status.map(Iterator::collect);
        let wanted = |row: &&Row| {
            market.is_none_or(|market| market == Some(row.market))
                && ticker.is_none_or(|ticker| ticker == Some(row.market))
                && method.is_none_or(|method| method == row.method)
                && status.as_ref().is_none_or(|codes| codes.contains(&row.status))
        };
        self.rows.iter().filter(within).filter(wanted).collect()
    }

    fn answer(&mut self, request: &HttpRequest) -> String {
        let body: Value = serde_json::from_slice(request.body().expect("a body")).expect("json");
        let number = |name: &str| body[name].as_u64().expect("sent always");
        let (limit, offset) = (number("limit"), number("offset"));
        if self.kind == ReadKind::Transactions {
            assert!((1..=500).contains(&limit) && offset + limit <= 10_000, "the venue refuses {body}");
        } else {
            let date = |name: &str, text: &str| {
                body.get(name).and_then(Value::as_u64).unwrap_or_else(|| body[text].as_str().unwrap().parse().unwrap())
            };
            let span = date("endDate", "to") - date("startDate", "from");
            assert!(span <= 30 * DAY_S && date("startDate", "from") >= NOW_S - 184 * DAY_S, "{body}");
        }
        self.rows.sort_by_key(|row| core::cmp::Reverse((row.us, row.id)));
        let all = self.matching(&body);
        let page: Vec<&Row> = all.iter().skip(offset as usize).take(limit as usize).copied().collect();
        let (total, count) = (all.len(), page.len());
        let seconds = |us: u64| serde_json::from_str::<Value>(&format!("{}.{:06}", us / 1_000_000, us % 1_000_000));
        let written = |row: &Row| match self.kind {
            ReadKind::Transactions => json!({
                "transaction_id": row.id.to_string(), "method": row.method, "status": row.status, "address": "",
                "createdAt": row.us / 1_000_000, "ticker": TICKERS[row.market], "currency": "", "amount": "1", "fee": "0",
                "memo": "", "description": "", "transactionHash": "", "unique_id": null, "network": null,
                "details": null, "confirmations": null,
            }),
            ReadKind::Converts => json!({
                "id": row.id.to_string(), "date": row.us / 1_000_000, "give": "1", "receive": "1", "rate": "1", "path": [],
            }),
            ReadKind::Orders => json!({
                "id": row.id, "clientOrderId": "", "type": "limit", "side": "buy", "status": "FILLED", "amount": "1",
                "price": "1", "ctime": seconds(row.us).unwrap(), "ftime": seconds(row.us).unwrap(), "dealFee": "0",
                "dealStock": "1", "dealMoney": "1", "postOnly": false, "ioc": false, "feeAsset": "USDT", "rpi": false,
                "reduceOnly": false,
            }),
            // Each second one has the id of the one before: two sides of one trade.
            _ => json!({
                "id": row.id / 2, "orderId": row.id, "clientOrderId": "", "time": seconds(row.us).unwrap(), "side": "buy",
                "role": 1, "amount": "1", "price": "1", "deal": "1", "fee": "0", "feeAsset": "USDT",
            }),
        };
        let reply = match self.kind {
            ReadKind::Transactions | ReadKind::Converts => json!({
                "records": page.iter().map(|row| written(row)).collect::<Vec<_>>(), "total": total, "limit": limit,
                "offset": offset,
            }),
            ReadKind::Deals if body.get("market").is_some() => page.iter().map(|row| written(row)).collect(),
            _ => {
                let mut markets: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
                for row in page {
                    markets.entry(MARKETS[row.market]).or_default().push(written(row));
                }
                if markets.is_empty() { json!([]) } else { json!(markets) }
            }
        };
        self.asked.push((body, count));
        reply.to_string()
    }
}

fn client() -> Client {
    let credentials = Credentials::Confidential { client_id: "demo".into(), client_secret: Secret::new("hush") };
    Client::new(ClientConfig::new(Venue::WHITEBIT, VenueEnvironment::EU, credentials, "https://p.example/cb"))
        .expect("valid")
}

fn tokens() -> Tokens {
    Tokens::new(Secret::new("token"), None, 0, None, vec![]).expect("tokens")
}

/// Ids, once each.
fn take(records: &Records, read: &mut BTreeSet<u64>) {
    let ids: Vec<u64> = match records {
        Records::Transactions(list) => list.iter().map(|row| row.transaction_id.parse().expect("id")).collect(),
        Records::Converts(list) => list.iter().map(|row| row.id.parse().expect("id")).collect(),
        Records::Orders(list) => list.iter().map(|row| row.id.parse().expect("id")).collect(),
        Records::Deals(list) => list.iter().map(|row| row.order_id.parse().expect("id")).collect(),
        _ => panic!("a history"),
    };
    for id in ids {
        assert!(read.insert(id), "row {id} came twice");
    }
}

/// Reads to the end and says which rows came, or what stopped it.
fn read_on(read: AccountRead, model: &mut Model, rng: &mut Rng, limit: u64) -> Result<BTreeSet<u64>, VenuekeyError> {
    let (client, mut next, mut ids) = (client(), Some(read), BTreeSet::new());
    while let Some(mut read) = next {
        if rng.u8(0..3) == 0 {
            let cursor = read.cursor();
            assert!(cursor.len() <= MAX_CURSOR_BYTES, "{} bytes", cursor.len());
            read = client.resume_read(&cursor).expect("its own cursor");
            assert_eq!(read.cursor(), cursor);
        }
        let request = read.request(&tokens())?;
        if rng.u8(0..10) == 0 {
            // The reply is lost, and the request goes out again later.
            model.answer(&request);
            model.asked.pop();
            model.change(rng, limit);
        }
        let page = read.receive(&HttpResponse::new(201, model.answer(&request)))?;
        take(&page.records, &mut ids);
        next = page.next;
        assert!(model.asked.len() < 5_000, "it does not end: {:?}", model.asked.last());
        model.change(rng, limit);
    }
    Ok(ids)
}

fn runs(default: u64) -> (u64, u64) {
    let given = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seed = given("VENUEKEY_SEED").unwrap_or_else(|| Rng::new().u64(..));
    println!("VENUEKEY_SEED={seed}");
    (seed, given("VENUEKEY_READS").unwrap_or(default))
}

#[test]
fn spans_are_read_whole() {
    let (seed, reads) = runs(2_000);
    for run in 0..reads {
        let mut rng = Rng::with_seed(seed.wrapping_add(run));
        let rng = &mut rng;
        let kind = [ReadKind::Converts, ReadKind::Orders, ReadKind::Deals][rng.usize(..3)];
        let count = rng.usize(0..60);
        let to_s = NOW_S - if rng.bool() { 0 } else { rng.u64(0..50 * DAY_S) };
        let mut model = Model::new(kind, count, to_s, rng);
        let limit = rng.u32(1..8);
        let from_s = to_s - rng.u64(0..120 * DAY_S);
        let market = (rng.u8(0..3) == 0).then(|| MARKETS[rng.usize(..3)].to_owned());
        // Without an end it lies ahead, and what arrives meanwhile is inside.
        let is_open = to_s == NOW_S && rng.bool();
        let (from, to, limit_given) = (Some(from_s), (!is_open).then_some(to_s), Some(limit));
        let client = client();
        let read = match kind {
            ReadKind::Converts => client.read_converts(
                ConvertsQuery { from_s: from, to_s: to, limit: limit_given, ..Default::default() },
                NOW_S * 1000,
            ),
            ReadKind::Orders => client.read_orders(
                OrdersQuery {
                    market: market.clone(),
                    from_s: from,
                    to_s: to,
                    limit: limit_given,
                    ..Default::default()
                },
                NOW_S * 1000,
            ),
            _ => client.read_deals(
                DealsQuery { market: market.clone(), from_s: from, to_s: to, limit: limit_given, ..Default::default() },
                NOW_S * 1000,
            ),
        };
        let market = market.filter(|_| kind != ReadKind::Converts);
        let meant: Vec<u64> = model
            .rows
            .iter()
            .filter(|row| (from_s + 1) * 1_000_000 <= row.us && row.us < to_s * 1_000_000)
            .filter(|row| market.as_ref().is_none_or(|market| *market == MARKETS[row.market]))
            .map(|row| row.id)
            .collect();
        let ids = read_on(read.expect("valid"), &mut model, rng, u64::from(limit)).expect("no error");
        let lost: Vec<_> = meant.iter().filter(|id| !ids.contains(id)).collect();
        assert!(lost.is_empty(), "seed {seed}, run {run}: {kind:?} lost {lost:?} of {meant:?}");
        ends_exactly(&model, kind);
    }
}

/// A short page is the last of its window, and a full one is not, but where the total says so.
fn ends_exactly(model: &Model, kind: ReadKind) {
    let window = |body: &Value| {
        (body.get("startDate").or(body.get("from")).cloned(), body.get("endDate").or(body.get("to")).cloned())
    };
    for pair in model.asked.windows(2) {
        let ((before, came), (after, _)) = (&pair[0], &pair[1]);
        let goes_on = window(before) == window(after);
        let is_full = before["limit"].as_u64() == Some(*came as u64);
        if kind == ReadKind::Converts {
            assert!(!goes_on || *came > 0, "{before} brought none, and {after} followed");
        } else {
            assert_eq!(goes_on, is_full, "{before} brought {came}, and {after} followed");
        }
    }
}

#[test]
fn transactions_are_read_whole() {
    let (seed, reads) = runs(2_000);
    for run in 0..reads {
        let mut rng = Rng::with_seed(seed.wrapping_add(run));
        let rng = &mut rng;
        let count = rng.usize(0..60);
        let mut model = Model::new(ReadKind::Transactions, count, NOW_S, rng);
        let limit = rng.u32(1..8);
        let mut query = TransactionsQuery { limit: Some(limit), ..Default::default() };
        query.ticker = (rng.u8(0..4) == 0).then(|| "ETH".to_owned());
        query.method = (rng.u8(0..3) == 0).then_some(TransactionMethod::Withdrawal);
        if rng.bool() {
            query.status = if rng.bool() { vec![5, 15, 21] } else { vec![3, 7] };
        }
        let fits = |row: &&Row| query.ticker.is_none() || TICKERS[row.market] == "ETH";
        let matching = |model: &Model| -> BTreeSet<u64> {
            let rows = model.rows.iter().filter(fits).filter(|row| query.method.is_none() || row.method == 2);
            rows.filter(|row| query.status.is_empty() || query.status.contains(&(row.status as u32)))
                .map(|row| row.id)
                .collect()
        };
        let at_first = matching(&model);
        let read = client().read_transactions(query.clone()).expect("valid");
        let ids = read_on(read, &mut model, rng, u64::from(limit)).expect("no error");
        // A row that no longer has a status that was asked for may have gone before its page came.
        let meant: BTreeSet<u64> = at_first.intersection(&matching(&model)).copied().collect();
        let lost: Vec<_> = meant.difference(&ids).collect();
        assert!(lost.is_empty(), "seed {seed}, run {run}: lost {lost:?} of {meant:?}; {:?}", model.asked);
    }
}

/// More rows than the venue shows: split, or ended by an error, never short in silence.
#[test]
fn long_lists_are_split() {
    let (seed, reads) = runs(2_000);
    let (mut whole, mut refused) = (0, 0);
    for run in 0..reads.div_ceil(400) {
        let mut rng = Rng::with_seed(seed.wrapping_add(run));
        let rng = &mut rng;
        let mut model = Model::new(ReadKind::Transactions, rng.usize(9_000..26_000), NOW_S, rng);
        // What a long history is made of: mostly one status, and one that no documentation names.
        let main = [3, 7][rng.usize(..2)];
        let skew = rng.u8(0..100);
        let unknown = rng.bool();
        for row in &mut model.rows {
            if rng.u8(0..100) < skew {
                (row.status, row.method) = (main, 1);
            } else if rng.u8(0..10) > 0 {
                // Most of a long history is settled.
                row.status = [3, 7, 4][rng.usize(..3)];
            }
        }
        if unknown {
            for _ in 0..20 {
                let index = rng.usize(..model.rows.len());
                model.rows[index].status = 99;
            }
        }
        let named = unknown || rng.bool();
        let split_tickers = if named { TICKERS.iter().map(|t| (*t).to_owned()).collect() } else { vec![] };
        let query = TransactionsQuery { limit: Some(rng.u32(400..=500)), split_tickers, ..Default::default() };
        let at_first: BTreeSet<u64> = model.rows.iter().map(|row| row.id).collect();
        let read = client().read_transactions(query).expect("valid");
        match read_on(read, &mut model, rng, 20) {
            Ok(ids) => {
                let lost = at_first.difference(&ids).count();
                assert_eq!(lost, 0, "seed {seed}, run {run}: of {} rows", at_first.len());
                whole += 1;
            }
            Err(error) => {
                assert_eq!(error.code(), ErrorCode::HistoryTooLong, "{error}");
                let deep = |method, status: u64| {
                    model.rows.iter().filter(|row| row.method == method && row.status == status).count() > 9_000
                };
                assert!(unknown || (!named && deep(1, main)), "seed {seed}, run {run}: {error}");
                refused += 1;
            }
        }
    }
    println!("{whole} whole, {refused} refused");
}
