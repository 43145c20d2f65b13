//! Each fault: whether the effect happened, and what arrived.

use crate::support::*;
use serde_json::json;
use venuekey_sandbox::exchange::fault::{Fault, FaultOrder};
use venuekey_sandbox::{Answer, Reply, Request};

struct Case {
    bench: Bench,
    token: String,
    id: String,
}

/// A key whose secret can be asked for: the endpoint where an effect is easiest to see.
fn case(order: serde_json::Value) -> Case {
    let mut bench = Bench::new(json!({}));
    let (token, id) = bench.whitebit_key();
    let got = bench.admin("POST", "faults", order);
    assert_eq!(got.status, 200, "{}", got.text());
    Case { bench, token, id }
}

impl Case {
    fn ask(&mut self) -> Answer {
        let request = Request {
            method: "GET".into(),
            target: format!("/whitebit/global/oauth2/api-key/{}/secret", self.id),
            headers: vec![("authorization".into(), format!("Bearer {}", self.token))],
            body: Vec::new(),
        };
        self.bench.answer(&request)
    }

    /// 409 says that the secret was handed out before, 200 that it was not.
    fn next_status(&mut self) -> u16 {
        Got::of(self.ask()).status
    }
}

fn order(fault: &str) -> serde_json::Value {
    json!({"endpoint": "secret", "fault": fault})
}

#[test]
fn drop_reply_has_its_effect() {
    let mut case = case(order("drop_reply"));
    assert_eq!(case.ask().reply, Reply::CloseWithoutByte);
    assert_eq!(case.next_status(), 409);
    let record = &case.bench.sandbox.requests()[3];
    assert_eq!((record.fault, record.status), (Some(Fault::DropReply), None));
}

#[test]
fn close_before_has_none() {
    let mut case = case(order("close_before"));
    assert_eq!(case.ask().reply, Reply::CloseWithoutByte);
    assert_eq!(case.next_status(), 200);
}

#[test]
fn delay_replies_late() {
    let mut case = case(json!({"endpoint": "secret", "fault": "delay", "ms": 2500}));
    let answer = case.ask();
    assert_eq!(answer.delay_ms, 2500);
    assert_eq!(Got::of(answer).status, 200);
    assert_eq!(case.next_status(), 409);
}

#[test]
fn refusals_have_no_effect() {
    for (fault, status) in
        [("lock", 423), ("rate_limit", 429), ("server_error", 500), ("html_403", 403), ("ok_with_error", 200)]
    {
        let mut case = case(order(fault));
        let got = Got::of(case.ask());
        assert_eq!(got.status, status, "{fault}");
        if fault == "html_403" {
            assert!(got.header("content-type").unwrap().starts_with("text/html"));
        } else {
            assert!(got.json()["data"]["message"].is_array(), "{fault}");
            assert!(!got.text().contains("apiSecret"));
        }
        assert_eq!(case.next_status(), 200, "{fault}");
    }
}

#[test]
fn a_server_error_may_come_after_the_effect() {
    let mut case = case(json!({"endpoint": "secret", "fault": "server_error", "status": 503,
                               "after_effect": true}));
    let got = Got::of(case.ask());
    assert_eq!(got.status, 503);
    assert!(!got.text().contains("apiSecret"));
    assert_eq!(case.next_status(), 409);
}

#[test]
fn truncated_json_promises_more_than_it_holds() {
    let mut case = case(order("truncated_json"));
    let Reply::Truncated { status, headers, body } = case.ask().reply else {
        panic!("not truncated");
    };
    assert_eq!(status, 200);
    let promised = headers.iter().find(|(n, _)| n == "content-length");
    let promised: usize = promised.unwrap().1.parse().unwrap();
    assert!(!body.is_empty() && body.len() < promised);
    assert!(serde_json::from_slice::<serde_json::Value>(&body).is_err());
    assert_eq!(case.next_status(), 409);
}

#[test]
fn oversized_and_empty_bodies_have_their_effect() {
    let mut case = case(order("oversized"));
    let got = Got::of(case.ask());
    assert!(got.body.len() > 1 << 20);
    assert!(got.json()["data"]["apiSecret"].is_string());
    assert_eq!(case.next_status(), 409);

    let mut case = self::case(order("empty_body"));
    let got = Got::of(case.ask());
    assert_eq!((got.status, got.body.len()), (200, 0));
    assert_eq!(case.next_status(), 409);
}

#[test]
fn counts_endpoints_and_venues_are_kept_apart() {
    let mut bench = Bench::new(json!({}));
    let (token, id) = bench.whitebit_key();
    bench.admin("POST", "faults", json!({"endpoint": "info", "fault": "rate_limit", "count": 2}));
    bench.admin("POST", "faults", json!({"endpoint": "any", "venue": "bybit", "fault": "server_error", "status": 502}));
    assert_eq!(bench.whitebit_secret(&token, &id).status, 200);
    assert_eq!(bench.whitebit_info(&token).status, 429);
    assert_eq!(bench.whitebit_info(&token).status, 429);
    assert_eq!(bench.whitebit_info(&token).status, 200);
    assert_eq!(bench.sandbox.open_faults().len(), 1);
    let got = bench.bybit_login();
    assert_eq!(got.status, 502);
    assert_eq!(got.json()["retCode"], 10016);
    assert_eq!(bench.bybit_login().status, 302);
}

#[test]
fn bybit_refuses_in_its_own_envelopes() {
    let mut bench = Bench::new(json!({}));
    let (token, _) = bench.bybit_tokens();
    bench.fault("openapi", "rate_limit");
    let got = bench.bybit_openapi(&token);
    assert_eq!((got.status, &got.json()["ret_code"]), (429, &json!(10006)));
    bench.fault("token", "ok_with_error");
    let got = bench.bybit_token("any");
    assert_eq!((got.status, &got.json()["retCode"]), (200, &json!(10016)));
}

#[test]
fn orders_that_make_no_sense_are_refused() {
    let mut bench = Bench::new(json!({}));
    for order in [
        json!({"endpoint": "token", "fault": "lock"}),
        json!({"endpoint": "nowhere", "fault": "delay"}),
        json!({"endpoint": "token", "fault": "delay", "count": 0}),
        json!({"endpoint": "token", "fault": "server_error", "status": 200}),
        json!({"endpoint": "token", "fault": "delay", "seconds": 1}),
    ] {
        let got = bench.admin("POST", "faults", order.clone());
        assert_eq!(got.status, 400, "{order}");
        assert!(got.json()["error"].is_string());
    }
    let order = FaultOrder::new("secret", Fault::Lock, 2);
    assert_eq!(bench.sandbox.queue_fault(order), Ok(()));
    assert_eq!(bench.admin("DELETE", "faults", json!(null)).json(), json!([]));
}
