//! One operation of venuekey's, or of what stands beside it, many times over: for `bench.py`, which counts instructions
//! with callgrind and takes times in paired rounds.
//!
//! `venuekey-bench list` names the operations, each with its peers; `venuekey-bench NAME COUNT` runs one and prints
//! nanoseconds for each time.

mod ours;
#[cfg(feature = "peers")]
mod peers;
mod samples;

use std::process::exit;
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let texts: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *texts.as_slice() {
        ["list"] => {
            for name in ours::NAMES {
                println!("{name} {}", peers_of(name).join(" "));
            }
        }
        [name, count] => {
            let (Some(mut operation), Ok(count)) = (operation(name), count.parse::<u32>()) else { usage() };
            let began = Instant::now();
            for _ in 0..count {
                operation();
            }
            println!("{:.1}", began.elapsed().as_nanos() as f64 / f64::from(count.max(1)));
        }
        _ => usage(),
    }
}

#[cfg(feature = "peers")]
fn operation(name: &str) -> Option<Box<dyn FnMut()>> {
    ours::operation(name).or_else(|| peers::operation(name))
}

#[cfg(feature = "peers")]
fn peers_of(name: &str) -> Vec<&'static str> {
    peers::PAIRS.iter().filter(|(ours, _)| *ours == name).map(|(_, peer)| *peer).collect()
}

#[cfg(not(feature = "peers"))]
fn operation(name: &str) -> Option<Box<dyn FnMut()>> {
    ours::operation(name)
}

#[cfg(not(feature = "peers"))]
fn peers_of(_: &str) -> Vec<&'static str> {
    Vec::new()
}

fn usage() -> ! {
    eprintln!("usage: venuekey-bench list | NAME COUNT");
    exit(2);
}
