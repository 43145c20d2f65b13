//! One operation of venuekey's, or of what stands beside it, many times over: for `bench.py`, which counts instructions
//! with callgrind and takes times in paired rounds.
//!
//! `venuekey-bench list` names the operations, each with its peers; `venuekey-bench NAME COUNT` runs one and prints
//! nanoseconds for each time, and without arguments it does so for each line on standard input. `venuekey-bench hold COUNT`
//! and `venuekey-bench share COUNT THREADS` are of a whole process (`scale.rs`).

mod ours;
#[cfg(feature = "peers")]
mod peers;
mod samples;
mod scale;

use std::collections::HashMap;
use std::io::stdin;
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
        ["hold", count] => println!("{}", scale::held(number(count))),
        ["share", count, threads] => println!("{}", scale::shared(number(count), number(threads))),
        [name, count] => println!("{:.1}", nanoseconds(&mut ready(name), number(count))),
        [] => {
            let mut known = HashMap::new();
            for line in stdin().lines() {
                let line = line.expect("it is text");
                let Some((name, count)) = line.split_once(' ') else { usage() };
                let operation = known.entry(name.to_owned()).or_insert_with(|| ready(name));
                println!("{:.1}", nanoseconds(operation, number(count)));
            }
        }
        _ => usage(),
    }
}

fn nanoseconds(operation: &mut dyn FnMut(), count: u32) -> f64 {
    let began = Instant::now();
    for _ in 0..count {
        operation();
    }
    began.elapsed().as_nanos() as f64 / f64::from(count.max(1))
}

fn number(text: &str) -> u32 {
    text.parse().unwrap_or_else(|_| usage())
}

fn ready(name: &str) -> Box<dyn FnMut()> {
    operation(name).unwrap_or_else(|| usage())
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
    eprintln!("usage: venuekey-bench list | [NAME COUNT] | hold COUNT | share COUNT THREADS");
    exit(2);
}
