//! Every transition there is: each kind of event is fed to every flow that can be reached.
//!
//! Core is a pure function of flow, event and time, so its transitions can be asked for instead of
//! being read from its source. Flows that differ only in ids, times and secrets count as one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use serde_json::{Value, json};
use venuekey::*;

use crate::label::{Position, event, reply};
use crate::replies::{KEY_ID, replies};

const START_MS: u64 = 1_790_000_000_000;
/// Longer than any token or schedule.
const LONG_MS: u64 = 60 * 86_400_000;

/// One arrow: where a flow stood, what happened, where it stands now.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    pub from: String,
    pub event: String,
    pub to: String,
}

/// What the clock did until something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    Steady,
    /// It ran on until tokens were over.
    Late,
    /// It was set back, so that tokens last again.
    SetBack,
}

/// One arrow of a way through the graph.
#[derive(Debug, Clone)]
pub struct Stride {
    pub edge: Edge,
    pub clock: Clock,
    /// The wait it leads to was then repeated until its schedule was used up.
    pub used_up: bool,
}

/// A way that real flows took, from the beginning to an edge, which is the last.
#[derive(Debug, Clone)]
pub struct Walk {
    pub on_secret_lost: SecretLost,
    pub strides: Vec<Stride>,
}

/// All arrows of one operation at one venue.
pub struct Graph {
    pub venue: Venue,
    pub operation: FlowOperation,
    /// Those in which it is like this.
    pub environments: Vec<Environment>,
    /// Where its flows begin.
    pub starts: BTreeSet<String>,
    /// Each with a way to it.
    pub edges: BTreeMap<Edge, Walk>,
}

/// The graphs of everything the venues offer.
pub fn graphs() -> Vec<Graph> {
    let mut graphs: Vec<Graph> = Vec::new();
    for venue in Venue::ALL {
        for operation in FlowOperation::ALL {
            for environment in Environment::ALL {
                let Some(client) = client(*venue, *environment).filter(|client| client.supports(*operation)) else {
                    continue;
                };
                let (starts, edges) = explore(&client, *operation);
                let like = graphs.iter_mut().find(|graph| {
                    (graph.venue, graph.operation) == (*venue, *operation) && graph.edges.keys().eq(edges.keys())
                });
                match like {
                    Some(graph) => graph.environments.push(*environment),
                    None => {
                        let environments = vec![*environment];
                        graphs.push(Graph { venue: *venue, operation: *operation, environments, starts, edges });
                    }
                }
            }
        }
    }
    graphs
}

/// `None` where the venue has no such environment.
fn client(venue: Venue, environment: Environment) -> Option<Client> {
    let credentials = Credentials::Confidential { client_id: "app".into(), client_secret: Secret::new("hush") };
    Client::new(ClientConfig::new(venue, environment, credentials, "https://app.example/cb")).ok()
}

/// The first flow of an operation, in each way it may begin.
fn begin(client: &Client, operation: FlowOperation) -> Vec<Flow> {
    let entropy = Entropy::new([7; 64]);
    let goal = match operation {
        FlowOperation::AccountTokens => Some(Goal::AccountTokens),
        FlowOperation::ApiKey => Some(Goal::ApiKey),
        _ => None,
    };
    if let Some(goal) = goal {
        let choices = [SecretLost::Report, SecretLost::DeleteAndReport];
        let begun = choices.map(|on_secret_lost| {
            let options = BeginOptions { on_secret_lost, ..BeginOptions::default() };
            client.begin(goal, options, &entropy, START_MS).expect("supported").pending().clone()
        });
        return begun.into();
    }
    // Tokens that last, tokens that are over, and tokens that can't be refreshed.
    let tokens = [(true, LONG_MS), (true, 0), (false, LONG_MS)].map(|(refreshable, life_ms)| {
        let refresh_token = refreshable.then(|| Secret::new("refresh"));
        Tokens::new(Secret::new("access"), refresh_token, START_MS + life_ms, None, vec![]).expect("sound")
    });
    let steps = tokens.iter().filter_map(|tokens| match operation {
        FlowOperation::RefreshTokens => client.refresh_tokens(tokens, &entropy, START_MS).ok(),
        FlowOperation::CheckKey => client.check_key(tokens, &entropy, START_MS).ok(),
        FlowOperation::DeleteKey => {
            let id = ExternalId::try_from(KEY_ID.to_owned()).expect("a UUID");
            client.delete_key(tokens, &id, &entropy, START_MS).ok()
        }
        other => panic!("nobody has said how {} begins", other.as_str()),
    });
    steps.map(|step| step.flow().clone()).collect()
}

/// A flow that was reached, and how.
struct Reached {
    flow: Flow,
    position: Position,
    now_ms: u64,
    way: Option<Rc<Way>>,
}

struct Way {
    before: Option<Rc<Way>>,
    stride: Stride,
}

fn explore(client: &Client, operation: FlowOperation) -> (BTreeSet<String>, BTreeMap<Edge, Walk>) {
    let (mut starts, mut edges, mut seen) = (BTreeSet::new(), BTreeMap::new(), BTreeSet::new());
    let mut queue = VecDeque::new();
    for flow in begin(client, operation) {
        let position = Position::of(&flow);
        starts.insert(position.label());
        queue.push_back(Reached { flow, position, now_ms: START_MS, way: None });
    }
    // Made once: one reply of each list has a megabyte.
    let mut library = BTreeMap::new();
    while let Some(reached) = queue.pop_front() {
        let from = reached.position.label();
        for Happening { event, step, clock, now_ms } in happenings(client.venue(), &reached, &mut library) {
            let flow = step.flow().clone();
            let position = Position::of(&flow);
            let edge = Edge { from: from.clone(), event, to: position.label() };
            let way = |used_up| {
                let stride = Stride { edge: edge.clone(), clock, used_up };
                Some(Rc::new(Way { before: reached.way.clone(), stride }))
            };
            if !edges.contains_key(&edge) {
                let on_secret_lost = position.text("/on_secret_lost").parse().expect("a choice");
                edges.insert(edge.clone(), Walk { on_secret_lost, strides: strides(way(false)) });
            }
            if !seen.insert(essence(&position, now_ms)) {
                continue;
            }
            let twin = used_up(client, &flow, &position);
            queue.push_back(Reached { flow, position, now_ms, way: way(false) });
            if let Some(flow) = twin {
                let position = Position::of(&flow);
                seen.insert(essence(&position, now_ms));
                queue.push_back(Reached { flow, position, now_ms, way: way(true) });
            }
        }
    }
    (starts, edges)
}

fn strides(way: Option<Rc<Way>>) -> Vec<Stride> {
    let mut strides: Vec<Stride> =
        std::iter::successors(way, |way| way.before.clone()).map(|way| way.stride.clone()).collect();
    strides.reverse();
    strides
}

/// So many waits end every schedule.
const MANY: u64 = 99;

/// A waiting flow's twin that has waited for the same reason as often as the schedule allows. Waiting that
/// often for real reaches the same in many more turns.
fn used_up(client: &Client, flow: &Flow, position: &Position) -> Option<Flow> {
    if position.text("/state/reason") == "refresh_unanswered" {
        // One wait is its whole schedule.
        return None;
    }
    let mut snapshot: Value = serde_json::from_str(flow.snapshot().expose()).ok()?;
    let count = snapshot.pointer_mut("/flow/state/work/tries")?.get_mut(position.text("/state/reason"))?;
    *count = json!(MANY);
    Some(client.restore(&snapshot.to_string()).expect("a count is no reason to refuse a snapshot"))
}

/// Something that happened to a flow.
struct Happening {
    event: String,
    step: Step,
    clock: Clock,
    now_ms: u64,
}

fn clocks(now_ms: u64) -> [(Clock, u64); 3] {
    [(Clock::Steady, now_ms), (Clock::Late, now_ms + LONG_MS), (Clock::SetBack, now_ms - LONG_MS)]
}

/// Everything that can happen to a flow, and what it leads to.
fn happenings(
    venue: Venue,
    Reached { flow, position, now_ms, .. }: &Reached,
    library: &mut BTreeMap<String, Vec<HttpResponse>>,
) -> Vec<Happening> {
    let mut all = Vec::new();
    let mut add = |event: &str, (clock, now_ms), act: &dyn Fn(u64) -> Result<Step, VenuekeyError>| {
        let step = act(now_ms).expect("the state takes this event");
        all.push(Happening { event: event.to_owned(), step, clock, now_ms });
    };
    let steady = (Clock::Steady, *now_ms);
    match flow.status() {
        FlowStatus::AwaitingCallback { expires_at_ms } => {
            let state = position.text("/state/oauth_state");
            let over = (Clock::Late, expires_at_ms);
            for (event, query, clock) in [
                (event::CODE, "code=code", steady),
                (event::ACCESS_DENIED, "error=access_denied", steady),
                (event::VENUE_ERROR, "error=server_error", steady),
                (event::OTHER_ERROR, "error=invalid_request", steady),
                (event::NEITHER, "", steady),
                (event::TOO_LATE, "code=code", over),
            ] {
                add(event, clock, &|now_ms| flow.receive_callback(&format!("/cb?{query}&state={state}"), now_ms));
            }
            add(event::DEADLINE, over, &|now_ms| flow.resume(now_ms));
        }
        FlowStatus::Ready => add(event::RESUME, steady, &|now_ms| flow.resume(now_ms)),
        FlowStatus::InFlight => {
            let call = position.call();
            for response in library.entry(call.to_owned()).or_insert_with(|| replies(venue, call)) {
                let event = reply(venue, position, response);
                for clock in clocks(*now_ms) {
                    add(&event, clock, &|now_ms| flow.receive_response(response, now_ms));
                }
            }
            for clock in clocks(*now_ms) {
                add(event::NO_REPLY, clock, &|now_ms| {
                    let (lost, restored) = (flow.receive_no_response(now_ms)?, flow.resume(now_ms)?);
                    let (lost, restored) = (lost.flow().snapshot(), restored.flow().snapshot());
                    assert_eq!(lost.expose(), restored.expose(), "restored in flight means that no reply came");
                    flow.resume(now_ms)
                });
            }
        }
        FlowStatus::Waiting { until_ms } => {
            for clock in clocks(until_ms) {
                let event = if clock.1 < until_ms { event::TOO_EARLY } else { event::WAIT_OVER };
                add(event, clock, &|now_ms| flow.resume(now_ms));
            }
        }
        FlowStatus::Failed if !position.text("/state/recovery").is_empty() => {
            for clock in clocks(*now_ms) {
                add(event::RECOVER, clock, &|now_ms| flow.recover(now_ms));
            }
        }
        FlowStatus::Done | FlowStatus::Failed => {
            let again = flow.resume(*now_ms).expect("an ended flow tells its end");
            assert_eq!(again.flow().revision(), flow.revision(), "an end stays as it is");
        }
    }
    all
}

/// What of a flow can make a difference to what comes next.
fn essence(position: &Position, now_ms: u64) -> String {
    let work = |field: &str| position.at(&format!("/state/work/{field}")).clone();
    let (tries, tokens) = (work("tries"), work("facts/tokens"));
    let used_up = tries.as_object().into_iter().flatten().find(|(_, count)| **count == MANY);
    // Core refreshes half a minute early.
    let is_due = tokens["expires_at_ms"].as_u64().is_some_and(|ms| ms < now_ms + 31_000);
    let parts = [
        json!(position.label()),
        position.at("/on_secret_lost").clone(),
        work("stage"),
        work("call"),
        json!(position.has_doubts()),
        json!(used_up.map(|(reason, _)| reason)),
        tries["refresh_unanswered"].clone(),
        work("refresh"),
        json!([tokens["refresh_token"].is_null(), is_due]),
    ];
    json!(parts).to_string()
}
