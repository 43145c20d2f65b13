//! What V5 answers: the clock, query-api, and an echo (sections 8.2, 8.4 and 9).

use super::host::Host;
use super::knobs::{Context, KeyPermissions};
use super::orders;
use super::reads;
use super::signer::Signer;
use super::v5_replies::{envelope, refused, too_many, with_limits};
use crate::base::calendar::{DAY_MS, date};
use crate::base::http::{Call, Response};
use crate::exchange::record::Finding;
use crate::parts::readings::UnlistedPaths;
use serde_json::{Map, Value, json};

const ROUTE_NOT_FOUND: u32 = 10_017;
/// query-api's requests a second (8.4).
const QUERY_API_LIMIT: (u64, u64) = (10, 1000);

/// Clients that load markets first have to be told not to.
const NO_MARKET_DATA: &str = "The sandbox has no market data.";

impl Host {
    /// `GET /v5/market/time`: strings, and no signature (8.2).
    pub(super) fn time(&mut self, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        if let Some(banned) = self.banned(context) {
            return banned;
        }
        if !call.request.body.is_empty() {
            let text = "The time takes no body.";
            context.violate(&[Finding::new("unexpected_body", "body", text)]);
            return refused(200, 10_001, text, context);
        }
        if call.query.is_some() {
            context.note("unexpected_query", "query", "The time lists no query; it is answered without a look at it.");
        }
        let ms = context.now_ms;
        let result = json!({"timeSecond": (ms / 1000).to_string(), "timeNano": format!("{ms}000000")});
        Response::json(200, &envelope(0, "OK", result, ms))
    }

    /// Market data, of which the sandbox has nothing but the time.
    pub(super) fn public(&mut self, context: &mut Context<'_>) -> Response {
        if let Some(banned) = self.banned(context) {
            return banned;
        }
        context.note("unlisted_path", "path", NO_MARKET_DATA);
        refused(404, ROUTE_NOT_FOUND, NO_MARKET_DATA, context)
    }

    /// The answer to a call whose signature held.
    pub(super) fn answer(
        &mut self,
        call: &Call<'_>,
        signer: &Signer,
        parameters: Map<String, Value>,
        context: &mut Context<'_>,
    ) -> Response {
        let knobs = context.knobs;
        if call.path == "/v5/user/query-api" {
            if !parameters.is_empty() {
                context.note(
                    "unexpected_query",
                    "query",
                    "query-api lists no parameters; it is answered without them.",
                );
            }
            let (limit, span_ms) = QUERY_API_LIMIT;
            let name = format!("query-api {}", signer.uid);
            let room = self.limits.count(&name, limit, knobs.limit_divisor, span_ms, context.now_ms);
            if room.left.is_none() {
                return too_many(room, context);
            }
            let body = envelope(0, "", query_api(signer, context), context.now_ms);
            return with_limits(Response::json(200, &body), room);
        }
        if reads::is_listed(call.path) {
            return self.read(call.path, signer, &parameters, context);
        }
        if orders::is_listed(call.path) {
            return orders::answer(call.path, &parameters, context);
        }
        if knobs.unlisted_signed_paths == UnlistedPaths::Echo {
            let result = json!({"method": call.method(), "path": call.path, "parameters": parameters});
            return Response::json(200, &envelope(0, "OK", result, context.now_ms));
        }
        let text = "The sandbox documents no answer for this path; the knob unlisted_signed_paths lets it echo.";
        context.violate(&[Finding::new("unlisted_path", "path", text)]);
        refused(404, ROUTE_NOT_FOUND, text, context)
    }
}

/// What a key is (8.4). Which permissions one gets is unknown (11): the sample's, or none.
fn query_api(signer: &Signer, context: &Context<'_>) -> Value {
    let may = context.knobs.key_permissions;
    let mut permissions = json!({
        "ContractTrade": ["Order", "Position"], "Spot": ["SpotTrade"], "Wallet": ["AccountTransfer"],
        "Options": [], "Derivatives": [], "Exchange": [], "Earn": [],
    });
    if signer.parent_uid.is_some() {
        // A sub-account's key reaches no master's balance (6.3).
        permissions["Wallet"] = json!([]);
    }
    // The sample's values where the fields mean nothing.
    let (deadline, expires_at) = match signer.expires_ms {
        Some(at) => (json!(at.saturating_sub(context.now_ms) / DAY_MS), iso(at)),
        None => (json!(-2), iso(0)),
    };
    json!({
        "id": "1", "note": signer.client_id.as_deref().unwrap_or("demo"), "apiKey": signer.api_key,
        "readOnly": u8::from(may == KeyPermissions::ReadOnly), "secret": "", "permissions": permissions,
        "ips": signer.ips, "type": if signer.client_id.is_some() { 2 } else { 1 },
        "deadlineDay": deadline, "expiredAt": expires_at, "createdAt": iso(signer.created_ms),
        "uta": 1, "userID": signer.uid, "inviterID": 0, "vipLevel": "No VIP", "mktMakerLevel": "0",
        "affiliateID": 0, "rsaPublicKey": "", "isMaster": signer.parent_uid.is_none(),
        "parentUid": signer.parent_uid.unwrap_or(0).to_string(), "kycLevel": "LEVEL_1", "kycRegion": "XXX",
    })
}

/// `2025-10-01T00:00:00Z`.
fn iso(ms: u64) -> String {
    let ((year, month, day), seconds) = (date(ms / DAY_MS), ms % DAY_MS / 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::iso;

    #[test]
    fn moments_have_their_dates() {
        assert_eq!(iso(0), "1970-01-01T00:00:00Z");
        assert_eq!(iso(951_782_400_000), "2000-02-29T00:00:00Z");
        assert_eq!(iso(1_700_000_000_000), "2023-11-14T22:13:20Z");
        assert_eq!(iso(4_107_542_399_000), "2100-02-28T23:59:59Z");
        assert_eq!(iso(4_107_542_400_000), "2100-03-01T00:00:00Z");
    }
}
