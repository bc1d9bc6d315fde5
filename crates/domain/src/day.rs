//! Days by which money is counted. They begin at midnight UTC: a counter that is shared by members in every
//! zone and by nodes anywhere needs one boundary, and providers' invoices use that one too.

use std::fmt;

use crate::time::Timestamp;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// A day in UTC, by its number since 1 January 1970.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcDay(i64);

impl UtcDay {
    /// The day of this instant.
    pub const fn of(at: Timestamp) -> Self {
        Self(at.as_micros().div_euclid(DAY))
    }

    /// The one with this number.
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// Days since 1 January 1970.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The first day of its month.
    #[must_use]
    pub fn first_of_month(self) -> Self {
        Self(self.0 - i64::from(self.date().day()) + 1)
    }

    /// The day after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The first day of the month after its own.
    #[must_use]
    pub fn first_of_next_month(self) -> Self {
        // No month is longer, and none is so short that this leaves it out.
        Self(self.first_of_month().0 + 31).first_of_month()
    }

    /// Its first instant.
    pub const fn begins(self) -> Timestamp {
        Timestamp::from_micros(self.0.saturating_mul(DAY))
    }

    fn date(self) -> jiff::civil::Date {
        Timestamp::from_micros(self.0.saturating_mul(DAY))
            .to_jiff()
            .to_zoned(jiff::tz::TimeZone::UTC)
            .date()
    }
}

impl fmt::Debug for UtcDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `2026-11-27`.
impl fmt::Display for UtcDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.date(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_jiff(text.parse().unwrap())
    }

    #[test]
    fn a_day_begins_at_midnight_utc_and_knows_its_month() {
        for (instant, day, first) in [
            ("2026-11-27T00:00:00Z", "2026-11-27", "2026-11-01"),
            ("2026-11-27T23:59:59.999999Z", "2026-11-27", "2026-11-01"),
            ("2028-02-29T12:00:00Z", "2028-02-29", "2028-02-01"),
            ("2026-03-01T00:30:00+02:00", "2026-02-28", "2026-02-01"),
            ("1969-12-31T23:59:59Z", "1969-12-31", "1969-12-01"),
        ] {
            let found = UtcDay::of(at(instant));
            assert_eq!(found.to_string(), day, "{instant}");
            assert_eq!(found.first_of_month().to_string(), first, "{instant}");
            assert_eq!(UtcDay::from_number(found.number()), found);
        }
    }
}
