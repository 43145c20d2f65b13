//! Dates of the Gregorian calendar, for what documentation counts in months.

/// Milliseconds and seconds of a day.
pub const DAY_MS: u64 = 86_400_000;
pub const DAY_S: u64 = 86_400;

/// Year, month and day of the month, `day` days after 1970-01-01. Years are counted from March.
pub fn date(day: u64) -> (u64, u64, u64) {
    let day = day.saturating_add(719_468);
    let (era, day) = (day / 146_097, day % 146_097);
    let year_of_era = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

/// `2023-11-14T22:13:20.000Z` (RFC 3339).
pub fn rfc_3339(ms: u64) -> String {
    let (day, of_day) = (ms / DAY_MS, ms % DAY_MS);
    let (year, month, day) = date(day);
    let (s, ms) = (of_day / 1000, of_day % 1000);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{ms:03}Z", s / 3600, s / 60 % 60, s % 60)
}

/// The day so many months earlier; that month's last where it has no such day, 1970-01-01 at the earliest.
pub fn months_before(day: u64, months: u64) -> u64 {
    let (year, month, day_of_month) = date(day);
    let months = (year * 12 + month - 1).saturating_sub(months);
    if months < 1970 * 12 {
        return 0;
    }
    let first = first_of(months);
    let length = first_of(months + 1).saturating_sub(first);
    first.saturating_add(day_of_month.min(length) - 1)
}

/// The first day of a month, counted from year 0.
fn first_of(months: u64) -> u64 {
    let (year, month) = (months / 12, months % 12 + 1);
    // January and February belong to the year that began in March before.
    let (year, month_from_march) = if month > 2 { (year, month - 3) } else { (year.saturating_sub(1), month + 9) };
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * month_from_march + 2) / 5;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    days.saturating_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of a day.
    fn day(text: (u64, u64, u64)) -> u64 {
        (0..200_000).find(|day| date(*day) == text).expect("a day")
    }

    #[test]
    fn a_moment_is_written_as_rfc_3339_has_it() {
        assert_eq!(rfc_3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc_3339(1_709_251_199_007), "2024-02-29T23:59:59.007Z");
    }

    #[test]
    fn six_months_end_at_the_same_day_of_the_month_or_at_its_last() {
        for (from, months, to) in [
            ((2023, 11, 14), 6, (2023, 5, 14)),
            ((2024, 8, 31), 6, (2024, 2, 29)),
            ((2023, 8, 29), 6, (2023, 2, 28)),
            ((2024, 3, 1), 6, (2023, 9, 1)),
            ((2024, 3, 31), 1, (2024, 2, 29)),
            ((2100, 1, 31), 1, (2099, 12, 31)),
        ] {
            assert_eq!(date(months_before(day(from), months)), to, "{from:?}");
        }
        assert_eq!(months_before(3, 6), 0);
        assert!(months_before(u64::MAX / DAY_MS, 6) > 0);
    }
}
