//! Nonces of one WhiteBIT key in the hands of many workers: any interleaving, no number twice.

use std::collections::BTreeSet;

use fastrand::Rng;
use venuekey::parts::Nonces;

/// WhiteBIT's tolerance with `nonceWindow` (facts/whitebit.md, 10.2).
const WINDOW_MS: u64 = 5_000;

enum Doing {
    Idle,
    /// Has read the stored number, and reserved a block after it that is not stored yet.
    Reserving {
        read: u64,
        block: Nonces,
    },
    Taking(Nonces),
}

/// The host's store: one number a key, moved by compare-and-set. Gives the numbers in the order they were taken, each
/// with the venue's time then.
fn run(seed: u64, nonce_window: bool, workers: usize) -> Vec<(u64, u64)> {
    let mut rng = Rng::with_seed(seed);
    let (mut stored, mut now_ms) = (0, 1_790_000_000_000_u64);
    let mut all: Vec<Doing> = (0..workers).map(|_| Doing::Idle).collect();
    let mut taken = Vec::new();
    for _ in 0..4_000 {
        now_ms += rng.u64(0..40);
        if rng.u16(0..500) == 0 {
            // The clock of the hosts is set right, back or forth.
            now_ms = now_ms.saturating_add_signed(rng.i64(-20_000..20_000));
        }
        let doing = &mut all[rng.usize(0..workers)];
        let dies = rng.u8(0..50) == 0;
        *doing = match std::mem::replace(doing, Doing::Idle) {
            _ if dies => Doing::Idle,
            Doing::Idle => {
                let block = Nonces::reserve(stored, rng.u32(1..60), now_ms, nonce_window).expect("a block");
                Doing::Reserving { read: stored, block }
            }
            Doing::Reserving { read, block } if read == stored => {
                stored = block.reserved();
                Doing::Taking(block)
            }
            Doing::Reserving { .. } => Doing::Idle,
            Doing::Taking(block) => match block.take(now_ms) {
                Some((nonce, rest)) => {
                    taken.push((nonce, now_ms));
                    Doing::Taking(rest)
                }
                None => Doing::Idle,
            },
        };
    }
    taken
}

#[test]
fn no_number_comes_twice_whatever_workers_do() {
    let mut all = 0;
    for seed in 0..400 {
        let taken = run(seed, true, 1 + usize::try_from(seed % 16).expect("small"));
        let unique: BTreeSet<u64> = taken.iter().map(|(nonce, _)| *nonce).collect();
        assert_eq!(unique.len(), taken.len(), "seed {seed}: a number twice");
        let far = taken.iter().find(|(nonce, now_ms)| nonce.abs_diff(*now_ms) >= WINDOW_MS);
        assert_eq!(far, None, "seed {seed}: outside the venue's window");
        all += taken.len();
    }
    assert!(all > 100_000, "{all} taken");
}

#[test]
fn one_worker_at_a_time_takes_them_in_order() {
    for seed in 0..400 {
        let taken = run(seed, false, 1);
        assert!(taken.windows(2).all(|pair| pair[0].0 < pair[1].0), "seed {seed}: not in order");
        assert!(taken.len() > 1_000, "seed {seed}: {} taken", taken.len());
    }
}
