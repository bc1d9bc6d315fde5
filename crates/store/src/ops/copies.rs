//! What providers still keep of erased members.

use domain::Timestamp;

use crate::records::CopyId;

/// See [`Op::RecordCopies`](super::Op::RecordCopies). Answers how many are gone now.
#[derive(Clone, Debug)]
pub struct RecordCopies {
    /// What was told.
    pub told: Vec<CopyTold>,
}

/// What came of asking a provider to delete its copy of a message.
#[derive(Clone, Debug)]
pub struct CopyTold {
    /// Which; one that is not there is passed over.
    pub copy: CopyId,
    /// How often it was asked for, this time included.
    pub asked: u8,
    /// When to ask again; `None` when there is nothing left to delete.
    pub ask_at: Option<Timestamp>,
}
