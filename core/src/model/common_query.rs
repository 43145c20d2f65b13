//! What to read in the shape that is the same for every venue.

use crate::base::json::{FromJson, Json, ToJson, Writer, members};
use crate::model::record_enums::TransactionKind;

/// Deposits, withdrawals and transfers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommonTransactionsQuery {
    /// All that the venue reports if left out.
    pub kind: Option<TransactionKind>,
    /// Unix milliseconds, inclusive; a year ago, or a year before `to_ms`, if left out.
    pub from_ms: Option<u64>,
    /// Unix milliseconds, exclusive; if left out or in the future, an hour from now, since a clock may be slow.
    pub to_ms: Option<u64>,
}

members!(CommonTransactionsQuery { kind: optional, from_ms: optional, to_ms: optional });

/// Orders or trades.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommonHistoryQuery {
    /// Unix milliseconds, inclusive; a year ago, or a year before `to_ms`, if left out.
    pub from_ms: Option<u64>,
    /// Unix milliseconds, exclusive; if left out or in the future, an hour from now, since a clock may be slow.
    pub to_ms: Option<u64>,
}

members!(CommonHistoryQuery { from_ms: optional, to_ms: optional });

/// Any of them. In a cursor its span is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CommonQuery {
    Balances,
    Transactions(CommonTransactionsQuery),
    Orders(CommonHistoryQuery),
    Trades(CommonHistoryQuery),
}

impl ToJson for CommonQuery {
    fn to_json(&self, to: &mut Writer) {
        let (name, query): (_, &dyn ToJson) = match self {
            Self::Balances => return to.text("balances"),
            Self::Transactions(query) => ("transactions", query),
            Self::Orders(query) => ("orders", query),
            Self::Trades(query) => ("trades", query),
        };
        to.begin_object();
        to.member(name, query);
        to.end_object();
    }
}

impl FromJson for CommonQuery {
    fn from_json(json: Json<'_>) -> Option<Self> {
        let members = match json {
            Json::Text(name) => return (name.as_str() == "balances").then_some(Self::Balances),
            json => json.object()?,
        };
        let (name, query) = members.only()?;
        match name.as_str() {
            "transactions" => FromJson::from_json(query).map(Self::Transactions),
            "orders" => FromJson::from_json(query).map(Self::Orders),
            "trades" => FromJson::from_json(query).map(Self::Trades),
            _ => None,
        }
    }
}

impl CommonQuery {
    /// Whether a row lies outside of the span, by each of its times: so it does whichever of them the venue looks at. The end
    /// itself is outside, so spans that meet share nothing.
    pub fn is_outside(&self, times_ms: &[u64]) -> bool {
        let (from_ms, to_ms) = self.clone().span_ms().map_or((None, None), |(from_ms, to_ms)| (*from_ms, *to_ms));
        times_ms.iter().all(|at_ms| from_ms.is_some_and(|from_ms| *at_ms < from_ms))
            || times_ms.iter().all(|at_ms| to_ms.is_some_and(|to_ms| *at_ms >= to_ms))
    }

    /// The ends of its span in Unix milliseconds, as far as they are known; `None` if it has none.
    pub fn span_ms(&mut self) -> Option<(&mut Option<u64>, &mut Option<u64>)> {
        match self {
            Self::Balances => None,
            Self::Transactions(query) => Some((&mut query.from_ms, &mut query.to_ms)),
            Self::Orders(query) | Self::Trades(query) => Some((&mut query.from_ms, &mut query.to_ms)),
        }
    }
}
