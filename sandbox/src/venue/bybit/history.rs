//! What happened in the users' accounts before anyone asked (section 13). Invented, and the same for the same seed and user;
//! made once, at the first look, and looked up from then on. Oldest first; the answers turn that around.

use super::knobs::Context;
use crate::base::calendar::DAY_MS;
use crate::exchange::action::Arrivals;
use crate::parts::chance::{Chance, decimal, moments};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    Deposits,
    Withdrawals,
    Transfers,
    Orders,
    Executions,
    Log,
}

impl List {
    const ALL: [(List, &'static str); 6] = [
        (List::Deposits, "deposits"),
        (List::Withdrawals, "withdrawals"),
        (List::Transfers, "transfers"),
        (List::Orders, "orders"),
        (List::Executions, "executions"),
        (List::Log, "log"),
    ];
}

/// One row, and what it can be found by.
#[derive(Clone, Debug)]
pub struct Row {
    pub at_ms: u64,
    pub seq: u64,
    pub coin: &'static str,
    pub category: &'static str,
    pub symbol: &'static str,
    /// Its status, or its type.
    pub word: &'static str,
    pub body: Value,
}

/// One user's.
#[derive(Clone, Debug)]
pub struct History {
    seed: u64,
    lists: BTreeMap<List, Vec<Row>>,
}

impl History {
    pub fn new(uid: u64, context: &Context<'_>) -> History {
        let knobs = context.knobs;
        let seed = context.mint.seed() ^ uid.rotate_left(32);
        let us = |ms: u64| ms.saturating_mul(1000);
        let span_us = us(knobs.history_days.saturating_mul(DAY_MS));
        let list = |(list, name)| {
            let times = moments(knobs.history_rows, us(context.now_ms), span_us, &mut Chance::new(seed, name, 0));
            (list, (0..).zip(times).map(|(seq, at_us)| Row::new(list, seed, seq, at_us / 1000)).collect())
        };
        History { seed, lists: List::ALL.into_iter().map(list).collect() }
    }

    pub fn rows(&self, list: List) -> &[Row] {
        self.lists.get(&list).map_or(&[], Vec::as_slice)
    }

    /// New rows, all of this moment: the transactions are deposits, withdrawals and transfers in turn, and each deal is an
    /// execution and an entry of the log.
    pub fn arrive(&mut self, rows: &Arrivals, now_ms: u64) -> Value {
        let kinds = [List::Deposits, List::Withdrawals, List::Transfers];
        let transactions = (0..rows.transactions).zip(kinds.into_iter().cycle()).map(|(_, list)| list);
        let deals = (0..rows.deals).flat_map(|_| [List::Executions, List::Log]);
        let orders = (0..rows.orders).map(|_| List::Orders);
        for list in transactions.chain(orders).chain(deals) {
            let found = self.lists.entry(list).or_default();
            let seq = u64::try_from(found.len()).unwrap_or(u64::MAX);
            found.push(Row::new(list, self.seed, seq, now_ms));
            // Where the clock was set back, it is not the newest.
            found.sort_by_key(|row| (row.at_ms, row.seq));
        }
        List::ALL
            .iter()
            .map(|(list, name)| ((*name).to_owned(), json!(self.rows(*list).len())))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}

const COINS: [&str; 4] = ["BTC", "USDT", "ETH", "SOL"];
/// Category, symbol, and the coin that is paid with.
const MARKETS: [(&str, &str, &str); 5] = [
    ("spot", "BTCUSDT", "USDT"),
    ("linear", "ETHUSDT", "USDT"),
    ("spot", "ETHBTC", "BTC"),
    ("inverse", "BTCUSD", "BTC"),
    ("option", "BTC-29JUL22-25000-C", "USDC"),
];
/// Statuses of deposits are numbers (13.3), and told by these words here.
const DEPOSITS: [(&str, u32); 5] =
    [("success", 3), ("success", 3), ("processing", 2), ("failed", 4), ("credited", 10_012)];
const WITHDRAWALS: [&str; 6] = ["success", "success", "Pending", "CancelByUser", "Fail", "MoreInformationRequired"];
const TRANSFERS: [&str; 4] = ["SUCCESS", "SUCCESS", "PENDING", "FAILED"];
const ORDERS: [&str; 6] = ["Filled", "Filled", "PartiallyFilledCanceled", "Cancelled", "Rejected", "Deactivated"];
const LOG: [&str; 5] = ["TRADE", "TRADE", "TRANSFER_IN", "TRANSFER_OUT", "SETTLEMENT"];

impl Row {
    pub fn new(list: List, seed: u64, seq: u64, at_ms: u64) -> Row {
        let mut chance = Chance::new(seed, "bybit", seq.wrapping_mul(8) + list as u64);
        let coin = COINS[usize::try_from(seq % 4).unwrap_or(0)];
        let (category, symbol, paid) = MARKETS[usize::try_from(seq % 5).unwrap_or(0)];
        let scale = chance.pick(&[2, 8, 18]);
        let units = u128::from(chance.below(1_000_000_000_000_000_000)) + 1;
        // The smallest amount there is now and then.
        let amount = if seq % 16 == 5 { decimal(1, 8) } else { decimal(units, scale) };
        let at = at_ms.to_string();
        let after = at_ms.saturating_add(chance.below(60_000)).to_string();
        let id = |of: &str| format!("{of}-{seq:08}");
        let side = chance.pick(&["Buy", "Sell"]);
        let link = if chance.one_in(3) { format!("demo-{seq}") } else { String::new() };
        let (word, body) = match list {
            List::Deposits => {
                let (word, status) = chance.pick(&DEPOSITS);
                let body = json!({
                    "coin": coin, "chain": chance.pick(&["TRX", "ETH"]), "amount": amount, "txID": id("tx"), "status": status,
                    "toAddress": "demo-address", "tag": "", "depositFee": "", "successAt": at, "confirmations": "50",
                    "txIndex": "0", "blockHash": "00", "batchReleaseLimit": "-1", "depositType": "0", "fromAddress": "",
                    "taxDepositRecordsId": "0", "taxStatus": 0, "id": (160_000_000 + seq).to_string(),
                });
                (word, body)
            }
            List::Withdrawals => {
                let word = chance.pick(&WITHDRAWALS);
                let body = json!({
                    "coin": coin, "chain": "ETH", "amount": amount, "txID": if word == "success" { id("tx") } else { String::new() },
                    "status": word, "toAddress": "demo-address", "tag": "", "withdrawFee": "5", "createTime": at,
                    "updateTime": after, "withdrawId": (131_000_000 + seq).to_string(), "withdrawType": seq % 2, "fee": "",
                    "tax": "", "taxRate": "", "taxType": "",
                });
                (word, body)
            }
            List::Transfers => {
                let word = chance.pick(&TRANSFERS);
                let accounts = chance.pick(&[("FUND", "UNIFIED"), ("UNIFIED", "FUND")]);
                let body = json!({
                    "transferId": format!("selfTransfer_{}", chance.uuid()), "coin": coin, "amount": amount,
                    "fromAccountType": accounts.0, "toAccountType": accounts.1, "timestamp": at, "status": word,
                });
                (word, body)
            }
            List::Orders => {
                let word = chance.pick(&ORDERS);
                let is_filled = matches!(word, "Filled" | "PartiallyFilledCanceled");
                let body = json!({
                    "orderId": chance.uuid(), "orderLinkId": link, "blockTradeId": "", "symbol": symbol, "price": "26864.40",
                    "qty": amount, "side": side, "isLeverage": "", "positionIdx": 0, "orderStatus": word, "cancelType": "UNKNOWN",
                    "rejectReason": "EC_NoError", "avgPrice": if is_filled { "26864.40" } else { "" }, "leavesQty": "0",
                    "leavesValue": "0", "cumExecQty": if is_filled { amount.as_str() } else { "0" }, "cumExecValue": "80.5932",
                    "cumExecFee": "0", "timeInForce": "GTC", "orderType": chance.pick(&["Limit", "Market"]), "stopOrderType": "",
                    "triggerPrice": "0.00", "reduceOnly": false, "createdTime": at, "updatedTime": after, "extraFees": "",
                    "cumFeeDetail": if is_filled { json!({paid: "0.00242968"}) } else { json!("") },
                });
                (word, body)
            }
            List::Executions => {
                let word = chance.pick(&["Trade", "Trade", "Trade", "Funding"]);
                let body = json!({
                    "symbol": symbol, "orderType": "Market", "underlyingPrice": "", "orderLinkId": link, "side": side,
                    "indexPrice": "", "orderId": chance.uuid(), "stopOrderType": "UNKNOWN", "leavesQty": "0", "execTime": at,
                    "feeCurrency": "", "isMaker": chance.one_in(2), "execFee": "0.071409", "feeRate": "0.0006",
                    "execId": chance.uuid(), "tradeIv": "", "blockTradeId": "", "markPrice": "1183.54", "execPrice": "1190.15",
                    "markIv": "", "orderQty": amount, "orderPrice": "1236.9", "execValue": "119.015", "execType": word,
                    "execQty": amount, "closedSize": "", "extraFees": "", "seq": 4_688_002_127_u64 + seq,
                });
                (word, body)
            }
            List::Log => {
                let word = chance.pick(&LOG);
                let is_trade = word == "TRADE";
                let only = |text: &str| if is_trade { text.to_owned() } else { String::new() };
                // Two rows may have one id (13.8).
                let body = json!({
                    "transSubType": "", "id": format!("log_{}", seq / 2), "symbol": only(symbol), "side": if is_trade { side } else { "None" },
                    "funding": "", "orderLinkId": only(&link), "orderId": only(&id("order")), "fee": only("0.0190872"), "change": amount,
                    "cashFlow": amount, "transactionTime": at, "type": word, "feeRate": only("0.0006"), "bonusChange": "", "size": "0",
                    "qty": amount, "cashBalance": decimal(units + 5_000, 2), "currency": coin, "category": only(category),
                    "tradePrice": only("0.3615"), "tradeId": only(&id("trade")), "extraFees": "",
                });
                (word, body)
            }
        };
        Row { at_ms, seq, coin, category, symbol, word, body }
    }
}
