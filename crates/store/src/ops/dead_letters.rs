//! Operations on messages that ended badly, many at once.

use domain::{MessageId, Timestamp};

/// See [`Op::WorkDeadLetters`](super::Op::WorkDeadLetters).
#[derive(Clone, Debug)]
pub struct WorkDeadLetters {
    /// Which.
    pub messages: Vec<MessageId>,
    /// Ended until this instant: one that was tried again and ended once more later is not meant.
    pub until: Timestamp,
    /// What is done with them.
    pub what: DeadWork,
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
