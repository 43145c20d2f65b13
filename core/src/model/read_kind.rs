//! What can be read of an account, by name.

use crate::base::error::named;

/// What can be read of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadKind {
    /// Deposits and withdrawals.
    Transactions,
    /// Exchanges at a quoted rate.
    Converts,
    /// Orders that have ended.
    Orders,
    /// Trades.
    Deals,
    /// The main account.
    MainBalances,
    /// The spot (trade) account.
    SpotBalances,
    /// The unified account.
    WalletBalance,
    /// Deposits on a chain.
    Deposits,
    /// Withdrawals.
    Withdrawals,
    /// Transfers between the user's own accounts.
    InternalTransfers,
    /// Orders that have ended.
    OrderHistory,
    /// Fills of orders, and what else has changed a position.
    Executions,
    /// All that has changed the unified account.
    TransactionLog,
    /// The account's balances, in the same shape for every venue.
    CommonBalances,
    /// Deposits, withdrawals and transfers, likewise.
    CommonTransactions,
    /// Orders that have ended, likewise.
    CommonOrders,
    /// Trades, likewise.
    CommonTrades,
}

named!(ReadKind "read" {
    Transactions = "transactions",
    Converts = "converts",
    Orders = "orders",
    Deals = "deals",
    MainBalances = "main_balances",
    SpotBalances = "spot_balances",
    WalletBalance = "wallet_balance",
    Deposits = "deposits",
    Withdrawals = "withdrawals",
    InternalTransfers = "internal_transfers",
    OrderHistory = "order_history",
    Executions = "executions",
    TransactionLog = "transaction_log",
    CommonBalances = "common_balances",
    CommonTransactions = "common_transactions",
    CommonOrders = "common_orders",
    CommonTrades = "common_trades",
});
