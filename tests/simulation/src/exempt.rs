//! Edges that no schedule can take, each with its reason. A schedule that takes one breaks the run.

use crate::explore::{Edge, Graph};

/// What no sandbox and no network produces; empty texts stand for any.
pub struct Exempt {
    pub from: &'static str,
    pub event: &'static str,
    pub reason: &'static str,
}

pub const EXEMPT: &[Exempt] = &[
    Exempt {
        from: "",
        event: "200, contradiction",
        reason: "no documentation gives `exists: false` with `isEnabled: true` a meaning, so the sandbox never says it",
    },
    Exempt {
        from: "send exchange_code",
        event: "422",
        reason: "only a request with a field missing or malformed earns it, and no schedule may send one",
    },
];

/// The reason why this edge is not asked of the schedules.
pub fn exempt(_: &Graph, edge: &Edge) -> Option<&'static str> {
    let fits = |pattern: &str, text: &str| pattern.is_empty() || pattern == text;
    let found = EXEMPT.iter().find(|exempt| fits(exempt.from, &edge.from) && fits(exempt.event, &edge.event));
    found.map(|exempt| exempt.reason)
}
