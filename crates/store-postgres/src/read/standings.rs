//! How our own numbers stand at their provider.

use store::records::SenderStanding;

use super::all;
use crate::columns::{handle, instant, word};
use crate::fault::Done;
use crate::sql::{Sql, params};

/// See [`store::questions::SenderStandings`].
pub(crate) fn standings(c: &Sql) -> Done<Vec<SenderStanding>> {
    all(
        c,
        // Differs because an order of texts is the database's own unless it is named.
        "SELECT channel, sender, status, quality, people, reason, changed_at
         FROM sender_standings ORDER BY channel COLLATE \"C\", sender COLLATE \"C\"",
        params![],
        |row| {
            Ok(SenderStanding {
                channel: word(row, 0, "sender_standings.channel")?,
                sender: handle(row, 1, "sender_standings.sender")?,
                status: word(row, 2, "sender_standings.status")?,
                quality: word(row, 3, "sender_standings.quality")?,
                people: row
                    .get::<Option<i64>>(4)?
                    .and_then(|people| u32::try_from(people).ok()),
                reason: row.get(5)?,
                changed_at: instant(row, 6)?,
            })
        },
    )
}
