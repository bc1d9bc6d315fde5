//! One message with everything that happened to it.

use rusqlite::Connection;
use store::questions::MessageById;
use store::records::{AttemptRecord, DecisionRecord, MessageDetail, ReceiptRecord};

use crate::columns::{
    attempt_key, attempt_number, handle, instant, instant_opt, money_opt, text, word, word_opt,
};
use crate::fault::Done;
use crate::read::messages::{RECORD, read_record};
use crate::read::{all, conversations, facts, one};

/// See [`store::questions::MessageById`].
pub(crate) fn message_by_id(c: &Connection, q: &MessageById) -> Done<Option<MessageDetail>> {
    let sql = format!(
        "SELECT {RECORD} FROM messages m LEFT JOIN message_queues q ON q.sequence_number = m.seq
         WHERE m.id = ?1"
    );
    let Some(record) = one(c, &sql, [q.id.as_bytes()], read_record)? else {
        return Ok(None);
    };
    let seq = record.seq.0;
    Ok(Some(MessageDetail {
        attempts: attempts(c, seq)?,
        receipts: receipts(c, seq)?,
        decisions: decisions(c, seq)?,
        linked: facts::linked(c, q.id, seq)?,
        standing: conversations::standing(c, q.id)?,
        record,
    }))
}

fn attempts(c: &Connection, seq: i64) -> Done<Vec<AttemptRecord>> {
    all(
        c,
        "SELECT a.id, channel, provider, sender, address, template, begun_at, settled_at, status,
           provider_message_id, error_code, error, segments, conflict, decision, p.amount, p.currency,
           coalesce(p.asked, 0)
         FROM attempts a LEFT JOIN attempt_prices p ON p.id = a.id
         WHERE a.id BETWEEN ?1 AND ?2 ORDER BY a.id",
        [attempt_key(seq, 0), attempt_key(seq, u8::MAX)],
        |row| {
            Ok(AttemptRecord {
                number: attempt_number(row.get(0)?),
                channel: word(row, 1, "attempts.channel")?,
                provider: word(row, 2, "attempts.provider")?,
                from: handle(row, 3, "attempts.sender")?,
                to: handle(row, 4, "attempts.address")?,
                template: row.get(5)?,
                begun_at: instant(row, 6)?,
                settled_at: instant_opt(row, 7)?,
                status: word(row, 8, "attempts.status")?,
                provider_message_id: row.get(9)?,
                error_code: row.get(10)?,
                error: row.get(11)?,
                segments: row.get(12)?,
                conflict: row.get(13)?,
                decision: row.get(14)?,
                price: money_opt(row.get(15)?, row.get::<_, Option<String>>(16)?.as_deref())?,
                price_asked: row.get(17)?,
            })
        },
    )
}

fn receipts(c: &Connection, seq: i64) -> Done<Vec<ReceiptRecord>> {
    all(
        c,
        "SELECT id, word, status, error_code, received_at FROM receipts
         WHERE id BETWEEN ?1 AND ?2 ORDER BY received_at, id",
        [
            attempt_key(seq, 0) * 256,
            attempt_key(seq, u8::MAX) * 256 + 255,
        ],
        |row| {
            Ok(ReceiptRecord {
                number: attempt_number(row.get::<_, i64>(0)? >> 8),
                word: text(row, 1, "receipts.word")?.to_owned(),
                status: word_opt(row, 2, "receipts.status")?,
                error_code: row.get(3)?,
                received_at: instant(row, 4)?,
            })
        },
    )
}

fn decisions(c: &Connection, seq: i64) -> Done<Vec<DecisionRecord>> {
    all(
        c,
        "SELECT at, decision FROM decisions WHERE seq = ?1 ORDER BY id",
        [seq],
        |row| {
            Ok(DecisionRecord {
                at: instant(row, 0)?,
                decision: row.get(1)?,
            })
        },
    )
}
