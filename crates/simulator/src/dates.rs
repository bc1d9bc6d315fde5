//! Dates as Twilio writes and reads them: RFC 2822 in the older API, ISO 8601 in the newer ones.

use domain::Timestamp;

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// An instant taken apart in UTC.
struct Parts {
    year: i64,
    month: i64,
    day: i64,
    weekday: usize,
    second_of_day: i64,
}

/// The civil date of a day counted from 1970 (Howard Hinnant's `civil_from_days`).
fn parts(at: Timestamp) -> Parts {
    let seconds = at.as_seconds();
    let days = seconds.div_euclid(86_400);
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    Parts {
        year: yoe + era * 400 + i64::from(month <= 2),
        month,
        day: doy - (153 * mp + 2) / 5 + 1,
        weekday: usize::try_from(days.rem_euclid(7)).unwrap_or(0),
        second_of_day: seconds.rem_euclid(86_400),
    }
}

/// The first instant of a civil date, in seconds since 1970.
fn seconds_of(year: i64, month: i64, day: i64) -> i64 {
    let y = year - i64::from(month <= 2);
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    (era * 146_097 + doe - 719_468) * 86_400
}

/// `Fri, 24 May 2019 17:44:46 +0000`.
pub(crate) fn rfc_2822(at: Timestamp) -> String {
    let p = parts(at);
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000",
        DAYS.get(p.weekday).unwrap_or(&"Thu"),
        p.day,
        usize::try_from(p.month - 1)
            .ok()
            .and_then(|m| MONTHS.get(m))
            .unwrap_or(&"Jan"),
        p.year,
        p.second_of_day / 3600,
        p.second_of_day / 60 % 60,
        p.second_of_day % 60
    )
}

/// `2019-05-24T17:44:46Z`.
pub(crate) fn iso_8601(at: Timestamp) -> String {
    let p = parts(at);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        p.year,
        p.month,
        p.day,
        p.second_of_day / 3600,
        p.second_of_day / 60 % 60,
        p.second_of_day % 60
    )
}

/// `2019-05-24T17:44:46.123Z`, as the control API writes instants.
pub(crate) fn iso_8601_millis(at: Timestamp) -> String {
    let mut text = iso_8601(at);
    text.truncate(text.len() - 1);
    format!("{text}.{:03}Z", at.as_millis().rem_euclid(1000))
}

/// `YYMMDDhhmm`, the carrier's time in a delivery receipt.
pub(crate) fn receipt_time(at: Timestamp) -> String {
    let p = parts(at);
    format!(
        "{:02}{:02}{:02}{:02}{:02}",
        p.year.rem_euclid(100),
        p.month,
        p.day,
        p.second_of_day / 3600,
        p.second_of_day / 60 % 60
    )
}

/// A day or an instant in GMT, as filters and `SendAt` give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A whole day, by its first instant.
    Day(Timestamp),
    /// One instant.
    Instant(Timestamp),
}

impl Moment {
    /// `2026-01-02`, `2026-01-02T15:04:05Z` (fractions and `+00:00` are understood too).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, time) = match text.split_once(['T', ' ']) {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let mut fields = date.split('-').map(digits);
        let (year, month, day) = (fields.next()??, fields.next()??, fields.next()??);
        if fields.next().is_some()
            || !(1970..=9999).contains(&year)
            || !(1..=12).contains(&month)
            || !(1..=31).contains(&day)
        {
            return None;
        }
        let start = seconds_of(year, month, day);
        let Some(time) = time else {
            return Some(Self::Day(Timestamp::from_seconds(start)));
        };
        let clock = time
            .strip_suffix('Z')
            .or_else(|| time.strip_suffix("+00:00"))
            .or_else(|| time.strip_suffix("+0000"))
            .unwrap_or(time);
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
        digits(fraction)?;
        let mut fields = clock.split(':').map(digits);
        let (hour, minute) = (fields.next()??, fields.next()??);
        let second = fields.next().unwrap_or(Some(0))?;
        if fields.next().is_some() || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        Some(Self::Instant(Timestamp::from_seconds(
            start + hour * 3600 + minute * 60 + second,
        )))
    }
}

fn digits(text: &str) -> Option<i64> {
    (!text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_as_twilio_writes_them() {
        let at = Timestamp::from_seconds(1_558_719_886);
        assert_eq!(rfc_2822(at), "Fri, 24 May 2019 17:44:46 +0000");
        assert_eq!(iso_8601(at), "2019-05-24T17:44:46Z");
        assert_eq!(receipt_time(at), "1905241744");
        assert_eq!(
            Moment::parse("2019-05-24T17:44:46Z"),
            Some(Moment::Instant(at))
        );
        assert_eq!(
            Moment::parse("2019-05-24"),
            Some(Moment::Day(Timestamp::from_seconds(1_558_656_000)))
        );
        assert_eq!(Moment::parse("tomorrow"), None);
        assert_eq!(Moment::parse("2019-13-24"), None);
    }

    #[test]
    fn the_first_of_march_after_a_leap_day_is_itself() {
        let at = Timestamp::from_seconds(1_709_251_200);
        assert_eq!(iso_8601(at), "2024-03-01T00:00:00Z");
    }
}
