//! Replays the cases of rate budgets and preflights in `tests/vectors/values`.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, dead_code)]

use serde_json::{Map, Value, json};
use venuekey::parts::*;

use super::*;

pub fn spend_budget(case: &Map<String, Value>) -> Result<Value, VenuekeyError> {
    let mut budget = budget(case)?;
    if let Some(share_of) = case.get("share_of") {
        assert_eq!(*share_of, budget.share_of(), "a share is what it was made for");
    }
    let signer = signer(&case["signer"])?;
    let mut starts = Vec::new();
    for (request, times) in case["requests"].as_array().expect("requests").iter().map(|r| (r, r.get("times"))) {
        let now_ms = request["now_ms"].as_u64().expect("now_ms");
        let method = text(&request["method"]).parse()?;
        let signed = signer.sign(method, text(&request["path"]), "{}", now_ms)?;
        for _ in 0..times.and_then(Value::as_u64).unwrap_or(1) {
            match budget.reserve(&signed, now_ms) {
                Ok(reservation) => {
                    starts.push(json!(reservation.start_at_ms));
                    // As another worker would find it.
                    budget = RateBudget::from_text(&reservation.budget.to_text())?;
                }
                Err(error) => starts.push(json!({"raises": raised(&error)})),
            }
        }
    }
    Ok(json!({"starts": starts, "budget": budget.to_text()}))
}

pub fn preflight(case: &Map<String, Value>) -> Result<Value, VenuekeyError> {
    let client = client(&case["client"])?;
    let operation = text(&case["operation"]).parse()?;
    let tokens = case.get("tokens").map(|given| tokens(given).expect("tokens"));
    let now_ms = case["now_ms"].as_u64().expect("now_ms");
    client.preflight(operation, tokens.as_ref(), &budget(case)?, now_ms).map(|plan| described_preflight(&plan))
}

pub fn budget(case: &Map<String, Value>) -> Result<RateBudget, VenuekeyError> {
    match case.get("budget") {
        Some(given) => RateBudget::from_text(&body_text(given)),
        None => RateBudget::new(case.get("share_of").map_or(1, |n| u32::try_from(n.as_u64().expect("n")).expect("n"))),
    }
}

pub fn described_preflight(plan: &Preflight) -> Value {
    json!({
        "start_at_ms": plan.start_at_ms, "requests": plan.requests, "worst_case_ms": plan.worst_case_ms,
        "budget": plan.budget.to_text(),
    })
}
