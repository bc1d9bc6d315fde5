//! The operator's word about what was held: released entries become places of their lanes and go the
//! ordinary way, through the planner; discarded ones end as cancelled. What is unconfirmed is never
//! sent again.

use domain::{Channel, Content, Kind, MediaUrl, Priority, QueueName, Seconds, Text};
use store::{LaneKey, StoreError};

use super::entries::{Entry, list};
use crate::columns::lane_in;
use crate::fault::Done;
use crate::migrate;
use crate::sql::{Row, Sql, params};

/// What came of it.
#[derive(Debug, Default)]
pub struct Released {
    /// Entries that are in their lanes now.
    pub released: Vec<Entry>,
    /// Entries that stay held, with what is missing.
    pub kept: Vec<(Entry, &'static str)>,
}

/// What a message needs to be one of ours.
struct Outbound {
    seq: i64,
    text: String,
    media: Vec<String>,
    templated: bool,
    whatsapp: bool,
}

/// Puts what is held into its lanes. `lifetime` says how long a message of a kind is worth sending, from
/// when it was written: what is older ends as expired. Blocks.
pub fn release(address: &str, lifetime: fn(Kind) -> Seconds) -> Result<Released, StoreError> {
    let sql = migrate::open(address)?;
    let done = migrate::alone(&sql, || {
        let mut done = Released::default();
        for entry in list(&sql, "adopted_state = 'held'", "FOR UPDATE")? {
            match release_one(&sql, &entry, lifetime)? {
                Ok(()) => done.released.push(entry),
                Err(why) => done.kept.push((entry, why)),
            }
        }
        count_waiting(&sql, done.released.len())?;
        Ok(done)
    })?;
    // Only a bell: whoever misses it looks by itself.
    sql.batch("NOTIFY gymtext_lanes")
        .map_err(StoreError::from)?;
    Ok(done)
}

fn release_one(
    sql: &Sql,
    entry: &Entry,
    lifetime: fn(Kind) -> Seconds,
) -> Done<Result<(), &'static str>> {
    let Some(id) = entry.message else {
        return Ok(Err("it names no message"));
    };
    let outbound = sql.one(
        "SELECT m.seq, m.content, (m.metadata -> 'mediaUrls')::text, m.metadata ? 'templateSid'
             OR m.content = '[Template Message]', m.provider = 'whatsapp'
         FROM messages m JOIN users u ON u.id = m.client_id AND u.erased_at IS NULL
         WHERE m.id = $1 AND m.client_id = $2 AND m.direction = 'outbound' AND m.kind IS NULL
           AND m.delivery_status = 'pending' FOR NO KEY UPDATE OF m",
        params![id.as_bytes(), entry.member.as_bytes()],
        read_outbound,
    )?;
    let Some(outbound) = outbound else {
        return Ok(Err(
            "its message is gone or no longer pending, or its member has no readable number",
        ));
    };
    if outbound.templated {
        return Ok(Err(
            "it stands for a template; send that by our own name for it",
        ));
    }
    let media = outbound.media.iter().map(|url| url.parse::<MediaUrl>());
    let Ok(media) = media.collect::<Result<Vec<_>, _>>() else {
        return Ok(Err("its media have no address that can be fetched"));
    };
    if Content::new(Text::from(outbound.text.as_str()), media, None).is_err() {
        return Ok(Err("its text is empty or longer than a message may be"));
    }
    let urls = (!outbound.media.is_empty())
        .then(|| serde_json::Value::from(outbound.media.clone()).to_string());
    let queue = queue_name(&entry.queue);
    let lane = LaneKey::of(entry.member, &queue);
    let priority: Priority = entry.kind.priority();
    let channel = outbound.whatsapp.then(|| Channel::Whatsapp.as_str());
    // At the end of its lane, after what was accepted before: numbers are never given twice.
    let seq: Option<i64> = sql.one(
        "UPDATE messages SET seq = nextval('messages_seq'), kind = $2, queue_name = $3, channel = $4,
           media = $5, reason = NULL,
           expires_at = created_at + $6::bigint * interval '1 microsecond'
         WHERE seq = $1 RETURNING seq",
        params![
            outbound.seq,
            entry.kind.as_str(),
            queue.as_str(),
            channel,
            urls,
            lifetime(entry.kind).as_micros()
        ],
        |row| row.get(0),
    )?;
    let seq = seq.unwrap_or(outbound.seq);
    sql.run(
        "INSERT INTO message_queues (sequence_number, id, message_id, client_id, lane, priority,
           created_at, queue_name, shard)
         VALUES ($1, $2, $2, $3, $4, $5, now(), $6, $7)",
        params![
            seq,
            id.as_bytes(),
            entry.member.as_bytes(),
            lane_in(lane),
            priority as u8,
            queue.as_str(),
            lane.shard().number()
        ],
    )?;
    sql.run(
        "INSERT INTO lane_notices (shard, what, lane, seq, priority) VALUES ($1, 'waiting', $2, $3, $4)",
        params![lane.shard().number(), lane_in(lane), seq, priority as u8],
    )?;
    mark(sql, entry, "released")?;
    Ok(Ok(()))
}

fn read_outbound(row: &Row) -> Done<Outbound> {
    let media: Option<String> = row.get(2)?;
    let media = media.and_then(|json| serde_json::from_str::<Vec<String>>(&json).ok());
    Ok(Outbound {
        seq: row.get(0)?,
        text: row.get(1)?,
        media: media.unwrap_or_default(),
        templated: row.get::<Option<bool>>(3)?.unwrap_or(false),
        whatsapp: row.get(4)?,
    })
}

/// A queue's name in the letters ours have.
fn queue_name(theirs: &str) -> QueueName {
    let letters: String = theirs
        .chars()
        .take(50)
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_.:".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    letters.parse().unwrap_or_default()
}

/// Ends what is held as cancelled; answers which. Blocks.
pub fn discard(address: &str) -> Result<Vec<Entry>, StoreError> {
    let sql = migrate::open(address)?;
    let discarded = migrate::alone(&sql, || {
        let entries = list(&sql, "adopted_state = 'held'", "FOR UPDATE")?;
        for entry in &entries {
            mark(&sql, entry, "discarded")?;
            let Some(id) = entry.message else { continue };
            let ended = sql.run(
                "UPDATE messages SET delivery_status = 'cancelled', reason = 'discarded'
                 WHERE id = $1 AND direction = 'outbound' AND delivery_status = 'pending'
                   AND kind IS NULL",
                params![id.as_bytes()],
            )?;
            if ended > 0 {
                recount(&sql, "status", "pending", -1)?;
                recount(&sql, "status", "cancelled", 1)?;
            }
        }
        Ok(entries)
    })?;
    Ok(discarded)
}

fn mark(sql: &Sql, entry: &Entry, state: &str) -> Done<()> {
    sql.run(
        "UPDATE adopted_message_queues SET adopted_state = $2 WHERE id::text = $1::text",
        params![entry.id, state],
    )?;
    Ok(())
}

fn count_waiting(sql: &Sql, released: usize) -> Done<()> {
    recount(
        sql,
        "place",
        "waiting",
        i64::try_from(released).unwrap_or(0),
    )
}

fn recount(sql: &Sql, topic: &str, word: &str, by: i64) -> Done<()> {
    sql.run(
        "INSERT INTO counters (node, topic, word, value) VALUES (0, $1, $2, $3)
         ON CONFLICT (topic, word, node) DO UPDATE SET value = counters.value + excluded.value",
        params![topic, word, by],
    )?;
    Ok(())
}
