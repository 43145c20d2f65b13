//! Invariant: whatever a venue answers to a read is refused, or gives records that are JSON and a cursor that can be gone on from.
#![no_main]
use venuekey::parts::*;
use venuekey_fuzz::*;

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (name, case) in cases("reads") {
        for (index, page) in list(&case["pages"]).iter().enumerate() {
            if let (Some(status), Some(body)) = (page["status"].as_u64(), page["body"].as_str()) {
                seeds.push(seed(&format!("{name}/{index} {status}"), body));
            }
        }
    }
    seeds
}

fn check(data: &[u8]) {
    let (line, response) = reply(data);
    let Read { client, signer, read } = READS.of(line);
    let page = if signer.is_some() { read.receive_signed(&response) } else { read.receive(&response) };
    let Ok(page) = page else { return };
    serde_json::from_str::<serde_json::Value>(&page.records_json()).expect("records are JSON");
    if let Some(next) = page.next {
        assert_ne!(next.cursor(), read.cursor(), "a read that goes on comes forward");
        let again: AccountRead = client.resume_read(&next.cursor()).expect("its own cursor");
        assert_eq!(again.cursor(), next.cursor());
    }
}

target!();
