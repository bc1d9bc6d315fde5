//! Takes the words out of messages that are older than they are kept for. Messages are looked at in their own order, once
//! for each kind, so that nothing of the hot path is indexed for it; what still has something to do is put off.

use domain::{Kind, Timestamp};
use rusqlite::params;
use store::ops::{Redact, Redacted};

use crate::columns::instant;
use crate::fault::Done;
use crate::tx::Tx;

/// How many one call looks at.
const LOOKED_AT: u32 = 500;

/// The messages `m` of a kind, or of members.
const OF_KIND: &str = "CASE WHEN ?1 = 'inbound' THEN m.direction = 'inbound' ELSE m.direction = 'outbound' AND m.kind = ?1 END";

/// What still has something to do: it waits, may go on by another channel, is not answered, or a person has to decide
/// about it.
const NEEDED: &str = "(EXISTS (SELECT 1 FROM message_queues q WHERE q.sequence_number = m.seq)
       OR EXISTS (SELECT 1 FROM delivery_watches w WHERE w.message_id = m.id)
       OR coalesce(m.unanswered, 0)
       OR m.id IN (SELECT doubt_message FROM consents WHERE doubt_since IS NOT NULL
         AND doubt_message IS NOT NULL))";

/// See [`store::Op::Redact`].
pub(crate) fn redact(tx: &mut Tx<'_>, op: &Redact) -> Done<Redacted> {
    let what = op.kind.map_or("inbound", Kind::as_str);
    let from: i64 = tx
        .one(
            "SELECT seq FROM redactions WHERE what = ?1",
            params![what],
            |row| Ok(row.get(0)?),
        )?
        .unwrap_or(0);
    let until = old_until(tx, from, op.before)?;
    tx.connection.execute_batch("PRAGMA secure_delete = ON")?;
    let redacted = range(tx, what, (from, until), op.at);
    tx.connection.execute_batch("PRAGMA secure_delete = OFF")?;
    Ok(Redacted {
        messages: redacted?,
        more: until - from >= i64::from(LOOKED_AT),
    })
}

/// The number up to which the next messages are old, one after the other.
fn old_until(tx: &Tx<'_>, from: i64, before: Timestamp) -> Done<i64> {
    let next = tx.all(
        "SELECT seq, created_at FROM messages WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        params![from, LOOKED_AT],
        |row| Ok((row.get::<_, i64>(0)?, instant(row, 1)?)),
    )?;
    let old = next.iter().take_while(|(_, at)| *at < before);
    Ok(old.last().map_or(from, |(seq, _)| *seq))
}

fn range(tx: &Tx<'_>, what: &str, (from, until): (i64, i64), at: Timestamp) -> Done<u32> {
    let put_off = tx.run_made(
        &format!(
            "UPDATE messages SET {EMPTY}, redacted_at = ?2 WHERE redacted_at IS NULL
             AND seq IN (SELECT m.seq FROM redactions_put_off p JOIN messages m ON m.seq = p.seq
               WHERE p.what = ?1 AND NOT {NEEDED} ORDER BY m.seq LIMIT ?3)"
        ),
        params![what, at.as_micros(), LOOKED_AT],
    )?;
    if put_off > 0 {
        tx.run(
            "DELETE FROM redactions_put_off WHERE what = ?1
             AND seq IN (SELECT seq FROM messages WHERE redacted_at = ?2)",
            params![what, at.as_micros()],
        )?;
    }
    if until == from {
        return Ok(u32::try_from(put_off).unwrap_or(u32::MAX));
    }
    tx.run_made(
        &format!(
            "INSERT INTO redactions_put_off (what, seq) SELECT ?1, m.seq FROM messages m
             WHERE m.seq > ?2 AND m.seq <= ?3 AND {OF_KIND} AND {NEEDED} ON CONFLICT DO NOTHING"
        ),
        params![what, from, until],
    )?;
    let redacted = tx.run_made(
        &format!(
            "UPDATE messages AS m SET {EMPTY}, redacted_at = ?4
             WHERE seq > ?2 AND seq <= ?3 AND redacted_at IS NULL AND {OF_KIND} AND NOT {NEEDED}"
        ),
        params![what, from, until, at.as_micros()],
    )?;
    tx.run(
        "INSERT INTO redactions (what, seq) VALUES (?1, ?2)
         ON CONFLICT (what) DO UPDATE SET seq = excluded.seq",
        params![what, until],
    )?;
    Ok(u32::try_from(put_off + redacted).unwrap_or(u32::MAX))
}

/// What goes of a message.
const EMPTY: &str = "content = '', media = NULL, blocks = NULL, variables = NULL, metadata = '{}', \
    button = NULL";
