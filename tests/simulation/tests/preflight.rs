//! What a preflight accepts, the sandbox does not refuse; what it refuses for scope or region, the sandbox refuses too.

use fastrand::Rng;
use venuekey::parts::*;
use venuekey_simulation::connection::Connection;
use venuekey_simulation::knobs::Knobs;

/// Every scope a read or a key needs, and some that are none of theirs.
const SCOPES: [&str; 9] = [
    "general",
    "balances.read",
    "users.balances.read",
    "users.transactions.read",
    "users.converts.read",
    "users.orders.read",
    "users.deals.read",
    "apikeys.read",
    "apikeys.delete",
];

fn connection(rng: &mut Rng, environment: VenueEnvironment) -> Connection {
    let mut knobs = Knobs::default();
    let scopes: Vec<&str> = SCOPES.into_iter().filter(|_| rng.u8(0..3) > 0).collect();
    knobs.whitebit.plain_scopes = if scopes.is_empty() { "general".into() } else { scopes.join(",") };
    knobs.whitebit.scope_denied_status = if rng.bool() { 401 } else { 403 };
    knobs.whitebit.info_extended_statuses = true;
    Connection::new(Venue::WHITEBIT, environment, rng, knobs)
}

/// One of everything that a token is for: a preflight, and the request.
fn any(rng: &mut Rng, connection: &Connection, budget: &RateBudget) -> (Result<Preflight, VenuekeyError>, HttpRequest) {
    let Connection { client, tokens, now_ms, .. } = connection;
    let all = [
        client.read_transactions(TransactionsQuery::default()),
        client.read_converts(ConvertsQuery::default(), *now_ms),
        client.read_orders(OrdersQuery::default(), *now_ms),
        client.read_deals(DealsQuery::default(), *now_ms),
        client.read_main_balances(BalancesQuery::default()),
        client.read_spot_balances(BalancesQuery::default()),
    ];
    // Half of them of the one with the narrowest limit.
    let index = if rng.bool() { 0 } else { rng.usize(0..all.len()) };
    let read = all[index].as_ref().expect("offered on both hosts");
    (read.preflight(tokens, budget, *now_ms), read.request(tokens).expect("the first page"))
}

#[test]
fn what_is_accepted_meets_no_refusal_of_scope_region_or_rate() {
    let mut rng = Rng::with_seed(11);
    let (mut accepted, mut waited, mut scopes, mut lives) = (0, 0, 0, 0);
    for environment in [VenueEnvironment::GLOBAL, VenueEnvironment::EU].repeat(12) {
        let mut connection = connection(&mut rng, environment);
        let mut budget = RateBudget::new(1).expect("all of it");
        // Bursts that a limit of 200 in 10 s does not let through, and pauses in which tokens end.
        for _ in 0..400 {
            if rng.u16(0..100) == 0 {
                connection.now_ms += rng.u64(1_000..200_000);
            }
            let (plan, request) = any(&mut rng, &connection, &budget);
            match plan {
                Ok(plan) => {
                    waited += u32::from(plan.start_at_ms > connection.now_ms);
                    // Nobody sends later than it was found possible; a quick host waits, a slow one is behind.
                    connection.now_ms = connection.now_ms.max(plan.start_at_ms) + rng.u64(0..3);
                    budget = plan.budget;
                    let status = connection.send(&request);
                    assert!(!matches!(status, 401 | 403 | 404 | 429), "{} met {status}", request.purpose());
                    accepted += 1;
                }
                Err(error) if error.code() == ErrorCode::ScopeMissing => {
                    let status = connection.send(&request);
                    assert!(matches!(status, 401 | 403 | 429), "{error}, and the venue answered {status}");
                    scopes += 1;
                }
                Err(error) if error.code() == ErrorCode::TokenExpired => {
                    lives += 1;
                    connection.refresh(&mut rng);
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert!(accepted > 4_000 && waited > 100 && scopes > 1_000 && lives > 5, "{accepted} {waited} {scopes} {lives}");
}

#[test]
fn without_a_budget_the_same_requests_are_limited() {
    let mut rng = Rng::with_seed(12);
    let mut knobs = Knobs::default();
    knobs.whitebit.plain_scopes = SCOPES.join(",");
    let mut connection = Connection::new(Venue::WHITEBIT, VenueEnvironment::GLOBAL, &mut rng, knobs);
    let read = connection.client.read_transactions(TransactionsQuery::default()).expect("offered");
    let request = read.request(&connection.tokens).expect("the first page");
    let limited = (0..250).filter(|_| connection.send(&request) == 429).count();
    assert!(limited > 0, "the limit of 200 in 10 s is enforced");
}

#[test]
fn a_region_without_keys_is_refused_before_anything_is_sent_and_by_the_venue() {
    let mut rng = Rng::with_seed(13);
    let mut connection = connection(&mut rng, VenueEnvironment::EU);
    let budget = RateBudget::new(1).expect("all of it");
    for operation in
        [FlowOperation::ApiKey, FlowOperation::CheckKey, FlowOperation::DeleteKey, FlowOperation::ReissueKey]
    {
        let refused = connection.client.preflight(operation, Some(&connection.tokens), &budget, connection.now_ms);
        assert_eq!(refused.expect_err("not on this host").code(), ErrorCode::NotSupported);
    }
    let sent = connection.get("/whitebit/eu/oauth2/api-key/info");
    assert_eq!(sent, 404);
}
