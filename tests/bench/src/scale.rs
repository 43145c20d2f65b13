//! Many at once: what a process holds, and what threads share.

use std::hint::black_box;
use std::thread;
use std::time::Instant;

use crate::ours::order;
use crate::samples::{NOW_MS, begun, client};

/// Begins that many flows and keeps them: nanoseconds and bytes for each.
pub fn held(count: u32) -> String {
    let client = client();
    let (began, before) = (Instant::now(), resident_bytes());
    let flows: Vec<_> = (0..count).map(|_| begun(&client).pending().clone()).collect();
    let (took, grown) = (began.elapsed().as_nanos() as f64, resident_bytes().saturating_sub(before));
    black_box(flows);
    format!("{:.0} {:.0}", took / f64::from(count.max(1)), grown as f64 / f64::from(count.max(1)))
}

/// Signs that many orders with one signer, on so many threads: seconds, and bytes that the process has grown by.
pub fn shared(count: u32, threads: u32) -> String {
    let signer = order();
    let (began, before) = (Instant::now(), resident_bytes());
    thread::scope(|scope| {
        for number in 0..threads {
            let signer = &signer;
            scope.spawn(move || {
                for turn in 0..count / threads {
                    black_box(signer(NOW_MS + u64::from(number * count + turn)));
                }
            });
        }
    });
    format!("{:.2} {}", began.elapsed().as_secs_f64(), resident_bytes().saturating_sub(before))
}

fn resident_bytes() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    pages.and_then(|text| text.split(' ').nth(1)?.parse::<usize>().ok()).unwrap_or(0) * 4096
}
