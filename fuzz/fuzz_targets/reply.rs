//! Invariant: whatever a venue answers to a flow's request leaves a flow that can be stored, restored to the same text, and
//! gone on with; where the flow has no request in flight, the reply is refused.
#![no_main]
use venuekey::parts::*;
use venuekey_fuzz::*;

fn seeds() -> Vec<Vec<u8>> {
    replies("flows")
}

fn check(data: &[u8]) {
    let (line, response) = reply(data);
    let Place { client, flow, .. } = FLOWS.of(line);
    match flow.receive_response(&response, NOW_MS) {
        Ok(step) => lives_on(client, &step),
        Err(error) => {
            assert!(error.code() == ErrorCode::WrongState || flow.status() != FlowStatus::InFlight, "{error}")
        }
    }
}

target!();
