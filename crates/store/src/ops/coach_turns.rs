//! A model that is asked about what a member wrote: by one process at a time, and so often a day.

use domain::{Channel, MemberId, MessageId, Timestamp};
use jiff::civil::Date;

/// How often a model is asked about the same words, where processes end meanwhile.
pub const ASKED_MAX: u32 = 3;

/// See [`Op::BeginTurn`](super::Op::BeginTurn).
#[derive(Clone, Debug)]
pub struct BeginTurn {
    /// Who wrote.
    pub member: MemberId,
    /// On which channel.
    pub channel: Channel,
    /// The first message of the burst: what comes to it meanwhile does not make it another one.
    pub message: MessageId,
    /// Their local date.
    pub on_date: Date,
    /// How often a model may be asked for one member on one date.
    pub most: u32,
    /// Until when nobody else asks.
    pub until: Timestamp,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`BeginTurn`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BeginTurnAnswer {
    /// Ask.
    Begun {
        /// Which time it is for this message, from 1.
        time: u32,
    },
    /// What was decided before a process ended: that is to be done.
    Decided(String),
    /// Somebody asks about this conversation, or keeps it, or the message waits for the rules no more.
    Elsewhere,
    /// It was asked often enough: today for this member, or about this message.
    Spent,
}

/// See [`Op::KeepTurn`](super::Op::KeepTurn). A turn that a person overtook ends here.
#[derive(Clone, Debug)]
pub struct KeepTurn {
    /// The first message of the burst.
    pub message: MessageId,
    /// Which time it was.
    pub time: u32,
    /// What is to be done and said.
    pub decision: String,
    /// What came of it, as a code.
    pub outcome: String,
    /// The version of the prompt.
    pub prompt: String,
    /// The model.
    pub model: String,
    /// Tokens it read.
    pub tokens_in: u64,
    /// Tokens it wrote.
    pub tokens_out: u64,
    /// How long it took.
    pub millis: u64,
    /// Until when nobody else does it.
    pub until: Timestamp,
    /// Now.
    pub at: Timestamp,
}
