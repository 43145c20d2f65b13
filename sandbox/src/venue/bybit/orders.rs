//! Two calls that change orders, for the shape of their answers (12): nothing is ordered.

use super::knobs::{BatchOrders, Context, EmptyResult};
use super::v5_replies::{envelope, refused};
use crate::base::http::Response;
use serde_json::{Map, Value, json};

const BATCHES: [&str; 3] = ["/v5/order/create-batch", "/v5/order/amend-batch", "/v5/order/cancel-batch"];
const CANCEL_ON_DISCONNECT: &str = "/v5/order/disconnected-cancel-all";
/// Insufficient balance (12).
const NO_BALANCE: u32 = 170_131;

pub fn is_listed(path: &str) -> bool {
    path == CANCEL_ON_DISCONNECT || BATCHES.contains(&path)
}

pub fn answer(path: &str, parameters: &Map<String, Value>, context: &mut Context<'_>) -> Response {
    if path != CANCEL_ON_DISCONNECT {
        return batch(parameters, context);
    }
    let mut body = json!({"retCode": 0, "retMsg": "success"});
    if context.knobs.empty_result == EmptyResult::Null {
        body["result"] = Value::Null;
    }
    Response::json(200, &body)
}

/// The envelope says 0, whatever became of the orders; `retExtInfo` has a code for each.
fn batch(parameters: &Map<String, Value>, context: &mut Context<'_>) -> Response {
    let Some(orders) = parameters.get("request").and_then(Value::as_array) else {
        return refused(200, 10_001, "request must be a list of orders.", context);
    };
    let (mut results, mut told) = (Vec::new(), Vec::new());
    for (place, order) in orders.iter().enumerate() {
        let is_taken = match context.knobs.batch_orders {
            BatchOrders::Accepted => true,
            BatchOrders::Mixed => place % 2 == 0,
            BatchOrders::Refused => false,
        };
        let text = |name: &str| order.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
        let id = match text("orderId") {
            _ if !is_taken => String::new(),
            id if id.is_empty() => context.mint.uuid("bybit order"),
            id => id,
        };
        results.push(json!({
            "category": parameters.get("category"), "symbol": text("symbol"),
            "orderId": id, "orderLinkId": text("orderLinkId"),
        }));
        told.push(match is_taken {
            true => json!({"code": 0, "msg": "OK"}),
            false => json!({"code": NO_BALANCE, "msg": "Insufficient balance."}),
        });
    }
    let mut body = envelope(0, "OK", json!({"list": results}), context.now_ms);
    body["retExtInfo"] = json!({"list": told});
    Response::json(200, &body)
}
