//! Nothing that carries a secret prints it. A new public type joins this list.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::string_slice)]

use std::fmt::Debug;

use venuekey::*;

const CANARY: &str = "canary0canary1canary2";
const UUID: &str = "11111111-2222-4333-8444-555555555555";
const NOW_MS: u64 = 1_790_000_000_000;

struct Printed(String);

impl Printed {
    fn add(&mut self, value: &dyn Debug) {
        self.0.push_str(&format!("{value:?}\n{value:#?}\n"));
    }

    fn error(&mut self, error: &VenuekeyError) {
        self.add(error);
        self.0.push_str(&format!("{error}\n"));
        let source = std::error::Error::source(error);
        assert!(source.is_none(), "a source would be printed by every error reporter");
    }

    fn step(&mut self, step: &Step) -> Flow {
        self.add(step);
        self.add(step.flow());
        self.add(&step.flow().snapshot());
        self.add(&step.flow().tokens());
        match step {
            Step::Send { request, .. } => {
                self.add(request);
                request.headers().iter().for_each(|header| self.add(header.value()));
            }
            Step::Failed { error, .. } => self.error(error),
            Step::Done { outcome, .. } => self.add(outcome),
            _ => {}
        }
        step.flow().clone()
    }
}

fn client(venue: Venue, environment: Environment, printed: &mut Printed) -> Client {
    let credentials = Credentials::Confidential { client_id: "demo".into(), client_secret: Secret::new(CANARY) };
    printed.add(&credentials);
    let config = ClientConfig::new(venue, environment, credentials, "https://partner.example/cb");
    printed.add(&config);
    let client = Client::new(config).expect("valid");
    printed.add(&client);
    client
}

#[test]
fn no_secret_is_printed_by_any_value() {
    let mut printed = Printed(String::new());
    let entropy = Entropy::new(*b"canary0canary1canary2canary0canary1canary2canary0canary1canary2c");
    printed.add(&entropy);
    printed.add(&Secret::new(CANARY));
    let mut derived = Vec::new();

    let reply = |body: String| HttpResponse::new(200, body);
    let tokens = format!(r#"{{"access_token":"{CANARY}","refresh_token":"{CANARY}","expires_in":9000}}"#);
    let info = format!(r#"{{"data":{{"exists":true,"isEnabled":true,"externalId":"{UUID}"}}}}"#);
    let error = format!(r#"{{"data":{{"message":["{CANARY}"]}},"retCode":"{CANARY} 1","retMsg":"{CANARY}"}}"#);
    let replies = [
        (
            Venue::Whitebit,
            Environment::Global,
            vec![format!(r#"{{"data":{tokens}}}"#), info, format!(r#"{{"data":{{"apiSecret":"{CANARY}"}}}}"#)],
        ),
        (
            Venue::Bybit,
            Environment::Mainnet,
            vec![
                tokens,
                r#"{"ret_code":0,"result":{"uid":1}}"#.into(),
                format!(r#"{{"ret_code":0,"result":{{"api_key":"{CANARY}","api_secret":"{CANARY}"}}}}"#),
            ],
        ),
    ];
    for (venue, environment, bodies) in replies {
        let client = client(venue, environment, &mut printed);
        let started = client.begin(Goal::ApiKey, BeginOptions::default(), &entropy, NOW_MS).expect("begun");
        printed.add(&started);
        let pending = started.pending().clone();
        let state = started
            .authorize_url()
            .expose()
            .split("state=")
            .nth(1)
            .and_then(|s| s.split('&').next())
            .expect("state")
            .to_owned();
        for refused in [
            format!("/cb?code={CANARY}&state={CANARY}"),
            format!("/{CANARY}"),
            format!("/cb?state={CANARY}&state={CANARY}"),
        ] {
            printed.error(&pending.receive_callback(&refused, NOW_MS).expect_err("refused"));
        }
        let denied = pending
            .receive_callback(&format!("/cb?error=access_denied&error_description={CANARY}&state={state}"), NOW_MS);
        let denied = printed.step(&denied.expect("accepted"));
        printed.step(&denied.resume(NOW_MS).expect("ended"));

        let mut flow = printed.step(
            &pending
                .receive_callback(&format!("/cb?code={CANARY}&apiKey={CANARY}&state={state}"), NOW_MS)
                .expect("accepted"),
        );
        flow = printed.step(&flow.resume(NOW_MS).expect("ready"));
        for body in bodies {
            let refused = flow.receive_response(&HttpResponse::new(400, error.clone()), NOW_MS).expect("in flight");
            let refused = printed.step(&refused);
            printed.step(&refused.resume(NOW_MS + 90_000).expect("goes on"));
            let response = reply(body).with_header("set-cookie", CANARY);
            printed.add(&response);
            flow = printed.step(&flow.receive_response(&response, NOW_MS).expect("in flight"));
        }
        assert_eq!(flow.status(), FlowStatus::Done);
        printed.step(&flow.resume(NOW_MS).expect("done"));
        let damaged = flow.snapshot().expose().replace("\"revision\":", "\"revision\":-");
        printed.error(&client.restore(&damaged).expect_err("damaged"));
        printed.error(&client.restore(CANARY).expect_err("no snapshot"));
        derived.push(state);
    }
    let kept = Tokens::new(Secret::new(CANARY), Some(Secret::new(CANARY)), 0, None, vec![]).expect("sound");
    printed.add(&kept);
    let id = ExternalId::try_from(CANARY.to_owned()).expect_err("no UUID");
    printed.error(&id);

    assert!(!printed.0.contains(CANARY), "a secret was printed");
    for state in derived {
        assert!(!printed.0.contains(&state), "a state was printed");
    }
    // The scan can see: what was printed is not empty, and an exposed secret would be found.
    assert!(printed.0.len() > 5_000 && Secret::new(CANARY).expose() == CANARY);
}
