//! Shared tokens between workers whose clocks differ: what they promise to bear, over differences from end to end.
#![allow(clippy::expect_used, clippy::panic)]

use venuekey::parts::*;

const NOW_MS: u64 = 1_790_000_000_000;
const SKEW_MS: i64 = 120_000;

fn client() -> Client {
    let credentials = Credentials::Confidential { client_id: "demo".into(), client_secret: Secret::new("hush") };
    Client::new(ClientConfig::new(Venue::WHITEBIT, VenueEnvironment::GLOBAL, credentials, "https://p.example/cb"))
        .expect("valid")
}

/// Received at [`NOW_MS`] by a clock that is right.
fn shared(life_s: u64, refresh_life_s: u64, seed: u8) -> SharedTokens {
    let (access, refresh) = (Secret::new("access"), Some(Secret::new("refresh")));
    let ends_ms = |life_s: u64| NOW_MS + life_s * 1_000;
    let tokens = Tokens::new(access, refresh, ends_ms(life_s), Some(ends_ms(refresh_life_s)), vec![]).expect("sound");
    client().share_tokens(tokens, &Entropy::new([seed; 64]), NOW_MS).expect("it can refresh")
}

fn at(ms: u64, ahead_ms: i64) -> u64 {
    ms.saturating_add_signed(ahead_ms)
}

fn skews() -> impl Iterator<Item = i64> {
    (-SKEW_MS..=SKEW_MS).step_by(15_000)
}

fn leased(plan: TokenPlan) -> (HttpRequest, SharedTokens) {
    match plan {
        TokenPlan::Refresh { request, next } => (request, next),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_request_ends_before_its_lease() {
    let due_ms = NOW_MS + 290_000;
    let (request, next) = leased(shared(300, 600, 1).plan(due_ms, None).expect("milliseconds"));
    let lease_ms = next.lease_until_ms().expect("leased") - due_ms;
    // And leaves a worker time to save the lease.
    assert!(u64::from(request.timeout_hint_ms()) + 10_000 <= lease_ms, "{lease_ms}");
}

#[test]
fn nobody_takes_over_while_a_lease_lasts_by_the_clock_of_the_one_that_has_it() {
    let due_ms = NOW_MS + 200_000;
    let (_, next) = leased(shared(300, 600, 1).plan(due_ms, None).expect("milliseconds"));
    let until_ms = next.lease_until_ms().expect("leased");
    for ahead_ms in skews() {
        for ms in (due_ms..=until_ms).step_by(1_000) {
            for refused in [None, Some(1)] {
                let plan = next.plan(at(ms, ahead_ms), refused).expect("milliseconds");
                assert!(!matches!(plan, TokenPlan::Refresh { .. }), "at {ms}, {ahead_ms} ms ahead");
            }
        }
        // And once it is over by every clock, somebody does.
        let plan = next.plan(at(until_ms, ahead_ms) + 240_001, None).expect("milliseconds");
        assert!(matches!(plan, TokenPlan::Refresh { .. }), "{ahead_ms} ms ahead: {plan:?}");
    }
}

#[test]
fn a_pair_that_is_given_out_is_alive_by_every_clock() {
    for seed in 0..8 {
        for (life_s, refresh_life_s) in [(250, 600), (300, 600), (600, 600), (3_600, 7_200), (14_400, 600)] {
            let shared = shared(life_s, refresh_life_s, seed);
            for ahead_ms in skews() {
                for age_s in (0..life_s).step_by(if life_s > 600 { 60 } else { 1 }) {
                    let TokenPlan::Use { .. } =
                        shared.plan(at(NOW_MS + age_s * 1_000, ahead_ms), None).expect("milliseconds")
                    else {
                        continue;
                    };
                    assert!(age_s + 5 <= life_s, "{age_s} of {life_s} s, {ahead_ms} ms ahead");
                }
            }
        }
    }
}

/// By clocks that agree: what is usual must not cost more than the tolerance does.
#[test]
fn a_pair_is_used_for_half_of_its_life_almost() {
    for seed in 0..255 {
        for life_s in [2, 5, 10, 30, 100, 300, 600, 3_600, 86_400] {
            let TokenPlan::Use { refresh_at_ms: Some(due_ms), .. } =
                shared(life_s, 2_592_000, seed).plan(NOW_MS, None).expect("milliseconds")
            else {
                panic!("a new pair is used")
            };
            let used_ms = due_ms - NOW_MS;
            assert!(used_ms >= life_s * 400 && used_ms >= 1_000 && used_ms < life_s * 1_000, "{used_ms} of {life_s} s");
            if life_s == 300 {
                assert!((145_000..=175_000).contains(&used_ms), "docs/tokens.md says so: {used_ms}");
            }
        }
    }
}

/// The worker that was to refresh dies, and another takes over while the refresh token lives.
#[test]
fn a_refresh_token_outlives_a_worker_that_dies() {
    for seed in 0..8 {
        for (life_s, refresh_life_s) in [(300, 600), (600, 600), (14_400, 600), (86_400, 2_592_000)] {
            let shared = shared(life_s, refresh_life_s, seed);
            let TokenPlan::Use { refresh_at_ms: Some(due_ms), .. } = shared.plan(NOW_MS, None).expect("milliseconds")
            else {
                panic!("a new pair is used")
            };
            let (_, next) = leased(shared.plan(due_ms, None).expect("milliseconds"));
            for ahead_ms in skews() {
                let over_ms = (due_ms..).step_by(500).find(|ms| {
                    matches!(next.plan(at(*ms, ahead_ms), None).expect("milliseconds"), TokenPlan::Refresh { .. })
                });
                let over_ms = over_ms.expect("some time");
                assert!(
                    over_ms + 10_000 < NOW_MS + refresh_life_s * 1_000,
                    "{ahead_ms} ms ahead, of {refresh_life_s} s"
                );
            }
        }
    }
}

/// One host keeps a refusal, and another, by whatever clock, refreshes: none ends the connection for all.
#[test]
fn a_refusal_that_is_stored_leads_to_a_refresh_by_every_clock() {
    let pair = |access: &str, refresh: Option<&str>| {
        let ends_ms = NOW_MS + 3_600_000;
        Tokens::new(Secret::new(access), refresh.map(Secret::new), ends_ms, None, vec![]).expect("sound")
    };
    let options = || ConnectOptions::new("user-1", "app");
    let entropy = Entropy::new([1; 64]);
    let import = |tokens| client().import_tokens(tokens, None, options(), &entropy, NOW_MS).expect("sound");
    let reply = r#"{"data":{"access_token":"new","expires_in":3600,"refresh_token":"next"}}"#;
    let refused = import(pair("access", Some("refresh"))).token_refused(1, NOW_MS).expect("milliseconds");
    let forced = driven(refused, reply, NOW_MS);
    let last = import(pair("access", None));
    for ahead_ms in skews() {
        for age_ms in (0..200_000).step_by(5_000) {
            let refused_ms = at(NOW_MS + age_ms, ahead_ms);
            let kept = forced.token_refused(2, refused_ms).expect("milliseconds");
            let kept_last = last.token_refused(1, refused_ms + 3_600_000).expect("milliseconds");
            for other_ms in skews() {
                let by_other_ms = at(NOW_MS + age_ms, other_ms);
                let next = driven(kept.clone(), reply, by_other_ms);
                assert_eq!(
                    next.status(),
                    ConnectionStatus::Connected,
                    "{ahead_ms} and {other_ms} ms ahead at {age_ms}"
                );
                let next = driven(kept_last.clone(), reply, by_other_ms);
                assert_eq!(
                    next.status(),
                    ConnectionStatus::Connected,
                    "{ahead_ms} and {other_ms} ms ahead at {age_ms}"
                );
            }
        }
    }
}

/// By one worker, to its end.
fn driven(connection: Connection, reply: &str, now_ms: u64) -> Connection {
    let mut driver = ConnectionDriver::new(connection, "worker-1", now_ms).expect("a name");
    loop {
        driver = match driver.action() {
            Action::Save => driver.saved(now_ms),
            Action::Send => driver.response(&HttpResponse::new(200, reply), now_ms),
            Action::Deliver => driver.delivered(true, now_ms),
            Action::Return => return driver.connection().clone(),
            action => panic!("{}", action.as_str()),
        }
        .expect("as asked");
    }
}
