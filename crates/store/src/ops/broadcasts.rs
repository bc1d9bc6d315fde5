//! The same words to many.

use domain::{BroadcastId, MemberId, Timestamp};

use super::SetSwitch;
use crate::records::{BroadcastPlan, BroadcastRecord, BroadcastStanding, Idempotency, NewMessage};

/// See [`Op::SaveBroadcast`](super::Op::SaveBroadcast).
#[derive(Clone, Debug)]
pub struct SaveBroadcast {
    /// Which.
    pub id: BroadcastId,
    /// What it is to be.
    pub plan: BroadcastPlan,
    /// The revision it was made from; `None` for a new one. Refused when there is a newer one, or when it is no draft.
    pub base: Option<u32>,
    /// Who.
    pub by: String,
    /// The caller's key.
    pub idempotency: Option<Idempotency>,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`SaveBroadcast`].
#[derive(Clone, Debug, PartialEq)]
pub enum SaveBroadcastAnswer {
    /// It is saved.
    Saved {
        /// As it is now.
        record: Box<BroadcastRecord>,
        /// Whether an earlier call with the same key is answered again.
        replayed: bool,
    },
    /// Somebody edited it since, or started it.
    Stale(Box<BroadcastRecord>),
    /// There is no such one.
    Unknown,
    /// The key was used with another body.
    KeyReused,
}

/// See [`Op::MoveBroadcast`](super::Op::MoveBroadcast).
#[derive(Clone, Debug)]
pub struct MoveBroadcast {
    /// Which.
    pub id: BroadcastId,
    /// The revision that was looked at.
    pub revision: u32,
    /// How it stood when it was looked at.
    pub from: BroadcastStanding,
    /// How it stands from now on.
    pub to: BroadcastStanding,
    /// The kill switch of its queue, turned in the same moment.
    pub switch: Option<SetSwitch>,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`MoveBroadcast`].
#[derive(Clone, Debug, PartialEq)]
pub enum MoveBroadcastAnswer {
    /// It stands so.
    Moved(Box<BroadcastRecord>),
    /// It stood otherwise already: look again.
    Stale(Box<BroadcastRecord>),
    /// There is no such one.
    Unknown,
}

/// See [`Op::TakeAudience`](super::Op::TakeAudience).
#[derive(Clone, Debug)]
pub struct TakeAudience {
    /// Of which.
    pub id: BroadcastId,
    /// The last member that was taken before; refused when it is another one by now.
    pub after: Option<MemberId>,
    /// Who, each with their place in the order; in the order of their ids.
    pub members: Vec<(MemberId, i64)>,
    /// Up to whom was looked.
    pub up_to: Option<MemberId>,
    /// Whether these are the last.
    pub is_whole: bool,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::MakeBroadcast`](super::Op::MakeBroadcast).
#[derive(Clone, Debug)]
pub struct MakeBroadcast {
    /// Of which.
    pub id: BroadcastId,
    /// Of which stage; refused when it does not run that one.
    pub stage: u8,
    /// How many of the audience it had taken when the page was chosen; refused when there are others by now, or the two
    /// pages together could be more than the stage's.
    pub taken: u64,
    /// Their messages.
    pub messages: Vec<NewMessage>,
    /// Members who get none, and why, as a code.
    pub passed_over: Vec<(MemberId, String)>,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`MakeBroadcast`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    /// How many messages were made.
    pub messages: u32,
    /// How many members were passed over.
    pub passed_over: u32,
}
