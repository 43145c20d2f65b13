//! Invariant: a budget is refused as misuse, or writes its own text again and gives a request a start that is not in the past.
#![no_main]
use venuekey::parts::*;
use venuekey_fuzz::*;

fn seeds() -> Vec<Vec<u8>> {
    let texts = |case: &serde_json::Value| {
        [&case["budget"], &case["expect"]["budget"]]
            .into_iter()
            .filter_map(|text| Some(text.as_str()?.to_owned()))
            .collect::<Vec<_>>()
    };
    cases("values").iter().flat_map(|(_, case)| texts(case)).map(|text| seed("whitebit", &text)).collect()
}

fn check(data: &[u8]) {
    let (line, text) = split(data);
    let Ok(text) = std::str::from_utf8(text) else { return };
    match RateBudget::from_text(text) {
        Err(error) => assert_eq!(error.kind(), ErrorKind::Misuse),
        Ok(budget) => {
            let again = RateBudget::from_text(&budget.to_text()).expect("its own text");
            assert_eq!(again.to_text(), budget.to_text());
            let request = SIGNERS.of(line).probe(NOW_MS).expect("a probe");
            if let Ok(reserved) = budget.reserve(&request, NOW_MS) {
                assert!(reserved.start_at_ms >= NOW_MS);
                assert!(RateBudget::from_text(&reserved.budget.to_text()).is_ok(), "what is left can be stored");
            }
        }
    }
}

target!();
