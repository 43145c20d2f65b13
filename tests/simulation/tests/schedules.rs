//! `VENUEKEY_SCHEDULES` schedules (10,000) from the seed `VENUEKEY_SEED` (the clock's), printed.

use std::collections::BTreeMap;
use std::panic;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use venuekey_simulation::exempt::exempt;
use venuekey_simulation::explore::Edge;
use venuekey_simulation::itinerary::all_graphs;
use venuekey_simulation::{Ending, World};

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// How often each thing happened.
#[derive(Default)]
struct Tally {
    ends: BTreeMap<(&'static str, String), u32>,
    /// By the number of the graph.
    edges: BTreeMap<(usize, Edge), u32>,
    broken: Vec<String>,
}

impl Tally {
    fn add(&mut self, ending: Ending) {
        let number = all_graphs().iter().position(|graph| std::ptr::eq(graph, ending.graph)).expect("one of them");
        *self.ends.entry((ending.graph.venue.as_str(), ending.end)).or_default() += 1;
        for edge in ending.edges {
            *self.edges.entry((number, edge)).or_default() += 1;
        }
    }

    fn merge(&mut self, other: Tally) {
        other.ends.into_iter().for_each(|(end, times)| *self.ends.entry(end).or_default() += times);
        other.edges.into_iter().for_each(|(edge, times)| *self.edges.entry(edge).or_default() += times);
        self.broken.extend(other.broken);
    }
}

fn run(schedule: u64, tally: &mut Tally) {
    match panic::catch_unwind(|| World::new(schedule).run()) {
        Ok(ending) => tally.add(ending),
        Err(cause) => {
            let cause = cause.downcast_ref::<String>().map(String::as_str).or(cause.downcast_ref::<&str>().copied());
            let cause = cause.unwrap_or("see above");
            tally.broken.push(format!("broken by VENUEKEY_SEED={schedule} VENUEKEY_SCHEDULES=1: {cause}"));
        }
    }
}

/// All schedules, on as many threads as there are cores; each depends on its own number only.
fn run_all(seed: u64, count: u64) -> Tally {
    let next = AtomicU64::new(seed);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let work = || {
            let mut tally = Tally::default();
            while tally.broken.is_empty() {
                let schedule = next.fetch_add(1, Ordering::Relaxed);
                if schedule >= seed + count {
                    break;
                }
                run(schedule, &mut tally);
            }
            tally
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().fold(Tally::default(), |mut all, worker| {
            all.merge(worker.join().expect("a schedule that breaks is caught"));
            all
        })
    })
}

fn takes_every_edge(tally: &Tally) -> bool {
    all_graphs().iter().enumerate().all(|(number, graph)| {
        graph
            .edges
            .keys()
            .all(|edge| exempt(graph, edge).is_some() || tally.edges.contains_key(&(number, edge.clone())))
    })
}

#[test]
fn every_schedule_keeps_every_promise_and_together_they_take_every_edge() {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (seed, count) = (setting("VENUEKEY_SEED", clock), setting("VENUEKEY_SCHEDULES", 10_000));
    let mut report = format!("{count} schedules from VENUEKEY_SEED={seed}\n");
    let mut tally = run_all(seed, count);
    // Each edge is aimed at about ten times and hit most times; one that chance has spared gets as many tries again.
    if count >= 10_000 && !takes_every_edge(&tally) {
        report.push_str(&format!("{count} more, because an edge was not taken\n"));
        tally.merge(run_all(seed + count, count));
    }
    assert!(tally.broken.is_empty(), "{report}{}", tally.broken.join("\n"));
    for ((venue, end), times) in &tally.ends {
        report.push_str(&format!("{times:6}  {venue:9} {end}\n"));
    }
    let mut wrong = String::new();
    for (number, graph) in all_graphs().iter().enumerate() {
        let times = |edge: &Edge| tally.edges.get(&(number, edge.clone())).copied().unwrap_or_default();
        let asked: Vec<&Edge> = graph.edges.keys().filter(|edge| exempt(graph, edge).is_none()).collect();
        let taken = asked.iter().filter(|edge| times(edge) > 0).count();
        let rarest = asked.iter().map(|edge| times(edge)).min().unwrap_or_default();
        let name = graph.name();
        report.push_str(&format!("{name}: {taken} of {} edges taken, each at least {rarest} times\n", asked.len()));
        let mut blame = |what: &str, edge: &Edge| {
            wrong.push_str(&format!("{what}: {name}: {} | {} | {}\n", edge.from, edge.event, edge.to));
        };
        // Some hundred schedules are too few to expect rare edges of.
        for edge in asked.iter().filter(|edge| count >= 10_000 && times(edge) == 0) {
            blame("never taken", edge);
        }
        for edge in graph.edges.keys().filter(|edge| exempt(graph, edge).is_some() && times(edge) > 0) {
            blame("exempt, and taken all the same", edge);
        }
        for (_, edge) in tally.edges.keys().filter(|(of, edge)| *of == number && !graph.edges.contains_key(edge)) {
            blame("taken, and not known to the explorer", edge);
        }
    }
    // Shown by `just simulate`; silent otherwise.
    std::io::Write::write_all(&mut std::io::stderr(), report.as_bytes()).expect("a terminal");
    assert!(wrong.is_empty(), "{wrong}");
}
