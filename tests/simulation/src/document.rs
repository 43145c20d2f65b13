//! `docs/flow.md`, written from the explorer's graphs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::exempt::exempt;
use crate::explore::Graph;

const INTRODUCTION: &str = "\
# Every transition of every flow

Generated from the code's own transitions by `just flow-doc`; don't edit it by hand. An explorer
(`tests/simulation/src/explore.rs`) feeds every kind of event to every flow it can reach and writes down what
comes of it. `just simulate` runs thousands of random schedules against the sandbox and fails unless they take
every one of these edges, with the same names for what happened, and none besides.

**Reading it.** A state is where a flow stands between two events, as its snapshot tells it:

| state | the flow |
|---|---|
| `awaiting_callback` | waits for the user's browser |
| `ready` | has its callback; nothing has been sent yet |
| `send X` | has request X in flight, or may have: restored, it means that no reply is known |
| `send X, for Y` | needs X before it can go on with Y |
| `send fetch_secret, asked before` | asks again for what can be had once; a lost reply may have had it |
| `wait R, then Y` | waits for reason R, then goes on with Y, refreshing the tokens first where that is due |
| `done O`, `failed C` | has ended with outcome O or error code C |
| `failed C (recover: R)` | has ended and can go on by `recover`, which does R |

An accepted callback and every end arrive as a `Save`, which names nothing new: the state it holds is shown, and
the `resume` after the `Save` of an end, which gives the end itself, is left out.

An event is a reply, in the words of the fact sheets, or what else can happen:

| event | what happened |
|---|---|
| `200`, `401`, `code 10001`, ... | a readable reply; `5xx` and `429` whatever the body, `another code` one that no documentation explains |
| `403 page` | a page of something in front of the exchange |
| `unreadable` | not JSON, or JSON without what it must have: cut off, empty, a 200 with an error inside |
| `over 1 MiB` | a body that is too large |
| `no reply` | a timeout, a broken connection, or a flow restored with its request in flight |
| `wait over`, `too early` | `resume` after a wait, or before its end |
| `deadline` | `resume` after the callback's deadline |
| `recover` | the host calls `recover` |

One event may lead to several states: a wait or, once its schedule is used up, an end; a refresh or not, by the
clock; by what the host chose for a lost secret. A callback that is refused (a foreign `state`, a repeated
parameter) changes nothing and is not shown.

The diagrams show the way to success: they leave every `failed` state to the tables, draw the waits before one
request as one, and name events where there are at most two. The tables are complete.
";

/// The whole page.
pub fn document(graphs: &[Graph]) -> String {
    let mut page = INTRODUCTION.to_owned();
    for graph in graphs {
        let environments: Vec<&str> = graph.environments.iter().map(|environment| environment.as_str()).collect();
        let (venue, operation) = (graph.venue.as_str(), graph.operation.as_str());
        let _ = write!(page, "\n## {venue} {operation} ({})\n\n", environments.join(", "));
        diagram(&mut page, graph);
        table(&mut page, graph);
    }
    page.push_str("\n## Not taken by any schedule\n\n");
    for graph in graphs {
        for (edge, reason) in graph.edges.keys().filter_map(|edge| Some((edge, exempt(graph, edge)?))) {
            let (venue, operation) = (graph.venue.as_str(), graph.operation.as_str());
            let _ = writeln!(page, "- {venue} {operation}, {}, `{}`: {reason}.", code(&edge.from), edge.event);
        }
    }
    page
}

fn code(label: &str) -> String {
    format!("`{label}`")
}

/// How the diagram names a state, if it shows it.
fn shown(label: &str) -> Option<String> {
    match label.split_once(", then ") {
        Some((_, stage)) => Some(format!("wait, then {stage}")),
        None => (!label.starts_with("failed")).then(|| label.to_owned()),
    }
}

fn diagram(page: &mut String, graph: &Graph) {
    page.push_str("```mermaid\nstateDiagram-v2\n");
    let mut arrows: BTreeMap<(String, String), BTreeSet<&str>> = BTreeMap::new();
    for edge in graph.edges.keys() {
        let (Some(from), Some(to)) = (shown(&edge.from), shown(&edge.to)) else { continue };
        if from != to {
            arrows.entry((from, to)).or_default().insert(&edge.event);
        }
    }
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for label in graph.starts.iter().chain(arrows.keys().flat_map(|(from, to)| [from, to])) {
        if !names.contains_key(label) {
            let name = format!("s{}", names.len() + 1);
            let _ = writeln!(page, "    state \"{label}\" as {name}");
            names.insert(label.clone(), name);
        }
    }
    for start in &graph.starts {
        let _ = writeln!(page, "    [*] --> {}", names[start]);
    }
    for ((from, to), events) in &arrows {
        // A colon ends the arrow's name in mermaid.
        let events: Vec<String> = events.iter().map(|event| event.replace(':', "")).collect();
        let text = if events.len() <= 2 { format!(": {}", events.join(" / ")) } else { String::new() };
        let _ = writeln!(page, "    {} --> {}{text}", names[from], names[to]);
    }
    for (_, name) in names.iter().filter(|(label, _)| label.starts_with("done")) {
        let _ = writeln!(page, "    {name} --> [*]");
    }
    page.push_str("```\n\n");
}

/// One row a pair of states, with every event between them.
fn table(page: &mut String, graph: &Graph) {
    let mut rows: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for edge in graph.edges.keys() {
        rows.entry((&edge.from, &edge.to)).or_default().push(code(&edge.event));
    }
    let _ = writeln!(page, "{} edges between {} pairs of states.\n", graph.edges.len(), rows.len());
    page.push_str("| from | event | to |\n|---|---|---|\n");
    for ((from, to), events) in rows {
        let _ = writeln!(page, "| {} | {} | {} |", code(from), events.join(", "), code(to));
    }
}
