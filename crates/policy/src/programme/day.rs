//! Which day of a programme a local date is for a member: by when they began, and by the days they paused,
//! which are not lost.

use jiff::civil::Date;

use super::{AtEnd, Days, Programme, WEEK};

/// Since when somebody follows a programme, and when they did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The local date of its first day.
    pub started_on: Date,
    /// Holidays, in any order.
    pub pauses: Vec<Pause>,
}

/// A holiday from the programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Its first day.
    pub from: Date,
    /// The day they go on; `None` until they say so.
    pub until: Option<Date>,
}

impl Pause {
    /// Whether a date is in it.
    pub fn holds(self, date: Date) -> bool {
        date >= self.from && self.until.is_none_or(|until| date < until)
    }
}

/// What a date is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayOf {
    /// Before the first day.
    NotBegun,
    /// On holiday.
    Paused {
        /// The day they go on, where it is known.
        until: Option<Date>,
    },
    /// There is something to do. Both are counted from 1.
    Session {
        /// Which week.
        week: usize,
        /// Which day of it.
        day: usize,
    },
    /// A day of rest.
    Rest {
        /// Which week.
        week: usize,
        /// Which day of it.
        day: usize,
    },
    /// After the last day.
    Finished,
}

/// Which day of a programme a date is.
pub fn day_of(programme: &Programme, enrolment: &Enrolment, date: Date) -> DayOf {
    if let Some(pause) = enrolment.pauses.iter().find(|pause| pause.holds(date)) {
        return DayOf::Paused { until: pause.until };
    }
    let Some(index) = index(programme.days, enrolment, date) else {
        return DayOf::NotBegun;
    };
    let Some(course) = programme.courses.values().next() else {
        return DayOf::Finished;
    };
    let (mut week, day) = (index / WEEK, index % WEEK);
    if week >= course.weeks.len() {
        match programme.at_end {
            AtEnd::Stop => return DayOf::Finished,
            AtEnd::Repeat => week %= course.weeks.len().max(1),
        }
    }
    let (week, day) = (week + 1, day + 1);
    if course.session(week, day).is_some() {
        DayOf::Session { week, day }
    } else {
        DayOf::Rest { week, day }
    }
}

/// How many days of the programme come before a date. Where days are those of the week, only whole weeks of
/// holiday are made up for: a Monday stays one.
fn index(days: Days, enrolment: &Enrolment, date: Date) -> Option<usize> {
    let started_on = enrolment.started_on;
    if date < started_on {
        return None;
    }
    let paused = paused_between(&enrolment.pauses, started_on, date);
    let (first, paused) = match days {
        Days::Counted => (started_on, paused),
        Days::OfTheWeek => {
            let before = started_on.weekday().to_monday_zero_offset();
            let monday = started_on
                .checked_sub(jiff::Span::new().days(before))
                .ok()?;
            (monday, paused / 7 * 7)
        }
    };
    usize::try_from(distance(first, date) - paused).ok()
}

/// How many dates from `first` on and before `end` were on holiday; a date in two pauses counts once.
fn paused_between(pauses: &[Pause], first: Date, end: Date) -> i64 {
    let mut spans: Vec<(Date, Date)> = pauses
        .iter()
        .map(|pause| {
            let until = pause.until.unwrap_or(end).min(end);
            (pause.from.max(first), until)
        })
        .filter(|(from, until)| from < until)
        .collect();
    spans.sort_unstable();
    let (mut days, mut counted_to) = (0, first);
    for (from, until) in spans {
        let from = from.max(counted_to);
        if from < until {
            days += distance(from, until);
            counted_to = until;
        }
    }
    days
}

fn distance(from: Date, to: Date) -> i64 {
    i64::from((to - from).get_days())
}

#[cfg(test)]
mod tests;
