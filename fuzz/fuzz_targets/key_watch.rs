//! Invariant: a watch is refused as misuse, or writes its own text again and tells a time within a week for the next look.
#![no_main]
use venuekey::parts::*;
use venuekey_fuzz::*;

fn seeds() -> Vec<Vec<u8>> {
    cases("values").iter().filter_map(|(_, case)| Some(seed("", case["watch"].as_str()?))).collect()
}

fn check(data: &[u8]) {
    let (_, text) = split(data);
    let Ok(text) = std::str::from_utf8(text) else { return };
    match KeyWatch::from_text(text) {
        Err(error) => assert_eq!(error.kind(), ErrorKind::Misuse),
        Ok(watch) => {
            assert_eq!(KeyWatch::from_text(&watch.to_text()).expect("its own text"), watch);
            let look = watch.next_check(NOW_MS);
            assert!(look.at_ms <= NOW_MS + 7 * 86_400_000, "{}", look.at_ms);
        }
    }
}

target!();
