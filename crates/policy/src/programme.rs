//! Programmes: what is to be done on each day, written by a coach in Markdown, one file for each language.
//! How a file is written stands in `docs/PROGRAMMES.md`, [`read`] takes it in, [`day`] says which day of it
//! a date is for a member, and [`compose`] makes a message of that day.

pub mod compose;
pub mod day;
pub mod finding;
pub mod read;
pub mod shipped;

use std::collections::BTreeMap;

/// How many days a week has.
pub const WEEK: usize = 7;

/// A programme, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programme {
    /// What it is called by: lower-case letters, digits and dashes.
    pub slug: String,
    /// What its first day is.
    pub days: Days,
    /// What comes after its last day.
    pub at_end: AtEnd,
    /// By language (`en`, `pt`): at least one, all of the same weeks and days.
    pub courses: BTreeMap<String, Course>,
}

/// What day 1 of a week is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Days {
    /// The day the member begins, and every seventh day after it.
    #[default]
    Counted,
    /// Monday: whoever begins on a Thursday begins with day 4 of the first week.
    OfTheWeek,
}

/// What comes after the last day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AtEnd {
    /// Nothing more.
    #[default]
    Stop,
    /// The first week again.
    Repeat,
}

/// A programme in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// Its name as people see it.
    pub name: String,
    /// A sentence about it.
    pub summary: String,
    /// Its weeks, at least one.
    pub weeks: Vec<Week>,
    /// How its exercises are done.
    pub exercises: Vec<Exercise>,
}

/// A week: a day without a session is a day of rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Week {
    /// Day 1 to day 7.
    pub days: [Option<Session>; WEEK],
}

/// What is to be done on a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// A few words.
    pub title: String,
    /// In the order they are written.
    pub parts: Vec<Part>,
    /// An image or video of it (`https`).
    pub media: Option<String>,
}

/// A part of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Words.
    Paragraph(String),
    /// One exercise each.
    List(Vec<String>),
    /// A remark that may be left out where room is dear.
    Note(String),
}

/// How an exercise is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exercise {
    /// Its name.
    pub name: String,
    /// Other names of it.
    pub also: Vec<String>,
    /// How it is done.
    pub how: String,
    /// What to do in place of it.
    pub instead: Option<String>,
    /// An easier form.
    pub easier: Option<String>,
    /// A harder form.
    pub harder: Option<String>,
    /// An image or video of it (`https`).
    pub media: Option<String>,
}

impl Programme {
    /// In the language of a locale such as `es-MX`; else in English; else in the first it is written in.
    /// `None` only for a programme without any.
    pub fn course(&self, locale: &str) -> Option<(&str, &Course)> {
        let base = locale.split(['-', '_']).next().unwrap_or("");
        let base = base.to_ascii_lowercase();
        [base.as_str(), "en"]
            .into_iter()
            .find_map(|language| self.courses.get_key_value(language))
            .or_else(|| self.courses.first_key_value())
            .map(|(language, course)| (language.as_str(), course))
    }
}

impl Course {
    /// The session of a day, both counted from 1.
    pub fn session(&self, week: usize, day: usize) -> Option<&Session> {
        let week = self.weeks.get(week.checked_sub(1)?)?;
        week.days.get(day.checked_sub(1)?)?.as_ref()
    }
}
