//! Whatever is sent, there is an answer.

use crate::support::*;
use serde_json::json;
use venuekey_sandbox::Reply;

const PARTS: [&str; 43] = [
    "/whitebit/global",
    "/whitebit/eu",
    "/bybit/mainnet",
    "/bybit/testnet",
    "/_sandbox",
    "/auth/login",
    "/oauth2/token",
    "/oauth2/refresh_token",
    "/oauth2/api-key/",
    "info",
    "/secret",
    "11111111-2222-4333-8444-555555555555",
    "/en",
    "/oauth",
    "/oauth/v1/public/access_token",
    "/oauth/v1/resource/restrict/openapi",
    "/oauth/v1/resource/restrict/ai_accounts",
    "/oauth/callback",
    "/consent",
    "/api/v4/trade-account/balance",
    "/api/v4/public/time",
    "/v5/user/query-api",
    "/v5/market/time",
    "/knobs",
    "/faults",
    "/user",
    "/action",
    "/",
    "?",
    "&",
    "=",
    "%",
    "%ff",
    "client_id=demo-bybit",
    "client_id=ai-agent",
    "sub_member_id=",
    "is_create=true",
    "clientId=demo-whitebit",
    "redirect_uri=",
    "code_challenge=",
    "session=",
    "\u{e9}\u{1f511}",
    "{\"ms\":18446744073709551615}",
];

#[test]
fn any_request_is_answered() {
    let mut bench = Bench::new(json!({"whitebit": {"user_decision": "approve"}}));
    // xorshift64: the cases are the same in every run.
    let mut x = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |n: usize| {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        usize::try_from(x % n as u64).expect("small")
    };
    for _ in 0..20_000 {
        let mut text = |most: usize| -> String {
            let count = below(most);
            (0..count).map(|_| PARTS[below(PARTS.len())]).collect()
        };
        let (target, body, token) = (text(7), text(5), text(3));
        let method = ["GET", "POST", "DELETE", "PATCH", "\u{e9}"][below(5)];
        let kind = [FORM, "application/json", "text/plain"][below(3)];
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("content-type", kind), ("user-agent", "partner/1.0")];
        if below(2) == 0 {
            headers.push(("authorization", &bearer));
        }
        bench.now_ms = [0, 1_700_000_000_000, u64::MAX][below(3)];
        match bench.answer(&request(method, &target, &headers, &body)).reply {
            Reply::Response { status, .. } => assert!((200..600).contains(&status), "{target}"),
            // Only a fault asks for these, and a random body may have queued one.
            Reply::CloseWithoutByte | Reply::Truncated { .. } => {}
        }
    }
}

#[test]
fn signed_calls_are_answered_at_any_time() {
    for now_ms in [0, 1, u64::MAX - 2_000_000_000] {
        // Planted in one age and used in another: only what would end the keys is off.
        let knobs = json!({"whitebit": {"inactivity": "never"}, "bybit": {"key_ttl_days": u64::MAX}});
        let mut bench = sign::with_keys(knobs);
        bench.now_ms = now_ms;
        for (path, status) in [
            ("trade-account/balance", 200),
            ("main-account/balance", 200),
            ("main-account/history", 201),
            ("trade-account/order/history", 200),
            ("trade-account/executed-history", 200),
        ] {
            assert_eq!(bench.ask_whitebit(&format!("/api/v4/{path}"), "").status, status, "{path} at {now_ms}");
        }
        assert_eq!(bench.bybit_signed(sign::BYBIT_KEY, "GET", sign::QUERY_API, "").status, 200);
        assert_eq!(bench.get("/bybit/mainnet/v5/market/time").status, 200);
    }
}
