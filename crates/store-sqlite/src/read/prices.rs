//! Prices that are still to be told.

use domain::AttemptId;
use rusqlite::{Connection, params};
use store::questions::PricesToAsk;
use store::records::{PriceDue, PricesDue};

use super::{all, one};
use crate::columns::{attempt_number, instant, message_id, word};
use crate::fault::Done;

/// The most of one look.
const LIMIT_MAX: u32 = 1_000;

/// See [`store::questions::PricesToAsk`].
pub(crate) fn to_ask(c: &Connection, q: PricesToAsk) -> Done<PricesDue> {
    let asked_to = one(
        c,
        "SELECT event_id FROM price_marks ORDER BY event_id DESC LIMIT 1",
        [],
        |row| Ok(row.get(0)?),
    )?;
    let due = all(
        c,
        "SELECT a.id, m.id, a.channel, a.provider_message_id, a.begun_at, p.asked
         FROM attempt_prices p JOIN attempts a ON a.id = p.id JOIN messages m ON m.seq = a.id >> 8
         WHERE p.ask_at <= ?1 AND a.provider_message_id IS NOT NULL
         ORDER BY p.ask_at, p.id LIMIT ?2",
        params![q.at.as_micros(), q.limit.min(LIMIT_MAX)],
        |row| {
            Ok(PriceDue {
                attempt: AttemptId {
                    message: message_id(row, 1, "messages.id")?,
                    number: attempt_number(row.get(0)?),
                },
                channel: word(row, 2, "attempts.channel")?,
                provider_message_id: row.get(3)?,
                begun_at: instant(row, 4)?,
                asked: row.get(5)?,
            })
        },
    )?;
    Ok(PricesDue { asked_to, due })
}
