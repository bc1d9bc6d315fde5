//! Notes of the team about members.

use domain::MemberId;
use store::ops::{KeepNote, RemoveNote};

use crate::fault::Done;
use crate::sql::params;
use crate::tx::Tx;

/// See [`store::Op::KeepNote`].
pub(crate) fn keep(tx: &mut Tx<'_>, op: &KeepNote) -> Done<bool> {
    let note = &op.note;
    let kept = tx.run(
        "INSERT INTO member_notes (id, user_id, author, text, written_at)
         SELECT $1::uuid, id, $3::text, $4::text, $5::timestamptz FROM users WHERE id = $2 AND erased_at IS NULL",
        params![
            note.id.as_bytes(),
            note.member.as_bytes(),
            note.author,
            note.text.as_str(),
            note.at.as_micros()
        ],
    )?;
    Ok(kept > 0)
}

/// See [`store::Op::RemoveNote`].
pub(crate) fn remove(tx: &mut Tx<'_>, op: RemoveNote) -> Done<bool> {
    let removed = tx.run(
        "UPDATE member_notes SET text = '', deleted_at = $3
         WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL",
        params![op.id.as_bytes(), op.member.as_bytes(), op.at.as_micros()],
    )?;
    Ok(removed > 0)
}

/// Notes about an erased member go.
pub(super) fn forget(tx: &Tx<'_>, member: MemberId) -> Done<()> {
    tx.run(
        "DELETE FROM member_notes WHERE user_id = $1",
        params![member.as_bytes()],
    )?;
    Ok(())
}
