//! V5's envelope, and what goes with its limits (sections 7 and 9).

use super::knobs::Context;
use crate::base::http::Response;
use crate::parts::limits::Room;
use serde_json::{Value, json};

/// The key has ended (8.4).
pub const KEY_EXPIRED: u32 = 33_004;
const RATE_LIMIT: u32 = 10_006;

/// V5's envelope (7).
pub fn envelope(code: u32, text: &str, result: Value, now_ms: u64) -> Value {
    json!({"retCode": code, "retMsg": text, "result": result, "retExtInfo": {}, "time": now_ms})
}

/// An error. HTTP 401 is documented for bad authentication, and no status for the other codes: 200.
pub fn refused(status: u16, code: u32, text: &str, context: &Context<'_>) -> Response {
    Response::json(status, &envelope(code, text, json!({}), context.now_ms))
}

/// `10006` with the headers that go with it (9).
pub fn too_many(room: Room, context: &Context<'_>) -> Response {
    let body = envelope(RATE_LIMIT, "Too many visits!", json!({}), context.now_ms);
    with_limits(Response::json(200, &body), room)
}

pub fn with_limits(response: Response, room: Room) -> Response {
    response
        .with_header("x-bapi-limit", &room.limit.to_string())
        .with_header("x-bapi-limit-status", &room.left.unwrap_or(0).to_string())
        .with_header("x-bapi-limit-reset-timestamp", &room.reset_ms.to_string())
}
