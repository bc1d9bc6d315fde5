//! Operations on messages as their callers see them: accept, cancel, retry.

use domain::{DeliveryStatus, MessageId, Timestamp};

use crate::lane::Seq;
use crate::records::{Idempotency, NewMessage};

/// See [`Op::Accept`](super::Op::Accept).
#[derive(Clone, Debug)]
pub struct Accept {
    /// The messages, in the order of their places. Without any, an earlier answer to the key is
    /// looked up and nothing is stored, the key neither.
    pub messages: Vec<NewMessage>,
    /// The caller's key, for the whole call.
    pub idempotency: Option<Idempotency>,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`Accept`].
#[derive(Clone, Debug)]
pub enum AcceptAnswer {
    /// One result each.
    Accepted {
        /// In the order asked.
        results: Vec<Result<Accepted, AcceptRefusal>>,
        /// Whether this is the answer of an earlier call with the same key.
        replayed: bool,
    },
    /// The key was used with another body: nothing was stored.
    KeyReused,
}

/// A message that is stored and has its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its id.
    pub id: MessageId,
    /// Its number.
    pub seq: Seq,
}

/// Why one message of a call was not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptRefusal {
    /// No such member, or erased.
    UnknownMember,
    /// The same member has a message for this occasion already.
    OccasionTaken(MessageId),
}

/// See [`Op::Cancel`](super::Op::Cancel).
#[derive(Clone, Debug)]
pub struct Cancel {
    /// Which.
    pub id: MessageId,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`Cancel`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelAnswer {
    /// It will not be sent.
    Cancelled,
    /// It has left, or may have.
    TooLate(DeliveryStatus),
    /// No such message.
    Unknown,
}

/// See [`Op::Retry`](super::Op::Retry).
#[derive(Clone, Debug)]
pub struct Retry {
    /// Which.
    pub id: MessageId,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`Retry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAnswer {
    /// It waits in its lane again.
    Waiting,
    /// It is not a message that ended badly.
    TooLate(DeliveryStatus),
    /// No such message.
    Unknown,
}

/// See [`Op::WatchDelivery`](super::Op::WatchDelivery).
#[derive(Clone, Copy, Debug)]
pub struct WatchDelivery {
    /// Which.
    pub message: MessageId,
    /// When; `None` when nobody needs to look any more.
    pub due: Option<Timestamp>,
}
