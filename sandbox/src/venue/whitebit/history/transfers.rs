//! Deposits and withdrawals (6.1), conversions (6.2).

use crate::parts::chance::{Chance, decimal};
use serde::Serialize;

const CURRENCIES: [(&str, &str); 4] = [("BTC", "Bitcoin"), ("USDT", "Tether"), ("ETH", "Ethereum"), ("SOL", "Solana")];
/// So many addresses have ever been used.
const ADDRESSES: u64 = 30;
/// One row in so many has a value that no documentation lists, if any has.
pub const ODD: u64 = 7;

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Transaction {
    pub address: String,
    #[serde(rename = "unique_id")]
    pub unique_id: Option<String>,
    /// Seconds.
    pub created_at: u64,
    currency: &'static str,
    pub ticker: &'static str,
    pub method: u64,
    amount: String,
    description: &'static str,
    pub memo: String,
    fee: String,
    pub status: u64,
    network: Option<&'static str>,
    transaction_hash: String,
    #[serde(rename = "transaction_id")]
    transaction_id: String,
    details: Option<Details>,
    confirmations: Option<Confirmations>,
}

#[derive(Clone, Debug, Serialize)]
struct Details {
    partial: Partial,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Partial {
    request_amount: String,
    processed_amount: String,
    processed_fee: String,
    normalize_transaction: &'static str,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Confirmations {
    actual: u64,
    required: u64,
}

impl Transaction {
    /// Statuses of deposits and of withdrawals (6.1).
    pub const DEPOSIT: &'static [u64] = &[3, 4, 5, 7, 9, 15, 21, 22, 27, 28];
    pub const WITHDRAWAL: &'static [u64] = &[1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 18, 21];
    const PARTIALLY_SUCCESSFUL: u64 = 18;

    pub fn new(seed: u64, seq: u64, at_us: u64, odd: bool) -> Transaction {
        let mut chance = Chance::new(seed, "transaction", seq);
        let odd = odd && seq % ODD == 3;
        let is_deposit = seq % 3 != 2;
        let statuses = if is_deposit { Self::DEPOSIT } else { Self::WITHDRAWAL };
        let status = match (odd, chance.one_in(2)) {
            (true, _) => 99,
            (_, true) => 3,
            _ => chance.pick(statuses),
        };
        let (ticker, currency) = CURRENCIES[usize::try_from(seq % 4).unwrap_or(0)];
        // Many digits before the point and behind it: these are no doubles.
        let scale = chance.pick(&[0, 2, 8, 18]);
        let units = u128::from(chance.below(1_000_000_000_000_000_000)) + 1;
        let units = if scale == 0 { units % 1_000_000 + 2 } else { units };
        // The smallest amount there is now and then.
        let amount = if seq % 16 == 5 { decimal(1, 8) } else { decimal(units, scale) };
        let details = (status == Self::PARTIALLY_SUCCESSFUL || chance.one_in(10)).then(|| Details {
            partial: Partial {
                request_amount: amount.clone(),
                processed_amount: decimal(units / 2, scale),
                processed_fee: "1".into(),
                normalize_transaction: "",
            },
        });
        Transaction {
            address: format!("demo-address-{}", chance.below(ADDRESSES)),
            unique_id: chance.one_in(3).then(|| format!("unique-{seq}")),
            created_at: at_us / 1_000_000,
            currency,
            ticker,
            method: if odd { 3 } else { 2 - u64::from(is_deposit) },
            amount,
            description: chance.pick(&["", "", "demo"]),
            memo: if chance.one_in(5) { format!("memo-{}", chance.below(10)) } else { String::new() },
            fee: chance.pick(&["0", "1", "0.00005"]).into(),
            status,
            network: chance.pick(&[None, Some("DEMO")]),
            // Repeats over several records, the id never (6.1).
            transaction_hash: format!("{:016x}", Chance::new(seed, "hash", seq - u64::from(seq % 4 == 3)).next()),
            transaction_id: chance.uuid(),
            details,
            confirmations: is_deposit.then(|| Confirmations { actual: chance.below(3), required: 2 }),
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct Convert {
    /// A string of digits.
    pub id: String,
    /// Seconds.
    pub date: u64,
    give: String,
    receive: String,
    rate: String,
    path: Vec<Hop>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Hop {
    from: &'static str,
    to: &'static str,
    rate: &'static str,
}

/// Hops, and the whole rate in units of 10^-8.
const PATHS: [(&[Hop], u128); 3] = [
    (&[Hop { from: "BTC", to: "USDT", rate: "37200" }], 3_720_000_000_000),
    (&[Hop { from: "USDT", to: "ETH", rate: "0.0005" }], 50_000),
    (&[Hop { from: "ETH", to: "USDT", rate: "2000" }, Hop { from: "USDT", to: "BTC", rate: "0.000025" }], 5_000_000),
];

impl Convert {
    pub fn new(seed: u64, seq: u64, at_us: u64) -> Convert {
        let mut chance = Chance::new(seed, "convert", seq);
        let (path, rate) = PATHS[usize::try_from(seq % 3).unwrap_or(0)];
        let give = u128::from(chance.below(1_000_000_000) + 1);
        Convert {
            id: (9001 + seq).to_string(),
            date: at_us / 1_000_000,
            give: decimal(give, 8),
            receive: decimal(give * rate, 16),
            rate: decimal(rate, 8),
            path: path.to_vec(),
        }
    }

    pub fn is_between(&self, from: Option<&str>, to: Option<&str>) -> bool {
        from.is_none_or(|ticker| self.path.first().is_some_and(|hop| hop.from == ticker))
            && to.is_none_or(|ticker| self.path.last().is_some_and(|hop| hop.to == ticker))
    }
}
