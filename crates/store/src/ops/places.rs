//! Operations on places that end or wait without an attempt.

use domain::{DeliveryStatus, Timestamp};

use crate::lane::{Epoch, Seq};
use crate::records::NewMessage;

/// See [`Op::Hold`](super::Op::Hold).
#[derive(Clone, Debug)]
pub struct Hold {
    /// The place.
    pub seq: Seq,
    /// The fence.
    pub epoch: Epoch,
    /// Until when; a release may come earlier.
    pub until: Timestamp,
    /// The reason as a code.
    pub why: String,
    /// Whether the next inbound message from the member releases it.
    pub released_by_reply: bool,
    /// The decision, as JSON.
    pub decision: String,
    /// A template that asks the member to open the window.
    pub knock: Option<NewMessage>,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::Suppress`](super::Op::Suppress).
#[derive(Clone, Debug)]
pub struct Suppress {
    /// The place.
    pub seq: Seq,
    /// The fence.
    pub epoch: Epoch,
    /// As what: suppressed, expired, cancelled or failed.
    pub status: DeliveryStatus,
    /// The reason as a code.
    pub why: String,
    /// The decision, as JSON.
    pub decision: String,
    /// Now.
    pub at: Timestamp,
}

/// See [`Op::Elapse`](super::Op::Elapse).
#[derive(Clone, Debug)]
pub struct Elapse {
    /// The place.
    pub seq: Seq,
    /// The fence.
    pub epoch: Epoch,
    /// For a place that an earlier process left begun: how long it waits for evidence from now.
    pub quiet_until: Timestamp,
    /// Now.
    pub at: Timestamp,
}

/// Answer to [`Elapse`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElapseAnswer {
    /// Nothing to do: the place has moved on.
    Unchanged,
    /// The lane goes on.
    Freed,
    /// The place waits to be sent (again).
    Waiting,
    /// It is now unconfirmed.
    Unconfirmed,
}

/// See [`Op::Replan`](super::Op::Replan).
#[derive(Clone, Debug)]
pub struct Replan {
    /// Those held for these reasons, as codes.
    pub whys: Vec<String>,
    /// After this number.
    pub after: Seq,
    /// At most this many.
    pub limit: u32,
}

/// Answer to [`Replan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replanned {
    /// How many wait again.
    pub count: u32,
    /// The last of those that were looked at; `None` when there are no more.
    pub last: Option<Seq>,
}
