//! What the lane scheduler must know of what was just committed. The committer hands these on after
//! the commit and in its order, so that nothing depends on the caller still being there.

use domain::{Priority, Timestamp};

use crate::lane::{LaneKey, Seq, Shards};

/// A change of a place, or of something that waits for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The place may be claimed when it is the head of its lane and `due` has come.
    Waiting {
        /// Its lane.
        lane: LaneKey,
        /// Its number.
        seq: Seq,
        /// Who goes first.
        priority: Priority,
        /// Not before this instant.
        due: Option<Timestamp>,
    },
    /// The place keeps its lane (open attempt, waiting for a receipt, unconfirmed) until it is
    /// heard of, or until `until`, when the place must be looked at again.
    Occupied {
        /// Its lane.
        lane: LaneKey,
        /// Its number.
        seq: Seq,
        /// When its timer runs out, if it has one.
        until: Option<Timestamp>,
    },
    /// The place is over: the lane goes on.
    Freed {
        /// Its lane.
        lane: LaneKey,
        /// Its number.
        seq: Seq,
    },
    /// The lanes of these shards are not this process's any more: forget them. What a process takes
    /// over is told as if it were new, place by place.
    Lost(Shards),
    /// There are new rows in the outbox.
    Events,
    /// An inbound message waits for an answer.
    Inbound,
    /// Kill switches changed: decisions made before must be made again.
    Switches,
}
