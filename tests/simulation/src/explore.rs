//! Every transition there is: each kind of event is fed to every flow that can be reached.
//!
//! Core is a pure function of flow, event and time, so its transitions can be asked for instead of
//! being read from its source. Flows that differ only in ids, times and secrets count as one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use serde_json::{Value, json};
use venuekey::parts::*;

use crate::entry::{Entry, Party, connect, entries, goal, redirect_uri, response_type};
use crate::label::{Position, START, event, reply};
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
    pub entry: Entry,
    pub on_secret_lost: LostSecretPolicy,
    pub strides: Vec<Stride>,
}

/// All arrows of one operation of one kind of client at one venue.
pub struct Graph {
    pub venue: Venue,
    pub party: Party,
    pub operation: FlowOperation,
    /// Those in which it is like this.
    pub environments: Vec<VenueEnvironment>,
    /// How its flows begin.
    pub entries: &'static [Entry],
    /// Each with a way to it.
    pub edges: BTreeMap<Edge, Walk>,
}

impl Graph {
    /// The operation, and whose it is.
    pub fn name(&self) -> String {
        format!("{} {}, {}", self.venue.as_str(), self.operation.as_str(), self.party.name(self.venue))
    }
}

/// The graphs of everything the venues offer.
pub fn graphs() -> Vec<Graph> {
    let mut graphs: Vec<Graph> = Vec::new();
    for (venue, party) in Venue::ALL.iter().flat_map(|venue| Party::ALL.map(|party| (*venue, party))) {
        for operation in FlowOperation::ALL.iter().copied() {
            for environment in VenueEnvironment::ALL.iter().copied() {
                let client = client(venue, environment, party, Entry::Code);
                if !client.is_some_and(|client| client.supports(operation)) {
                    continue;
                }
                let edges = explore(venue, environment, party, operation);
                let like = graphs.iter_mut().find(|graph| {
                    (graph.venue, graph.party, graph.operation) == (venue, party, operation)
                        && graph.edges.keys().eq(edges.keys())
                });
                match like {
                    Some(graph) => graph.environments.push(environment),
                    None => {
                        let (environments, entries) = (vec![environment], entries(venue, party, operation));
                        graphs.push(Graph { venue, party, operation, environments, entries, edges });
                    }
                }
            }
        }
    }
    graphs
}

fn client(venue: Venue, environment: VenueEnvironment, party: Party, entry: Entry) -> Option<Client> {
    connect(venue, environment, party, entry, ("http://127.0.0.1:1", "hush"))
}

/// The first flow of an operation, in each way this entry leaves open.
fn begin(client: &Client, operation: FlowOperation, entry: Entry) -> Vec<Flow> {
    let entropy = Entropy::new([7; 64]);
    let choices = [LostSecretPolicy::Report, LostSecretPolicy::DeleteAndReport];
    if entry == Entry::HandOff {
        let app = self::client(client.venue(), client.environment(), Party::Public, Entry::Code).expect("hands off");
        let hand_off = hand_off(&app, &entropy);
        let accepted = choices.map(|choice| client.accept_hand_off(hand_off.expose(), choice, START_MS));
        return accepted.map(|step| step.expect("the same app's").flow().clone()).into();
    }
    if let Some(goal) = goal(operation) {
        let begun = choices.map(|on_secret_lost| {
            let options =
                BeginOptions { on_secret_lost, response_type: response_type(entry), ..BeginOptions::default() };
            client.begin(goal, options, &entropy, START_MS).expect("supported").pending().clone()
        });
        return begun.into();
    }
    // Tokens that last, tokens that are over, and tokens that can't be refreshed.
    let tokens = [(true, LONG_MS), (true, 0), (false, LONG_MS)].map(|(refreshable, life_ms)| {
        let refresh_token = refreshable.then(|| Secret::new("refresh"));
        Tokens::new(Secret::new("access"), refresh_token, START_MS + life_ms, None, vec![]).expect("sound")
    });
    if operation == FlowOperation::ReissueKey {
        let id = ExternalId::try_from(KEY_ID.to_owned()).expect("a UUID");
        let each = choices.iter().flat_map(|choice| tokens.iter().map(move |tokens| (*choice, tokens)));
        let begun = each.map(|(on_secret_lost, tokens)| {
            let options = BeginOptions { on_secret_lost, ..BeginOptions::default() };
            client.reissue_key(tokens, &id, options, &entropy, START_MS).expect("supported").flow().clone()
        });
        return begun.collect();
    }
    let steps = tokens.iter().filter_map(|tokens| match operation {
        FlowOperation::RefreshTokens => client.refresh_tokens(tokens, &entropy, START_MS).ok(),
        FlowOperation::SwitchSubaccount => client.switch_subaccount(tokens, &entropy, START_MS).ok(),
        FlowOperation::CheckKey => client.check_key(tokens, &entropy, START_MS).ok(),
        FlowOperation::DeleteKey => {
            let id = ExternalId::try_from(KEY_ID.to_owned()).expect("a UUID");
            client.delete_key(tokens, &id, &entropy, START_MS).ok()
        }
        other => panic!("nobody has said how {} begins", other.as_str()),
    });
    steps.map(|step| step.flow().clone()).collect()
}

fn hand_off(app: &Client, entropy: &Entropy) -> HandOff {
    let started = app.begin(Goal::ApiKey, BeginOptions::default(), entropy, START_MS).expect("supported");
    let state = Position::of(started.pending()).text("/state/oauth_state").to_owned();
    let accepted = started.pending().receive_callback(&format!("/cb/whitebit?code=code&state={state}"), START_MS);
    let ended = accepted.expect("this flow's callback").flow().resume(START_MS);
    let Ok(Step::Done { outcome: Outcome::HandOff { hand_off }, .. }) = ended else { panic!("{ended:?}") };
    hand_off
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

fn explore(
    venue: Venue,
    environment: VenueEnvironment,
    party: Party,
    operation: FlowOperation,
) -> BTreeMap<Edge, Walk> {
    let (mut edges, mut seen) = (BTreeMap::new(), BTreeSet::new());
    // Made once: one reply of each list has a megabyte.
    let mut library = BTreeMap::new();
    for entry in entries(venue, party, operation).iter().copied() {
        let client = client(venue, environment, party, entry).expect("as with a code");
        let callback = redirect_uri(venue, environment, party, entry);
        let mut queue = VecDeque::new();
        for flow in begin(&client, operation, entry) {
            let position = Position::of(&flow);
            let event = if entry == Entry::HandOff { event::HAND_OFF } else { event::BEGIN };
            let edge = Edge { from: START.into(), event: event.into(), to: position.label() };
            let stride = Stride { edge: edge.clone(), clock: Clock::Steady, used_up: false };
            let way = Some(Rc::new(Way { before: None, stride }));
            edges.entry(edge).or_insert_with(|| walk(entry, &position, way.clone()));
            if seen.insert(essence(entry, &position, START_MS)) {
                queue.push_back(Reached { flow, position, now_ms: START_MS, way });
            }
        }
        while let Some(reached) = queue.pop_front() {
            let from = reached.position.label();
            for Happening { event, step, clock, now_ms } in
                happenings(venue, (entry, &callback), &reached, &mut library)
            {
                let flow = step.flow().clone();
                let position = Position::of(&flow);
                let edge = Edge { from: from.clone(), event, to: position.label() };
                let way = |used_up| {
                    let stride = Stride { edge: edge.clone(), clock, used_up };
                    Some(Rc::new(Way { before: reached.way.clone(), stride }))
                };
                if !edges.contains_key(&edge) {
                    edges.insert(edge.clone(), walk(entry, &position, way(false)));
                }
                if !seen.insert(essence(entry, &position, now_ms)) {
                    continue;
                }
                let twin = used_up(&client, &flow, &position);
                queue.push_back(Reached { flow, position, now_ms, way: way(false) });
                if let Some(flow) = twin {
                    let position = Position::of(&flow);
                    seen.insert(essence(entry, &position, now_ms));
                    queue.push_back(Reached { flow, position, now_ms, way: way(true) });
                }
            }
        }
    }
    edges
}

fn walk(entry: Entry, position: &Position, way: Option<Rc<Way>>) -> Walk {
    let on_secret_lost = position.text("/on_secret_lost").parse().expect("a choice");
    Walk { entry, on_secret_lost, strides: strides(way) }
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
    (entry, callback): (Entry, &str),
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
            if entry == Entry::Token {
                add(event::TOKEN, steady, &|now_ms| {
                    flow.receive_callback(&format!("{callback}#access_token=access&state={state}"), now_ms)
                });
            }
            if entry == Entry::Pasted {
                add(event::PASTED, steady, &|now_ms| flow.receive_pasted_code("code", now_ms));
            }
            for (event, query, clock) in [
                (event::CODE, "code=code", steady),
                (event::ACCESS_DENIED, "error=access_denied", steady),
                (event::VENUE_ERROR, "error=server_error", steady),
                (event::OTHER_ERROR, "error=invalid_request", steady),
                (event::NEITHER, "", steady),
                (event::TOO_LATE, "code=code", over),
            ] {
                add(event, clock, &|now_ms| {
                    flow.receive_callback(&format!("{callback}?{query}&state={state}"), now_ms)
                });
            }
            add(event::DEADLINE, over, &|now_ms| flow.resume(now_ms));
            match flow.resume(expires_at_ms - 1) {
                Ok(Step::Authorize { authorize_url, flow: same }) => {
                    assert!(same.revision() == flow.revision(), "the question can be asked again");
                    assert!(authorize_url.expose().contains(state), "it is this flow's");
                }
                other => assert!(entry != Entry::Tokens && other.is_err(), "{other:?}"),
            }
        }
        FlowStatus::Ready => {
            for clock in clocks(*now_ms) {
                add(event::RESUME, clock, &|now_ms| flow.resume(now_ms));
            }
        }
        FlowStatus::AwaitingChoice => {
            let asked = flow.resume(*now_ms).expect("the question can be asked again");
            let Step::Choose { subaccounts, may_create, creation_in_doubt, .. } = asked else { panic!("{asked:?}") };
            assert_eq!(creation_in_doubt, position.is_creation_in_doubt(), "the user is told of a doubt");
            assert!(may_create && !subaccounts.is_empty(), "the canonical list leaves every choice");
            add(event::CHOOSE, steady, &|now_ms| flow.choose(&subaccounts[0].id, now_ms));
            add(event::CREATE, steady, &|now_ms| flow.choose(CREATE_SUBACCOUNT, now_ms));
        }
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
                    let lost = flow.receive_no_response(Delivery::Unknown, now_ms)?;
                    let restored = flow.resume(now_ms)?;
                    let (lost, restored) = (lost.flow().snapshot(), restored.flow().snapshot());
                    assert_eq!(lost.expose(), restored.expose(), "restored in flight means that no reply came");
                    flow.resume(now_ms)
                });
                add(event::NOT_SENT, clock, &|now_ms| flow.receive_no_response(Delivery::NotSent, now_ms));
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
fn essence(entry: Entry, position: &Position, now_ms: u64) -> String {
    let work = |field: &str| position.at(&format!("/state/work/{field}")).clone();
    let (tries, tokens) = (work("tries"), work("context/tokens"));
    let used_up = tries.as_object().into_iter().flatten().find(|(_, count)| **count == MANY);
    // Core refreshes 5 s early.
    let is_due = tokens["expires_at_ms"].as_u64().is_some_and(|ms| ms < now_ms + 6_000);
    let parts = [
        json!(position.label()),
        position.at("/on_secret_lost").clone(),
        // Which browser it waits for; what comes after is the same for all.
        json!((position.state() == "awaiting_callback").then(|| format!("{entry:?}"))),
        work("stage"),
        work("call"),
        json!([position.has_doubts(), position.is_creation_in_doubt(), position.is_before_consent()]),
        json!(used_up.map(|(reason, _)| reason)),
        tries["refresh_unanswered"].clone(),
        work("refresh"),
        json!([tokens["refresh_token"].is_null(), is_due]),
    ];
    json!(parts).to_string()
}
