//! Invariant: a callback is refused whole, or has the flow's own `state` exactly once and leaves a flow that can be stored and
//! gone on with.
#![no_main]
use venuekey_fuzz::*;

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (name, case) in cases("flows") {
        let urls = list(&case["events"]).iter().enumerate().map(|(index, event)| (index, event["url"].as_str()));
        seeds.extend(urls.filter_map(|(index, url)| Some(seed(&format!("{name}/{index}"), url?))));
    }
    seeds
}

fn check(data: &[u8]) {
    let (line, url) = split(data);
    let Place { client, flow, state } = FLOWS.of(line);
    let Ok(url) = std::str::from_utf8(url) else { return };
    if let Ok(step) = flow.receive_callback(url, NOW_MS) {
        // A flow that comes to the browser on its way has a state of its own, which the case's start does not show.
        if state.is_some() {
            // A consent that answers with a code sends no fragment, and none is read.
            let is_ours = [false, true].iter().any(|fragment| parameter(url, "state", *fragment) == *state);
            assert!(is_ours, "a callback of another flow was accepted");
        }
        lives_on(client, &step);
    }
}

target!();
