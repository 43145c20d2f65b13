//! The words in records: documented ones by name, others as the venue sends them.

use crate::base::error::named;
use crate::base::json::{ToJson, Writer};

/// A word of the venue's: one of those its documentation lists, or what it sent instead. Written as text: the known
/// ones by our names, others in the venue's own spelling.
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

/// Which way a transaction goes (facts/whitebit.md, 6.1).
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
    /// A withdrawal of which a part has been done; see [`AccountTransaction::details`](crate::parts::AccountTransaction::details).
    PartiallySuccessful,
    /// Ended without effect.
    Canceled,
    /// On its way.
    Pending,
    /// Waits for the user's confirmation.
    Unconfirmed,
    /// Held by the anti-money-laundering check.
    Frozen,
    /// A deposit that has arrived and is not credited.
    Uncredited,
    /// A deposit whose travel-rule data are awaited.
    TravelRuleAwaited,
    /// A deposit whose travel-rule data are being checked.
    TravelRuleChecked,
    /// Ended without effect, by the venue.
    Failed,
    /// A deposit that was credited and taken back, since its chain took it back.
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

/// Which way money goes.
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
    /// For trading coins for coins (facts/whitebit.md, 6.6).
    Spot,
    /// For all trading (facts/bybit.md, 13.2).
    Unified,
}

named!(BalanceAccount "account" {
    Main = "main",
    Spot = "spot",
    Unified = "unified",
});

/// How an order ended (facts/whitebit.md, 6.3; facts/bybit.md, 13.6). The words differ from those one can filter by.
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
    /// Canceled because it would have traded with the user's own.
    CanceledStp,
    /// Canceled after a part was filled.
    PartiallyFilledCanceled,
    /// Refused by the venue.
    Rejected,
    /// Its trigger has fired, and another order goes on for it.
    Triggered,
    /// Canceled before its trigger has fired.
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
    /// At a price or better.
    Limit,
    /// At the market's price, its amount in the quote currency for a buy.
    Market,
    /// At the market's price, its amount in the base currency; the venue's `stock market`.
    StockMarket,
    /// A limit order behind a trigger.
    StopLimit,
    /// A market order behind a trigger.
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

/// Whose order stood in the book (facts/whitebit.md, 6.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DealRole {
    /// The user's; the venue's 1.
    Maker,
    /// The other's; the venue's 2.
    Taker,
}

named!(DealRole "role" {
    Maker = "maker",
    Taker = "taker",
});

/// A kind of market (facts/bybit.md, 13.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarketCategory {
    /// Coins for coins.
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
