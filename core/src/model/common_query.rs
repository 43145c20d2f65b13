//! What to read in the shape that is the same for every venue.

use serde::{Deserialize, Serialize};

use crate::model::record_enums::TransactionKind;

/// Deposits, withdrawals and transfers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CommonTransactionsQuery {
    /// All that the venue tells where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<TransactionKind>,
    /// Unix milliseconds; a year before `to_ms` where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_ms: Option<u64>,
    /// Unix milliseconds; now where left out or later than now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_ms: Option<u64>,
}

/// Orders or trades.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CommonHistoryQuery {
    /// Unix milliseconds; a year before `to_ms` where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_ms: Option<u64>,
    /// Unix milliseconds; now where left out or later than now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_ms: Option<u64>,
}

/// Any of them. In a cursor its span is filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum CommonQuery {
    Balances,
    Transactions(CommonTransactionsQuery),
    Orders(CommonHistoryQuery),
    Trades(CommonHistoryQuery),
}

impl CommonQuery {
    /// The ends of its span in Unix milliseconds, as far as they are known; `None` where it has none.
    pub fn span_ms(&mut self) -> Option<(&mut Option<u64>, &mut Option<u64>)> {
        match self {
            Self::Balances => None,
            Self::Transactions(query) => Some((&mut query.from_ms, &mut query.to_ms)),
            Self::Orders(query) | Self::Trades(query) => Some((&mut query.from_ms, &mut query.to_ms)),
        }
    }
}
