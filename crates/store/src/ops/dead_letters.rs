//! Operations on messages that ended badly, many at once.

use domain::Timestamp;

use crate::lane::Seq;
use crate::records::DeadGroup;

/// See [`Op::WorkDeadLetters`](super::Op::WorkDeadLetters).
#[derive(Clone, Debug)]
pub struct WorkDeadLetters {
    /// Which.
    pub group: DeadGroup,
    /// Ended from this instant on.
    pub since: Timestamp,
    /// Ended until this instant: one that was tried again and ended once more later is not among them.
    pub until: Timestamp,
    /// What is done with them.
    pub what: DeadWork,
    /// After this number.
    pub after: Seq,
    /// At most this many are looked at.
    pub limit: u32,
    /// Now.
    pub at: Timestamp,
}

/// What is done with messages that ended badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadWork {
    /// They go back into their lanes, through the planner.
    Retry,
    /// They stay as they are, and off the list.
    Leave,
}

/// Answer to [`WorkDeadLetters`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadWorked {
    /// With how many it was done.
    pub done: u32,
    /// The last that was looked at; `None` when there are no more.
    pub last: Option<Seq>,
}
