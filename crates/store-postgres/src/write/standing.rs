//! How one attempt stands, its message and its place, in one look: what an answer and a receipt
//! both start from.

use crate::sql::{Row, params};
use domain::AttemptId;

use crate::columns::{attempt_key, attempt_number};
use crate::fault::Done;
use crate::tx::Tx;
use crate::write::place::{Place, Subject, read_place, read_subject};
use crate::write::receipt::{Attempt, read_attempt};

/// An attempt, its message, and the message's place unless that is over.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// The message.
    pub(crate) message: Subject,
    /// The attempt.
    pub(crate) attempt: Attempt,
    /// The place.
    pub(crate) place: Option<Place>,
}

/// The statement.
macro_rules! standing {
    ($condition:literal) => {
        concat!(
            "SELECT m.seq, m.id, m.client_id, m.delivery_status, m.channel_used, m.kind,
               m.delivery_attempts, a.status, a.channel, a.provider, a.sender, a.address,
               a.settled_at IS NOT NULL, a.provider_message_id, a.segments,
               q.sequence_number, q.message_id, q.client_id, q.lane, q.priority, q.status, q.due,
               q.attempts, q.retry_count, q.max_retries, q.epoch, q.cancel_requested,
               q.possible_repeat
             FROM messages m JOIN attempts a ON a.id = m.seq * 256 + $2::bigint
               LEFT JOIN message_queues q ON q.sequence_number = m.seq WHERE ",
            $condition
        )
    };
}

/// The attempt with this id.
pub(crate) fn by_id(tx: &Tx<'_>, id: AttemptId) -> Done<Option<Standing>> {
    // In two statements: what a statement sees is older than the lock it waited for.
    tx.run(
        "SELECT 1 FROM messages WHERE id = $1 FOR NO KEY UPDATE",
        params![id.message.as_bytes()],
    )?;
    let key = i64::from(id.number);
    tx.one(
        standing!("m.id = $1"),
        params![id.message.as_bytes(), key],
        |row| read(row, id.number),
    )
}

/// The attempt with this row.
pub(crate) fn by_key(tx: &Tx<'_>, key: i64) -> Done<Option<Standing>> {
    let (seq, number) = (key >> 8, attempt_number(key));
    tx.hold(seq)?;
    tx.one(
        standing!("m.seq = $1"),
        params![seq, i64::from(number)],
        |row| read(row, number),
    )
}

fn read(row: &Row, number: u8) -> Done<Standing> {
    let message = read_subject(row, 0)?;
    let attempt = read_attempt(row, attempt_key(message.seq, number), 7)?;
    let place = match row.get::<Option<i64>>(15)? {
        None => None,
        Some(_) => Some(read_place(row, 15)?),
    };
    Ok(Standing {
        message,
        attempt,
        place,
    })
}
