//! How our own numbers stand at their provider.

use rusqlite::Connection;
use store::records::SenderStanding;

use super::all;
use crate::columns::{handle, instant, word};
use crate::fault::Done;

/// See [`store::questions::SenderStandings`].
pub(crate) fn standings(c: &Connection) -> Done<Vec<SenderStanding>> {
    all(
        c,
        "SELECT channel, sender, status, quality, people, reason, changed_at
         FROM sender_standings ORDER BY channel, sender",
        [],
        |row| {
            Ok(SenderStanding {
                channel: word(row, 0, "sender_standings.channel")?,
                sender: handle(row, 1, "sender_standings.sender")?,
                status: word(row, 2, "sender_standings.status")?,
                quality: word(row, 3, "sender_standings.quality")?,
                people: row
                    .get::<_, Option<i64>>(4)?
                    .and_then(|people| u32::try_from(people).ok()),
                reason: row.get(5)?,
                changed_at: instant(row, 6)?,
            })
        },
    )
}
