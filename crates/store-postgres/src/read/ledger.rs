//! Attempts and receipts of all messages, page by page, for whoever compares them with the
//! provider's own ledger. Addresses and texts stay where they are.

use crate::sql::{Row, Sql, params};
use domain::AttemptId;
use store::questions::{AttemptsAfter, ReceiptsAfter};
use store::records::{AttemptLine, ReceiptLine};

use crate::columns::{attempt_number, instant, instant_opt, message_id, text, word, word_opt};
use crate::fault::Done;
use crate::read::all;

/// The most of one page.
const LIMIT_MAX: u32 = 10_000;

/// See [`store::questions::AttemptsAfter`].
pub(crate) fn attempts(c: &Sql, q: AttemptsAfter) -> Done<Vec<AttemptLine>> {
    all(
        c,
        "SELECT a.id, m.id, a.status, a.channel, a.provider, a.provider_message_id, a.error_code,
           a.begun_at, a.settled_at, coalesce(q.possible_repeat, false) OR m.possible_repeat
         FROM attempts a JOIN messages m ON m.seq = a.id >> 8
         LEFT JOIN message_queues q ON q.sequence_number = m.seq
         WHERE a.id > $1 ORDER BY a.id LIMIT $2",
        params![q.after, q.limit.min(LIMIT_MAX)],
        |row| {
            let cursor = row.get(0)?;
            Ok(AttemptLine {
                cursor,
                attempt: attempt(row, cursor)?,
                status: word(row, 2, "attempts.status")?,
                channel: word(row, 3, "attempts.channel")?,
                provider: word(row, 4, "attempts.provider")?,
                provider_message_id: row.get(5)?,
                error_code: row.get(6)?,
                begun_at: instant(row, 7)?,
                settled_at: instant_opt(row, 8)?,
                possible_repeat: row.get(9)?,
            })
        },
    )
}

/// See [`store::questions::ReceiptsAfter`].
pub(crate) fn receipts(c: &Sql, q: ReceiptsAfter) -> Done<Vec<ReceiptLine>> {
    all(
        c,
        "SELECT r.id, m.id, r.word, r.status, r.error_code, r.received_at
         FROM receipts r JOIN messages m ON m.seq = r.id >> 16
         WHERE r.id > $1 ORDER BY r.id LIMIT $2",
        params![q.after, q.limit.min(LIMIT_MAX)],
        |row| {
            let cursor: i64 = row.get(0)?;
            Ok(ReceiptLine {
                cursor,
                attempt: attempt(row, cursor >> 8)?,
                word: text(row, 2, "receipts.word")?.to_owned(),
                status: word_opt(row, 3, "receipts.status")?,
                error_code: row.get(4)?,
                received_at: instant(row, 5)?,
            })
        },
    )
}

/// The attempt whose row has this number; its message's id is the second column.
fn attempt(row: &Row, key: i64) -> Done<AttemptId> {
    Ok(AttemptId {
        message: message_id(row, 1, "messages.id")?,
        number: attempt_number(key),
    })
}
