//! When a daily or weekly message is due in the member's own time zone (G26, G27).

use domain::{Seconds, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// How late an occurrence may still be caught up (G27).
pub const GRACE: Seconds = Seconds::new(4 * 3600);

/// When something recurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recurrence {
    /// Every local date at this hour, 0 to 23.
    Daily {
        /// The hour of the wall clock.
        hour: u8,
    },
    /// Every local Sunday at 17:00.
    Weekly,
}

/// One occurrence: the local date is its key, the instant is when it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The member's local date.
    pub date: Date,
    /// When it is due.
    pub due_at: Timestamp,
}

/// What a schedule says at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// Due, not too late, and still of the member's local date. Whether it has been sent already
    /// is for the unique key on (schedule, date) to say.
    pub due: Option<Occurrence>,
    /// The next one after now; `None` only past the year 9999.
    pub next: Option<Occurrence>,
}

/// Not the name of a time zone.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{name}` is not a time zone; use an IANA name such as `America/New_York`")]
pub struct UnknownZone {
    /// What was given, at most 60 characters of it.
    pub name: String,
}

/// The time zone of an IANA name.
pub fn zone(name: &str) -> Result<TimeZone, UnknownZone> {
    TimeZone::get(name).map_err(|_| UnknownZone {
        name: name.chars().take(60).collect(),
    })
}

/// What is due now, and next. `last_due` is the instant of the schedule's last occurrence that was
/// handled, if any: two daily ones are never closer than 12 h.
pub fn outlook(
    recurrence: Recurrence,
    zone: &TimeZone,
    now: Timestamp,
    last_due: Option<Timestamp>,
) -> Outlook {
    let _ = (recurrence, zone, now, last_due);
    Outlook {
        due: None,
        next: None,
    }
}

/// The occurrences due after `after` and until `until`, oldest first: after downtime, those that
/// are not [`Outlook::due`] are recorded as missed (G27). At most 62 of them, the latest.
pub fn between(
    recurrence: Recurrence,
    zone: &TimeZone,
    after: Timestamp,
    until: Timestamp,
) -> Vec<Occurrence> {
    let _ = (recurrence, zone, after, until);
    Vec::new()
}
