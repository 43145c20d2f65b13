//! `docs/connection.md`, written from the explorer's tables.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::explore::{Explorer, GONE};
use super::setup::CASES;

const INTRODUCTION: &str = "\
# Every transition of a connection

Generated from the code's own transitions by `just connection-doc`; don't edit it by hand. An explorer
(`tests/simulation/src/connections/explore.rs`) feeds every kind of event to every value of a connection it can reach, a
reply that comes late included, and writes down what comes of it. What the flow inside a connection does is on
[its own page](flow.md); here it is `ready`, `waits`, has its request out, or has ended.

## How to read it

A state is where a row stands between two saves:

| state | the connection |
|---|---|
| `awaiting_user; consent open` | waits for the user at the venue |
| `awaiting_user; choice open` | waits for the user to choose an account |
| `working; flow ready`, `flow waits` | has something to send now, or later |
| `...; flow's request out` | has a request out, under a lease |
| `...; flow in doubt` | had one out whose worker has not come back: nobody knows whether it was sent |
| `connected; ...` | works; what follows goes on beside that: a consent to connect anew, a refresh, a look at the key |
| `...; hand-off` | has what its app is to send its backend; `hand-off of before`: and asks the user again beside that |
| `...; reissue ...` | is to have its key replaced: the old one is deleted, then the user is asked for consent |
| `needs_user; flow failed` | can be connected anew; `recoverable`: or goes on by `recover` |
| `needs_user; spent` | has tokens or a key that no longer work |
| `ending`, `ending, with its key` | is to end; a worker disposes of what there is, and `deletion` is that of its key |
| `ended`, `ended; key left` | has ended, and is a tombstone for a day; its key may still live at the venue |
| `gone` | has no row any more |

| event | what happened |
|---|---|
| `callback`, `choose`, `recover`, `reconnect`, `cancel attempt`, `disconnect` | the user, or the app; forgetting is disconnecting with its key |
| `handed off` | the backend has confirmed the hand-off |
| `token refused`, `key refused` | the venue, to a request of the app's |
| `worker sends` | a worker has stored its lease and sends |
| `reply`, `no reply`, `not sent` | what that request met |
| `lease over` | another worker takes the row over from one that has not come back |
| `late reply` | the reply that one brings after all, to whatever the row has become |
| `worker goes on` | a worker stores what needs no request: a wait that is over, a consent that has run out, an end |
| `the key is another row's too` | so it is not deleted |
| `tombstone over` | nothing of the connection can come back any more |

An event that a state does not have changes nothing there, or is refused. One event may lead to several states: by what the
reply says, by the stage of the flow, by what the caller chose for a lost secret, by whether the tokens can be refreshed.
A row that somebody deletes while a request is out is `gone` too: what the reply then brings is disposed of, or reported.
";

/// The whole page.
pub fn document() -> String {
    let mut page = INTRODUCTION.to_owned();
    for case in &CASES {
        let table = Explorer::table(case);
        let states: BTreeSet<&String> = table.keys().map(|(from, _)| from).chain(table.values().flatten()).collect();
        let _ = writeln!(page, "\n## {}\n", case.name);
        let _ = writeln!(page, "{} states, {} events in them.\n", states.len(), table.len());
        page.push_str("| from | event | to |\n|---|---|---|\n");
        for ((from, event), to) in &table {
            let to: Vec<String> = to.iter().map(|label| format!("`{label}`")).collect();
            let _ = writeln!(page, "| `{from}` | {event} | {} |", to.join("<br>"));
        }
        assert!(states.iter().any(|state| *state == GONE), "a row can go");
    }
    page
}
