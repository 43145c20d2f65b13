//! Invariant: a pasted code is refused, or leaves a flow that can be stored and gone on with.
#![no_main]
use venuekey_fuzz::*;

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (name, case) in cases("flows") {
        let pasted = list(&case["events"]).iter().enumerate().map(|(index, event)| (index, event["pasted"].as_str()));
        seeds.extend(pasted.filter_map(|(index, code)| Some(seed(&format!("{name}/{index}"), code?))));
    }
    seeds
}

fn check(data: &[u8]) {
    let (line, pasted) = split(data);
    let Place { client, flow, .. } = FLOWS.of(line);
    let Ok(pasted) = std::str::from_utf8(pasted) else { return };
    if let Ok(step) = flow.receive_pasted_code(pasted, NOW_MS) {
        lives_on(client, &step);
    }
}

target!();
