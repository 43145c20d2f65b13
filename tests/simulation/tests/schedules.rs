//! `VENUEKEY_SCHEDULES` schedules (2,000) from the seed `VENUEKEY_SEED` (the clock's), printed.

use std::collections::BTreeMap;
use std::panic;
use std::time::{SystemTime, UNIX_EPOCH};

use venuekey_simulation::World;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn every_schedule_keeps_every_promise() {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (seed, count) = (setting("VENUEKEY_SEED", clock), setting("VENUEKEY_SCHEDULES", 2_000));
    let mut report = format!("{count} schedules from VENUEKEY_SEED={seed}\n");
    let mut ends: BTreeMap<(&str, String), u32> = BTreeMap::new();
    for schedule in seed..seed + count {
        let ending = panic::catch_unwind(|| World::new(schedule).run());
        match ending {
            Ok(ending) => *ends.entry((ending.venue, ending.end)).or_default() += 1,
            Err(cause) => {
                let cause = cause.downcast_ref::<String>().map_or("see above", String::as_str);
                panic!("{report}broken by VENUEKEY_SEED={schedule} VENUEKEY_SCHEDULES=1: {cause}");
            }
        }
    }
    for ((venue, end), times) in &ends {
        report.push_str(&format!("{times:6}  {venue:9} {end}\n"));
    }
    // Shown by `just simulate`; silent otherwise.
    std::io::Write::write_all(&mut std::io::stderr(), report.as_bytes()).expect("a terminal");
    let reached = |end: &str| ends.keys().any(|(_, reached)| reached == end);
    if count >= 1_000 {
        for end in [
            "done api_key",
            "done account_tokens",
            "secret_lost",
            "outcome_unknown",
            "access_denied",
            "callback_timeout",
        ] {
            assert!(reached(end), "no schedule ended with {end}: the schedules have become too tame");
        }
    }
}
