//! Replaying a case of `drives/`: what a host does and in which order, whatever comes between.

use std::cell::RefCell;

use super::*;

/// Where a case's way leaves the plain one: at this place of the trace.
#[derive(Clone, Copy, PartialEq)]
enum Turn {
    Plain,
    /// The host is asked to end while it does this.
    Stop(usize),
    /// The host's function fails.
    Throw(usize),
    /// The store has another revision.
    Superseded(usize),
}

impl Turn {
    fn of(way: &Value) -> Self {
        let at = |name: &str| way.get(name).and_then(Value::as_u64).and_then(|at| at.try_into().ok());
        match (at("stop"), at("throw"), at("superseded")) {
            (Some(at), None, None) => Self::Stop(at),
            (None, Some(at), None) => Self::Throw(at),
            (None, None, Some(at)) => Self::Superseded(at),
            _ => Self::Plain,
        }
    }
}

pub fn replay(at: &mut Cursor, case: &mut Value) {
    let drive = if case.get("stored").is_some() { drive_tokens } else { drive_flow };
    if case.get("ways").is_none() {
        let plain = drive(case, Turn::Plain)["trace"].clone();
        let lines = plain.as_array().expect("a trace");
        let ways = lines.iter().enumerate().flat_map(|(place, line)| ways_at(place, text(line)));
        case["ways"] = std::iter::once(json!({})).chain(ways).collect();
    }
    for index in 0..case["ways"].as_array().expect("ways").len() {
        let got = drive(case, Turn::of(&case["ways"][index]));
        at.check(&format!("way {index}"), case["ways"][index].as_object_mut().expect("a way"), got);
    }
}

fn ways_at(place: usize, line: &str) -> Vec<Value> {
    let names: &[&str] = match line.split(' ').next() {
        // At the end there is nothing to stop.
        Some("step") if line == "step done" || line == "step failed" => &["throw"],
        Some("step" | "load") => &["stop", "throw"],
        Some("save") => &["stop", "throw", "superseded"],
        Some("send" | "sleep") => &["stop"],
        _ => &[],
    };
    names.iter().map(|name| json!({ *name: place })).collect()
}

/// What the host of a case has done so far, and what it is asked next.
struct Host<'a> {
    trace: RefCell<Vec<String>>,
    now_ms: RefCell<u64>,
    replies: RefCell<std::slice::Iter<'a, Value>>,
    answers: RefCell<std::slice::Iter<'a, Value>>,
}

impl<'a> Host<'a> {
    fn new(case: &'a Value) -> Self {
        let list = |name: &str| RefCell::new(case.get(name).and_then(Value::as_array).map_or([].iter(), |l| l.iter()));
        let now_ms = RefCell::new(case["now_ms"].as_u64().expect("now_ms"));
        Self { trace: RefCell::default(), now_ms, replies: list("replies"), answers: list("answers") }
    }

    fn now_ms(&self) -> u64 {
        *self.now_ms.borrow()
    }

    /// Writes down what is done, and says at which place of the trace.
    fn does(&self, line: String) -> usize {
        self.trace.borrow_mut().push(line);
        self.trace.borrow().len() - 1
    }

    fn sleeps(&self, until_ms: u64) -> usize {
        let place = self.does(format!("sleep {}", until_ms.saturating_sub(self.now_ms())));
        *self.now_ms.borrow_mut() = self.now_ms().max(until_ms);
        place
    }

    fn reply(&self) -> Result<HttpResponse, Delivery> {
        let mut replies = self.replies.borrow_mut();
        let reply = replies.next().expect("a reply is left");
        if reply.get("status").is_some() {
            Ok(response(reply))
        } else {
            Err(delivery(reply.as_object().expect("fields")))
        }
    }

    /// None where nobody is there to ask.
    fn answer(&self) -> Option<&'a str> {
        self.answers.borrow_mut().next().map(text)
    }

    fn ended(&self, end: Value) -> Value {
        json!({"trace": *self.trace.borrow(), "end": end})
    }
}

fn drive_flow(case: &Value, turn: Turn) -> Value {
    let host = Host::new(case);
    let client = client(&case["client"]).expect("a client");
    let flow = client.restore(text(&case["snapshot"])).expect("a flow");
    let event = case["event"].as_object().expect("an event");
    let mut driver = FlowDriver::new(apply(&flow, event).expect("a step"));
    loop {
        if driver.is_new_step() {
            let place = host.does(format!("step {}", driver.step().name()));
            if [Turn::Stop(place), Turn::Throw(place)].contains(&turn) {
                driver = driver.stop();
            }
        }
        driver = match driver.action() {
            Action::Save => {
                let snapshot = driver.snapshot();
                let place = host.does(format!("save {} {}", snapshot.revision(), snapshot.status().as_str()));
                match turn {
                    Turn::Throw(at) if at == place => return host.ended(json!({"save_fails": driver.step().name()})),
                    Turn::Superseded(at) if at == place => driver.superseded().expect("a save"),
                    Turn::Stop(at) if at == place => driver.saved(host.now_ms()).expect("a save").stop(),
                    _ => driver.saved(host.now_ms()).expect("a save"),
                }
            }
            Action::Send => {
                let Step::Send { request, .. } = driver.step() else { panic!("a step that sends") };
                let place = host.does(format!("send {}", request.purpose()));
                let driver = if turn == Turn::Stop(place) { driver.stop() } else { driver };
                if driver.action() == Action::Stop {
                    driver
                } else {
                    match host.reply() {
                        Ok(reply) => driver.response(&reply, host.now_ms()).expect("a reply"),
                        Err(delivery) => driver.no_response(delivery, host.now_ms()).expect("no reply"),
                    }
                }
            }
            Action::Sleep => {
                let Step::Wait { until_ms, .. } = driver.step() else { panic!("a step that waits") };
                let place = host.sleeps(*until_ms);
                if turn == Turn::Stop(place) { driver.stop() } else { driver.awake(host.now_ms()).expect("a sleep") }
            }
            Action::Choose => {
                host.does("choose".to_owned());
                match host.answer() {
                    Some(id) => driver.chosen(id, host.now_ms()).expect("a choice"),
                    None => driver.unanswered().expect("a question"),
                }
            }
            Action::Authorize => {
                host.does("authorize".to_owned());
                match host.answer() {
                    Some(url) => driver.called_back(url, host.now_ms()).expect("a callback"),
                    None => driver.unanswered().expect("a question"),
                }
            }
            Action::Return => {
                let Step::Done { outcome, .. } = driver.step() else { panic!("a step that is done") };
                return host.ended(json!({"returns": outcome.name()}));
            }
            Action::Fail => return host.ended(json!({"raises": driver.error().expect("an error").code().as_str()})),
            Action::Stop => return host.ended(json!("stopped")),
            action => panic!("a flow has no {}", action.as_str()),
        };
    }
}

fn drive_tokens(case: &Value, turn: Turn) -> Value {
    let host = Host::new(case);
    let client = client(&case["client"]).expect("a client");
    let number = |name: &str| case.get(name).and_then(Value::as_u64);
    let mut stored = text(&case["stored"]).to_owned();
    let mut driver = match case.get("brought") {
        Some(brought) => client.keep_tokens(client.restore_tokens(text(brought)).expect("shared tokens")),
        None => client.drive_tokens(number("refused_generation"), number("patience_ms").unwrap_or(30_000)),
    };
    let unsaved = |driver: &TokenDriver| match driver.brought() {
        Some(brought) => json!({"unsaved": brought.generation()}),
        None => json!("thrown"),
    };
    loop {
        driver = match driver.action() {
            Action::Load => {
                let place = host.does("load".to_owned());
                if turn == Turn::Throw(place) {
                    return host.ended(unsaved(&driver));
                }
                let driver = if turn == Turn::Stop(place) { driver.stop() } else { driver };
                let stopped = driver.action() == Action::Stop;
                if stopped { driver } else { driver.loaded(&stored, host.now_ms()).expect("shared tokens") }
            }
            Action::Save => {
                let snapshot = driver.snapshot().expect("a snapshot");
                let place = host.does(format!("save {}", snapshot.revision()));
                let own = client.restore_tokens(&stored).expect("shared tokens").revision();
                let wins = snapshot.expected_revision() == own;
                match turn {
                    Turn::Throw(at) if at == place => return host.ended(unsaved(&driver)),
                    Turn::Superseded(at) if at == place => {
                        stored = text(&case["moved_on"]).to_owned();
                        driver.superseded().expect("a save")
                    }
                    _ if !wins => driver.superseded().expect("a save"),
                    _ => {
                        stored = snapshot.expose().to_owned();
                        let driver = driver.saved(host.now_ms()).expect("a save");
                        if turn == Turn::Stop(place) { driver.stop() } else { driver }
                    }
                }
            }
            Action::Send => {
                let place = host.does(format!("send {}", driver.request().expect("a request").purpose()));
                let driver = if turn == Turn::Stop(place) { driver.stop() } else { driver };
                match host.reply() {
                    Ok(reply) => driver.response(&reply, host.now_ms()).expect("a reply"),
                    Err(delivery) => driver.no_response(delivery, host.now_ms()).expect("no reply"),
                }
            }
            Action::Sleep => {
                let place = host.sleeps(driver.until_ms().expect("an end"));
                if turn == Turn::Stop(place) { driver.stop() } else { driver.awake().expect("a sleep") }
            }
            Action::Return => {
                let generation = driver.plan().map(|plan| match plan {
                    TokenPlan::Use { generation, .. } => *generation,
                    _ => panic!("tokens to use"),
                });
                return host.ended(json!({"returns": generation}));
            }
            Action::Fail => return host.ended(json!({"raises": driver.error().expect("an error").code().as_str()})),
            Action::Stop => return host.ended(json!("stopped")),
            action => panic!("tokens have no {}", action.as_str()),
        };
    }
}
