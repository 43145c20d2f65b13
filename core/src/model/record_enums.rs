//! The words in records: documented ones by name, others as the venue sends them.

use crate::base::error::named;
use crate::base::json::{ToJson, Writer};

/// A word of the venue's: one that its documentation lists, or whatever it sent instead. As text, known ones have our
/// names, others the venue's own spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MaybeKnown<T> {
    /// A documented one.
    Known(T),
    /// The venue's own text or number; untrusted.
    Other(String),
}

macro_rules! open {
    ($($type:ident),*) => {$(
        impl MaybeKnown<$type> {
            /// Our name, or the venue's own text.
            pub fn as_str(&self) -> &str {
                match self {
                    Self::Known(known) => known.as_str(),
                    Self::Other(text) => text,
                }
            }
        }

        impl ToJson for MaybeKnown<$type> {
            fn to_json(&self, to: &mut Writer) {
                to.text(self.as_str());
            }
        }
    )*};
}

open!(TransactionMethod, OrderStatus, OrderType, OrderSide, DealRole, MarketCategory);

/// The direction of a transaction (facts/whitebit.md, 6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionMethod {
    /// Into the account; the venue's 1.
    Deposit,
    /// Out of it; the venue's 2.
    Withdrawal,
}

named!(TransactionMethod "method" {
    Deposit = "deposit",
    Withdrawal = "withdrawal",
});

/// What a transaction's status means (facts/whitebit.md, 6.1; facts/bybit.md, 13.3 to 13.5). At WhiteBIT one code means
/// different things for each method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionState {
    /// Done, for good.
    Successful,
    /// A withdrawal that is partly done; see
    /// [`AccountTransaction::details`](crate::parts::AccountTransaction::details).
    PartiallySuccessful,
    /// Ended without effect.
    Canceled,
    /// On its way.
    Pending,
    /// Waits for the user's confirmation.
    Unconfirmed,
    /// Held by an anti-money-laundering check.
    Frozen,
    /// A deposit that has arrived and is not credited yet.
    Uncredited,
    /// A deposit that waits for travel-rule data.
    TravelRuleAwaited,
    /// A deposit whose travel-rule data are being checked.
    TravelRuleChecked,
    /// Ended without effect, by the venue.
    Failed,
    /// A deposit that was credited, then reversed because its chain reversed it.
    RolledBack,
}

named!(TransactionState "state" {
    Successful = "successful",
    PartiallySuccessful = "partially_successful",
    Canceled = "canceled",
    Pending = "pending",
    Unconfirmed = "unconfirmed",
    Frozen = "frozen",
    Uncredited = "uncredited",
    TravelRuleAwaited = "travel_rule_awaited",
    TravelRuleChecked = "travel_rule_checked",
    Failed = "failed",
    RolledBack = "rolled_back",
});

/// The direction of a transfer of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionKind {
    /// Into the account.
    Deposit,
    /// Out of it.
    Withdrawal,
    /// From one of the user's own accounts to another.
    Transfer,
}

named!(TransactionKind "kind" {
    Deposit = "deposit",
    Withdrawal = "withdrawal",
    Transfer = "transfer",
});

/// Which of the user's accounts at a venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BalanceAccount {
    /// Where deposits arrive and withdrawals leave (facts/whitebit.md, 6.5).
    Main,
    /// For spot trading (facts/whitebit.md, 6.6).
    Spot,
    /// For all trading (facts/bybit.md, 13.2).
    Unified,
}

named!(BalanceAccount "account" {
    Main = "main",
    Spot = "spot",
    Unified = "unified",
});

/// How an order ended (facts/whitebit.md, 6.3; facts/bybit.md, 13.6). Filters use different words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderStatus {
    /// Filled.
    Filled,
    /// Canceled.
    Canceled,
    /// Canceled by a liquidation.
    AutoCanceledLiquidation,
    /// Canceled because it could only reduce a position.
    AutoCanceledReduceOnly,
    /// Canceled because it would have traded with the user's own order.
    CanceledStp,
    /// Canceled after a partial fill.
    PartiallyFilledCanceled,
    /// Refused by the venue.
    Rejected,
    /// Its trigger fired, and another order replaces it.
    Triggered,
    /// Canceled before its trigger fired.
    Deactivated,
}

named!(OrderStatus "status" {
    Filled = "filled",
    Canceled = "canceled",
    AutoCanceledLiquidation = "auto_canceled_liquidation",
    AutoCanceledReduceOnly = "auto_canceled_reduce_only",
    CanceledStp = "canceled_stp",
    PartiallyFilledCanceled = "partially_filled_canceled",
    Rejected = "rejected",
    Triggered = "triggered",
    Deactivated = "deactivated",
});

/// What kind of order it is (facts/whitebit.md, 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderType {
    /// At the given price or better.
    Limit,
    /// At the market price; a buy's amount is in the quote currency.
    Market,
    /// At the market price, with the amount in the base currency; the venue's `stock market`.
    StockMarket,
    /// A limit order with a trigger.
    StopLimit,
    /// A market order with a trigger.
    StopMarket,
}

named!(OrderType "order_type" {
    Limit = "limit",
    Market = "market",
    StockMarket = "stock_market",
    StopLimit = "stop_limit",
    StopMarket = "stop_market",
});

/// Which side of the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderSide {
    /// Buys the base currency.
    Buy,
    /// Sells it.
    Sell,
}

named!(OrderSide "side" {
    Buy = "buy",
    Sell = "sell",
});

/// Whether the user's order was the maker or the taker (facts/whitebit.md, 6.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DealRole {
    /// Maker: it was in the book; the venue's 1.
    Maker,
    /// Taker: it met an order in the book; the venue's 2.
    Taker,
}

named!(DealRole "role" {
    Maker = "maker",
    Taker = "taker",
});

/// A kind of market (facts/bybit.md, 13.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarketCategory {
    /// Spot.
    Spot,
    /// Contracts settled in USDT or USDC.
    Linear,
    /// Contracts settled in the coin.
    Inverse,
    /// Options.
    Option,
}

named!(MarketCategory "category" {
    Spot = "spot",
    Linear = "linear",
    Inverse = "inverse",
    Option = "option",
});
