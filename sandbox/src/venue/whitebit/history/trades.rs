//! Orders (6.3) and their executions (6.4).

use super::transfers::ODD;
use crate::parts::chance::{Chance, Moment, decimal};
use serde::Serialize;

/// Name, currency of the fee, price and its step in units of 10^-8.
const MARKETS: [(&str, &str, u64, u64); 4] = [
    ("BTC_USDT", "USDT", 4_000_000_000_000, 1_000_000),
    ("ETH_USDT", "USDT", 200_000_000_000, 1_000_000),
    ("ETH_BTC", "BTC", 5_000_000, 10_000),
    ("SOL_USDT", "USDT", 10_000_000_000, 100_000),
];
const FIRST_ORDER: u64 = 700_100_200;
const FIRST_DEAL: u64 = 1_000_001;
/// An order is dealt within an hour.
const LONGEST_US: u64 = 3_600_000_000;

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    #[serde(skip)]
    pub market: &'static str,
    /// What was dealt and for how much, in units of 10^-8.
    #[serde(skip)]
    dealt: (u64, u64),
    amount: String,
    price: String,
    #[serde(rename = "type")]
    kind: &'static str,
    pub id: u64,
    pub client_order_id: String,
    side: &'static str,
    pub ctime: Moment,
    ftime: Moment,
    deal_fee: String,
    deal_stock: String,
    deal_money: String,
    post_only: bool,
    ioc: bool,
    pub status: &'static str,
    fee_asset: &'static str,
    /// Absent for plain spot (6.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    position_side: Option<&'static str>,
    rpi: bool,
    reduce_only: bool,
    /// Of stop orders only.
    #[serde(flatten)]
    activation: Option<Activation>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Activation {
    activated: u8,
    activation_price: String,
    activation_condition: &'static str,
}

impl Order {
    pub fn new(seed: u64, seq: u64, at_us: u64, now_us: u64, odd: bool) -> Order {
        let mut chance = Chance::new(seed, "order", seq);
        let odd = odd && seq % ODD == 3;
        let (market, fee_asset, base, step) = MARKETS[usize::try_from(seq % 4).unwrap_or(0)];
        let price = base + chance.below(500) * step;
        // Even multiples of 10^-4, so that halves have few digits.
        let amount = (chance.below(4999) + 1) * 20_000;
        let kind = chance.pick(&["limit", "limit", "market", "stock market", "stop limit", "stop market"]);
        let side = chance.pick(&["buy", "sell"]);
        let (status, dealt) = match seq % 5 {
            2 => ("CANCELED", 0),
            4 => {
                let ends = ["CANCELED", "CANCELED_STP", "AUTO_CANCELED_LIQUIDATION", "AUTO_CANCELED_REDUCE_ONLY"];
                (chance.pick(&ends), chance.pick(&[0, amount / 2]))
            }
            _ => ("FILLED", amount),
        };
        let money = |stock: u64| u128::from(stock) * u128::from(price);
        let at_market = kind.ends_with("market");
        let amount = match (kind, side) {
            // Market buys are told how much to spend (6.3).
            ("market", "buy") => decimal(money(amount), 16),
            _ => decimal(amount.into(), 8),
        };
        let finished_us = at_us.saturating_add(chance.below(LONGEST_US)).min(now_us.max(at_us));
        Order {
            market,
            dealt: (dealt, price),
            amount,
            price: if at_market { "0".into() } else { decimal(price.into(), 8) },
            kind: if odd { "odd type" } else { kind },
            id: FIRST_ORDER + seq,
            client_order_id: if chance.one_in(3) { format!("demo-order-{seq}") } else { String::new() },
            side,
            ctime: Moment(at_us),
            ftime: Moment(finished_us),
            deal_fee: fee(money(dealt)),
            deal_stock: decimal(dealt.into(), 8),
            deal_money: decimal(money(dealt), 16),
            post_only: kind == "limit" && chance.one_in(4),
            ioc: chance.one_in(6),
            status: if odd { "ODD_STATUS" } else { status },
            fee_asset,
            position_side: match odd {
                true => Some("ODD"),
                false => chance.one_in(4).then_some("BOTH"),
            },
            rpi: chance.one_in(9),
            reduce_only: chance.one_in(9),
            activation: kind.starts_with("stop").then(|| Activation {
                activated: 1,
                activation_price: decimal(u128::from(price - step), 8),
                activation_condition: chance.pick(&["<=", ">="]),
            }),
        }
    }

    pub fn is_dealt(&self) -> bool {
        self.dealt.0 > 0
    }
}

/// A thousandth.
fn fee(money: u128) -> String {
    decimal(money, 19)
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deal {
    #[serde(skip)]
    pub market: &'static str,
    id: u64,
    pub client_order_id: String,
    pub time: Moment,
    side: &'static str,
    role: u8,
    amount: String,
    price: String,
    deal: String,
    fee: String,
    order_id: u64,
    fee_asset: &'static str,
}

impl Deal {
    /// So many deals, spread evenly over the orders that were dealt. These are more than half of all, so that of as
    /// many deals as orders each has one or two, and halves leave nothing over.
    pub fn all_of(orders: &[Order], count: usize, odd: bool) -> Vec<Deal> {
        let dealt: Vec<&Order> = orders.iter().filter(|order| order.is_dealt()).collect();
        if dealt.is_empty() {
            return Vec::new();
        }
        let mut parts = Vec::with_capacity(count);
        for (index, order) in dealt.iter().enumerate() {
            let of_order = (index + 1) * count / dealt.len() - index * count / dealt.len();
            let of_order = u64::try_from(of_order).unwrap_or(0);
            // At a market price all of it is dealt in one moment.
            let lasted_us = if order.price == "0" { 0 } else { order.ftime.0 - order.ctime.0 };
            for part in 1..=of_order {
                parts.push((
                    Moment(order.ftime.0 - lasted_us / of_order * (of_order - part)),
                    *order,
                    order.dealt.0 / of_order,
                ));
            }
        }
        // Deals are numbered as they happen; an order's may lie on either side of another's.
        parts.sort_by_key(|(at, order, _)| (*at, order.id));
        (0..).zip(parts).map(|(seq, (at, order, stock))| Deal::new(order, seq, at, stock, odd)).collect()
    }

    /// One more of an order, of a tiny amount.
    pub fn later(order: &Order, seq: u64, at_us: u64, odd: bool) -> Deal {
        Deal::new(order, seq, Moment(at_us), 10_000, odd)
    }

    fn new(order: &Order, seq: u64, time: Moment, stock: u64, odd: bool) -> Deal {
        let price = order.dealt.1;
        let money = u128::from(stock) * u128::from(price);
        Deal {
            market: order.market,
            id: FIRST_DEAL + seq,
            client_order_id: order.client_order_id.clone(),
            time,
            side: order.side,
            role: if odd && seq % ODD == 3 { 3 } else { 1 + u8::from(seq % 2 == 1) },
            amount: decimal(stock.into(), 8),
            price: decimal(price.into(), 8),
            deal: decimal(money, 16),
            fee: fee(money),
            order_id: order.id,
            fee_asset: order.fee_asset,
        }
    }
}
