//! The faults that are queued, spent one request at a time, and what they make of an answer.

use crate::base::encoding::{deflate, gzip};
use crate::base::http::{Answer, Reply, Response};
use crate::exchange::Exchange;
use crate::exchange::context::Context;
use crate::exchange::endpoint::Endpoint;
use crate::exchange::fault::{Fault, FaultOrder};
use crate::parts::pages;

/// The orders still open, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    orders: Vec<FaultOrder>,
}

impl Faults {
    pub fn push(&mut self, order: FaultOrder) {
        self.orders.push(order);
    }

    pub fn open(&self) -> &[FaultOrder] {
        &self.orders
    }

    pub fn clear(&mut self) {
        self.orders.clear();
    }

    /// Spends one fault of the oldest order that meets this call.
    pub fn take(&mut self, venue: &str, endpoint: Endpoint) -> Option<FaultOrder> {
        let order = self.orders.iter_mut().find(|o| o.meets(venue, endpoint.name))?;
        order.count -= 1;
        let taken = order.clone();
        self.orders.retain(|o| o.count > 0);
        Some(taken)
    }
}

/// The clock by which the exchange serves this request.
pub(crate) fn venue_clock(order: Option<&FaultOrder>, now_ms: u64) -> u64 {
    match order {
        Some(FaultOrder { fault: Fault::ClockAhead, ms, .. }) => now_ms.saturating_add(*ms),
        Some(FaultOrder { fault: Fault::ClockBehind, ms, .. }) => now_ms.saturating_sub(*ms),
        _ => now_ms,
    }
}

/// The reply of a fault that strikes before any effect.
pub(crate) fn refused_by(
    order: Option<&FaultOrder>,
    exchange: &dyn Exchange,
    endpoint: Endpoint,
    context: &mut Context<'_>,
) -> Option<Reply> {
    let order = order?;
    let response = match order.fault {
        Fault::CloseBefore => return Some(Reply::CloseWithoutByte),
        Fault::Html403 => pages::firewall("Request blocked."),
        Fault::Html401 => Response { status: 401, ..pages::firewall("Authorization required.") },
        Fault::Reply if !order.after_effect => order.reply(),
        Fault::Lock | Fault::RateLimit | Fault::TokenExpired | Fault::OkWithError => {
            exchange.refusal(order.fault, endpoint, order.status, context)
        }
        Fault::ServerError if !order.after_effect => exchange.refusal(order.fault, endpoint, order.status, context),
        _ => return None,
    };
    Some(response.into_reply())
}

/// The answer once the effect has happened.
pub(crate) fn spoilt_by(
    order: Option<&FaultOrder>,
    mut response: Response,
    exchange: &dyn Exchange,
    endpoint: Endpoint,
    context: &mut Context<'_>,
) -> Answer {
    let Some(order) = order else {
        return Answer::now(response.into_reply());
    };
    match order.fault {
        Fault::DropReply => return Answer::now(Reply::CloseWithoutByte),
        Fault::TruncatedJson => return Answer::now(response.into_truncated()),
        Fault::Delay => {
            return Answer { delay_ms: order.ms, ..Answer::now(response.into_reply()) };
        }
        Fault::DribbleHead => return Answer { line_ms: order.ms, ..Answer::now(response.into_reply()) },
        Fault::DribbleBody => return Answer { byte_ms: order.ms, ..Answer::now(response.into_reply()) },
        Fault::Reply => response = order.reply(),
        Fault::Gzip => response = encoded(response, "gzip", gzip),
        Fault::Deflate => response = encoded(response, "deflate", deflate),
        Fault::GzipTwice => response = encoded(response, "gzip, gzip", |body| gzip(&gzip(body))),
        Fault::ServerError => {
            response = exchange.refusal(order.fault, endpoint, order.status, context);
        }
        // Spaces after a JSON text are part of no value: only the size is wrong.
        Fault::Oversized => response.body.resize(OVERSIZED.max(response.body.len()), b' '),
        Fault::EmptyBody => response.body.clear(),
        _ => {}
    }
    Answer::now(response.into_reply())
}

fn encoded(mut response: Response, encoding: &str, encode: impl Fn(&[u8]) -> Vec<u8>) -> Response {
    response.body = encode(&response.body);
    response.with_header("content-encoding", encoding)
}

/// One byte over 1 MiB.
const OVERSIZED: usize = (1 << 20) + 1;
