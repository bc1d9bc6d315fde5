//! When a daily or weekly message is due in the member's own time zone (G26, G27).
//!
//! Due is the wall time in the member's zone: in a gap, the first instant after it; in an overlap,
//! the first of the two. A date that a zone leaves out (Samoa has no 30 December 2011) has no
//! occurrence. Quiet hours are not considered here.

use domain::{Seconds, Timestamp};
use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};

/// How late an occurrence may still be caught up (G27).
pub const GRACE: Seconds = Seconds::new(4 * 3600);

/// Two occurrences of a daily schedule are never closer (G26).
pub const DAILY_GAP: Seconds = Seconds::new(12 * 3600);

/// The hour of the weekly question, on Sunday.
pub const WEEKLY_HOUR: i8 = 17;

/// The most occurrences [`between`] answers.
pub const MISSED_MAX: usize = 62;

/// When something recurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recurrence {
    /// Every local date at this hour, 0 to 23; a greater number counts as 23.
    Daily {
        /// The hour of the wall clock.
        hour: u8,
    },
    /// Every local Sunday at 17:00.
    Weekly,
}

impl Recurrence {
    fn takes_place_on(self, date: Date) -> bool {
        match self {
            Self::Daily { .. } => true,
            Self::Weekly => date.weekday() == Weekday::Sunday,
        }
    }

    fn hour(self) -> i8 {
        match self {
            Self::Daily { hour } => i8::try_from(hour.min(23)).unwrap_or(23),
            Self::Weekly => WEEKLY_HOUR,
        }
    }

    fn gap(self) -> Seconds {
        match self {
            Self::Daily { .. } => DAILY_GAP,
            Self::Weekly => Seconds::ZERO,
        }
    }
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
    /// The next one after now; `None` only at the end of the calendar.
    pub next: Option<Occurrence>,
}

/// Not the name of a time zone.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{name}` is not a time zone; use an IANA name such as `America/New_York`")]
pub struct UnknownZone {
    /// What was given, at most 60 characters of it.
    pub name: String,
}

/// The time zone of an IANA name, from the database in the binary.
pub fn zone(name: &str) -> Result<TimeZone, UnknownZone> {
    TimeZone::get(name).map_err(|_| UnknownZone {
        name: name.chars().take(60).collect(),
    })
}

/// The occurrence of a local date, if it has one.
pub fn occurrence(recurrence: Recurrence, zone: &TimeZone, date: Date) -> Option<Occurrence> {
    if !recurrence.takes_place_on(date) {
        return None;
    }
    // A date exists when the first instant of its midnight, or after the gap there, is still on it.
    let begins_at = first_instant(zone, date.at(0, 0, 0, 0))?;
    if zone.to_datetime(begins_at).date() != date {
        return None;
    }
    let due_at = first_instant(zone, date.at(recurrence.hour(), 0, 0, 0))?;
    Some(Occurrence {
        date,
        due_at: Timestamp::from_jiff(due_at),
    })
}

/// The instant of a wall time: the first of two in an overlap, the first after it in a gap.
pub(crate) fn first_instant(zone: &TimeZone, wall: DateTime) -> Option<jiff::Timestamp> {
    match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
            offset.to_timestamp(wall).ok()
        }
        // The offset after the gap reads the wall time as an instant before the gap, from where the
        // next transition is the gap's end: the first instant that exists again.
        AmbiguousOffset::Gap { after, .. } => {
            let before = after.to_timestamp(wall).ok()?;
            Some(zone.following(before).next()?.timestamp())
        }
    }
}

/// Whether an occurrence would be due too soon after the last one, or after its message: two daily ones are never
/// closer than 12 h (G26).
pub fn is_too_soon(recurrence: Recurrence, last: Timestamp, due_at: Timestamp) -> bool {
    due_at > last && due_at < last + recurrence.gap()
}

/// What is due now, and next. `last_due` is the instant of the schedule's last occurrence that was
/// handled, if any: two daily ones are never closer than 12 h.
pub fn outlook(
    recurrence: Recurrence,
    zone: &TimeZone,
    now: Timestamp,
    last_due: Option<Timestamp>,
) -> Outlook {
    let today = local(zone, now).date();
    let apart =
        |one: &Occurrence| last_due.is_none_or(|last| !is_too_soon(recurrence, last, one.due_at));
    // Where clocks leap over midnight (Nuuk), an evening hour of yesterday is due as today begins.
    let yesterday = today.yesterday().ok();
    let due = [Some(today), yesterday]
        .into_iter()
        .flatten()
        .find_map(|date| {
            occurrence(recurrence, zone, date).filter(|one| {
                one.due_at <= now
                    && now.since(one.due_at) <= GRACE
                    && local(zone, one.due_at).date() == today
                    && apart(one)
            })
        });
    let mut next = None;
    let mut date = yesterday.or(Some(today));
    // Sixteen days hold two Sundays and every date that was ever left out.
    for _ in 0..16 {
        let Some(day) = date else { break };
        next = occurrence(recurrence, zone, day).filter(|one| one.due_at > now && apart(one));
        if next.is_some() {
            break;
        }
        date = day.tomorrow().ok();
    }
    Outlook { due, next }
}

/// The occurrences due after `after` and until `until`, oldest first: after downtime, those that
/// are not [`Outlook::due`] are recorded as missed (G27). When there are more than [`MISSED_MAX`],
/// the latest of them.
pub fn between(
    recurrence: Recurrence,
    zone: &TimeZone,
    after: Timestamp,
    until: Timestamp,
) -> Vec<Occurrence> {
    let mut found = Vec::new();
    let first = local(zone, after).date();
    let first = first.yesterday().unwrap_or(first);
    let mut date = Some(local(zone, until).date());
    while let Some(day) = date.filter(|day| *day >= first) {
        if let Some(one) = occurrence(recurrence, zone, day)
            && one.due_at > after
            && one.due_at <= until
        {
            found.push(one);
            if found.len() == MISSED_MAX {
                break;
            }
        }
        date = day.checked_sub(1.day()).ok();
    }
    found.reverse();
    found
}

fn local(zone: &TimeZone, at: Timestamp) -> DateTime {
    zone.to_datetime(at.to_jiff())
}

#[cfg(test)]
mod tests;
