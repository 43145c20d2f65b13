//! `VENUEKEY_CONNECTIONS` schedules of connections from `VENUEKEY_SEED`, both printed. Left out, they are the same 2,000 in each
//! run: a schedule that breaks a promise is found by a long run, not by a build that happens to meet it.

use std::collections::BTreeMap;
use std::panic;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use venuekey_simulation::connections::{Ending, World};

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[derive(Default)]
struct Tally {
    ends: BTreeMap<(&'static str, String), u32>,
    happened: BTreeMap<&'static str, u32>,
    broken: Vec<String>,
}

impl Tally {
    fn add(&mut self, ending: Ending) {
        *self.ends.entry((ending.case, ending.end)).or_default() += 1;
        for (what, times) in ending.happened {
            *self.happened.entry(what).or_default() += times;
        }
    }

    fn merge(&mut self, other: Tally) {
        other.ends.into_iter().for_each(|(end, times)| *self.ends.entry(end).or_default() += times);
        other.happened.into_iter().for_each(|(what, times)| *self.happened.entry(what).or_default() += times);
        self.broken.extend(other.broken);
    }
}

fn run(schedule: u64, tally: &mut Tally) {
    match panic::catch_unwind(|| World::new(schedule).run()) {
        Ok(ending) => tally.add(ending),
        Err(cause) => {
            let cause = cause.downcast_ref::<String>().map(String::as_str).or(cause.downcast_ref::<&str>().copied());
            let cause = cause.unwrap_or("see above");
            tally.broken.push(format!("broken by VENUEKEY_SEED={schedule} VENUEKEY_CONNECTIONS=1: {cause}"));
        }
    }
}

/// All schedules, on as many threads as there are cores; each depends on its own number only.
fn run_all(seed: u64, count: u64) -> Tally {
    let next = AtomicU64::new(seed);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let most = setting("VENUEKEY_BROKEN", 1);
    thread::scope(|scope| {
        let work = || {
            let mut tally = Tally::default();
            while (tally.broken.len() as u64) < most {
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

#[test]
fn every_schedule_keeps_every_promise() {
    let (seed, count) = (setting("VENUEKEY_SEED", 1), setting("VENUEKEY_CONNECTIONS", 2_000));
    let mut report = format!("\n{count} schedules of connections from VENUEKEY_SEED={seed}\n");
    let tally = run_all(seed, count);
    for ((case, end), times) in &tally.ends {
        report.push_str(&format!("{times:6}  {case:16} {end}\n"));
    }
    for (what, times) in &tally.happened {
        report.push_str(&format!("{times:8} times: {what}\n"));
    }
    // Shown by `just simulate`; silent otherwise.
    std::io::Write::write_all(&mut std::io::stderr(), report.as_bytes()).expect("a terminal");
    assert!(tally.broken.is_empty(), "{}", tally.broken.join("\n"));
}
