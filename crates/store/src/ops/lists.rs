//! How far the providers' lists of inbound messages were read.

use crate::records::ListMark;

/// See [`Op::NoteListsRead`](super::Op::NoteListsRead).
#[derive(Clone, Debug, Default)]
pub struct NoteListsRead {
    /// Up to when each was read. One may move back: a clock that was ahead must hide nothing.
    pub marks: Vec<ListMark>,
    /// Whether those that stand already stay: nothing was read, and these say from when on reading begins.
    pub only_new: bool,
    /// The homecoming for which all were read to their ends.
    pub homecoming: Option<u32>,
}
