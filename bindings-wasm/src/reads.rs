//! Reading the account: a query comes in as JSON, records go out as JSON.

use serde::de::DeserializeOwned;
use venuekey::ReadKind;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::account::Tokens;
use crate::budget::RateBudget;
use crate::client::Client;
use crate::convert::{argument, named, nonce, now};
use crate::error::Refused;
use crate::handle::{calls, getters, handles};
use crate::http::HttpResponse;
use crate::js::{object, to_js};

handles!(AccountRead);

fn query<Q: DeserializeOwned>(text: &str) -> Result<Q, Refused> {
    // Serde's own message may quote what was given, so it is not passed on.
    serde_json::from_str(text).map_err(|_| argument("a field of the query is unknown or of another type"))
}

#[wasm_bindgen]
impl Client {
    pub fn read_account(&self, kind: &str, query_json: &str, now_ms: f64) -> Result<AccountRead, Refused> {
        let now_ms = now(now_ms)?;
        Ok(AccountRead(match named(kind)? {
            ReadKind::Transactions => self.0.read_transactions(query(query_json)?)?,
            ReadKind::Converts => self.0.read_converts(query(query_json)?, now_ms)?,
            ReadKind::Orders => self.0.read_orders(query(query_json)?, now_ms)?,
            ReadKind::Deals => self.0.read_deals(query(query_json)?, now_ms)?,
            ReadKind::MainBalances => self.0.read_main_balances(query(query_json)?)?,
            ReadKind::SpotBalances => self.0.read_spot_balances(query(query_json)?)?,
        }))
    }
}

getters!(AccountRead { kind });
calls!(AccountRead {
    with_nonce(nonce_ms: f64) = (nonce(nonce_ms)?);
    request(tokens: &Tokens) = (&tokens.0);
    preflight(tokens: &Tokens, budget: &RateBudget, now_ms: f64) = (&tokens.0, &budget.0, now(now_ms)?);
    receive(response: &HttpResponse) = (&response.0);
    cursor() = ();
});

to_js!(venuekey::Page = |page| {
    let records = page.records_json();
    object(&[("records_json", records.into()), ("total", page.total.to_js()), ("next", page.next.to_js())])
};);
