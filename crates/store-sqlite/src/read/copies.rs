//! What providers still keep of erased members.

use rusqlite::{Connection, params};
use store::questions::CopiesToDelete;
use store::records::{CopyId, ProviderCopy};

use super::all;
use crate::columns::{instant, word};
use crate::fault::Done;

/// The most of one look.
const LIMIT_MAX: u32 = 1_000;

/// See [`store::questions::CopiesToDelete`].
pub(crate) fn to_delete(c: &Connection, q: CopiesToDelete) -> Done<Vec<ProviderCopy>> {
    all(
        c,
        "SELECT c.channel, c.attempt, c.provider_message_id,
           coalesce(nullif(c.provider_message_id, ''), a.provider_message_id), c.erased_at, c.asked
         FROM provider_copies c LEFT JOIN attempts a ON a.id = c.attempt
         WHERE c.ask_at <= ?1 ORDER BY c.ask_at LIMIT ?2",
        params![q.at.as_micros(), q.limit.min(LIMIT_MAX)],
        |row| {
            Ok(ProviderCopy {
                id: CopyId {
                    channel: word(row, 0, "provider_copies.channel")?,
                    attempt: row.get(1)?,
                    received: row.get(2)?,
                },
                provider_message_id: row.get(3)?,
                erased_at: instant(row, 4)?,
                asked: row.get(5)?,
            })
        },
    )
}
