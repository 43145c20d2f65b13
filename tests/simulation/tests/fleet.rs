//! One connection's tokens in the hands of 64 workers.

use std::collections::BTreeSet;

use venuekey::Venue;
use venuekey_simulation::fleet::{Faults, Fleet, Report, SKEW_MS};

/// Half of the runs with clocks that agree, half with clocks that are as far apart as is promised to be borne.
fn run(venue: Venue, faults: Faults, seeds: std::ops::Range<u64>) -> Vec<Report> {
    // Twelve lives of WhiteBIT's tokens, four of Bybit's.
    let hours = if venue == Venue::WHITEBIT { 1 } else { 96 };
    seeds.map(|seed| Fleet::new(venue, seed, faults, seed % 2 * SKEW_MS).run(hours)).collect()
}

#[test]
fn without_faults_a_generation_is_refreshed_once_and_nobody_is_left_with_a_dead_token() {
    for (venue, lives) in [(Venue::WHITEBIT, 12), (Venue::BYBIT, 3)] {
        for report in run(venue, Faults::None, 0..6) {
            assert!(report.generation > lives, "{report:?}");
            assert_eq!(report.most_for_one_generation, 1, "{report:?}");
            assert_eq!((report.refreshes_sent, report.refreshes_done), (report.generation - 1, report.generation - 1));
            assert_eq!((report.limited, &report.ends, report.pair_lost), (0, &BTreeSet::new(), false), "{report:?}");
        }
    }
}

#[test]
fn what_goes_wrong_before_the_venue_ends_nothing() {
    for venue in [Venue::WHITEBIT, Venue::BYBIT] {
        for report in run(venue, Faults::BeforeTheVenue, 0..12) {
            assert!(report.refreshes_sent > 2, "{report:?}");
            assert_eq!((report.limited, report.pair_lost), (0, false), "{report:?}");
            assert!(report.ends.is_empty() || outlived(&report), "{report:?}");
        }
    }
}

/// Workers that died one after the other outlived WhiteBIT's refresh token: docs/tokens.md says how many it takes.
fn outlived(report: &Report) -> bool {
    report.leases_of_the_last > 3
}

#[test]
fn a_lost_pair_is_told_and_nothing_else_ends_a_connection() {
    for venue in [Venue::WHITEBIT, Venue::BYBIT] {
        let reports = run(venue, Faults::Everywhere, 0..24);
        for report in &reports {
            assert_eq!(report.limited, 0, "{report:?}");
            assert!(!report.pair_lost || !report.ends.is_empty(), "a loss that is not told: {report:?}");
            let is_explained = report.pair_lost || report.late > 0 || outlived(report);
            assert!(report.ends.is_empty() || is_explained, "an end without a loss: {report:?}");
            assert!(report.ends.is_subset(&BTreeSet::from(["outcome_unknown"])), "{report:?}");
        }
        let ended = reports.iter().filter(|report| report.pair_lost).count();
        assert!(0 < ended && ended < reports.len(), "{ended} of {} ended", reports.len());
        assert!(reports.iter().any(|report| report.late > 0 && !report.pair_lost), "no late pair was kept");
    }
}
