//! How far the providers' lists of inbound messages were read.

use store::ops::NoteListsRead;

use crate::fault::Done;
use crate::sql::params;
use crate::tx::Tx;

/// See [`store::Op::NoteListsRead`]. No other operation works on these tables.
pub(crate) fn note(tx: &mut Tx<'_>, op: &NoteListsRead) -> Done<()> {
    for mark in &op.marks {
        tx.apart().run(
            "INSERT INTO lists_read (channel, sender, read_to) VALUES ($1, $2, $3)
             ON CONFLICT (channel, sender) DO UPDATE SET read_to = excluded.read_to WHERE NOT $4",
            params![
                mark.channel.as_str(),
                mark.sender.as_str(),
                mark.read_to.as_micros(),
                op.only_new
            ],
        )?;
    }
    if let Some(homecoming) = op.homecoming {
        tx.apart().run(
            "UPDATE homecomings SET read = greatest(read, least(confirmed, $1))",
            params![i64::from(homecoming)],
        )?;
    }
    Ok(())
}
