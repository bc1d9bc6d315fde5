//! Programmes as coaches wrote them, who follows which, and how occurrences ended without a message.

use std::collections::BTreeMap;

use domain::work::Work;
use domain::{MemberId, MessageId, Timestamp};
use jiff::civil::Date;

use super::Member;

/// A version of a programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgrammeRecord {
    /// What it is called by.
    pub slug: String,
    /// Counted from 1.
    pub version: u32,
    /// Its text in each language.
    pub files: BTreeMap<String, String>,
    /// Who wrote it.
    pub saved_by: String,
    /// When it was saved last.
    pub saved_at: Timestamp,
    /// Since when members follow it; `None` for a draft.
    pub published_at: Option<Timestamp>,
    /// Another one with each time that any programme is saved: who saw this one saw these words.
    pub revision: i64,
}

/// A version of a programme without its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgrammeVersion {
    /// Counted from 1.
    pub version: u32,
    /// Who wrote it.
    pub saved_by: String,
    /// When it was saved last.
    pub saved_at: Timestamp,
    /// Since when members followed it; `None` for a draft.
    pub published_at: Option<Timestamp>,
}

/// Programmes, for whoever may know them already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgrammesKept {
    /// Grows with every change.
    pub stamp: i64,
    /// Of each programme the version in force and the draft, by name and version; `None` when the asker has
    /// them already.
    pub programmes: Option<Vec<ProgrammeRecord>>,
}

/// What a member follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rhythm {
    /// The programme and the local date of its first day; `None` when they never changed it.
    pub enrolment: Option<(String, Date)>,
    /// Holidays: the first day, and the day they go on, if they said so; the earliest first.
    pub pauses: Vec<(Date, Option<Date>)>,
}

/// A programme somebody followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentRecord {
    /// Which.
    pub programme: String,
    /// The local date of its first day.
    pub started_on: Date,
    /// When it was told to us.
    pub began_at: Timestamp,
    /// When another one followed it.
    pub ended_at: Option<Timestamp>,
}

/// An occurrence that ended without a message (G26).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OccurrenceEnd {
    /// Whose.
    pub member: MemberId,
    /// Which: the same word as the message would have had.
    pub occasion: String,
    /// When it was due.
    pub due_at: Timestamp,
    /// Why there is no message, as a code.
    pub why: String,
}

/// Everything about a member's programmes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrainingRecord {
    /// What they follow and followed, the newest first.
    pub enrolments: Vec<EnrolmentRecord>,
    /// Holidays, as in [`Rhythm`].
    pub pauses: Vec<(Date, Option<Date>)>,
    /// Occurrences without a message, the newest first.
    pub occurrences: Vec<OccurrenceEnd>,
    /// What they logged, the newest message first, each in the order told.
    pub logged: Vec<LoggedWork>,
}

/// Sets that a member logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedWork {
    /// By which message.
    pub message: MessageId,
    /// Their local date.
    pub done_on: Date,
    /// What.
    pub work: Work,
    /// When.
    pub logged_at: Timestamp,
}

/// Some of those whose occurrence has no end yet.
#[derive(Clone, Debug, Default)]
pub struct DuePage {
    /// Who they are.
    pub members: Vec<Member>,
    /// After whom to go on; `None` where nobody is left.
    pub next: Option<MemberId>,
}
