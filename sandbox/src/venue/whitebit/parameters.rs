//! The parameters of a signed call, read as strictly as forms are.

use super::knobs::ValidationShape;
use crate::base::http::Response;
use crate::exchange::record::Finding;
use serde_json::{Map, Value, json};

/// What a parameter must be.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Text,
    /// A text that is not empty.
    Filled,
    /// A number of seconds, as text (6.2).
    Digits,
    /// From, to.
    Integer(u64, u64),
    Integers,
    /// At most so many.
    Texts(usize),
    OneOf(&'static [&'static str]),
    /// `BTC_USDT`.
    Market,
}

/// What no documentation covers: names nobody lists, values of another kind. The rules named
/// `validation...` are documented texts (6.2, 6.5).
pub fn wrong(parameters: &Map<String, Value>, known: &[(&str, Kind)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, value) in parameters {
        let Some((_, kind)) = known.iter().find(|(known, _)| known == name) else {
            let text = format!("No documentation lists the parameter {name} here.");
            findings.push(Finding::new("unknown_field", name, text));
            continue;
        };
        let is_list = |fits: &dyn Fn(&Value) -> bool| value.as_array().is_some_and(|items| items.iter().all(fits));
        let text = value.as_str();
        let (rule, expected) = match kind {
            Kind::Text => (text.is_none().then_some("validation.string"), "a string".to_owned()),
            Kind::Integer(from, to) => match value.as_u64() {
                None => (Some("validation.numeric_integer"), "an integer".into()),
                Some(n) => ((!(*from..=*to).contains(&n)).then_some("range"), format!("from {from} to {to}")),
            },
            Kind::Filled => match text {
                None => (Some("validation.string"), "a string".into()),
                Some(text) => (text.is_empty().then_some("validation.length_min"), "a string that is not empty".into()),
            },
            Kind::Digits => {
                let fits =
                    text.is_some_and(|text| text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u64>().is_ok());
                ((!fits).then_some("validation.numeric_integer"), "a string of digits".into())
            }
            Kind::Integers => ((!is_list(&Value::is_u64)).then_some("list"), "a list of integers".into()),
            Kind::Texts(most) => {
                let fits = is_list(&Value::is_string) && value.as_array().is_some_and(|items| items.len() <= *most);
                ((!fits).then_some("list"), format!("a list of at most {most} strings"))
            }
            Kind::OneOf(values) => {
                let fits = text.is_some_and(|text| values.contains(&text));
                ((!fits).then_some("choice"), format!("one of {}", values.join(", ")))
            }
            Kind::Market => ((!text.is_some_and(is_market)).then_some("market"), "a market such as BTC_USDT".into()),
        };
        if let Some(rule) = rule {
            findings.push(Finding::new(rule, name, format!("{name} must be {expected}.")));
        }
    }
    findings
}

fn is_market(text: &str) -> bool {
    let is_ticker = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
    text.split_once('_').is_some_and(|(stock, money)| is_ticker(stock) && is_ticker(money))
}

/// The validation error: a text per field (6.1, 6.2, 11).
pub fn invalid<'a>(status: u16, code: u32, texts: impl IntoIterator<Item = (&'a str, String)>) -> Response {
    let mut errors = Map::new();
    for (field, text) in texts {
        if let Value::Array(texts) = errors.entry(field).or_insert(json!([])) {
            texts.push(text.into());
        }
    }
    Response::json(status, &json!({"code": code, "message": "Validation failed", "errors": errors}))
}

/// The same error in its other shape, where the knob asks for it (15).
pub fn shaped(mut response: Response, shape: ValidationShape) -> Response {
    if response.status == 422
        && shape == ValidationShape::Status
        && let Ok(body) = serde_json::from_slice::<Value>(&response.body)
    {
        let body = json!({"status": 422, "errors": body["errors"], "warning": body["message"]});
        response.body = body.to_string().into_bytes();
    }
    response
}

/// The text of a finding in such an error: a documented one, or the sandbox's own.
pub fn text(finding: &Finding) -> String {
    match finding.rule {
        rule if rule.starts_with("validation.") => rule.to_owned(),
        rule => format!("sandbox.{rule}: {}", finding.detail),
    }
}
