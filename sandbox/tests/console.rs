//! The admin page's forms: what they do, and from whom they are taken. How it looks: tests/pages.

use crate::support::*;
use serde_json::{Value, json};

fn post(bench: &mut Bench, form: &str, headers: &[(&str, &str)], body: &str) -> Got {
    let headers: Vec<_> = [("content-type", FORM)].iter().chain(headers).copied().collect();
    bench.call("POST", &format!("/_sandbox/form/{form}"), &headers, body)
}

const OWN: [(&str, &str); 1] = [("sec-fetch-site", "same-origin")];

#[test]
fn the_page_answers_and_a_link_from_elsewhere_may_lead_to_it() {
    let mut bench = Bench::new(json!({}));
    assert_eq!(bench.get("/_sandbox").location(), "/_sandbox/");
    let got = bench.call("GET", "/_sandbox/", &[("sec-fetch-site", "cross-site")], "");
    assert_eq!(got.status, 200);
    assert!(got.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
    assert_eq!(got.header("referrer-policy"), Some("same-origin"));
    assert_eq!(got.header("cache-control"), Some("no-store"));
    assert!(bench.get("/_sandbox/consent.css").text().contains(".console"));
}

#[test]
fn every_knob_and_no_secret_is_on_it() {
    let mut bench = Bench::new(json!({}));
    let (token, id) = bench.whitebit_key();
    let secret = bench.whitebit_secret(&token, &id).json()["data"]["apiSecret"].clone();
    let page = bench.get("/_sandbox/").text();
    assert!(!page.contains(&token) && !page.contains(secret.as_str().unwrap()) && !page.contains(VERIFIER));
    let knobs = bench.admin("GET", "knobs", Value::Null).json();
    for (group, fields) in knobs.as_object().unwrap() {
        for name in fields.as_object().unwrap().keys() {
            assert!(page.contains(&format!("name=\"{group}.{name}\"")), "{group}.{name}");
        }
    }
}

#[test]
fn a_form_does_what_its_endpoint_does_and_leads_back() {
    let mut bench = Bench::new(json!({}));
    let got = post(&mut bench, "post/clock/advance", &OWN, "ms=60000");
    assert_eq!(got.status, 303);
    assert!(got.location().starts_with("/_sandbox/?at=clock&done=") && got.location().ends_with("#clock"));
    assert_eq!(bench.sandbox.clock(bench.now_ms), bench.now_ms + 60_000);
    post(&mut bench, "patch/knobs", &OWN, "whitebit.variant=old&whitebit.user_otp=000000");
    assert_eq!(bench.sandbox.knobs().of("whitebit")["user_otp"], "000000");
    post(&mut bench, "post/faults", &OWN, "endpoint=secret&fault=lock&venue=&count=2");
    assert_eq!(bench.sandbox.open_faults()[0].count, 2);
    post(&mut bench, "delete/faults", &OWN, "");
    assert!(bench.sandbox.open_faults().is_empty());
    assert_eq!(post(&mut bench, "post/user/bybit/mainnet/action", &OWN, "action=delete_key").status, 303);
    assert_eq!(post(&mut bench, "post/reset", &OWN, "").status, 303);
    assert_eq!(bench.sandbox.clock(bench.now_ms), bench.now_ms);
}

#[test]
fn what_is_wrong_is_said_on_the_page() {
    let mut bench = Bench::new(json!({}));
    for (form, body, status, text) in [
        ("post/faults", "endpoint=token&fault=lock", 400, "Only the endpoint secret can be locked."),
        ("post/nothing", "", 404, "There is no admin endpoint POST /nothing."),
        ("post/form/post/reset", "", 404, "There is no admin endpoint"),
        ("patch/knobs", "whitebit.code_ttl_s=soon", 400, "The patch does not fit"),
    ] {
        let got = post(&mut bench, form, &OWN, body);
        assert_eq!(got.status, status, "{form}");
        assert!(got.text().contains("role=\"alert\"") && got.text().contains(text), "{form}: {text}");
    }
}

#[test]
fn forms_of_other_sites_are_refused() {
    let mut bench = Bench::new(json!({}));
    let host = ("host", "127.0.0.1:8700");
    for (headers, status) in [
        (vec![("sec-fetch-site", "cross-site")], 403),
        (vec![("sec-fetch-site", "same-site"), ("origin", "http://127.0.0.1:8700"), host], 403),
        (vec![("sec-fetch-site", "none")], 403),
        (vec![host], 403),
        (vec![("origin", "null"), host], 403),
        (vec![("origin", "http://127.0.0.1:8000"), host], 403),
        (vec![("origin", "https://127.0.0.1:8700"), host], 403),
        (vec![("origin", "http://127.0.0.1:8700"), host], 303),
    ] {
        assert_eq!(post(&mut bench, "post/clock/advance", &headers, "ms=1").status, status, "{headers:?}");
    }
    assert_eq!(bench.sandbox.clock(bench.now_ms), bench.now_ms + 1);
    let json = [("content-type", "application/json"), OWN[0]];
    assert_eq!(bench.call("POST", "/_sandbox/form/post/clock/advance", &json, "{\"ms\":1}").status, 415);
}

#[test]
fn bodies_are_shown_and_exchanges_are_filtered() {
    let mut bench = Bench::new(json!({}));
    let code = bench.whitebit_code(WHITEBIT);
    bench.whitebit_token(WHITEBIT, &code);
    bench.fault("uid", "close_before");
    bench.answer(&request("GET", "/bybit/mainnet/oauth/v1/resource/restrict/uid_bearer", &[], ""));
    bench.post("/whitebit/global/oauth2/token", &[("grant_type", "<b>hunter2</b>")]);
    let page = bench.get("/_sandbox/").text();
    assert!(
        page.contains("<pre>client_id=demo-whitebit&amp;client_secret=***&amp;code=***&amp;code_verifier=***</pre>")
    );
    assert!(page.contains("&quot;expires_in&quot;: 300"), "JSON has its lines");
    assert!(page.contains("content-type: application/json"));
    assert!(!page.contains("<b>hunter2"), "what was sent is text");
    let shown = |bench: &mut Bench, query: &str| -> Vec<u64> {
        let page = bench.get(&format!("/_sandbox/?{query}")).text();
        let ids = page.split("<li id=\"exchange-").skip(1);
        ids.map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect()
    };
    for (query, expected) in [
        ("", vec![4, 3, 2, 1]),
        ("venue=bybit", vec![3]),
        ("venue=whitebit&endpoint=token", vec![4, 2]),
        ("outcome=error", vec![4, 3]),
        ("outcome=undocumented&venue=", vec![4]),
        ("outcome=fault&shown=100", vec![3]),
        ("outcome=noted", vec![]),
        ("venue=kraken&outcome=odd&shown=7", vec![4, 3, 2, 1]),
    ] {
        assert_eq!(shown(&mut bench, query), expected, "{query}");
    }
    let page = bench.get("/_sandbox/?venue=bybit&outcome=error").text();
    assert!(page.contains("<option selected>bybit</option>") && page.contains("<option value=\"error\" selected>"));
    assert!(
        page.contains("1 like that.") && bench.get("/_sandbox/?outcome=noted").text().contains("None is like that.")
    );
}

#[test]
fn every_violation_is_on_it_those_of_one_kind_in_one_line() {
    let mut bench = Bench::new(json!({}));
    for n in 0..30 {
        let field = format!("field_{n}");
        for _ in 0..2 {
            bench.get(&format!("/whitebit/eu/auth/login?clientId=demo-whitebit&{field}=1"));
        }
    }
    let page = bench.get("/_sandbox/").text();
    for n in 0..30 {
        assert_eq!(page.matches(&format!("</strong> field_{n}: ")).count(), 1, "{n}");
    }
    assert!(page.contains("(#2, 2 times, authorize at WhiteBIT eu)") && page.contains("<summary>10 more</summary>"));
}

#[test]
fn knobs_stand_in_groups() {
    let page = Bench::new(json!({})).get("/_sandbox/").text();
    for profile in venuekey_sandbox::venue::all().iter().map(|exchange| exchange.profile()) {
        let (_, section) = page.split_once(&format!("id=\"knobs-{}\"", profile.name)).unwrap();
        let section = section.split("</details>").next().unwrap();
        let headings: Vec<&str> = section.split("<h3>").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
        assert_eq!(headings.first(), Some(&"The user"));
        assert!(headings.len() > 4 && !headings.contains(&"The exchange"), "{headings:?}");
        for group in section.split("<h3>").skip(1) {
            assert!((2..15).contains(&group.matches("class=\"knob\"").count()), "{}", &group[..30]);
        }
    }
}
