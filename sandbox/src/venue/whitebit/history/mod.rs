//! What happened in the users' accounts before anyone asked. Invented, and the same for the same seed and user;
//! made once, at the first look, and looked up from then on. Oldest first; the answers turn that around.

mod trades;
mod transfers;

pub use crate::parts::chance::Moment;
pub use trades::{Deal, Order};
pub use transfers::{Convert, Transaction};

use super::knobs::Context;
use crate::base::calendar::DAY_MS;
use crate::exchange::action::Arrivals;
use crate::parts::chance::{Chance, moments};
use serde_json::{Value, json};

/// One user's.
#[derive(Clone, Debug)]
pub struct History {
    seed: u64,
    /// Whether some values are ones that no documentation lists.
    odd: bool,
    pub transactions: Vec<Transaction>,
    pub converts: Vec<Convert>,
    pub orders: Vec<Order>,
    pub deals: Vec<Deal>,
}

impl History {
    pub fn new(uid: u64, context: &Context<'_>) -> History {
        let knobs = context.knobs;
        let seed = context.mint.seed() ^ uid.rotate_left(32);
        let odd = knobs.odd_enums;
        let now_us = context.now_ms.saturating_mul(1000);
        let span_us = knobs.history_days.saturating_mul(DAY_MS).saturating_mul(1000);
        let moments = |kind| moments(knobs.history_rows, now_us, span_us, &mut Chance::new(seed, kind, 0));
        let orders: Vec<Order> =
            numbered(moments("orders")).map(|(seq, at)| Order::new(seed, seq, at, now_us, odd)).collect();
        History {
            seed,
            odd,
            transactions: numbered(moments("transactions"))
                .map(|(seq, at)| Transaction::new(seed, seq, at, odd))
                .collect(),
            converts: numbered(moments("converts")).map(|(seq, at)| Convert::new(seed, seq, at)).collect(),
            deals: Deal::all_of(&orders, orders.len(), odd),
            orders,
        }
    }

    /// New rows, all of this moment.
    pub fn arrive(&mut self, rows: &Arrivals, now_ms: u64) -> Value {
        let (seed, odd, now_us) = (self.seed, self.odd, now_ms.saturating_mul(1000));
        for seq in next(&self.transactions, rows.transactions) {
            self.transactions.push(Transaction::new(seed, seq, now_us, odd));
        }
        for seq in next(&self.converts, rows.converts) {
            self.converts.push(Convert::new(seed, seq, now_us));
        }
        for seq in next(&self.orders, rows.orders) {
            self.orders.push(Order::new(seed, seq, now_us, now_us, odd));
        }
        for seq in next(&self.deals, rows.deals) {
            let order = self.orders.iter().rfind(|order| order.is_dealt());
            // Without one, that of an order which no history keeps.
            let order = order.cloned().unwrap_or_else(|| Order::new(seed, 0, now_us, now_us, odd));
            self.deals.push(Deal::later(&order, seq, now_us, odd));
        }
        // Where the clock was set back, they are not the newest.
        self.transactions.sort_by_key(|row| row.created_at);
        self.converts.sort_by_key(|row| row.date);
        self.orders.sort_by_key(|row| row.ctime);
        self.deals.sort_by_key(|row| row.time);
        json!({
            "transactions": self.transactions.len(), "converts": self.converts.len(),
            "orders": self.orders.len(), "deals": self.deals.len(),
        })
    }
}

fn numbered(moments: Vec<u64>) -> impl Iterator<Item = (u64, u64)> {
    (0..).zip(moments)
}

/// The numbers of so many rows behind those that are there.
fn next<T>(rows: &[T], more: u32) -> std::ops::Range<u64> {
    let first = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    first..first.saturating_add(more.into())
}
