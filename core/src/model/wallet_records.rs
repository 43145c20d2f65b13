//! The records of a unified account and of what goes in and out of it, as `records` has them: times in milliseconds, figures that
//! the venue leaves empty absent. Sources: sections of facts/bybit.md, 13.

use crate::base::json::members_written;
use crate::model::record_enums::TransactionState;

/// A unified account (13.2). The totals are in US dollars; an account in isolated margin mode has none.
#[derive(Debug, Clone, PartialEq)]
pub struct UnifiedWallet {
    /// The venue's own word, such as `UNIFIED`.
    pub account_type: String,
    /// Decimal text.
    pub total_equity: Option<String>,
    /// Decimal text.
    pub total_wallet_balance: Option<String>,
    /// Decimal text.
    pub total_margin_balance: Option<String>,
    /// Decimal text.
    pub total_available_balance: Option<String>,
    /// Decimal text: unrealised, for perpetuals and futures.
    pub total_perp_upl: Option<String>,
    /// Decimal text.
    pub total_initial_margin: Option<String>,
    /// Decimal text.
    pub total_maintenance_margin: Option<String>,
    /// What it holds.
    pub coins: Vec<CoinBalance>,
}

members_written!(UnifiedWallet {
    account_type,
    total_equity,
    total_wallet_balance,
    total_margin_balance,
    total_available_balance,
    total_perp_upl,
    total_initial_margin,
    total_maintenance_margin,
    coins,
});

/// One coin of a unified account, in that coin.
#[derive(Debug, Clone, PartialEq)]
pub struct CoinBalance {
    /// Such as `BTC`.
    pub coin: String,
    /// Decimal text.
    pub wallet_balance: Option<String>,
    /// Decimal text: held by open spot orders.
    pub locked: Option<String>,
    /// Decimal text: including unrealised results, less what is borrowed.
    pub equity: Option<String>,
    /// Decimal text, in US dollars.
    pub usd_value: Option<String>,
    /// Decimal text.
    pub borrow_amount: Option<String>,
    /// Decimal text.
    pub spot_borrow: Option<String>,
    /// Decimal text.
    pub accrued_interest: Option<String>,
    /// Decimal text: margin that open orders take.
    pub total_order_margin: Option<String>,
    /// Decimal text: margin that positions take.
    pub total_position_margin: Option<String>,
    /// Decimal text.
    pub unrealised_pnl: Option<String>,
    /// Decimal text.
    pub realised_pnl: Option<String>,
    /// Decimal text.
    pub bonus: Option<String>,
    /// Whether the venue accepts it as collateral.
    pub margin_collateral: Option<bool>,
    /// Whether the user has enabled it as collateral.
    pub collateral_switch: Option<bool>,
}

members_written!(CoinBalance {
    coin,
    wallet_balance,
    locked,
    equity,
    usd_value,
    borrow_amount,
    spot_borrow,
    accrued_interest,
    total_order_margin,
    total_position_margin,
    unrealised_pnl,
    realised_pnl,
    bonus,
    margin_collateral,
    collateral_switch,
});

/// A deposit on a chain (13.3).
#[derive(Debug, Clone, PartialEq)]
pub struct Deposit {
    /// The venue's id, if it gives one.
    pub id: Option<String>,
    /// Such as `BTC`.
    pub coin: String,
    /// The venue's name of the chain.
    pub chain: Option<String>,
    /// Decimal text, in `coin`.
    pub amount: String,
    /// Decimal text, in `coin`.
    pub fee: Option<String>,
    /// The venue's code; it means what [`state`](Deposit::state) says.
    pub status: u32,
    /// The code's meaning; absent if undocumented.
    pub state: Option<TransactionState>,
    /// Unix milliseconds; absent until it has succeeded.
    pub success_at_ms: Option<u64>,
    /// The transaction on the chain.
    pub tx_id: Option<String>,
    /// Its index in the block.
    pub tx_index: Option<String>,
    /// The block.
    pub block_hash: Option<String>,
    /// How many blocks have confirmed it, as the venue writes it.
    pub confirmations: Option<String>,
    /// The user's address at the venue.
    pub to_address: Option<String>,
    /// The address it came from, if there was only one.
    pub from_address: Option<String>,
    /// The tag or memo of the user's address.
    pub tag: Option<String>,
    /// The venue's code for why it waits; `0` for a normal deposit.
    pub deposit_type: Option<String>,
}

members_written!(Deposit {
    id,
    coin,
    chain,
    amount,
    fee,
    status,
    state,
    success_at_ms,
    tx_id,
    tx_index,
    block_hash,
    confirmations,
    to_address,
    from_address,
    tag,
    deposit_type,
});

/// A withdrawal, on a chain or to another user (13.4).
#[derive(Debug, Clone, PartialEq)]
pub struct Withdrawal {
    /// The venue's id.
    pub id: String,
    /// Such as `BTC`.
    pub coin: String,
    /// The venue's name of the chain.
    pub chain: Option<String>,
    /// Decimal text, in `coin`.
    pub amount: String,
    /// Decimal text, in `coin`.
    pub fee: Option<String>,
    /// The venue's own word; it means what [`state`](Withdrawal::state) says.
    pub status: String,
    /// The word's meaning; absent if undocumented.
    pub state: Option<TransactionState>,
    /// Unix milliseconds.
    pub created_at_ms: u64,
    /// Unix milliseconds.
    pub updated_at_ms: Option<u64>,
    /// The transaction on the chain; absent if there is none.
    pub tx_id: Option<String>,
    /// Its destination; the other user's id if it stays at the venue.
    pub to_address: Option<String>,
    /// The tag or memo of that address.
    pub tag: Option<String>,
    /// Whether it stays at the venue, with another user.
    pub off_chain: Option<bool>,
}

members_written!(Withdrawal {
    id,
    coin,
    chain,
    amount,
    fee,
    status,
    state,
    created_at_ms,
    updated_at_ms,
    tx_id,
    to_address,
    tag,
    off_chain,
});

/// A transfer between accounts of one user (13.5).
#[derive(Debug, Clone, PartialEq)]
pub struct InternalTransfer {
    /// The venue's id.
    pub id: String,
    /// Such as `BTC`.
    pub coin: String,
    /// Decimal text, in `coin`.
    pub amount: String,
    /// The venue's own word, such as `FUND`.
    pub from_account_type: String,
    /// The venue's own word, such as `UNIFIED`.
    pub to_account_type: String,
    /// Unix milliseconds.
    pub created_at_ms: u64,
    /// The venue's own word; it means what [`state`](InternalTransfer::state) says.
    pub status: String,
    /// The word's meaning; absent if undocumented.
    pub state: Option<TransactionState>,
}

members_written!(InternalTransfer {
    id,
    coin,
    amount,
    from_account_type,
    to_account_type,
    created_at_ms,
    status,
    state,
});
