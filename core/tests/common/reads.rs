//! Replaying a case of `reads/`.

use serde_json::{Map, Value, json};
use venuekey::parts::*;

use super::{Cursor, body_text, client, described_request, raised, response, signer, text, tokens};

/// Every page is asked for by a read that has come from its cursor, as in another process.
pub fn replay(at: &mut Cursor, case: &mut Value) {
    let client = client(&case["client"]).expect("a client");
    let scope = case.get("scope").cloned().unwrap_or_else(|| json!([]));
    let tokens = tokens(&json!({"access_token": "access", "expires_at_ms": 0, "scope": scope})).expect("tokens");
    let signer = case.get("signer").map(|given| signer(given).expect("a signer"));
    at.check_mended(case, |case| begin(&client, case["start"].as_object().expect("start")).is_ok());
    let start = case["start"].as_object_mut().expect("start");
    let (got, mut next) = match begin(&client, start) {
        Ok(read) => {
            let mut got = json!({"kind": read.kind().as_str(), "cursor": read.cursor()});
            if is_common(&read) {
                got["reaches_from_ms"] = json!(read.reaches_from_ms());
            }
            (got, Some(read))
        }
        Err(error) => (json!({"raises": raised(&error)}), None),
    };
    at.check("start", start, got);
    let mut nothing = Vec::new();
    let pages = case.get_mut("pages").and_then(Value::as_array_mut).unwrap_or(&mut nothing);
    for (index, page) in pages.iter_mut().enumerate() {
        let before = next.clone().unwrap_or_else(|| panic!("no read left for page {index}"));
        let read = client.resume_read(&before.cursor()).expect("its own cursor");
        assert_eq!(read.cursor(), before.cursor(), "page {index}: a resumed read writes the same cursor");
        let page = page.as_object_mut().expect("page");
        let mut got = json!({});
        let asked = match &signer {
            Some(signer) => read.sign(signer, page["nonce_ms"].as_u64().expect("a nonce")),
            None => read.request(&tokens),
        };
        match asked {
            Ok(request) => {
                got["request"] = described_request(&request);
                if is_common(&read) {
                    got["list"] = json!(read.list().as_str());
                    got["window"] = json!([read.window_from_ms(), read.window_to_ms()]);
                }
                assert!(page.contains_key("status"), "page {index} has no reply; {got}");
                let reply = response(&Value::Object(page.clone()));
                match if signer.is_some() { read.receive_signed(&reply) } else { read.receive(&reply) } {
                    Ok(answer) => {
                        got["records"] = serde_json::from_str(&answer.records_json()).expect("json");
                        got["total"] = json!(answer.total);
                        got["cursor"] = json!(answer.next.as_ref().map(AccountRead::cursor));
                        next = answer.next;
                    }
                    // The read is as it was: the next page meets the same one.
                    Err(error) => got["raises"] = raised(&error),
                }
            }
            Err(error) => got["raises"] = raised(&error),
        }
        at.check(&format!("page {index}"), page, got);
    }
}

fn is_common(read: &AccountRead) -> bool {
    read.kind().as_str().starts_with("common_")
}

fn begin(client: &Client, start: &Map<String, Value>) -> Result<AccountRead, VenuekeyError> {
    let now_ms = start.get("now_ms").and_then(Value::as_u64).unwrap_or(0);
    let query = start.get("query").map_or_else(|| "{}".to_owned(), Value::to_string);
    let given = "a query of ours";
    let read = match text(&start["call"]) {
        "read_transactions" => client.read_transactions(TransactionsQuery::from_json(&query).expect(given)),
        "read_converts" => client.read_converts(ConvertsQuery::from_json(&query).expect(given), now_ms),
        "read_orders" => client.read_orders(OrdersQuery::from_json(&query).expect(given), now_ms),
        "read_deals" => client.read_deals(DealsQuery::from_json(&query).expect(given), now_ms),
        "read_main_balances" => client.read_main_balances(BalancesQuery::from_json(&query).expect(given)),
        "read_spot_balances" => client.read_spot_balances(BalancesQuery::from_json(&query).expect(given)),
        "read_wallet_balance" => client.read_wallet_balance(WalletQuery::from_json(&query).expect(given)),
        "read_deposits" => client.read_deposits(AssetsQuery::from_json(&query).expect(given), now_ms),
        "read_withdrawals" => client.read_withdrawals(AssetsQuery::from_json(&query).expect(given), now_ms),
        "read_internal_transfers" => {
            client.read_internal_transfers(AssetsQuery::from_json(&query).expect(given), now_ms)
        }
        "read_order_history" => client.read_order_history(TradingQuery::from_json(&query).expect(given), now_ms),
        "read_executions" => client.read_executions(TradingQuery::from_json(&query).expect(given), now_ms),
        "read_transaction_log" => client.read_transaction_log(LogQuery::from_json(&query).expect(given), now_ms),
        "read_common_balances" => client.read_common_balances(),
        "read_common_transactions" => {
            client.read_common_transactions(CommonTransactionsQuery::from_json(&query).expect(given), now_ms)
        }
        "read_common_orders" => client.read_common_orders(CommonHistoryQuery::from_json(&query).expect(given), now_ms),
        "read_common_trades" => client.read_common_trades(CommonHistoryQuery::from_json(&query).expect(given), now_ms),
        "resume_read" => client.resume_read(&body_text(&start["cursor"])),
        other => panic!("unknown call {other}"),
    };
    let read = match start.get("nonce_ms") {
        Some(nonce_ms) => read?.with_nonce(nonce_ms.as_u64().expect("a number"))?,
        None => read?,
    };
    match start.get("bound_to") {
        Some(connection_id) => read.bound_to(text(connection_id)),
        None => Ok(read),
    }
}

/// Before the first page: `values/` with `preflight_read`.
pub fn preflight(case: &Map<String, Value>) -> Result<Value, VenuekeyError> {
    let read = begin(&client(&case["client"])?, case["start"].as_object().expect("start"))?;
    let now_ms = case["now_ms"].as_u64().expect("now_ms");
    let tokens = tokens(&case["tokens"]).expect("tokens");
    read.preflight(&tokens, &super::budget::budget(case)?, now_ms).map(|plan| super::budget::described_preflight(&plan))
}
