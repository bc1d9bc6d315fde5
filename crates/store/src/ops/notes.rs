//! Operations on notes of the team about members.

use domain::{MemberId, NoteId, Timestamp};

use crate::records::MemberNote;

/// See [`Op::KeepNote`](super::Op::KeepNote).
#[derive(Clone, Debug)]
pub struct KeepNote {
    /// The note.
    pub note: MemberNote,
}

/// See [`Op::RemoveNote`](super::Op::RemoveNote).
#[derive(Clone, Copy, Debug)]
pub struct RemoveNote {
    /// Which.
    pub id: NoteId,
    /// About whom.
    pub member: MemberId,
    /// Now.
    pub at: Timestamp,
}
