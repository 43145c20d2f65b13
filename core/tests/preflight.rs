//! The longest an operation can take, against venues that make it last.
#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout)]

use venuekey::parts::*;

const NOW_MS: u64 = 1_790_000_000_000;
const BODIES: [(u16, &str); 11] = [
    (429, "{}"),
    (502, "<html>"),
    (200, r#"{"data":{"exists":false,"isEnabled":false,"externalId":null,"permissions":[]}}"#),
    (423, r#"{"data":{"message":["Temporary lock, retry shortly."]}}"#),
    (401, r#"{"data":{"message":["Unauthorized."]}}"#),
    (403, r#"{"data":{"message":["Forbidden."]}}"#),
    (200, r#"{"data":{"access_token":"QUJD","expires_in":300,"refresh_token":"UkVG"}}"#),
    (200, r#"{"data":{"exists":true,"isEnabled":true,"externalId":"11111111-2222-4333-8444-555555555555"}}"#),
    (200, r#"{"retCode":33004,"retMsg":"?"}"#),
    (200, r#"{"access_token":"tok","refresh_token":"ref","expires_in":300}"#),
    (200, r#"{"ret_code":0,"ret_msg":"success","result":{"uid":"106000001"}}"#),
];

fn client(venue: Venue, environment: VenueEnvironment) -> Client {
    let credentials = Credentials::Confidential { client_id: "demo".into(), client_secret: Secret::new("hush") };
    Client::new(ClientConfig::new(venue, environment, credentials, "https://partner.example/cb")).expect("a client")
}

fn first_step(client: &Client, operation: FlowOperation, tokens: &Tokens, entropy: &Entropy) -> Step {
    let key = ExternalId::try_from("11111111-2222-4333-8444-555555555555".to_owned()).expect("a UUID");
    let goal = if operation == FlowOperation::ApiKey { Goal::ApiKey } else { Goal::AccountTokens };
    match operation {
        FlowOperation::RefreshTokens => client.refresh_tokens(tokens, entropy, NOW_MS),
        FlowOperation::CheckKey => client.check_key(tokens, entropy, NOW_MS),
        FlowOperation::ReissueKey => client.reissue_key(tokens, &key, BeginOptions::default(), entropy, NOW_MS),
        FlowOperation::DeleteKey => client.delete_key(tokens, &key, entropy, NOW_MS),
        _ => {
            let started = client.begin(goal, BeginOptions::default(), entropy, NOW_MS).expect("supported");
            let state = state(started.authorize_url().expose());
            started.pending().receive_callback(&format!("/cb?code=AbC&state={state}"), NOW_MS)
        }
    }
    .expect("a step")
}

fn state(authorize_url: &str) -> &str {
    let state = authorize_url.split("state=").nth(1).expect("state");
    state.split('&').next().expect("state")
}

/// How long it took and how many requests, where each takes all the time it is given and each wait runs to its end.
fn run(mut step: Step, rng: &mut fastrand::Rng) -> (u64, u32) {
    let (mut now_ms, mut requests) = (NOW_MS, 0);
    // One answer is preferred, so that each schedule is seen to its end.
    let favourite = rng.usize(0..BODIES.len() + 2);
    loop {
        step = match step {
            Step::Send { request, next } => {
                requests += 1;
                now_ms += u64::from(request.timeout_hint_ms());
                let chosen = if rng.u8(0..4) > 0 { favourite } else { rng.usize(0..BODIES.len() + 2) };
                let chosen = match request.purpose() {
                    // Else most runs end here.
                    "exchange_code" | "refresh_tokens" if rng.bool() => {
                        if rng.bool() {
                            6
                        } else {
                            9
                        }
                    }
                    _ => chosen,
                };
                match BODIES.get(chosen) {
                    Some((status, body)) => next.receive_response(&HttpResponse::new(*status, *body), now_ms),
                    None if chosen == BODIES.len() => next.receive_no_response(Delivery::NotSent, now_ms),
                    None => next.receive_no_response(Delivery::Unknown, now_ms),
                }
            }
            Step::Wait { until_ms, next, .. } => {
                now_ms = now_ms.max(until_ms);
                next.resume(now_ms)
            }
            Step::Save { next } => next.resume(now_ms),
            // The user's time is not counted.
            Step::Authorize { authorize_url, flow } => {
                let callback = format!("/cb?code=AbC&state={}", state(authorize_url.expose()));
                flow.receive_callback(&callback, now_ms)
            }
            Step::Choose { .. } => panic!("no account is chosen here"),
            Step::Failed { .. } | Step::Done { .. } => return (now_ms - NOW_MS, requests),
        }
        .expect("a step");
    }
}

#[test]
fn no_venue_makes_an_operation_last_longer_than_its_preflight_says() {
    let mut rng = fastrand::Rng::with_seed(7);
    let budget = RateBudget::new(1).expect("a whole share");
    for (venue, environment) in [(Venue::WHITEBIT, VenueEnvironment::GLOBAL), (Venue::BYBIT, VenueEnvironment::MAINNET)]
    {
        let client = client(venue, environment);
        for operation in FlowOperation::ALL.iter().copied().filter(|operation| client.supports(*operation)) {
            let mut longest = (0, 0);
            let secrets = (Secret::new("QUJD"), Some(Secret::new("UkVG")));
            let tokens = Tokens::new(secrets.0, secrets.1, NOW_MS + 300_000, None, Vec::new()).expect("tokens");
            let plan = client.preflight(operation, Some(&tokens), &budget, NOW_MS).expect("accepted");
            for _ in 0..4_000 {
                let mut bytes = [0; 64];
                rng.fill(&mut bytes);
                let (took_ms, requests) = run(first_step(&client, operation, &tokens, &Entropy::new(bytes)), &mut rng);
                longest = (longest.0.max(took_ms), longest.1.max(requests));
                assert!(took_ms <= plan.worst_case_ms, "{venue:?} {operation:?}: {took_ms} > {}", plan.worst_case_ms);
                assert!(requests <= plan.requests, "{venue:?} {operation:?}: {requests} > {}", plan.requests);
            }
            println!("{venue:?} {operation:?}: {longest:?} of {plan:?}");
            assert!(longest.0 * 4 >= plan.worst_case_ms, "a bound that says nothing: {longest:?} of {plan:?}");
        }
    }
}
