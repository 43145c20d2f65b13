//! One record of a read, from the venue's names to ours (facts/bybit.md, 13).

use crate::model::history_records::{Execution, FeeAmount, LogEntry, PastOrder};
use crate::model::record_enums::{MarketCategory, MaybeKnown, OrderSide, OrderStatus, OrderType, TransactionState};
use crate::model::wallet_records::{CoinBalance, Deposit, InternalTransfer, UnifiedWallet, Withdrawal};
use crate::wire::rows::{Bad, Row};

/// 13.2.
pub(super) fn wallet(row: &Row<'_>) -> Result<UnifiedWallet, Bad> {
    Ok(UnifiedWallet {
        account_type: row.text("accountType")?,
        total_equity: row.amount_or_empty("totalEquity")?,
        total_wallet_balance: row.amount_or_empty("totalWalletBalance")?,
        total_margin_balance: row.amount_or_empty("totalMarginBalance")?,
        total_available_balance: row.amount_or_empty("totalAvailableBalance")?,
        total_perp_upl: row.amount_or_empty("totalPerpUPL")?,
        total_initial_margin: row.amount_or_empty("totalInitialMargin")?,
        total_maintenance_margin: row.amount_or_empty("totalMaintenanceMargin")?,
        coins: row.objects("coin")?.iter().map(coin).collect::<Result<_, Bad>>()?,
    })
}

fn coin(row: &Row<'_>) -> Result<CoinBalance, Bad> {
    Ok(CoinBalance {
        coin: row.text("coin")?,
        wallet_balance: row.amount_or_empty("walletBalance")?,
        locked: row.amount_or_empty("locked")?,
        equity: row.amount_or_empty("equity")?,
        usd_value: row.amount_or_empty("usdValue")?,
        borrow_amount: row.amount_or_empty("borrowAmount")?,
        spot_borrow: row.amount_or_empty("spotBorrow")?,
        accrued_interest: row.amount_or_empty("accruedInterest")?,
        total_order_margin: row.amount_or_empty("totalOrderIM")?,
        total_position_margin: row.amount_or_empty("totalPositionIM")?,
        unrealised_pnl: row.amount_or_empty("unrealisedPnl")?,
        realised_pnl: row.amount_or_empty("cumRealisedPnl")?,
        bonus: row.amount_or_empty("bonus")?,
        margin_collateral: row.optional_truth("marginCollateral")?,
        collateral_switch: row.optional_truth("collateralSwitch")?,
    })
}

/// 13.3.
pub(super) fn deposit(row: &Row<'_>) -> Result<Deposit, Bad> {
    let status = row.number("status")?;
    Ok(Deposit {
        id: row.optional_id("id")?,
        coin: row.text("coin")?,
        chain: row.text_or_empty("chain")?,
        amount: row.amount("amount")?,
        fee: row.amount_or_empty("depositFee")?,
        status,
        state: match status {
            // Rollbacks that are looked into are not over.
            1 | 2 | 7 | 10_011 | 70_013 => Some(TransactionState::Pending),
            3 | 10_012 | 70_012 => Some(TransactionState::Successful),
            4 => Some(TransactionState::Failed),
            70_011 => Some(TransactionState::RolledBack),
            _ => None,
        },
        success_at_ms: row.optional_milliseconds("successAt")?,
        tx_id: row.text_or_empty("txID")?,
        tx_index: row.optional_id("txIndex")?,
        block_hash: row.text_or_empty("blockHash")?,
        confirmations: row.optional_id("confirmations")?,
        to_address: row.text_or_empty("toAddress")?,
        from_address: row.text_or_empty("fromAddress")?,
        tag: row.text_or_empty("tag")?,
        deposit_type: row.optional_id("depositType")?,
    })
}

/// 13.4.
pub(super) fn withdrawal(row: &Row<'_>) -> Result<Withdrawal, Bad> {
    let status = row.text("status")?;
    Ok(Withdrawal {
        id: row.id("withdrawId")?,
        coin: row.text("coin")?,
        chain: row.text_or_empty("chain")?,
        amount: row.amount("amount")?,
        fee: row.amount_or_empty("withdrawFee")?,
        state: match status.as_str() {
            "SecurityCheck" | "Pending" | "BlockchainConfirmed" => Some(TransactionState::Pending),
            "success" => Some(TransactionState::Successful),
            "CancelByUser" => Some(TransactionState::Canceled),
            "Reject" | "Fail" => Some(TransactionState::Failed),
            "MoreInformationRequired" => Some(TransactionState::Unconfirmed),
            _ => None,
        },
        status,
        created_at_ms: row.milliseconds("createTime")?,
        updated_at_ms: row.optional_milliseconds("updateTime")?,
        tx_id: row.text_or_empty("txID")?,
        to_address: row.text_or_empty("toAddress")?,
        tag: row.text_or_empty("tag")?,
        off_chain: row.optional_number("withdrawType")?.and_then(|kind| match kind {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }),
    })
}

/// 13.5.
pub(super) fn transfer(row: &Row<'_>) -> Result<InternalTransfer, Bad> {
    let status = row.text("status")?;
    Ok(InternalTransfer {
        id: row.id("transferId")?,
        coin: row.text("coin")?,
        amount: row.amount("amount")?,
        from_account_type: row.text("fromAccountType")?,
        to_account_type: row.text("toAccountType")?,
        created_at_ms: row.milliseconds("timestamp")?,
        state: match status.as_str() {
            "SUCCESS" => Some(TransactionState::Successful),
            "PENDING" => Some(TransactionState::Pending),
            "FAILED" => Some(TransactionState::Failed),
            _ => None,
        },
        status,
    })
}

const SIDES: [(&str, OrderSide); 2] = [("Buy", OrderSide::Buy), ("Sell", OrderSide::Sell)];
const TYPES: [(&str, OrderType); 2] = [("Limit", OrderType::Limit), ("Market", OrderType::Market)];

/// 13.6. A row does not name its category; the question did.
pub(super) fn order(row: &Row<'_>, category: MarketCategory) -> Result<PastOrder, Bad> {
    const STATUSES: [(&str, OrderStatus); 6] = [
        ("Filled", OrderStatus::Filled),
        ("Cancelled", OrderStatus::Canceled),
        ("PartiallyFilledCanceled", OrderStatus::PartiallyFilledCanceled),
        ("Rejected", OrderStatus::Rejected),
        ("Triggered", OrderStatus::Triggered),
        ("Deactivated", OrderStatus::Deactivated),
    ];
    let fee = |(coin, amount)| FeeAmount { coin, amount };
    Ok(PastOrder {
        id: row.id("orderId")?,
        order_link_id: row.text_or_empty("orderLinkId")?,
        category: MaybeKnown::Known(category),
        symbol: row.text("symbol")?,
        side: row.open("side", &SIDES)?,
        order_type: row.open("orderType", &TYPES)?,
        status: row.open("orderStatus", &STATUSES)?,
        price: row.amount_or_empty("price")?,
        quantity: row.amount_or_empty("qty")?,
        market_unit: row.text_or_empty("marketUnit")?,
        average_price: row.amount_or_empty("avgPrice")?,
        leaves_quantity: row.amount_or_empty("leavesQty")?,
        filled_quantity: row.amount_or_empty("cumExecQty")?,
        filled_value: row.amount_or_empty("cumExecValue")?,
        filled_fee: row.amount_or_empty("cumExecFee")?,
        fees: row.amounts("cumFeeDetail")?.into_iter().map(fee).collect(),
        time_in_force: row.text_or_empty("timeInForce")?,
        stop_order_type: row.text_or_empty("stopOrderType")?,
        trigger_price: row.amount_or_empty("triggerPrice")?,
        reduce_only: row.optional_truth("reduceOnly")?,
        cancel_type: row.text_or_empty("cancelType")?,
        reject_reason: row.text_or_empty("rejectReason")?,
        created_at_ms: row.milliseconds("createdTime")?,
        updated_at_ms: row.optional_milliseconds("updatedTime")?,
    })
}

/// 13.7.
pub(super) fn execution(row: &Row<'_>, category: MarketCategory) -> Result<Execution, Bad> {
    Ok(Execution {
        id: row.id("execId")?,
        order_id: row.optional_id("orderId")?,
        order_link_id: row.text_or_empty("orderLinkId")?,
        category: MaybeKnown::Known(category),
        symbol: row.text("symbol")?,
        side: row.open("side", &SIDES)?,
        execution_type: row.text_or_empty("execType")?,
        price: row.amount_or_empty("execPrice")?,
        quantity: row.amount_or_empty("execQty")?,
        value: row.amount_or_empty("execValue")?,
        fee: row.amount_or_empty("execFee")?,
        fee_currency: row.text_or_empty("feeCurrency")?,
        fee_rate: row.amount_or_empty("feeRate")?,
        is_maker: row.optional_truth("isMaker")?,
        order_price: row.amount_or_empty("orderPrice")?,
        order_quantity: row.amount_or_empty("orderQty")?,
        leaves_quantity: row.amount_or_empty("leavesQty")?,
        closed_size: row.amount_or_empty("closedSize")?,
        executed_at_ms: row.milliseconds("execTime")?,
    })
}

/// 13.8.
pub(super) fn log_entry(row: &Row<'_>) -> Result<LogEntry, Bad> {
    Ok(LogEntry {
        id: row.id("id")?,
        entry_type: row.text("type")?,
        category: row.text_or_empty("category")?,
        symbol: row.text_or_empty("symbol")?,
        side: row.text_or_empty("side")?,
        currency: row.text("currency")?,
        change: row.amount_or_empty("change")?,
        cash_balance: row.amount_or_empty("cashBalance")?,
        cash_flow: row.amount_or_empty("cashFlow")?,
        funding: row.amount_or_empty("funding")?,
        fee: row.amount_or_empty("fee")?,
        fee_rate: row.amount_or_empty("feeRate")?,
        quantity: row.amount_or_empty("qty")?,
        size: row.amount_or_empty("size")?,
        trade_price: row.amount_or_empty("tradePrice")?,
        bonus_change: row.amount_or_empty("bonusChange")?,
        trade_id: row.text_or_empty("tradeId")?,
        order_id: row.text_or_empty("orderId")?,
        order_link_id: row.text_or_empty("orderLinkId")?,
        at_ms: row.milliseconds("transactionTime")?,
    })
}
