//! Nothing that carries a secret prints it. A new public type joins this list.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, clippy::string_slice)]

use std::fmt::Debug;

use venuekey::parts::*;

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
            Step::Authorize { authorize_url, .. } => self.add(authorize_url),
            Step::Failed { error, .. } => self.error(error),
            Step::Done { outcome, .. } => self.add(outcome),
            _ => {}
        }
        step.flow().clone()
    }
}

fn client(venue: Venue, environment: VenueEnvironment, printed: &mut Printed) -> Client {
    let credentials = Credentials::Confidential { client_id: "demo".into(), client_secret: Secret::new(CANARY) };
    printed.add(&credentials);
    let config = ClientConfig::new(venue, environment, credentials, "https://partner.example/cb");
    printed.add(&config);
    let client = Client::new(config).expect("valid");
    printed.add(&client);
    client
}

/// The choice of accounts, the hand-off and the seal: what a public client adds.
fn without_a_secret_of_its_own(entropy: &Entropy, printed: &mut Printed) -> Vec<String> {
    let keys = SealingKeys::new([("new", &CANARY.as_bytes().repeat(2)[..32]), ("old", &[7; 32])]).expect("keys");
    printed.add(&keys);
    let public = |venue, environment, redirect_uri: &str| {
        let credentials = Credentials::Public { client_id: "demo".into() };
        Client::new(ClientConfig::new(venue, environment, credentials, redirect_uri)).expect("valid")
    };
    let asked = KeyRequest {
        label: Some(CANARY.into()),
        ip_allowlist: Some(vec![CANARY.into()]),
        passphrase: Some(Secret::new(CANARY)),
        ..KeyRequest::default()
    };
    printed.add(&asked);
    let asking = BeginOptions { key_request: Some(asked), ..BeginOptions::default() };
    printed.add(&asking);
    let state_of = |started: &Started| {
        let url = started.authorize_url().expose().to_owned();
        url.split("state=").nth(1).and_then(|rest| rest.split('&').next()).expect("state").to_owned()
    };

    let app = public(Venue::WHITEBIT, VenueEnvironment::GLOBAL, "https://partner.example/cb");
    printed.error(&app.begin(Goal::ApiKey, asking, entropy, NOW_MS).expect_err("no venue takes one"));
    let started = app.begin(Goal::ApiKey, BeginOptions::default(), entropy, NOW_MS).expect("begun");
    let sealed = started.pending().seal(&keys, CANARY, entropy).expect("pending");
    printed.add(&app.open(&sealed, &keys, CANARY).expect("its own context"));
    printed.error(&app.open(&sealed, &keys, "another").expect_err("another context"));
    printed.error(&app.open(CANARY, &keys, CANARY).expect_err("not sealed"));
    let url = format!("/cb?code={CANARY}&apiKey={CANARY}&state={}", state_of(&started));
    let ended = printed.step(&started.pending().receive_callback(&url, NOW_MS).expect("accepted"));
    let Step::Done { outcome: Outcome::HandOff { hand_off }, .. } = ended.resume(NOW_MS).expect("done") else {
        panic!("a hand-off")
    };
    printed.add(&hand_off);
    let backend = client(Venue::WHITEBIT, VenueEnvironment::GLOBAL, printed);
    for refused in
        [CANARY.to_owned(), hand_off.expose().replace("demo", CANARY), hand_off.expose().replace('1', CANARY)]
    {
        printed.error(&backend.accept_hand_off(&refused, LostSecretPolicy::Report, NOW_MS).expect_err("changed"));
    }

    let agent = public(Venue::BYBIT, VenueEnvironment::MAINNET, "https://www.bybit.com/oauth/callback");
    let started = agent.begin(Goal::ApiKey, BeginOptions::default(), entropy, NOW_MS).expect("begun");
    printed
        .error(&started.pending().receive_pasted_code(&format!("{CANARY} {CANARY}"), NOW_MS).expect_err("two words"));
    let mut flow = printed.step(&started.pending().receive_pasted_code(CANARY, NOW_MS).expect("accepted"));
    let account = format!(r#"{{"sub_member_id":1,"nickname":"bot","api_key":"{CANARY}","api_secret":"{CANARY}"}}"#);
    let list = format!(r#"{{"retCode":0,"result":{{"accounts":[{account}]}}}}"#);
    flow = printed.step(&flow.resume(NOW_MS).expect("ready"));
    for body in [format!(r#"{{"access_token":"{CANARY}","expires_in":9000}}"#), list.clone()] {
        flow = printed.step(&flow.receive_response(&HttpResponse::new(200, body), NOW_MS).expect("in flight"));
    }
    assert!(!flow.snapshot().expose().contains(&format!("\"api_key\":\"{CANARY}")), "a listed key is not kept");
    printed.step(&flow.resume(NOW_MS).expect("a choice"));
    printed.error(&flow.choose(CANARY, NOW_MS).expect_err("not offered"));
    flow = printed.step(&flow.choose("1", NOW_MS).expect("offered"));
    flow = printed.step(&flow.resume(NOW_MS).expect("ready"));
    flow = printed.step(&flow.receive_response(&HttpResponse::new(200, list), NOW_MS).expect("in flight"));
    printed.step(&flow.resume(NOW_MS).expect("done"));

    let broker = client(Venue::BYBIT, VenueEnvironment::MAINNET, printed);
    let options = BeginOptions { response_type: ResponseType::Token, ..BeginOptions::default() };
    let started = broker.begin(Goal::AccountTokens, options, entropy, NOW_MS).expect("begun");
    let url = |token: &str| format!("/cb#access_token={token}&state={}", state_of(&started));
    printed.error(&started.pending().receive_callback(&url(&format!("{CANARY}%20x")), NOW_MS).expect_err("unfit"));
    printed.step(&started.pending().receive_callback(&url(CANARY), NOW_MS).expect("accepted"));
    vec![sealed, state_of(&started)]
}

/// A new key for the old one, and the probe of its public half. Gives the consent's state.
fn a_reissued_key(entropy: &Entropy, printed: &mut Printed) -> String {
    let client = client(Venue::WHITEBIT, VenueEnvironment::GLOBAL, printed);
    let tokens = Tokens::new(Secret::new(CANARY), Some(Secret::new(CANARY)), NOW_MS, None, vec![]).expect("sound");
    let id = ExternalId::try_from(UUID.to_owned()).expect("a UUID");
    let options = BeginOptions::default();
    let mut flow = printed.step(&client.reissue_key(&tokens, &id, options, entropy, NOW_MS).expect("begun"));
    printed.error(&flow.receive_callback(&format!("/cb?code={CANARY}"), NOW_MS).expect_err("not asked for"));
    flow = printed.step(&flow.resume(NOW_MS).expect("ready"));
    let tokens = format!(r#"{{"access_token":"{CANARY}","refresh_token":"{CANARY}","expires_in":9000}}"#);
    for body in [format!(r#"{{"data":{tokens}}}"#), r#"{"data":[]}"#.to_owned()] {
        flow = printed.step(&flow.receive_response(&HttpResponse::new(200, body), NOW_MS).expect("in flight"));
    }
    let asked = flow.resume(NOW_MS).expect("a question");
    printed.step(&asked);
    let Step::Authorize { authorize_url, .. } = asked else { panic!("a question") };
    assert!(!flow.snapshot().expose().contains(CANARY), "the tokens of before are dropped");
    let state = authorize_url.expose().split("state=").nth(1).and_then(|rest| rest.split('&').next()).expect("state");
    let callback = format!("/cb?code={CANARY}&apiKey={CANARY}&state={state}");
    flow = printed.step(&flow.receive_callback(&callback, NOW_MS).expect("accepted"));
    flow = printed.step(&flow.resume(NOW_MS).expect("ready"));
    let info = format!(r#"{{"data":{{"exists":true,"isEnabled":true,"externalId":"{UUID}"}}}}"#);
    for body in [format!(r#"{{"data":{tokens}}}"#), info, format!(r#"{{"data":{{"apiSecret":"{CANARY}"}}}}"#)] {
        flow = printed.step(&flow.receive_response(&HttpResponse::new(200, body), NOW_MS).expect("in flight"));
    }
    let done = flow.resume(NOW_MS).expect("done");
    printed.step(&done);
    let Step::Done { outcome: Outcome::ApiKey { key, .. }, .. } = done else { panic!("a key") };
    let config = SignerConfig::new(Venue::WHITEBIT, VenueEnvironment::GLOBAL, Secret::new(CANARY), Secret::new(CANARY));
    let probe = PublicKeyProbe::new(&key, config).expect("sound");
    printed.add(&probe);
    let refused = HttpResponse::new(401, format!(r#"{{"code":0,"message":"{CANARY}"}}"#));
    let next = probe.receive(&refused).expect("a candidate is left");
    printed.add(&next);
    let PublicKeyAnswer::Next { probe } = next else { panic!("a candidate is left") };
    let request = probe.request(1).expect("signed");
    assert!(request.headers().iter().any(|header| header.value().expose() == CANARY), "the candidate signs");
    printed.add(&request);
    let error = probe.receive(&refused).expect_err("neither");
    printed.error(&error);
    printed.add(&probe.receive(&HttpResponse::new(200, "{}")).expect("proven"));
    let watch = KeyWatch::new(Venue::WHITEBIT, NOW_MS, 1);
    printed.add(&watch.receive_error(&error, NOW_MS));
    printed.error(&KeyWatch::from_text(CANARY).expect_err("no watch"));
    state.to_owned()
}

/// An account that is read: neither the token is printed, nor what was asked for, nor what came.
fn account_reads(printed: &mut Printed) {
    let client = client(Venue::WHITEBIT, VenueEnvironment::EU, printed);
    let tokens = Tokens::new(Secret::new(CANARY), None, NOW_MS, None, vec![]).expect("sound");
    let query = OrdersQuery { client_order_id: Some(CANARY.into()), limit: Some(1), ..OrdersQuery::default() };
    let read = client.read_orders(query, NOW_MS).expect("valid");
    printed.add(&read);
    let request = read.request(&tokens).expect("a request");
    printed.add(&request);
    request.headers().iter().for_each(|header| printed.add(header.value()));
    let balances = client.read_spot_balances(BalancesQuery::default()).expect("valid");
    assert!(!balances.cursor().contains(CANARY));
    let body = format!(r#"{{"{CANARY}":{{"available":"1","freeze":"0"}}}}"#);
    printed.add(&balances.receive(&HttpResponse::new(200, body)).expect("balances"));
    for (status, body) in [
        (200, format!(r#"{{"{CANARY}":{{"available":"{CANARY}"}}}}"#)),
        (200, format!(r#"{{"{CANARY}":[{{"id":"{CANARY}","type":{{"{CANARY}":1}}}}]}}"#)),
        (401, format!(r#"{{"data":{{"message":["{CANARY}"]}}}}"#)),
        (422, format!(r#"{{"code":30,"message":"{CANARY}","errors":{{"{CANARY}":["{CANARY}"]}}}}"#)),
    ] {
        printed.error(&balances.receive(&HttpResponse::new(status, body.clone())).expect_err("refused"));
        printed.error(&read.receive(&HttpResponse::new(status, body)).expect_err("refused"));
    }
    let market = OrdersQuery { market: Some(format!("{CANARY} ")), ..OrdersQuery::default() };
    printed.error(&client.read_orders(market, NOW_MS).expect_err("a space"));
    for cursor in [CANARY.to_owned(), read.cursor().replace("limit", CANARY), read.cursor().replace("eu", CANARY)] {
        printed.error(&client.resume_read(&cursor).expect_err("changed"));
    }
}

/// A key at work: neither it nor its signatures are printed.
fn signed_requests(printed: &mut Printed) {
    for (venue, environment, method, path) in [
        (Venue::WHITEBIT, VenueEnvironment::GLOBAL, HttpMethod::Post, "/api/v4/x"),
        (Venue::BYBIT, VenueEnvironment::MAINNET, HttpMethod::Get, "/v5/x"),
    ] {
        let config = SignerConfig::new(venue, environment, Secret::new(CANARY), Secret::new(CANARY));
        printed.add(&config);
        let signer = Signer::new(config).expect("valid");
        printed.add(&signer);
        let request = signer.sign(method, path, &format!(r#"{{"a":"{CANARY}"}}"#), 1).expect("signed");
        printed.add(&request);
        request.headers().iter().for_each(|header| printed.add(header.value()));
        for refused in [format!("/{CANARY}"), format!("{path}?a={CANARY}")] {
            printed.error(&signer.sign(method, &refused, "{}", 1).expect_err("no path of this API"));
        }
        printed.error(&signer.sign(method, path, CANARY, 1).expect_err("no JSON"));
        let body = format!(r#"{{"retCode":0,"result":{{"apiKey":"{CANARY}","ips":[]}}}}"#);
        let reply = HttpResponse::new(200, body);
        printed.add(&signer.receive_response(&reply).expect("a success"));
        printed.add(&signer.receive_probe(&reply).expect("our key"));
        let batch = format!(r#"{{"retCode":0,"retExtInfo":{{"list":[{{"code":"{CANARY}","msg":"{CANARY}"}}]}}}}"#);
        let batch = signer.receive_response(&HttpResponse::new(200, batch)).expect("a success");
        batch.items().iter().for_each(|item| printed.add(item));
        for (status, body) in [
            (400, format!(r#"{{"code":1,"message":"{CANARY}","retCode":10004,"retMsg":"{CANARY}"}}"#)),
            (200, format!(r#"{{"errors":{{"{CANARY}":["{CANARY}"]}},"retCode":"{CANARY}","retMsg":"{CANARY}"}}"#)),
            (502, CANARY.to_owned()),
        ] {
            printed.error(&signer.receive_response(&HttpResponse::new(status, body)).expect_err("a refusal"));
        }
    }
}

fn shared_tokens(client: &Client, entropy: &Entropy, printed: &mut Printed) {
    let secret = || Secret::new(CANARY);
    let tokens = Tokens::new(secret(), Some(secret()), NOW_MS + 300_000, None, Vec::new()).expect("sound");
    let shared = client.share_tokens(tokens, entropy, NOW_MS).expect("a client that can refresh");
    let TokenPlan::Refresh { request, next } = shared.plan(NOW_MS + 290_000, None).expect("milliseconds") else {
        panic!("it is due")
    };
    printed.add(&request);
    let refused = format!(r#"{{"data":{{"token":["{CANARY}"]}},"retCode":10001,"retMsg":"{CANARY}"}}"#);
    let ended = next.receive_response(&HttpResponse::new(400, refused), NOW_MS).expect("leased");
    for value in [&shared, &next, &ended] {
        printed.add(value);
        printed.add(&value.snapshot());
        for plan in [
            value.plan(NOW_MS, None).expect("milliseconds"),
            value.plan(NOW_MS + 400_000, None).expect("milliseconds"),
            value.plan(NOW_MS, Some(1)).expect("milliseconds"),
        ] {
            printed.add(&plan);
            if let TokenPlan::Reauthorize { error } = plan {
                printed.error(&error);
            }
        }
    }
    printed.error(&shared.receive_no_response(Delivery::Unknown, NOW_MS).expect_err("nothing is in flight"));
    printed.error(&client.restore_tokens(CANARY).expect_err("no text of ours"));
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
            Venue::WHITEBIT,
            VenueEnvironment::GLOBAL,
            vec![format!(r#"{{"data":{tokens}}}"#), info, format!(r#"{{"data":{{"apiSecret":"{CANARY}"}}}}"#)],
        ),
        (
            Venue::BYBIT,
            VenueEnvironment::MAINNET,
            vec![
                tokens,
                r#"{"ret_code":0,"result":{"uid":1}}"#.into(),
                format!(r#"{{"ret_code":0,"result":{{"api_key":"{CANARY}","api_secret":"{CANARY}"}}}}"#),
            ],
        ),
    ];
    for (venue, environment, bodies) in replies {
        let client = client(venue, environment, &mut printed);
        shared_tokens(&client, &entropy, &mut printed);
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
            // The error names the path, and nothing that is no path may pass for one.
            format!("/other?code={CANARY}&state={CANARY}#{CANARY}"),
            CANARY.to_owned(),
            format!("code={CANARY}&state={CANARY}"),
            format!("?code={CANARY}"),
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
    derived.extend(without_a_secret_of_its_own(&entropy, &mut printed));
    derived.push(a_reissued_key(&entropy, &mut printed));
    signed_requests(&mut printed);
    account_reads(&mut printed);
    let kept = Tokens::new(Secret::new(CANARY), Some(Secret::new(CANARY)), 0, None, vec![]).expect("sound");
    printed.add(&kept);
    let id = ExternalId::try_from(format!("{CANARY}/")).expect_err("no id");
    printed.error(&id);

    assert!(!printed.0.contains(CANARY), "a secret was printed");
    for state in derived {
        assert!(!printed.0.contains(&state), "a state was printed");
    }
    // The scan can see: what was printed is not empty, and an exposed secret would be found.
    assert!(printed.0.len() > 5_000 && Secret::new(CANARY).expose() == CANARY);
}
