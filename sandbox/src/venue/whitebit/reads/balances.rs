//! What the user holds (6.5, 6.6): a small fixed portfolio, or nothing.

use super::super::knobs::Context;
use super::super::parameters::{Kind, invalid};
use super::asked::{Parameters, object, refuse, word};
use crate::base::http::Response;
use serde_json::{Map, Value, json};

/// Ticker, available, frozen, in the main account.
const BALANCES: [(&str, &str, &str, &str); 3] =
    [("BTC", "0.1", "0.02", "0.5"), ("ETH", "0", "0", "0"), ("USDT", "1000", "0", "10")];

fn balances(context: &Context<'_>) -> impl Iterator<Item = (&'static str, &'static str, &'static str, &'static str)> {
    let has_funds = context.knobs.user_has_funds;
    BALANCES.into_iter().map(move |row| if has_funds { row } else { (row.0, "0", "0", "0") })
}

/// 6.6.
pub fn spot(parameters: &Parameters, context: &mut Context<'_>) -> Response {
    if let Err(refused) = refuse(parameters, &[("ticker", Kind::Text)], (422, 30), context) {
        return refused;
    }
    let ticker = word(parameters, "ticker");
    let shown: Map<String, Value> = balances(context)
        .filter(|(name, available, freeze, _)| match ticker {
            Some(ticker) => ticker == *name,
            None => (*available, *freeze) != ("0", "0"),
        })
        .map(|(name, available, freeze, _)| (name.to_owned(), json!({"available": available, "freeze": freeze})))
        .collect();
    if ticker.is_some() && shown.is_empty() {
        return invalid(422, 30, [("ticker", "Currency was not found.".into())]);
    }
    Response::json(200, &object(shown, context))
}

/// 6.5. The description writes an unknown currency's zero flat; whether a known one's is too is open.
pub fn main(parameters: &Parameters, context: &mut Context<'_>) -> Response {
    if let Err(refused) = refuse(parameters, &[("ticker", Kind::Text)], (422, 0), context) {
        return refused;
    }
    let ticker = word(parameters, "ticker");
    let one = ticker.map(|ticker| balances(context).find(|(name, ..)| *name == ticker));
    let body = match one {
        Some(None) => json!({"main_balance": "0"}),
        Some(Some((.., balance))) if context.knobs.flat_main_balance => json!({"main_balance": balance}),
        _ => balances(context)
            .filter(|(name, ..)| ticker.is_none_or(|ticker| ticker == *name))
            .map(|(name, .., balance)| (name.to_owned(), json!({"main_balance": balance})))
            .collect::<Map<String, Value>>()
            .into(),
    };
    Response::json(200, &body)
}
