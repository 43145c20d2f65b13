//! The description of the admin endpoints says what they do: each route, each field of what they answer, each name.

use crate::support::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

fn description(bench: &mut Bench) -> Value {
    bench.admin("GET", "openapi.json", Value::Null).json()
}

fn names(object: &Value) -> BTreeSet<&str> {
    object.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

/// Every operation: method, path and what is said of it.
fn operations(description: &Value) -> Vec<(String, String, &Map<String, Value>)> {
    let paths = description["paths"].as_object().unwrap();
    let of_path = |(path, methods): (&String, &'_ Value)| -> Vec<(String, String)> {
        let methods = methods.as_object().unwrap().keys().filter(|name| *name != "parameters");
        methods.map(|method| (method.clone(), path.clone())).collect()
    };
    let all = paths.iter().flat_map(of_path);
    all.map(|(method, path)| {
        let operation = description["paths"][&path][&method].as_object().unwrap();
        (method.to_uppercase(), path, operation)
    })
    .collect()
}

#[test]
fn it_has_the_routes_that_are_there_and_no_other() {
    let mut bench = Bench::new(json!({}));
    let description = description(&mut bench);
    assert_eq!(description["openapi"], "3.1.0");
    assert_eq!(description["info"]["version"], env!("CARGO_PKG_VERSION"));
    let described = operations(&description);
    let mut ids = BTreeSet::new();
    for (method, path, operation) in &described {
        let target = path.replace("{venue}", "whitebit").replace("{environment}", "global");
        let got = bench.admin(method, &target[1..], json!({}));
        assert!(![404, 405].contains(&got.status), "{method} {path}: {}", got.text());
        let status = got.status.to_string();
        assert!(operation["responses"].get(&status).is_some(), "{method} {path} answers {status}");
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{method} {path}");
        assert_eq!(operation.contains_key("requestBody"), ["PATCH", "POST"].contains(&&**method) && path != "/reset");
    }
    let described: BTreeSet<(&str, &str)> = described.iter().map(|(method, path, _)| (&**method, &**path)).collect();
    assert_eq!(described, venuekey_sandbox::admin_routes().iter().copied().collect());
}

#[test]
fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let mut bench = Bench::new(json!({}));
    let description = description(&mut bench);
    let mut found = Vec::new();
    references(&description, &mut found);
    let used: BTreeSet<&str> = found.iter().map(|path| path.strip_prefix("#/components/schemas/").unwrap()).collect();
    assert_eq!(used, names(&description["components"]["schemas"]));
}

#[test]
fn answers_have_the_fields_it_names() {
    let mut bench = Bench::new(json!({}));
    let description = description(&mut bench);
    let named = |schema: &str| names(&description["components"]["schemas"][schema]["properties"]);
    let url = "/whitebit/eu/auth/login?clientId=demo-whitebit&state=s";
    let consented = bench.admin("POST", "consent", json!({"url": url, "decision": "approve"})).json();
    assert_eq!(names(&consented), named("Consented"));
    bench.get("/whitebit/eu/nothing");
    let request = bench.admin("GET", "requests", Value::Null).json()["requests"][0].clone();
    assert_eq!(names(&request), named("RecordedRequest"));
    assert_eq!(names(&request["response"]), named("RecordedResponse"));
    assert_eq!(names(&request["response"]["headers"][0]), named("Field"));
    let violation = bench.admin("GET", "violations", Value::Null).json()["violations"][0].clone();
    assert_eq!(names(&violation), named("Violation"));
    assert_eq!(names(&bench.admin("GET", "clock", Value::Null).json()), named("Clock"));
    assert_eq!(names(&bench.admin("GET", "hosts", Value::Null).json()["hosts"][0]), named("Host"));
    let order = json!({"endpoint": "token", "fault": "reply", "venue": "bybit", "headers": {"a": "b"}, "body": 1});
    assert_eq!(names(&bench.admin("POST", "faults", order).json()[0]), named("Fault"));
}

/// What a body may name, by the endpoints' own word: they refuse everything else, and say what they know.
#[test]
fn bodies_take_the_names_it_lists() {
    let mut bench = Bench::new(json!({}));
    let description = description(&mut bench);
    let known = |bench: &mut Bench, path: &str, body: Value| -> BTreeSet<String> {
        let said = bench.admin("POST", path, body).json()["error"].as_str().unwrap().to_owned();
        let (_, expected) = said.split_once(", expected ").unwrap_or_else(|| panic!("{said}"));
        expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let owned = |names: BTreeSet<&str>| -> BTreeSet<String> { names.into_iter().map(str::to_owned).collect() };
    let schemas = &description["components"]["schemas"];
    for (path, schema) in [
        ("consent", "Consent"),
        ("clock", "SetClock"),
        ("clock/advance", "Advance"),
        ("faults", "Fault"),
        ("history", "Arrivals"),
        ("user/bybit/mainnet/action", "UserAction"),
    ] {
        let fields = known(&mut bench, path, json!({"no_such_field": 1}));
        assert_eq!(fields, owned(names(&schemas[schema]["properties"])), "{path}");
    }
    for (path, field, schema) in [
        ("consent", "decision", "Consent"),
        ("faults", "fault", "Fault"),
        ("user/bybit/mainnet/action", "action", "UserAction"),
    ] {
        let values = known(&mut bench, path, json!({field: "no_such_value"}));
        let listed = schemas[schema]["properties"][field]["enum"].as_array().unwrap();
        let listed: BTreeSet<String> = listed.iter().map(|value| value.as_str().unwrap().to_owned()).collect();
        assert_eq!(values, listed, "{path}");
    }
}
