//! Storing messages with their places (G1, G2).

use domain::{DeliveryStatus, Kind, MessageId, PlaceState, Timestamp};
use rusqlite::params;
use store::ops::{Accept, AcceptAnswer, AcceptRefusal, Accepted};
use store::records::NewMessage;
use store::{LaneKey, Notice, Seq};

use crate::columns::{lane_in, message_id, micros};
use crate::fault::Done;
use crate::tx::{Event, Tx};
use crate::write::idempotency::{self, Key};

/// See [`store::Op::Accept`].
pub(crate) fn accept(tx: &mut Tx<'_>, op: &Accept) -> Done<AcceptAnswer> {
    if let Some(key) = &op.idempotency {
        match idempotency::look_up(tx, key)? {
            Key::New => {}
            Key::Reused => return Ok(AcceptAnswer::KeyReused),
            Key::Known(answer) => {
                return Ok(AcceptAnswer::Accepted {
                    results: idempotency::results(&answer)?,
                    replayed: true,
                });
            }
        }
    }
    let mut results = Vec::with_capacity(op.messages.len());
    for message in &op.messages {
        results.push(one(tx, message, op.at)?);
    }
    // A call that stores nothing only asks whether it was answered before.
    if let Some(key) = &op.idempotency
        && !op.messages.is_empty()
    {
        idempotency::keep(tx, key, &idempotency::packed(&results), op.at)?;
    }
    Ok(AcceptAnswer::Accepted {
        results,
        replayed: false,
    })
}

/// Stores one message, or says why not.
pub(crate) fn one(
    tx: &mut Tx<'_>,
    message: &NewMessage,
    at: Timestamp,
) -> Done<Result<Accepted, AcceptRefusal>> {
    let known = tx.one(
        "SELECT 1 FROM users WHERE id = ?1 AND erased_at IS NULL",
        [message.member.as_bytes()],
        |_| Ok(()),
    )?;
    if known.is_none() {
        return Ok(Err(AcceptRefusal::UnknownMember));
    }
    if let Some(occasion) = &message.occasion
        && let Some(earlier) = occasion_of(tx, message, occasion)?
    {
        return Ok(Err(AcceptRefusal::OccasionTaken(earlier)));
    }
    store(tx, message, at).map(Ok)
}

/// Stores a message that nothing speaks against.
pub(super) fn store(tx: &mut Tx<'_>, message: &NewMessage, at: Timestamp) -> Done<Accepted> {
    let seq = insert_message(tx, message, at)?;
    if let Some(occasion) = &message.occasion {
        tx.run(
            "INSERT INTO occasions (client_id, occasion, message_id) VALUES (?1, ?2, ?3)",
            params![message.member.as_bytes(), occasion, message.id.as_bytes()],
        )?;
    }
    let lane = LaneKey::of(message.member, &message.queue);
    let priority = message.kind.priority();
    tx.run(
        "INSERT INTO message_queues (sequence_number, message_id, client_id, lane, priority, due,
           max_retries, created_at, queue_name) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            seq,
            message.id.as_bytes(),
            message.member.as_bytes(),
            lane_in(lane),
            priority as u8,
            micros(message.not_before),
            message.attempts_max,
            at.as_micros(),
            message.queue.as_str()
        ],
    )?;
    tx.count("place", PlaceState::Waiting.as_str(), 1);
    tx.count("status", DeliveryStatus::Pending.as_str(), 1);
    tx.count("kind", message.kind.as_str(), 1);
    tx.event(&Event {
        at,
        kind: "message.accepted",
        member: Some(message.member),
        message: Some(message.id),
        detail: message.kind.as_str(),
    })?;
    tx.notices.push(Notice::Waiting {
        lane,
        seq: Seq(seq),
        priority,
        due: message.not_before,
    });
    Ok(Accepted {
        id: message.id,
        seq: Seq(seq),
    })
}

fn occasion_of(tx: &Tx<'_>, message: &NewMessage, occasion: &str) -> Done<Option<MessageId>> {
    tx.one(
        "SELECT message_id FROM occasions WHERE client_id = ?1 AND occasion = ?2",
        params![message.member.as_bytes(), occasion],
        |row| message_id(row, 0, "occasions.message_id"),
    )
}

/// The columns `template` and `variables` of a content.
pub(super) fn template_columns(content: &domain::Content) -> (Option<&str>, Option<String>) {
    let Some(used) = content.template() else {
        return (None, None);
    };
    let variables: serde_json::Map<String, serde_json::Value> = used
        .variables
        .iter()
        .map(|(name, value)| (name.to_string(), value.as_str().into()))
        .collect();
    let variables = serde_json::Value::Object(variables).to_string();
    (Some(&*used.name), Some(variables))
}

fn insert_message(tx: &Tx<'_>, message: &NewMessage, at: Timestamp) -> Done<i64> {
    let content = &message.content;
    let (template, variables) = template_columns(content);
    let media = store::content::media_json(content);
    tx.run(
        "INSERT INTO messages (id, client_id, direction, kind, queue_name, channel, created_at,
           critical, attempts_max, not_before, expires_at, in_reply_to, knocks_for, occasion,
           template, variables, media, content)
         VALUES (?1, ?2, 'outbound', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        params![
            message.id.as_bytes(),
            message.member.as_bytes(),
            Kind::as_str(message.kind),
            message.queue.as_str(),
            message.channel.map(domain::Channel::as_str),
            at.as_micros(),
            message.critical,
            message.attempts_max,
            micros(message.not_before),
            micros(message.expires_at),
            message.in_reply_to.as_ref().map(MessageId::as_bytes),
            message.knocks_for.as_ref().map(MessageId::as_bytes),
            message.occasion,
            template,
            variables,
            media,
            content.text().as_str()
        ],
    )?;
    let seq = tx.connection.last_insert_rowid();
    // A statement of its own, so that a message without blocks does not pay for one with them.
    if let Some(blocks) = store::content::blocks_json(content) {
        tx.run(
            "UPDATE messages SET blocks = ?2 WHERE seq = ?1",
            params![seq, blocks],
        )?;
    }
    Ok(seq)
}
