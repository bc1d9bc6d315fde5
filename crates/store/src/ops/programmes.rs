//! Programmes, and who follows which.

use std::collections::BTreeMap;

use domain::work::Work;
use domain::{MemberId, MessageId, Timestamp};
use jiff::civil::Date;

use crate::lane::{Epoch, Shards};
use crate::records::OccurrenceEnd;

/// See [`Op::SaveProgramme`](super::Op::SaveProgramme).
#[derive(Clone, Debug)]
pub struct SaveProgramme {
    /// Which.
    pub slug: String,
    /// Its text in each language.
    pub files: BTreeMap<String, String>,
    /// Who wrote it.
    pub by: String,
    /// Whether members follow it from now on; else it is a draft.
    pub publish: bool,
    /// The version it was made from, 0 for none; refused when there is a newer one. `None` does not ask.
    pub base: Option<u32>,
    /// The [revision](crate::records::ProgrammeRecord::revision) of what it was made from, 0 for none; refused when
    /// something was saved since, a draft of the same number as well. `None` does not ask.
    pub revision: Option<i64>,
    /// Whether a draft there is stays as it is, and this becomes a version of its own.
    pub beside_draft: bool,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`SaveProgramme`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveProgrammeAnswer {
    /// It is this version. The same words as the version in force are that one.
    Saved {
        /// Which.
        version: u32,
    },
    /// Somebody saved another one since.
    Stale {
        /// The newest.
        version: u32,
    },
}

/// See [`Op::Enrol`](super::Op::Enrol).
#[derive(Clone, Debug)]
pub struct Enrol {
    /// Whom.
    pub member: MemberId,
    /// In which.
    pub programme: String,
    /// The local date of its first day.
    pub started_on: Date,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::SetPauses`](super::Op::SetPauses).
#[derive(Clone, Debug)]
pub struct SetPauses {
    /// Whose.
    pub member: MemberId,
    /// All of them from now on: the first day, and the day they go on.
    pub pauses: Vec<(Date, Option<Date>)>,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::LogWork`](super::Op::LogWork). What a message logged stays as it was first logged.
#[derive(Clone, Debug)]
pub struct LogWork {
    /// Who did it.
    pub member: MemberId,
    /// The message that tells it.
    pub message: MessageId,
    /// Their local date.
    pub done_on: Date,
    /// What, in the order told.
    pub work: Vec<Work>,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::NoteOccurrences`](super::Op::NoteOccurrences). Those that have an end already keep it.
#[derive(Clone, Debug)]
pub struct NoteOccurrences {
    /// Which, and why.
    pub ends: Vec<OccurrenceEnd>,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::NoteChecked`](super::Op::NoteChecked). It never moves back.
#[derive(Clone, Copy, Debug)]
pub struct NoteChecked {
    /// Of whose members.
    pub shards: Shards,
    /// The fence of whoever looked.
    pub epoch: Epoch,
    /// Every occurrence whose date was over then has an end.
    pub to: Timestamp,
}
