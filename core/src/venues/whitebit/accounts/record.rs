//! One record of an account read, from the venue's names to ours (facts/whitebit.md, 6).

use crate::model::record_enums::{
    DealRole, MaybeKnown, OrderSide, OrderStatus, OrderType, TransactionMethod, TransactionState,
};
use crate::model::records::{
    AccountTransaction, Confirmations, Convert, ConvertStep, Deal, Order, PartialTransaction, TransactionDetails,
};
use crate::wire::rows::{Bad, Row};

pub(super) fn transaction(row: &Row<'_>) -> Result<AccountTransaction, Bad> {
    const METHODS: [(&str, TransactionMethod); 2] =
        [("1", TransactionMethod::Deposit), ("2", TransactionMethod::Withdrawal)];
    let method = row.open("method", &METHODS)?;
    let status = row.number("status")?;
    // Absent where there is nothing partial, though the sample always has it.
    let partial = |details: &Row<'_>| match details.has("partial") {
        true => details.object("partial")?.map(|partial| partial_transaction(&partial)).transpose(),
        false => Ok(None),
    };
    let confirmations =
        |row: Row<'_>| Ok(Confirmations { actual: row.number("actual")?, required: row.number("required")? });
    Ok(AccountTransaction {
        transaction_id: row.id("transaction_id")?,
        state: state(&method, status),
        method,
        status,
        created_at_s: row.seconds("createdAt")?,
        ticker: row.text("ticker")?,
        currency: row.text("currency")?,
        amount: row.amount("amount")?,
        fee: row.amount("fee")?,
        address: row.text_or_null("address")?,
        memo: row.text_or_null("memo")?,
        description: row.text_or_null("description")?,
        transaction_hash: row.text_or_null("transactionHash")?,
        unique_id: row.nullable_text("unique_id")?,
        network: row.nullable_text("network")?,
        details: row.object("details")?.map(|row| Ok(TransactionDetails { partial: partial(&row)? })).transpose()?,
        confirmations: row.object("confirmations")?.map(confirmations).transpose()?,
    })
}

fn partial_transaction(row: &Row<'_>) -> Result<PartialTransaction, Bad> {
    Ok(PartialTransaction {
        request_amount: row.amount("requestAmount")?,
        processed_amount: row.amount("processedAmount")?,
        processed_fee: row.amount("processedFee")?,
        normalize_transaction: row.text_or_null("normalizeTransaction")?,
    })
}

/// 6.1, the status codes.
fn state(method: &MaybeKnown<TransactionMethod>, status: u32) -> Option<TransactionState> {
    use TransactionState::*;
    let MaybeKnown::Known(method) = method else { return None };
    Some(match (method, status) {
        (_, 3 | 7) => Successful,
        (_, 4) | (TransactionMethod::Deposit, 9) => Canceled,
        (_, 5) => Unconfirmed,
        (_, 21) => Frozen,
        (TransactionMethod::Deposit, 15) => Pending,
        (TransactionMethod::Deposit, 22) => Uncredited,
        (TransactionMethod::Deposit, 27) => TravelRuleAwaited,
        (TransactionMethod::Deposit, 28) => TravelRuleChecked,
        (TransactionMethod::Withdrawal, 1 | 2 | 6 | 10..=17) => Pending,
        (TransactionMethod::Withdrawal, 18) => PartiallySuccessful,
        _ => return None,
    })
}

pub(super) fn convert(row: &Row<'_>) -> Result<Convert, Bad> {
    let step =
        |row: &Row<'_>| Ok(ConvertStep { from: row.text("from")?, to: row.text("to")?, rate: row.amount("rate")? });
    Ok(Convert {
        id: row.id("id")?,
        date_s: row.seconds("date")?,
        give: row.amount("give")?,
        receive: row.amount("receive")?,
        rate: row.amount("rate")?,
        path: row.objects("path")?.iter().map(step).collect::<Result<_, Bad>>()?,
    })
}

const SIDES: [(&str, OrderSide); 2] = [("buy", OrderSide::Buy), ("sell", OrderSide::Sell)];

pub(super) fn order((market, row): &(String, Row<'_>)) -> Result<Order, Bad> {
    const TYPES: [(&str, OrderType); 5] = [
        ("limit", OrderType::Limit),
        ("market", OrderType::Market),
        ("stock market", OrderType::StockMarket),
        ("stop limit", OrderType::StopLimit),
        ("stop market", OrderType::StopMarket),
    ];
    const STATUSES: [(&str, OrderStatus); 5] = [
        ("FILLED", OrderStatus::Filled),
        ("CANCELED", OrderStatus::Canceled),
        ("AUTO_CANCELED_LIQUIDATION", OrderStatus::AutoCanceledLiquidation),
        ("AUTO_CANCELED_REDUCE_ONLY", OrderStatus::AutoCanceledReduceOnly),
        ("CANCELED_STP", OrderStatus::CanceledStp),
    ];
    Ok(Order {
        market: market.clone(),
        id: row.id("id")?,
        client_order_id: row.text_or_null("clientOrderId")?,
        order_type: row.open("type", &TYPES)?,
        side: row.open("side", &SIDES)?,
        status: row.open("status", &STATUSES)?,
        created_at_us: row.microseconds("ctime")?,
        finished_at_us: row.microseconds("ftime")?,
        amount: row.amount("amount")?,
        price: row.amount("price")?,
        deal_fee: row.amount("dealFee")?,
        deal_stock: row.amount("dealStock")?,
        deal_money: row.amount("dealMoney")?,
        post_only: row.truth("postOnly")?,
        ioc: row.truth("ioc")?,
        rpi: row.truth("rpi")?,
        reduce_only: row.truth("reduceOnly")?,
        fee_asset: row.text("feeAsset")?,
        position_side: row.optional_text("positionSide")?,
        activated: row.optional_number("activated")?,
        activation_price: row.optional_amount("activationPrice")?,
        activation_condition: row.optional_text("activationCondition")?,
    })
}

pub(super) fn deal((market, row): &(String, Row<'_>)) -> Result<Deal, Bad> {
    const ROLES: [(&str, DealRole); 2] = [("1", DealRole::Maker), ("2", DealRole::Taker)];
    Ok(Deal {
        market: market.clone(),
        id: row.id("id")?,
        order_id: row.id("orderId")?,
        client_order_id: row.text_or_null("clientOrderId")?,
        time_us: row.microseconds("time")?,
        side: row.open("side", &SIDES)?,
        role: row.open("role", &ROLES)?,
        amount: row.amount("amount")?,
        price: row.amount("price")?,
        deal: row.amount("deal")?,
        fee: row.amount("fee")?,
        fee_asset: row.text("feeAsset")?,
    })
}
