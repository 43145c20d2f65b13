//! Numbers that look like chance, and how amounts and moments are written.

use serde::{Serialize, Serializer};

/// SplitMix64: one stream for each row, so that a row is the same however many others there are.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64, kind: &str, seq: u64) -> Chance {
        let kind = kind.bytes().fold(0, |sum: u64, byte| sum.wrapping_mul(257).wrapping_add(byte.into()));
        let mut chance = Chance(seed ^ kind.rotate_left(17));
        Chance(chance.next() ^ seq.wrapping_mul(0x2545_f491_4f6c_dd1d))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to one less than `n`; 0 for 0.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next().checked_rem(n).unwrap_or(0)
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let index = self.below(from.len() as u64);
        from[usize::try_from(index).unwrap_or(0)]
    }

    /// A UUID of version 4's shape.
    pub fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        let (low, high) = (a & 0xfff | 0x4000, b >> 48 & 0x3fff | 0x8000);
        format!("{:08x}-{:04x}-{low:04x}-{high:04x}-{:012x}", a >> 32, a >> 16 & 0xffff, b & 0xffff_ffff_ffff)
    }
}

/// A decimal number without superfluous zeros: all of the venue's amounts are such strings (6).
pub fn decimal(units: u128, scale: u32) -> String {
    let one = 10_u128.pow(scale);
    let text = format!("{}.{:0width$}", units / one, units % one, width = scale as usize);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Microseconds, written as seconds with a fraction: `1700000005.654321` (6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub u64);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Of the two nearest doubles none is shorter: six decimals come back as they went in.
        serializer.serialize_f64(self.0 as f64 / 1e6)
    }
}

/// The newest row is so old when a history is made.
const YOUNGEST_US: u64 = 60_000_000;

/// Moments in microseconds, oldest first. The recent past holds more of them than the distant one; some share
/// their second with the row before, and some their very microsecond.
pub fn moments(count: u32, now_us: u64, span_us: u64, chance: &mut Chance) -> Vec<u64> {
    let rows = u128::from(count).max(1);
    let age = |back: u128| {
        let age = u128::from(span_us.saturating_sub(YOUNGEST_US)) * back * back / (rows * rows);
        YOUNGEST_US.saturating_add(u64::try_from(age).unwrap_or(u64::MAX))
    };
    let mut last = now_us.saturating_sub(age(rows));
    (0..u128::from(count))
        .rev()
        .map(|back| {
            let (young, old) = (age(back), age(back + 1));
            let own = now_us.saturating_sub(young + chance.below(old - young));
            last = match chance.below(8) {
                0 => last,
                1 => own.min(last + chance.below(1000)),
                _ => own,
            };
            last
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_keep_their_microseconds() {
        for (us, text) in [
            (1_700_000_005_654_321, "1700000005.654321"),
            (1_700_000_005_000_001, "1700000005.000001"),
            (1_799_999_999_999_999, "1799999999.999999"),
            (1_700_000_005_100_000, "1700000005.1"),
        ] {
            assert_eq!(serde_json::to_string(&Moment(us)).unwrap(), text);
        }
    }

    #[test]
    fn decimals_have_no_superfluous_zeros() {
        for (units, scale, text) in [(0, 8, "0"), (1, 18, "0.000000000000000001"), (1_500, 2, "15"), (10, 1, "1")] {
            assert_eq!(decimal(units, scale), text);
        }
    }

    #[test]
    fn moments_only_go_forward_within_their_span_and_sometimes_stand_still() {
        const DAY_US: u64 = 86_400_000_000;
        for count in [0, 1, 2, 6, 5000] {
            let now_us = 1_700_000_000_000_000;
            let found = moments(count, now_us, 150 * DAY_US, &mut Chance::new(1, "a", 0));
            assert_eq!(found.len(), count as usize);
            assert!(found.is_sorted());
            assert!(found.iter().all(|at| (now_us - 150 * DAY_US..=now_us - YOUNGEST_US).contains(at)));
            if count == 5000 {
                let pairs = |fits: fn(u64, u64) -> bool| found.windows(2).filter(|w| fits(w[0], w[1])).count();
                assert!(pairs(|a, b| a == b) > 300, "the same microsecond");
                assert!(pairs(|a, b| a != b && a / 1_000_000 == b / 1_000_000) > 300, "the same second");
                assert!(found[2500] > now_us - 50 * DAY_US, "the recent past holds more");
            }
        }
        // A clock that reads next to nothing, or all there is.
        assert!(moments(9, 0, u64::MAX, &mut Chance::new(1, "a", 0)).iter().all(|at| *at == 0));
        assert_eq!(moments(9, u64::MAX, u64::MAX, &mut Chance::new(1, "a", 0)).len(), 9);
    }
}
