//! Reading the account: a query comes in as JSON, records go out as JSON.

use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::account::Tokens;
use crate::budget::{RateBudget, preflight};
use crate::client::Client;
use crate::convert::{argument, nonce, now};
use crate::error::Refused;
use crate::http::{HttpRequest, HttpResponse};
use crate::js::{number, object};
use crate::opaque::opaque;

opaque!(AccountRead);

fn query<Q: DeserializeOwned>(text: &str) -> Result<Q, Refused> {
    // Serde's own message may quote what was given, so it is not passed on.
    serde_json::from_str(text).map_err(|_| argument("a field of the query is unknown or of another type"))
}

#[wasm_bindgen]
impl Client {
    pub fn read_account(&self, kind: &str, query_json: &str, now_ms: f64) -> Result<AccountRead, Refused> {
        use venuekey::ReadKind;
        let now_ms = now(now_ms)?;
        Ok(AccountRead(match crate::convert::named(kind)? {
            ReadKind::Transactions => self.0.read_transactions(query(query_json)?)?,
            ReadKind::Converts => self.0.read_converts(query(query_json)?, now_ms)?,
            ReadKind::Orders => self.0.read_orders(query(query_json)?, now_ms)?,
            ReadKind::Deals => self.0.read_deals(query(query_json)?, now_ms)?,
            ReadKind::MainBalances => self.0.read_main_balances(query(query_json)?)?,
            ReadKind::SpotBalances => self.0.read_spot_balances(query(query_json)?)?,
        }))
    }

    pub fn resume_read(&self, cursor: &str) -> Result<AccountRead, Refused> {
        Ok(AccountRead(self.0.resume_read(cursor)?))
    }
}

#[wasm_bindgen]
impl AccountRead {
    #[wasm_bindgen(getter)]
    pub fn kind(&self) -> String {
        self.0.kind().as_str().to_owned()
    }

    pub fn with_nonce(&self, nonce_ms: f64) -> Result<Self, Refused> {
        Ok(Self(self.0.with_nonce(nonce(nonce_ms)?)?))
    }

    pub fn request(&self, tokens: &Tokens) -> Result<HttpRequest, Refused> {
        Ok(HttpRequest(self.0.request(&tokens.0)?))
    }

    pub fn preflight(&self, tokens: &Tokens, budget: &RateBudget, now_ms: f64) -> Result<JsValue, Refused> {
        Ok(preflight(self.0.preflight(&tokens.0, &budget.0, now(now_ms)?)?))
    }

    pub fn receive(&self, response: &HttpResponse) -> Result<JsValue, Refused> {
        let page = self.0.receive(&response.0)?;
        Ok(object(&[
            ("recordsJson", page.records_json().into()),
            ("total", page.total.map(number).into()),
            ("next", page.next.map(Self).into()),
        ]))
    }

    pub fn cursor(&self) -> String {
        self.0.cursor()
    }
}
