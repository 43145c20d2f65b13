//! Invariant: any request at all gets an answer from the sandbox, the same one from a sandbox of the same start, and its state can be
//! shown.
#![no_main]
use venuekey_fuzz::*;
use venuekey_sandbox::{Config, Request, Sandbox};

thread_local! {
    static SANDBOX: Sandbox = Sandbox::new(Config::default()).expect("a sandbox");
}

/// A request as it stands on the wire, at the host that stands for the venue's.
fn on_the_wire(request: &serde_json::Value, prefix: &str) -> Option<Vec<u8>> {
    let url = request["url"].as_str()?;
    let target = url.split_once("://")?.1.split_once('/').map_or("", |(_, target)| target);
    let header = |pair: &serde_json::Value| Some(format!("{}: {}\n", pair[0].as_str()?, pair[1].as_str()?));
    let headers: String = list(&request["headers"]).iter().filter_map(header).collect();
    let body = request["body"].as_str().unwrap_or_default();
    Some(format!("{} {prefix}/{target}\n{headers}\n{body}", request["method"].as_str()?).into_bytes())
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![b"GET /_sandbox/state\n\n".to_vec(), b"GET /\n\n".to_vec()];
    for kind in ["flows", "reads", "values"] {
        for (_, case) in cases(kind) {
            let places = std::iter::once(&case["start"]).chain(list(&case["events"])).chain(list(&case["pages"]));
            let requests = places.map(|place| &place["expect"]["request"]).chain([&case["expect"]]);
            let client = if case["client"].is_null() { &case["signer"] } else { &case["client"] };
            let (venue, environment) = (client["venue"].as_str(), client["environment"].as_str());
            let prefix = format!("/{}/{}", venue.unwrap_or_default(), environment.unwrap_or_default());
            seeds.extend(requests.filter_map(|request| on_the_wire(request, &prefix)));
        }
    }
    seeds
}

fn check(data: &[u8]) {
    let (line, rest) = split(data);
    let line = String::from_utf8_lossy(line);
    let (method, target) = line.split_once(' ').unwrap_or((&line, "/"));
    let at = rest.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = at.map_or((rest, &[][..]), |at| (&rest[..at], &rest[at + 2..]));
    let head = String::from_utf8_lossy(head);
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    let request = Request {
        method: method.to_owned(),
        target: target.to_owned(),
        headers: head.lines().filter_map(header).collect(),
        body: body.to_vec(),
    };
    let answers = [(); 2].map(|()| {
        let mut sandbox = SANDBOX.with(Sandbox::afresh);
        let answer = sandbox.handle(&request, NOW_MS);
        let state = sandbox.state(NOW_MS, true);
        (answer, state)
    });
    assert!(answers[0] == answers[1], "the same request at the same start gets the same answer");
}

target!();
