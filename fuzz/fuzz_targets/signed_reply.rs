//! Invariant: whatever a venue answers to a signed request, a probe or the question for its time is read or refused; a watch that hears of
//! it can be stored.
#![no_main]
use venuekey::parts::*;
use venuekey_fuzz::*;

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (_, case) in cases("values") {
        let (venue, reply) = (case["signer"]["venue"].as_str(), &case["response"]);
        if let (Some(venue), Some(status), Some(body)) = (venue, reply["status"].as_u64(), reply["body"].as_str()) {
            seeds.push(seed(&format!("{venue} {status}"), body));
        }
    }
    seeds
}

fn check(data: &[u8]) {
    let (line, response) = reply(data);
    let signer = SIGNERS.of(line);
    let watch = KeyWatch::new(signer.venue(), NOW_MS, 1);
    if let Ok(read) = signer.receive_response(&response) {
        let _ = read.items();
    }
    let verdict = match signer.receive_probe(&response) {
        Ok(proof) => watch.receive_proof(&proof, NOW_MS),
        Err(error) => watch.receive_error(&error, NOW_MS),
    };
    if let KeyVerdict::Works { watch: next } = verdict {
        assert_eq!(KeyWatch::from_text(&next.to_text()).expect("its own text"), next);
    }
    if let Ok(offset) = signer.receive_time(&response, NOW_MS, NOW_MS + 100) {
        let _ = format!("{offset:?}");
    }
}

target!();
