//! The records of a page, whichever read they are of.

use crate::base::json::{ToJson, Writer};
use crate::model::common_records::{CommonBalance, CommonOrder, CommonTrade, CommonTransaction};
use crate::model::history_records::{Execution, LogEntry, PastOrder};
use crate::model::records::{AccountTransaction, Convert, Deal, MainBalance, Order, SpotBalance};
use crate::model::wallet_records::{Deposit, InternalTransfer, UnifiedWallet, Withdrawal};

/// The records of one page, in the order of their read.
#[derive(Debug, Clone, PartialEq)]
pub enum Records {
    /// Of [`Client::read_transactions`](crate::Client::read_transactions).
    Transactions(Vec<AccountTransaction>),
    /// Of [`Client::read_converts`](crate::Client::read_converts).
    Converts(Vec<Convert>),
    /// Of [`Client::read_orders`](crate::Client::read_orders).
    Orders(Vec<Order>),
    /// Of [`Client::read_deals`](crate::Client::read_deals).
    Deals(Vec<Deal>),
    /// Of [`Client::read_main_balances`](crate::Client::read_main_balances).
    MainBalances(Vec<MainBalance>),
    /// Of [`Client::read_spot_balances`](crate::Client::read_spot_balances).
    SpotBalances(Vec<SpotBalance>),
    /// Of [`Client::read_wallet_balance`](crate::Client::read_wallet_balance).
    WalletBalance(Vec<UnifiedWallet>),
    /// Of [`Client::read_deposits`](crate::Client::read_deposits).
    Deposits(Vec<Deposit>),
    /// Of [`Client::read_withdrawals`](crate::Client::read_withdrawals).
    Withdrawals(Vec<Withdrawal>),
    /// Of [`Client::read_internal_transfers`](crate::Client::read_internal_transfers).
    InternalTransfers(Vec<InternalTransfer>),
    /// Of [`Client::read_order_history`](crate::Client::read_order_history).
    OrderHistory(Vec<PastOrder>),
    /// Of [`Client::read_executions`](crate::Client::read_executions).
    Executions(Vec<Execution>),
    /// Of [`Client::read_transaction_log`](crate::Client::read_transaction_log).
    TransactionLog(Vec<LogEntry>),
    /// Of [`Client::read_common_balances`](crate::Client::read_common_balances).
    CommonBalances(Vec<CommonBalance>),
    /// Of [`Client::read_common_transactions`](crate::Client::read_common_transactions).
    CommonTransactions(Vec<CommonTransaction>),
    /// Of [`Client::read_common_orders`](crate::Client::read_common_orders).
    CommonOrders(Vec<CommonOrder>),
    /// Of [`Client::read_common_trades`](crate::Client::read_common_trades).
    CommonTrades(Vec<CommonTrade>),
}

macro_rules! each {
    ($records:expr, $list:ident => $do:expr) => {
        match $records {
            Records::Transactions($list) => $do,
            Records::Converts($list) => $do,
            Records::Orders($list) => $do,
            Records::Deals($list) => $do,
            Records::MainBalances($list) => $do,
            Records::SpotBalances($list) => $do,
            Records::WalletBalance($list) => $do,
            Records::Deposits($list) => $do,
            Records::Withdrawals($list) => $do,
            Records::InternalTransfers($list) => $do,
            Records::OrderHistory($list) => $do,
            Records::Executions($list) => $do,
            Records::TransactionLog($list) => $do,
            Records::CommonBalances($list) => $do,
            Records::CommonTransactions($list) => $do,
            Records::CommonOrders($list) => $do,
            Records::CommonTrades($list) => $do,
        }
    };
}

impl ToJson for Records {
    fn to_json(&self, to: &mut Writer) {
        each!(self, list => to.list(list));
    }
}

impl Records {
    /// How many.
    pub fn len(&self) -> usize {
        each!(self, list => list.len())
    }

    /// Whether there are none, which does not mean that no page follows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keeps those for which `keep` says so, in order.
    pub(crate) fn keep(&mut self, keep: &[bool]) {
        let mut wanted = keep.iter().copied();
        each!(self, list => list.retain(|_| wanted.next().unwrap_or(false)));
    }
}
