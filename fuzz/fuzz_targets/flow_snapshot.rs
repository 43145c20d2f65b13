//! Invariant: a flow's snapshot is refused as misuse, or restores to a flow that writes a snapshot of its own and can be resumed,
//! recovered and told of a lost reply.
#![no_main]
use venuekey::parts::*;
use venuekey_fuzz::*;

fn seeds() -> Vec<Vec<u8>> {
    let names = FLOWS.names().map(|name| seed(name, FLOWS.of(name.as_bytes()).flow.snapshot().expose()));
    names.collect()
}

fn check(data: &[u8]) {
    let (line, text) = split(data);
    let client = &FLOWS.of(line).client;
    let Ok(text) = std::str::from_utf8(text) else { return };
    match client.restore(text) {
        Err(error) => assert_eq!(error.kind(), ErrorKind::Misuse),
        Ok(flow) => {
            let lost = |delivery| flow.receive_no_response(delivery, NOW_MS);
            let steps = [flow.resume(NOW_MS), flow.recover(NOW_MS), lost(Delivery::Unknown), lost(Delivery::NotSent)];
            steps.iter().flatten().for_each(|step| lives_on(client, step));
        }
    }
}

target!();
