//! Notes of the team about a member.

use domain::{MemberId, NoteId, Text, Timestamp};

/// A note: for the team, never sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberNote {
    /// Its id.
    pub id: NoteId,
    /// About whom.
    pub member: MemberId,
    /// Who wrote it, as others see them.
    pub author: String,
    /// What it says.
    pub text: Text,
    /// When.
    pub at: Timestamp,
}
