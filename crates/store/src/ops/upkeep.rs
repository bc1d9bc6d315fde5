//! Operations of those who run the service.

use domain::{Kind, Seconds, Timestamp};

use crate::home::Held;
use crate::records::{RolloutRecord, SenderStanding, TemplateRecord};

/// See [`Op::SetSwitch`](super::Op::SetSwitch). Answers the version of the switches.
#[derive(Clone, Debug)]
pub struct SetSwitch {
    /// What it stops; see [`SwitchRecord`](crate::records::SwitchRecord).
    pub scope: String,
    /// On or off.
    pub on: bool,
    /// Why.
    pub reason: String,
    /// Who.
    pub actor: String,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::RecordTemplates`](super::Op::RecordTemplates). Whatever changes moves the version of the
/// switches: a decision that used a template before is made again (G20).
#[derive(Clone, Debug)]
pub struct RecordTemplates {
    /// As they are now. Those that are not among them stay as they are.
    pub templates: Vec<TemplateRecord>,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::RecordSenders`](super::Op::RecordSenders). Whatever changes moves the version of the switches.
#[derive(Clone, Debug)]
pub struct RecordSenders {
    /// As they are now; when that became so is found out here.
    pub senders: Vec<SenderStanding>,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::Tidy`](super::Op::Tidy). Answers how many rows went.
#[derive(Clone, Debug)]
pub struct Tidy {
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::Redact`](super::Op::Redact).
#[derive(Clone, Copy, Debug)]
pub struct Redact {
    /// The kind of what we wrote; `None` for what members wrote.
    pub kind: Option<Kind>,
    /// What is older.
    pub before: Timestamp,
    /// Now.
    pub at: Timestamp,
}

/// What came of [`Redact`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Redacted {
    /// How many lost their words.
    pub messages: u32,
    /// Whether there is more to be looked at.
    pub more: bool,
}

/// See [`Op::SetRollout`](super::Op::SetRollout). Answers the version of the switches.
#[derive(Clone, Debug)]
pub struct SetRollout {
    /// What is in force from now on; `None` goes back to the settings.
    pub rollout: Option<RolloutRecord>,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::PruneEvents`](super::Op::PruneEvents).
#[derive(Clone, Copy, Debug)]
pub struct PruneEvents {
    /// What is older.
    pub before: Timestamp,
    /// Whether prices are asked for: then nothing goes that was not followed that far.
    pub priced: bool,
    /// At most this many.
    pub limit: u32,
}

/// What came of [`PruneEvents`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// How many went.
    pub events: u32,
    /// Whether more may go at once.
    pub more: bool,
}

/// See [`Op::Beat`](super::Op::Beat). To be repeated well within the lease.
#[derive(Clone, Copy, Debug)]
pub struct Beat {
    /// Whether this process wants lanes: one that is about to leave gives back what it has.
    pub claims: bool,
    /// Now.
    pub at: Timestamp,
}

/// What a process learns of itself by [`Beat`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BeatAnswer {
    /// How many shards are its own.
    pub shards: u32,
    /// How many processes beat, itself included.
    pub nodes: u32,
    /// The database's clock, which all go by; `None` where there is only the process's own.
    pub database_now: Option<Timestamp>,
    /// By how much this machine's clock is ahead of it, if that is too much to be trusted: then no
    /// lane is claimed (G28).
    pub clock_off: Option<Seconds>,
    /// Why nothing is sent from here: the database is not at home (G33). Then no lane is claimed
    /// either.
    pub held: Option<Held>,
}
