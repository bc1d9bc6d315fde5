//! How far the providers' lists of inbound messages were read.

use rusqlite::params;
use store::ops::NoteListsRead;

use crate::fault::Done;
use crate::tx::Tx;

/// See [`store::Op::NoteListsRead`].
pub(crate) fn note(tx: &mut Tx<'_>, op: &NoteListsRead) -> Done<()> {
    for mark in &op.marks {
        tx.run(
            "INSERT INTO lists_read (channel, sender, read_to) VALUES (?1, ?2, ?3)
             ON CONFLICT (channel, sender) DO UPDATE SET read_to = excluded.read_to WHERE NOT ?4",
            params![
                mark.channel.as_str(),
                mark.sender.as_str(),
                mark.read_to.as_micros(),
                op.only_new
            ],
        )?;
    }
    if let Some(homecoming) = op.homecoming {
        tx.run(
            "UPDATE homecomings SET read = max(read, min(confirmed, ?1))",
            [homecoming],
        )?;
    }
    Ok(())
}
