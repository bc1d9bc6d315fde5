//! How far the providers' lists of inbound messages were read.

use crate::sql::{Sql, params};
use store::records::{ListMark, ListsKept};

use crate::columns::{handle, instant, word};
use crate::fault::Done;
use crate::read::{all, one};

/// See [`store::questions::ListsRead`].
pub(crate) fn kept(c: &Sql) -> Done<ListsKept> {
    let marks = all(
        c,
        "SELECT channel, sender, read_to FROM lists_read ORDER BY channel, sender",
        params![],
        |row| {
            Ok(ListMark {
                channel: word(row, 0, "lists_read.channel")?,
                sender: handle(row, 1, "lists_read.sender")?,
                read_to: instant(row, 2)?,
            })
        },
    )?;
    let unread_for = unread_for(c)?;
    Ok(ListsKept { marks, unread_for })
}

/// The homecoming for which not all of them were read.
pub(crate) fn unread_for(c: &Sql) -> Done<Option<u32>> {
    one(
        c,
        "SELECT confirmed FROM homecomings WHERE read < confirmed",
        params![],
        |row| row.get(0),
    )
}
