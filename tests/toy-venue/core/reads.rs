//! Toy's account reads: what the main account holds, on one page.

use super::LIMIT;
use crate::base::error::{ErrorCode, VenuekeyError};
use crate::model::query::ReadQuery;
use crate::model::page_records::Records;
use crate::model::records::MainBalance;
use crate::venue::reads::{Answer, Endpoint, Position, Reads, TokenEndpoint};
use crate::wire::json::Reply;

pub(in crate::venues) const READS: Reads = Reads {
    begin: |query, _| match query {
        ReadQuery::MainBalances(_) => Ok(Position::of(&0_u64)),
        _ => Err("a toy tells its main balances and nothing else"),
    },
    restore: |_, _| Some(Position::of(&0_u64)),
    stop: |_| None,
    window_ms: |_| None,
    endpoint: |_| {
        let with_tokens = Some(TokenEndpoint { path: "/balances", scopes: &[], rate_limit: &LIMIT });
        Some(Endpoint { with_tokens, with_key: None })
    },
    body: |_, _| "{}".to_owned(),
    read: |_, _, response, _| {
        let reply = Reply::parse(response).ok();
        let rows = reply.as_ref().and_then(|reply| reply.root().as_object()).filter(|_| response.status() == 200);
        let rows = rows.ok_or_else(|| VenuekeyError::new(ErrorCode::VenueRefused))?;
        let balance = |(ticker, amount): (&String, &serde_json::Value)| MainBalance {
            ticker: ticker.clone(),
            main_balance: amount.as_str().unwrap_or_default().to_owned(),
        };
        Ok(Answer { records: Records::MainBalances(rows.iter().map(balance).collect()), total: None, next: None })
    },
    common: None,
};
