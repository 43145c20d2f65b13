//! `docs/flow.md`, written from the explorer's graphs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::exempt::exempt;
use crate::explore::Graph;
use crate::label::START;

const INTRODUCTION: &str = "\
# Every transition of every flow

Generated from the code's own transitions by `just flow-doc`; don't edit it by hand. An explorer
(`tests/simulation/src/explore.rs`) feeds every kind of event to every flow it can reach and writes down what
comes of it. `just simulate` runs thousands of random schedules against the sandbox and fails unless they take
every one of these edges, with the same names for what happened, and none besides. The few that no schedule can
take stand at the end, each with its reason.

There is one section for each operation of each kind of client at each exchange:

| client | what it is |
|---|---|
| WhiteBIT, client with a secret | a backend; its key flow may begin by itself or by an app's hand-off |
| WhiteBIT, public client | an app without the secret: it gets the user's consent and ends at the hand-off to its backend |
| Bybit, broker | a backend with a secret |
| Bybit, AI agent | a public client on the user's own machine; the user chooses the sub-account that the key is for |

## How to read it

A state is where a flow stands between two events, as its snapshot tells it:

| state | the flow |
|---|---|
| `start` | is not there yet |
| `awaiting_callback` | waits for the user's browser; a reissue comes here on its way |
| `ready, then X` | has its callback, its hand-off or its choice, or is a reissue that has begun; nothing has been sent since, X is next |
| `send X` | has request X in flight, or may have: restored, it means that no reply is known |
| `send X, for Y` | needs X before it can go on with Y |
| `... delete_key (old key)` | a reissue is about the key to be replaced; without that it is about a new key whose secret is lost |
| `send fetch_secret, asked before` | asks again for what can be had once; a lost reply may have had it |
| `wait R, then Y` | waits for reason R, then goes on with Y, refreshing the tokens first where that is due |
| `awaiting_choice` | waits for the user to choose an account; `creation in doubt`: a new one may be among them |
| `done O`, `failed C` | has ended with outcome O or error code C |
| `failed C (recover: R)` | has ended and can go on by `recover`, which does R |

These arrive as a `Save`: an accepted callback or choice, the list to choose from, the end of a key to be replaced,
and every end of a flow. The `Save` is
folded into the event that led to it: the table names the state that is saved, and nothing in between. After the
`Save` of a list or of an end, `resume` shows the list or the end and changes nothing, so it is left out; so it is
where it gives a reissue's authorize URL again.

An event is a reply, in the words of the fact sheets, or what else can happen:

| event | what happened |
|---|---|
| `begin` | the host calls `begin`, or `refresh_tokens`, `check_key`, `delete_key`, `reissue_key` or `switch_subaccount` |
| `accept_hand_off` | the host takes over what an app has begun |
| `callback: code`, `callback: token`, ... | the browser came back; a token only where `response_type` asked for one |
| `pasted code` | the user has copied the code from the exchange's own page; its whole address counts as a callback |
| `deadline` | `resume` after the callback's deadline |
| `choose: an account`, `choose: create` | the user's choice |
| `200`, `401`, `code 10001`, ... | a readable reply; `5xx` and `429` whatever the body, `another code` one that no documentation explains, `401, another code` the same under HTTP 401 |
| `200, without its key` | the account that was asked for, and no key with it |
| `200, not one new account` | a list that does not tell which account is the new one |
| `403 page`, `4xx page` | a page of something in front of the exchange, or an error that was cut off; with a 403, and with any other status of its kind |
| `unreadable` | not JSON, or JSON without what it must have: cut off, empty, a 200 with an error inside |
| `over 1 MiB` | a body that is too large |
| `no reply` | a timeout, a broken connection, or a flow restored with its request in flight |
| `wait over`, `too early` | `resume` after a wait, or before its end |
| `recover` | the host calls `recover` |

One event may lead to several states: a wait or, once its schedule is used up, an end; a refresh or not, by the
clock; by what the host chose for a lost secret; by whether a creation is in doubt. A callback that is refused (a
foreign `state`, a repeated parameter) changes nothing and is not shown. A pending flow that was sealed into a
cookie takes the same edges: only its first `Save` is another, which must find no row in the store.

The diagrams show the way to success: they leave every `failed` state to the tables, draw what may have to come
before a request (its waits, and a refresh of the tokens) as one state, and name events where there are at most
two. The tables are complete.
";

/// The whole page.
pub fn document(graphs: &[Graph]) -> String {
    let mut page = INTRODUCTION.to_owned();
    for graph in graphs {
        let environments: Vec<&str> = graph.environments.iter().map(|environment| environment.as_str()).collect();
        let _ = write!(page, "\n## {} ({})\n\n", graph.name(), environments.join(", "));
        diagram(&mut page, graph);
        table(&mut page, graph);
    }
    page.push_str("\n## Not taken by any schedule\n\n");
    for graph in graphs {
        for (edge, reason) in graph.edges.keys().filter_map(|edge| Some((edge, exempt(graph, edge)?))) {
            let _ = writeln!(page, "- {}, {}, `{}`: {reason}.", graph.name(), code(&edge.from), edge.event);
        }
    }
    page
}

fn code(label: &str) -> String {
    format!("`{label}`")
}

/// How the diagram names a state, if it shows it.
fn shown(label: &str) -> Option<String> {
    let first = ["wait ", "send refresh_tokens, for "].iter().find(|first| label.starts_with(**first));
    match first.and_then(|_| label.rsplit_once(", then ").or(label.rsplit_once(", for "))) {
        // These need no access token.
        Some((_, stage @ ("exchange_code" | "refresh_tokens"))) => Some(format!("wait, then {stage}")),
        Some((_, stage)) => Some(format!("wait or refresh, then {stage}")),
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
    for label in arrows.keys().flat_map(|(from, to)| [from, to]) {
        if !names.contains_key(label) && label != START {
            let name = format!("s{}", names.len() + 1);
            let _ = writeln!(page, "    state \"{label}\" as {name}");
            names.insert(label.clone(), name);
        }
    }
    for ((from, to), events) in &arrows {
        // A colon ends the arrow's name in mermaid.
        let events: Vec<String> = events.iter().map(|event| event.replace(':', "")).collect();
        let text = if events.len() <= 2 { format!(": {}", events.join(" / ")) } else { String::new() };
        let from = if from == START { "[*]" } else { &names[from] };
        let _ = writeln!(page, "    {from} --> {}{text}", names[to]);
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
