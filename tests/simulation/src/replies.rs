//! One reply of each kind that the fact sheets document, or that a network makes, for each request.

use serde_json::{Value, json};
use venuekey::parts::{HttpResponse, MAX_BODY_BYTES, Venue};

/// Accounts of the user, and one that is new.
pub const ACCOUNTS: [u64; 3] = [200_001, 200_002, 200_003];
pub const KEY_ID: &str = "00000000-1111-2222-3333-444444444444";
const OTHER_ID: &str = "55555555-6666-7777-8888-999999999999";

/// Every reply that the request named `call` may have.
pub fn replies(venue: Venue, call: &str) -> Vec<HttpResponse> {
    let mut all = match venue {
        Venue::WHITEBIT => whitebit(call),
        _ => bybit(call),
    };
    let success = all.first().map(|response| response.body().to_vec()).unwrap_or_default();
    let padded = [success.clone(), vec![b' '; MAX_BODY_BYTES]].concat();
    all.extend([
        HttpResponse::new(403, "<html>Request blocked.</html>"),
        HttpResponse::new(404, "<html>No such page.</html>"),
        HttpResponse::new(200, &success[..success.len() / 2]),
        HttpResponse::new(200, padded),
    ]);
    all
}

fn reply(status: u16, body: &Value) -> HttpResponse {
    HttpResponse::new(status, body.to_string())
}

/// A pair with and without its refresh token, with time and about to end.
fn tokens() -> impl Iterator<Item = Value> {
    [(true, 86_400), (true, 20), (false, 86_400), (false, 20)].into_iter().map(|(refreshable, expires_in)| {
        let mut tokens = json!({"access_token": "access", "token_type": "Bearer", "expires_in": expires_in});
        if refreshable {
            tokens["refresh_token"] = json!("refresh");
        }
        tokens
    })
}

/// facts/whitebit.md, 4, 5 and 7; the first is the success.
fn whitebit(call: &str) -> Vec<HttpResponse> {
    let data = |data: Value| reply(200, &json!({ "data": data }));
    let key = |exists, enabled, id| {
        data(json!({"exists": exists, "isEnabled": enabled, "externalId": id, "permissions": []}))
    };
    let error = |status: u16| reply(status, &json!({"data": {"message": ["As documented."]}}));
    let (mut all, statuses): (Vec<_>, &[u16]) = match call {
        "exchange_code" => (tokens().map(data).collect(), &[401, 403, 422]),
        "refresh_tokens" => (tokens().map(data).collect(), &[400, 401, 403]),
        "check_key" => (
            vec![
                key(true, true, json!(KEY_ID)),
                key(true, true, json!(OTHER_ID)),
                key(false, false, json!(null)),
                key(true, false, json!(KEY_ID)),
                key(true, false, json!(OTHER_ID)),
                key(false, true, json!(null)),
            ],
            &[401, 403, 404],
        ),
        "fetch_secret" => (vec![data(json!({"apiSecret": "secret"}))], &[401, 403, 404, 409, 423]),
        "delete_key" => (vec![data(json!([]))], &[401, 403, 404]),
        other => panic!("no replies of WhiteBIT to {other} are listed"),
    };
    all.extend(statuses.iter().chain(&[429, 500, 200]).map(|status| error(*status)));
    all
}

/// facts/bybit.md, 6.3.
const AGENT_CODES: &[u32] = &[10_001, 401, 20_039, 33_004];

/// facts/bybit.md, 4 to 6; the first is the success.
fn bybit(call: &str) -> Vec<HttpResponse> {
    let code = |status: u16, code: u32| reply(status, &json!({"ret_code": code, "ret_msg": "text", "result": {}}));
    let result = |result: Value| reply(200, &json!({"ret_code": 0, "ret_msg": "success", "result": result}));
    let listed = |id: &u64| json!({"sub_member_id": id, "nickname": "bot"});
    let list = |ids: &[u64]| result(json!({"accounts": ids.iter().map(listed).collect::<Vec<_>>()}));
    let account = |id: u64| result(json!({"sub_member_id": id, "api_key": "key", "api_secret": "secret"}));
    let (mut all, codes): (Vec<_>, &[u32]) = match call {
        "exchange_code" => (tokens().map(|tokens| reply(200, &tokens)).collect(), &[10_001, 10_003]),
        "refresh_tokens" => (tokens().map(|tokens| reply(200, &tokens)).collect(), &[10_001, 10_003, 10_004]),
        "read_uid" => (vec![result(json!({"uid": "1"})), result(json!({}))], &[10_001, 401, 33_004]),
        "fetch_api_key" => (vec![result(json!({"api_key": "key", "api_secret": "secret"}))], &[10_001, 401, 33_004]),
        "list_subaccounts" => (vec![list(&ACCOUNTS[..2])], AGENT_CODES),
        "fetch_subaccount_key" => (vec![account(ACCOUNTS[0]), list(&ACCOUNTS[..2])], AGENT_CODES),
        "create_subaccount" => (vec![account(ACCOUNTS[2]), list(&ACCOUNTS), list(&ACCOUNTS[..2])], AGENT_CODES),
        other => panic!("no replies of Bybit to {other} are listed"),
    };
    all.extend(codes.iter().map(|number| code(200, *number)));
    if !matches!(call, "exchange_code" | "refresh_tokens") {
        // What HTTP says of a token, under a code that no sheet explains (4: the status of errors is undocumented).
        all.push(code(401, 10_016));
    }
    all.extend([code(429, 10_006), code(500, 10_016), code(200, 10_016)]);
    all
}
