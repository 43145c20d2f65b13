//! What a read is asked for.

use super::super::knobs::Context;
use super::super::parameters::{Kind, invalid, text, wrong};
use crate::base::http::Response;
use serde_json::{Map, Value, json};

/// The parameters of a read, without what identifies the caller.
pub type Parameters = Map<String, Value>;

/// Refuses parameters that are none of these.
pub fn refuse(
    parameters: &Parameters,
    known: &[(&str, Kind)],
    (status, code): (u16, u32),
    context: &mut Context<'_>,
) -> Result<(), Response> {
    let findings = wrong(parameters, known);
    context.violate(&findings);
    if findings.is_empty() {
        return Ok(());
    }
    // 31 is the market's own, where both are documented (6.4, 11).
    let code = if code == 30 && findings.iter().all(|f| f.rule == "market") { 31 } else { code };
    Err(invalid(status, code, findings.iter().map(|f| (f.field.as_str(), text(f)))))
}

pub fn object(fields: Map<String, Value>, context: &Context<'_>) -> Value {
    match fields.is_empty() && context.knobs.empty_as_array {
        true => json!([]),
        false => fields.into(),
    }
}

pub fn integer(parameters: &Parameters, name: &str) -> Option<u64> {
    parameters.get(name).and_then(Value::as_u64)
}

pub fn word<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    parameters.get(name).and_then(Value::as_str)
}

/// Which of the rows are asked for.
#[derive(Clone, Copy)]
pub struct Page {
    pub limit: u64,
    pub offset: u64,
}

impl Page {
    pub fn of(parameters: &Parameters, default_limit: u64) -> Page {
        Page {
            limit: integer(parameters, "limit").unwrap_or(default_limit),
            offset: integer(parameters, "offset").unwrap_or(0),
        }
    }

    pub fn of_rows<T: Copy>(self, rows: &[T]) -> Vec<T> {
        let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        rows.iter().skip(size(self.offset)).take(size(self.limit)).copied().collect()
    }
}
