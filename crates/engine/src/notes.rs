//! Notes of the team about a member: seen by the team only, never sent.

use domain::{MemberId, NoteId, Text};
use store::ops::{KeepNote, RemoveNote};
use store::questions::NotesOf;
pub use store::records::MemberNote;

use crate::audit::Note;
use crate::{Engine, EngineError};

/// The longest note, in characters.
pub const NOTE_CHARS_MAX: usize = 2_000;

/// How many notes of a member are read.
const READ_MAX: u32 = 200;

impl Engine {
    /// Notes about a member, the newest first.
    pub async fn notes(&self, member: MemberId) -> Result<Vec<MemberNote>, EngineError> {
        let asked = NotesOf {
            member,
            limit: READ_MAX,
        };
        Ok(self.ask().question(asked).await?)
    }

    /// Keeps a note. What it says stands nowhere else.
    pub async fn keep_note(
        &self,
        member: MemberId,
        author: String,
        text: Text,
    ) -> Result<NoteId, EngineError> {
        self.refuse_while_draining()?;
        let id = self.ids().note();
        let note = MemberNote {
            id,
            member,
            author,
            text,
            at: self.now(),
        };
        let of = || Note {
            subject: id.to_string(),
            ..Note::of_member("note.keep", member)
        };
        if self.submit(KeepNote { note }, of).await? {
            Ok(id)
        } else {
            Err(EngineError::UnknownMember)
        }
    }

    /// Takes a note away, its words first of all; `false` when there is none.
    pub async fn remove_note(&self, member: MemberId, id: NoteId) -> Result<bool, EngineError> {
        let remove = RemoveNote {
            id,
            member,
            at: self.now(),
        };
        let of = || Note {
            subject: id.to_string(),
            ..Note::of_member("note.remove", member)
        };
        Ok(self.submit(remove, of).await?)
    }
}
