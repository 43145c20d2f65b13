//! Decimal texts as the venues write them: figures of JSON, in or out of a string. No float ever.

/// The widest sum there is, in digits; no amount of money comes near it.
const MOST_DIGITS: usize = 512;

/// A sum's parts, its digits scaled: `-12.30` is 1230, two of them behind the point.
struct Scaled {
    is_negative: bool,
    /// From the first to the last, each 0 to 9.
    digits: Vec<u8>,
    behind: usize,
}

impl Scaled {
    fn parse(text: &str) -> Option<Self> {
        let (is_negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits = [whole, fraction].concat().into_bytes();
        if whole.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        digits.iter_mut().for_each(|digit| *digit -= b'0');
        let behind = i64::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        // 1e3 is 1000, with nothing behind the point.
        let zeros = usize::try_from(behind.min(0).unsigned_abs()).ok()?;
        let behind = usize::try_from(behind.max(0)).ok()?;
        if digits.len().saturating_add(zeros).max(behind) > MOST_DIGITS {
            return None;
        }
        digits.resize(digits.len() + zeros, 0);
        Some(Self { is_negative, digits, behind })
    }

    /// The digits, so many of them in front of the point and behind it.
    fn widened(&self, front: usize, behind: usize) -> Vec<u8> {
        let mut wide = vec![0; front.saturating_sub(self.digits.len().saturating_sub(self.behind))];
        // 0.01 has fewer digits than places behind the point.
        wide.resize(wide.len() + self.behind.saturating_sub(self.digits.len()), 0);
        wide.extend(&self.digits);
        wide.resize(front + behind, 0);
        wide
    }
}

/// `a + b`, to the digit; as many digits behind the point as the longer one has. `None` where one is no decimal text, or too
/// wide for money.
pub(crate) fn sum(a: &str, b: &str) -> Option<String> {
    let (a, b) = (Scaled::parse(a)?, Scaled::parse(b)?);
    let front = |of: &Scaled| of.digits.len().saturating_sub(of.behind);
    // One more, for what is carried.
    let (front, behind) = (front(&a).max(front(&b)) + 1, a.behind.max(b.behind));
    let (mut one, mut other) = (a.widened(front, behind), b.widened(front, behind));
    let mut is_negative = a.is_negative;
    let is_difference = a.is_negative != b.is_negative;
    if is_difference && one < other {
        core::mem::swap(&mut one, &mut other);
        is_negative = b.is_negative;
    }
    let mut carried = 0_i8;
    for (digit, added) in one.iter_mut().zip(&other).rev() {
        let added = i8::try_from(*added).ok()?;
        let total = i8::try_from(*digit).ok()? + if is_difference { -added } else { added } + carried;
        carried = total.div_euclid(10);
        *digit = u8::try_from(total.rem_euclid(10)).ok()?;
    }
    is_negative &= one.iter().any(|digit| *digit != 0);
    let text: String = one.iter().map(|digit| char::from(b'0' + digit)).collect();
    let (whole, fraction) = text.split_at_checked(front)?;
    let whole = whole.trim_start_matches('0');
    let (sign, whole) = (if is_negative { "-" } else { "" }, if whole.is_empty() { "0" } else { whole });
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

/// Whether it is a decimal text of nothing.
pub(crate) fn is_zero(text: &str) -> bool {
    Scaled::parse(text).is_some_and(|scaled| scaled.digits.iter().all(|digit| *digit == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact() {
        for (a, b, total) in [
            ("0.1", "0.2", Some("0.3")),
            ("0.10", "0.2", Some("0.30")),
            ("1", "0.00000001", Some("1.00000001")),
            ("99.99", "0.01", Some("100.00")),
            ("0", "0", Some("0")),
            ("1e-8", "1", Some("1.00000001")),
            ("1E+3", "1.5e1", Some("1015")),
            ("-0.5", "0.25", Some("-0.25")),
            ("0.25", "-0.5", Some("-0.25")),
            ("-1.5", "-1.5", Some("-3.0")),
            ("-1", "1", Some("0")),
            ("10", "-0.01", Some("9.99")),
            ("0.01", "10", Some("10.01")),
            (
                "123456789012345678901234567890.123456789",
                "0.000000001",
                Some("123456789012345678901234567890.123456790"),
            ),
            ("1e999", "1", None),
            ("1e-999", "1", None),
            ("1e99999999999999999999", "1", None),
            ("", "1", None),
            ("-", "1", None),
            ("x", "1", None),
            ("1", ".5", None),
        ] {
            assert_eq!(sum(a, b).as_deref(), total, "{a} + {b}");
            assert_eq!(sum(b, a).as_deref(), total, "{b} + {a}");
        }
    }

    #[test]
    fn nothing_is_zero_however_it_is_written() {
        for zero in ["0", "-0", "0.000", "0e5", "0E-12"] {
            assert!(is_zero(zero), "{zero}");
        }
        for other in ["1", "0.001", "1e-8", "", "x", "-2"] {
            assert!(!is_zero(other), "{other}");
        }
    }
}
